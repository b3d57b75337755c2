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


_NO_AMEND = Exemption("no amending", "The venue has no request that changes a resting order.")
_NO_LOGIN = Exemption("no login", "Each request is signed, so that there is no session to renew.")

EXEMPTIONS: Mapping[tuple[str, str], Exemption] = {
    ("test_amend_changes_the_order_in_place", "backpack"): _NO_AMEND,
    ("test_amend_changes_the_order_in_place", "grvt"): _NO_AMEND,
    ("test_session_that_the_venue_forgot_is_renewed_once", "backpack"): _NO_LOGIN,
}
"""By the case's name and the venue's."""
