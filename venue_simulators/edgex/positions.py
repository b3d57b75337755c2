"""Positions as the venue counts them: values and fees summed up fill by fill.

``open_value`` carries the sign of the size. Fees here are negative when paid, as on every row about
positions and collateral; orders and fills state them the other way round.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from exchange_clients.base_models import ZERO, ContractId, Fill
from venue_simulators.edgex.wording import Words, money, plain


@dataclass(slots=True)
class Stat:
    """What was opened and closed on one side."""

    open_size: Decimal = ZERO
    open_value: Decimal = ZERO
    open_fee: Decimal = ZERO
    close_size: Decimal = ZERO
    close_value: Decimal = ZERO
    close_fee: Decimal = ZERO
    funding: Decimal = ZERO

    def words(self) -> Words:
        """Return the sums."""
        return {
            "cumOpenSize": plain(self.open_size),
            "cumOpenValue": money(self.open_value),
            "cumOpenFee": money(self.open_fee),
            "cumCloseSize": plain(self.close_size),
            "cumCloseValue": money(self.close_value),
            "cumCloseFee": money(self.close_fee),
            "cumFundingFee": money(self.funding),
            "cumLiquidateFee": "0",
        }


@dataclass(frozen=True, slots=True)
class Change:
    """What one fill did to a position; sizes and values of what it opened and closed are signed."""

    size: Decimal
    value: Decimal
    open_fee: Decimal
    """Added to the position's; where a fill closes, it releases a part."""
    opened: tuple[Decimal, Decimal, Decimal]
    """Size, value and fee."""
    closed: tuple[Decimal, Decimal, Decimal]
    gross: Decimal
    """Profit before this fill's fee."""


@dataclass(slots=True)
class Position:
    """One contract's position of one account; it stays when its size is zero."""

    contract_id: ContractId
    size: Decimal = ZERO
    open_value: Decimal = ZERO
    open_fee: Decimal = ZERO
    funding: Decimal = ZERO
    """Of the present term, positive when received."""
    term: int = 0
    """Counts the times that a position was opened."""
    opened_ns: int = 0
    updated_ns: int = 0
    term_profit: Decimal = ZERO
    total_profit: Decimal = ZERO
    """Realised, fees included."""
    long_term: Stat = field(default_factory=Stat)
    short_term: Stat = field(default_factory=Stat)
    long_total: Stat = field(default_factory=Stat)
    short_total: Stat = field(default_factory=Stat)

    @property
    def entry(self) -> Decimal:
        """The average price of what is open; zero when nothing is."""
        return self.open_value / self.size if self.size else ZERO

    def trade(self, fill: Fill) -> Change:
        """Take in a fill."""
        signed = fill.size * fill.side.sign
        closing = min(abs(self.size), fill.size) if self.size * signed < 0 else ZERO
        closed = closing * fill.side.sign
        opened = signed - closed
        close_fee = -fill.fee * closing / fill.size
        open_fee = -fill.fee - close_fee
        before = self.open_value, self.open_fee
        gross = self._close(closed, fill.price, close_fee)
        self._open(opened, fill.price, open_fee, fill.venue_ns)
        self.updated_ns = fill.venue_ns
        self.term_profit += gross - fill.fee
        self.total_profit += gross - fill.fee
        return Change(
            signed,
            self.open_value - before[0],
            self.open_fee - before[1],
            (opened, opened * fill.price, open_fee),
            (closed, closed * fill.price, close_fee),
            gross,
        )

    def pay(self, amount: Decimal, at_ns: int) -> None:
        """Take in funding: positive was received."""
        self.funding += amount
        self.updated_ns = at_ns
        for stat in self._stats(self.size):
            stat.funding += amount

    def _close(self, closed: Decimal, price: Decimal, fee: Decimal) -> Decimal:
        if not closed:
            return ZERO
        share = -closed / self.size
        value, released = self.open_value * share, self.open_fee * share
        for stat in self._stats(self.size):
            stat.close_size += closed
            stat.close_value += closed * price
            stat.close_fee += fee
        self.size += closed
        self.open_value -= value
        self.open_fee -= released
        if not self.size:
            self.open_value = self.open_fee = ZERO
        return -closed * price - value

    def _open(self, opened: Decimal, price: Decimal, fee: Decimal, at_ns: int) -> None:
        if not opened:
            return
        if not self.size:
            self.term += 1
            self.opened_ns = at_ns
            self.term_profit = self.funding = ZERO
            self.long_term, self.short_term = Stat(), Stat()
        for stat in self._stats(opened):
            stat.open_size += opened
            stat.open_value += opened * price
            stat.open_fee += fee
        self.size += opened
        self.open_value += opened * price
        self.open_fee += fee

    def _stats(self, sign: Decimal) -> tuple[Stat, Stat]:
        if sign >= 0:
            return self.long_term, self.long_total
        return self.short_term, self.short_total

    def words(self, account_id: str) -> Words:
        """Return the row of a position."""
        return {
            "accountId": account_id,
            "coinId": "1000",
            "contractId": self.contract_id,
            "openSize": plain(self.size),
            "openValue": money(self.open_value),
            "openFee": money(self.open_fee),
            "fundingFee": money(self.funding),
            "longTermCount": self.term if self.size >= 0 else 0,
            "longTermStat": self.long_term.words(),
            "longTermCreatedTime": str(self.opened_ns // 1_000_000),
            "shortTermCount": self.term if self.size < 0 else 0,
            "shortTermStat": self.short_term.words(),
            "shortTermCreatedTime": str(self.opened_ns // 1_000_000),
            "longTotalStat": self.long_total.words(),
            "shortTotalStat": self.short_total.words(),
            "createdTime": str(self.opened_ns // 1_000_000),
            "updatedTime": str(self.updated_ns // 1_000_000),
        }
