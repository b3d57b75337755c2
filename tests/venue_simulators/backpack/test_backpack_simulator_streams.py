from __future__ import annotations

import json
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.events import BookDelta
from tests.venue_simulators.backpack.backpack_stage import (
    SOL,
    START_MS,
    Caller,
    Wire,
    limit,
    market,
    move,
    passes,
    row,
    stage,
)
from venue_simulators.backpack.signatures import KEY_PAIRS
from venue_simulators.backpack.simulator import BackpackSimulator, build
from venue_simulators.options import SimulatorOptions

ORDERS = "account.orderUpdate"
POSITIONS = "account.positionUpdate"
Row = dict[str, object]


def private(simulator: BackpackSimulator, *streams: str) -> tuple[Caller, Wire]:
    """Return a caller and a connection that listens to private streams."""
    caller, wire = Caller(simulator), Wire(simulator)
    wire.subscribe(*streams, signature=caller.signature_words())
    return caller, wire


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


def crash() -> BookDelta:
    return move(
        1,
        2,
        [(179.98, 0.0), (179.99, 0.0), (149.99, 40.0)],
        [(180.01, 0.0), (180.02, 0.0), (150.01, 40.0)],
    )


# Private streams ------------------------------------------------------------------------------


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


def test_next_instant_includes_the_streams_own() -> None:
    simulator = stage()
    wire = Wire(simulator)
    wire.subscribe(f"markPrice.{SOL}")
    assert simulator.next_ns() == (START_MS + 1000) * 1_000_000
    assert wire.take() == []
