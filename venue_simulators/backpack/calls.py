"""One request as the desks see it: read, proven and counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from venue_simulators.backpack.account_book import AccountBook
from venue_simulators.backpack.fields import NO_FIELDS, Fields
from venue_simulators.wire import HttpResponse


@dataclass(frozen=True, slots=True)
class Call:
    """A private request of a proven account; parameters stand in the query or in the body."""

    book: AccountBook
    query: Fields = NO_FIELDS
    body: Fields = NO_FIELDS
    batch: Sequence[Fields] = ()


PrivateHandler: TypeAlias = Callable[[Call], HttpResponse]
PublicHandler: TypeAlias = Callable[[Fields], HttpResponse]
