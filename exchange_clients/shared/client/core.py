"""The half of a trading client that is the same at every venue: its orders.

All of it goes through one ``OrderManager``. A venue's client adds its session, its markets and its
account.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from exchange_clients.base_client import (
    ORDER_UPDATE_TIMEOUT_S,
    BaseExchangeClient,
    FillHandler,
    OrderUpdateHandler,
)
from exchange_clients.base_models import (
    NS,
    ClientIdSpace,
    ClientOrderId,
    ContractId,
    Fill,
    NewOrder,
    OrderInfo,
    OrderResult,
    OrderType,
    Side,
    Symbol,
    TimeInForce,
)
from exchange_clients.errors import InvalidOrder, MalformedPayload, NotConnectedError
from exchange_clients.events import Unreadable
from exchange_clients.journal import Journal
from exchange_clients.shared.client.client_order_ids import ClientOrderIds, check_client_order_id
from exchange_clients.shared.client.gateway import Found, OrderGateway
from exchange_clients.shared.client.managers.order_manager import UNMINTED, OrderManager
from exchange_clients.shared.client.order_admission import (
    ALL_TIMES,
    TimesInForce,
    check_features,
    check_fields,
)
from exchange_clients.shared.client.order_rules import placed
from exchange_clients.shared.client.order_tracker import OrderTracker
from exchange_clients.shared.client.position_mode import with_position_side
from exchange_clients.shared.client.timed_sending import AnswerHandler
from exchange_clients.shared.clock import Clock, to_ns

T = TypeVar("T")
FILLS_POLL_S = 0.1
OPEN_ORDER_WAIT_S = 10.0
"""How long ``place_open_order`` waits for its fill."""


class CoreClient(BaseExchangeClient):
    """A client whose orders are kept by an ``OrderManager``.

    Args:
        name: The venue's name in the journal and in errors.
        gateway: The way to the venue.
        journal: Durable memory.
        clock: Time and waiting.
        id_space: Which client order ids the venue takes.
        tracker: The state of our orders, where the gateway reads it too.
        times_in_force: Which the venue knows.
    """

    def __init__(
        self,
        name: str,
        gateway: OrderGateway,
        *,
        journal: Journal,
        clock: Clock,
        id_space: ClientIdSpace,
        tracker: OrderTracker | None = None,
        times_in_force: TimesInForce = ALL_TIMES,
    ) -> None:
        super().__init__()
        self._name = name
        self._id_space = id_space
        self._times_in_force = times_in_force
        self._clock = clock
        self._journal = journal
        self._orders = gateway
        self._connected = False
        self._lists_lag_s = 0.0
        """How much older than the present what the venue lists may be."""
        self._listed_ns = 0
        """From when on the venue's lists show all that was traded (monotonic)."""
        ids = ClientOrderIds(id_space, name, journal.next_order_number)
        self._tracker = tracker or OrderTracker()
        self._manager = OrderManager(name, gateway, self._tracker, journal, clock, ids, self.market)
        self._manager.add_fill_handler(self._on_traded)

    def get_exchange_name(self) -> str:
        """Return the name this client was given: ``"paper"``."""
        return self._name

    def setup_answer_handler(self, handler: AnswerHandler) -> None:
        """Call ``handler`` with how long the answer to each request of an order took."""
        self._manager.on_answered = handler

    def _check_connected(self) -> None:
        if not self._connected:
            raise NotConnectedError(f"{self._name} is not connected: await connect() first")

    async def _wait_placeable(self, *, reduce_only: bool) -> None:
        """Wait until an order may be placed; NotConnectedError where that is not in time."""
        del reduce_only  # of interest where a feed may be lost
        self._check_connected()

    async def _know_price(self, contract_id: ContractId) -> None:
        """Learn the price that a market order needs to know; StaleData if none is told."""
        del contract_id  # of interest where market orders name a worst price

    async def _wait_takeable(self, contract_id: ContractId, *, reduce_only: bool) -> None:
        """Wait until a market order may be placed and its price is known."""
        await self._wait_placeable(reduce_only=reduce_only)
        await self._know_price(contract_id)
        if not reduce_only:  # a feed may have been lost while the price was asked for
            await self._wait_placeable(reduce_only=False)

    @abstractmethod
    def _contract_of(self, symbol: Symbol) -> ContractId:
        """Return the contract of a plain symbol; ClientConfigError where there is none."""

    @abstractmethod
    def _price_of_market_orders(self, contract_id: ContractId) -> Decimal | None:
        """Return what a market order's notional is judged at (USD), None while not known."""

    # Placing --------------------------------------------------------------------------------------

    def mint_client_order_id(self) -> ClientOrderId:
        """Return a new client order id."""
        return self._manager.mint_client_order_id()

    async def place_limit_order(
        self,
        contract_id: ContractId,
        quantity: Decimal,
        price: Decimal,
        side: Side | str,
        reduce_only: bool = False,
        post_only: bool = False,
        client_order_id: ClientOrderId | None = None,
    ) -> OrderResult:
        """Place a limit order."""
        await self._wait_placeable(reduce_only=reduce_only)
        order = NewOrder(
            client_order_id=client_order_id or UNMINTED,
            contract_id=contract_id,
            side=Side(side),
            size=quantity,
            price=price,
            time_in_force=TimeInForce.GTX if post_only else TimeInForce.GTC,
            reduce_only=reduce_only,
        )
        return await self._manager.place(self._sided(order))

    async def place_market_order(
        self,
        contract_id: ContractId,
        quantity: Decimal,
        side: Side | str,
        reduce_only: bool = False,
        client_order_id: ClientOrderId | None = None,
    ) -> OrderResult:
        """Take liquidity at once, within the venue's bound.

        Raises:
            StaleData: the venue wants a worst price and no fresh book tells it; nothing was sent.
        """
        await self._wait_takeable(contract_id, reduce_only=reduce_only)
        order = NewOrder(
            client_order_id=client_order_id or UNMINTED,
            contract_id=contract_id,
            side=Side(side),
            size=quantity,
            price=None,
            order_type=OrderType.MARKET,
            time_in_force=TimeInForce.IOC,
            reduce_only=reduce_only,
        )
        reference = self._price_of_market_orders(contract_id)
        return await self._manager.place(self._sided(order), reference_price=reference)

    async def place_conditional_order(self, order: NewOrder) -> OrderResult:
        """Place a stop, take-profit or trailing stop.

        Raises:
            InvalidOrder: the order waits for nothing; nothing was sent.
        """
        if not order.order_type.conditional:
            raise InvalidOrder(
                f"order_type {order.order_type.value} waits for no trigger: use place_limit_order "
                "or place_market_order"
            )
        return await self.submit_order(order)

    def check_order(self, order: NewOrder) -> NewOrder:
        """Return an order as it would be placed, with its position side; sends nothing."""
        self._check_connected()
        check_features(order, self.supports, self._times_in_force, self._name)
        check_fields(order, self._name)
        if order.client_order_id != UNMINTED:
            check_client_order_id(order.client_order_id, self._id_space, self._name)
        return self._sided(order)

    async def submit_order(self, order: NewOrder) -> OrderResult:
        """Place an order of any type with everything it says; checked before anything is sent."""
        checked = self.check_order(order)
        if order.order_type is not OrderType.MARKET:
            await self._wait_placeable(reduce_only=order.reduce_only)
            return await self._manager.place(checked)
        await self._wait_takeable(order.contract_id, reduce_only=order.reduce_only)
        reference = self._price_of_market_orders(order.contract_id)
        return await self._manager.place(checked, reference_price=reference)

    def _sided(self, order: NewOrder) -> NewOrder:
        return with_position_side(order, self.hedged, self._name)

    async def place_open_order(
        self, contract_id: ContractId, quantity: Decimal, direction: Side | str
    ) -> OrderResult:
        """Place post-only one tick inside the opposite best price, and wait for its fill."""
        bid, ask = await self.fetch_bbo_prices(contract_id)
        tick = self.market(contract_id).tick
        side = Side(direction)
        price = ask - tick if side is Side.BUY else bid + tick
        result = await self.place_limit_order(contract_id, quantity, price, side, post_only=True)
        if not result.success or result.client_order_id is None:
            return result
        return placed(await self.await_order_update(result.client_order_id, OPEN_ORDER_WAIT_S))

    async def place_close_order(
        self, contract_id: ContractId, quantity: Decimal, price: Decimal, side: Side | str
    ) -> OrderResult:
        """Place a reduce-only limit order."""
        return await self.place_limit_order(contract_id, quantity, price, side, reduce_only=True)

    # Changing and cancelling ----------------------------------------------------------------------

    async def amend_order(
        self, order_id: str, *, price: Decimal | None = None, quantity: Decimal | None = None
    ) -> OrderResult:
        """Change price or size of a resting order in place."""
        self._check_connected()
        return await self._manager.amend(order_id, price=price, size=quantity)

    async def cancel_order(self, order_id: str) -> OrderResult:
        """Cancel by venue or client order id."""
        self._check_connected()
        return await self._manager.cancel(order_id)

    async def cancel_all_orders(self, contract_id: ContractId | None = None) -> list[OrderResult]:
        """Cancel the orders that this client placed, one result each."""
        self._check_connected()
        return await self._manager.cancel_all(contract_id)

    # Reading and hearing --------------------------------------------------------------------------

    async def get_order_info(
        self, order_id: str, *, force_refresh: bool = False
    ) -> OrderInfo | None:
        """Return an order by venue or client order id."""
        self._check_connected()
        return await self._manager.order_info(order_id, refresh=force_refresh)

    async def look_up_order(self, contract_id: ContractId, order_id: str) -> OrderInfo | None:
        """Return an order of the account by either name, whoever placed it; for looking alone.

        By a client order id it is found for a week after its end as well, as long as the venue
        tells of it; by the venue's own name while it is open. None where it is not found.
        """
        for order in await self.get_active_orders(contract_id):
            if order_id in (order.order_id, order.client_order_id):
                return order
        name = ClientOrderId(order_id)
        try:
            check_client_order_id(name, self._id_space, self._name)
        except InvalidOrder:
            return None
        lookup = await self._orders.find(name, contract_id)
        return lookup.info if isinstance(lookup, Found) else None

    async def get_active_orders(self, contract_id: ContractId) -> list[OrderInfo]:
        """Return the open orders of one contract, oldest first."""
        self._check_connected()
        rows = await self._orders.active(self.market(contract_id).contract_id)
        return self._all_readable(rows, f"open orders of {contract_id}")

    def open_orders(self) -> list[OrderInfo]:
        """Return the orders that this client placed and that may still trade, oldest first."""
        self._check_connected()
        return self._tracker.open_orders()

    def owned(self) -> dict[ContractId, Decimal]:
        """Return what the orders of this client have traded, signed, by contract."""
        self._check_connected()
        return self._manager.owned()

    async def await_order_update(
        self, order_id: str, timeout: float = ORDER_UPDATE_TIMEOUT_S
    ) -> OrderInfo:
        """Wait until the order is terminal or ``timeout`` seconds pass."""
        self._check_connected()
        return await self._manager.await_update(order_id, timeout)

    def setup_order_update_handler(self, handler: OrderUpdateHandler) -> None:
        """Call ``handler`` with each change of each of our orders, in order."""
        self._manager.add_order_handler(handler)

    def setup_fill_handler(self, handler: FillHandler) -> None:
        """Call ``handler`` once with each fill of ours, before the order's own change.

        It hears as well what takes back a fill that the venue has voided: see ``Fill.voids``.
        """
        self._manager.add_fill_handler(handler)

    async def await_fills(self, timeout: float) -> bool:
        """Wait, ``timeout`` seconds at most, until all that traded was told, and lists show it."""
        clock = self._clock
        until_ns = clock.monotonic_ns() + round(timeout * NS)
        while self._tracker.with_fills_missing() or clock.monotonic_ns() < self._listed_ns:
            if clock.monotonic_ns() >= until_ns:
                return False
            await clock.sleep(FILLS_POLL_S)
        return True

    def fills_lacking(self) -> Collection[ContractId]:
        """Return the markets in which more of ours is known to have traded than was told."""
        return [order.contract_id for order in self._tracker.with_fills_missing()]

    def _on_traded(self, fill: Fill) -> None:
        del fill
        self._listed_ns = self._clock.monotonic_ns() + round(self._lists_lag_s * NS)

    async def get_user_trade_history(
        self,
        symbol: Symbol,
        start: datetime | int,
        end: datetime | int,
        order_id: str | None = None,
    ) -> list[Fill]:
        """Return our fills in [start, end), oldest first, and what takes voided ones back."""
        self._check_connected()
        contract_id = self._contract_of(symbol)
        start_ns, end_ns = to_ns(start), to_ns(end)
        rows = await self._orders.fills(contract_id, start_ns, end_ns)
        await self._manager.read_voided()
        told = [self._named(fill) for fill in self._all_readable(rows, f"fills of {contract_id}")]
        fills = self._manager.voided.within(told, contract_id, start_ns, end_ns)
        return [fill for fill in fills if order_id in (None, fill.order_id, fill.client_order_id)]

    async def take_back_vanished(self, contract_id: ContractId, rest: Decimal) -> Sequence[Fill]:
        """Take back fills of ours that a rolled-back venue lists no more; fill handlers hear of it.

        Args:
            contract_id: The market.
            rest: By how much the venue's position is above what our fills add up to, signed.

        Returns:
            The fills, oldest first; none where they are not exactly what explains it.
        """
        self._check_connected()
        voided, now_ns = self._manager.voided, self._clock.now_ns()
        return await voided.take_back_vanished(self._orders, contract_id, rest, now_ns)

    def _named(self, fill: Fill) -> Fill:
        """Return a fill by our name of its order, which some venues leave out of their lists."""
        known = None if fill.client_order_id else self._tracker.get(fill.order_id)
        return fill if known is None else replace(fill, client_order_id=known.client_order_id)

    def _all_readable(self, rows: Sequence[T | Unreadable], what: str) -> list[T]:
        """Return the rows of a list that is whole; ask for the orders of those that are not.

        Raises:
            MalformedPayload: a row could not be read, so that the list proves no absence.
        """
        unreadable = [row for row in rows if isinstance(row, Unreadable)]
        for row in unreadable:
            self._manager.on_unreadable(row)
        if unreadable:
            raise MalformedPayload(
                f"{len(unreadable)} of {len(rows)} {what} on {self._name} could not be read: "
                f"{unreadable[0].reason}"
            )
        return [row for row in rows if not isinstance(row, Unreadable)]
