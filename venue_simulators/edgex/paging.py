"""Lists that come newest first and in pages; the cursor of the next page is opaque.

A page that is the last has an empty cursor.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import TypeVar

from venue_simulators.edgex.errors import invalid
from venue_simulators.edgex.fields import Fields
from venue_simulators.edgex.wording import Words

ROWS_MAX = 100
"""Of most lists; also what a page holds where nothing is said."""
_T = TypeVar("_T")


def size_of(fields: Fields, most: int = ROWS_MAX) -> int:
    """Return how many rows a page may hold."""
    size = fields.whole("size", str(ROWS_MAX))
    if not 1 <= size <= most:
        raise invalid("size", size)
    return size


def page(
    rows: Sequence[_T], fields: Fields, words: Callable[[_T], Words], most: int = ROWS_MAX
) -> Words:
    """Return a page.

    Args:
        rows: Oldest first. The cursor counts from the oldest, so rows that come meanwhile at the
            newer end move nothing.
        fields: With ``size`` and ``offsetData``.
        words: Makes a row.
        most: How many rows a page may hold.
    """
    size = size_of(fields, most)
    end = min(offset_of(fields, len(rows)), len(rows))
    start = max(end - size, 0)
    shown = [words(row) for row in rows[start:end][::-1]]
    return {"dataList": shown, "nextPageOffsetData": offset(start) if start else ""}


def offset(position: int) -> str:
    """Return the cursor that stands for a position."""
    return urlsafe_b64encode(f"offset:{position}".encode()).decode()


def offset_of(fields: Fields, default: int) -> int:
    """Return the position that the request's cursor stands for."""
    if not fields.has("offsetData"):
        return default
    text = fields.text("offsetData")
    try:
        word, _, position = urlsafe_b64decode(text).decode().partition(":")
        if word == "offset" and position.isdecimal():
            return int(position)
    except ValueError:
        pass
    raise invalid("offsetData", text)
