"""Public streams: their names, numbers and instants."""

from decimal import Decimal

import pytest

from exchange_clients.base_models import NS, Side
from tests.support.quiet_markets import passes
from tests.venue_simulators.aster.aster_stage import (
    START_MS,
    Trader,
    Wire,
    fall,
    move,
    printed,
    public,
    stage,
)
from tests.venue_simulators.fapi.fapi_stage import BTC, SOL, Words, at_market, refusal, row
from venue_simulators.aster.simulator import build
from venue_simulators.aster.terms import AsterTerms
from venue_simulators.fapi.hub import StreamRules
from venue_simulators.fapi.topics import read_topic
from venue_simulators.options import SimulatorOptions

DEPTH = "solusdt@depth@100ms"


# Names --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "SOLUSDT@depth",
        "solusdt@depth@50ms",
        "solusdt@depth7",
        "solusdt@kline_7m",
        "solusdt@kline_1m@100ms",
        "solusdt@trade",
        "solusdt@aggTrade@1s",
        "solusdt",
        "!depth@arr",
        "!markPrice",
        "!bookTicker@arr",
        "!ticker@arr@1s",
        "!markPrice@arr@2s",
        "@depth",
    ],
)
def test_names_that_no_stream_has_are_acknowledged_and_silent(name: str) -> None:
    assert read_topic(name) is None
    venue = stage(move(1, 2, [(179.98, 10.0)], []))
    wire = Wire(venue)
    wire.subscribe(name)
    passes(venue, 5)
    assert wire.take() == [{"result": None, "id": 1}]


def test_a_raw_connection_hears_events_as_they_are() -> None:
    venue = stage(printed(1, 180.02, 0.5, Side.BUY))
    wire = Wire(venue, "/ws/solusdt@aggTrade/solusdt@bookTicker")
    passes(venue, 2)
    (trade,) = wire.take()
    assert isinstance(trade.pop("a"), int)
    assert trade.pop("f") == trade.pop("l")
    assert trade == {
        "e": "aggTrade",
        "E": START_MS + 1000,
        "s": SOL,
        "p": "180.02",
        "q": "0.50",
        "T": START_MS + 1000,
        "m": False,
    }


def test_a_combined_connection_wraps_events_with_their_streams_name() -> None:
    venue = stage(printed(1, 180.02, 0.5, Side.BUY))
    wire = Wire(venue, "/stream", "streams=solusdt@aggTrade/btcusdt@aggTrade")
    passes(venue, 2)
    (frame,) = wire.frames
    assert str(frame).startswith('{"stream":"solusdt@aggTrade","data":{"e":"aggTrade"')


def test_streams_are_added_listed_and_dropped_by_frames() -> None:
    venue = stage(printed(1, 180.02, 0.5, Side.BUY), printed(3, 180.02, 0.5, Side.BUY))
    wire = Wire(venue)
    wire.subscribe("solusdt@aggTrade")
    wire.say({"method": "LIST_SUBSCRIPTIONS", "id": 3})
    assert wire.take() == [
        {"result": None, "id": 1},
        {"result": ["solusdt@aggTrade"], "id": 3},
    ]
    passes(venue, 2)
    assert len(wire.take("aggTrade")) == 1
    wire.subscribe("solusdt@aggTrade", method="UNSUBSCRIBE")
    passes(venue, 2)
    assert wire.take() == [{"result": None, "id": 1}]


def test_frames_without_a_number_are_followed_too() -> None:
    wire = Wire(stage())
    wire.say({"method": "SUBSCRIBE", "params": ["solusdt@aggTrade"]})
    assert wire.take() == [{"result": None, "id": None}]


@pytest.mark.parametrize(
    "words",
    [
        [],
        {"method": "SUBSCRIBE", "params": "solusdt@depth", "id": 1},
        {"method": "SUBSCRIBE", "params": [1], "id": 1},
        {"method": "LOGIN", "params": [], "id": 1},
        {"method": "SUBSCRIBE", "params": ["solusdt@depth"], "id": "one"},
        {"method": "SUBSCRIBE", "params": [f"a{n}@depth" for n in range(201)], "id": 1},
    ],
)
def test_frames_that_cannot_be_followed_are_answered_with_code_2(words: object) -> None:
    wire = Wire(stage())
    wire.say(words)
    (answer,) = wire.take()
    assert answer["code"] == 2
    assert answer["msg"].startswith("Invalid request: ")


@pytest.mark.parametrize("path", ["/", "/ws/nothing", "/streams", "/public/ws"])
def test_handshakes_to_other_paths_are_refused(path: str) -> None:
    venue = stage()
    wire = Wire(venue)
    wire.request = wire.request.__class__("ws", "GET", path)
    answer = venue.on_open(wire)
    assert answer is not None
    assert refusal(answer) == (404, -5000)


def test_an_eleventh_frame_within_a_second_ends_the_connection() -> None:
    venue = stage()
    wire = Wire(venue)
    for _ in range(10):
        wire.subscribe("solusdt@depth")
    assert wire.closed is None
    wire.subscribe("solusdt@depth")
    assert wire.end_code == 1008


def test_a_connection_lives_a_day() -> None:
    venue = stage(terms=AsterTerms(streams=StreamRules(lifetime_ns=60 * NS)))
    wire = Wire(venue, "/ws/solusdt@aggTrade")
    passes(venue, 59.9)
    assert wire.closed is None
    passes(venue, 0.2)
    assert wire.end_code == 1001
    assert StreamRules().lifetime_ns == 24 * 3600 * NS


# Books --------------------------------------------------------------------------------------------


def test_differences_are_gathered_and_chained() -> None:
    venue = stage(
        move(1.01, 2, [(179.98, 10.0)], []),
        move(1.03, 3, [(179.98, 12.0)], [(180.02, 0.0)]),
        move(1.5, 4, [], [(180.02, 5.0)]),
    )
    wire = Wire(venue, f"/ws/{DEPTH}")
    passes(venue, 2)
    first, second = wire.take("depthUpdate")
    assert (first["b"], first["a"]) == ([["179.98", "12.00"]], [["180.02", "0.00"]])
    assert (second["b"], second["a"]) == ([], [["180.02", "5.00"]])
    assert second["pu"] == first["u"]
    assert first["U"] <= first["u"] < second["U"] <= second["u"]
    # Numbers run over the whole venue, so they never join.
    assert second["U"] != first["u"] + 1
    assert first["E"] % 100 == 0


def follow(snapshot: Words, events: list[Words]) -> dict[str, dict[str, str]]:
    """Keep a book by the rule of the documents, from a snapshot and what was buffered."""
    book = {side: {price: size for price, size in snapshot[side]} for side in ("bids", "asks")}
    last = snapshot["lastUpdateId"]
    kept = [event for event in events if event["u"] >= last]
    for number, event in enumerate(kept):
        if number == 0:
            assert event["U"] <= last <= event["u"]
        else:
            assert event["pu"] == kept[number - 1]["u"]
        for side, letter in (("bids", "b"), ("asks", "a")):
            for price, size in event[letter]:
                if Decimal(size):
                    book[side][price] = size
                else:
                    book[side].pop(price, None)
    return book


@pytest.mark.parametrize("after_ms", [0, 30, 130, 250, 999])
def test_a_book_kept_by_the_documents_rule_is_the_venues(after_ms: int) -> None:
    venue = build(SimulatorOptions(seed=3, symbols=("SOL",)))
    passes(venue, 1)
    wire = Wire(venue, f"/ws/{DEPTH}")
    passes(venue, 0.5 + after_ms / 1000)
    snapshot = row(public(venue, "depth", symbol=SOL, limit=1000))
    passes(venue, 5 - after_ms / 1000)
    events = wire.take("depthUpdate")
    whole = row(public(venue, "depth", symbol=SOL, limit=1000))
    assert len(events) > 10
    assert whole["lastUpdateId"] - events[-1]["u"] < 7, "nothing has changed since the last event"
    book = follow(snapshot, events)
    for side in ("bids", "asks"):
        assert book[side] == {price: size for price, size in whole[side]}


def test_the_first_levels_come_whole_with_the_best_bid_last() -> None:
    venue = stage()
    wire = Wire(venue, "/ws/solusdt@depth5@100ms")
    passes(venue, 0.1)
    (top,) = wire.take("depthUpdate")
    assert top["b"] == [["179.97", "60.00"], ["179.98", "40.00"]]
    assert top["a"] == [["180.02", "40.00"], ["180.03", "60.00"]]


def test_the_best_prices_are_told_when_they_change() -> None:
    venue = stage(
        move(1, 2, [(179.98, 10.0)], []),
        move(2, 3, [(179.97, 1.0)], []),
        move(3, 4, [(179.99, 1.0)], []),
    )
    own, of_all = Wire(venue, "/ws/solusdt@bookTicker"), Wire(venue, "/ws/!bookTicker", number=2)
    passes(venue, 4)
    told = own.take("bookTicker")
    assert [(one["b"], one["B"], one["a"], one["A"]) for one in told] == [
        ("179.98", "10.00", "180.02", "40.00"),
        ("179.99", "1.00", "180.02", "40.00"),
    ]
    assert of_all.take("bookTicker") == told


def test_hidden_orders_do_not_move_the_streams() -> None:
    venue = stage(move(1, 2, [(179.98, 10.0)], []))
    wire = Wire(venue, f"/ws/{DEPTH}/solusdt@bookTicker")
    passes(venue, 2)
    wire.take()
    row(Trader(venue).place(price="180.00", timeInForce="HIDDEN"))
    passes(venue, 1)
    told = wire.take()
    assert [event["e"] for event in told] == ["depthUpdate"]
    assert [level for event in told for level in event["b"] if level[1] != "0.00"] == []


# Figures ------------------------------------------------------------------------------------------


def test_marks_come_every_three_seconds_or_every_one() -> None:
    venue = stage()
    wire = Wire(venue, "/ws/solusdt@markPrice")
    quick = Wire(venue, "/ws/solusdt@markPrice@1s", number=2)
    passes(venue, 6)
    assert (len(wire.take("markPriceUpdate")), len(quick.take("markPriceUpdate"))) == (2, 6)
    passes(venue, 3)
    assert wire.take("markPriceUpdate")[0] == {
        "e": "markPriceUpdate",
        "E": START_MS + 9000,
        "s": SOL,
        "p": "180.00000000",
        "i": "179.98000000",
        "P": "179.98000000",
        "r": "0.00010000",
        "T": 1_795_219_200_000,
    }


def test_streams_of_all_markets_are_lists() -> None:
    venue = stage()
    wire = Wire(venue, "/stream", "streams=!markPrice@arr@1s/!ticker@arr/!miniTicker@arr")
    passes(venue, 1)
    for kind in ("markPriceUpdate", "24hrTicker", "24hrMiniTicker"):
        frames = list(wire.frames)
        (rows_of_all,) = wire.take(kind)
        assert [one["s"] for one in rows_of_all] == [BTC, SOL]  # type: ignore[index]
        wire.frames = frames


def test_a_candle_runs_and_then_closes() -> None:
    venue = stage(printed(58, 180.02, 0.5, Side.BUY))
    wire = Wire(venue, "/ws/solusdt@kline_1m")
    passes(venue, 60.2)
    told = [one["k"] for one in wire.take("kline")]
    closed = [one for one in told if one["x"]]
    (last,) = closed
    assert (last["t"], last["T"], last["i"]) == (START_MS, START_MS + 59_999, "1m")
    assert (last["v"], last["n"]) == ("0.5", 1)


def test_a_liquidation_is_told_to_everyone() -> None:
    venue = stage(fall(), balance="300")
    wire = Wire(venue, "/ws/!forceOrder@arr")
    row(Trader(venue).place(**at_market("BUY", "20")))
    passes(venue, 2)
    (event,) = wire.take("forceOrder")
    order = event["o"]
    assert (order["s"], order["S"], order["q"], order["X"]) == (SOL, "SELL", "20.00", "FILLED")
