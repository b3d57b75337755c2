"""I37: what a process holds stays bounded: its tasks, its sockets, and whatever it keeps in memory.

Every list, mapping and queue that can be reached from the run is counted, by what it belongs to, so
that one that is added tomorrow is counted as well. What may hold more than usual is named here.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

from app.session import Session
from tests.simulation.whole.venues import WorldVenue

TASKS_MAX = 150
ENTRIES_MAX = 500
"""Of anything that no line below names."""
SOCKETS_MAX = 3
"""Of one account: public and private feeds, and one that replaces another."""
OURS = ("app.", "exchange_clients.", "execution.", "helpers.", "reporting.", "strategies.")
TRADING_BOT = "trading_bot"
CAPS: Mapping[str, int] = {
    "Budget._settled": 2500,
    "ClientOrderIds._blocks": 36**2,
    "CompactRows._blocks": 200_000 // 256 + 1,
    "LiveVenue._told": 5000,
    "OrderBook._asks": 10_000,
    "OrderBook._bids": 10_000,
    "OrderRows._recent": 1024,
    "OrderTracker._by_venue_id": 1500,
    "OrderTracker._ended": 1000,
    "OrderTracker._entries": 1500,
    "Past.told": 4096,
    "RunRecorder.notes": 1000,
    "SampleSeries.points": 2048,
    "VenueGateway._references": 10_000,
    "VoidedFills._known": 2000,
}
"""By class and attribute: how much may be there, where that is more. They are said here once more,
so that a cap that is raised is noticed. A book keeps removed levels until it is swept, at
twice 4,096, which it looks at after each 32 changes."""
DEEPEST = 40


def crowded(session: Session) -> Iterator[str]:
    """Yield what holds more than it may."""
    tasks = len(asyncio.all_tasks())
    if tasks > TASKS_MAX:
        yield f"I37: {tasks} tasks run"
    for name, count in sorted(sizes(session).items()):
        if count > CAPS.get(name, ENTRIES_MAX):
            yield f"I37: {name} holds {count}"


def too_many_sockets(venue: WorldVenue) -> Iterator[str]:
    """Yield that a venue has more connections of ours than were planned."""
    count = len(venue.venue._connections)
    if count > SOCKETS_MAX + bool(venue.facts.order_socket):
        yield f"I37: {count} sockets are open"


def sizes(root: object) -> dict[str, int]:
    """Return how much every container below an object of ours holds, at most, by its name."""
    largest: dict[str, int] = {}
    seen: set[int] = set()
    waiting: list[tuple[str, object]] = [("", root)]
    while waiting:
        name, value = waiting.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, dict | list | deque | set | tuple):
            if not isinstance(value, tuple):
                largest[name] = max(largest.get(name, 0), len(value))
            waiting += [(name, each) for each in _items(value)]
        else:
            waiting += [
                (f"{type(value).__name__}.{attribute}", each)
                for attribute, each in _attributes(value)
            ]
    return largest


def _items(value: Any) -> list[object]:
    found = [*value.values()] if isinstance(value, dict) else [*value]
    # Of many alike one tells as much as all.
    return [each for each in found[:DEEPEST] if _may_hold(each)]


def _attributes(value: object) -> list[tuple[str, object]]:
    if not _is_ours(type(value)):
        return []
    named: dict[str, object] = dict(getattr(value, "__dict__", {}))
    for kind in type(value).__mro__:
        for slot in getattr(kind, "__slots__", ()):
            if hasattr(value, slot):
                named[slot] = getattr(value, slot)
    return [(name, each) for name, each in named.items() if _may_hold(each)]


def _may_hold(value: object) -> bool:
    return isinstance(value, dict | list | deque | set | tuple) or _is_ours(type(value))


def _is_ours(kind: type) -> bool:
    return kind.__module__.startswith(OURS) or kind.__module__ == TRADING_BOT
