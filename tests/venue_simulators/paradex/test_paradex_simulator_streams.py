"""Public channels: binary frames in the version asked for, numbered by the market's book."""

from __future__ import annotations

import json
import struct
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from exchange_clients.words import Side
from tests.support.quiet_markets import passes
from tests.venue_simulators.paradex.paradex_stage import (
    ETH,
    SOL,
    START_NS,
    Decoded,
    Trader,
    Wire,
    move,
    printed,
    public,
    quick,
    read,
    stage,
)
from venue_simulators.paradex.simulator import ParadexSimulator
from venue_simulators.wire import Frame, HttpRequest

E8 = 10**8
DELTAS = f"order_book.{SOL}.deltas"
BUMP = [(149.97, 7.0)]


def bumps(count: int) -> list[Any]:
    """Return changes of one level, ten a second."""
    return [move(0.2 + n / 10, 2 + n, [(149.97, 7.0 + n)], []) for n in range(count)]


def heard(
    simulator: ParadexSimulator, channel: str, seconds: float, **params: Any
) -> list[Decoded]:
    wire = Wire(simulator, service="ws_public")
    wire.subscribe(channel, **params)
    passes(simulator, seconds)
    return wire.binaries()


# The handshake ------------------------------------------------------------------------------------


class Refused:
    """A handshake that is expected to fail."""

    number = 1

    def __init__(self, query: str, path: str = "/v1", service: str = "ws") -> None:
        self.request = HttpRequest(service, "GET", path, query, {})

    def send(self, frame: Frame) -> None:
        """Take nothing."""

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Take nothing."""


@pytest.mark.parametrize("service", ["ws", "ws_public"])
@pytest.mark.parametrize(
    "query",
    [
        "",
        "sbeSchemaId=1",
        "sbeSchemaId=1&sbeSchemaVersion=0",
        "sbeSchemaId=1&sbeSchemaVersion=4",
        "sbeSchemaId=2&sbeSchemaVersion=2",
        "sbeSchemaId=1&sbeSchemaVersion=x",
    ],
)
def test_a_schema_that_there_is_not_is_refused_at_the_handshake(service: str, query: str) -> None:
    answer = stage().on_open(Refused(query, service=service))
    assert answer is not None
    assert answer.status == 400


def test_versions_can_be_withdrawn() -> None:
    simulator = stage(terms=quick(sbe_versions=(1,)))
    answer = simulator.on_open(Refused("sbeSchemaId=1&sbeSchemaVersion=2"))
    assert answer is not None
    assert answer.status == 400
    assert simulator.on_open(Refused("sbeSchemaId=1&sbeSchemaVersion=1")) is None


def test_there_is_no_socket_beside_the_path() -> None:
    answer = stage().on_open(Refused("sbeSchemaId=1&sbeSchemaVersion=2", "/v2"))
    assert answer is not None
    assert answer.status == 404


# Books --------------------------------------------------------------------------------------------


def test_deltas_begin_with_the_whole_book_right_behind_the_answer() -> None:
    wire = Wire(stage())
    wire.subscribe(DELTAS)
    (book,) = wire.binaries()
    assert (book.template, book.version, book.fields[2]) == (3, 2, 0)
    assert book.groups == (
        [(14999000000, 400 * E8), (14998000000, 600 * E8)],
        [(15001000000, 400 * E8), (15002000000, 600 * E8)],
    )
    assert book.texts == (SOL,)
    assert book.fields[3:7] == (14999000000, 400 * E8, 15001000000, 400 * E8)


def test_deltas_are_numbered_without_a_gap_also_where_nothing_changed() -> None:
    frames = heard(stage(*bumps(40)), DELTAS, 10)
    numbers = [frame.fields[1] for frame in frames]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert len(numbers) > 40
    assert [frame for frame in frames[1:] if frame.groups == ([], [])]


def test_the_book_and_its_deltas_make_the_present() -> None:
    simulator = stage(*bumps(30), move(4, 40, [(149.99, 0.0)], [(150.01, 3.0)]))
    sides: tuple[dict[int, int], dict[int, int]] = ({}, {})
    for frame in heard(simulator, DELTAS, 10):
        for side, levels in zip(sides, frame.groups, strict=True):
            if frame.fields[2] == 0:
                side.clear()
            side.update(levels)
    held = [{price: size for price, size in side.items() if size} for side in sides]
    book = read(public(simulator, f"orderbook/{SOL}"))
    assert held == [
        {int(Decimal(price) * E8): int(Decimal(size) * E8) for price, size in book[name]}
        for name in ("bids", "asks")
    ]


def test_a_new_subscription_begins_with_a_snapshot_of_the_present() -> None:
    simulator = stage(*bumps(20))
    wire = Wire(simulator)
    wire.subscribe(DELTAS)
    passes(simulator, 1)
    last = wire.binaries()[-1].fields[1]
    assert wire.call("unsubscribe", channel=DELTAS)["result"] == {"channel": DELTAS}
    passes(simulator, 1)
    wire.frames.clear()
    wire.subscribe(DELTAS)
    (book,) = wire.binaries()
    assert book.fields[2] == 0
    assert book.fields[1] > last


def test_snapshots_hold_15_levels_and_skip_numbers() -> None:
    deep = [move(0.15, 2, [(149.9 - n / 10, 5.0) for n in range(30)], [])]
    simulator = stage(
        *deep, *[move(0.2 + n / 50, 3 + n, [(140.0, 1.0 + n)], []) for n in range(50)]
    )
    frames = heard(simulator, f"order_book.{SOL}.snapshot@15@100ms", 1)
    assert {frame.fields[2] for frame in frames} == {0}
    assert len(frames[-1].groups[0]) == 15
    numbers = [frame.fields[1] for frame in frames]
    assert len(frames) == 11
    assert max(after - before for before, after in pairwise(numbers)) > 1


def test_snapshots_can_gather_prices_into_steps() -> None:
    (book,) = heard(stage(), f"order_book.{SOL}.snapshot@15@50ms@0_1", 0.01)[:1]
    assert book.groups == ([(14990000000, 1000 * E8)], [(15010000000, 1000 * E8)])


def test_a_connection_hears_one_book_of_a_market() -> None:
    wire = Wire(stage())
    wire.subscribe(DELTAS)
    second = wire.call("subscribe", channel=f"order_book.{SOL}.snapshot@15@100ms")
    assert second["error"]["code"] == -32600
    assert "cannot share an SBE session" in second["error"]["data"]
    wire.subscribe(f"order_book.{ETH}.interactive_deltas")


@pytest.mark.parametrize("style", ["deltas", "interactive_deltas"])
def test_deltas_take_no_parameters(style: str) -> None:
    answer = Wire(stage()).call("subscribe", channel=f"order_book.{SOL}.{style}@15@50ms")
    assert answer["error"]["code"] == -32600
    assert answer["error"]["data"] == f"no parameters expected for {style} topic."


# Other channels -----------------------------------------------------------------------------------


def test_best_prices_come_with_every_change_of_them_and_only_then() -> None:
    simulator = stage(
        move(1, 2, [(149.97, 5.0)], []),
        move(2, 3, [(149.99, 6.0)], []),
        move(3, 4, [], [(150.0, 1.0)]),
    )
    frames = heard(simulator, f"bbo.{SOL}", 5)
    assert [frame.fields[2:] for frame in frames] == [
        (14999000000, 6 * E8, 15001000000, 400 * E8),
        (14999000000, 6 * E8, 15000000000, 1 * E8),
    ]
    assert frames[0].texts == (SOL,)


def test_best_prices_quote_the_number_of_the_books_change() -> None:
    simulator = stage(move(1, 2, [(149.99, 6.0)], []))
    wire = Wire(simulator)
    wire.subscribe(DELTAS)
    wire.subscribe(f"bbo.{SOL}")
    passes(simulator, 2)
    numbers = {frame.template: frame.fields[1] for frame in wire.binaries()}
    assert numbers[2] == numbers[3]


@pytest.mark.parametrize(("version", "texts"), [(1, 1), (2, 2), (3, 2)])
def test_trades_have_a_name_in_text_from_version_2_on(version: int, texts: int) -> None:
    simulator = stage(printed(1, 150.01, 2.5, Side.BUY))
    wire = Wire(simulator, version=version)
    wire.subscribe(f"trades.{SOL}")
    passes(simulator, 2)
    (trade,) = wire.binaries()
    assert trade.fields[3:6] == (1, 15001000000, 250000000)
    assert trade.fields[2] < 0
    assert (trade.version, len(trade.texts)) == (version, texts)
    (row,) = read(public(simulator, "trades", f"market={SOL}"))["results"]
    assert trade.texts[1:] == ((row["id"],) if texts == 2 else ())


def test_trades_of_all_markets_have_a_channel() -> None:
    frames = heard(stage(printed(1, 150.01, 2.5, Side.BUY)), "trades.ALL", 2)
    assert [frame.texts[0] for frame in frames] == [SOL]


@pytest.mark.parametrize(("version", "length"), [(1, 216), (2, 240), (3, 248)])
def test_summaries_grow_with_the_version(version: int, length: int) -> None:
    simulator = stage()
    wire = Wire(simulator, version=version)
    wire.subscribe(f"markets_summary.{SOL}")
    passes(simulator, 1)
    (raw,) = (frame for frame in wire.frames if isinstance(frame, bytes))
    assert struct.unpack_from("<H", raw) == (length,)
    (summary,) = wire.binaries()
    assert summary.fields[2:4] == (150 * E8, 14998500000)
    assert summary.fields[7] == 6000
    if version > 1:
        assert struct.unpack_from("<q", raw, 8 + 232) == (60_000_000,)


def test_summaries_of_all_markets_can_be_narrowed_and_widened() -> None:
    simulator = stage()
    wire = Wire(simulator)
    wire.subscribe("markets_summary", markets=[SOL])
    passes(simulator, 1)
    assert [frame.texts[0] for frame in wire.binaries()] == [SOL]
    wire.call("modify_subscription", channel="markets_summary", add=[ETH], remove=[SOL])
    passes(simulator, 1)
    assert [frame.texts[0] for frame in wire.binaries()] == [ETH]
    error = wire.call("modify_subscription", channel="bbo", add=[ETH])["error"]
    assert error["code"] == -32600


def test_funding_is_sampled_for_one_market_or_all() -> None:
    frames = heard(stage(), "funding_data", 5)
    assert sorted(frame.texts[0] for frame in frames) == [ETH, SOL]
    sol = next(frame for frame in frames if frame.texts[0] == SOL)
    rate, index, _, premium, rate_8h, hours = sol.fields[2:8]
    assert (rate, index, premium, rate_8h, hours) == (6000, 1000 * E8, 900000, 12000, 4)


def test_rates_are_compared_with_other_venues_by_the_hour() -> None:
    frames = heard(stage(), "funding_rate_comparison.ALL@1000ms", 1)
    assert {frame.template for frame in frames} == {6}
    own = next(frame for frame in frames if frame.texts == (SOL,) and frame.fields[4] == 1)
    assert own.fields[2] == 15_000_000


def test_an_idle_connection_hears_a_heartbeat_every_20_seconds() -> None:
    simulator = stage()
    wire = Wire(simulator)
    passes(simulator, 61)
    beats = wire.binaries()
    assert [beat.template for beat in beats] == [40, 40, 40]
    first_us = beats[0].fields[0]
    assert first_us == START_NS // 1000 + 20_100_000


def test_a_closed_connection_hears_nothing() -> None:
    simulator = stage(*bumps(5))
    wire = Wire(simulator)
    wire.subscribe(DELTAS)
    wire.frames.clear()
    simulator.on_close(wire)
    passes(simulator, 60)
    simulator.on_frame(wire, "{}")
    assert wire.frames == []


# The protocol -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("channel", "code"),
    [
        ("nonsense", -32602),
        ("bbo.DOGE-USD-PERP", -32602),
        ("bbo", -32602),
        ("trades", -32602),
        (f"order_book.{SOL}.snapshot@20@100ms", -32602),
        (f"order_book.{SOL}.snapshot@15@10ms", -32602),
        (f"order_book.{SOL}.snapshot@15@100ms@0", -32602),
        (f"order_book.{SOL}.interactive@15@50ms", -32602),
        ("funding_rate_comparison.BTC@500ms", -32602),
        ("account.x", -32602),
        ("orders.ALL", 40300),
    ],
)
def test_a_channel_that_cannot_be_had_says_why(channel: str, code: int) -> None:
    error = Wire(stage()).call("subscribe", channel=channel)["error"]
    assert error["code"] == code
    assert error["data"]


def test_the_same_channel_cannot_be_heard_twice_nor_left_twice() -> None:
    wire = Wire(stage())
    wire.subscribe(f"bbo.{SOL}")
    assert wire.call("subscribe", channel=f"bbo.{SOL}")["error"]["code"] == -32600
    wire.call("unsubscribe", channel=f"bbo.{SOL}")
    assert wire.call("unsubscribe", channel=f"bbo.{SOL}")["error"]["code"] == -32600


def test_answers_repeat_the_id_and_tell_how_long_they_took() -> None:
    answer = Wire(stage()).call("subscribe", channel=f"bbo.{SOL}")
    assert (answer["id"], answer["jsonrpc"], answer["usDiff"]) == (7, "2.0", 0)
    assert answer["usIn"] == START_NS // 1000 + 100_000


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (b"\x00", -32700),
        ([], -32600),
        ({"method": "subscribe"}, -32600),
        ({"jsonrpc": "2.0", "method": 5}, -32600),
        ({"jsonrpc": "2.0", "method": "nothing"}, -32601),
    ],
)
def test_frames_that_are_no_calls_are_refused(frame: object, code: int) -> None:
    assert Wire(stage()).say(frame)["error"]["code"] == code


def test_text_that_is_no_json_is_refused() -> None:
    wire = Wire(stage())
    wire.simulator.on_frame(wire, "{")
    error = json.loads(str(wire.frames.pop()))["error"]
    assert error["code"] == -32700


def test_the_public_host_knows_no_accounts() -> None:
    simulator = stage()
    trader = Trader(simulator)
    wire = Wire(simulator, service="ws_public")
    assert wire.call("auth", bearer=trader.token)["error"]["code"] == -32601
    assert wire.call("order.cancel_all")["error"]["code"] == -32601
    assert wire.call("subscribe", channel="account")["error"]["code"] == 40300
