"""Instants as venues spell them, as nanoseconds since the epoch; nothing here asks for the time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache

MS = 1_000_000
"""Nanoseconds in a millisecond."""
MINUTE_NS = 60_000 * MS
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_http_date(text: str) -> int:
    """Return ns since the epoch of a header's date, which is UTC whatever the host's zone.

    >>> parse_http_date("Sat, 21 Nov 2026 10:00:00 GMT")
    1795255200000000000

    Raises:
        ValueError: it is not a date.
    """
    moment = parsedate_to_datetime(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1000


def iso_ms(at_ms: int) -> str:
    """Return an instant (ms since the epoch) as ISO-8601 in UTC, to the millisecond.

    >>> iso_ms(1607418537715)
    '2020-12-08T09:08:57.715Z'
    """
    second, ms = divmod(at_ms, 1000)
    return f"{_iso_second(second)}.{ms:03d}Z"


@lru_cache(maxsize=1)
def _iso_second(second: int) -> str:
    """Return a second of the epoch; requests that are signed within one share its text."""
    return (_EPOCH + timedelta(seconds=second)).isoformat()[:19]
