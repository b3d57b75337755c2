"""Where every report of our orders ends: tracker, journal, waiters and handlers, in that order.

Handlers hear a fill once, and before the change of the order it belongs to: a report that knows of
more than the fills do waits for them, and ``on_fills_missing`` is told so that they are fetched.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from exchange_clients.base_client import FillHandler, OrderUpdateHandler
from exchange_clients.base_models import (
    ZERO,
    ClientOrderId,
    ContractId,
    Fill,
    Liquidity,
    OrderInfo,
    OrderStatus,
    Reason,
    VenueOrderId,
)
from exchange_clients.journal import Journal
from exchange_clients.shared.client.managers.late_records import LateRecords
from exchange_clients.shared.client.managers.revenants import returned
from exchange_clients.shared.client.managers.voided_fills import VoidedFills
from exchange_clients.shared.client.order_tracker import OrderTracker
from exchange_clients.shared.clock import Clock

logger = logging.getLogger(__name__)

EARLY_REPORTS_MAX = 1000
"""Reports under a venue id that no order of ours is known by yet."""


class OrderRecords:
    """The one place where the state of our orders changes.

    Args:
        venue: Names the venue in the journal and in logs.
        tracker: Holds the state.
        journal: Remembers outcomes and fills.
        clock: Stamps what the journal is given.
    """

    def __init__(self, venue: str, tracker: OrderTracker, journal: Journal, clock: Clock) -> None:
        self._venue = venue
        self._tracker = tracker
        self._journal = journal
        self._clock = clock
        self._records = LateRecords(venue, clock)
        self._order_handlers: list[OrderUpdateHandler] = []
        self._fill_handlers: list[FillHandler] = []
        self.voided = VoidedFills(venue, self._book)
        """What the venue has taken back."""
        self._waiters: dict[ClientOrderId, list[asyncio.Future[None]]] = {}
        self._withheld: dict[ClientOrderId, None] = {}
        self._early: dict[VenueOrderId, list[OrderInfo | Fill]] = {}
        self._early_count = 0
        self.positions: dict[ContractId, Decimal] = {}
        """Signed sum of our own fills by contract."""
        self.last_fill_ns: dict[ContractId, int] = {}
        """When the last of our own fills was, by contract (epoch ns)."""
        self.on_fills_missing: Callable[[ClientOrderId], None] = lambda _: None
        self.on_returned: Callable[[OrderInfo, OrderInfo], None] = lambda known, report: None
        """Takes an order that was proven absent and the report that shows it alive."""

    def add_order_handler(self, handler: OrderUpdateHandler) -> None:
        """Call ``handler`` with each change of each of our orders, in order."""
        self._order_handlers.append(handler)

    def add_fill_handler(self, handler: FillHandler) -> None:
        """Call ``handler`` once with each fill of ours, before the order's own change.

        It hears as well what takes a voided one back, after that.
        """
        self._fill_handlers.append(handler)

    # What comes in ------------------------------------------------------------------------------

    def on_order(self, info: OrderInfo) -> None:
        """Take a report, from whichever channel."""
        known = self._known(info.client_order_id, info.order_id)
        if known is None:
            self._keep_early(info)
            return
        if returned(known, info):
            self.on_returned(known, info)
        changed = self._tracker.on_report(info)
        if changed is not None:
            self._changed(changed)
        self._replay_early(info.order_id)

    def on_fill(self, fill: Fill) -> None:
        """Take a fill, from whichever channel; a repeated one changes nothing."""
        known = self._known(fill.client_order_id, fill.order_id)
        if known is None:
            self._keep_early(fill)
            return
        if not self._tracker.on_fill(fill):
            return
        ours = self._as_ordered(fill, known)
        self._book(ours)
        assert known.client_order_id is not None
        now = self._tracker.get(known.client_order_id)
        if now is not None:
            self._changed(now)
        self.voided.remember(ours)
        self._replay_early(fill.order_id)

    def restore(self, fill: Fill) -> None:
        """Take a fill that an earlier process has written down."""
        self._count(fill)
        self.voided.remember(fill)

    def _book(self, fill: Fill) -> None:
        self._count(fill)
        self._records.write(lambda: self._journal.record_fill(self._venue, fill))
        for handler in self._fill_handlers:
            handler(fill)

    def _count(self, fill: Fill) -> None:
        """Add a fill, seen for the first time, to the position of its contract."""
        position = self.positions.get(fill.contract_id, ZERO)
        self.positions[fill.contract_id] = position + fill.side.sign * fill.size
        if fill.voids is None:
            before_ns = self.last_fill_ns.get(fill.contract_id, 0)
            self.last_fill_ns[fill.contract_id] = max(before_ns, fill.venue_ns)

    def own_position(self, contract_id: ContractId) -> Decimal:
        """Return the signed sum of our own fills in a market."""
        return self.positions.get(contract_id, ZERO)

    def owned(self) -> dict[ContractId, Decimal]:
        """Return what our orders have traded, signed, by contract; fills yet to be told count."""
        owned = dict(self.positions)
        for order in self._tracker.with_fills_missing():
            assert order.client_order_id is not None, "the tracker names every order"
            missing = self._tracker.fills_missing(order.client_order_id)
            held = owned.get(order.contract_id, ZERO)
            owned[order.contract_id] = held + order.side.sign * missing
        return owned

    def complete(self, client_order_id: ClientOrderId, recorded: OrderInfo | None) -> None:
        """Write an order's state down where its fills say more than what was recorded of it."""
        info = self._tracker.get(client_order_id)
        known = ZERO if recorded is None else recorded.filled_size
        if info is not None and info.filled_size > known:
            self._record(info)

    def on_refused(self, client_order_id: ClientOrderId, reason: Reason) -> None:
        """Take the proof that the venue never took the order."""
        changed = self._tracker.reject(client_order_id, reason)
        if changed is not None:
            self._changed(changed)

    def on_amended(self, client_order_id: ClientOrderId) -> None:
        """Take it that no amendment is in flight any more: fills may count as full again."""
        changed = self._tracker.amending(client_order_id, None)
        if changed is not None:
            self._changed(changed)

    def on_absent(self, client_order_id: ClientOrderId) -> None:
        """Take the proof that the venue has no such order: never taken, or gone without a word."""
        info = self._tracker.get(client_order_id)
        if info is None or info.status.terminal:
            return
        if info.status is OrderStatus.PENDING:
            self.on_refused(client_order_id, Reason.ORDER_NOT_FOUND)
            return
        logger.warning(
            "event=order_vanished venue=%s contract_id=%s client_order_id=%s",
            self._venue, info.contract_id, client_order_id,
        )  # fmt: skip
        self.on_order(replace(info, status=OrderStatus.CANCELED, reason=Reason.ORDER_NOT_FOUND))

    def release(self, client_order_id: ClientOrderId) -> None:
        """Tell a change that waited for its fills, although they have not come."""
        if client_order_id in self._withheld:
            del self._withheld[client_order_id]
            info = self._tracker.get(client_order_id)
            assert info is not None
            self._tell(info)

    def close(self) -> None:
        """Write down what could not be written yet, if it can be now."""
        self._records.close()

    # Waiting ------------------------------------------------------------------------------------

    async def wait_end(self, client_order_id: ClientOrderId, timeout_s: float) -> bool:
        """Wait until the order is terminal; False if it is not within ``timeout_s``."""
        info = self._tracker.get(client_order_id)
        if info is None or info.status.terminal:
            return True
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiters = self._waiters.setdefault(client_order_id, [])
        waiters.append(waiter)
        try:
            async with self._clock.deadline(timeout_s):
                await waiter
        except TimeoutError:
            return False
        finally:
            if waiter in waiters:
                waiters.remove(waiter)
            if not waiters:
                self._waiters.pop(client_order_id, None)
        return True

    # Inside -------------------------------------------------------------------------------------

    def _as_ordered(self, fill: Fill, order: OrderInfo) -> Fill:
        """Return a fill by the name and on the side of its order.

        Some venues name the taker's side in each fill, so a maker's fill may tell the other one.
        A taker's has no such excuse: its words are misread, or not meant as documented.
        """
        if fill.client_order_id == order.client_order_id and fill.side is order.side:
            return fill
        if fill.side is not order.side and fill.liquidity is Liquidity.TAKER:
            logger.warning(
                "event=unreadable venue=%s ids=%s,%s reason=%s",
                self._venue, fill.order_id, fill.trade_id,
                f"a taker's fill to {fill.side.value}, of an order to {order.side.value}",
            )  # fmt: skip
        return replace(fill, client_order_id=order.client_order_id, side=order.side)

    def _known(
        self, client_order_id: ClientOrderId | None, order_id: VenueOrderId
    ) -> OrderInfo | None:
        by_ours = None if client_order_id is None else self._tracker.get(client_order_id)
        return by_ours or self._tracker.get(order_id)

    def _changed(self, info: OrderInfo) -> None:
        self._record(info)
        client_order_id = info.client_order_id
        assert client_order_id is not None
        if self._tracker.fills_missing(client_order_id) > 0:
            if client_order_id not in self._withheld:
                self._withheld[client_order_id] = None
                self.on_fills_missing(client_order_id)
        else:
            self._withheld.pop(client_order_id, None)
            self._tell(info)
        if info.status.terminal:
            for waiter in self._waiters.pop(client_order_id, []):
                if not waiter.done():
                    waiter.set_result(None)

    def _record(self, info: OrderInfo) -> None:
        at_ns = self._clock.now_ns()
        self._records.write(lambda: self._journal.record_outcome(self._venue, info, at_ns))

    def _tell(self, info: OrderInfo) -> None:
        for handler in self._order_handlers:
            handler(info)

    def _keep_early(self, report: OrderInfo | Fill) -> None:
        """Keep a report that may be of an order whose venue id we do not know yet."""
        awaited = any(not info.order_id for info in self._tracker.pending())
        if not awaited or self._early_count >= EARLY_REPORTS_MAX:
            self._tracker.foreign += 1
            return
        self._early.setdefault(report.order_id, []).append(report)
        self._early_count += 1

    def _replay_early(self, order_id: VenueOrderId) -> None:
        reports = self._early.pop(order_id, None)
        if reports is None:
            return
        self._early_count -= len(reports)
        for report in reports:
            if isinstance(report, Fill):
                self.on_fill(report)
            else:
                self.on_order(report)
