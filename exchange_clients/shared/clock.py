"""The only clock and the only source of randomness; everything else is given them.

Wall time is integer nanoseconds since the epoch. Waiting is always relative to the running event
loop, so that the same code runs on the machine's time and on virtual time (``virtual_time``).
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

from exchange_clients.base_models import NS

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    """What time it is, and how to wait."""

    def now_ns(self) -> int:
        """Return wall time in nanoseconds since the epoch."""

    def monotonic_ns(self) -> int:
        """Return nanoseconds that never step backwards, from an arbitrary start."""

    async def sleep(self, seconds: float) -> None:
        """Wait; cancellation passes through."""

    def call_later(self, seconds: float, callback: Callable[[], None]) -> asyncio.TimerHandle:
        """Run ``callback`` once after ``seconds``; the handle cancels it."""

    def deadline(self, seconds: float | None) -> asyncio.Timeout:
        """Return an ``async with`` block that raises TimeoutError after ``seconds``."""


class LoopWaits:
    """Waiting through the running loop, whichever loop that is."""

    async def sleep(self, seconds: float) -> None:
        """Wait on the running loop."""
        await asyncio.sleep(seconds)

    def call_later(self, seconds: float, callback: Callable[[], None]) -> asyncio.TimerHandle:
        """Set a timer on the running loop."""
        return asyncio.get_running_loop().call_later(seconds, callback)

    def deadline(self, seconds: float | None) -> asyncio.Timeout:
        """Bound a block by a timer on the running loop; None bounds nothing."""
        return asyncio.timeout(seconds)


class SystemClock(LoopWaits):
    """The machine's clock."""

    def now_ns(self) -> int:
        """Return the machine's wall time."""
        return time.time_ns()

    def monotonic_ns(self) -> int:
        """Return the machine's monotonic time."""
        return time.monotonic_ns()


class ManualClock(LoopWaits):
    """A clock that stands still until a test moves it."""

    def __init__(self, now_ns: int = 0) -> None:
        self._now_ns = now_ns

    def now_ns(self) -> int:
        """Return the time the test has set."""
        return self._now_ns

    def monotonic_ns(self) -> int:
        """Return the time the test has set."""
        return self._now_ns

    def advance(self, seconds: float) -> None:
        """Move forward; timers on the loop are not run."""
        assert seconds >= 0, f"a clock never runs backwards, got {seconds}"
        self._now_ns += round(seconds * NS)


class Rng:
    """Seeded randomness with named, independent streams.

    A stream's seed is a hash of (seed, name), so that adding a stream moves no other. Numbers are
    built from the bits of a counter hash and so are equal on every Python and platform.
    """

    def __init__(self, seed: int | str, name: str = "") -> None:
        self._key = hashlib.blake2b(f"{seed}/{name}".encode(), digest_size=32).digest()
        self._counter = 0
        self._pool = b""

    def stream(self, name: str) -> Rng:
        """Return an independent source that depends on this one's seed and ``name`` alone."""
        return Rng(self._key.hex(), name)

    def getrandbits(self, bits: int) -> int:
        """Return a uniform integer below 2**bits."""
        need = (bits + 7) // 8
        while len(self._pool) < need:
            self._pool += hashlib.blake2b(
                self._counter.to_bytes(8, "little"), key=self._key, digest_size=64
            ).digest()
            self._counter += 1
        chunk, self._pool = self._pool[:need], self._pool[need:]
        return int.from_bytes(chunk, "little") >> (need * 8 - bits)

    def random(self) -> float:
        """Return a uniform float in [0, 1)."""
        return self.getrandbits(53) / (1 << 53)

    def randint(self, low: int, high: int) -> int:
        """Return a uniform integer in [low, high]."""
        return low + int(self.random() * (high - low + 1))

    def uniform(self, low: float, high: float) -> float:
        """Return a uniform float in [low, high)."""
        return low + (high - low) * self.random()


def parse_instant(text: str) -> int:
    """Return nanoseconds since the epoch for an ISO text; a naive one is read as UTC."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1000


def to_ns(instant: datetime | int) -> int:
    """Return nanoseconds since the epoch for either form; a naive datetime is read as UTC.

    >>> to_ns(datetime(1970, 1, 1, 0, 0, 1, 5, tzinfo=UTC))
    1000005000
    """
    if isinstance(instant, int):
        return instant
    aware = instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant
    since = aware - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * NS + since.microseconds * 1000


def to_datetime(ns: int) -> datetime:
    """Return nanoseconds since the epoch as aware UTC, to the microsecond."""
    return _EPOCH + timedelta(microseconds=ns // 1000)


def to_iso(ns: int) -> str:
    """Return ``2026-11-21T02:14:28.000123Z``."""
    return to_datetime(ns).isoformat(timespec="microseconds").replace("+00:00", "Z")
