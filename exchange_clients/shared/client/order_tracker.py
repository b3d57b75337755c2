"""The life of an order, as a table.

Reports come by REST and by stream, twice, late and out of order. The tracker keeps, per order, what
only grows: the furthest status, the greatest cumulative size, the set of trade ids. What it shows
is computed from these, so the order of arrival does not matter:

- the status only moves along ``MOVES``, and a terminal status never moves;
- the filled size never shrinks, and a fill counts once by its trade id;
- an order whose filled size reaches its size is FILLED, whoever says so first;
- a late fill on a cancelled order corrects the size and leaves the status.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from operator import attrgetter

from exchange_clients.base_models import (
    ZERO,
    ClientOrderId,
    ContractId,
    Fill,
    NewOrder,
    OrderInfo,
    OrderStatus,
    Reason,
    TradeId,
    VenueOrderId,
)

TERMINAL_ORDERS_MAX = 1000
"""Terminal orders that are remembered; the one that ended first is forgotten first."""
NO_VENUE_ID = VenueOrderId("")
"""The venue's name of an order that the venue has not named yet."""

_ENDS = (OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.REJECTED, OrderStatus.EXPIRED)

MOVES: Mapping[OrderStatus, tuple[OrderStatus, ...]] = {
    OrderStatus.PENDING: (OrderStatus.OPEN, OrderStatus.PARTIALLY_FILLED, *_ENDS),
    OrderStatus.OPEN: (OrderStatus.PARTIALLY_FILLED, *_ENDS),
    OrderStatus.PARTIALLY_FILLED: _ENDS,
    OrderStatus.FILLED: (),
    OrderStatus.CANCELED: (),
    OrderStatus.REJECTED: (),
    OrderStatus.EXPIRED: (),
}
"""From each status, the ones that may follow; a report of any other is late and changes nothing."""


_RANKS = {OrderStatus.PENDING: 0, OrderStatus.OPEN: 1, OrderStatus.PARTIALLY_FILLED: 2}

_telling = attrgetter(
    "order_id", "size", "price", "status", "filled_size", "average_price", "reason", "created_ns"
)
"""What may change in an order, but for the time of its last report."""


def rank(status: OrderStatus) -> int:
    """Return how far along its life an order of this status is; all ends are equally far."""
    return _RANKS.get(status, 3)


@dataclass(slots=True)
class _Entry:
    """What is known of one order; every field only grows or is replaced by a newer report."""

    order: NewOrder
    info: OrderInfo
    attributes_ns: int = -1
    """Venue time of the report that size, price and venue id were taken from."""
    reported_filled: Decimal = ZERO
    reported_average: Decimal | None = None
    trade_ids: dict[TradeId, None] = field(default_factory=dict)
    traded_size: Decimal = ZERO
    traded_notional: Decimal = ZERO
    amended_size: Decimal | None = None
    """The size that an amendment in flight may have set already."""
    unknown_since_ns: int | None = None


class OrderTracker:
    """Every order of ours on one account, by client order id and by the venue's id."""

    def __init__(self, *, terminal_orders_max: int = TERMINAL_ORDERS_MAX) -> None:
        self._entries: dict[ClientOrderId, _Entry] = {}
        self._by_venue_id: dict[VenueOrderId, ClientOrderId] = {}
        self._live: dict[ClientOrderId, None] = {}
        self._ended: dict[ClientOrderId, None] = {}
        self._terminal_orders_max = terminal_orders_max
        self.first_ns: dict[ContractId, int] = {}
        """When the first order of each contract was taken up (epoch ns)."""
        self.foreign = 0
        """Reports and fills of orders that are not ours."""
        self.contradictions = 0
        """Reports that an order's end cannot be reconciled with: they were not believed."""

    # What happens to an order -------------------------------------------------------------------

    def track(self, order: NewOrder, now_ns: int) -> OrderInfo:
        """Take up an order that is about to be sent; it is PENDING."""
        assert order.client_order_id not in self._entries, f"{order.client_order_id} is tracked"
        info = OrderInfo(
            order_id=NO_VENUE_ID,
            client_order_id=order.client_order_id,
            contract_id=order.contract_id,
            side=order.side,
            size=order.size,
            price=order.price,
            status=OrderStatus.PENDING,
            order_type=order.order_type,
            reduce_only=order.reduce_only,
            created_ns=now_ns,
        )
        self._entries[order.client_order_id] = _Entry(order, info)
        self._live[order.client_order_id] = None
        self.first_ns.setdefault(order.contract_id, now_ns)
        return info

    def on_report(self, info: OrderInfo) -> OrderInfo | None:
        """Merge a report; return the order as it is now, or None if nothing changed."""
        entry = self._entry_of(info.client_order_id, info.order_id)
        if entry is None:
            self.foreign += 1
            return None
        if info.filled_size > entry.reported_filled:
            entry.reported_filled = info.filled_size
            entry.reported_average = info.average_price
        elif info.filled_size == entry.reported_filled and entry.reported_average is None:
            entry.reported_average = info.average_price
        if info.status is not OrderStatus.PENDING:
            entry.unknown_since_ns = None
        return self._settle(entry, self._merged(entry, info))

    def on_fill(self, fill: Fill) -> bool:
        """Count a fill once; False if it was counted before or is not ours."""
        entry = self._entry_of(fill.client_order_id, fill.order_id)
        if entry is None:
            self.foreign += 1
            return False
        if fill.trade_id in entry.trade_ids:
            return False
        entry.trade_ids[fill.trade_id] = None
        entry.traded_size += fill.size
        entry.traded_notional += fill.size * fill.price
        entry.unknown_since_ns = None
        self._bind(entry, fill.order_id)
        named = entry.info.order_id != NO_VENUE_ID
        self._settle(entry, entry.info if named else replace(entry.info, order_id=fill.order_id))
        return True

    def reject(self, client_order_id: ClientOrderId, reason: Reason) -> OrderInfo | None:
        """Record that the venue never took the order; None if other evidence says it did."""
        entry = self._entries[client_order_id]
        entry.unknown_since_ns = None
        if entry.info.status is not OrderStatus.PENDING:
            self.contradictions += 1
            return None
        return self._settle(entry, replace(entry.info, status=OrderStatus.REJECTED, reason=reason))

    # What is known ------------------------------------------------------------------------------

    def get(self, order_id: str) -> OrderInfo | None:
        """Return an order by client order id or venue id; None if it is not ours."""
        entry = self._entry_of(ClientOrderId(order_id), VenueOrderId(order_id))
        return None if entry is None else entry.info

    def order(self, client_order_id: ClientOrderId) -> NewOrder:
        """Return an order as it was sent."""
        return self._entries[client_order_id].order

    def open_orders(self, contract_id: ContractId | None = None) -> list[OrderInfo]:
        """Return orders that may still trade, PENDING ones included, oldest first."""
        live = [self._entries[client_order_id].info for client_order_id in self._live]
        return [info for info in live if contract_id in (None, info.contract_id)]

    def pending(self) -> list[OrderInfo]:
        """Return orders that the venue has not shown yet, oldest first."""
        return [info for info in self.open_orders() if info.status is OrderStatus.PENDING]

    def fills_missing(self, client_order_id: ClientOrderId) -> Decimal:
        """Return the reported size that no fill has accounted for yet."""
        entry = self._entries[client_order_id]
        return max(entry.info.filled_size - entry.traded_size, ZERO)

    def with_fills_missing(self) -> list[OrderInfo]:
        """Return orders, ended ones included, whose fills do not add up to the reported size."""
        return [
            entry.info
            for entry in self._entries.values()
            if entry.info.filled_size > entry.traded_size
        ]

    # Lost answers -------------------------------------------------------------------------------

    def mark_unknown(self, client_order_id: ClientOrderId, now_ns: int) -> None:
        """Note that the answer to a placement was lost; the first report or fill clears it."""
        entry = self._entries[client_order_id]
        if entry.info.status is OrderStatus.PENDING and entry.unknown_since_ns is None:
            entry.unknown_since_ns = now_ns

    def unknown_since_ns(self, client_order_id: ClientOrderId) -> int | None:
        """Return since when the order's outcome is unknown; None where it is known."""
        entry = self._entries.get(client_order_id)
        return None if entry is None else entry.unknown_since_ns

    def outcome_unknown(self) -> dict[ClientOrderId, int]:
        """Return orders whose outcome is unknown, with since when (ns), oldest first."""
        return {
            client_order_id: since_ns
            for client_order_id in self._live
            if (since_ns := self._entries[client_order_id].unknown_since_ns) is not None
        }

    def amending(self, client_order_id: ClientOrderId, size: Decimal | None) -> OrderInfo | None:
        """Note a size that the venue may have set already; None once the outcome is known.

        Until then fills up to the old size do not prove that the order is full. Returns the order
        if that changed it.
        """
        entry = self._entries[client_order_id]
        entry.amended_size = size
        return self._settle(entry, entry.info)

    # Inside -------------------------------------------------------------------------------------

    def _entry_of(
        self, client_order_id: ClientOrderId | None, order_id: VenueOrderId
    ) -> _Entry | None:
        if client_order_id is not None and client_order_id in self._entries:
            return self._entries[client_order_id]
        known = self._by_venue_id.get(order_id)
        return None if known is None else self._entries[known]

    def _merged(self, entry: _Entry, report: OrderInfo) -> OrderInfo:
        """Return the order with the reported status, if that may follow.

        What an amendment may change is taken as well, if the report is the newest.
        """
        self._bind(entry, report.order_id)
        info = entry.info
        status, reason = _moved(info, report)
        stamp_ns = -1 if report.updated_ns is None else report.updated_ns
        if stamp_ns < entry.attributes_ns:
            return info if status is info.status else replace(info, status=status, reason=reason)
        entry.attributes_ns = stamp_ns
        # Field by field, because every answer and every report comes by here, and ``replace``
        # takes three times as long.
        return OrderInfo(
            order_id=report.order_id or info.order_id,
            client_order_id=info.client_order_id,
            contract_id=info.contract_id,
            side=info.side,
            size=report.size,
            price=report.price,
            status=status,
            filled_size=info.filled_size,
            average_price=info.average_price,
            order_type=info.order_type,
            reduce_only=info.reduce_only,
            reason=reason,
            created_ns=info.created_ns if report.created_ns is None else report.created_ns,
            updated_ns=report.updated_ns,  # None only as long as no report had one
        )

    def _bind(self, entry: _Entry, order_id: VenueOrderId) -> None:
        if order_id != NO_VENUE_ID:
            self._by_venue_id[order_id] = entry.order.client_order_id

    def _settle(self, entry: _Entry, info: OrderInfo) -> OrderInfo | None:
        """Store ``info`` with sizes and status derived; return it if it tells anything new."""
        before = entry.info
        entry.info = _derived(entry, info)
        assert rank(entry.info.status) >= rank(before.status), "a status never moves back"
        assert entry.info.filled_size >= before.filled_size, "a filled size never shrinks"
        if entry.info.status.terminal and not before.status.terminal:
            self._retire(entry.order.client_order_id)
        return None if _telling(entry.info) == _telling(before) else entry.info

    def _retire(self, client_order_id: ClientOrderId) -> None:
        del self._live[client_order_id]
        self._ended[client_order_id] = None
        if len(self._ended) > self._terminal_orders_max:
            oldest = next(iter(self._ended))
            del self._ended[oldest]
            order_id = self._entries.pop(oldest).info.order_id
            self._by_venue_id.pop(order_id, None)


def _moved(info: OrderInfo, report: OrderInfo) -> tuple[OrderStatus, Reason | None]:
    """Return the reported status and its reason if the table allows the move, else the old."""
    status = report.status
    if status in (OrderStatus.CANCELED, OrderStatus.EXPIRED) and report.filled_size >= report.size:
        status = OrderStatus.FILLED  # a cancel that found nothing left to cancel
    if status not in MOVES[info.status]:
        return info.status, info.reason
    return status, report.reason


def _derived(entry: _Entry, info: OrderInfo) -> OrderInfo:
    """Return ``info`` with size, average price and status as fills and reports together say."""
    filled = max(entry.reported_filled, entry.traded_size)
    average = entry.reported_average
    if entry.traded_size > 0 and entry.traded_size >= entry.reported_filled:
        average = entry.traded_notional / entry.traded_size
    status = info.status
    if not status.terminal and filled > 0:
        full = max(info.size, entry.amended_size or ZERO)
        status = OrderStatus.FILLED if filled >= full else OrderStatus.PARTIALLY_FILLED
    if (status, filled, average) == (info.status, info.filled_size, info.average_price):
        return info
    return replace(info, status=status, filled_size=filled, average_price=average)
