"""Positions as Bybit keeps them: one for a market, or a long and a short one side by side.

The engine nets every account's position in a market. In hedge mode the two legs are kept here, each
with its own entry and profit; the engine holds their sum, so margin and liquidation are those of
the sum, and funding is shared out by size. Equity is the same either way: what the engine realises
where one leg opens against the other is still unrealised here.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_models import ZERO, ContractId, Fill, Side

ONE_WAY, LONG, SHORT = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Closed:
    """What a fill closed of a position."""

    size: Decimal = ZERO
    entry_value: Decimal = ZERO
    exit_value: Decimal = ZERO
    profit: Decimal = ZERO
    """Before fees."""
    open_fee: Decimal = ZERO
    """The part of the fees of its opening that belongs to what was closed."""


NOTHING = Closed()


@dataclass(slots=True, eq=False)
class Leg:
    """One position; ``size`` is signed, and ``cost`` is what it was bought for, signed alike."""

    contract_id: ContractId
    index: int
    created_ns: int
    updated_ns: int = 0
    opened_ns: int = 0
    size: Decimal = ZERO
    cost: Decimal = ZERO
    fees: Decimal = ZERO
    """Paid for what is open now."""
    realised: Decimal = ZERO
    """Since it was opened last, fees and funding included."""
    realised_ever: Decimal = ZERO
    seq: int = 0

    @property
    def entry(self) -> Decimal:
        """The average price; zero when flat."""
        return self.cost / self.size if self.size else ZERO

    @property
    def side(self) -> Side | None:
        """Which way it stands, None when flat."""
        if not self.size:
            return None
        return Side.BUY if self.size > 0 else Side.SELL

    def closable(self, side: Side) -> Decimal:
        """Return how much an order of a side could close."""
        return max(-self.size * side.sign, ZERO)

    def apply(self, fill: Fill, seq: int) -> Closed:
        """Take in a fill and return what it closed; what is more than the position turns it."""
        self.seq, self.updated_ns = seq, fill.venue_ns
        closed = min(self.closable(fill.side), fill.size)
        opened = fill.size - closed
        outcome = NOTHING
        fee_closed = fill.fee * closed / fill.size
        if closed:
            outcome = self._close(fill, closed)
            self._earn(outcome.profit - fee_closed)
        if opened:
            if not self.size:
                self.opened_ns, self.realised = fill.venue_ns, ZERO
            self.size += opened * fill.side.sign
            self.cost += opened * fill.side.sign * fill.price
            self.fees += fill.fee - fee_closed
            self._earn(fee_closed - fill.fee)
        return outcome

    def pay(self, amount: Decimal, at_ns: int) -> None:
        """Take in funding, positive when received."""
        self.updated_ns = at_ns
        self._earn(amount)

    def _close(self, fill: Fill, closed: Decimal) -> Closed:
        before = abs(self.size)
        entry, sign = self.entry, 1 if self.size > 0 else -1
        open_fee = self.fees * closed / before
        self.size -= closed * sign
        self.cost = entry * self.size
        self.fees -= open_fee
        profit = (fill.price - entry) * closed * sign
        return Closed(closed, entry * closed, fill.price * closed, profit, open_fee)

    def _earn(self, amount: Decimal) -> None:
        self.realised += amount
        self.realised_ever += amount
