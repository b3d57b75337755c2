"""After a drop: connect, subscribe, reconcile, and only then trade, on every simulated venue.

What is asserted is the order in which requests and frames reached the venue.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from exchange_clients.base_models import NS
from tests.support.venue_survival import Course, Survival, survive
from tests.support.venue_verdicts import breaches
from tests.support.wire_orders import wire_order
from venue_simulators.catalogue import VENUES
from venue_simulators.faults import Fault, FaultRow
from venue_simulators.request_log import FRAME, Logged

DROP_S, DROPPED_FOR_S = 60.0, 30.0
SUBSCRIPTIONS = {
    "backpack": "account.orderUpdate",
    "bybit": "order.linear",
    "grvt": "v1.order",
    "lighter": "account_all_orders",
    "okx": '"channel":"orders"',
    "paradex": "orders.ALL",
}
"""What a subscription to our orders says, by venue."""
HANDSHAKES = {"aster": "/ws/", "binance": "/private/ws", "edgex": "/api/v1/private/ws"}
"""How a handshake begins that asks for them by itself, by venue; what follows is a listen key."""
FILLS = {
    "aster": "/fapi/v3/userTrades",
    "backpack": "/wapi/v1/history/fills",
    "binance": "/fapi/v1/userTrades",
    "bybit": "/v5/execution/list",
    "edgex": "/api/v2/private/order/getHistoryOrderFillTransactionPage",
    "grvt": "/full/v1/fill_history",
    "lighter": "/api/v1/trades",
    "okx": "/api/v5/trade/fills",
    "paradex": "/v1/fills",
}
"""Where fills are asked for: what a reconciliation reads first."""


@pytest.fixture(scope="module", params=VENUES)
def dropped(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Survival:
    """A run whose streams are all gone for half a minute, while requests still pass."""
    venue, folder = request.param, tmp_path_factory.mktemp("run")
    cut = FaultRow(Fault.CUT, from_ns=round(DROP_S * NS), for_ns=round(DROPPED_FOR_S * NS))
    return survive(venue, 5, folder, Course([cut], DROP_S + DROPPED_FOR_S, quiet_s=300.0))


def after_drop(survival: Survival) -> Sequence[Logged]:
    """Return what reached the venue from the drop on."""
    stage = survival.stage
    from_ns = stage.plan.start_ns + round(DROP_S * NS)
    return [entry for entry in stage.venue.log if entry.at_ns >= from_ns]


def asks_for_orders(venue: str, entry: Logged) -> bool:
    """Tell whether it subscribes our orders."""
    if venue in HANDSHAKES:
        return entry.status == 101 and entry.path.startswith(HANDSHAKES[venue])
    return entry.method == FRAME and SUBSCRIPTIONS[venue] in entry.text


def test_a_drop_is_followed_by_subscribing_then_reconciling_then_trading(
    dropped: Survival,
) -> None:
    """X10, W12."""
    assert breaches(dropped) == []
    stage, entries = dropped.stage, after_drop(dropped)
    venue = stage.name
    taken = [entry.status == 101 for entry in entries].index(True)
    subscribed = next(
        index
        for index, entry in enumerate(entries)
        if index >= taken and asks_for_orders(venue, entry)
    )
    reconciled = next(
        index
        for index, entry in enumerate(entries)
        if index > subscribed and entry.path == FILLS[venue]
    )
    placed = [
        index
        for index, entry in enumerate(entries)
        if (order := wire_order(venue, entry, stage.market)) is not None and not order.reduce_only
    ]
    assert placed, "it trades on"
    assert taken <= subscribed < reconciled < placed[0]


def test_nothing_is_opened_while_the_streams_are_gone(dropped: Survival) -> None:
    stage = dropped.stage
    plan = stage.plan
    until_ns = plan.start_ns + round((DROP_S + DROPPED_FOR_S) * NS)
    opened = [
        order
        for entry in after_drop(dropped)
        if entry.at_ns < until_ns
        and (order := wire_order(stage.name, entry, stage.market)) is not None
        and not order.reduce_only
    ]
    assert opened == []
