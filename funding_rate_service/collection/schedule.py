"""When a venue is asked: at whole multiples of the period, by the wall clock.

Samples of all venues then belong to the same instants and can be compared. Who takes longer than a
period skips what was missed instead of running after it.
"""

from __future__ import annotations


def next_slot_ns(now_ns: int, period_ns: int) -> int:
    """Return the first slot after ``now_ns``: for a period of 60 s the next full minute."""
    if period_ns <= 0:
        raise ValueError(f"period_ns must be positive, got {period_ns}")
    return (now_ns // period_ns + 1) * period_ns


def missed_slots(before_ns: int, after_ns: int, period_ns: int) -> int:
    """Return how many slots passed unused between two collections, without the one of the second.

    >>> missed_slots(60, 180, 60)
    1
    """
    return max(0, after_ns // period_ns - before_ns // period_ns - 1)
