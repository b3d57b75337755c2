"""The orders of a run: live ones by key, finished ones packed.

An order may change after it ended (a late fill corrects its size), so a packed row can have a later
revision; whoever reads takes the last one of each key.
"""

from __future__ import annotations

from collections.abc import Sequence

from exchange_clients.base_models import OrderInfo, Purpose
from reporting.rows import CompactRows, OrderRow

RECENT_MAX = 1024
"""Finished orders whose number is remembered, for a late correction."""


class OrderRows:
    """Takes every state of every order; tells the latest of each."""

    def __init__(self) -> None:
        self.count = 0
        """Orders heard of."""
        self._live: dict[str, OrderRow] = {}
        self._finished: CompactRows[OrderRow] = CompactRows(OrderRow)
        self._recent: dict[str, OrderRow] = {}

    def on_order(self, key: str, purpose: Purpose, info: OrderInfo, now_ns: int) -> None:
        """Take the latest state of one order."""
        known = self._live.pop(key, None) or self._recent.get(key)
        if known is None:
            self.count += 1
        number, created_ns = (known.number, known.created_ns) if known else (self.count, now_ns)
        row = OrderRow(
            number=number,
            key=key,
            purpose=purpose.value,
            side=info.side.value,
            order_type=info.order_type.value,
            price=info.price,
            size=info.size,
            filled_size=info.filled_size,
            average_price=info.average_price,
            status=info.status.value,
            reason=info.reason.value if info.reason else None,
            reduce_only=info.reduce_only,
            order_id=info.order_id,
            client_order_id=info.client_order_id,
            created_ns=info.created_ns or created_ns,
            updated_ns=info.updated_ns or now_ns,
        )
        if info.status.terminal:
            self._finish(row)
        else:
            self._live[key] = row

    def _finish(self, row: OrderRow) -> None:
        self._finished.append(row)
        self._recent.pop(row.key, None)
        self._recent[row.key] = row
        if len(self._recent) > RECENT_MAX:
            del self._recent[next(iter(self._recent))]

    def live(self) -> Sequence[OrderRow]:
        """Return the orders that can still trade, oldest first."""
        return sorted(self._live.values(), key=lambda row: row.number)

    def all(self) -> Sequence[OrderRow]:
        """Return every order kept, oldest first, each in its latest state."""
        latest: dict[int, OrderRow] = {row.number: row for row in self._finished}
        latest.update((row.number, row) for row in self._live.values())
        return sorted(latest.values(), key=lambda row: row.number)

    @property
    def dropped(self) -> int:
        """Oldest finished orders that were let go."""
        return self._finished.dropped

    @property
    def packed_bytes(self) -> int:
        """Bytes held by packed rows."""
        return self._finished.packed_bytes
