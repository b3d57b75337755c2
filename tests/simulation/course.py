"""What is interrupted: something that begins, does its effects, and comes to an end."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Protocol

import msgspec

from tests.simulation.plan import Failure, Kill
from tests.simulation.ruin import EffectKind


class Left(msgspec.Struct, frozen=True):
    """What is left of a course."""

    breaches: tuple[str, ...]
    effects: tuple[int, ...]
    """Of each life: its writes and sendings."""
    kinds: tuple[EffectKind, ...]
    """Of those of the first life."""
    held: dict[str, Decimal]
    """What our orders hold in each market in the end, signed."""


class Course(Protocol):
    """Something that can be interrupted, and goes on."""

    def play(self, kills: tuple[Kill, ...] = (), failure: Failure | None = None) -> Left:
        """Play it with these deaths, or with this going wrong."""

    def may_be_left(self, held: Mapping[str, Decimal], whole: Mapping[str, Decimal]) -> bool:
        """Tell whether what is held is sound where an uninterrupted course holds another."""
