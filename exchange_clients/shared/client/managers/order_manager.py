"""How an order is placed, changed and cancelled, whatever the venue.

Every request that may change the venue is journalled before it is sent and is sent once. An answer
that is lost leaves its order PENDING: it is looked up by its client order id, never sent again.
Sending is not interruptible: its task is the manager's, so a cancelled caller loses no order.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TypeAlias

from exchange_clients.base_client import ORDER_UPDATE_TIMEOUT_S, FillHandler, OrderUpdateHandler
from exchange_clients.base_models import (
    ClientOrderId,
    ContractId,
    Fill,
    Market,
    NewOrder,
    OrderInfo,
    OrderResult,
    OrderStatus,
    Reason,
)
from exchange_clients.errors import (
    ExchangeError,
    OrderNotFound,
    OutcomeUnknown,
    UnsupportedFeature,
    VenueRejected,
)
from exchange_clients.events import Unreadable
from exchange_clients.journal import IntentKind, Journal
from exchange_clients.shared.client import order_rules
from exchange_clients.shared.client.client_order_ids import ClientOrderIds
from exchange_clients.shared.client.gateway import OrderGateway, Prepared
from exchange_clients.shared.client.managers.order_audit import OrderAudit
from exchange_clients.shared.client.managers.order_records import OrderRecords
from exchange_clients.shared.client.managers.order_recovery import OrderRecovery, Reconciliation
from exchange_clients.shared.client.order_rules import NOTHING_DONE
from exchange_clients.shared.client.order_tracker import OrderTracker
from exchange_clients.shared.client.timed_sending import AnswerHandler, deaf, send_timed
from exchange_clients.shared.clock import Clock
from exchange_clients.shared.tasks import TaskScope

logger = logging.getLogger(__name__)

Sweep: TypeAlias = Callable[[], Awaitable[None]]
SWEEP_WAIT_S = 2.0
UNMINTED = ClientOrderId("")
"""The client order id of an order that the manager is to name."""
_GONE = (Reason.ALREADY_TERMINAL, Reason.ORDER_NOT_FOUND)
"""Refusals of a cancel which say that the order has ended, but not how."""


class OrderManager:
    """The orders of one account at one venue.

    Args:
        venue: Names the venue in the journal and in logs.
        gateway: The way to the venue.
        tracker: The state of our orders.
        journal: Durable memory.
        clock: Time and waiting.
        ids: Names orders.
        market: Returns the market of a contract that was looked up.
    """

    def __init__(
        self,
        venue: str,
        gateway: OrderGateway,
        tracker: OrderTracker,
        journal: Journal,
        clock: Clock,
        ids: ClientOrderIds,
        market: Callable[[ContractId], Market],
    ) -> None:
        self._venue = venue
        self._gateway = gateway
        self._tracker = tracker
        self._journal = journal
        self._clock = clock
        self._ids = ids
        self._market = market
        self._tasks = TaskScope()
        self._records = OrderRecords(venue, tracker, journal, clock)
        self.own_position, self.owned = self._records.own_position, self._records.owned
        self.voided = self._records.voided
        self._recovery = OrderRecovery(
            venue, gateway, self._records, tracker, journal, clock, self._tasks
        )
        self.read_voided = self._recovery.read_voided
        self.on_answered: AnswerHandler = deaf
        self.audit = OrderAudit(venue, self._recovery, tracker, clock)
        """Compares our open orders with the venue's; its owner says when."""

    # What the venue tells -----------------------------------------------------------------------

    def on_order(self, info: OrderInfo) -> None:
        """Take an order report of the private stream."""
        self._records.on_order(info)

    def on_fill(self, fill: Fill) -> None:
        """Take a fill of the private stream."""
        self._records.on_fill(fill)

    def on_unreadable(self, row: Unreadable) -> None:
        """Take it that something was said of an order which could not be read: ask for it."""
        self._recovery.on_unreadable(row)

    def on_unexplained(self, contract_id: ContractId) -> None:
        """Take it that something moved in a market that our fills do not explain."""
        self._recovery.look_again(contract_id)

    def add_order_handler(self, handler: OrderUpdateHandler) -> None:
        """Call ``handler`` with each change of each of our orders, in order."""
        self._records.add_order_handler(handler)

    def add_fill_handler(self, handler: FillHandler) -> None:
        """Call ``handler`` once with each fill of ours, before the order's own change."""
        self._records.add_fill_handler(handler)

    # Placing ------------------------------------------------------------------------------------

    def mint_client_order_id(self) -> ClientOrderId:
        """Return a client order id that was never used."""
        return self._ids.mint()

    async def place(
        self, order: NewOrder, *, reference_price: Decimal | None = None
    ) -> OrderResult:
        """Round, check, journal and send an order once.

        PENDING with ``outcome_known`` False means that the answer was lost; the order is being
        looked up and its handlers will hear. ``order.client_order_id`` may be ``UNMINTED``.

        Args:
            order: The order as wanted.
            reference_price: What the notional of an order without a price is judged at (USD).

        Raises:
            InvalidOrder: not positive, or below a minimum; nothing was sent.
            UnsupportedFeature: the venue has no word for the order; nothing was sent.
            JournalError: it could not be remembered, so nothing was sent.
        """
        market = self._market(order.contract_id)
        fitted = order_rules.fit(order, market, reference_price, self.mint_client_order_id)
        if order.client_order_id != UNMINTED and self._tracker.get(order.client_order_id):
            raise VenueRejected(
                f"client order id {order.client_order_id} was used before; mint a new one",
                reason=Reason.DUPLICATE_CLIENT_ORDER_ID,
            )
        prepared = self._gateway.prepare_place(fitted)
        self._record_intent(prepared)
        self._tracker.track(fitted, self._clock.now_ns())
        return await self._tasks.uninterrupted(self._place(prepared), "place")

    async def _place(self, prepared: Prepared) -> OrderResult:
        client_order_id = prepared.client_order_id
        try:
            info = await send_timed(self._gateway, prepared, self._clock, self.on_answered)
        except NOTHING_DONE as error:
            if order_rules.reason_of(error) is Reason.DUPLICATE_CLIENT_ORDER_ID:
                # The venue knows this id, so some sending of it did arrive.
                return self._lost_placement(client_order_id, error)
            self._records.on_refused(client_order_id, order_rules.reason_of(error))
            return order_rules.refused(self._info(client_order_id), OrderStatus.REJECTED, error)
        except UnsupportedFeature:  # the words have none for it, so that nothing was sent
            self._records.on_refused(client_order_id, Reason.DENIED_LOCALLY)
            raise
        except Exception as error:  # noqa: BLE001  # whatever went wrong, it may have been sent
            return self._lost_placement(client_order_id, error)
        except BaseException:
            self._tracker.mark_unknown(client_order_id, self._clock.now_ns())
            raise
        self._records.on_order(_named(info, client_order_id))
        self._recovery.expect_verdict(client_order_id)
        return order_rules.placed(self._info(client_order_id))

    def _lost_placement(self, client_order_id: ClientOrderId, error: Exception) -> OrderResult:
        self._log_lost("place", client_order_id, error)
        self._tracker.mark_unknown(client_order_id, self._clock.now_ns())
        info = self._info(client_order_id)
        if info.status is not OrderStatus.PENDING:
            return order_rules.placed(info)  # the stream has told meanwhile
        self._recovery.resolve(client_order_id)
        return order_rules.lost(info, f"the answer was lost ({error!r}); looking the order up")

    # Cancelling ---------------------------------------------------------------------------------

    async def cancel(self, order_id: str) -> OrderResult:
        """Cancel an order of ours by either id and prove how it ended, within a bounded time.

        ``outcome_known`` False means that it may still be open. An order that was filled first is
        told as FILLED with its size.

        Raises:
            JournalError: it could not be remembered, so nothing was sent.
        """
        order = self._tracker.get(order_id)
        if order is None:
            return order_rules.not_ours(order_id)
        if order.status.terminal:
            return order_rules.canceled(order)
        prepared = self._gateway.prepare_cancel(order)
        self._record_intent(prepared)
        return await self._tasks.uninterrupted(self._cancel(prepared), "cancel")

    async def cancel_all(
        self, contract_id: ContractId | None = None, *, first: Sweep | None = None
    ) -> list[OrderResult]:
        """Cancel every open order of ours, of one contract or of all, each by its own request.

        Args:
            contract_id: Which; None for all.
            first: Cancels whatever the account has open by one request; what has not ended
                ``SWEEP_WAIT_S`` later is cancelled one by one all the same.
        """
        ours = self._tracker.open_orders(contract_id)
        if first is not None and ours:
            await self._sweep(first, contract_id, ours)
        tasks = [
            self._tasks.start(self.cancel(_client_order_id(order)), "cancel_all") for order in ours
        ]
        return [await asyncio.shield(task) for task in tasks]

    async def _sweep(
        self, sweep: Sweep, contract_id: ContractId | None, ours: Sequence[OrderInfo]
    ) -> None:
        nobody, everywhere = ClientOrderId(""), ContractId("")
        self._record_intent(
            Prepared(IntentKind.CANCEL_ALL, contract_id or everywhere, nobody, None, None)
        )
        try:
            await sweep()
        except (ExchangeError, OSError) as error:
            logger.warning("event=sweep_failed venue=%s error=%r", self._venue, error)
            return
        for order in ours:
            if not await self._records.wait_end(_client_order_id(order), SWEEP_WAIT_S):
                return

    async def _cancel(self, prepared: Prepared) -> OrderResult:
        client_order_id = prepared.client_order_id
        answered = True
        try:
            info = await send_timed(self._gateway, prepared, self._clock, self.on_answered)
        except NOTHING_DONE as error:
            if order_rules.reason_of(error) not in _GONE:
                info = self._info(client_order_id)
                return order_rules.refused(info, info.status, error)
            answered = False  # it has ended; how, the lookup tells
        except Exception as error:  # noqa: BLE001  # whatever went wrong, it may have been sent
            self._log_lost("cancel", client_order_id, error)
            answered = False
        else:
            self._records.on_order(_named(info, client_order_id))
        if await self._recovery.confirm_end(client_order_id, ask_at_once=not answered):
            return order_rules.canceled(self._info(client_order_id))
        return order_rules.lost(self._info(client_order_id), "the order is not proven to be over")

    # Amending -----------------------------------------------------------------------------------

    async def amend(
        self, order_id: str, *, price: Decimal | None = None, size: Decimal | None = None
    ) -> OrderResult:
        """Change price or total size of a resting order of ours in place.

        Raises:
            InvalidOrder: the order as amended would break a rule of the market.
            UnsupportedFeature: the venue cannot amend.
            JournalError: it could not be remembered, so nothing was sent.
        """
        order = self._tracker.get(order_id)
        if order is None:
            return order_rules.not_ours(order_id)
        if order.status.terminal:
            return order_rules.canceled(order)
        client_order_id = _client_order_id(order)
        wanted = replace(
            self._tracker.order(client_order_id),
            price=order.price if price is None else price,
            size=order.size if size is None else size,
        )
        fitted = order_rules.fit(wanted, self._market(order.contract_id))
        prepared = self._gateway.prepare_amend(
            order,
            price=None if price is None else fitted.price,
            size=None if size is None else fitted.size,
        )
        self._record_intent(prepared)
        self._tracker.amending(client_order_id, fitted.size)
        return await self._tasks.uninterrupted(self._amend(prepared), "amend")

    async def _amend(self, prepared: Prepared) -> OrderResult:
        client_order_id = prepared.client_order_id
        try:
            info = await send_timed(self._gateway, prepared, self._clock, self.on_answered)
        except NOTHING_DONE as error:
            self._records.on_amended(client_order_id)
            if order_rules.reason_of(error) in _GONE:
                await self._recovery.confirm_end(client_order_id, ask_at_once=True)
            now = self._info(client_order_id)
            return order_rules.refused(now, now.status, error)
        except Exception as error:  # noqa: BLE001  # whatever went wrong, it may have been sent
            self._log_lost("amend", client_order_id, error)
            await self._recovery.look_up(client_order_id)
            return order_rules.lost(self._info(client_order_id), f"the answer was lost ({error!r})")
        self._records.on_order(_named(info, client_order_id))
        self._records.on_amended(client_order_id)
        return order_rules.placed(self._info(client_order_id))

    # Reading ------------------------------------------------------------------------------------

    async def order_info(self, order_id: str, *, refresh: bool = False) -> OrderInfo | None:
        """Return an order of ours by either id; None only when the venue provably never took it.

        Raises:
            OrderNotFound: it is not an order that this client placed.
            OutcomeUnknown: it cannot be told yet.
        """
        info = self._tracker.get(order_id)
        if info is None:
            raise OrderNotFound(f"{order_id!r} is not an order that this client placed")
        client_order_id = _client_order_id(info)
        unknown = self._tracker.unknown_since_ns(client_order_id) is not None
        if unknown or (refresh and not info.status.terminal):
            if not await self._recovery.look_up(client_order_id):
                raise OutcomeUnknown(f"the venue cannot tell of order {client_order_id} yet")
            info = self._info(client_order_id)
        if info.status is OrderStatus.REJECTED and info.reason is Reason.ORDER_NOT_FOUND:
            return None
        return info

    async def await_update(
        self, order_id: str, timeout: float = ORDER_UPDATE_TIMEOUT_S
    ) -> OrderInfo:
        """Wait until the order is terminal or ``timeout`` seconds pass; return its last state.

        Raises:
            OrderNotFound: it is not an order that this client placed.
        """
        info = self._tracker.get(order_id)
        if info is None:
            raise OrderNotFound(f"{order_id!r} is not an order that this client placed")
        client_order_id = _client_order_id(info)
        await self._records.wait_end(client_order_id, timeout)
        return self._info(client_order_id)

    # Start, reconnect, end ----------------------------------------------------------------------

    async def reconcile(self) -> Reconciliation:
        """Bring our orders and fills up to the venue's truth: at start and after a reconnect.

        Raises:
            ExchangeError: fills could not be read; nothing may be placed before it succeeds.
        """
        return await self._recovery.reconcile()

    def open(self) -> None:
        """Send again after ``close``; a new manager is open."""
        self._tasks.reopen()

    async def close(self) -> None:
        """Stop looking up and sending; what was in flight stays PENDING in the journal."""
        await self._tasks.close()
        self._records.close()

    # Inside -------------------------------------------------------------------------------------

    def _record_intent(self, prepared: Prepared) -> None:
        self._journal.record_intent(prepared.intent(self._venue, self._clock.now_ns()))

    def _info(self, client_order_id: ClientOrderId) -> OrderInfo:
        info = self._tracker.get(client_order_id)
        assert info is not None, f"{client_order_id} is not tracked"
        return info

    def _log_lost(self, what: str, client_order_id: ClientOrderId, error: Exception) -> None:
        logger.warning(
            "event=answer_lost request=%s venue=%s client_order_id=%s error=%r",
            what, self._venue, client_order_id, error,
        )  # fmt: skip


def _named(info: OrderInfo, client_order_id: ClientOrderId) -> OrderInfo:
    """Return an answer under our own name of the order, which most venues repeat."""
    if info.client_order_id == client_order_id:
        return info
    return replace(info, client_order_id=client_order_id)


def _client_order_id(info: OrderInfo) -> ClientOrderId:
    assert info.client_order_id is not None, "the tracker names every order"
    return info.client_order_id
