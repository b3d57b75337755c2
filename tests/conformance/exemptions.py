"""Which case a venue cannot be held to, and which capability of the venue is the reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Exemption:
    """Why a case is impossible on a venue."""

    capability: str
    """What the venue has, or has not."""
    why: str
    """One sentence."""


EXEMPTIONS: Mapping[tuple[str, str], Exemption] = {}
"""By the case's name and the venue's."""
