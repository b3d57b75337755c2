"""Public endpoints: shapes, units, filters and pages."""

import json
from decimal import Decimal
from itertools import pairwise

import pytest

from exchange_clients.base_models import NS
from exchange_clients.words import Side
from tests.support.quiet_markets import passes
from tests.venue_simulators.grvt.grvt_stage import (
    BTC,
    JSON_HEADERS,
    SOL,
    START_NS,
    Words,
    printed,
    public,
    read,
    refusal,
    stage,
)
from venue_simulators.grvt.simulator import build
from venue_simulators.options import SimulatorOptions
from venue_simulators.wire import HttpRequest

HOUR_NS = 3600 * NS


def test_currencies_have_the_numbers_that_assets_are_signed_with() -> None:
    listed = read(public(stage(), "currency"))["result"]
    assert {one["symbol"]: one["id"] for one in listed} == {"USDT": "3", "BTC": "5", "SOL": "6"}
    assert listed[1]["balance_decimals"] == "9"
    assert listed[1]["quantity_multiplier"] == "1000000000"


def test_an_instrument_is_listed_with_what_is_signed_about_it() -> None:
    venue = stage()
    listed = read(public(venue, "instrument", instrument=BTC))["result"]
    created = listed.pop("create_time")
    assert created.isdecimal()
    assert listed == {
        "instrument": "BTC_USDT_Perp",
        "instrument_hash": "0x030501",
        "base": "BTC",
        "quote": "USDT",
        "kind": "PERPETUAL",
        "venues": ["ORDERBOOK", "RFQ"],
        "settlement_period": "PERPETUAL",
        "base_decimals": 9,
        "quote_decimals": 6,
        "tick_size": "0.1",
        "min_size": "0.001",
        "max_position_size": "500",
        "funding_interval_hours": 8,
        "adjusted_funding_rate_cap": "0.75",
        "adjusted_funding_rate_floor": "-0.75",
        "min_notional": "100",
    }


def test_a_thousand_tokens_are_named_with_a_capital_k_and_sold_by_the_thousand() -> None:
    venue = build(SimulatorOptions(symbols=("PEPE",)))
    (listed,) = read(public(venue, "all_instruments", is_active=True))["result"]
    assert (listed["instrument"], listed["base"]) == ("KPEPE_USDT_Perp", "KPEPE")
    (market,) = venue.world.markets.values()
    assert f"{market.symbol} {market.multiplier}" == "PEPE 1000"


def names(rows: list[Words]) -> list[str]:
    return [row["instrument"] for row in rows]


def test_instruments_are_chosen_by_kind_base_and_quote() -> None:
    venue = stage()
    assert names(read(public(venue, "all_instruments"))["result"]) == [BTC, SOL]
    assert names(read(public(venue, "instruments", base=["SOL"]))["result"]) == [SOL]
    assert names(read(public(venue, "instruments", kind=["FUTURE"]))["result"]) == []
    assert names(read(public(venue, "instruments", limit=1))["result"]) == [BTC]


def test_a_halted_market_is_not_active() -> None:
    venue = stage()
    venue.world.set_tradable(SOL, tradable=False)
    assert names(read(public(venue, "all_instruments", is_active=True))["result"]) == [BTC]
    assert names(read(public(venue, "all_instruments"))["result"]) == [BTC, SOL]


def test_markets_settle_funding_at_hours_of_their_own() -> None:
    venue = stage()
    hours = {
        row["instrument"]: row["funding_interval_hours"]
        for row in read(public(venue, "all_instruments"))["result"]
    }
    assert hours == {BTC: 8, SOL: 4}
    for name, count in hours.items():
        rows = read(public(venue, "funding", instrument=name, limit=3))["result"]
        times = [int(row["funding_time"]) for row in rows]
        assert [a - b for a, b in pairwise(times)] == [count * HOUR_NS] * 2
        assert {row["funding_interval_hours"] for row in rows} == {count}


def test_a_book_is_best_first_on_both_sides() -> None:
    book = read(public(stage(), "book", instrument=BTC, depth=10))["result"]
    assert book["event_time"].isdecimal()
    assert book["bids"] == [
        {"price": "90000.1", "size": "2", "num_orders": 1},
        {"price": "90000", "size": "3", "num_orders": 1},
    ]
    assert [row["price"] for row in book["asks"]] == ["90000.3", "90000.4"]


def test_a_ticker_states_funding_in_percentage_points_and_not_its_interval() -> None:
    ticker = read(public(stage(), "ticker", instrument=BTC))["result"]
    assert ticker["funding_rate"] == "0.01"
    assert int(ticker["next_funding_time"]) % (8 * HOUR_NS) == 0
    assert "funding_interval_hours" not in ticker
    assert (ticker["best_bid_price"], ticker["best_bid_size"]) == ("90000.1", "2")
    assert (ticker["best_ask_price"], ticker["mid_price"]) == ("90000.3", "90000.2")
    assert Decimal(ticker["open_interest"]) >= 0


def test_the_short_interval_pays_its_share() -> None:
    assert read(public(stage(), "ticker", instrument=SOL))["result"]["funding_rate"] == "0.005"


def test_mini_is_the_ticker_without_days_and_funding() -> None:
    venue = stage()
    mini = read(public(venue, "mini", instrument=BTC))["result"]
    ticker = read(public(venue, "ticker", instrument=BTC))["result"]
    assert "funding_rate" not in mini
    assert mini == {name: ticker[name] for name in mini}


def test_trades_come_newest_first_with_their_taker() -> None:
    venue = stage(
        printed(0.2, 150.01, 1.0, Side.BUY),
        printed(0.3, 149.99, 2.0, Side.SELL),
    )
    passes(venue, 1)
    first, second = read(public(venue, "trade", instrument=SOL, limit=10))["result"]
    assert (first["price"], first["size"], first["is_taker_buyer"]) == ("149.99", "2", False)
    assert (second["price"], second["is_taker_buyer"]) == ("150.01", True)
    assert int(first["event_time"]) == START_NS + round(0.3 * NS)
    assert first["trade_id"] != second["trade_id"]


def test_trade_history_comes_in_pages() -> None:
    venue = stage(*(printed(0.2 + n / 100, 150.01, 1.0, Side.BUY) for n in range(5)))
    passes(venue, 1)
    seen: list[str] = []
    cursor = ""
    while True:
        page = read(public(venue, "trade_history", instrument=SOL, limit=2, cursor=cursor))
        seen += [row["trade_id"] for row in page["result"]]
        cursor = page["next"]
        if not cursor:
            break
    assert len(seen) == len(set(seen)) == 5
    assert seen == sorted(seen, reverse=True)


def test_candles_of_a_span_come_newest_first_in_pages_without_gap() -> None:
    venue = stage()
    end = START_NS // HOUR_NS * HOUR_NS
    start, cursor, opened = end - 10 * HOUR_NS, "", []
    for _ in range(10):
        page = read(
            public(
                venue,
                "kline",
                instrument=SOL,
                interval="CI_1_H",
                type="TRADE",
                start_time=str(start),
                end_time=str(end),
                limit=4,
                cursor=cursor,
            )
        )
        opened += [int(row["open_time"]) for row in page["result"]]
        cursor = page["next"]
        if not cursor:
            break
    assert opened == [end - hours * HOUR_NS for hours in range(1, 11)]


def test_a_candle_states_both_volumes() -> None:
    page = read(public(stage(), "kline", instrument=SOL, interval="CI_1_M", type="TRADE", limit=2))
    candle = page["result"][-1]
    assert int(candle["close_time"]) - int(candle["open_time"]) == 60 * NS
    assert isinstance(candle["trades"], int)
    low, high = Decimal(candle["low"]), Decimal(candle["high"])
    assert low <= Decimal(candle["open"]) <= high
    assert low <= Decimal(candle["close"]) <= high
    assert Decimal(candle["volume_q"]) >= Decimal(candle["volume_b"]) * low


def test_margin_rules_tell_rates_as_fractions() -> None:
    rules = read(public(stage(), "margin_rules", instrument=BTC))["result"]
    (bracket,) = rules["risk_brackets"]
    assert bracket["max_leverage"] == "50"
    assert bracket["initial_margin_rate"] == "0.02"
    assert bracket["maintenance_margin_rate"] == "0.01"


def test_the_time_is_the_only_get() -> None:
    venue = stage()
    answer = venue.handle(HttpRequest("market_data", "GET", "/time"))
    assert read(answer) == {"server_time": venue.world.now_ns // 1_000_000}
    get = HttpRequest("market_data", "GET", "/full/v1/ticker", "", JSON_HEADERS)
    assert refusal(venue.handle(get)) == (400, 1003)


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, b'{"instrument":"BTC_USDT_Perp"}'),
        ({"content-type": "text/plain"}, b"{}"),
        (JSON_HEADERS, b""),
        (JSON_HEADERS, b"[]"),
        (JSON_HEADERS, b"{"),
    ],
)
def test_without_content_type_or_object_a_request_is_malformed(
    headers: dict[str, str], body: bytes
) -> None:
    request = HttpRequest("market_data", "POST", "/full/v1/mini", "", headers, body)
    assert refusal(stage().handle(request)) == (400, 1003)


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        ("book", {"instrument": "BTC_USDT_PERP", "depth": 10}, (400, 3000)),
        ("book", {"instrument": BTC, "depth": 20}, (400, 3031)),
        ("ticker", {}, (400, 3000)),
        ("kline", {"instrument": BTC, "interval": "CI_7_M", "type": "TRADE"}, (400, 1003)),
        ("kline", {"instrument": BTC, "interval": "CI_1_M", "limit": 1001}, (400, 1003)),
        ("trade", {"instrument": BTC, "limit": 0}, (400, 1003)),
        ("trade_history", {"instrument": BTC, "cursor": "AAAA"}, (400, 1003)),
        ("funding", {"instrument": BTC, "agg_type": "DAILY"}, (400, 1003)),
        ("tickers", {}, (404, 1004)),
    ],
)
def test_public_refusals_have_their_codes(
    name: str, body: Words, expected: tuple[int, int]
) -> None:
    assert refusal(public(stage(), name, **body)) == expected


def test_all_numbers_are_strings_but_counts() -> None:
    venue = stage()
    for name in ("ticker", "mini"):
        words = read(public(venue, name, instrument=BTC))["result"]
        assert all(isinstance(value, str) for value in words.values()), json.dumps(words)
