"""Instants and limits of a question about the past, and the page that they choose.

Without a beginning the newest rows of the last seven days are meant; with one, those that follow
it. Either way they come oldest first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from exchange_clients.base_models import NS
from venue_simulators.fapi.errors import BAD_COMBINATION, INTERVAL_TOO_LONG, FapiError, invalid
from venue_simulators.fapi.parameters import Parameters
from venue_simulators.fapi.wording import MS_NS

WEEK_NS = 7 * 86_400 * NS
_Row = TypeVar("_Row")


def limit_of(fields: Parameters, default: int, most: int) -> int:
    """Return how many rows are asked for; more than ``most`` is refused."""
    limit = fields.whole("limit")
    if limit is None:
        return default
    if not 1 <= limit <= most:
        raise invalid("limit")
    return limit


def between(fields: Parameters) -> tuple[int | None, int | None]:
    """Return [start, end) in nanoseconds; the last millisecond that is asked for counts."""
    start_ms, end_ms = fields.whole("startTime"), fields.whole("endTime")
    if start_ms is not None and end_ms is not None and start_ms > end_ms:
        raise FapiError(-1023)
    return (
        None if start_ms is None else start_ms * MS_NS,
        None if end_ms is None else (end_ms + 1) * MS_NS,
    )


def within_a_week(fields: Parameters, now_ns: int) -> tuple[int, int]:
    """Return [start, end) in nanoseconds, no more than seven days.

    Raises:
        FapiError: more were asked for.
    """
    start_ns, end_ns = between(fields)
    if start_ns is not None and end_ns is not None and end_ns - start_ns > WEEK_NS + MS_NS:
        raise FapiError(INTERVAL_TOO_LONG)
    if start_ns is not None:
        return start_ns, start_ns + WEEK_NS if end_ns is None else end_ns
    until_ns = now_ns + 1 if end_ns is None else end_ns
    return until_ns - WEEK_NS, until_ns


def page(
    rows: Iterable[_Row],
    fields: Parameters,
    limit: int,
    now_ns: int,
    at_ns: Callable[[_Row], int],
) -> list[_Row]:
    """Return the rows that a question's instants choose, oldest first."""
    start_ns, end_ns = within_a_week(fields, now_ns)
    found = [row for row in rows if start_ns <= at_ns(row) < end_ns]
    return found[:limit] if fields.has("startTime") else found[-limit:]


def page_from(
    rows: Iterable[_Row],
    fields: Parameters,
    name: str,
    limit: int,
    number: Callable[[_Row], int],
) -> list[_Row]:
    """Return the rows from the number ``name`` on, oldest first; instants exclude it.

    Raises:
        FapiError: both were sent.
    """
    if fields.has("startTime") or fields.has("endTime"):
        raise FapiError(BAD_COMBINATION)
    first = fields.whole(name)
    assert first is not None, "it has been looked for"
    return [row for row in rows if number(row) >= first][:limit]
