"""Connections to a simulated OKX: paths, pings, silence, logins, limits, notices."""

from __future__ import annotations

import pytest

from exchange_clients.base_models import NS
from tests.venue_simulators.okx.okx_stage import BTC, Stage, Wire, stage
from venue_simulators.scripted_source import START_NS

TICKERS = {"channel": "tickers", "instId": BTC}


def test_a_text_ping_is_answered_by_a_text_pong() -> None:
    wire = stage().wire("public")
    wire.say("ping")
    assert wire.frames == ["pong"]


def test_a_wrong_path_is_refused() -> None:
    wire = stage().wire("orders")
    assert wire.refusal is not None
    assert wire.refusal.status == 404


def test_four_connections_within_a_second_are_one_too_many() -> None:
    made = stage()
    wires = [Wire(made, number, "/ws/v5/public") for number in range(4)]
    refusals = [wire.refusal for wire in wires]
    assert refusals[:3] == [None] * 3
    assert refusals[3] is not None
    assert refusals[3].status == 429
    made.passes(1)
    assert Wire(made, 5, "/ws/v5/public").refusal is None


def test_silence_ends_a_connection_after_half_a_minute() -> None:
    made = stage()
    wire = made.wire("private")
    made.passes(29)
    wire.say("ping")
    made.passes(29)
    assert wire.closed == []
    made.passes(1.1)
    assert (wire.code(), wire.closed) == ("60015", [4004])


def test_what_the_venue_sends_is_traffic_too() -> None:
    made = stage()
    wire = made.wire("public")
    wire.follow("funding-rate", instId=BTC)
    made.passes(120)
    assert wire.closed == []
    assert len(wire.rows("funding-rate")) == 4


def test_a_login_is_acknowledged_once() -> None:
    made = stage()
    wire = made.wire("private")
    wire.log_in(made.simulator.keys["main"])
    (reply,) = wire.take()
    assert (reply["event"], reply["code"], reply["msg"]) == ("login", "0", "")
    assert len(reply["connId"]) == 8
    wire.log_in(made.simulator.keys["main"])
    assert wire.code() == "60010"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"apiKey": ""}, "60001"),
        ({"sign": ""}, "60002"),
        ({"passphrase": ""}, "60003"),
        ({"timestamp": "soon"}, "60004"),
        ({"apiKey": "someone"}, "60005"),
        ({"timestamp": str(START_NS // NS + 40)}, "60006"),
        ({"timestamp": str(START_NS // NS - 40)}, "60006"),
        ({"sign": "AAAA"}, "60007"),
        ({"passphrase": "guessed"}, "60024"),
    ],
)
def test_a_login_is_refused_by_its_code(changes: dict[str, str], code: str) -> None:
    made = stage()
    wire = made.wire("private")
    wire.log_in(made.simulator.keys["main"], **changes)
    assert wire.code() == code
    wire.subscribe({"channel": "account"})
    assert wire.code() == "60011"


def test_nobody_logs_in_on_the_public_path() -> None:
    made = stage()
    wire = made.wire("public")
    wire.log_in(made.simulator.keys["main"])
    assert wire.code() == "60008"


@pytest.mark.parametrize(
    ("path", "arg", "code"),
    [
        ("public", {"channel": "orders", "instType": "SWAP"}, "60018"),
        ("public", {"channel": "candle1m", "instId": BTC}, "60018"),
        ("business", {"channel": "candle7m", "instId": BTC}, "60018"),
        ("business", {"channel": "tickers", "instId": BTC}, "60018"),
        ("public", {"channel": "tickers"}, "60018"),
        ("public", {"channel": "tickers", "instId": "X-USDT-SWAP"}, "60018"),
        ("public", {"channel": "instruments"}, "60018"),
        ("public", {"channel": "books-l2-tbt", "instId": BTC}, "60011"),
        ("private", {"channel": "orders", "instType": "SWAP"}, "60011"),
        ("business", {"channel": "orders-algo", "instType": "SWAP"}, "60011"),
    ],
)
def test_a_subscription_is_refused_by_its_code(path: str, arg: dict[str, str], code: str) -> None:
    wire = stage().wire(path)
    wire.subscribe(arg)
    assert wire.code() == code


def test_channels_of_higher_tiers_are_refused() -> None:
    wire = stage().wire("private", "main")
    wire.subscribe({"channel": "fills"})
    assert wire.code() == "64003"


def test_each_argument_is_acknowledged_with_the_requests_name() -> None:
    wire = stage().wire("public")
    marks = {"channel": "mark-price", "instId": BTC}
    wire.say({"id": "r1", "op": "subscribe", "args": [TICKERS, {"channel": "x"}, marks]})
    events = [one for one in wire.take() if "event" in one]
    assert [one["event"] for one in events] == ["subscribe", "error", "subscribe"]
    assert {one["id"] for one in events} == {"r1"}
    assert [one.get("arg") for one in events] == [TICKERS, None, marks]


def test_what_is_no_request_is_refused() -> None:
    wire = stage().wire("public")
    for said, code in (
        ("{", "60012"),
        ("[]", "60012"),
        ({"op": "subscribe"}, "60013"),
        ({"op": "subscribe", "args": []}, "60013"),
        ({"op": "dance", "args": [{}]}, "60019"),
        ({"id": "with-hyphen", "op": "subscribe", "args": [TICKERS]}, "60012"),
        ({"op": "order", "args": [{}]}, "60028"),
    ):
        wire.say(said)
        assert wire.code() == code


def test_an_unsubscription_ends_the_data() -> None:
    made = stage()
    wire = made.wire("public")
    wire.follow("trades", instId=BTC)
    made.prints("90000.1", "0.01")
    assert len(wire.rows("trades")) == 1
    wire.say({"op": "unsubscribe", "args": [{"channel": "trades", "instId": BTC}]})
    assert [one["event"] for one in wire.take()] == ["unsubscribe"]
    made.prints("90000.1", "0.01")
    assert wire.take() == []


def test_a_connection_takes_so_many_operations_an_hour() -> None:
    wire = stage().wire("public")
    for _ in range(480):
        wire.subscribe({"channel": "status"})
    assert {one["event"] for one in wire.take()} == {"subscribe"}
    wire.subscribe({"channel": "status"})
    assert wire.code() == "60014"


def listener(made: Stage) -> Wire:
    """Return one more connection that listens to orders."""
    wire = made.wire("private", "main")
    wire.subscribe({"channel": "orders", "instType": "SWAP"})
    return wire


def test_connections_of_an_own_channel_are_counted_and_the_31st_hears_nothing() -> None:
    made = stage()
    wires = []
    for _ in range(31):
        wires.append(listener(made))
        for wire in wires:
            wire.say("ping")
    counts = [
        frame
        for wire in wires
        for frame in (one for one in map(str, wire.frames) if "channel-conn-count" in one)
    ]
    assert '"connCount":"2"' in counts[1]
    assert "channel-conn-count-error" in counts[-1]
    for wire in wires:
        wire.frames.clear()
    made.caller().place()
    assert [len(wire.rows("orders")) for wire in wires] == [1] * 30 + [0]


def test_a_notice_comes_a_minute_before_the_end() -> None:
    made = stage()
    wires = [made.wire(path) for path in ("public", "private", "business")]
    made.simulator.announce_end()
    for wire in wires:
        (notice,) = wire.take()
        assert (notice["event"], notice["code"]) == ("notice", "64008")
    made.passes(25)
    for wire in wires:
        wire.say("ping")
    made.passes(25)
    for wire in wires:
        wire.say("ping")
    assert [wire.closed for wire in wires] == [[], [], []]
    made.passes(11)
    assert [wire.closed for wire in wires] == [[1001]] * 3


def test_a_closed_connection_is_forgotten() -> None:
    made = stage()
    wire = made.wire("public")
    wire.follow("trades", instId=BTC)
    made.simulator.on_close(wire)
    made.prints("90000.1", "0.01")
    assert wire.take() == []
    wire.say("ping")
    assert wire.take() == []
