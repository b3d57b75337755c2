"""A seeded walk of quotes on a tick grid, the same for us and for every peer.

Pure Python without dependencies, because it also runs in the peers' own environments.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

TICK = 0.1
START_TICKS = 620_000
INTERVAL_NS = 100_000_000
START_NS = 1_700_000_000_000_000_000


def quote_ticks(count: int, seed: int = 7) -> Iterator[tuple[int, int, int]]:
    """Yield (instant ns, bid ticks, ask ticks) of a mean-reverting walk."""
    chance = random.Random(seed)
    middle = START_TICKS
    for index in range(count):
        pull = (START_TICKS - middle) / 2000
        middle += round(chance.gauss(pull, 8.0))
        spread = 1 + (chance.random() < 0.2) + (chance.random() < 0.05)
        yield START_NS + index * INTERVAL_NS, middle, middle + spread
