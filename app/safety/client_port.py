"""A client as a venue that is to become flat: its own orders, and what they have traded.

The client is connected where it is not, so that a venue that was away is tried anew each round.
"""

from __future__ import annotations

from collections.abc import Coroutine, Iterable, Sequence
from typing import Any

from exchange_clients.base_models import ZERO, OrderInfo, OrderResult, OrderStatus
from exchange_clients.errors import ExchangeError
from exchange_clients.journal import JournalError
from exchange_clients.shared.client.core import CoreClient
from exchange_clients.shared.client.venue_client import VenueClient
from exchange_clients.shared.tasks import TaskScope
from execution.close_out import Owned, closing_order, ours_of
from execution.flatten import Exposure, OwnOrder
from helpers.risk_manager import held_position
from helpers.risk_values import HeldPosition

CLOSE_WAIT_S = 5.0
"""How long a close waits for its own end, so that the next reading need not ask for it."""


class ClientPort:
    """What is ours on an account.

    Args:
        client: Of a journal whose orders are ours; connected here where it is not.
        taken_over: What became ours without an order of ours, signed.
    """

    def __init__(self, client: CoreClient, taken_over: Owned | None = None) -> None:
        self.client = client
        self._taken_over = taken_over or {}

    @property
    def venue(self) -> str:
        """As the client names it."""
        return self.client.get_exchange_name()

    async def read(self) -> Exposure:
        """Return our open orders, then our part of the positions."""
        await self.client.connect()
        orders = tuple(_named(each) for each in self.client.open_orders())
        held = await self._held()
        owned = self.client.owned()
        for contract_id, quantity in self._taken_over.items():
            owned[contract_id] = owned.get(contract_id, ZERO) + quantity
        return Exposure(orders, ours_of(held, owned))

    async def cancel(self, orders: Sequence[OwnOrder]) -> str:
        """Cancel each, all at once."""
        return await _all_of([self.client.cancel_order(each.name) for each in orders], "cancel")

    async def close(self, positions: Sequence[HeldPosition]) -> str:
        """Close each at market, all at once."""
        return await _all_of([self._close(each) for each in positions], "close")

    async def _held(self) -> list[HeldPosition]:
        """Return every position, on an account in hedge mode both of a market."""
        told = await self.client.get_detailed_positions()
        return [held_position(self.venue, leg) for each in told for leg in each.legs or (each,)]

    async def _close(self, position: HeldPosition) -> OrderResult:
        order = closing_order(position)
        result = await self.client.place_market_order(
            position.contract_id, order.quantity, order.side, reduce_only=True
        )
        if result.success and not result.status.terminal and result.client_order_id is not None:
            await self.client.await_order_update(result.client_order_id, CLOSE_WAIT_S)
        return result


async def _all_of(asked: Iterable[Coroutine[Any, Any, OrderResult]], what: str) -> str:
    """Await all of them; return what went wrong with the last one that did."""
    scope = TaskScope()
    try:
        tasks = [scope.start(_told(each), what) for each in asked]
        troubles = [await task for task in tasks]
    finally:
        await scope.close()
    return next((each for each in reversed(troubles) if each), "")


async def _told(asked: Coroutine[Any, Any, OrderResult]) -> str:
    """Return what went wrong with a request; empty where it did what it was to."""
    try:
        result = await asked
    except (ExchangeError, OSError, JournalError) as error:
        return str(error)
    if result.success or result.status is OrderStatus.FILLED:
        return ""
    return result.error_message or f"refused: {result.reason}"


def _named(order: OrderInfo) -> OwnOrder:
    assert order.client_order_id is not None, "the client names every order"
    return OwnOrder(order.client_order_id, order.contract_id)


class OrdersPort(ClientPort):
    """Our open orders alone: what is held stays as it is."""

    async def read(self) -> Exposure:
        """Return our open orders."""
        await self.client.connect()
        return Exposure(tuple(_named(each) for each in self.client.open_orders()))


class WholeAccountPort(ClientPort):
    """Whatever an account has, whoever opened it: for a person who says so.

    Args:
        client: Of the account, as a ``VenueClient``.
    """

    def __init__(self, client: VenueClient) -> None:
        super().__init__(client)
        self._account = client
        self._swept = False

    async def read(self) -> Exposure:
        """Cancel everything once, and return the positions and the orders in their markets."""
        await self.client.connect()
        if not self._swept:
            await self._account.cancel_everything()
            self._swept = True
        held = await self._held()
        orders = [
            OwnOrder(each.client_order_id or each.order_id, each.contract_id)
            for contract_id in dict.fromkeys(each.contract_id for each in held)
            for each in await self.client.get_active_orders(contract_id)
        ]
        return Exposure(tuple(orders), tuple(held))

    async def cancel(self, orders: Sequence[OwnOrder]) -> str:
        """Cancel everything again."""
        del orders
        await self._account.cancel_everything()
        return ""
