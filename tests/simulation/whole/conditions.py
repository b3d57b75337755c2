"""What may hold for a moment, and must not for long."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that holds now and must not for long."""

    text: str
    """A sentence that begins with the number of its rule, the same while it lasts."""
    limit_s: float
    venue: str = ""
    """Which venue it takes; all of them where it is empty."""
