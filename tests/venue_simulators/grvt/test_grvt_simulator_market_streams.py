"""Public streams: snapshots and deltas, the numbers that join them, and what is refused."""

import json
from decimal import Decimal
from itertools import pairwise

import pytest

from exchange_clients.base_models import NS, ContractId
from exchange_clients.words import Side
from tests.support.quiet_markets import passes
from tests.venue_simulators.grvt.grvt_stage import (
    BTC,
    SOL,
    Wire,
    Words,
    move,
    printed,
    public,
    read,
    stage,
)
from venue_simulators.grvt.simulator import GrvtSimulator, build
from venue_simulators.options import SimulatorOptions

Levels = dict[Decimal, Decimal]


def lively(seed: int = 7) -> GrvtSimulator:
    """Return a venue whose market moves."""
    venue = build(SimulatorOptions(seed=seed, symbols=("SOL",)))
    passes(venue, 2)
    return venue


def test_a_subscription_is_answered_before_its_snapshot() -> None:
    wire = Wire(stage())
    result = wire.subscribe("v1.book.d", f"{SOL}@100")
    (first,), (latest,) = result["first_sequence_number"], result["latest_sequence_number"]
    assert int(first) == int(latest) + 1 > 1_000_000
    assert result == {
        "stream": "v1.book.d",
        "subs": [f"{SOL}@100"],
        "unsubs": [],
        "num_snapshots": [1],
        "first_sequence_number": [first],
        "latest_sequence_number": [latest],
    }
    (frame,) = wire.take()
    assert (frame["stream"], frame["selector"]) == ("v1.book.d", f"{SOL}@100")
    assert (frame["sequence_number"], frame["prev_sequence_number"]) == ("0", "0")
    assert frame["feed"]["bids"][0] == {"price": "149.99", "size": "40", "num_orders": 1}


def test_deltas_carry_the_announced_number_and_a_zero_removes_a_level() -> None:
    wire = Wire(stage(move(0.31, 2, [(149.99, 0.0), (149.97, 5.0)], [(150.01, 41.0)])))
    result = wire.subscribe("v1.book.d", f"{SOL}@100")
    wire.take()
    passes(wire.simulator, 0.4)
    (frame,) = wire.take()
    assert frame["sequence_number"] == result["first_sequence_number"][0]
    assert frame["prev_sequence_number"] == result["latest_sequence_number"][0]
    assert frame["feed"]["bids"] == [
        {"price": "149.99", "size": "0", "num_orders": 0},
        {"price": "149.97", "size": "5", "num_orders": 1},
    ]
    assert int(frame["feed"]["event_time"]) % (NS // 10) == 0


def applied(levels: Levels, rows: list[Words]) -> None:
    """Bring one side of a book up to date."""
    for row in rows:
        price, size = Decimal(row["price"]), Decimal(row["size"])
        if size:
            levels[price] = size
        else:
            levels.pop(price, None)


def assert_joined(frames: list[Words], result: Words) -> None:
    """Assert that snapshots come first and that the deltas after them have no gap."""
    count = result["num_snapshots"][0]
    assert all(frame["sequence_number"] == "0" for frame in frames[:count])
    deltas = frames[count:]
    assert deltas, "the market did not move"
    assert deltas[0]["sequence_number"] == result["first_sequence_number"][0]
    assert deltas[0]["prev_sequence_number"] == result["latest_sequence_number"][0]
    for before, after in pairwise(deltas):
        assert after["prev_sequence_number"] == before["sequence_number"]
        assert int(after["sequence_number"]) == int(before["sequence_number"]) + 1


@pytest.mark.parametrize("rate", [50, 100, 500, 1000])
def test_snapshot_and_deltas_are_the_book(rate: int) -> None:
    venue = lively()
    passes(venue, 0.123)
    wire = Wire(venue)
    result = wire.subscribe("v1.book.d", f"{SOL}@{rate}")
    passes(venue, 20 - venue.world.now_ns % NS / NS)
    frames = wire.take()
    assert_joined(frames, result)
    sides: dict[str, Levels] = {"bids": {}, "asks": {}}
    for frame in frames:
        for side, levels in sides.items():
            applied(levels, frame["feed"][side])
    view, _ = venue.world.depth(ContractId(SOL))
    assert sides["bids"] == {level.price: level.size for level in view.bids}
    assert sides["asks"] == {level.price: level.size for level in view.asks}


@pytest.mark.parametrize("stream", ["v1.mini", "v1.ticker"])
def test_state_and_differences_are_the_present_state(stream: str) -> None:
    venue = lively()
    early, late = Wire(venue, number=1), Wire(venue, number=2)
    result = early.subscribe(f"{stream}.d", f"{SOL}@500")
    passes(venue, 3.217)
    late_result = late.subscribe(f"{stream}.d", f"{SOL}@500")
    passes(venue, 10 - venue.world.now_ns % NS / NS)
    for wire, answer in ((early, result), (late, late_result)):
        frames = wire.take()
        assert_joined(frames, answer)
        state: Words = {}
        for frame in frames:
            state |= frame["feed"]
        name = stream.removeprefix("v1.")
        expected = read(public(venue, name, instrument=SOL))["result"]
        stated = {key: state[key] for key in expected}
        assert stated | {"event_time": ""} == expected | {"event_time": ""}


def test_two_listeners_hear_the_same_numbers() -> None:
    venue = lively()
    first, second = Wire(venue, number=1), Wire(venue, number=2)
    first.subscribe("v1.book.d", f"{SOL}@100")
    passes(venue, 5)
    result = second.subscribe("v1.book.d", f"{SOL}@100")
    assert int(result["latest_sequence_number"][0]) > 1_000_001
    second.take()
    first.take()
    passes(venue, 5)
    heard = first.take()
    assert heard
    assert heard == second.take()


def test_the_counter_runs_on_while_nobody_listens() -> None:
    venue = lively()
    wire = Wire(venue)
    before = int(wire.subscribe("v1.book.d", f"{SOL}@100")["first_sequence_number"][0])
    wire.say("unsubscribe", stream="v1.book.d", selectors=[f"{SOL}@100"])
    after = int(wire.subscribe("v1.book.d", f"{SOL}@100")["first_sequence_number"][0])
    assert after > before + 1


def test_a_restarted_gateway_counts_from_elsewhere() -> None:
    venue = lively()
    wire = Wire(venue, number=1)
    before = wire.subscribe("v1.book.d", f"{SOL}@100")
    venue.sockets["market_data_ws"].restart()
    assert wire.closed is not None
    after = Wire(venue, number=2).subscribe("v1.book.d", f"{SOL}@100")
    assert after["first_sequence_number"] != before["first_sequence_number"]


@pytest.mark.parametrize(
    ("stream", "selector", "frames"),
    [
        ("v1.book.s", f"{SOL}@500-10", 2),
        ("v1.rpi.book.s", f"{SOL}@1000-50", 1),
        ("v1.mini.s", f"{SOL}@200", 5),
        ("v1.ticker.s", f"{SOL}@500", 2),
    ],
)
def test_streams_of_snapshots_come_at_their_rate_without_numbers(
    stream: str, selector: str, frames: int
) -> None:
    wire = Wire(stage())
    result = wire.subscribe(stream, selector)
    assert result["num_snapshots"] == [1]
    wire.take()
    passes(wire.simulator, 1)
    seen = wire.take()
    assert len(seen) == frames
    assert {frame["sequence_number"] for frame in seen} == {"0"}


def test_the_streamed_ticker_alone_states_the_funding_interval() -> None:
    wire = Wire(stage())
    wire.subscribe("v1.ticker.s", f"{SOL}@500")
    (frame,) = wire.take()
    assert frame["feed"]["funding_interval_hours"] == 4
    assert frame["feed"]["funding_rate"] == "0.005"


def test_a_book_of_a_depth_is_cut_to_it() -> None:
    wire = Wire(lively())
    wire.subscribe("v1.book.s", f"{SOL}@500-10")
    (frame,) = wire.take()
    assert len(frame["feed"]["bids"]) == len(frame["feed"]["asks"]) == 10


def test_raw_minis_tell_each_change() -> None:
    wire = Wire(
        stage(
            move(0.2, 2, [(149.99, 41.0)], []),
            move(0.4, 3, [(149.99, 42.0)], []),
        )
    )
    wire.subscribe("v1.mini.d", f"{SOL}@0")
    wire.take()
    passes(wire.simulator, 0.5)
    assert [frame["feed"]["best_bid_size"] for frame in wire.take()] == ["41", "42"]


def test_trades_are_replayed_and_then_numbered() -> None:
    wire = Wire(
        stage(
            printed(0.05, 150.01, 1.0, Side.BUY),
            printed(0.06, 150.01, 2.0, Side.BUY),
            printed(0.5, 149.99, 3.0, Side.SELL),
        )
    )
    result = wire.subscribe("v1.trade", f"{SOL}@50")
    assert result["num_snapshots"] == [2]
    passes(wire.simulator, 1)
    frames = wire.take()
    assert_joined(frames, result)
    assert [frame["feed"]["size"] for frame in frames] == ["1", "2", "3"]


def test_candles_replay_five_and_then_follow_trades() -> None:
    wire = Wire(stage(printed(0.5, 150.01, 3.0, Side.BUY)))
    result = wire.subscribe("v1.candle", f"{SOL}@CI_1_M-TRADE")
    assert result["num_snapshots"] == [5]
    passes(wire.simulator, 2)
    frames = wire.take()
    assert_joined(frames, result)
    opened = [int(frame["feed"]["open_time"]) for frame in frames]
    assert opened[:5] == [opened[4] - n * 60 * NS for n in (4, 3, 2, 1, 0)]
    assert opened[5] == opened[4]


def test_another_rate_of_the_same_market_replaces_the_earlier() -> None:
    wire = Wire(lively())
    wire.subscribe("v1.book.d", f"{SOL}@50")
    result = wire.subscribe("v1.book.d", f"{SOL}@500")
    assert (result["subs"], result["unsubs"]) == ([f"{SOL}@500"], [f"{SOL}@50"])
    wire.take()
    passes(wire.simulator, 5)
    assert {frame["selector"] for frame in wire.take()} == {f"{SOL}@500"}


def test_other_streams_and_markets_are_not_replaced() -> None:
    wire = Wire(stage())
    for stream, selector in (
        ("v1.book.d", f"{SOL}@50"),
        ("v1.book.d", f"{BTC}@50"),
        ("v1.mini.s", f"{SOL}@200"),
    ):
        wire.subscribe(stream, selector)
    listed = wire.say("list_streams")["result"]["stream_reference"]
    assert listed == [
        {"stream": "v1.book.d", "subs": [f"{SOL}@50", f"{BTC}@50"]},
        {"stream": "v1.mini.s", "subs": [f"{SOL}@200"]},
    ]


def test_what_is_unsubscribed_is_heard_no_more() -> None:
    wire = Wire(lively())
    wire.subscribe("v1.book.d", f"{SOL}@50")
    wire.subscribe("v1.mini.d", f"{SOL}@0")
    result = wire.say("unsubscribe", stream="v1.book.d", selectors=[f"{SOL}@50"])["result"]
    assert result["unsubs"] == [f"{SOL}@50"]
    wire.take()
    passes(wire.simulator, 2)
    assert {frame["stream"] for frame in wire.take()} == {"v1.mini.d"}
    wire.say("unsubscribe_all")
    passes(wire.simulator, 2)
    assert wire.take() == []


@pytest.mark.parametrize(
    ("stream", "selector", "code"),
    [
        ("v1.book.d", "BTC_USDT_PERP@100", 3000),
        ("v1.book.d", BTC, 1101),
        ("v1.book.d", f"{BTC}-10@100", 1102),
        ("v1.book.d", f"{BTC}@100-10", 1103),
        ("v1.book.s", f"{BTC}@500", 1103),
        ("v1.book.d", f"{BTC}@200", 3030),
        ("v1.book.s", f"{BTC}@500-20", 3031),
        ("v1.trade", f"{BTC}@100", 3030),
        ("v1.candle", f"{BTC}@CI_7_M-TRADE", 3030),
        ("v1.books", f"{BTC}@100", 1003),
        ("v1.order", "8289849667772468", 1101),
    ],
)
def test_a_selector_is_refused_with_its_code(stream: str, selector: str, code: int) -> None:
    wire = Wire(stage())
    answer = wire.say("subscribe", 9, stream=stream, selectors=[selector])
    assert (answer["error"]["code"], answer["id"], answer["method"]) == (code, 9, "subscribe")
    assert answer["jsonrpc"] == "2.0"
    assert wire.take() == []


@pytest.mark.parametrize("text", ["ping", "[]", "{}", '{"method":"v1/order","id":1}'])
def test_what_is_no_call_is_answered_1003(text: str) -> None:
    wire = Wire(stage())
    wire.simulator.on_frame(wire, text)
    (frame,) = wire.frames
    assert json.loads(frame)["error"]["code"] == 1003
