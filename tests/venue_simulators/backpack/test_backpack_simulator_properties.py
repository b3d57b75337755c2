from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.base_models import ZERO
from tests.venue_simulators.backpack.backpack_stage import (
    SOL,
    Caller,
    Wire,
    limit,
    market,
    rows,
    stage,
)
from venue_simulators.wire import HttpRequest

ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.text(max_size=8),
    st.sampled_from(["0", "1", "9" * 18, "0." + "0" * 17 + "1", "1e5", "NaN", "Infinity", "-1"]),
    st.lists(st.integers(), max_size=2),
)
FIELDS = (
    "symbol",
    "side",
    "orderType",
    "price",
    "quantity",
    "quoteQuantity",
    "timeInForce",
    "postOnly",
    "reduceOnly",
    "clientId",
    "triggerPrice",
    "triggerQuantity",
    "slippageTolerance",
    "slippageToleranceType",
)
STATUSES = (200, 400, 401, 404)


@settings(deadline=None, derandomize=True, max_examples=150)
@given(changes=st.dictionaries(st.sampled_from(FIELDS), ODD, max_size=3))
def test_whatever_an_order_holds_is_answered(changes: dict[str, object]) -> None:
    caller = Caller(stage())
    order = {**limit(), **changes}
    assert caller.send("POST", "/api/v1/order", "orderExecute", order).status in STATUSES


@settings(deadline=None, derandomize=True, max_examples=100)
@given(body=st.binary(max_size=40))
def test_whatever_a_body_holds_is_answered(body: bytes) -> None:
    simulator = stage()
    for path in ("/api/v1/order", "/api/v1/orders"):
        answer = simulator.handle(HttpRequest("rest", "POST", path, "", {}, body))
        assert answer.status in STATUSES


@settings(deadline=None, derandomize=True, max_examples=100)
@given(words=st.recursive(ODD, lambda inner: st.dictionaries(st.text(), inner, max_size=3)))
def test_whatever_a_frame_holds_is_survived(words: object) -> None:
    wire = Wire(stage())
    wire.say(words)
    wire.say({"method": "SUBSCRIBE", "params": [words], "signature": words})
    for frame in wire.take():
        assert isinstance(frame["error"], dict)


@pytest.mark.parametrize("body", [b"[" * 100_000, b"9" * 10_000, b'{"a":' + b"9" * 10_000 + b"}"])
def test_body_of_endless_depth_or_digits_is_refused(body: bytes) -> None:
    simulator = stage()
    answer = simulator.handle(HttpRequest("rest", "POST", "/api/v1/order", "", {}, body))
    assert answer.status in (400, 401)
    wire = Wire(simulator)
    simulator.on_frame(wire, body)
    assert json.loads(wire.frames[0])["error"]["code"] == 4002


SIZES = st.integers(1, 1500).map(lambda cents: f"{cents // 100}.{cents % 100:02d}")
TRADES = st.lists(st.tuples(st.sampled_from(["Bid", "Ask"]), SIZES), min_size=1, max_size=8)


@settings(deadline=None, derandomize=True, max_examples=25)
@given(trades=TRADES)
def test_fills_add_up_to_the_position_and_the_settlements_to_the_cash(
    trades: list[tuple[str, str]],
) -> None:
    caller = Caller(stage())
    for side, size in trades:
        caller.place(**market(side, size))
    fills = rows(caller.signed_get("/wapi/v1/history/fills", "fillHistoryQueryAll"))
    net = sum(
        (Decimal(str(one["quantity"])) * (1 if one["side"] == "Bid" else -1) for one in fills), ZERO
    )
    held = {
        one["symbol"]: Decimal(str(one["netQuantity"]))
        for one in rows(caller.signed_get("/api/v1/position", "positionQuery"))
    }
    assert held.get(SOL, ZERO) == net
    settled = rows(
        caller.signed_get("/wapi/v1/history/settlement", "settlementHistoryQueryAll", limit=1000)
    )
    moved = sum((Decimal(str(one["quantity"])) for one in settled), ZERO)
    cash = caller.simulator.world.funds("main").cash
    # The ledger rounds the cost of what is left open to whole ticks of whole lots.
    assert abs(cash - 10_000 - moved) < Decimal("1e-4") * len(fills)
