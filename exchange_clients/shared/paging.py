"""Lists that come page by page, each asked for by what the one before it told.

How a venue spells a page and its cursor is its own word; that the list is read to its end, and not
for ever, is said here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from exchange_clients.errors import MalformedPayload
from exchange_clients.shared.flow import Flow, Request

PAGES_MAX = 1000
"""Of one list; a cursor that leads on for ever is a fault of the venue."""

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


class Page(Protocol[R_co]):
    """One page: its rows, and what the next one is asked for by."""

    @property
    def rows(self) -> Sequence[R_co]:
        """In the venue's order."""

    @property
    def cursor(self) -> str | None:
        """Empty, or None, on the last page."""


@dataclass(frozen=True, slots=True)
class Told(Generic[R]):
    """A page whose cursor stands in no field of its own."""

    rows: Sequence[R]
    cursor: str | None


def every_page(
    request_of: Callable[[str | None], Request],
    read: Callable[[bytes], Page[R]],
    enough: Callable[[Sequence[R]], bool] = lambda rows: False,
) -> Flow[list[R]]:
    """Return the rows of every page, or of as many as are enough, as the venue orders them.

    Args:
        request_of: Asks for the page of a cursor; None asks for the first.
        read: Takes the body of an answer apart.
        enough: Says of the rows so far that what is looked for is among them.

    Raises:
        MalformedPayload: the list does not end.
    """
    rows: list[R] = []
    cursor: str | None = None
    for _ in range(PAGES_MAX):
        answer = yield request_of(cursor)
        page = read(answer.body)
        rows += page.rows
        cursor = page.cursor or None
        if cursor is None or enough(rows):
            return rows
    raise MalformedPayload(f"a list did not end after {PAGES_MAX} pages")
