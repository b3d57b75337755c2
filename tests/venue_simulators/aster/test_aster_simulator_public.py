"""What anyone may ask."""

import json

import pytest

from exchange_clients.base_models import Side
from tests.support.quiet_markets import passes
from tests.venue_simulators.aster.aster_stage import (
    OPENED_MS,
    START_MS,
    move,
    printed,
    public,
    stage,
)
from tests.venue_simulators.fapi.fapi_stage import BTC, SOL, refusal, row, rows
from venue_simulators.aster.simulator import AsterSimulator
from venue_simulators.wire import HttpRequest

FIRST_FUNDING_MS = 1_795_219_200_000
HOURS_8_MS = 8 * 3_600_000


def test_time_and_ping_answer_on_both_versions() -> None:
    venue = stage()
    for version in ("v1", "v3"):
        for name, body in (("ping", b"{}"), ("time", f'{{"serverTime":{OPENED_MS}}}'.encode())):
            answer = venue.handle(HttpRequest("rest", "GET", f"/fapi/{version}/{name}"))
            assert (answer.status, answer.body) == (200, body)


def test_the_list_of_markets_has_limits_and_filters() -> None:
    info = row(public(stage(), "exchangeInfo"))
    assert info["rateLimits"] == [
        {
            "rateLimitType": "REQUEST_WEIGHT",
            "interval": "MINUTE",
            "intervalNum": 1,
            "limit": 2400,
        },
        {"rateLimitType": "ORDERS", "interval": "MINUTE", "intervalNum": 1, "limit": 1200},
        {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 300},
    ]
    btc = next(one for one in info["symbols"] if one["symbol"] == BTC)
    assert {name: btc[name] for name in ("contractType", "status", "baseAsset", "quoteAsset")} == {
        "contractType": "PERPETUAL",
        "status": "TRADING",
        "baseAsset": "BTC",
        "quoteAsset": "USDT",
    }
    assert btc["timeInForce"] == ["GTC", "IOC", "FOK", "GTX", "RPI", "HIDDEN"]
    assert "OrderType" not in btc
    assert btc["filters"] == [
        {
            "filterType": "PRICE_FILTER",
            "minPrice": "0.1",
            "maxPrice": "10000000",
            "tickSize": "0.1",
        },
        {"filterType": "LOT_SIZE", "minQty": "0.001", "maxQty": "10000", "stepSize": "0.001"},
        {"filterType": "MARKET_LOT_SIZE", "minQty": "0.001", "maxQty": "1000", "stepSize": "0.001"},
        {"filterType": "MAX_NUM_ORDERS", "limit": 200},
        {"filterType": "MAX_NUM_ALGO_ORDERS", "limit": 10},
        {"filterType": "MIN_NOTIONAL", "notional": "5"},
        {
            "filterType": "PERCENT_PRICE",
            "multiplierUp": "1.0200",
            "multiplierDown": "0.9800",
            "multiplierDecimal": "4",
        },
    ]


def test_the_book_comes_best_first() -> None:
    book = row(public(stage(), "depth", symbol=SOL, limit=5))
    assert book["bids"] == [["179.98", "40.00"], ["179.97", "60.00"]]
    assert book["asks"] == [["180.02", "40.00"], ["180.03", "60.00"]]
    assert (book["E"], book["T"]) == (OPENED_MS, OPENED_MS)


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({}, -1102),
        ({"symbol": "NO"}, -1121),
        ({"symbol": "solusdt"}, -1121),
        ({"symbol": SOL, "limit": 7}, -1130),
    ],
)
def test_a_book_is_asked_for_by_symbol_and_depth(params: dict[str, object], code: int) -> None:
    assert refusal(public(stage(), "depth", **params)) == (400, code)


def test_best_prices_come_for_one_market_or_all() -> None:
    venue = stage()
    one = row(public(venue, "ticker/bookTicker", symbol=SOL))
    assert one == {
        "symbol": SOL,
        "bidPrice": "179.98",
        "bidQty": "40.00",
        "askPrice": "180.02",
        "askQty": "40.00",
        "time": OPENED_MS,
    }
    assert [each["symbol"] for each in rows(public(venue, "ticker/bookTicker"))] == [BTC, SOL]


def test_a_side_without_offers_is_zero() -> None:
    venue = stage(move(1, 2, [], [(180.02, 0.0), (180.03, 0.0)]))
    passes(venue, 2)
    best = row(public(venue, "ticker/bookTicker", symbol=SOL))
    assert (best["bidPrice"], best["askPrice"], best["askQty"]) == ("179.98", "0.00", "0.00")


def test_trades_say_whether_the_seller_was_the_aggressor() -> None:
    venue = stage(printed(1, 180.02, 0.5, Side.BUY), printed(2, 179.98, 0.25, Side.SELL))
    passes(venue, 3)
    bought, sold = rows(public(venue, "trades", symbol=SOL))
    assert isinstance(bought.pop("id"), int)
    assert bought == {
        "price": "180.02",
        "qty": "0.50",
        "quoteQty": "90.01",
        "time": START_MS + 1000,
        "isBuyerMaker": False,
    }
    assert (sold["price"], sold["isBuyerMaker"]) == ("179.98", True)
    (latest,) = rows(public(venue, "trades", symbol=SOL, limit=1))
    assert latest == sold
    (older,) = rows(public(venue, "historicalTrades", symbol=SOL, fromId=sold["id"]))
    assert older == sold
    first, second = rows(public(venue, "aggTrades", symbol=SOL))
    assert (first["p"], first["q"], first["m"], first["T"]) == (
        "180.02",
        "0.50",
        False,
        START_MS + 1000,
    )
    (after,) = rows(public(venue, "aggTrades", symbol=SOL, startTime=START_MS + 1500))
    assert after == second


def candles(venue: AsterSimulator, **params: object) -> list[list[object]]:
    """Return candles, each a list."""
    found = json.loads(public(venue, "klines", symbol=SOL, **params).body)
    assert isinstance(found, list)
    return found


def test_candles_are_rows_of_texts_oldest_first() -> None:
    venue = stage(printed(1, 180.02, 0.5, Side.BUY))
    passes(venue, 2)
    before, running = candles(venue, interval="1m", limit=2)
    assert running == [
        START_MS,
        "180.02",
        "180.02",
        "180.02",
        "180.02",
        "0.5",
        START_MS + 59_999,
        "90.01",
        1,
        "0.25",
        "45.005",
        "0",
    ]
    assert before[0] == START_MS - 60_000


def test_candles_from_a_beginning_are_those_that_follow() -> None:
    venue = stage()
    start = START_MS - 10 * 3_600_000
    asked = {"interval": "1h", "startTime": start, "limit": 3}
    found = candles(venue, **asked)
    assert [one[0] for one in found] == [start + hour * 3_600_000 for hour in range(3)]
    ended = candles(venue, **asked, endTime=start + 3_600_000)
    assert [one[0] for one in ended] == [start, start + 3_600_000]
    assert refusal(public(venue, "klines", symbol=SOL, interval="7m")) == (400, -1130)
    assert refusal(public(venue, "klines", symbol=SOL)) == (400, -1102)


def test_the_running_rate_stands_beside_mark_and_index() -> None:
    venue = stage()
    assert row(public(venue, "premiumIndex", symbol=SOL)) == {
        "symbol": SOL,
        "markPrice": "180.00000000",
        "indexPrice": "179.98000000",
        "estimatedSettlePrice": "179.98000000",
        "lastFundingRate": "0.00010000",
        "nextFundingTime": FIRST_FUNDING_MS,
        "interestRate": "0.00010000",
        "time": OPENED_MS,
    }
    assert len(rows(public(venue, "premiumIndex"))) == 2


def test_settled_rates_come_oldest_first() -> None:
    venue = stage()
    found = rows(public(venue, "fundingRate", symbol=SOL, limit=3))
    last = FIRST_FUNDING_MS - HOURS_8_MS
    assert found == [
        {"symbol": SOL, "fundingRate": "0.00010000", "fundingTime": last - back * HOURS_8_MS}
        for back in (2, 1, 0)
    ]
    since = rows(public(venue, "fundingRate", symbol=SOL, startTime=last - 5 * HOURS_8_MS, limit=2))
    assert [one["fundingTime"] for one in since] == [last - 5 * HOURS_8_MS, last - 4 * HOURS_8_MS]
    assert len(rows(public(venue, "fundingRate", symbol=SOL))) == 100


def test_funding_terms_tell_hours_and_bounds_as_numbers() -> None:
    (terms,) = rows(public(stage(), "fundingInfo", symbol=SOL))
    assert (terms["fundingIntervalHours"], terms["fundingFeeCap"], terms["fundingFeeFloor"]) == (
        8,
        0.03,
        -0.03,
    )


def test_the_last_day_tells_base_and_quote_volume_apart() -> None:
    venue = stage(printed(1, 180.02, 0.5, Side.BUY))
    passes(venue, 2)
    day = row(public(venue, "ticker/24hr", symbol=SOL))
    assert day["lastPrice"] == "180.02"
    assert day["lastQty"] == "0.50"
    assert day["closeTime"] - day["openTime"] == 86_400_000
    per_unit = float(day["quoteVolume"]) / float(day["volume"])
    assert abs(per_unit - float(day["weightedAvgPrice"])) < 0.01
    assert float(day["lowPrice"]) <= per_unit <= float(day["highPrice"])
    assert row(public(venue, "ticker/price", symbol=SOL))["price"] == "180.02"


def test_open_interest_is_in_base_units_of_one_side() -> None:
    interest = row(public(stage(), "openInterest", symbol=SOL))
    assert (interest["symbol"], interest["time"]) == (SOL, OPENED_MS)
    assert float(interest["openInterest"]) * 180 < 20_000_000
    assert refusal(public(stage(), "openInterest")) == (400, -1102)
