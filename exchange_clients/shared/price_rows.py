"""What the answers of venues come to in the same way: intervals, spans and candles."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

from exchange_clients.base_models import Candle
from exchange_clients.errors import ClientConfigError
from exchange_clients.shared.flow import Flow, Request

T = TypeVar("T")


def known_interval(intervals: Mapping[str, T], interval: str) -> T:
    """Return what a venue makes of an interval.

    Args:
        intervals: Those that it has: ``{"1m": 60, "1h": 3600}``.
        interval: One as users name it: ``"1m"``.

    Raises:
        ClientConfigError: the venue has no such interval; names those it has.
    """
    if interval not in intervals:
        known = ", ".join(intervals)
        raise ClientConfigError(f"interval {interval!r} is not known; use one of {known}")
    return intervals[interval]


def spans(start_ns: int, end_ns: int, longest_ns: int) -> Iterator[tuple[int, int]]:
    """Yield the spans [from, until) that make up [start, end), oldest first.

    >>> list(spans(0, 25, 10))
    [(0, 10), (10, 20), (20, 25)]
    """
    for at_ns in range(start_ns, end_ns, longest_ns):
        yield at_ns, min(at_ns + longest_ns, end_ns)


def candles_within(candles: Iterable[Candle], start_ns: int, end_ns: int) -> list[Candle]:
    """Return the candles that begin in [start, end), oldest first; of each the one told last."""
    found = {each.start_ns: each for each in candles if start_ns <= each.start_ns < end_ns}
    return [found[at_ns] for at_ns in sorted(found)]


def candles_by_spans(
    start_ns: int,
    end_ns: int,
    longest_ns: int,
    request_of: Callable[[int, int], Request],
    read: Callable[[bytes], Iterable[Candle]],
) -> Flow[list[Candle]]:
    """Return the candles that begin in [start, end), oldest first, asked for span by span.

    Args:
        start_ns: The first instant of interest.
        end_ns: The first that is not.
        longest_ns: How much one answer may hold.
        request_of: Asks for the candles of [from, until).
        read: Reads an answer, in any order.
    """
    found: list[Candle] = []
    for at_ns, until_ns in spans(start_ns, end_ns, longest_ns):
        answer = yield request_of(at_ns, until_ns)
        found += read(answer.body)
    return candles_within(found, start_ns, end_ns)
