"""Pages of lists: a cursor names the last row that was given, and already holds %-escapes.

Whoever asks for the next page puts the cursor into the query and into what is signed as it came.
One that was escaped a second time is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar
from urllib.parse import quote

from exchange_clients.base_models import NS
from venue_simulators.bybit.errors import invalid
from venue_simulators.bybit.fields import Fields
from venue_simulators.bybit.wording import MS_NS

_Row = TypeVar("_Row")
DAY_MS = 86_400_000
SPAN_MAX_MS = 7 * DAY_MS


def page(
    query: Fields, rows: Sequence[_Row], key: Callable[[_Row], str], default: int, maximum: int
) -> tuple[Sequence[_Row], str]:
    """Return the rows after the cursor and the cursor of the page after these, empty at the end.

    Raises:
        Refusal: the cursor is none of this list's.
    """
    limit = query.within("limit", default, maximum)
    cursor = query.text("cursor")
    start = 0 if cursor is None else _after(cursor, [key(row) for row in rows])
    chosen = rows[start : start + limit]
    last = start + len(chosen)
    if not chosen or last >= len(rows):
        return chosen, ""
    cursor = f"first={key(chosen[0])}&last={key(chosen[-1])}"
    return chosen, quote(cursor, safe="")


def span_ns(query: Fields, now_ns: int, default_ms: int = SPAN_MAX_MS) -> tuple[int, int]:
    """Return [start, end) of a history in nanoseconds.

    One time alone fixes the other; neither is the time until now.

    Raises:
        Refusal: the times are more than seven days apart, or the wrong way round.
    """
    start, end = query.whole("startTime"), query.whole("endTime")
    if start is None and end is None:
        return max(now_ns - default_ms * MS_NS, 0), now_ns + NS
    if start is None:
        assert end is not None
        start = max(end - default_ms, 0)
    elif end is None:
        end = start + default_ms
    assert end is not None
    if end < start:
        raise invalid("endTime is before startTime")
    if end - start > SPAN_MAX_MS:
        raise invalid("The time range between startTime and endTime cannot exceed 7 days")
    return start * MS_NS, (end + 1) * MS_NS


def _after(cursor: str, keys: Sequence[str]) -> int:
    head, separator, last = cursor.partition("&last=")
    if not separator or not head.startswith("first=") or last not in keys:
        raise invalid("cursor invalid")
    return keys.index(last) + 1
