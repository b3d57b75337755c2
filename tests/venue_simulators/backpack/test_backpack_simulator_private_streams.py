from __future__ import annotations

import json
from decimal import Decimal

import pytest

from tests.support.quiet_markets import passes
from tests.venue_simulators.backpack.backpack_stage import (
    SOL,
    START_MS,
    Caller,
    Wire,
    crash,
    market,
    row,
    stage,
)
from venue_simulators.backpack.simulator import BackpackSimulator
from venue_simulators.ed25519.signatures import KEY_PAIRS

ORDERS = "account.orderUpdate"
POSITIONS = "account.positionUpdate"


def private(simulator: BackpackSimulator, *streams: str) -> tuple[Caller, Wire]:
    """Return a caller and a connection that listens to private streams."""
    caller, wire = Caller(simulator), Wire(simulator)
    wire.subscribe(*streams, signature=caller.signature_words())
    return caller, wire


def test_private_stream_needs_a_signature() -> None:
    wire = Wire(stage())
    wire.subscribe(ORDERS)
    (frame,) = wire.take()
    assert isinstance(frame["error"], dict)
    assert frame["error"]["message"] == "Missing signature"


@pytest.mark.parametrize("position", [0, 1, 2])
def test_subscription_that_is_signed_wrongly_is_answered_with_an_error(position: int) -> None:
    simulator = stage()
    caller, wire = Caller(simulator), Wire(simulator)
    words = caller.signature_words()
    words[position] = [KEY_PAIRS[3].public_key, "A" * 86 + "==", "1"][position]
    wire.subscribe(ORDERS, signature=words)
    (frame,) = wire.take()
    assert isinstance(frame["error"], dict)
    caller.place()
    assert wire.take() == []


def test_private_streams_tell_their_own_account_only() -> None:
    simulator = stage(accounts=("main", "second"))
    _, wire = private(simulator, ORDERS)
    Caller(simulator, KEY_PAIRS[1]).place()
    assert wire.take() == []


def test_accepted_order_is_told_with_every_field() -> None:
    caller, wire = private(stage(), f"{ORDERS}.{SOL}")
    order_id = row(caller.place(price="170.50", quantity="1.5", postOnly=True, clientId=1001))["id"]
    (frame,) = wire.take(f"{ORDERS}.{SOL}")
    assert frame == {
        "e": "orderAccepted",
        "E": (START_MS + 100) * 1000,
        "T": (START_MS + 100) * 1000,
        "s": SOL,
        "c": 1001,
        "S": "Bid",
        "o": "LIMIT",
        "f": "GTC",
        "q": "1.5",
        "Q": "0",
        "p": "170.50",
        "X": "New",
        "i": order_id,
        "t": None,
        "z": "0",
        "Z": "0",
        "V": "RejectTaker",
        "O": "USER",
        "y": True,
        "r": False,
    }


def test_fill_is_told_with_its_trade_its_fee_and_the_sums() -> None:
    caller, wire = private(stage(), ORDERS)
    order_id = row(caller.place(**market("Bid", "30.00", clientId=7)))["id"]
    accepted, first, second = wire.take(ORDERS)
    assert (accepted["e"], accepted["X"]) == ("orderAccepted", "New")
    assert "p" not in accepted
    assert (first["e"], first["X"], first["z"], first["Z"]) == (
        "orderFill",
        "PartiallyFilled",
        "20",
        "3600.2",
    )
    assert (second["X"], second["l"], second["L"], second["z"], second["Z"]) == (
        "Filled",
        "10",
        "180.02",
        "30",
        "5400.4",
    )
    assert (second["n"], second["N"], second["m"]) == ("0.9001", "USDC", False)
    assert (second["i"], second["c"], second["o"], second["O"]) == (order_id, 7, "MARKET", "USER")
    assert second["t"] == int(str(first["t"])) + 1


def test_trade_number_is_the_same_in_stream_and_fills() -> None:
    caller, wire = private(stage(), ORDERS)
    caller.place(**market("Bid", "1.00"))
    fill = next(frame for frame in wire.take(ORDERS) if frame["e"] == "orderFill")
    answer = caller.signed_get("/wapi/v1/history/fills", "fillHistoryQueryAll")
    assert json.loads(answer.body)[0]["tradeId"] == fill["t"]


def test_cancellation_and_expiry_are_told() -> None:
    caller, wire = private(stage(), ORDERS)
    order_id = row(caller.place())["id"]
    caller.cancel(orderId=order_id)
    caller.place(price="180.01", quantity="25.00", timeInForce="FOK")
    told = [(frame["e"], frame["X"], frame.get("R")) for frame in wire.take(ORDERS)]
    assert told == [
        ("orderAccepted", "New", None),
        ("orderCancelled", "Cancelled", None),
        ("orderAccepted", "New", None),
        ("orderExpired", "Expired", "FillOrKill"),
    ]


def test_refused_order_is_not_told() -> None:
    caller, wire = private(stage(), ORDERS)
    caller.place(price="180.01", postOnly=True)
    assert wire.take() == []


def test_trigger_order_is_told_as_placed_then_accepted_then_filled() -> None:
    caller, wire = private(stage(crash(), balance="100000"), ORDERS)
    caller.place(**market("Bid", "2.00"))
    wire.take()
    stop = market("Ask", None, triggerPrice="178.00", triggerQuantity="2.00")
    caller.place(**stop, triggerBy="MarkPrice")
    passes(caller.simulator, 2)
    placed, accepted, filled = wire.take(ORDERS)
    assert (placed["e"], placed["X"], placed["q"]) == ("triggerPlaced", "TriggerPending", "0")
    assert (placed["P"], placed["Y"], placed["B"]) == ("178.00", "2.00", "MarkPrice")
    assert (accepted["e"], accepted["X"], accepted["q"]) == ("orderAccepted", "New", "2")
    assert (filled["e"], filled["X"], filled["z"]) == ("orderFill", "Filled", "2")


def test_trigger_that_finds_no_position_is_told_as_failed() -> None:
    caller, wire = private(stage(crash(), balance="100000"), ORDERS)
    caller.place(**market("Bid", "2.00"))
    caller.place(**market("Ask", None, triggerPrice="178.00", triggerQuantity="2", reduceOnly=True))
    caller.place(**market("Ask", "2.00"))
    wire.take()
    passes(caller.simulator, 2)
    told = [(frame["e"], frame["X"], frame["R"]) for frame in wire.take(ORDERS)]
    assert told == [("triggerFailed", "TriggerFailed", "StopWithoutPosition")]


def test_reduce_only_order_that_shrinks_with_the_position_is_told_as_modified() -> None:
    caller, wire = private(stage(), ORDERS)
    caller.place(**market("Bid", "5.00"))
    caller.place(side="Ask", price="185.00", quantity="5.00", reduceOnly=True)
    wire.take()
    caller.place(**market("Ask", "2.00"))
    modified = [frame for frame in wire.take(ORDERS) if frame["e"] == "orderModified"]
    assert [(frame["q"], frame["X"]) for frame in modified] == [("3", "New")]


def test_own_liquidation_is_told_with_its_origin() -> None:
    caller, wire = private(stage(crash(), balance="300"), ORDERS)
    caller.place(**market("Bid", "10.00"))
    wire.take()
    passes(caller.simulator, 2)
    told = [(frame["e"], frame["O"]) for frame in wire.take(ORDERS)]
    assert ("orderFill", "LIQUIDATION_AUTOCLOSE") in told


def test_positions_are_told_at_the_subscription_without_an_event() -> None:
    simulator = stage()
    Caller(simulator).place(**market("Ask", "10.00"))
    _, wire = private(simulator, POSITIONS)
    (frame,) = wire.take(POSITIONS)
    assert "e" not in frame
    assert (frame["s"], frame["q"], frame["Q"]) == (SOL, "-10", "10")


def test_without_a_position_nothing_is_told_at_the_subscription() -> None:
    _, wire = private(stage(), POSITIONS, f"{POSITIONS}.{SOL}", ORDERS, "account.balanceUpdate")
    assert wire.take() == []


def test_position_is_told_as_opened_adjusted_and_closed() -> None:
    caller, wire = private(stage(), f"{POSITIONS}.{SOL}")
    caller.place(**market("Bid", "10.00"))
    caller.place(**market("Ask", "4.00"))
    caller.place(**market("Ask", "6.00"))
    frames = wire.take(f"{POSITIONS}.{SOL}")
    assert [(frame["e"], frame["q"]) for frame in frames] == [
        ("positionOpened", "10"),
        ("positionAdjusted", "6"),
        ("positionClosed", "0"),
    ]
    assert len({frame["i"] for frame in frames}) == 1
    assert (frames[0]["B"], frames[0]["M"], frames[0]["P"]) == ("180.01", "180", "-0.1")
    assert (frames[2]["p"], frames[2]["B"], frames[2]["l"]) == ("-0.2", "0", 0)
    assert set(frames[0]) == {
        "e", "E", "T", "s", "q", "Q", "n", "B", "b", "M", "f", "m", "p", "P", "i", "l",
    }  # fmt: skip


def test_balance_is_told_when_money_moves() -> None:
    simulator = stage()
    Caller(simulator).send("PATCH", "/api/v1/account", "accountUpdate", {"autoLend": False})
    caller, wire = private(simulator, "account.balanceUpdate")
    caller.place(price="170.00")
    assert wire.take() == []
    caller.place(**market("Bid", "1.00"))
    (frame,) = wire.take("account.balanceUpdate")
    assert (frame["e"], frame["a"], frame["S"]) == ("balanceUpdate", "USDC", "0")
    assert Decimal(str(frame["A"])) < 10_000
