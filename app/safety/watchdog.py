"""Watches the bots of a state folder from a process of its own, and acts for one that cannot.

A bot that hangs, and one that died and is not back in time, leave orders and positions to nobody.
Which one it is follows from its lock, which the kernel frees when a process dies, and its pulse.
How long a pulse has stood still is measured by the watcher's own monotonic time, so that a clock
that is set forward kills no sound bot.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from app.safety.kept_runs import KeptRun, Wanted, kept_runs
from app.safety.pulse import Pulse, read_pulse
from database.lease import Holder, LeaseHeld, holder_of, lock_of
from exchange_clients.base_models import NS
from exchange_clients.shared.clock import Clock

logger = logging.getLogger(__name__)

LOOK_S = 1.0
START_S = 120.0
"""How long a process may take from its lock to its first beat: venues are read meanwhile."""


class Health(StrEnum):
    """How a run is."""

    ALIVE = "alive"
    ENDED = "ended"
    """Its bot ended as it should, or never beat: nobody is missing."""
    STARTING = "starting"
    """Another process has taken it up and does not beat yet."""
    STILL = "still"
    """Its pulse stands still, not yet for too long."""
    HANGS = "hangs"
    """A process has it that does nothing any more."""
    DEAD = "dead"
    """Its process is gone without an end."""

    @property
    def helpless(self) -> bool:
        """Whether somebody has to act for it."""
        return self in (Health.HANGS, Health.DEAD)


def health_of(
    pulse: Pulse | None, *, holder: Holder | None, now_ns: int, still_s: float, after_s: float
) -> Health:
    """Say how a run is.

    Args:
        pulse: Its last one.
        holder: The process that has its lock; None where none has.
        now_ns: The machine's time.
        still_s: For how long the pulse has not changed.
        after_s: From when on that is too long.
    """
    held = holder is not None
    if pulse is None or (pulse.ended and not held):
        return Health.ENDED
    if pulse.ended:
        return Health.ALIVE  # it writes its report, or the next one is just beginning
    fresh = holder is not None and now_ns - holder.since_ns < START_S * NS
    if holder is not None and holder.pid != pulse.pid and fresh:
        return Health.STARTING
    if still_s < after_s:
        return Health.ALIVE if held and still_s < 2 * LOOK_S else Health.STILL
    return Health.HANGS if held else Health.DEAD


@dataclass(slots=True)
class _Seen:
    at_ns: int
    """Of the pulse, by the bot's clock."""
    since_ns: int
    """When it was first seen, by ours."""


@dataclass(slots=True)
class Watchdog:
    """Looks at every run again and again.

    Args:
        wanted: Which runs are watched.
        after_s: How long a bot may show no life.
        act: Brings a helpless run to its end, and says whether that was achieved.
        clock: Time and waiting.
    """

    wanted: Wanted
    after_s: float
    act: Callable[[KeptRun], Awaitable[bool]]
    clock: Clock
    _seen: dict[Path, _Seen] = field(default_factory=dict)
    _told: dict[Path, Health] = field(default_factory=dict)
    _done: dict[Path, int] = field(default_factory=dict)
    """The pulse of a bot that was acted for, until there is another one."""

    async def watch(self) -> None:
        """Watch for ever."""
        while True:
            await self.look()
            await self.clock.sleep(LOOK_S)

    async def look(self) -> None:
        """Look once, and act for who needs it, one after the other."""
        runs, unread = kept_runs(self.wanted)
        for journal in unread:
            self._say(journal.journal, Health.STILL, journal.trouble)
        for run in self._helpless(runs):
            logger.error("event=acting run=%s", run.identity.run_id)
            pulse = read_pulse(run.journal)
            if await self.act(run) and pulse is not None:
                self._done[run.journal] = pulse.at_ns

    def _helpless(self, runs: Sequence[KeptRun]) -> list[KeptRun]:
        found = []
        for run in runs:
            pulse = read_pulse(run.journal)
            if pulse is not None and self._done.get(run.journal) == pulse.at_ns:
                continue
            try:
                holder = holder_of(lock_of(run.journal))
            except LeaseHeld:
                continue  # it is just beginning to be one
            health = health_of(
                pulse,
                holder=holder,
                now_ns=self.clock.now_ns(),
                still_s=self._still_s(run.journal, pulse),
                after_s=self.after_s,
            )
            self._say(run.journal, health, run.identity.run_id)
            if health.helpless:
                found.append(run)
        return found

    def _still_s(self, journal: Path, pulse: Pulse | None) -> float:
        now_ns = self.clock.monotonic_ns()
        seen = self._seen.get(journal)
        if pulse is None:
            return 0.0
        if seen is None or seen.at_ns != pulse.at_ns:
            seen = self._seen[journal] = _Seen(pulse.at_ns, now_ns)
        return (now_ns - seen.since_ns) / NS

    def _say(self, journal: Path, health: Health, what: str) -> None:
        if self._told.get(journal) is health:
            return
        self._told[journal] = health
        level = logging.ERROR if health.helpless else logging.INFO
        logger.log(level, "event=watched run=%s health=%s", what, health.value)
