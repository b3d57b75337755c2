"""Pages as OKX turns them: newest first, ``after`` asks for older rows and ``before`` for newer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from venue_simulators.okx.errors import parameter_error
from venue_simulators.okx.fields import Fields

LIMIT_MAX = 100
_Row = TypeVar("_Row")


def limit_of(query: Fields, maximum: int = LIMIT_MAX, default: int = 100) -> int:
    """Return how many rows are asked for."""
    limit = query.whole("limit")
    if limit is None:
        return default
    if not 1 <= limit <= maximum:
        raise parameter_error("limit")
    return limit


def page(
    query: Fields,
    rows: Iterable[_Row],
    key: Callable[[_Row], int],
    maximum: int = LIMIT_MAX,
) -> list[_Row]:
    """Return the page that a query asks for.

    Args:
        query: Holds ``after``, ``before`` and ``limit``; neither bound is part of the page.
        rows: Oldest first.
        key: What the bounds are compared with.
        maximum: The largest page.
    """
    after, before = query.whole("after"), query.whole("before")
    limit = limit_of(query, maximum)
    chosen = [
        row
        for row in rows
        if (after is None or key(row) < after) and (before is None or key(row) > before)
    ]
    return chosen[::-1][:limit]
