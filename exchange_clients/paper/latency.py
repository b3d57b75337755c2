"""How long a command and an answer travel, as a function of numbers alone.

A draw is a hash of (seed, direction, number) and not the next of a running stream: a venue that was
restored from its journal draws for command 17 what it drew before.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from exchange_clients.errors import ClientConfigError


@dataclass(frozen=True, slots=True)
class Latency:
    """One way each, in nanoseconds; up to ``jitter_ns`` is added to every draw."""

    up_ns: int = 5_000_000
    down_ns: int = 5_000_000
    jitter_ns: int = 0

    def __post_init__(self) -> None:
        for name in ("up_ns", "down_ns", "jitter_ns"):
            value = getattr(self, name)
            if value < 0:
                raise ClientConfigError(f"{name} must not be negative, got {value}")

    def up(self, seed: int, number: int) -> int:
        """Return how long command ``number`` travels to the venue."""
        return self.up_ns + self._jitter("up", seed, number)

    def down(self, seed: int, number: int) -> int:
        """Return how long report ``number`` travels from the venue."""
        return self.down_ns + self._jitter("down", seed, number)

    def _jitter(self, direction: str, seed: int, number: int) -> int:
        if self.jitter_ns == 0:
            return 0
        digest = hashlib.blake2b(f"{seed}/{direction}/{number}".encode(), digest_size=8)
        return int.from_bytes(digest.digest(), "little") % (self.jitter_ns + 1)


NO_LATENCY = Latency(up_ns=0, down_ns=0)
