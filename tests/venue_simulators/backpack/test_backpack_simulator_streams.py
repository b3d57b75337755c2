from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.quiet_markets import passes
from tests.venue_simulators.backpack.backpack_stage import (
    SOL,
    START_MS,
    Caller,
    Wire,
    crash,
    limit,
    market,
    move,
    row,
    stage,
)
from venue_simulators.backpack.simulator import BackpackSimulator, build
from venue_simulators.options import SimulatorOptions

Row = dict[str, object]


# Subscribing ----------------------------------------------------------------------------------


def test_subscription_is_not_acknowledged() -> None:
    wire = Wire(stage())
    wire.subscribe(f"depth.{SOL}", f"bookTicker.{SOL}")
    assert wire.take() == []


@pytest.mark.parametrize("symbol", ["DOGE_USDC_PERP", "sol_usdc_perp", "AAPL.US_USDC_PERP"])
def test_unknown_symbol_is_ignored_silently(symbol: str) -> None:
    simulator = stage()
    wire = Wire(simulator)
    wire.subscribe(f"depth.{symbol}", f"depth.200ms.{symbol}", f"markPrice.{symbol}")
    passes(simulator, 2)
    assert wire.take() == []


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ({"method": "SUBSCRIBE", "params": ["nothing"]}, 4006, "Invalid stream"),
        ({"method": "SUBSCRIBE", "params": ["depths.SOL_USDC_PERP"]}, 4006, "Invalid stream"),
        ({"method": "SUBSCRIBE", "params": ["depth"]}, 4006, "Invalid stream"),
        ({"method": "SUBSCRIBE", "params": ["kline.7m.SOL_USDC_PERP"]}, 4006, "Invalid stream"),
        ({"method": "SUBSCRIBE", "params": ["account.nothing"]}, 4006, "Invalid stream"),
        ({"method": "SUBSCRIBE", "params": [1]}, 4006, "Invalid stream"),
        (
            {"method": "SUBSCRIBE", "params": ["depth.300ms.SOL_USDC_PERP"]},
            4008,
            "Invalid depth window",
        ),
        ({"method": "LOGIN", "params": ["x"]}, 4002, "Parse error"),
        ({"method": "SUBSCRIBE"}, 4002, "Parse error"),
        ([1, 2], 4002, "Parse error"),
    ],
)
def test_frame_that_makes_no_sense_is_answered_with_an_error(
    words: object, code: int, message: str
) -> None:
    wire = Wire(stage())
    wire.say(words)
    assert wire.take() == [{"id": None, "error": {"code": code, "message": message}}]


def test_frame_that_is_no_json_is_answered_with_an_error() -> None:
    simulator = stage()
    wire = Wire(simulator)
    simulator.on_frame(wire, b"\xff{")
    assert wire.take() == [{"id": None, "error": {"code": 4002, "message": "Parse error"}}]


def test_message_with_one_bad_stream_subscribes_to_nothing() -> None:
    simulator = stage()
    wire = Wire(simulator)
    wire.subscribe(f"markPrice.{SOL}", "nothing")
    wire.take()
    passes(simulator, 2)
    assert wire.take() == []


def test_unsubscribed_stream_is_silent() -> None:
    simulator = stage()
    wire = Wire(simulator)
    wire.subscribe(f"markPrice.{SOL}")
    passes(simulator, 1)
    assert len(wire.take(f"markPrice.{SOL}")) == 1
    wire.say({"method": "UNSUBSCRIBE", "params": [f"markPrice.{SOL}"]})
    passes(simulator, 2)
    assert wire.take() == []


def test_connection_that_is_gone_hears_nothing_and_others_go_on() -> None:
    simulator = stage()
    gone, stays = Wire(simulator, 1), Wire(simulator, 2)
    for wire in (gone, stays):
        wire.subscribe(f"markPrice.{SOL}")
    simulator.on_close(gone)
    passes(simulator, 1)
    assert (len(gone.take()), len(stays.take())) == (0, 1)


# Books ----------------------------------------------------------------------------------------


def depth(simulator: BackpackSimulator, symbol: str) -> tuple[int, dict[str, dict[str, str]]]:
    """Return the number of the REST book and its levels."""
    answer = row(Caller(simulator).get("/api/v1/depth", symbol=symbol, limit=1000))
    sides = {name: dict(_levels(answer[name])) for name in ("asks", "bids")}
    return int(str(answer["lastUpdateId"])), sides


def _levels(value: object) -> list[tuple[str, str]]:
    assert isinstance(value, list)
    return [(str(Decimal(price).normalize()), size) for price, size in value]


def applied(book: dict[str, dict[str, str]], frame: Row) -> None:
    """Change a book by a frame; size zero removes a level."""
    for name, key in (("asks", "a"), ("bids", "b")):
        for price, size in _levels(frame[key]):
            if Decimal(size) == 0:
                book[name].pop(price, None)
            else:
                book[name][price] = size


@pytest.mark.parametrize("stream", ["depth", "depth.200ms", "depth.600ms", "depth.1000ms"])
@settings(deadline=None, derandomize=True, max_examples=6)
@given(seed=st.integers(1, 1000), snapshot_s=st.integers(0, 8))
def test_snapshot_and_deltas_are_the_book_at_any_time(
    stream: str, seed: int, snapshot_s: int
) -> None:
    simulator = build(SimulatorOptions(seed=seed, symbols=("SOL",)))
    wire, name = Wire(simulator), f"{stream}.{SOL}"
    wire.subscribe(name)
    passes(simulator, snapshot_s)
    number, book = depth(simulator, SOL)
    Caller(simulator).place(**limit(price="171.00"))
    passes(simulator, 12 - snapshot_s)  # every window ends there
    frames = wire.take(name)
    assert frames, "the market moves"
    for before, after in pairwise(frames):
        assert after["U"] == int(str(before["u"])) + 1
    later = [frame for frame in frames if int(str(frame["u"])) > number]
    assert int(str(later[0]["U"])) <= number + 1 <= int(str(later[0]["u"]))
    for frame in later:
        applied(book, frame)
        number = int(str(frame["u"]))
    now = depth(simulator, SOL)
    assert (number, book) == now


def test_depth_frame_counts_microseconds_and_writes_whole_grids() -> None:
    change = move(1, 2, [(179.0, 3.0)], [(180.01, 0.0)])
    simulator = stage(change)
    wire = Wire(simulator)
    wire.subscribe(f"depth.{SOL}")
    passes(simulator, 2)
    (frame,) = wire.take(f"depth.{SOL}")
    assert frame["e"] == "depth"
    assert frame["s"] == SOL
    assert (frame["b"], frame["a"]) == ([["179.00", "3.00"]], [["180.01", "0.00"]])
    assert frame["E"] == frame["T"] == (START_MS + 1000) * 1000


def test_best_prices_carry_the_number_of_the_book() -> None:
    change = move(1, 2, [(180.0, 5.0)], [])
    simulator = stage(change, move(2, 3, [(170.0, 5.0)], []))
    wire = Wire(simulator)
    wire.subscribe(f"bookTicker.{SOL}", f"depth.{SOL}")
    passes(simulator, 3)
    frames = wire.take()
    books = [one["data"] for one in frames if one["stream"] == f"depth.{SOL}"]
    (best,) = [one["data"] for one in frames if one["stream"] == f"bookTicker.{SOL}"]
    assert isinstance(best, dict)
    assert isinstance(books[0], dict)
    assert best == {
        "e": "bookTicker",
        "E": (START_MS + 1000) * 1000,
        "T": (START_MS + 1000) * 1000,
        "s": SOL,
        "a": "180.01",
        "A": "20",
        "b": "180.00",
        "B": "5",
        "u": books[0]["u"],
    }
    assert len(books) == 2


# Other public streams -------------------------------------------------------------------------


def test_trades_are_numbered_without_a_gap() -> None:
    simulator = stage()
    wire, caller = Wire(simulator), Caller(simulator)
    wire.subscribe(f"trade.{SOL}")
    caller.place(**market("Bid", "1.00"))
    caller.place(**market("Ask", "1.00"))
    passes(simulator, 0.1)
    first, second = wire.take(f"trade.{SOL}")
    assert second["t"] == int(str(first["t"])) + 1
    assert (first["p"], first["q"], first["m"]) == ("180.01", "1", False)
    assert (second["p"], second["m"]) == ("179.99", True)
    assert first["T"] == (START_MS + 100) * 1000
    assert set(first) == {"e", "E", "T", "s", "p", "q", "b", "a", "t", "m"}


def test_mark_price_speaks_every_second_with_next_funding_in_milliseconds() -> None:
    simulator = stage()
    wire = Wire(simulator)
    wire.subscribe(f"markPrice.{SOL}")
    passes(simulator, 3)
    frames = wire.take(f"markPrice.{SOL}")
    assert [frame["E"] for frame in frames] == [
        (START_MS + 1000 * second) * 1000 for second in (1, 2, 3)
    ]
    assert frames[0]["n"] == START_MS + 3_600_000
    assert (frames[0]["p"], frames[0]["f"]) == ("180", "0.0000125")


def test_open_interest_speaks_every_minute_and_ticker_every_second() -> None:
    simulator = stage()
    wire = Wire(simulator)
    wire.subscribe(f"openInterest.{SOL}", f"ticker.{SOL}")
    passes(simulator, 60)
    frames = wire.take()
    interest = [one for one in frames if one["stream"] == f"openInterest.{SOL}"]
    days = [one["data"] for one in frames if one["stream"] == f"ticker.{SOL}"]
    assert (len(interest), len(days)) == (1, 60)
    assert isinstance(days[0], dict)
    assert set(days[0]) == {"e", "E", "s", "o", "c", "h", "l", "v", "V", "n"}


def test_candle_is_told_every_second_and_once_closed() -> None:
    simulator = build(SimulatorOptions(symbols=("SOL",)))
    wire, name = Wire(simulator), f"kline.1m.{SOL}"
    wire.subscribe(name)
    passes(simulator, 61)
    frames = wire.take(name)
    closed = [frame for frame in frames if frame["X"]]
    assert len(closed) == 1
    assert (closed[0]["t"], closed[0]["T"]) == ("2025-01-01T00:00:00", "2025-01-01T00:01:00")
    assert set(closed[0]) == {"e", "E", "s", "t", "T", "o", "c", "h", "l", "v", "n", "X"}


def test_liquidation_is_told_to_everyone() -> None:
    simulator = stage(crash(), balance="300")
    wire, caller = Wire(simulator), Caller(simulator)
    wire.subscribe("liquidation")
    caller.place(**market("Bid", "10.00"))
    passes(simulator, 2)
    (frame,) = wire.take("liquidation")
    assert (frame["s"], frame["S"], frame["q"], frame["p"]) == (SOL, "Ask", "10", "149.99")


def test_next_instant_includes_the_streams_own() -> None:
    simulator = stage()
    wire = Wire(simulator)
    wire.subscribe(f"markPrice.{SOL}")
    assert simulator.next_ns() == (START_MS + 1000) * 1_000_000
    assert wire.take() == []
