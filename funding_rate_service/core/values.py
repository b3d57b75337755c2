"""What a collection of a venue's rates consists of.

Rates are fractions of notional per ``interval_hours``, exactly as the venue gave them; the rate per
eight hours is computed from both. Amounts are USD, instants epoch nanoseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

import msgspec

from exchange_clients.base_funding_adapter import CANONICAL_INTERVAL_HOURS
from execution.funding_edge import HOURS_PER_YEAR
from execution.settlements import HOUR_NS, FundingSchedule

MS = 1_000_000
"""Nanoseconds of a millisecond: the store keeps instants in milliseconds."""


class MarketRate(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One market's rate as its venue told it, with what else the venue said of the market.

    The store keeps the latest ones as arrays in this order: new fields come last, with a default.
    """

    symbol: str
    rate: Decimal
    interval_hours: Decimal
    next_funding_ns: int | None
    """One instant of the venue's grid; None where funding accrues."""
    volume_24h_usd: Decimal | None = None
    open_interest_usd: Decimal | None = None
    """One-sided: a venue that counts both sides was halved, and ``two_sided_source`` says so."""
    two_sided_source: bool = False
    mark_price: Decimal | None = None
    """Of one token, whatever a contract holds."""
    maker_fee: Decimal | None = None
    taker_fee: Decimal | None = None

    @property
    def rate_8h(self) -> Decimal:
        """The rate per eight hours."""
        return self.rate * CANONICAL_INTERVAL_HOURS / self.interval_hours

    @property
    def annual(self) -> Decimal:
        """The rate repeated for a year, without compounding."""
        return self.rate * HOURS_PER_YEAR / self.interval_hours

    @property
    def schedule(self) -> FundingSchedule:
        """When it is settled."""
        interval_ns = int(self.interval_hours * HOUR_NS)
        return FundingSchedule(self.rate, interval_ns, self.next_funding_ns)


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A row that is never served as true: which, and what is wrong with it."""

    symbol: str
    reason: str


@dataclass(frozen=True, slots=True)
class Collection:
    """What one look at a venue brought."""

    venue: str
    at_ns: int
    """When it was asked."""
    rates: Sequence[MarketRate]
    quarantined: Sequence[Quarantined] = ()
    duration_ms: int = 0


@dataclass(frozen=True, slots=True)
class Attempt:
    """One line of the collection log; ``error`` is empty when the venue answered."""

    venue: str
    at_ns: int
    duration_ms: int
    rows: int
    quarantined: int
    error: str = ""


class SeriesKey(NamedTuple):
    """Which series: one symbol at one venue."""

    venue: str
    symbol: str


@dataclass(frozen=True, slots=True)
class Settlement:
    """A rate that was settled; ``interval_hours`` is None where the source does not say."""

    at_ns: int
    rate: Decimal
    interval_hours: Decimal | None


class SettledRow(NamedTuple):
    """A settled rate as it is stored: files hold millions."""

    key: SeriesKey
    at_ms: int
    rate_text: str
    """Digits that were read as a finite number."""
    interval_s: int | None
