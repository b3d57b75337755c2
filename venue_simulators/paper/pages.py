"""Long lists, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence

from venue_simulators.paper.rows import Row


def page(rows: Sequence[tuple[int, Row]], cursor: int, limit: int) -> Row:
    """Return the rows after a cursor, and the cursor of the next page; None after the last.

    Args:
        rows: Each with a number that ascends and stays its own, so that rows which come or go
            meanwhile move no other to another page.
        cursor: The number of the last row that was seen, 0 in the beginning.
        limit: At most so many rows.
    """
    left = [(number, row) for number, row in rows if number > cursor]
    shown = left[:limit]
    following = str(shown[-1][0]) if len(left) > limit else None
    return {"rows": [row for _, row in shown], "next": following}
