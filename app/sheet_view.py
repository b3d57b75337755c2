"""The sheet before the start, as lines of text: what a run earns, binds and leaves open.

What stands in the sheet is the strategy's business; here it is only laid out. A row to worry about
is marked, so that it is found in a log as well as on a screen.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Protocol

WARNING_MARK = "! "
PLAIN_MARK = "  "
COLUMNS = 80
"""Width of the narrowest terminal in common use."""


class Row(Protocol):
    """One line of a sheet."""

    @property
    def label(self) -> str:
        """Say what it is."""

    @property
    def value(self) -> str:
        """Say how much, with its unit."""

    @property
    def note(self) -> str:
        """Say why; empty where nothing needs saying."""

    @property
    def warning(self) -> bool:
        """Tell whether to worry."""


def sheet_text(title: str, rows: Sequence[Row]) -> str:
    """Lay a sheet out in two columns, each note behind its value; ends with a line break.

    What would run over ``COLUMNS`` goes on below its value.
    """
    width = max((len(row.label) for row in rows), default=0)
    lines = [title]
    for row in rows:
        mark = WARNING_MARK if row.warning else PLAIN_MARK
        text = f"{row.value}  ({row.note})" if row.note else row.value
        head = f"{mark}{row.label:<{width}}  "
        lines += textwrap.wrap(
            text,
            COLUMNS,
            initial_indent=head,
            subsequent_indent=" " * len(head),
            break_on_hyphens=False,
        ) or [head.rstrip()]
    return "\n".join(lines) + "\n"
