"""Numbers of a table's rows; each that cannot be read is told with line, column and value."""

from __future__ import annotations

from math import inf
from pathlib import Path

from exchange_clients.paper.sources.recording import wrong_line
from exchange_clients.shared.decimal_grid import DecimalGrid


def read_number(
    path: Path, line: int, column: str, text: str, *, grid: DecimalGrid | None, increment: str
) -> float:
    """Return a number that is zero or above and, where a grid is given, on it.

    Args:
        path: File of the row, for the message.
        line: Number of the row's line, from 1.
        column: Name of the column.
        text: What stands there.
        grid: What the number must be a multiple of; None while that is not known yet.
        increment: What a sidecar calls the grid: ``tick`` or ``step``.

    Raises:
        RecordingError: it is no number, negative, not finite or off the grid.
    """
    try:
        value = float(text)
    except ValueError:
        raise wrong_line(path, line, f"{column} {text!r} is no number; fetch it again") from None
    if not 0.0 <= value < inf:
        raise wrong_line(path, line, f"{column} {text!r} is negative or not finite; fetch it again")
    if grid is None or grid.holds(value):
        return value
    raise wrong_line(
        path, line, f"{column} {text!r} is off the grid; state the {increment} in {path.name}.yml"
    )
