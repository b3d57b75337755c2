"""Public streams: where each speaks, what it says, and that its numbers join."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest

from exchange_clients.words import Side
from tests.support.quiet_markets import passes
from tests.venue_simulators.binance.binance_stage import (
    Trader,
    Wire,
    fall,
    move,
    printed,
    public,
    stage,
)
from tests.venue_simulators.fapi.fapi_stage import SOL, FapiWire, Words, row
from venue_simulators.binance.terms import BinanceTerms

MOVES = [
    move(1 + step / 10, 2 + step, [(179.98, 40.0 - step)], [(180.02, 40.0 - step)])
    for step in range(10)
]


# Roots --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("root", "stream", "speaks"),
    [
        ("public", "solusdt@depth@100ms", True),
        ("public", "solusdt@bookTicker", True),
        ("public", "solusdt@trade", True),
        ("public", "solusdt@aggTrade", False),
        ("public", "solusdt@markPrice@1s", False),
        ("market", "solusdt@aggTrade", True),
        ("market", "solusdt@markPrice@1s", True),
        ("market", "solusdt@kline_1m", True),
        ("market", "solusdt@ticker", True),
        ("market", "solusdt@depth@100ms", False),
        ("market", "solusdt@trade", False),
        ("private", "solusdt@depth@100ms", False),
    ],
)
def test_a_stream_speaks_below_its_own_root_and_is_acknowledged_below_any(
    root: str, stream: str, speaks: bool
) -> None:
    venue = stage(*MOVES, printed(2.5, 180.0, 1.0, Side.BUY))
    wire = Wire(venue, f"/{root}/ws")
    wire.subscribe(stream)
    assert wire.take() == [{"result": None, "id": 1}]
    passes(venue, 4)
    assert bool(wire.take()) is speaks


@pytest.mark.parametrize("path", ["/ws", "/stream", "/ws/solusdt@depth", "/other/ws"])
def test_the_paths_without_a_root_are_gone(path: str) -> None:
    with pytest.raises(AssertionError):
        Wire(stage(), path)


def test_a_word_that_is_no_streams_may_stand_in_the_path() -> None:
    wire = Wire(stage(), "/public/ws/0")
    wire.subscribe("solusdt@depth")
    assert wire.take() == [{"result": None, "id": 1}]


def test_more_streams_than_a_connection_may_have_are_refused() -> None:
    wire = Wire(stage(), "/public/ws")
    wire.subscribe(*(f"s{number}@depth" for number in range(1025)))
    assert "code" in wire.take()[0]
    wire.subscribe(*(f"s{number}@depth" for number in range(1024)))
    assert wire.take()[0]["result"] is None


def test_a_connection_tells_its_subscriptions_and_speaks_wrapped_on_stream() -> None:
    venue = stage(*MOVES)
    wire = Wire(venue, "/public/stream", "streams=solusdt@depth@100ms")
    wire.say({"method": "LIST_SUBSCRIPTIONS", "id": 3})
    assert wire.take() == [{"result": ["solusdt@depth@100ms"], "id": 3}]
    passes(venue, 2)
    assert '"stream":"solusdt@depth@100ms"' in str(wire.frames[0])


@pytest.mark.parametrize(("number", "taken"), [("a" * 36, True), ("a" * 37, False), (-1, False)])
def test_a_frame_may_be_named_by_a_text_as_the_venues_sdk_does(number: object, taken: bool) -> None:
    wire = Wire(stage(), "/public/ws")
    wire.say({"method": "SUBSCRIBE", "params": ["btcusdt@trade"], "id": number})
    assert (wire.take() == [{"result": None, "id": number}]) is taken


def test_connections_are_counted() -> None:
    venue = stage(terms=BinanceTerms(connections_a_window=1))
    Wire(venue, "/public/ws", number=1)
    with pytest.raises(AssertionError, match="429"):
        Wire(venue, "/public/ws", number=2)


# Books --------------------------------------------------------------------------------------------


def told(wire: FapiWire, kind: str) -> list[Words]:
    found = wire.take(kind)
    assert found, f"nothing was told of {kind}"
    return found


def test_differences_chain_and_join_the_snapshot() -> None:
    venue = stage(*MOVES)
    wire = Wire(venue, "/public/ws/solusdt@depth@100ms")
    passes(venue, 1.3)
    book = row(public(venue, "depth", symbol=SOL, limit=1000))
    passes(venue, 2)
    events = told(wire, "depthUpdate")
    assert all(later["pu"] == sooner["u"] for sooner, later in pairwise(events))
    assert any(later["U"] != sooner["u"] + 1 for sooner, later in pairwise(events))
    joined = [one for one in events if one["u"] >= book["lastUpdateId"]]
    assert joined[0]["U"] <= book["lastUpdateId"]
    assert {(one["st"], one["ps"]) for one in events} == {(1, SOL)}


def test_the_top_of_a_book_is_told_whole_and_best_first() -> None:
    venue = stage(*MOVES)
    wire = Wire(venue, "/public/ws/solusdt@depth5@100ms")
    passes(venue, 1)
    last = told(wire, "depthUpdate")[-1]
    assert [one[0] for one in last["b"]] == ["179.98", "179.97"]
    assert [one[0] for one in last["a"]] == ["180.02", "180.03"]


def test_the_best_prices_of_one_market_are_told_at_once_and_of_all_every_five_seconds() -> None:
    venue = stage(*MOVES)
    one = Wire(venue, "/public/ws/solusdt@bookTicker", number=1)
    every = Wire(venue, "/public/ws/!bookTicker", number=2)
    passes(venue, 4.8)
    # The first of the moves leaves everything as it was.
    assert len(told(one, "bookTicker")) == 9
    assert every.take() == []
    passes(venue, 0.2)
    rows = told(every, "bookTicker")
    assert [(row["s"], row["st"]) for row in rows] == [
        ("BTCUSDT", 1),
        ("SOLUSDT", 1),
        ("BTCUSD_PERP", 2),
    ]


# Trades and prices --------------------------------------------------------------------------------


def test_trades_are_told_singly_and_in_sums() -> None:
    venue = stage(printed(1, 180.0, 0.5, Side.SELL))
    single = Wire(venue, "/public/ws/solusdt@trade", number=1)
    summed = Wire(venue, "/market/ws/solusdt@aggTrade", number=2)
    passes(venue, 2)
    (trade,) = told(single, "trade")
    assert (trade["p"], trade["q"], trade["m"], trade["X"]) == ("180.00", "0.50", True, "MARKET")
    assert "st" not in trade
    (aggregate,) = told(summed, "aggTrade")
    assert (aggregate["q"], aggregate["nq"], aggregate["st"]) == ("0.50", "0.50", 1)


@pytest.mark.parametrize("stream", ["!markPrice@arr@1s", "!ticker@arr", "!miniTicker@arr"])
def test_streams_of_all_markets_tell_of_the_other_kind_of_futures_too(stream: str) -> None:
    venue = stage()
    wire = Wire(venue, f"/market/ws/{stream}")
    passes(venue, 1)
    rows = json.loads(wire.frames[0])
    assert [one["st"] for one in rows] == [1, 1, 2]
    assert rows[-1]["s"] == "BTCUSD_PERP"


def test_a_candle_says_nothing_of_the_kind_of_futures() -> None:
    venue = stage(printed(1, 180.0, 0.5, Side.SELL))
    wire = Wire(venue, "/market/ws/solusdt@kline_1m")
    passes(venue, 61)
    candles = told(wire, "kline")
    assert [one["k"]["x"] for one in candles].count(True) == 1
    assert not {"st", "ps"} & set(candles[0])


def test_the_mark_tells_the_running_rate_and_no_interval() -> None:
    venue = stage()
    wire = Wire(venue, "/market/ws/solusdt@markPrice")
    passes(venue, 6)
    marks = told(wire, "markPriceUpdate")
    assert len(marks) == 2
    assert (marks[0]["r"], marks[0]["p"], marks[0]["ap"]) == (
        "0.00010000",
        "180.00000000",
        "180.00000000",
    )


def test_of_the_liquidations_of_a_second_the_largest_is_told() -> None:
    venue = stage(fall(to=100.0), accounts=("main", "other"), balance="200")
    small, large = Trader(venue), Trader(venue, "other")
    small.bought("5")
    large.bought("8")
    one = Wire(venue, "/market/ws/solusdt@forceOrder", number=1)
    every = Wire(venue, "/market/ws/!forceOrder@arr", number=2)
    passes(venue, 4)
    (told_one,), (told_all,) = told(one, "forceOrder"), told(every, "forceOrder")
    assert told_one["o"]["q"] == told_all["o"]["q"] == "8.00"
    assert (told_all["st"], "st" in told_one) == (1, False)
