"""Which order of a strategy is which order at a venue, remembered over restarts.

A strategy knows its orders by keys of its own; venues know them by client order ids. A key is
entered, and saved, before its order is sent. Orders that have ended are kept for a while, because a
fill may be reported after the end.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from decimal import Decimal

import msgspec

from exchange_clients.base_models import (
    ZERO,
    ClientOrderId,
    ContractId,
    OrderInfo,
    OrderStatus,
    Purpose,
    Side,
    VenueOrderId,
)


class KeyedOrder(msgspec.Struct, array_like=True):
    """One order of the strategy; it is saved as a row of its fields, in this order."""

    key: str
    client_order_id: ClientOrderId
    venue: str
    contract_id: ContractId
    purpose: Purpose
    side: Side
    size: Decimal
    filled: Decimal = ZERO
    """Cumulative, by fills and reports together."""
    traded: Decimal = ZERO
    """Sum of the fills that were told."""
    status: OrderStatus = OrderStatus.PENDING
    cancel_sent: bool = False
    """Whether this process has asked for its end."""

    @property
    def live(self) -> bool:
        """Whether the order may still trade, as far as is known."""
        return not self.status.terminal

    def on_fill(self, size: Decimal) -> None:
        """Count a fill, which a report or a reconciliation may have told of already."""
        self.traded += size
        self.on_filled(self.traded)

    def on_filled(self, filled: Decimal) -> None:
        """Take a cumulative size, from whichever channel; it never shrinks."""
        self.filled = max(self.filled, filled)

    def pending(self) -> OrderInfo:
        """Return what is known of the order while the venue cannot tell."""
        return OrderInfo(
            order_id=VenueOrderId(""),
            client_order_id=self.client_order_id,
            contract_id=self.contract_id,
            side=self.side,
            size=self.size,
            price=None,
            status=OrderStatus.PENDING,
            filled_size=self.filled,
        )


ENDED_KEPT = 32
"""How many ended orders are remembered for late fills."""


class KeyBook:
    """Every order of the strategy that is live, and the latest that have ended."""

    def __init__(self) -> None:
        self._by_key: dict[str, KeyedOrder] = {}
        self._ended: deque[KeyedOrder] = deque()
        self._by_id: dict[tuple[str, ClientOrderId], KeyedOrder] = {}

    def __iter__(self) -> Iterator[KeyedOrder]:
        return iter(self.rows())

    def live(self) -> list[KeyedOrder]:
        """Return the orders that may still trade, oldest first."""
        return [order for order in self._by_key.values() if order.live]

    def add(self, order: KeyedOrder) -> None:
        """Enter an order before it is sent."""
        assert order.key not in self._by_key, f"the strategy used the key {order.key} twice"
        self._by_key[order.key] = order
        self._by_id[order.venue, order.client_order_id] = order

    def end(self, order: KeyedOrder, status: OrderStatus) -> None:
        """Note that an order has ended; the oldest ended one beyond the cap is forgotten."""
        assert status.terminal, f"{order.key} has not ended: {status}"
        first_time = order.live
        order.status = status
        if not first_time:
            return
        self._ended.append(order)
        if len(self._ended) > ENDED_KEPT:
            oldest = self._ended.popleft()
            del self._by_key[oldest.key]
            del self._by_id[oldest.venue, oldest.client_order_id]

    def by_key(self, key: str) -> KeyedOrder | None:
        """Return an order by the strategy's name."""
        return self._by_key.get(key)

    def by_id(self, venue: str, client_order_id: ClientOrderId | None) -> KeyedOrder | None:
        """Return an order by our id; None for orders that are not the strategy's."""
        return None if client_order_id is None else self._by_id.get((venue, client_order_id))

    def rows(self) -> list[KeyedOrder]:
        """Return what a restart needs: every order, oldest first."""
        return list(self._by_key.values())

    def load(self, rows: Iterable[KeyedOrder]) -> None:
        """Take up saved rows."""
        for order in rows:
            order.cancel_sent = False
            self.add(order)
            if not order.live:
                self._ended.append(order)
