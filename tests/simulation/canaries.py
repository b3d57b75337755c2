"""Bugs planted on purpose: a harness that does not find them finds nothing.

Each is a mistake that programs of this kind do make, behind a switch that only the harness has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from unittest.mock import patch

from exchange_clients.base_client import BaseExchangeClient
from exchange_clients.base_models import ClientOrderId, Fill
from exchange_clients.shared.client.order_tracker import OrderTracker
from execution.legs import deeds
from execution.legs.events import Fact, OrderHeard
from execution.legs.record import ExecutionRecord
from execution.legs.state import LegOrder
from execution.legs.values import Leg


@contextmanager
def send_again() -> Iterator[None]:
    """Send an order once more, under another name, when its answer was lost."""
    place = deeds.place

    async def twice(client: BaseExchangeClient, leg: Leg, order: LegOrder) -> OrderHeard:
        heard = await place(client, leg, order)
        if heard.fact is Fact.LOST:
            await client.place_market_order(
                leg.contract_id, order.quantity, order.side, order.reduce_only
            )
        return heard

    with patch.object(deeds, "place", twice):
        yield


@contextmanager
def take_silence_for_no() -> Iterator[None]:
    """Take an order whose answer was lost for one that never was."""
    place = deeds.place

    async def hasty(client: BaseExchangeClient, leg: Leg, order: LegOrder) -> OrderHeard:
        heard = await place(client, leg, order)
        lost = heard.fact is Fact.LOST
        return OrderHeard(heard.client_order_id, Fact.ENDED) if lost else heard

    with patch.object(deeds, "place", hasty):
        yield


@contextmanager
def take_unknown_for_gone() -> Iterator[None]:
    """Take an order for over that the venue cannot be asked about."""
    ask = deeds.ask

    async def hasty(client: BaseExchangeClient, name: ClientOrderId) -> OrderHeard:
        heard = await ask(client, name)
        lost = heard.fact is Fact.LOST
        return OrderHeard(name, Fact.ENDED, heard.filled) if lost else heard

    with patch.object(deeds, "ask", hasty):
        yield


@contextmanager
def count_again() -> Iterator[None]:
    """Count a fill as often as it is told."""
    count = OrderTracker.on_fill

    def forgetful(tracker: OrderTracker, fill: Fill) -> bool:
        entry = tracker._entry_of(fill.client_order_id, fill.order_id)
        if entry is not None:
            entry.trade_ids.clear()
        return count(tracker, fill)

    with patch.object(OrderTracker, "on_fill", forgetful):
        yield


@contextmanager
def forget() -> Iterator[None]:
    """Write no record of an execution."""
    with patch.object(ExecutionRecord, "save", lambda *_: None):
        yield


CANARIES: Mapping[str, Callable[[], AbstractContextManager[None]]] = {
    each.__name__: each
    for each in (send_again, take_silence_for_no, take_unknown_for_gone, count_again, forget)
}
