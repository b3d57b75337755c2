"""I32: what is signed bears its venue's time, whatever the clocks do.

A venue refuses what was signed for another time. That may happen right after its clock has moved,
when a process has just begun, to what travelled for seconds, and for as long as no answer of the
venue can be read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TypeAlias

from exchange_clients.base_models import NS
from tests.simulation.whole.calm import OF_THE_MACHINE
from tests.simulation.whole.scenario import Scenario
from tests.simulation.whole.venues import BEGIN_NS, WorldVenue
from venue_simulators.faults import Fault
from venue_simulators.wire import HttpRequest, HttpResponse

UNTIMELY = (
    b'"code":-1021',
    b'"retCode":10002',
    b'"50102"',
    b"Request has expired",
    b"INVALID_TIMESTAMP",
    b"Order signature has expired",
    b"ExpiredAt has passed",
)
"""By which a venue says that something was signed for another time."""
SHORT_BYTES = 600
"""A refusal is no longer than that."""
Handle: TypeAlias = Callable[[HttpRequest], HttpResponse]
STEP_S = 5.0
"""How long signed time may be wrong, from the first request of a wrong time after a step, or after
a birth."""
UNASKED_S = 30.0
"""How long a venue may be asked for nothing that is signed: surveys come that often."""
AT_ONCE = 8
"""Requests that may be signed before the time was asked for anew; a range that stops, or begins,
sends one for each of its cells besides."""
LATE = (Fault.REQUEST_DELAYED,)
SPOILING = ("rp.trunc", "rp.html", "rp.empty", "rp.status", "rp.drop", "rp.reset", "rq.drop")
"""Troubles in which an answer tells nothing, or does not come."""


class SignedTimes:
    """When venues refused what was signed for another time.

    Args:
        scenario: Says when clocks move.
        venues: All of them.
    """

    def __init__(self, scenario: Scenario, venues: Mapping[str, WorldVenue]) -> None:
        self._scenario = scenario
        self.refused_s: dict[str, list[float]] = {name: [] for name in venues}
        """By venue: when, in seconds of the run."""
        self.births_s: list[float] = []
        for name, venue in venues.items():
            simulator = venue.venue.simulator
            simulator.handle = partial(self._handled, simulator.handle, name, venue)  # type: ignore[method-assign]

    def untimely(self, venue: WorldVenue) -> Iterator[str]:
        """Yield what a venue refused that nothing explains."""
        late = sum(venue.faults.counts[kind] for kind in LATE)
        moved_s = [*self._steps_s(venue.name), *self.births_s]
        spoilt = [*self._spoilt(venue.name, moved_s)]
        steps_s = [*moved_s, *(end_s for _, end_s in spoilt)]
        cells = int(self._scenario.settings.get("strategy.levels", 0))
        allowed = dict.fromkeys(steps_s, AT_ONCE + cells)
        first_s: dict[float, float] = {}
        for at_s in self.refused_s[venue.name]:
            if any(begin_s <= at_s <= end_s for begin_s, end_s in spoilt):
                continue
            known = (each for each in steps_s if each <= at_s <= each + UNASKED_S)
            step_s = max(known, default=None)
            # Where nothing was asked of the venue meanwhile, nobody could have known better.
            begun_s = at_s if step_s is None else first_s.setdefault(step_s, at_s)
            if step_s is not None and at_s <= begun_s + STEP_S and allowed[step_s]:
                allowed[step_s] -= 1
            elif late:
                late -= 1
            else:
                yield f"I32: a request was signed for another time at {at_s:.1f} s"

    def _steps_s(self, name: str) -> Iterator[float]:
        for row in self._scenario.troubles:
            moved = row.venue == name and row.kind == Fault.SKEW
            if moved or row.kind in OF_THE_MACHINE:
                # A clock that is put back stands still until it is caught up with.
                still_s = abs(row.seconds or 0.0)
                yield from (row.at_s, row.at_s + still_s)
                yield from (row.at_s + row.for_s, row.at_s + row.for_s + still_s)

    def _spoilt(self, name: str, moved_s: Sequence[float]) -> Iterator[tuple[float, float]]:
        """Yield from when, until when no answer tells a venue's time after a clock has moved."""
        for row in self._scenario.troubles:
            end_s = row.at_s + row.for_s
            whole = row.target == "*" and row.probability == 1.0
            if row.venue == name and row.kind in SPOILING and whole:
                for step_s in moved_s:
                    if row.at_s - STEP_S <= step_s <= end_s:
                        yield step_s, end_s

    def _handled(
        self, handle: Handle, name: str, venue: WorldVenue, request: HttpRequest
    ) -> HttpResponse:
        response = handle(request)
        body = response.body
        if len(body) < SHORT_BYTES and any(mark in body for mark in UNTIMELY):
            self.refused_s[name].append((venue.venue._now_ns - BEGIN_NS) / NS)
        return response
