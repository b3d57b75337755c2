"""What is done at a venue for an execution, each told as an event.

A client tells everything the venue says as a result, and raises only before anything was sent; a
read that fails is no news of the order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from exchange_clients.base_client import BaseExchangeClient
from exchange_clients.base_models import (
    ClientOrderId,
    ContractId,
    DepthView,
    Fill,
    OrderInfo,
    OrderResult,
)
from exchange_clients.errors import ExchangeError, OrderNotFound
from exchange_clients.journal import JournalError
from exchange_clients.shared.clock import Clock
from exchange_clients.shared.tasks import TaskScope
from execution.legs.events import BooksSeen, Fact, Held, OrderHeard
from execution.legs.preflight import DEPTH_LEVELS
from execution.legs.state import LegOrder
from execution.legs.values import Leg, Plan
from execution.order_life import send_once

LOOK_S = 1.0
"""How long a book may take to be read."""


def heard(info: OrderInfo) -> OrderHeard:
    """Return a report of an order as an event."""
    name = info.client_order_id
    assert name is not None, "an order of ours has our name"
    fact = Fact.ENDED if info.status.terminal else Fact.RESTS
    return OrderHeard(name, fact, info.filled_size, info.reason)


async def place(client: BaseExchangeClient, leg: Leg, order: LegOrder) -> OrderHeard:
    """Send an order once."""
    name = order.client_order_id
    return _answered(name, await send_once(client, leg.contract_id, order, name), Fact.RESTS)


async def cancel(client: BaseExchangeClient, name: ClientOrderId) -> OrderHeard:
    """Cancel an order, and tell how it ended; KEPT where the venue would not."""
    try:
        result = await client.cancel_order(name)
    except (ExchangeError, JournalError):
        return OrderHeard(name, Fact.KEPT)
    return _answered(name, result, Fact.KEPT)


async def ask(client: BaseExchangeClient, name: ClientOrderId) -> OrderHeard:
    """Look an order up."""
    try:
        info = await client.get_order_info(name, force_refresh=True)
    except OrderNotFound:
        # The client's journal has no such intent, which is written before a request leaves.
        return OrderHeard(name, Fact.ENDED)
    except ExchangeError:
        return OrderHeard(name, Fact.LOST)
    return OrderHeard(name, Fact.ENDED) if info is None else heard(info)


async def weigh(client: BaseExchangeClient, leg: Leg, index: int) -> Held:
    """Read what is held in a leg's market, and by which rules it trades.

    The position is None where that is not known for certain.
    """
    market = client.market(leg.contract_id)
    try:
        return Held(index, await client.get_position(leg.symbol), market)
    except ExchangeError:
        return Held(index, None, market)


async def rules(client: BaseExchangeClient, leg: Leg, index: int) -> Held:
    """Read by which rules a leg's market trades now."""
    return Held(index, None, await client.get_market_metadata(leg.contract_id, fresh=True))


async def fills(
    client: BaseExchangeClient, leg: Leg, since_ns: int, clock: Clock
) -> Sequence[Fill]:
    """Return our fills in a leg's market since an instant; none where they cannot be read."""
    try:
        return await client.get_user_trade_history(leg.symbol, since_ns, clock.now_ns())
    except ExchangeError:
        return ()


async def look(
    plan: Plan, clients: Mapping[str, BaseExchangeClient], clock: Clock, tasks: TaskScope
) -> BooksSeen:
    """Read the book of each leg's market, all at once; None for one that is not read in time."""
    reads = [
        tasks.start(_book(clients[leg.venue], leg.contract_id, clock), f"book of {leg.venue}")
        for leg in plan.legs
    ]
    books = [await read for read in reads]
    return BooksSeen(tuple(books), clock.now_ns())


async def _book(
    client: BaseExchangeClient, contract_id: ContractId, clock: Clock
) -> DepthView | None:
    try:
        async with clock.deadline(LOOK_S):
            return await client.get_order_book_depth(contract_id, DEPTH_LEVELS)
    except (ExchangeError, TimeoutError):
        return None


def _answered(name: ClientOrderId, result: OrderResult, otherwise: Fact) -> OrderHeard:
    if not result.outcome_known:
        return OrderHeard(name, Fact.LOST, result.filled_size)
    fact = Fact.ENDED if result.status.terminal else otherwise
    return OrderHeard(name, fact, result.filled_size, result.reason)
