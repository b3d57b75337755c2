"""What was made in a market: every fill and funding payment once, by its id.

For each market: price PnL realised at average cost, fees, and funding. Their sum is what the
venue's balance changed by, exactly once the position is flat, because what is divided on the way
out of a position is subtracted from what remains in it.

Amounts in another asset than dollars (a fee in the venue's own coin) are kept by asset and are in
no sum: their worth is not known here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from exchange_clients.base_models import ZERO, Fill, Side
from exchange_clients.events import FundingPayment

DOLLARS = "USD"
"""How the names of assets begin that are counted as dollars: USD, USDC, USDT."""


@dataclass(frozen=True, slots=True)
class Split:
    """Realised PnL in its three parts, USD; ``fees`` is above zero when paid."""

    price: Decimal = ZERO
    funding: Decimal = ZERO
    fees: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        """What the balance changed by."""
        return self.price + self.funding - self.fees

    def __add__(self, other: Split) -> Split:
        """Add part by part."""
        return Split(self.price + other.price, self.funding + other.funding, self.fees + other.fees)


@dataclass(slots=True)
class Holding:
    """A position: ``quantity`` is signed, ``cost`` is what it was opened for."""

    quantity: Decimal = ZERO
    cost: Decimal = ZERO
    """USD with the sign of the quantity, at the prices of the fills."""
    price: Decimal = ZERO
    """What closing parts of it has made, USD, before fees."""

    def trade(self, side: Side, size: Decimal, price: Decimal) -> None:
        """Take a trade: first what it closes, then what it opens."""
        signed = size * side.sign
        closing = min(size, abs(self.quantity)) if signed * self.quantity < 0 else ZERO
        if closing:
            self._reduce(closing * side.sign, price)
        opening = signed - closing * side.sign
        self.quantity += opening
        self.cost += opening * price

    def unrealised(self, price: Decimal) -> Decimal:
        """Return what closing at ``price`` would add, before fees."""
        return self.quantity * price - self.cost

    def _reduce(self, size: Decimal, price: Decimal) -> None:
        """Close ``size`` (signed, against the position) at average cost."""
        released = self.cost if size == -self.quantity else self.cost * -size / self.quantity
        self.price += -size * price - released
        self.cost -= released
        self.quantity += size


@dataclass(slots=True)
class LegLedger(Holding):
    """The books of one leg."""

    fees: dict[str, Decimal] = field(default_factory=dict)
    """By asset."""
    trades: dict[str, int] = field(default_factory=dict)
    """When each trade that was booked took place (epoch ns), by its id."""
    payments: dict[str, Decimal] = field(default_factory=dict)
    """USD by payment id."""
    other_payments: dict[str, Decimal] = field(default_factory=dict)
    """In another asset than dollars, by asset and payment id: ``"BTC 17"``."""

    def book_fill(self, fill: Fill) -> bool:
        """Book a fill; return whether it was new."""
        if fill.trade_id in self.trades:
            return False
        self.trades[fill.trade_id] = fill.venue_ns
        self.fees[fill.fee_asset] = self.fees.get(fill.fee_asset, ZERO) + fill.fee
        self.trade(fill.side, fill.size, fill.price)
        return True

    def book_payment(self, payment: FundingPayment) -> bool:
        """Book a payment; one that comes again with another amount was corrected, and replaces it.

        Returns whether it told anything new.
        """
        books, name = self.payments, payment.payment_id
        if not is_dollars(payment.asset):
            books, name = self.other_payments, f"{payment.asset} {name}"
        if books.get(name) == payment.amount:
            return False
        books[name] = payment.amount
        return True

    @property
    def split(self) -> Split:
        """What was realised so far."""
        fees = sum((fee for asset, fee in self.fees.items() if is_dollars(asset)), start=ZERO)
        return Split(self.price, sum(self.payments.values(), start=ZERO), fees)

    @property
    def elsewhere(self) -> dict[str, Decimal]:
        """What the balances of other assets changed by."""
        changed = {asset: -fee for asset, fee in self.fees.items() if not is_dollars(asset) and fee}
        for name, amount in self.other_payments.items():
            asset = name.partition(" ")[0]
            changed[asset] = changed.get(asset, ZERO) + amount
        return changed


@dataclass(frozen=True, slots=True)
class ThreeViews:
    """One result seen three ways; all of them have the same sum."""

    per_venue: Mapping[str, Split]
    combined: Split

    @property
    def realised(self) -> Mapping[str, Decimal]:
        """The combined result by where it came from."""
        return {
            "price": self.combined.price,
            "funding": self.combined.funding,
            "fees": -self.combined.fees,
        }


def three_views(splits: Iterable[tuple[str, Split]]) -> ThreeViews:
    """Gather results by venue; a venue may come several times."""
    per_venue: dict[str, Split] = {}
    for venue, split in splits:
        per_venue[venue] = per_venue.get(venue, Split()) + split
    return ThreeViews(per_venue, sum(per_venue.values(), start=Split()))


def fee_in_dollars(fill: Fill, elsewhere: dict[str, Decimal]) -> Decimal:
    """Return a fill's fee where it was paid in dollars, else zero, and add it to ``elsewhere``."""
    if is_dollars(fill.fee_asset):
        return fill.fee
    elsewhere[fill.fee_asset] = elsewhere.get(fill.fee_asset, ZERO) + fill.fee
    return ZERO


def is_dollars(asset: str) -> bool:
    """Whether an asset is counted as dollars."""
    return asset.upper().startswith(DOLLARS)
