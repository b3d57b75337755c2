"""One private request as the desks see it: read, proven and counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from venue_simulators.edgex.account_book import AccountBook
from venue_simulators.edgex.fields import Fields


@dataclass(frozen=True, slots=True)
class Call:
    """A request of a proven account."""

    book: AccountBook
    fields: Fields


PrivateCall: TypeAlias = Callable[[Call], object]
PublicCall: TypeAlias = Callable[[Fields], object]
"""Return ``data``."""
