"""Lists that come newest first and in pages; a cursor is opaque to whoever passes it back."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import TypeVar

from venue_simulators.grvt.body import Body
from venue_simulators.grvt.errors import MALFORMED, GrvtError

Row = TypeVar("Row")

DEFAULT_LIMIT = 500
LIMIT_MAX = 1000


def limit_of(body: Body) -> int:
    """Return how many rows a page may hold."""
    limit = body.integer("limit", DEFAULT_LIMIT)
    if not 1 <= limit <= LIMIT_MAX:
        raise GrvtError(MALFORMED, f"limit must be from 1 to {LIMIT_MAX}")
    return limit


def span_of(body: Body) -> tuple[int, int]:
    """Return the instants (epoch ns) from which and before which rows are asked for."""
    return body.integer("start_time", 0), body.integer("end_time", (1 << 63) - 1)


def page(rows: Sequence[Row], body: Body) -> tuple[Sequence[Row], str]:
    """Return a page, newest first, and the cursor of the next one (empty at the end).

    Args:
        rows: Oldest first. The cursor counts from the oldest, so rows that come meanwhile at the
            newer end move nothing.
        body: With ``limit`` and ``cursor``.
    """
    end = min(cursor_of(body, len(rows)), len(rows))
    start = max(end - limit_of(body), 0)
    return rows[start:end][::-1], cursor(start) if start else ""


def cursor(position: int) -> str:
    """Return the cursor that stands for a position."""
    return urlsafe_b64encode(f"page:{position}".encode()).decode()


def cursor_of(body: Body, default: int) -> int:
    """Return the position that the request's cursor stands for."""
    if not body.has("cursor"):
        return default
    try:
        word, _, position = urlsafe_b64decode(body.text("cursor")).decode().partition(":")
        if word == "page":
            return int(position)
    except ValueError:
        pass
    raise GrvtError(MALFORMED, "cursor is not one of ours")
