"""Public topics: first frames, numbers, intervals, and what is left out."""

from __future__ import annotations

from itertools import pairwise

import pytest

from exchange_clients.words import Side
from tests.support.quiet_markets import passes
from tests.venue_simulators.bybit.bybit_stage import (
    MS,
    SOL,
    START_NS,
    Trader,
    Wire,
    Words,
    ask_public,
    move,
    printed,
    read,
    stage,
)

BOOK = f"orderbook.50.{SOL}"


def kept(frames: list[Words]) -> dict[str, dict[str, str]]:
    """Return the book that a client keeps who follows the rules."""
    sides: dict[str, dict[str, str]] = {"b": {}, "a": {}}
    for frame in frames:
        if frame["type"] == "snapshot":
            sides = {"b": {}, "a": {}}
        for side, levels in sides.items():
            for price, size in frame["data"][side]:
                if size == "0":
                    levels.pop(price, None)
                else:
                    levels[price] = size
    return sides


def test_a_book_begins_whole_and_goes_on_in_numbered_changes() -> None:
    simulator = stage(
        move(1, 2, [(149.99, 0.0), (149.97, 7.0)], []),
        move(2, 3, [(149.99, 5.0)], [(150.01, 12.0)]),
    )
    wire = Wire(simulator)
    wire.subscribe(BOOK)
    passes(simulator, 3)
    frames = wire.take(BOOK)
    assert [frame["type"] for frame in frames] == ["snapshot", "delta", "delta"]
    numbers = [frame["data"]["u"] for frame in frames]
    assert [after - before for before, after in pairwise(numbers)] == [1, 1]
    assert frames[1]["data"]["b"] == [["149.990", "0"], ["149.970", "7.0"]]
    assert kept(frames) == {
        "b": {"149.980": "60.0", "149.970": "7.0", "149.990": "5.0"},
        "a": {"150.010": "12.0", "150.020": "60.0"},
    }
    assert frames[1]["cts"] == (START_NS + 1000 * MS) // MS
    assert frames[2]["data"]["seq"] > frames[1]["data"]["seq"]


def test_a_side_never_grows_past_its_depth() -> None:
    levels = [(149.9 - place / 100, 1.0) for place in range(60)]
    simulator = stage(move(1, 2, levels, []), move(2, 3, [(149.99, 0.0)], []))
    wire = Wire(simulator)
    wire.subscribe(BOOK)
    frames: list[Words] = []
    for _ in range(3):
        passes(simulator, 1)
        frames += wire.take(BOOK)
        assert len(kept(frames)["b"]) <= 50
    assert len(kept(frames)["b"]) == 50


def test_whoever_comes_later_gets_the_book_that_the_others_hold() -> None:
    simulator = stage(move(1, 2, [(149.97, 7.0)], []), move(2, 3, [(149.96, 7.0)], []))
    first, second = Wire(simulator), Wire(simulator, number=2)
    first.subscribe(BOOK)
    passes(simulator, 1.5)
    second.subscribe(BOOK)
    passes(simulator, 1)
    early, late = first.take(BOOK), second.take(BOOK)
    assert late[0]["type"] == "snapshot"
    assert late[0]["data"]["u"] == early[1]["data"]["u"]
    assert late[1:] == early[2:]
    assert kept(late) == kept(early)


def test_subscribing_again_forces_a_snapshot() -> None:
    simulator = stage()
    wire = Wire(simulator)
    wire.subscribe(BOOK)
    assert wire.say(op="unsubscribe", args=[BOOK])["success"] is True
    wire.subscribe(BOOK)
    assert [frame["type"] for frame in wire.take(BOOK)] == ["snapshot", "snapshot"]


def test_the_best_level_is_always_told_whole_and_repeated_when_quiet() -> None:
    simulator = stage(move(1, 2, [(149.99, 41.0)], []))
    wire = Wire(simulator)
    topic = f"orderbook.1.{SOL}"
    wire.subscribe(topic)
    passes(simulator, 7.2)
    frames = wire.take(topic)
    assert {frame["type"] for frame in frames} == {"snapshot"}
    sizes = [frame["data"]["b"][0][1] for frame in frames]
    assert sizes == ["40.0", "41.0", "41.0", "41.0"]
    numbers = [frame["data"]["u"] for frame in frames]
    assert numbers[1:] == [numbers[1]] * 3


def test_the_deepest_book_bears_the_number_of_rest() -> None:
    simulator = stage(move(1, 2, [(149.97, 7.0)], []))
    wire = Wire(simulator)
    topic = f"orderbook.1000.{SOL}"
    wire.subscribe(topic)
    passes(simulator, 2)
    last = wire.take(topic)[-1]
    book = read(ask_public(simulator, "orderbook", symbol=SOL))
    assert (book["u"], book["seq"]) == (last["data"]["u"], last["data"]["seq"])


def test_changes_within_an_interval_are_told_together() -> None:
    simulator = stage(
        *(move(1 + place / 1000, 2 + place, [(149.97, 1.0 + place)], []) for place in range(100))
    )
    wire = Wire(simulator)
    topic = f"orderbook.1000.{SOL}"
    wire.subscribe(topic)
    passes(simulator, 2)
    stamps = [frame["ts"] for frame in wire.take(topic)[1:]]
    assert all(stamp % 200 == 0 for stamp in stamps)
    assert len(stamps) in (1, 2)


def test_a_ticker_begins_whole_and_goes_on_with_what_changed() -> None:
    simulator = stage(move(1, 2, [(149.99, 41.0)], []))
    wire = Wire(simulator)
    topic = f"tickers.{SOL}"
    wire.subscribe(topic)
    passes(simulator, 2)
    first, second = wire.take(topic)
    assert (first["type"], second["type"]) == ("snapshot", "delta")
    assert first["data"]["fundingRate"] == "0.0001"
    assert second["data"] == {"symbol": SOL, "bid1Size": "41.0"}
    assert second["cs"] > first["cs"]


def test_trades_are_told_at_once_with_the_takers_side() -> None:
    simulator = stage(printed(1, 150.0, 2.0, Side.SELL), printed(2, 150.01, 3.0, Side.BUY))
    wire = Wire(simulator)
    topic = f"publicTrade.{SOL}"
    wire.subscribe(topic)
    passes(simulator, 3)
    rows = [row for frame in wire.take(topic) for row in frame["data"]]
    assert [(row["S"], row["p"], row["v"], row["L"]) for row in rows] == [
        ("Sell", "150.000", "2.0", "ZeroPlusTick"),
        ("Buy", "150.010", "3.0", "PlusTick"),
    ]
    listed = read(ask_public(simulator, "recent-trade", symbol=SOL))["list"]
    assert [row["i"] for row in rows] == [row["execId"] for row in reversed(listed)]


def test_a_candle_is_told_each_second_and_once_more_as_closed() -> None:
    simulator = stage(printed(30, 151.0, 2.0, Side.BUY))
    wire = Wire(simulator)
    topic = f"kline.1.{SOL}"
    wire.subscribe(topic)
    passes(simulator, 61)
    rows = [row for frame in wire.take(topic) for row in frame["data"]]
    assert len(rows) == 61
    closed = [row for row in rows if row["confirm"]]
    assert [(row["start"], row["close"], row["volume"]) for row in closed] == [
        (START_NS // MS, "151.000", "2.0")
    ]
    assert rows[-1]["start"] == START_NS // MS + 60_000


def test_the_price_band_is_told_when_it_moves() -> None:
    simulator = stage(
        move(1, 2, [(149.99, 0.0), (149.98, 0.0), (151.99, 5.0)], [(150.01, 0.0), (152.01, 5.0)]),
    )
    wire = Wire(simulator)
    topic = f"priceLimit.{SOL}"
    wire.subscribe(topic)
    passes(simulator, 2)
    frames = wire.take(topic)
    assert frames[-1]["data"]["symbol"] == SOL
    assert set(frames[-1]["data"]) == {"symbol", "buyLmt", "sellLmt"}


@pytest.mark.parametrize(
    "topic",
    [
        "orderbook.500.SOLUSDT",
        "orderbook.SOLUSDT",
        "publicTrade.solusdt",
        "publicTrade.NOPEUSDT",
        "tickers",
        "kline.2.SOLUSDT",
        "order",
        "liquidation.SOLUSDT",
    ],
)
def test_one_bad_topic_fails_the_whole_request_and_is_named(topic: str) -> None:
    simulator = stage(printed(1, 150.0, 2.0, Side.SELL))
    wire = Wire(simulator)
    answer = wire.say(op="subscribe", req_id="7", args=[f"publicTrade.{SOL}", topic])
    assert (answer["success"], answer["req_id"]) == (False, "7")
    assert topic in answer["ret_msg"]
    passes(simulator, 2)
    assert wire.take() == []


@pytest.mark.parametrize("args", [None, [], [5], ["tickers.SOLUSDT", "tickers.SOLUSDT"]])
def test_a_subscription_that_cannot_be_read_fails(args: object) -> None:
    assert Wire(stage()).say(op="subscribe", args=args)["success"] is False


def test_a_topic_is_subscribed_once() -> None:
    wire = Wire(stage())
    wire.subscribe(BOOK)
    assert wire.say(op="subscribe", args=[BOOK])["success"] is False


def test_a_halted_market_has_no_book_feed() -> None:
    simulator = stage()
    simulator.world.set_tradable(SOL, False)
    wire = Wire(simulator)
    wire.subscribe(BOOK)
    assert wire.take() == []


def test_pings_are_answered_by_each_kind_of_socket_in_its_own_way() -> None:
    simulator = stage()
    trader = Trader(simulator)
    public = Wire(simulator).say(op="ping", req_id="p")
    assert (public["success"], public["ret_msg"], public["op"], public["req_id"]) == (
        True,
        "pong",
        "ping",
        "p",
    )
    private = Wire(simulator, "ws_private", trader, number=2).say(op="ping")
    assert (private["op"], private["args"]) == ("pong", [str(trader.now_ms)])
    trade = Wire(simulator, "ws_trade", trader, number=3).say(op="ping")
    assert (trade["op"], trade["retCode"], trade["data"]) == ("pong", 0, [str(trader.now_ms)])


def test_a_socket_that_is_silent_for_ten_minutes_is_cut() -> None:
    simulator = stage()
    wire, alive = Wire(simulator), Wire(simulator, number=2)
    passes(simulator, 590)
    alive.say(op="ping")
    passes(simulator, 11)
    assert wire.closed == (1006, "idle")
    assert alive.closed is None


def test_a_shorter_life_can_be_asked_for() -> None:
    simulator = stage()
    wire = Wire(simulator, "ws_private", query="max_active_time=30s")
    passes(simulator, 31)
    assert wire.closed is not None


def test_words_that_are_no_operation_are_answered_with_failure() -> None:
    wire = Wire(stage())
    for frame in ("{", "[]", '"ping"', '{"op":"dance"}', '{"op":"auth","args":[]}'):
        wire.simulator.on_frame(wire, frame)
    answers = wire.take()
    assert [answer["success"] for answer in answers] == [False] * 5
