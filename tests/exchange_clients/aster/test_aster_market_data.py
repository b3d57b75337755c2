"""Markets, prices and funding, as Aster words them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from exchange_clients.aster.common import V3
from exchange_clients.base_funding_adapter import FundingRateSample, MarketStats
from exchange_clients.base_models import ContractId, Market, Side, Symbol
from exchange_clients.errors import ClientConfigError, MalformedPayload, VenueRejected
from exchange_clients.events import BookSnapshot, PublicTrade, Unreadable
from exchange_clients.shared.dialects.fapi.funding import FapiFunding
from exchange_clients.shared.dialects.fapi.market_data import CANDLES_MAX, FapiMarkets
from exchange_clients.shared.flow import Response, drive
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.venue import Candle
from tests.exchange_clients.aster.aster_samples import BTC, ETH, MS, NOW_MS, TABLE, answer, parsed
from tests.support.samples import answers

MARKETS = FapiMarkets(V3)
FUNDING = FapiFunding(V3)
HOUR_MS = 3_600_000


def listed(symbols: list[dict[str, Any]]) -> MarketTable:
    """Return the table of these rows."""
    return MarketTable(drive(MARKETS.list(), answers({"symbols": symbols}, []))[1])


def contract(base: str, quote: str = "USDT", **changes: object) -> dict[str, Any]:
    """Return a row of the list."""
    row: dict[str, Any] = parsed("http_get_exchange_info")["symbols"][0]
    name = {"symbol": base + quote, "baseAsset": base, "quoteAsset": quote}
    return {**row, **name, **changes}


def test_perpetuals_are_listed_with_the_rules_of_their_filters() -> None:
    listing = TABLE.of_contract(BTC)
    assert listing.market == Market(
        symbol=Symbol("BTC"),
        contract_id=BTC,
        tick=Decimal("0.1"),
        step=Decimal("0.001"),
        min_size=Decimal("0.001"),
        min_notional=Decimal(5),
        max_leverage=Decimal(125),
        maker_fee=Decimal("0.0001"),
        taker_fee=Decimal("0.00035"),
    )
    assert [each.market.symbol for each in TABLE] == ["BTC", "ETH", "PEPE", "INJ"]
    assert [each.tradable for each in TABLE] == [True, True, True, False]


def test_the_interval_of_funding_is_eight_hours_where_no_other_is_listed() -> None:
    assert TABLE.of_contract(BTC).funding_interval_hours == 8
    assert TABLE.of_contract(ETH).funding_interval_hours == 4


def test_an_interval_that_cannot_be_read_is_not_known() -> None:
    info = {"symbols": [contract("BTC")]}
    told = answers(info, [{"symbol": "BTCUSDT", "fundingIntervalHours": None}])
    (listing,) = drive(MARKETS.list(), told)[1]
    assert listing.funding_interval_hours is None


def test_a_thousand_tokens_are_one_unit() -> None:
    market = TABLE.of_symbol("PEPE").market
    assert (market.contract_id, market.multiplier) == ("1000PEPEUSDT", Decimal(1000))


@pytest.mark.parametrize("base", ["1INCH", "0G", "2Z", "4", "42"])
def test_digits_of_a_name_stay(base: str) -> None:
    (listing,) = listed([contract(base)])
    assert (listing.market.symbol, listing.market.multiplier) == (base, Decimal(1))


def test_every_contract_has_a_symbol_of_its_own() -> None:
    rows = [
        contract("BTC", "USD1"), contract("BTC"), contract("1000PEPE"), contract("PEPE"),
        contract("SNDK", "USD1"),
    ]  # fmt: skip
    symbols = {each.market.contract_id: each.market.symbol for each in listed(rows)}
    assert symbols == {
        "BTCUSD1": "BTCUSD1", "BTCUSDT": "BTC", "1000PEPEUSDT": "1000PEPE", "PEPEUSDT": "PEPE",
        "SNDKUSD1": "SNDK",
    }  # fmt: skip


@pytest.mark.parametrize("missing", ["PRICE_FILTER", "LOT_SIZE", "MIN_NOTIONAL"])
def test_a_market_without_a_rule_is_not_listed_and_hides_no_other(missing: str) -> None:
    row = contract("ETH")
    row["filters"] = [each for each in row["filters"] if each["filterType"] != missing]
    assert [each.market.symbol for each in listed([row, contract("BTC")])] == ["BTC"]


@pytest.mark.parametrize(
    ("kind", "field"),
    [("PRICE_FILTER", "tickSize"), ("LOT_SIZE", "stepSize"), ("LOT_SIZE", "minQty"),
     ("MIN_NOTIONAL", "notional")],
)  # fmt: skip
def test_a_rule_that_cannot_be_read_lists_no_market(kind: str, field: str) -> None:
    for value in (None, "NaN", "-1", "1e-3", 5, True):
        row = contract("BTC")
        for each in row["filters"]:
            each.update({field: value} if each["filterType"] == kind else {})
        assert list(listed([row])) == [], value


def test_the_minimum_of_the_documents_is_read_as_well_as_that_of_life() -> None:
    row = contract("BTC")
    for each in row["filters"]:
        if each["filterType"] == "MIN_NOTIONAL":
            each["minNotional"] = each.pop("notional")
    assert next(iter(listed([row]))).market.min_notional == 5


def test_the_book_is_asked_for_as_deep_as_it_must_be() -> None:
    for levels, limit in ((1, 5), (20, 20), (21, 50), (5000, 1000)):
        (request,), _ = drive(MARKETS.depth(TABLE, BTC, levels), [answer("http_get_depth")])
        assert (request.params["limit"], request.scope) == (limit, f"depth{limit}")


def test_the_book_carries_the_number_that_its_deltas_continue() -> None:
    _, book = drive(MARKETS.depth(TABLE, BTC, 5), [answer("http_get_depth")])
    at_ns = 1_795_200_000_120 * MS
    assert book == BookSnapshot(BTC, [(90000.1, 1.25)], [(90000.2, 0.8)], 1027024, at_ns, 0)


def test_trades_are_told_oldest_first() -> None:
    (request,), told = drive(MARKETS.trades(TABLE, BTC, 5000), [answer("http_get_trades")])
    assert request.params["limit"] == 1000
    assert told == [
        PublicTrade(BTC, 90000.1, 0.01, Side.SELL, (NOW_MS + 1) * MS, 0, "28457"),
        PublicTrade(BTC, 90000.2, 0.02, Side.BUY, (NOW_MS + 2) * MS, 0, "28458"),
    ]


def test_candles_begin_in_the_time_that_is_asked_for() -> None:
    since_ns = NOW_MS * MS
    (request,), candles = drive(
        MARKETS.candles(TABLE, BTC, "1m", since_ns, since_ns + 60_000 * MS),
        [answer("http_get_klines")],
    )
    assert (request.params["startTime"], request.params["endTime"]) == (NOW_MS, NOW_MS + 60_000)
    numbers = [Decimal(each) for each in ("90000.0", "90010.0", "89990.0", "90005.0", "12.5")]
    assert candles == [Candle(since_ns, *numbers)]


def test_candles_are_read_to_the_last_page() -> None:
    (row,) = parsed("http_get_klines")
    rows = [[NOW_MS + 60_000 * at, *row[1:]] for at in range(CANDLES_MAX + 1)]
    end_ns = (NOW_MS + 60_000 * 9999) * MS
    requests, candles = drive(
        MARKETS.candles(TABLE, BTC, "1m", NOW_MS * MS, end_ns), answers(rows[:-1], rows[-2:])
    )
    assert requests[1].params["startTime"] == rows[-2][0]
    assert len(candles) == CANDLES_MAX + 1


def test_an_interval_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(ClientConfigError, match="'7m' is not known; use one of 1m, 3m"):
        drive(MARKETS.candles(TABLE, BTC, "7m", 0, 1), [])


def test_a_candle_that_cannot_be_read_leaves_no_gap_unsaid() -> None:
    with pytest.raises(MalformedPayload):
        drive(MARKETS.candles(TABLE, BTC, "1m", 0, 1), answers([[NOW_MS, "1", "1", "1"]]))


def test_the_venue_tells_its_time() -> None:
    assert drive(MARKETS.server_time(), [answer("http_get_time")])[1] == 1_795_200_000_123 * MS


# Funding ------------------------------------------------------------------------------------------


def test_rates_are_fractions_for_the_interval_of_each_market() -> None:
    told = [answer("http_get_premium_index"), answer("http_get_funding_info")]
    requests, rates = drive(FUNDING.rates(TABLE, [BTC, ETH, ContractId("INJUSDT")]), told)
    assert [request.params for request in requests] == [{}, {}]
    assert rates == {
        "BTC": FundingRateSample(
            Symbol("BTC"), Decimal("0.00010000"), Decimal(8),
            datetime.fromtimestamp(1_795_219_200, UTC),
        ),
        "ETH": FundingRateSample(
            Symbol("ETH"), Decimal("-0.00020000"), Decimal(4),
            datetime.fromtimestamp(1_795_204_800, UTC),
        ),
    }  # fmt: skip


def test_one_market_is_asked_for_alone() -> None:
    row = parsed("http_get_premium_index")[0]
    requests, rates = drive(FUNDING.rates(TABLE, [BTC]), answers(row, []))
    assert requests[0].params == {"symbol": BTC}
    assert list(rates) == ["BTC"]


def test_a_rate_that_cannot_be_read_hides_no_other() -> None:
    btc, eth = parsed("http_get_premium_index")
    four_hours = [{"symbol": "ETHUSDT", "fundingIntervalHours": 4}]
    told = answers([{**btc, "lastFundingRate": ""}, eth], four_hours)
    _, rates = drive(FUNDING.rates(TABLE, [BTC, ETH]), told)
    assert isinstance(rates[Symbol("BTC")], Unreadable)
    assert isinstance(rates[Symbol("ETH")], FundingRateSample)
    unknown = answers([btc], [{"symbol": "BTCUSDT", "fundingIntervalHours": "8h"}])
    _, rates = drive(FUNDING.rates(TABLE, [BTC, ETH]), unknown)
    assert isinstance(rates[Symbol("BTC")], Unreadable)


def test_a_list_of_intervals_that_comes_empty_makes_none_the_usual_one() -> None:
    told = answers(parsed("http_get_premium_index"), [])
    _, rates = drive(FUNDING.rates(TABLE, [BTC, ETH]), told)
    btc, eth = rates[Symbol("BTC")], rates[Symbol("ETH")]
    assert isinstance(btc, FundingRateSample)
    assert btc.interval_hours == 8
    assert isinstance(eth, Unreadable)


@pytest.mark.parametrize(("before", "now"), [(8, 1), (4, 8), (1, 8)])
def test_rates_are_asked_for_again_where_an_interval_has_changed_meanwhile(
    before: int, now: int
) -> None:
    hour = NOW_MS // HOUR_MS * HOUR_MS
    old, new = (
        {
            **parsed("http_get_premium_index")[0],
            "lastFundingRate": f"0.000{hours}",
            "time": NOW_MS,
            "nextFundingTime": (hour // (hours * HOUR_MS) + 1) * hours * HOUR_MS,
        }
        for hours in (before, now)
    )
    told = answers(old, [{"symbol": BTC, "fundingIntervalHours": now}], new)
    requests, rates = drive(FUNDING.rates(TABLE, [BTC]), told)
    paths = [request.path.rsplit("/", 1)[1] for request in requests]
    assert paths == ["premiumIndex", "fundingInfo", "premiumIndex"]
    sample = rates[Symbol("BTC")]
    assert isinstance(sample, FundingRateSample)
    assert (sample.raw_rate, sample.interval_hours) == (Decimal(f"0.000{now}"), Decimal(now))


def test_open_interest_is_counted_at_the_mark() -> None:
    btc = parsed("http_get_premium_index")[0]
    told = [*answers(btc), answer("http_get_ticker"), answer("http_get_open_interest")]
    requests, stats = drive(FUNDING.stats(TABLE, [BTC]), told)
    assert requests[2].path == "/fapi/v1/openInterest"
    mark = Decimal("90001.1")
    assert stats == {
        "BTC": MarketStats(Symbol("BTC"), Decimal("802197000.0"), Decimal("3200.512") * mark, mark)
    }


def test_stats_of_several_markets_cost_two_lists_and_one_question_each() -> None:
    ticker = {**parsed("http_get_ticker"), "symbol": "ETHUSDT"}
    refused = Response(400, b"", error=VenueRejected("-1121"))
    told = [
        answer("http_get_premium_index"), *answers([{**ticker, "quoteVolume": None}]),
        answer("http_get_open_interest"), refused,
    ]  # fmt: skip
    requests, stats = drive(FUNDING.stats(TABLE, [BTC, ETH]), told)
    assert [request.scope for request in requests] == [
        "premiumIndex/all", "ticker/24hr/all", "openInterest", "openInterest",
    ]  # fmt: skip
    btc = stats[Symbol("BTC")]
    assert isinstance(btc, MarketStats)
    assert (btc.volume_24h, btc.mark_price) == (None, Decimal("90001.1"))
    assert isinstance(stats[Symbol("ETH")], Unreadable)


def test_settled_rates_were_for_the_time_since_the_one_before() -> None:
    first = 1_795_161_600_000
    since_ns, until_ns = (first + 4 * HOUR_MS) * MS, (first + 8 * HOUR_MS) * MS
    told = [answer("http_get_funding_info"), answer("http_get_funding_rate")]
    requests, rates = drive(FUNDING.history(TABLE, BTC, since_ns, until_ns), told)
    assert requests[1].params["startTime"] == first - 4 * HOUR_MS
    (rate,) = rates
    assert rate == FundingRateSample(
        Symbol("BTC"), Decimal("-0.00020000"), Decimal(4),
        datetime.fromtimestamp((first + 4 * HOUR_MS) / 1000, UTC),
    )  # fmt: skip


def test_a_settlement_that_is_missing_makes_no_longer_interval() -> None:
    rows = parsed("http_get_funding_rate")
    late = {**rows[2], "fundingTime": rows[0]["fundingTime"] + 24 * HOUR_MS}
    told = answers([{"symbol": "BTCUSDT", "fundingIntervalHours": 1}], [rows[0], late, {}])
    _, (first, second, unread) = drive(FUNDING.history(TABLE, BTC, 0, 1 << 62), told)
    assert isinstance(first, FundingRateSample)
    assert isinstance(second, FundingRateSample)
    assert (first.interval_hours, second.interval_hours) == (Decimal(1), Decimal(1))
    assert isinstance(unread, Unreadable)


def test_a_venue_may_trade_in_another_currency() -> None:
    markets = FapiMarkets(replace(V3, quotes=("USDC",)))
    told = answers({"symbols": [contract("BTC"), contract("ETH", "USDC")]}, [])
    assert [each.market.contract_id for each in drive(markets.list(), told)[1]] == ["ETHUSDC"]
