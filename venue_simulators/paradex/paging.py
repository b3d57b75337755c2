"""Lists that come newest first, in pages; a cursor is opaque to whoever passes it back."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import TypeVar

from venue_simulators.paradex.fields import Fields
from venue_simulators.paradex.terms import MS
from venue_simulators.paradex.wording import Json, Words

Row = TypeVar("Row")
SIZE_DEFAULT = 100
SIZE_MAX = 5000
FOREVER_MS = (1 << 63) // MS


def span_ns(query: Fields, first: str = "start_at", last: str = "end_at") -> tuple[int, int]:
    """Return the instants (epoch ns) from which and up to which rows are asked for."""
    start_ms, end_ms = query.whole(first), query.whole(last)
    return (start_ms or 0) * MS, (FOREVER_MS if end_ms is None else end_ms + 1) * MS - 1


def page(
    rows: Sequence[Row], query: Fields, word: Callable[[Row], Json], size_max: int = SIZE_MAX
) -> Words:
    """Return a page of rows with the cursors of its neighbours.

    Args:
        rows: Oldest first. The cursor counts from the oldest, so rows that come meanwhile at the
            newer end move nothing.
        query: With ``page_size`` and ``cursor``.
        word: How a row is told.
        size_max: The most that a page may hold.
    """
    size = page_size(query, size_max)
    end = min(_position(query, len(rows)), len(rows))
    start = max(end - size, 0)
    newer = min(end + size, len(rows))
    return {
        "results": [word(row) for row in reversed(rows[start:end])],
        "next": _cursor(start) if start else None,
        "prev": _cursor(newer) if newer > end else None,
    }


def page_size(query: Fields, size_max: int = SIZE_MAX) -> int:
    """Return how many rows a page may hold."""
    size = query.whole("page_size")
    if size is None:
        return SIZE_DEFAULT
    if not 1 <= size <= size_max:
        raise query.fault("page_size", f"must be from 1 to {size_max}")
    return size


def _cursor(position: int) -> str:
    return urlsafe_b64encode(f"page:{position}".encode()).decode()


def _position(query: Fields, default: int) -> int:
    text = query.text("cursor")
    if text is None:
        return default
    try:
        word, _, position = urlsafe_b64decode(text.encode()).decode().partition(":")
        if word == "page" and position.isdigit():
            return int(position)
    except ValueError:
        pass
    raise query.fault("cursor", "is not one of ours")
