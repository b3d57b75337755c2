"""What anyone may ask: markets, books, trades, candles, rates and figures."""

from __future__ import annotations

import json
from itertools import pairwise
from urllib.parse import quote

import pytest

from exchange_clients.words import Side
from tests.support.quiet_markets import passes
from tests.venue_simulators.binance.binance_stage import START_MS, Trader, printed, public, stage
from tests.venue_simulators.fapi.fapi_stage import BTC, SOL, refusal, row, rows
from venue_simulators.binance.simulator import BinanceSimulator, build
from venue_simulators.binance.terms import BinanceTerms
from venue_simulators.options import SimulatorOptions
from venue_simulators.wire import HttpRequest, HttpResponse

HOUR_MS = 3_600_000


def figures(venue: BinanceSimulator, query: str) -> HttpResponse:
    """Ask for the past of the open interest."""
    return venue.handle(HttpRequest("rest", "GET", "/futures/data/openInterestHist", query))


# Markets ------------------------------------------------------------------------------------------


def test_markets_are_listed_with_filters_that_are_not_their_precisions() -> None:
    info = row(public(stage(), "exchangeInfo"))
    sol = next(one for one in info["symbols"] if one["symbol"] == SOL)
    filters = {one["filterType"]: one for one in sol["filters"]}
    assert (filters["PRICE_FILTER"]["tickSize"], sol["pricePrecision"]) == ("0.01", 3)
    assert filters["LOT_SIZE"]["stepSize"] == "0.01"
    assert float(filters["MARKET_LOT_SIZE"]["maxQty"]) < float(filters["LOT_SIZE"]["maxQty"])
    assert filters["MIN_NOTIONAL"]["notional"] == "5"
    assert "MAX_NUM_ALGO_ORDERS" not in filters
    assert {(one["interval"], one["limit"]) for one in info["rateLimits"]} == {
        ("MINUTE", 2400),
        ("MINUTE", 1200),
        ("SECOND", 300),
    }


def test_the_list_holds_what_is_no_perpetual_of_a_coin() -> None:
    symbols = row(public(stage(), "exchangeInfo"))["symbols"]
    kinds = {one["contractType"] for one in symbols}
    assert kinds == {"PERPETUAL", "CURRENT_QUARTER", "TRADIFI_PERPETUAL"}
    plain = [one["symbol"] for one in symbols if one["contractType"] == "PERPETUAL"]
    assert plain == [BTC, SOL]


def test_a_name_beyond_ascii_travels_percent_encoded() -> None:
    venue = build(SimulatorOptions(symbols=("币安人生",)))
    passes(venue, 1)
    query = f"symbol={quote('币安人生USDT')}"
    assert query.isascii()
    book = row(venue.handle(HttpRequest("rest", "GET", "/fapi/v1/depth", query)))
    assert book["bids"]
    trader = Trader(venue)
    placed = row(trader.place(symbol="币安人生USDT", quantity="100", price=book["bids"][0][0]))
    assert placed["symbol"] == "币安人生USDT"


# Books and trades ---------------------------------------------------------------------------------


def test_a_book_comes_in_the_sizes_of_the_documents() -> None:
    venue = stage()
    book = row(public(venue, "depth", symbol=SOL, limit=5))
    assert (book["bids"][0], book["asks"][0]) == (["179.98", "40.00"], ["180.02", "40.00"])
    assert refusal(public(venue, "depth", symbol=SOL, limit=7)) == (400, -1130)
    assert refusal(public(venue, "depth", symbol="solusdt")) == (400, -1121)
    assert row(public(venue, "rpiDepth", symbol=SOL))["bids"] == book["bids"]


@pytest.mark.parametrize(("limit", "weight"), [(5, 2), (50, 2), (100, 5), (500, 10), (1000, 20)])
def test_a_larger_book_weighs_more(limit: int, weight: int) -> None:
    headers = public(stage(), "depth", symbol=SOL, limit=limit).headers
    assert headers["x-mbx-used-weight-1m"] == str(weight)


def test_trades_say_who_was_the_aggressor() -> None:
    venue = stage(printed(1, 180.0, 0.5, Side.SELL))
    passes(venue, 2)
    (trade,) = rows(public(venue, "trades", symbol=SOL))
    assert (trade["isBuyerMaker"], trade["quoteQty"], trade["isRPITrade"]) == (True, "90", False)
    (aggregate,) = rows(public(venue, "aggTrades", symbol=SOL))
    assert aggregate["nq"] == aggregate["q"] == "0.50"


def test_older_trades_need_a_key() -> None:
    trader = Trader(stage())
    path = "/fapi/v1/historicalTrades"
    asked = HttpRequest("rest", "GET", path, f"symbol={SOL}", trader.headers)
    assert rows(trader.simulator.handle(asked)) == []
    assert refusal(public(trader.simulator, "historicalTrades", symbol=SOL)) == (401, -2014)


def test_candles_are_rows_of_twelve() -> None:
    venue = stage()
    found = json.loads(public(venue, "klines", symbol=SOL, interval="1h", limit=3).body)
    assert [len(one) for one in found] == [12] * 3
    assert found[0][6] - found[0][0] == HOUR_MS - 1
    assert refusal(public(venue, "klines", symbol=SOL, interval="7m")) == (400, -1130)


# Funding ------------------------------------------------------------------------------------------


def test_settled_rates_ascend_with_some_milliseconds_after_the_hour() -> None:
    venue = stage()
    found = rows(public(venue, "fundingRate", symbol=SOL, limit=50))
    times = [one["fundingTime"] for one in found]
    assert len(times) == 50
    assert all(sooner < later for sooner, later in pairwise(times))
    late = [at % (8 * HOUR_MS) for at in times]
    assert max(late) <= 16
    assert len(set(late)) > 1
    assert {(one["fundingRate"], one["rateType"]) for one in found} == {("0.00010000", "Regular")}
    assert all(float(one["markPrice"]) > 0 for one in found)


def test_rates_are_paged_by_the_instants_that_are_told() -> None:
    venue = stage()
    found = rows(public(venue, "fundingRate", symbol=SOL, limit=5))
    first = found[0]["fundingTime"]
    again = rows(public(venue, "fundingRate", symbol=SOL, startTime=first, limit=2))
    assert [one["fundingTime"] for one in again] == [first, found[1]["fundingTime"]]
    later = rows(public(venue, "fundingRate", symbol=SOL, startTime=first + 1, limit=1))
    assert later[0]["fundingTime"] == found[1]["fundingTime"]
    alone = rows(public(venue, "fundingRate", symbol=SOL, startTime=first, endTime=first))
    assert len(alone) == 1


def test_terms_are_listed_only_where_they_are_not_the_usual_ones() -> None:
    assert rows(public(stage(), "fundingInfo")) == []


def test_the_running_rate_is_told_with_the_next_settlement() -> None:
    premium = row(public(stage(), "premiumIndex", symbol=SOL))
    assert (premium["lastFundingRate"], premium["nextFundingTime"]) == (
        "0.00010000",
        START_MS + 4 * HOUR_MS,
    )
    assert "interval" not in str(premium).lower()


def test_questions_about_rates_share_what_five_minutes_allow() -> None:
    venue = stage(terms=BinanceTerms(rates_a_window=2))
    rows(public(venue, "fundingRate", symbol=SOL))
    assert public(venue, "fundingInfo").headers["x-mbx-used-weight-1m"] == "0"
    refused = public(venue, "fundingRate", symbol=SOL)
    assert refusal(refused) == (429, -1003)
    assert refused.headers["retry-after"] == "300"
    passes(venue, 300)
    assert rows(public(venue, "fundingRate", symbol=SOL))


# Figures ------------------------------------------------------------------------------------------


def test_the_past_of_the_open_interest_ends_with_the_present_period() -> None:
    venue = stage()
    found = rows(figures(venue, f"symbol={SOL}&period=1h&limit=3"))
    assert [one["timestamp"] for one in found] == [
        START_MS - 2 * HOUR_MS,
        START_MS - HOUR_MS,
        START_MS,
    ]
    now = row(public(venue, "openInterest", symbol=SOL))["openInterest"]
    assert float(found[-1]["sumOpenInterest"]) == float(now)


def test_it_is_asked_for_by_periods_and_a_thousand_times() -> None:
    venue = stage(terms=BinanceTerms(figures_a_window=2))
    assert refusal(figures(venue, f"symbol={SOL}")) == (400, -1102)
    assert refusal(figures(venue, f"symbol={SOL}&period=1m")) == (400, -1130)
    assert refusal(figures(venue, f"symbol={SOL}&period=1h")) == (429, -1003)


def test_the_last_day_is_told_in_base_and_quote() -> None:
    venue = stage(printed(1, 180.0, 0.5, Side.SELL))
    passes(venue, 2)
    day = row(public(venue, "ticker/24hr", symbol=SOL))
    assert (day["lastPrice"], day["volume"] != day["quoteVolume"]) == ("180.00", True)
    assert len(rows(public(venue, "ticker/24hr"))) == 2
