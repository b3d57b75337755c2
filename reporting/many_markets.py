"""The books of a run over several markets: one ledger for each, and their sums.

Sizes of different markets do not add up, so the whole has none; money does. An open position is
worth what its own market last traded at, or was last quoted at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import TypeAlias

from exchange_clients.base_models import ZERO, ContractId, Fill, Market
from exchange_clients.events import FundingPayment
from exchange_clients.ledger import fee_in_dollars
from reporting.numbers import EXACT
from reporting.position import PositionLedger

MarketKey: TypeAlias = tuple[str, ContractId]
"""Venue and contract."""


class ManyLedgers:
    """Takes fills and payments of any market; tells sums in USD.

    Args:
        market_of: Returns a market by venue and contract.
    """

    size = ZERO
    average_price = None

    def __init__(self, market_of: Callable[[str, ContractId], Market]) -> None:
        self._market_of = market_of
        self._ledgers: dict[MarketKey, PositionLedger] = {}
        self._marks: dict[MarketKey, Decimal] = {}
        self._payments: dict[tuple[str, str], Decimal] = {}
        self.other_fees: dict[str, Decimal] = {}
        """Paid in other assets than dollars, which are in no sum: by asset."""

    def book_fill(self, venue: str, fill: Fill) -> None:
        """Add a fill to its market's ledger."""
        key = (venue, fill.contract_id)
        self._marks[key] = fill.price
        ledger = self._ledgers.get(key)
        if ledger is None:
            market = self._market_of(venue, fill.contract_id)
            ledger = self._ledgers[key] = PositionLedger(market.tick * market.step)
        fee = fee_in_dollars(fill, self.other_fees)
        ledger.on_fill(fill.side, fill.price, fill.size, fee)

    def book_funding(self, venue: str, payment: FundingPayment) -> bool:
        """Take a payment, or its correction; return whether it told anything new."""
        name = (venue, payment.payment_id)
        if self._payments.get(name) == payment.amount:
            return False
        self._payments[name] = payment.amount
        return True

    def mark(self, key: MarketKey, price: Decimal) -> None:
        """Value a market's position at a price from now on."""
        self._marks[key] = price

    def open_markets(self) -> list[MarketKey]:
        """Return the markets in which something is held."""
        return [key for key, ledger in self._ledgers.items() if ledger.size]

    @property
    def realised(self) -> Decimal:
        """Price PnL of what was closed, before fees and funding."""
        return _sum(ledger.realised for ledger in self._ledgers.values())

    @property
    def fees(self) -> Decimal:
        """Fees paid, less rebates."""
        return _sum(ledger.fees for ledger in self._ledgers.values())

    @property
    def funding(self) -> Decimal:
        """Funding received, less what was paid."""
        return _sum(self._payments.values())

    @property
    def net(self) -> Decimal:
        """Realised price PnL less fees plus funding: the change of all cash balances."""
        return EXACT.add(EXACT.subtract(self.realised, self.fees), self.funding)

    def unrealised(self, price: Decimal) -> Decimal:
        """Return what closing everything would realise, each market at its own mark."""
        del price
        return _sum(ledger.unrealised(self._marks[key]) for key, ledger in self._ledgers.items())

    def gain(self, price: Decimal) -> Decimal:
        """Return ``net`` and what is unrealised together."""
        return EXACT.add(self.net, self.unrealised(price))


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    total = ZERO
    for amount in amounts:
        total = EXACT.add(total, amount)
    return total
