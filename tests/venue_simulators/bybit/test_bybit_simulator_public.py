"""What anyone may ask."""

from __future__ import annotations

from itertools import pairwise

import pytest

from exchange_clients.words import Side
from tests.support.quiet_markets import passes
from tests.venue_simulators.bybit.bybit_stage import (
    MS,
    SOL,
    START_NS,
    ask_public,
    envelope_of,
    move,
    printed,
    read,
    refusal,
    stage,
)
from venue_simulators.wire import HttpRequest


def test_the_time_is_told_three_times() -> None:
    simulator = stage()
    words = envelope_of(ask_public(simulator, "time"))
    now_ns = START_NS + 100 * MS
    assert words["result"] == {"timeSecond": str(now_ns // 10**9), "timeNano": str(now_ns)}
    assert words["time"] == now_ns // MS


def test_a_market_is_listed_with_its_grid_and_limits() -> None:
    (row,) = read(ask_public(stage(), "instruments-info", symbol=SOL))["list"]
    assert row["contractType"] == "LinearPerpetual"
    assert (row["baseCoin"], row["quoteCoin"], row["settleCoin"]) == ("SOL", "USDT", "USDT")
    assert row["priceFilter"]["tickSize"] == "0.010"
    assert row["lotSizeFilter"]["qtyStep"] == "0.1"
    assert row["lotSizeFilter"]["minNotionalValue"] == "5"
    assert (row["fundingInterval"], row["deliveryTime"], row["status"]) == (480, "0", "Trading")


def test_a_dated_future_stands_among_the_perpetuals_without_funding() -> None:
    simulator = stage()
    rows = read(ask_public(simulator, "instruments-info"))["list"]
    kinds = {row["symbol"]: row["contractType"] for row in rows}
    assert kinds == {
        "BTCUSDT": "LinearPerpetual",
        "SOLUSDT": "LinearPerpetual",
        "BTCUSDT-25JUN27": "LinearFutures",
    }
    (ticker,) = read(ask_public(simulator, "tickers", symbol="BTCUSDT-25JUN27"))["list"]
    assert (ticker["fundingRate"], ticker["nextFundingTime"]) == ("", "")


def test_instruments_come_in_pages_whose_cursor_holds_escapes() -> None:
    simulator = stage()
    first = read(ask_public(simulator, "instruments-info", limit=2))
    cursor = first["nextPageCursor"]
    assert cursor == "first%3DBTCUSDT%26last%3DSOLUSDT"
    verbatim = HttpRequest(
        "rest",
        "GET",
        "/v5/market/instruments-info",
        f"category=linear&limit=2&cursor={cursor}",
    )
    rest = read(simulator.handle(verbatim))
    assert [row["symbol"] for row in rest["list"]] == ["BTCUSDT-25JUN27"]
    assert rest["nextPageCursor"] == ""
    # The helper encodes what it is given, which escapes the cursor a second time.
    assert refusal(ask_public(simulator, "instruments-info", limit=2, cursor=cursor)) == 10001


def test_a_closed_market_is_listed_for_whoever_asks_for_closed_ones() -> None:
    simulator = stage()
    simulator.world.set_tradable(SOL, False)
    rows = read(ask_public(simulator, "instruments-info", status="Closed"))["list"]
    assert [row["symbol"] for row in rows] == [SOL]
    rows = read(ask_public(simulator, "instruments-info", symbol=SOL))["list"]
    assert rows == []


@pytest.mark.parametrize("category", ["spot", "inverse", "option"])
def test_other_categories_have_no_instruments(category: str) -> None:
    answer = read(ask_public(stage(), "instruments-info", category=category))
    assert answer == {"category": category, "list": [], "nextPageCursor": ""}


def test_the_book_is_told_best_first_with_the_number_of_the_deepest_stream() -> None:
    simulator = stage(move(1, 2, [(149.97, 5.0)], []))
    before = read(ask_public(simulator, "orderbook", symbol=SOL))
    assert before["b"] == [["149.990", "40.0"], ["149.980", "60.0"]]
    assert before["a"] == [["150.010", "40.0"], ["150.020", "60.0"]]
    again = read(ask_public(simulator, "orderbook", symbol=SOL, limit=1))
    assert (again["u"], again["b"]) == (before["u"], before["b"][:1])
    passes(simulator, 2)
    after = read(ask_public(simulator, "orderbook", symbol=SOL))
    assert after["u"] == before["u"] + 1
    assert after["b"][2] == ["149.970", "5.0"]
    assert after["seq"] > before["seq"]


def test_a_ticker_counts_open_interest_twice_and_once() -> None:
    (row,) = read(ask_public(stage(), "tickers", symbol=SOL))["list"]
    assert float(row["openInterest"]) == pytest.approx(2 * float(row["singleOpenInterest"]))
    assert (row["bid1Price"], row["bid1Size"]) == ("149.990", "40.0")
    assert (row["ask1Price"], row["ask1Size"]) == ("150.010", "40.0")
    assert (row["fundingRate"], row["fundingIntervalHour"]) == ("0.0001", "8")
    assert all(isinstance(value, str) for value in row.values())


def test_one_call_tells_of_all_markets() -> None:
    rows = read(ask_public(stage(), "tickers"))["list"]
    assert [row["symbol"] for row in rows] == ["BTCUSDT", "SOLUSDT", "BTCUSDT-25JUN27"]


def test_trades_are_told_newest_first_with_the_takers_side() -> None:
    simulator = stage(printed(1, 150.0, 2.0, Side.SELL), printed(2, 150.01, 3.0, Side.BUY))
    passes(simulator, 3)
    rows = read(ask_public(simulator, "recent-trade", symbol=SOL))["list"]
    assert [(row["side"], row["price"], row["size"]) for row in rows] == [
        ("Buy", "150.010", "3.0"),
        ("Sell", "150.000", "2.0"),
    ]
    assert rows[0]["time"] == str((START_NS + 2_000 * MS) // MS)


def test_candles_are_texts_and_come_newest_first() -> None:
    simulator = stage()
    answer = read(ask_public(simulator, "kline", symbol=SOL, interval=5, limit=3))
    starts = [int(row[0]) for row in answer["list"]]
    assert [before - after for before, after in pairwise(starts)] == [300_000, 300_000]
    assert starts[0] == START_NS // MS
    assert {len(row) for row in answer["list"]} == {7}
    mark = read(ask_public(simulator, "mark-price-kline", symbol=SOL, interval=5, limit=3))
    assert [row[:5] for row in answer["list"]] == mark["list"]
    premium = read(
        ask_public(simulator, "premium-index-price-kline", symbol=SOL, interval=5, limit=3)
    )
    assert premium["list"] == [[row[0], "0", "0", "0", "0"] for row in answer["list"]]


def test_a_span_of_candles_is_told_from_its_start_or_up_to_its_end() -> None:
    simulator = stage()
    start = START_NS // MS - 600_000
    asked = read(
        ask_public(simulator, "kline", symbol=SOL, interval=1, start=start, end=start + 120_000)
    )
    assert [int(row[0]) - start for row in asked["list"]] == [120_000, 60_000, 0]
    ended = read(ask_public(simulator, "kline", symbol=SOL, interval=1, end=start, limit=2))
    assert [int(row[0]) - start for row in ended["list"]] == [0, -60_000]


def test_settled_rates_come_newest_first_and_a_start_alone_is_an_error() -> None:
    simulator = stage()
    rows = read(ask_public(simulator, "funding/history", symbol=SOL, limit=3))["list"]
    stamps = [int(row["fundingRateTimestamp"]) for row in rows]
    assert [before - after for before, after in pairwise(stamps)] == [28_800_000] * 2
    assert {row["fundingRate"] for row in rows} == {"0.0001"}
    start = stamps[-1]
    assert refusal(ask_public(simulator, "funding/history", symbol=SOL, startTime=start)) == 10001
    spanned = read(
        ask_public(simulator, "funding/history", symbol=SOL, startTime=start, endTime=stamps[0])
    )
    assert spanned["list"] == rows


def test_open_interest_has_a_history_in_pages() -> None:
    simulator = stage()
    first = read(ask_public(simulator, "open-interest", symbol=SOL, intervalTime="1h", limit=2))
    stamps = [int(row["timestamp"]) for row in first["list"]]
    assert stamps[0] - stamps[1] == 3_600_000
    assert first["nextPageCursor"]


def test_risk_tiers_are_fractions_that_fit_the_leverage() -> None:
    rows = read(ask_public(stage(), "risk-limit", symbol=SOL))["list"]
    assert [row["isLowestRisk"] for row in rows] == [1, 0, 0, 0, 0]
    products = [float(row["initialMargin"]) * float(row["maxLeverage"]) for row in rows]
    assert products == pytest.approx([1.0] * 5, rel=1e-3)


def test_the_price_band_lies_around_the_mark() -> None:
    row = read(ask_public(stage(), "price-limit", symbol=SOL))
    assert (row["buyLmt"], row["sellLmt"]) == ("165.000", "135.000")


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("orderbook", {"symbol": "NOPEUSDT"}),
        ("orderbook", {"symbol": "solusdt"}),
        ("orderbook", {}),
        ("orderbook", {"symbol": SOL, "limit": 0}),
        ("orderbook", {"symbol": SOL, "limit": 1001}),
        ("tickers", {"symbol": "NOPEUSDT"}),
        ("tickers", {"category": "futures"}),
        ("kline", {"symbol": SOL, "interval": "2"}),
        ("kline", {"symbol": SOL}),
        ("funding/history", {"symbol": SOL, "limit": 201}),
        ("open-interest", {"symbol": SOL}),
        ("instruments-info", {"status": "Open"}),
        ("instruments-info", {"category": ""}),
    ],
)
def test_wrong_parameters_are_refused(path: str, query: dict[str, object]) -> None:
    assert refusal(ask_public(stage(), path, **query)) == 10001


def test_paths_and_methods_that_there_are_not_are_not_found() -> None:
    simulator = stage()
    for method, path in (
        ("GET", "/v5/market/nothing"),
        ("POST", "/v5/market/time"),
        ("PUT", "/v5/order/create"),
        ("GET", "/v2/public/time"),
    ):
        assert simulator.handle(HttpRequest("rest", method, path)).status == 404
    assert simulator.handle(HttpRequest("ws_public", "GET", "/v5/market/time")).status == 404


def test_a_public_get_with_a_body_is_barred() -> None:
    request = HttpRequest("rest", "GET", "/v5/market/time", body=b"{}")
    assert stage().handle(request).status == 403
