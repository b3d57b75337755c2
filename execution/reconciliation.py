"""What is true at the venues of the bot's own orders and holdings, asked until it is known.

A read that fails is not an answer: it is asked again, with growing pauses, and until there is an
answer nothing new is opened. An answer that leaves a doubt (an order that the venue cannot tell of
yet, a position that our own books do not explain) is acted on with care and asked for again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from exchange_clients.base_client import BaseExchangeClient
from exchange_clients.base_models import ZERO, ContractId, OrderInfo
from exchange_clients.errors import ExchangeError, OrderNotFound, OutcomeUnknown
from exchange_clients.events import Signal
from exchange_clients.shared.clock import Clock
from exchange_clients.shared.tasks import TaskScope
from execution.bot_state import FillStore
from execution.close_out import owned_quantities
from execution.key_book import KeyedOrder
from execution.own_fills import read_ours

logger = logging.getLogger(__name__)

ASK_TIMEOUT_S = 30.0
"""An answer that takes longer counts as none."""
PAUSE_FIRST_S = 1.0
"""Before asking again; each further pause is twice as long."""
FAILED_PAUSE_MAX_S = 5.0
"""After a read that failed: nothing is opened until one succeeds."""
DOUBT_PAUSE_MAX_S = 60.0
"""After an answer that left a doubt: the venue has told what it can."""

Clients = Mapping[str, BaseExchangeClient]
Contracts = Mapping[str, ContractId]
"""What is traded, by venue."""
Orders = Mapping[str, OrderInfo]
"""By key."""
Positions = Mapping[tuple[str, ContractId], Decimal]
"""Signed, by venue and contract."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What the venues say."""

    orders: Orders
    """One that was never sent, or never arrived, is absent."""
    positions: Positions
    """What our own fills add up to."""
    asked: Mapping[str, bool]
    """Every key that was asked for, and whether the venue could tell."""
    at_ns: int = 0
    """When it was known (epoch ns)."""

    def orders_with(self, orders: Iterable[KeyedOrder]) -> dict[str, OrderInfo]:
        """Return what is known by key, an order named after the asking as PENDING: it is coming."""
        newer = {order.key: order.pending() for order in orders if order.key not in self.asked}
        return {**self.orders, **newer}


class Reconciler:
    """Asks for the truth at a start, after every reconnect, and while there is a doubt.

    A failure of its own is told like a read that failed: the truth stays unknown.
    """

    def __init__(
        self,
        clients: Clients,
        contracts: Contracts,
        orders: Iterable[KeyedOrder],
        store: FillStore,
        on_truth: Callable[[Truth], None],
        on_failure: Callable[[str], None],
        clock: Clock,
    ) -> None:
        """Take whom to ask of what, who hears the answer, and who hears that there was none."""
        self._clients = clients
        self._contracts = contracts
        self._orders = orders
        self._store = store
        self._on_truth = on_truth
        self._on_failure = on_failure
        self._clock = clock
        self._tasks = TaskScope(self._failed)
        self._asked = 0
        self._asking = self._incomplete = self._known = False
        self._pause_s = PAUSE_FIRST_S
        self._hurry = asyncio.Event()
        """Set when there is a reason to ask at once."""

    async def start(self) -> None:
        """Ask once; without an answer, go on asking in the background."""
        self._asked += 1
        if not await self._try():
            self._go_on(self._next_pause_s(FAILED_PAUSE_MAX_S))

    def on_signal(self, signal: Signal) -> bool:
        """Ask anew once a connection is there again; say whether the truth is known until then."""
        if signal is Signal.DISCONNECTED:
            self._known = False
        overtaken = signal is Signal.CONNECTED  # what is being asked may have changed since
        if overtaken or (signal is Signal.READY and not self._known and not self._asking):
            self._asked += 1
            self._pause_s = PAUSE_FIRST_S
            self._hurry.set()  # whoever waits to ask again does not wait any longer
            self._go_on(0.0)
        return self._known

    def settle(self, *, doubtful: bool) -> None:
        """Take what the answer was worth; a doubtful or incomplete one is asked for again."""
        self._known = True
        if doubtful or self._incomplete:
            self._go_on(self._next_pause_s(DOUBT_PAUSE_MAX_S))
        else:
            self._pause_s = PAUSE_FIRST_S

    async def close(self) -> None:
        """Ask nothing more."""
        await self._tasks.close()

    def _go_on(self, pause_s: float) -> None:
        if not self._asking:
            self._asking = True
            self._tasks.start(self._ask_until_known(pause_s), "reconcile")

    async def _ask_until_known(self, pause_s: float) -> None:
        await self._pause(pause_s)
        while not await self._try():
            await self._pause(self._next_pause_s(FAILED_PAUSE_MAX_S))

    async def _pause(self, pause_s: float) -> None:
        """Wait before asking again, at most until there is a reason to ask at once."""
        try:
            async with self._clock.deadline(pause_s):
                await self._hurry.wait()
        except TimeoutError:
            pass
        self._hurry.clear()

    async def _try(self) -> bool:
        """Ask once and hand the answer on, unless it was overtaken by a reason to ask anew."""
        number = self._asked
        try:
            async with self._clock.deadline(ASK_TIMEOUT_S):
                now_ns = self._clock.now_ns()
                truth = await truth_now(
                    self._clients, self._contracts, self._orders, self._store, now_ns
                )
        except (ExchangeError, OSError) as error:  # a timeout is an OSError
            logger.warning("event=reconcile_failed error=%r next=ask_again", error)
            self._on_failure(f"not reconciled, nothing new is opened: {error!r}")
            return False
        if number != self._asked:
            return False
        self._asking, self._incomplete = False, not all(truth.asked.values())
        self._on_truth(replace(truth, at_ns=self._clock.now_ns()))
        return True

    def _failed(self, name: str, error: BaseException) -> None:
        logger.error("event=task_failed task=%s next=nothing_is_asked", name, exc_info=error)
        self._on_failure(f"{name} failed: {error!r}")

    def _next_pause_s(self, longest_s: float) -> float:
        pause_s = min(self._pause_s, longest_s)
        self._pause_s = min(2 * self._pause_s, DOUBT_PAUSE_MAX_S)
        return pause_s


async def truth_now(
    clients: Clients,
    contracts: Contracts,
    orders: Iterable[KeyedOrder],
    store: FillStore,
    now_ns: int,
) -> Truth:
    """Ask the venues once.

    Raises:
        ExchangeError: a venue could not be asked.
    """
    known, asked = await _orders_now(clients, contracts, orders)
    positions = {}
    for venue, contract_id in contracts.items():
        ours = await read_ours(clients[venue], venue, contract_id, store, now_ns + 1)
        owned = owned_quantities(ours)
        positions[venue, contract_id] = owned.get(contract_id, ZERO)
    return Truth(known, positions, asked)


async def _orders_now(
    clients: Clients, contracts: Contracts, orders: Iterable[KeyedOrder]
) -> tuple[dict[str, OrderInfo], dict[str, bool]]:
    """Return by key what became of orders, and of which of them that is known.

    Orders that are listed as open need no question of their own.
    """
    listed = {
        (venue, info.client_order_id): info
        for venue, contract_id in contracts.items()
        for info in await clients[venue].get_active_orders(contract_id)
    }
    known: dict[str, OrderInfo] = {}
    asked: dict[str, bool] = {}
    for order in orders:
        info = listed.get((order.venue, order.client_order_id))
        asked[order.key] = True
        if info is None:
            try:
                info = await _order_now(clients[order.venue], order)
            except OutcomeUnknown:
                asked[order.key], info = False, order.pending()
        if info is not None:
            known[order.key] = info
    return known, asked


async def _order_now(client: BaseExchangeClient, order: KeyedOrder) -> OrderInfo | None:
    """Return an order as the venue has it; None if it was never sent or never arrived.

    Raises:
        OutcomeUnknown: the venue cannot tell yet.
    """
    try:
        return await client.get_order_info(order.client_order_id, force_refresh=order.live)
    except OrderNotFound:
        return None
