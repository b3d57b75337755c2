"""When funding is settled, and how often that happens within a stretch of time.

A venue settles on a grid of its own: at one told instant, and every interval after it. Between two
settlements nothing is paid, so a horizon is worth the settlements that fall into it and not its
length times a rate. Where a venue tells no instant, funding accrues and every moment counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_funding_adapter import FundingRateSample
from exchange_clients.base_models import NS
from exchange_clients.shared.clock import to_ns

HOUR_NS = 3600 * NS


@dataclass(frozen=True, slots=True)
class FundingSchedule:
    """The rate of one market and when it is settled."""

    rate: Decimal
    """Fraction of notional per interval; longs pay it when it is above zero."""
    interval_ns: int
    next_ns: int | None
    """One instant of the grid (epoch ns), past or to come; None where funding accrues."""

    def __post_init__(self) -> None:
        if self.interval_ns <= 0:
            raise ValueError(f"interval_ns must be positive, got {self.interval_ns}")

    @classmethod
    def of(cls, sample: FundingRateSample) -> FundingSchedule:
        """Return the schedule that a venue's sample tells."""
        told = sample.next_funding_time
        interval_ns = int(sample.interval_hours * HOUR_NS)
        return cls(sample.raw_rate, interval_ns, None if told is None else to_ns(told))

    def next_after(self, now_ns: int) -> int | None:
        """Return the first settlement after ``now_ns``; None where funding accrues.

        An instant that has passed is moved on along the grid: venues tell the next one late.
        """
        if self.next_ns is None or self.next_ns > now_ns:
            return self.next_ns
        passed = (now_ns - self.next_ns) // self.interval_ns + 1
        return self.next_ns + passed * self.interval_ns

    def settlements(self, now_ns: int, until_ns: int) -> Decimal:
        """Return how many intervals are paid for after ``now_ns`` and up to ``until_ns``.

        A whole number on a grid; a fraction where funding accrues.
        """
        if until_ns <= now_ns:
            return Decimal(0)
        first_ns = self.next_after(now_ns)
        if first_ns is None:
            return Decimal(until_ns - now_ns) / self.interval_ns
        if first_ns > until_ns:
            return Decimal(0)
        return Decimal((until_ns - first_ns) // self.interval_ns + 1)

    def paid_by_longs(self, now_ns: int, until_ns: int) -> Decimal:
        """Return what a long pays until then as a fraction of notional, at the present rate."""
        return self.rate * self.settlements(now_ns, until_ns)
