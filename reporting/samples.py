"""Price and equity over a run in bounded memory, and the deepest fall of equity.

At most ``SAMPLES_MAX`` points are kept. When they are full, neighbours are joined and the interval
doubles; a joined point keeps the lowest and highest mid of both, so no spike is lost. The same
inputs give the same points.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from exchange_clients.base_models import NS, ZERO

SAMPLES_MAX = 2048
INTERVAL_S = 1.0


class Sample(msgspec.Struct, gc=False):
    """One point: the last values heard within its interval, and the range of mid prices."""

    at_ns: int
    bid: Decimal
    ask: Decimal
    low: Decimal
    high: Decimal
    equity: Decimal
    position: Decimal
    net_pnl: Decimal
    """Realised less fees plus funding, so far."""

    def absorb(self, later: Sample) -> None:
        """Become the point that covers both."""
        self.at_ns = later.at_ns
        self.bid, self.ask = later.bid, later.ask
        self.low, self.high = min(self.low, later.low), max(self.high, later.high)
        self.equity, self.position, self.net_pnl = later.equity, later.position, later.net_pnl


class SampleSeries:
    """Points in order of time, one for each interval that was heard."""

    def __init__(
        self,
        start_ns: int,
        *,
        interval_s: float = INTERVAL_S,
        samples_max: int = SAMPLES_MAX,
    ) -> None:
        assert samples_max >= 2, f"samples_max must be at least 2, got {samples_max}"
        self._start_ns = start_ns
        self._max = samples_max
        self._next_ns = start_ns
        self.interval_ns = round(interval_s * NS)
        self.points: list[Sample] = []

    def add(self, sample: Sample) -> None:
        """Take a point; times never run backwards."""
        points = self.points
        if points and sample.at_ns < self._next_ns:
            points[-1].absorb(sample)
            return
        while len(self.points) >= self._max:
            self._join_neighbours()
        if self.points and sample.at_ns < self._next_ns:
            self.points[-1].absorb(sample)
            return
        self.points.append(sample)
        self._next_ns = self._end_of_interval(sample.at_ns)

    def _end_of_interval(self, at_ns: int) -> int:
        elapsed = (at_ns - self._start_ns) // self.interval_ns
        return self._start_ns + (elapsed + 1) * self.interval_ns

    def _join_neighbours(self) -> None:
        """Double the interval and join the points that now share one."""
        self.interval_ns *= 2
        joined: list[Sample] = []
        end_ns = self._start_ns
        for point in self.points:
            if joined and point.at_ns < end_ns:
                joined[-1].absorb(point)
            else:
                joined.append(point)
                end_ns = self._end_of_interval(point.at_ns)
        self.points = joined
        self._next_ns = end_ns


class Drawdown:
    """The deepest fall of equity from an earlier peak."""

    def __init__(self, equity: Decimal) -> None:
        self._peak = equity
        self.amount = ZERO
        """USD, never negative."""
        self.fraction = ZERO
        """Of the peak it fell from; zero where the peak was not above zero."""
        self.at_ns: int | None = None
        """When the lowest point was heard."""

    def on_equity(self, equity: Decimal, at_ns: int) -> None:
        """Compare a new value of equity with the peak so far."""
        if equity >= self._peak:
            self._peak = equity
            return
        fall = self._peak - equity
        if fall > self.amount:
            self.amount, self.at_ns = fall, at_ns
            self.fraction = fall / self._peak if self._peak > 0 else ZERO
