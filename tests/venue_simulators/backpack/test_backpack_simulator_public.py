from __future__ import annotations

import json
from decimal import Decimal

import pytest

from exchange_clients.base_models import ContractId
from tests.support.quiet_markets import passes
from tests.venue_simulators.backpack.backpack_stage import (
    SOL,
    START_MS,
    START_NS,
    Caller,
    limit,
    market,
    plain_text,
    read,
    refusal,
    row,
    rows,
    stage,
)
from venue_simulators.backpack.simulator import build
from venue_simulators.options import SimulatorOptions

HOUR_MS = 3_600_000


def test_assets_are_the_collateral_and_what_markets_are_about() -> None:
    listed = rows(Caller(build(SimulatorOptions(symbols=("SOL", "PEPE")))).get("/api/v1/assets"))
    assert [one["symbol"] for one in listed] == ["USDC", "SOL", "kPEPE"]
    dollars, *others = (one["tokens"] for one in listed)
    assert others == [[], []]
    assert isinstance(dollars, list)
    assert [token["withdrawalFee"] for token in dollars] == ["1"]


def test_no_tokenized_stock_is_listed() -> None:
    assert rows(Caller(stage()).get("/api/v1/securities")) == []


def test_markets_are_listed_with_every_field_of_the_venue() -> None:
    listed = {
        one["symbol"]: one for one in rows(Caller(build(SimulatorOptions())).get("/api/v1/markets"))
    }
    assert list(listed) == ["BTC_USDC_PERP", "ETH_USDC_PERP", "SOL_USDC_PERP", "kPEPE_USDC_PERP"]
    assert listed["BTC_USDC_PERP"] == {
        "symbol": "BTC_USDC_PERP",
        "baseSymbol": "BTC",
        "quoteSymbol": "USDC",
        "marketType": "PERP",
        "rwaMarketType": None,
        "filters": {
            "price": {
                "minPrice": "0.1",
                "maxPrice": None,
                "tickSize": "0.1",
                "maxMultiplier": "1.25",
                "minMultiplier": "0.75",
                "maxImpactMultiplier": "1.05",
                "minImpactMultiplier": "0.95",
                "meanMarkPriceBand": {"maxMultiplier": "1.1", "minMultiplier": "0.9"},
                "meanPremiumBand": {"tolerancePct": "0.05"},
                "borrowEntryFeeMaxMultiplier": None,
                "borrowEntryFeeMinMultiplier": None,
                "maxPriceUpdateMultiplier": "1.0025",
                "minPriceUpdateMultiplier": "0.9975",
            },
            "quantity": {"minQuantity": "0.00001", "maxQuantity": None, "stepSize": "0.00001"},
        },
        "imfFunction": {"type": "sqrt", "base": "0.02", "factor": "0.0001275"},
        "mmfFunction": {"type": "sqrt", "base": "0.0125", "factor": "0.0000765"},
        "fundingInterval": 3600000,
        "fundingRateUpperBound": "150",
        "fundingRateLowerBound": "-150",
        "openInterestLimit": "4000000",
        "orderBookState": "Open",
        "createdAt": "2025-01-21T06:34:54.691858",
        "visible": True,
        "positionLimitWeight": None,
    }


def test_thousand_token_market_keeps_its_small_letter_and_whole_step() -> None:
    caller = Caller(build(SimulatorOptions(symbols=("PEPE",))))
    market_row = row(caller.get("/api/v1/market", symbol="kPEPE_USDC_PERP"))
    assert market_row["baseSymbol"] == "kPEPE"
    filters = market_row["filters"]
    assert isinstance(filters, dict)
    assert filters["quantity"]["stepSize"] == "100"
    assert refusal(caller.get("/api/v1/market", symbol="KPEPE_USDC_PERP"))[0] == 404


def test_only_symbols_that_were_chosen_are_listed() -> None:
    caller = Caller(build(SimulatorOptions(symbols=("ETH",))))
    assert [one["symbol"] for one in rows(caller.get("/api/v1/markets"))] == ["ETH_USDC_PERP"]


def test_market_type_filters_the_list() -> None:
    caller = Caller(stage())
    assert len(rows(caller.get("/api/v1/markets", marketType="PERP"))) == 1
    assert rows(caller.get("/api/v1/markets", marketType="SPOT")) == []
    status, text = plain_text(caller.get("/api/v1/markets", marketType="perp"))
    assert status == 400
    assert text.startswith("failed to parse parameter `marketType`")


def test_depth_lists_bids_ascending_so_that_the_best_is_last() -> None:
    book = row(Caller(stage()).get("/api/v1/depth", symbol=SOL))
    assert book["bids"] == [["179.98", "40.00"], ["179.99", "20.00"]]
    assert book["asks"] == [["180.01", "20.00"], ["180.02", "40.00"]]
    assert book["timestamp"] == START_NS // 1000 + 100_000
    assert isinstance(book["lastUpdateId"], str)
    assert int(book["lastUpdateId"]) >= 1


def test_depth_limit_keeps_the_best_levels() -> None:
    caller = Caller(build(SimulatorOptions(symbols=("BTC",))))
    whole = row(caller.get("/api/v1/depth", symbol="BTC_USDC_PERP"))
    five = row(caller.get("/api/v1/depth", symbol="BTC_USDC_PERP", limit=5))
    bids, asks = whole["bids"], whole["asks"]
    assert isinstance(bids, list)
    assert isinstance(asks, list)
    assert five["bids"] == bids[-5:]
    assert five["asks"] == asks[:5]


@pytest.mark.parametrize("wrong", ["7", "0", "5000", "many"])
def test_other_depth_limits_are_refused_in_plain_text(wrong: str) -> None:
    status, text = plain_text(Caller(stage()).get("/api/v1/depth", symbol=SOL, limit=wrong))
    assert status == 400
    assert text.startswith("failed to parse parameter `limit`")


def test_depth_of_a_closed_market_is_not_found() -> None:
    simulator = stage()
    simulator.world.set_tradable(SOL, tradable=False)
    answer = Caller(simulator).get("/api/v1/depth", symbol=SOL)
    assert refusal(answer) == (404, "RESOURCE_NOT_FOUND", "Not Found")
    assert rows(Caller(simulator).get("/api/v1/markets"))[0]["orderBookState"] == "Closed"


def test_trades_carry_ascending_ids_and_milliseconds() -> None:
    caller = Caller(stage())
    caller.place(**market("Bid", "1.00"))
    caller.place(**market("Ask", "2.00"))
    passes(caller.simulator, 1)
    newest, oldest = rows(caller.get("/api/v1/trades", symbol=SOL, limit=2))
    assert isinstance(newest["id"], int)
    assert newest["id"] == int(str(oldest["id"])) + 1
    assert oldest == {
        "id": oldest["id"],
        "price": "180.01",
        "quantity": "1",
        "quoteQuantity": "180.01",
        "timestamp": START_MS + 100,
        "isBuyerMaker": False,
    }
    assert newest["isBuyerMaker"] is True
    assert rows(caller.get("/api/v1/trades/history", symbol=SOL, limit=1, offset=1)) == [oldest]


def test_candles_are_asked_for_in_seconds_and_told_in_words() -> None:
    caller = Caller(build(SimulatorOptions(symbols=("BTC",), start_ns=START_NS)))
    start_s = START_NS // 1_000_000_000 - 3600
    candles = rows(
        caller.get("/api/v1/klines", symbol="BTC_USDC_PERP", interval="15m", startTime=start_s)
    )
    assert [one["start"] for one in candles][:2] == ["2026-11-20 19:00:00", "2026-11-20 19:15:00"]
    assert candles[0]["end"] == "2026-11-20 19:15:00"
    assert set(candles[0]) == {
        "start", "end", "open", "high", "low", "close", "volume", "quoteVolume", "trades",
    }  # fmt: skip
    assert isinstance(candles[0]["trades"], str)


def test_candles_need_a_start_and_a_known_interval() -> None:
    caller = Caller(stage())
    path = "/api/v1/klines"
    assert plain_text(caller.get(path, symbol=SOL, interval="1m"))[0] == 400
    assert plain_text(caller.get(path, symbol=SOL, interval="15", startTime=1))[0] == 400


def test_mark_prices_come_for_all_markets_with_the_age_of_the_cache() -> None:
    caller = Caller(build(SimulatorOptions(start_ns=START_NS)))
    answer = caller.get("/api/v1/markPrices")
    assert answer.headers["age"] == "0"
    assert len(rows(answer)) == 4
    (one,) = rows(caller.get("/api/v1/markPrices", symbol="ETH_USDC_PERP"))
    assert set(one) == {
        "symbol", "fundingRate", "indexPrice", "markPrice", "nextFundingTimestamp",
    }  # fmt: skip
    assert one["fundingRate"] == "0.0000125"
    assert one["nextFundingTimestamp"] == (START_MS // HOUR_MS + 1) * HOUR_MS


def test_funding_history_begins_with_the_running_interval_and_goes_back_hourly() -> None:
    caller = Caller(stage())
    found = rows(caller.get("/api/v1/fundingRates", symbol=SOL, limit=3))
    ends = [one["intervalEndTimestamp"] for one in found]
    assert ends == ["2026-11-20T21:00:00", "2026-11-20T20:00:00", "2026-11-20T19:00:00"]
    assert set(found[0]) == {"symbol", "fundingRate", "intervalEndTimestamp"}
    second = rows(caller.get("/api/v1/fundingRates", symbol=SOL, limit=2, offset=1))
    assert second == found[1:]


def test_funding_history_is_limited() -> None:
    caller = Caller(stage())
    assert len(rows(caller.get("/api/v1/fundingRates", symbol=SOL))) == 100
    assert plain_text(caller.get("/api/v1/fundingRates", symbol=SOL, limit=10_001))[0] == 400


def test_open_interest_is_in_base_units() -> None:
    (one,) = rows(Caller(stage()).get("/api/v1/openInterest", symbol=SOL))
    assert one["symbol"] == SOL
    assert one["timestamp"] == START_MS + 100
    assert Decimal(str(one["openInterest"])) >= 0


def test_ticker_tells_the_last_day() -> None:
    caller = Caller(stage())
    one = row(caller.get("/api/v1/ticker", symbol=SOL))
    assert set(one) == {
        "symbol", "firstPrice", "lastPrice", "priceChange", "priceChangePercent", "high", "low",
        "volume", "quoteVolume", "trades",
    }  # fmt: skip
    assert isinstance(one["trades"], str)
    assert rows(caller.get("/api/v1/tickers")) == [one]


def test_ticker_of_an_unknown_symbol_has_no_content() -> None:
    answer = Caller(stage()).get("/api/v1/ticker", symbol="DOGE_USDC_PERP")
    assert (answer.status, answer.body) == (204, b"")


def test_time_is_a_bare_number_of_milliseconds() -> None:
    assert read(Caller(stage()).get("/api/v1/time")) == START_MS + 100


def test_status_and_ping_tell_that_the_venue_is_well() -> None:
    caller = Caller(stage())
    assert read(caller.get("/api/v1/status")) == {"status": "Ok", "message": None}
    assert plain_text(caller.get("/api/v1/ping")) == (200, "pong")


def test_path_that_is_not_there_is_answered_in_text() -> None:
    assert plain_text(Caller(stage()).get("/api/v1/nothing")) == (404, "not found")


def test_unknown_symbol_is_refused() -> None:
    answer = Caller(stage()).get("/api/v1/depth", symbol="sol_usdc_perp")
    assert refusal(answer) == (400, "INVALID_CLIENT_REQUEST", "Invalid symbol")


def test_own_resting_order_is_part_of_the_book() -> None:
    caller = Caller(stage())
    caller.place(**limit(price="179.50", quantity="3.00"))
    passes(caller.simulator, 0.2)
    bids = row(caller.get("/api/v1/depth", symbol=SOL))["bids"]
    assert isinstance(bids, list)
    assert bids[0] == ["179.5", "3.00"]


def test_services_and_environment_name_both_hosts() -> None:
    simulator = stage()
    assert [one.name for one in simulator.services] == ["rest", "ws"]
    assert simulator.environment({"rest": "http://h:1", "ws": "ws://h:2"}) == {
        "BACKPACK_PUBLIC_KEY": "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=",
        "BACKPACK_SECRET_KEY": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        "PERP_BACKPACK_REST_URL": "http://h:1",
        "PERP_BACKPACK_WS_URL": "ws://h:2",
    }


def test_every_answer_is_json_that_can_be_read_again() -> None:
    caller = Caller(build(SimulatorOptions()))
    for path in ("markets", "markPrices", "openInterest", "tickers", "status", "time"):
        json.loads(caller.get(f"/api/v1/{path}").body)
    assert ContractId("BTC_USDC_PERP") in caller.simulator.world.markets
