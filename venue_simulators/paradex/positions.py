"""Positions from fill to fill: what they cost, what they made, and what funding has accrued.

Cash moves only when the position does: a fill makes the funding that has accrued real. Profit that
was made real is told until the position closes or turns, and begins again at zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_models import ZERO, ContractId, Fill


@dataclass(frozen=True, slots=True)
class Realised:
    """What one fill made real: profit before fees, and funding, positive when received."""

    profit: Decimal
    funding: Decimal


@dataclass(slots=True, eq=False)
class Position:
    """One market of one account; a closed one stays, with a size of zero."""

    contract_id: ContractId
    opened_ns: int
    size: Decimal = ZERO
    entry: Decimal = ZERO
    realised: Decimal = ZERO
    """Profit and funding since it was opened."""
    accrued: Decimal = ZERO
    """Funding since the last fill, positive when received."""
    index: Decimal = ZERO
    """The funding index at the last fill."""
    last_fill_id: str = ""
    seq: int = 0
    updated_ns: int = 0
    closed_ns: int | None = None

    @property
    def open(self) -> bool:
        """Whether there is anything to close."""
        return self.size != 0

    def trade(self, fill: Fill, index: Decimal) -> Realised:
        """Take in a fill at the present funding index and say what it made real."""
        change = fill.size * fill.side.sign
        after = self.size + change
        made = Realised(self._profit(change, fill.price), self.accrued)
        if not self.open:
            self.opened_ns = fill.venue_ns
        if self.size * change >= 0:
            self.entry = (self.size * self.entry + change * fill.price) / after
        elif after * self.size < 0:
            self.entry, self.opened_ns = fill.price, fill.venue_ns
        stays = after * self.size > 0
        self.realised = self.realised + made.profit + made.funding if stays else ZERO
        self.size, self.accrued, self.index = after, ZERO, index
        self.closed_ns = None if after else fill.venue_ns
        return made

    def _profit(self, change: Decimal, price: Decimal) -> Decimal:
        if self.size * change >= 0:
            return ZERO
        closed = min(abs(self.size), abs(change)).copy_sign(self.size)
        return closed * (price - self.entry)
