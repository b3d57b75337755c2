"""One request as the desks see it: read, counted and, where it must be, proven."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from venue_simulators.okx.account_book import AccountBook
from venue_simulators.okx.fields import Fields


@dataclass(frozen=True, slots=True)
class Call:
    """A private request; ``items`` holds the objects of a body that is one or a list of them."""

    book: AccountBook
    fields: Fields
    items: Sequence[Fields] = ()
    expires_ms: int | None = None
    """Until when an order may be taken in."""


PublicHandler: TypeAlias = Callable[[Fields], Sequence[object]]
"""Returns the rows of the answer."""
PrivateHandler: TypeAlias = Callable[[Call], Sequence[object]]
ItemsHandler: TypeAlias = Callable[[Call], list[dict[str, object]]]
"""Returns a row with its own code for each item."""
