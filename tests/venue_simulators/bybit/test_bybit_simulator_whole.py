"""The venue as a whole: how time passes, what always adds up, and that nothing breaks it."""

from __future__ import annotations

import json
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.base_models import NS
from tests.support.odd_values import ANY_JSON, ODD_NUMBERS
from tests.support.quiet_markets import passes
from tests.venue_simulators.bybit.bybit_stage import (
    FREE,
    SOL,
    Trader,
    Wire,
    envelope_of,
    read,
    stage,
)
from venue_simulators.bybit.simulator import BybitSimulator, build
from venue_simulators.fault_plan import FaultPlan
from venue_simulators.misbehaviour import Misbehaving
from venue_simulators.options import SignatureDepth, SimulatorOptions
from venue_simulators.simulator import VenueSimulator
from venue_simulators.wire import HttpRequest


def test_it_is_a_venue_like_the_others() -> None:
    venue: VenueSimulator = build(SimulatorOptions())
    assert venue.name == "bybit"
    services = {service.name: service.websocket for service in venue.services}
    assert services == {"rest": False, "ws_public": True, "ws_private": True, "ws_trade": True}


def test_accounts_have_keys_of_their_own_that_the_seed_draws() -> None:
    names = ("main", "other")
    one, two = (build(SimulatorOptions(seed=seed, accounts=names)) for seed in (1, 2))
    keys = [pair.secret for venue in (one, two) for pair in venue.keys.values()]
    assert len(set(keys)) == 4
    assert build(SimulatorOptions(seed=1, accounts=names)).keys == one.keys


@pytest.mark.parametrize("path", ["", "/"])
def test_a_socket_may_be_reached_without_its_path(path: str) -> None:
    class Bare(Wire):
        @property
        def request(self) -> HttpRequest:
            """The handshake."""
            return HttpRequest("ws_public", "GET", path)

    simulator = stage()
    wire = Bare(simulator)
    wire.subscribe(f"tickers.{SOL}")
    assert len(wire.take()) == 1


def told(venue: BybitSimulator, step_ns: int) -> list[str]:
    """Return every frame of a short session, time passing in steps."""
    trader = Trader(venue)
    public, private = Wire(venue), Wire(venue, "ws_private", trader, number=2)
    topics = ("orderbook.1", "orderbook.50", "publicTrade", "tickers", "kline.1", "priceLimit")
    public.subscribe(*(f"{topic}.{SOL}" for topic in topics))
    private.subscribe("order", "execution", "position", "wallet")
    read(trader.create(orderType="Market", price=None))
    read(trader.create(side="Sell", price="180.5", triggerPrice="179", triggerDirection=2))
    passes(venue, 10, step_ns)
    return [str(frame) for frame in (*public.frames, *private.frames)]


def lively() -> BybitSimulator:
    """Return a venue whose market moves."""
    options = SimulatorOptions(symbols=("SOL",), signatures=SignatureDepth.DIGEST)
    venue = build(options, FREE)
    passes(venue, 1)
    return venue


@pytest.mark.parametrize("step_ns", [NS // 1000, NS // 7, 10 * NS])
def test_what_is_told_does_not_depend_on_how_time_is_cut(step_ns: int) -> None:
    assert told(lively(), step_ns) == told(lively(), NS // 10)


def test_nothing_happens_before_it_is_said_to() -> None:
    trader = Trader(stage())
    wire = Wire(trader.simulator, "ws_private", trader)
    wire.subscribe("order")
    trader.create()
    due_ns = trader.simulator.next_ns()
    trader.simulator.advance(due_ns - 1)
    assert wire.take() == []
    trader.simulator.advance(due_ns)
    assert len(wire.take()) == 1


def test_a_lost_answer_leaves_an_order_behind() -> None:
    trader = Trader(stage())
    plan = FaultPlan()
    plan.once("rp.reset", path="/v5/order/create")
    venue = Misbehaving(trader.simulator, plan)
    body = json.dumps({"category": "linear", **trader.order(orderLinkId="lost")})
    request = HttpRequest(
        "rest", "POST", "/v5/order/create", "", trader.headers(body), body.encode()
    )
    assert venue.answer(request).response is None
    venue.advance(trader.simulator.world.now_ns + NS)
    (order,) = read(trader.get("order/realtime", symbol=SOL, orderLinkId="lost"))["list"]
    assert order["orderStatus"] == "New"


# What always adds up ------------------------------------------------------------------------------

STEPS = st.lists(
    st.tuples(st.sampled_from(["Buy", "Sell"]), st.integers(1, 120), st.booleans()),
    min_size=1,
    max_size=8,
)


@settings(deadline=None, derandomize=True, max_examples=15)
@given(steps=STEPS, hedge=st.booleans())
def test_legs_sum_to_the_engines_position_and_money_adds_up(
    steps: list[tuple[str, int, bool]], hedge: bool
) -> None:
    trader = Trader(stage(balance="100000"))
    if hedge:
        read(trader.post("position/switch-mode", symbol=SOL, mode=3))
    for side, tenths, first in steps:
        index = (1 if first else 2) if hedge else 0
        size = str(Decimal(tenths) / 10)
        trader.create(side=side, orderType="Market", price=None, qty=size, positionIdx=index)
        passes(trader.simulator, 0.01)
    book = trader.simulator.books["main"]
    world = trader.simulator.world
    held = sum(one.size for one in world.positions("main"))
    assert sum(leg.size for leg in book.legs.values()) == held
    wallet = read(trader.get("account/wallet-balance", accountType="UNIFIED"))["list"][0]
    parts = Decimal(wallet["totalWalletBalance"]) + Decimal(wallet["totalPerpUPL"])
    assert abs(parts - Decimal(wallet["totalEquity"])) < Decimal("1e-7")
    log = read(trader.get("account/transaction-log", accountType="UNIFIED"))["list"]
    change = sum(Decimal(row["change"]) for row in log)
    assert abs(100_000 + change - Decimal(wallet["totalWalletBalance"])) < Decimal("1e-6")


# Nothing breaks it --------------------------------------------------------------------------------


@cache
def veteran() -> Trader:
    """Return a trader with a position, shared: a fresh market's first ticker takes a while."""
    trader = Trader(stage(balance="1000000"))
    trader.bought("2")
    return trader


@settings(deadline=None, derandomize=True, max_examples=150)
@given(data=st.data())
def test_any_change_of_a_request_is_answered_and_not_fallen_over(data: st.DataObject) -> None:
    trader = veteran()
    requests: dict[str, dict[str, Any]] = {
        "order/create": trader.order(
            triggerPrice="160", triggerDirection=1, takeProfit="170", positionIdx=0
        ),
        "order/create-batch": {"request": [trader.order()]},
        "order/amend": {"symbol": SOL, "orderLinkId": "link-1", "qty": "1", "price": "150"},
        "order/cancel": {"symbol": SOL, "orderId": "1", "orderLinkId": "link-1"},
        "order/cancel-all": {"symbol": SOL, "orderFilter": "Order", "stopOrderType": "Stop"},
        "position/set-leverage": {"symbol": SOL, "buyLeverage": "5", "sellLeverage": "5"},
        "position/switch-mode": {"symbol": SOL, "mode": 3},
        "position/trading-stop": {
            "symbol": SOL,
            "tpslMode": "Full",
            "positionIdx": 0,
            "stopLoss": "140",
            "trailingStop": "3",
        },
        "account/set-margin-mode": {"setMarginMode": "ISOLATED_MARGIN"},
        "order/disconnected-cancel-all": {"product": "DERIVATIVES", "timeWindow": 5},
    }
    path = data.draw(st.sampled_from(sorted(requests)))
    body = requests[path]
    body[data.draw(st.sampled_from(sorted(body)))] = data.draw(ANY_JSON | ODD_NUMBERS)
    assert envelope_of(trader.post(path, **body))["retMsg"] is not None
    passes(trader.simulator, 1)


@settings(deadline=None, derandomize=True, max_examples=100)
@given(data=st.data())
def test_any_question_is_answered(data: st.DataObject) -> None:
    trader = veteran()
    path = data.draw(
        st.sampled_from(
            [
                "order/realtime",
                "order/history",
                "execution/list",
                "position/list",
                "position/closed-pnl",
                "account/transaction-log",
                "market/kline",
                "market/open-interest",
                "market/funding/history",
                "market/instruments-info",
                "market/orderbook",
            ]
        )
    )
    query = {"symbol": SOL, "interval": "1", "intervalTime": "5min", "accountType": "UNIFIED"}
    names = [*query, "limit", "cursor", "startTime", "endTime", "start", "end", "orderId"]
    for _ in range(2):
        query[data.draw(st.sampled_from(names))] = data.draw(
            st.text(max_size=12) | st.sampled_from(["0", "1", "-1", "9" * 30, "1795200000000"])
        )
    assert envelope_of(trader.get(path, **query))["retMsg"] is not None


@settings(deadline=None, derandomize=True, max_examples=100)
@given(words=ANY_JSON, op=st.sampled_from(["subscribe", "auth", "order.create", "ping", "x"]))
def test_any_frame_is_answered(words: Any, op: str) -> None:
    simulator = stage()
    trader = Trader(simulator)
    for number, service in enumerate(("ws_public", "ws_private", "ws_trade"), 1):
        wire = Wire(simulator, service, trader if number > 1 else None, number=number)
        header = {"X-BAPI-TIMESTAMP": str(trader.now_ms)}
        for frame in (
            words,
            {"op": op, "args": words, "req_id": words},
            {"op": words, "args": [words], "reqId": words},
            {"op": op, "args": [words], "header": header},
            {"op": op, "args": [{"category": words}], "header": words},
        ):
            wire.simulator.on_frame(wire, json.dumps(frame))
        assert len(wire.frames) >= 5
