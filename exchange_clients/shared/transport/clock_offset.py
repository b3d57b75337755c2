"""What time it is at the venue, whatever the machine's wall clock says.

Venue time is kept as monotonic time plus an anchor, so a step of the wall clock moves nothing. When
wall and monotonic time drift apart suddenly (a step, or a machine that slept, which stops monotonic
time), ``read`` says so, and the estimate is made anew.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from exchange_clients.base_models import NS
from exchange_clients.errors import ExchangeError
from exchange_clients.shared.clock import Clock
from exchange_clients.shared.tasks import TaskScope
from exchange_clients.shared.transport.single_flight import SingleFlight

PROBES = 5
"""How many questions make one estimate."""
ASK_TIMEOUT_S = 4.0
"""An answer that takes longer tells little, and one that was lost is not to be waited for."""
FAILED_MAX = 2
"""So many questions without an answer end an estimate."""
ESTIMATE_EVERY_S = 600.0
"""How often an estimate is made; sooner, after the longest pause, where the last one failed."""
PAUSE_FIRST_S = 1.0
"""How long after an estimate another is not begun, whatever is suspected."""
PAUSE_MAX_S = 10.0
"""So long it becomes, twice as long each time, while estimates do not help."""
CALM_S = 60.0
"""After so long without a suspicion the pause is the first one again."""
DIFFERENCE_MAX_NS = 86_400 * NS
"""What differs more from the machine's clock is no time of a venue: a bare number that is cut short
reads as another number."""
STEP_NS = 250_000_000
"""A difference between wall and monotonic time that is no slewing."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One question for the venue's time, and when it was asked and answered (monotonic)."""

    asked_ns: int
    answered_ns: int
    venue_ns: int

    @property
    def anchor_ns(self) -> int:
        """Venue time minus monotonic time, if the answer was made half way."""
        return self.venue_ns - (self.asked_ns + self.answered_ns) // 2

    def allows(self, anchor_ns: int) -> bool:
        """Tell whether an anchor may be right: the venue looked before we were answered."""
        earliest_ns = self.venue_ns - self.answered_ns - STEP_NS
        return earliest_ns <= anchor_ns <= self.venue_ns - self.asked_ns + STEP_NS


def median_anchor(probes: Sequence[Probe]) -> int:
    """Return the median anchor of the quicker half of the probes: a slow one says little."""
    assert probes, "an offset is estimated from at least one probe"
    quickest = sorted(probes, key=lambda probe: probe.answered_ns - probe.asked_ns)
    anchors = sorted(probe.anchor_ns for probe in quickest[: len(probes) // 2 + 1])
    return anchors[len(anchors) // 2]


class VenueTime:
    """The venue's clock; the machine's own until it was estimated."""

    __slots__ = ("_anchor_ns", "_clock", "_lead_ns")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._anchor_ns: int | None = None
        self._lead_ns = 0

    def set(self, anchor_ns: int) -> None:
        """Take a new estimate."""
        self._anchor_ns = anchor_ns
        self._lead_ns = self._clock.now_ns() - self._clock.monotonic_ns()

    def now_ns(self) -> int:
        """Return venue time in nanoseconds since the epoch."""
        if self._anchor_ns is None:
            return self._clock.now_ns()
        return self._clock.monotonic_ns() + self._anchor_ns

    @property
    def offset_ns(self) -> int:
        """Venue time minus the machine's wall time."""
        return self.now_ns() - self._clock.now_ns()

    def is_disproved_by(self, probe: Probe) -> bool:
        """Tell whether the estimate, if there is one, cannot be right by a venue's answer."""
        return self._anchor_ns is not None and not probe.allows(self._anchor_ns)

    def read(self) -> tuple[int, bool]:
        """Return venue time (ns), and whether the machine's clock stepped since the estimate.

        It did where its wall and its monotonic time moved apart.
        """
        wall_ns = self._clock.now_ns()
        if self._anchor_ns is None:
            return wall_ns, False
        monotonic_ns = self._clock.monotonic_ns()
        stepped = abs(wall_ns - monotonic_ns - self._lead_ns) > STEP_NS
        return monotonic_ns + self._anchor_ns, stepped


class VenueClock:
    """Keeps ``VenueTime`` estimated: at the start, now and then, and after a step.

    Args:
        time: What is estimated.
        ask: Asks the venue for its time (ns); None where the venue does not tell.
        clock: Time and waiting.
        scope: Owns the estimates.
        logger: Of the venue.
    """

    def __init__(
        self,
        time: VenueTime,
        ask: Callable[[], Awaitable[int]] | None,
        clock: Clock,
        scope: TaskScope,
        logger: logging.Logger,
    ) -> None:
        self._time = time
        self._ask = ask
        self._clock = clock
        self._logger = logger
        self._estimate = SingleFlight(self._probe, scope, "estimate of venue time")
        self._timer: asyncio.TimerHandle | None = None
        self._tried_ns: int | None = None
        self._pause_s = PAUSE_FIRST_S

    def now_ns(self) -> int:
        """Return venue time; a step of the machine's clock begins a new estimate."""
        venue_ns, stepped = self._time.read()
        if stepped:
            self.suspect()
        return venue_ns

    async def estimate(self) -> None:
        """Ask the venue a few times; where it cannot be asked the estimate stays as it was."""
        if self._ask is not None:
            await self._estimate.run()

    def suspect(self) -> None:
        """Begin an estimate, unless one was made just now."""
        if self._ask is None:
            return
        tried_ns = self._tried_ns
        since_ns = None if tried_ns is None else self._clock.monotonic_ns() - tried_ns
        if since_ns is None or since_ns > CALM_S * NS:
            self._pause_s = PAUSE_FIRST_S
        elif since_ns > self._pause_s * NS:
            self._pause_s = min(2 * self._pause_s, PAUSE_MAX_S)
        else:
            return
        self._estimate.start()

    def close(self) -> None:
        """Stop estimating."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def _probe(self) -> None:
        self._tried_ns = self._clock.monotonic_ns()
        _, stepped = self._time.read()
        probes: list[Probe] = []
        failed = 0
        for _ in range(PROBES):
            try:
                probe = await self._asked()
            except (ExchangeError, OSError) as error:  # a time-out is an OSError
                self._logger.warning("event=venue_time_unread error=%s", type(error).__name__)
                failed += 1
                if failed == FAILED_MAX:
                    break
                continue
            if probe is None:
                continue
            probes.append(probe)
            # After a sleep each request is signed for the past until the estimate is made. With
            # slow answers that takes long, and the first of them is much nearer the truth.
            if stepped and self._time.is_disproved_by(probe):
                self._time.set(median_anchor(probes))
        if probes:
            self._time.set(median_anchor(probes))
            self._logger.info("event=venue_time offset_ms=%d", self._time.offset_ns // 1_000_000)
        self.close()
        again_s = ESTIMATE_EVERY_S if probes else PAUSE_MAX_S
        self._timer = self._clock.call_later(again_s, self.suspect)

    async def _asked(self) -> Probe | None:
        """Ask once; None where the answer is no time that can be believed."""
        assert self._ask is not None, "there is somebody to ask"
        asked_ns = self._clock.monotonic_ns()
        async with self._clock.deadline(ASK_TIMEOUT_S):
            venue_ns = await self._ask()
        if abs(venue_ns - self._clock.now_ns()) <= DIFFERENCE_MAX_NS:
            return Probe(asked_ns, self._clock.monotonic_ns(), venue_ns)
        self._logger.warning(
            "event=venue_time_not_believed told_ms=%d next=keep_the_last_estimate",
            venue_ns // 1_000_000,
        )
        return None
