"""Lists that come page by page, each asked for by what the one before it told.

How a venue spells a page and its cursor is its own word; that the list is read to its end, and not
for ever, is said here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import msgspec

from exchange_clients.errors import MalformedPayload
from exchange_clients.events import Unreadable
from exchange_clients.shared.flow import Flow, Request
from exchange_clients.shared.instants import MS
from exchange_clients.shared.rows import read_rows, told_apart

PAGES_MAX = 1000
"""Of one list; a cursor that leads on for ever is a fault of the venue."""

R = TypeVar("R")
W = TypeVar("W")
"""The wire struct of a row."""
_RAWS = msgspec.json.Decoder(list[msgspec.Raw])
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


@dataclass(frozen=True, slots=True)
class Ascending(Generic[W, R]):
    """A list that ascends in time and is cut after ``limit`` rows: the next page begins in it."""

    row_type: type[W]
    read: Callable[[W], R]
    at_ns: Callable[[R], int]
    limit: int

    def between(
        self, request_of: Callable[[int], Request], start_ns: int, end_ns: int
    ) -> Flow[list[R | Unreadable]]:
        """Return the rows of [start, end), oldest first, to the last page; then the unreadable.

        Pages meet at an instant, not between two: the rows of that instant are told twice, alike
        to the byte, and counted once.

        Args:
            request_of: Asks for the rows from an instant on, in ms since the epoch.
            start_ns: The first instant of interest.
            end_ns: The first that is not.

        Raises:
            MalformedPayload: one instant fills a page, so that what follows cannot be asked for.
        """
        found: dict[bytes, R | Unreadable] = {}
        start_ms = start_ns // MS
        while True:
            answer = yield request_of(start_ms)
            raws = _RAWS.decode(answer.body)
            rows = read_rows(raws, self.row_type, self.read)
            found |= dict(zip(map(bytes, raws), rows, strict=True))
            if len(raws) < self.limit:
                break
            times = [self.at_ns(each) for each in told_apart(rows)[0]]
            last_ms = max(times, default=0) // MS
            if last_ms <= start_ms:
                raise MalformedPayload(f"a page of {self.limit} rows does not lead on")
            start_ms = last_ms
        known, unread = told_apart(found.values())
        within = [each for each in known if start_ns <= self.at_ns(each) < end_ns]
        return [*sorted(within, key=self.at_ns), *unread]


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
