"""Positions from their opening to their end, kept from fills and funding.

The venue gives each position an id and tells its fees, funding and profit when it has closed,
which the world's own positions do not outlive.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_models import ZERO, ContractId, Fill, OrderInfo, Side
from exchange_clients.events import FundingPayment

CLOSED_MAX = 10_000
"""Closed positions that the history still lists."""
FIRST_ID = 4_238_420_454


@dataclass(slots=True, eq=False)
class PositionRecord:
    """One position; ``net`` and ``cost`` carry the same sign, funding is positive when received."""

    position_id: str
    symbol: ContractId
    opened_ns: int
    net: Decimal = ZERO
    cost: Decimal = ZERO
    realised: Decimal = ZERO
    fees: Decimal = ZERO
    funding: Decimal = ZERO
    closed_ns: int | None = None

    @property
    def entry(self) -> Decimal:
        """The average price of what is open; zero when nothing is."""
        return self.cost / self.net if self.net else ZERO

    @property
    def break_even(self) -> Decimal:
        """The price at which closing would leave nothing, fees and funding so far included."""
        return (self.cost + self.fees - self.funding) / self.net if self.net else ZERO

    def trade(self, fill: Fill) -> Decimal:
        """Take in a fill and return the profit that it realised, before fees."""
        signed = fill.size * fill.side.sign
        closing = min(abs(self.net), fill.size) if self.net * signed < 0 else ZERO
        profit = ZERO
        if closing:
            closed = closing.copy_sign(self.net)
            profit = closed * (fill.price - self.entry)
            self.cost -= closed * self.entry
            self.net -= closed
        opening = (fill.size - closing) * fill.side.sign
        self.net += opening
        self.cost += opening * fill.price
        self.realised += profit
        self.fees += fill.fee
        if self.net == 0:
            self.cost = ZERO
            self.closed_ns = fill.venue_ns
        return profit


class PositionLog:
    """All positions of one account."""

    def __init__(self) -> None:
        self.open: dict[ContractId, PositionRecord] = {}
        self.closed: deque[PositionRecord] = deque(maxlen=CLOSED_MAX)
        self._count = 0

    def on_fill(self, fill: Fill) -> tuple[PositionRecord, Decimal]:
        """Take in a fill; return the position as it now is and the profit realised."""
        record = self.open.get(fill.contract_id)
        if record is None:
            position_id = str(FIRST_ID + self._count)
            self._count += 1
            record = PositionRecord(position_id, fill.contract_id, fill.venue_ns)
            self.open[fill.contract_id] = record
        profit = record.trade(fill)
        if record.closed_ns is not None:
            self.closed.append(self.open.pop(fill.contract_id))
        return record, profit

    def on_entry(self, contract_id: ContractId, entry: Decimal | None) -> None:
        """Take over the average price that the ledger holds, which rounds in its own way."""
        record = self.open.get(contract_id)
        if record is not None and entry is not None:
            record.cost = entry * record.net

    def on_funding(self, payment: FundingPayment) -> PositionRecord | None:
        """Take in a payment; return the position that it is for, None when it has closed since."""
        record = self.open.get(payment.contract_id)
        if record is not None:
            record.funding += payment.amount
        return record


def exposure(net: Decimal, orders: Iterable[OrderInfo]) -> Decimal:
    """Return the larger size that filling all buys or all sells would leave, without a sign."""
    bought = sold = ZERO
    for order in orders:
        if order.order_type.conditional or order.reduce_only:
            continue
        if order.side is Side.BUY:
            bought += order.remaining_size
        else:
            sold += order.remaining_size
    return max(abs(net + bought), abs(net - sold))
