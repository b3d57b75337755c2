"""The position of one market at average cost, and what it has realised; exact to the last digit.

Invariant: ``realised - open_cost`` is minus the sum of every signed notional, exactly. So a run
that ends flat has realised precisely what it was paid less what it paid. A part that is closed
takes its share of the cost rounded down to ``quantum`` (tick x step, the smallest amount a venue
can count); the rest stays in the cost of what remains, so nothing is lost to rounding.
"""

from __future__ import annotations

from decimal import Decimal

from exchange_clients.base_models import ZERO, Fill, Side
from exchange_clients.events import FundingPayment
from exchange_clients.ledger import fee_in_dollars
from reporting.numbers import EXACT


class PositionLedger:
    """Takes fills; tells size (signed), average cost and realised price PnL in USD."""

    __slots__ = (
        "_notional",
        "_paid",
        "_quantum",
        "fees",
        "funding",
        "net",
        "open_cost",
        "other_fees",
        "size",
    )

    def __init__(
        self, quantum: Decimal, size: Decimal = ZERO, average_price: Decimal = ZERO
    ) -> None:
        assert quantum > 0, f"quantum must be above zero, got {quantum}"
        self._quantum = quantum
        self.size = size
        """Base units; long above zero."""
        self.open_cost = EXACT.multiply(size, average_price)
        """What the present size cost: size times average price, signed as the size."""
        self._notional = self.open_cost
        self.fees = ZERO
        self.other_fees: dict[str, Decimal] = {}
        """Paid in other assets than dollars, which are in no sum: by asset."""
        self.funding = ZERO
        self.net = ZERO
        """Realised price PnL less fees plus funding: the change of the cash balance."""
        self._paid = self.open_cost

    @property
    def realised(self) -> Decimal:
        """Price PnL of what was closed, before fees and funding."""
        return EXACT.subtract(self.open_cost, self._notional)

    @property
    def average_price(self) -> Decimal | None:
        """Average cost of the open size; None when flat."""
        return EXACT.divide(self.open_cost, self.size) if self.size else None

    def unrealised(self, price: Decimal) -> Decimal:
        """Return what closing everything at ``price`` would realise."""
        return EXACT.subtract(EXACT.multiply(self.size, price), self.open_cost)

    def gain(self, price: Decimal) -> Decimal:
        """Return ``net`` and what is unrealised at ``price`` together, in one step."""
        return EXACT.fma(self.size, price, -self._paid)

    def on_fill(self, side: Side, price: Decimal, size: Decimal, fee: Decimal) -> None:
        """Add a fill; ``size`` positive, ``fee`` positive when paid."""
        assert size > 0, f"a fill has a size above zero, got {size}"
        change = size if side is Side.BUY else -size
        notional = EXACT.multiply(change, price)
        self._notional = EXACT.add(self._notional, notional)
        self.fees = EXACT.add(self.fees, fee)
        after = EXACT.add(self.size, change)
        if self.size * change >= 0:
            self.open_cost = EXACT.add(self.open_cost, notional)
        elif self.size * after > 0:
            self.open_cost = EXACT.subtract(self.open_cost, self._released(size))
        else:
            self.open_cost = EXACT.multiply(after, price)
        self.size = after
        self._set_net()

    def book_fill(self, venue: str, fill: Fill) -> None:
        """Add a fill of the one market there is."""
        del venue
        fee = fee_in_dollars(fill, self.other_fees)
        self.on_fill(fill.side, fill.price, fill.size, fee)

    def book_funding(self, venue: str, payment: FundingPayment) -> bool:
        """Add a payment; return whether it told anything new: each comes once."""
        del venue
        self.on_funding(payment.amount)
        return True

    def on_funding(self, amount: Decimal) -> None:
        """Add a settled payment, positive when received."""
        self.funding = EXACT.add(self.funding, amount)
        self._set_net()

    def _set_net(self) -> None:
        """Compute once what every sample of the equity reads."""
        self.net = EXACT.add(EXACT.subtract(self.realised, self.fees), self.funding)
        self._paid = EXACT.subtract(self.open_cost, self.net)

    def _released(self, closed: Decimal) -> Decimal:
        """Return the cost of ``closed`` out of the present size, rounded down."""
        share = EXACT.multiply(self.open_cost, closed)
        units, rest = EXACT.divmod(share, EXACT.multiply(abs(self.size), self._quantum))
        whole = units - 1 if rest < 0 else units  # divmod of decimals rounds towards zero
        return EXACT.multiply(whole, self._quantum)
