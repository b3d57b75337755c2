"""What the paper venue remembers of orders and fills, the old ones packed.

Live orders and those that ended lately are at hand. Older ones are asked for only by whoever reads
the whole past, so they are kept small: a run of weeks must not grow.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from exchange_clients.base_models import ClientOrderId, Fill, OrderInfo
from exchange_clients.packed_log import PackedLog

ENDED_AT_HAND = 1000
"""Ended orders of all accounts that are not packed yet."""

OrderName = tuple[str, ClientOrderId]


@dataclass(frozen=True, slots=True)
class PackedOrder:
    """The end of an order; ``number`` counts orders as the venue first heard of them."""

    number: int
    info: OrderInfo


class OrderRecords:
    """The latest state of every order, and every fill, of every account."""

    def __init__(self, ended_at_hand: int = ENDED_AT_HAND) -> None:
        self._ended_at_hand = ended_at_hand
        self._latest: dict[OrderName, OrderInfo] = {}
        self._numbers: dict[OrderName, int] = {}
        self._count = 0
        self._ended: deque[OrderName] = deque()
        self._packed: dict[str, PackedLog[PackedOrder]] = {}
        self._fills: dict[str, PackedLog[Fill]] = {}

    def keep_fill(self, account: str, fill: Fill) -> None:
        """Remember a fill."""
        fills = self._fills.get(account)
        if fills is None:
            fills = self._fills[account] = PackedLog(Fill)
        fills.append(fill)

    def fills(self, account: str) -> Sequence[Fill]:
        """Return an account's fills, oldest first."""
        return list(self._fills.get(account, ()))

    def keep(self, account: str, info: OrderInfo) -> None:
        """Remember an order's state; one that has ended does not change any more."""
        assert info.client_order_id is not None, "orders of the paper venue carry a client id"
        name = (account, info.client_order_id)
        known = self._latest.get(name)
        if known is None:
            self._count += 1
            self._numbers[name] = self._count
        self._latest[name] = info
        if info.status.terminal and (known is None or not known.status.terminal):
            self._ended.append(name)
            if len(self._ended) > self._ended_at_hand:
                self._pack(self._ended.popleft())

    def get(self, account: str, client_order_id: ClientOrderId) -> OrderInfo | None:
        """Return an order's state; None if the venue never had it, or it ended long ago."""
        return self._latest.get((account, client_order_id))

    def find(self, account: str, client_order_id: ClientOrderId) -> OrderInfo | None:
        """Return an order's state, however long ago it ended; None if the venue never had it."""
        info = self.get(account, client_order_id)
        if info is not None:
            return info
        packed = self._packed.get(account, ())
        old = (row.info for row in packed if row.info.client_order_id == client_order_id)
        return next(old, None)

    def of(self, account: str) -> Iterable[OrderInfo]:
        """Yield an account's orders, oldest first."""
        rows = [(row.number, row.info) for row in self._packed.get(account, ())]
        rows += [
            (self._numbers[name], info) for name, info in self._latest.items() if name[0] == account
        ]
        return (info for _, info in sorted(rows, key=_number))

    def _pack(self, name: OrderName) -> None:
        account, _ = name
        packed = self._packed.get(account)
        if packed is None:
            packed = self._packed[account] = PackedLog(PackedOrder)
        packed.append(PackedOrder(self._numbers.pop(name), self._latest.pop(name)))


def _number(row: tuple[int, OrderInfo]) -> int:
    return row[0]
