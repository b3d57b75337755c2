"""A running bot's sign of life: a small file beside its journal, renewed every second.

It is renewed by the loop that trades, so that a bot whose loop stands still shows no life, whatever
its other threads do. The last one says that the run has ended: an old one that does not say so is
of a bot that died or hangs.

What it says is written when it changes, and only the file's time is set when it does not: to put a
new file in place of an old one makes the disk write, and the loop that trades waits milliseconds.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path

import msgspec
from msgspec.structs import replace

from exchange_clients.base_models import NS
from exchange_clients.shared.clock import Clock
from exchange_clients.shared.tasks import TaskScope

logger = logging.getLogger(__name__)

BEAT_S = 1.0
STILL_S = 5.0
"""A pulse older than this is of a bot that hangs: it should have been written several times."""


class VenueProgress(msgspec.Struct, frozen=True):
    """How far a venue is on its way to flat, in words."""

    venue: str
    flat: bool
    seconds: float | None
    found: str
    left: str
    trouble: str


class Pulse(msgspec.Struct, frozen=True):
    """What a running bot says of itself."""

    pid: int
    at_ns: int
    """By the machine's clock (epoch ns)."""
    risk: str
    """The state of its risk check."""
    flattening: bool
    """Whether it is closing everything, or has."""
    progress: tuple[VenueProgress, ...] = ()
    ended: bool = False
    """Whether the bot has ended as it should."""

    def age_s(self, now_ns: int) -> float:
        """Return how long ago it was written."""
        return (now_ns - self.at_ns) / NS


def pulse_path(journal: Path) -> Path:
    """Return where the pulse of the run of a journal is."""
    return journal.with_suffix(".pulse")


def read_pulse(journal: Path) -> Pulse | None:
    """Return the pulse of the run of a journal; None where there is none, or none that is whole."""
    path = pulse_path(journal)
    try:
        told = msgspec.json.decode(path.read_bytes(), type=Pulse)
        # A file that is replaced between the two is at most taken for younger than what it said.
        return replace(told, at_ns=max(told.at_ns, path.stat().st_mtime_ns))
    except (OSError, msgspec.DecodeError):
        return None


class PulseWriter:
    """Writes the pulse of one run until it is closed.

    Args:
        journal: The run's.
        look: Returns the present pulse.
        clock: Time and waiting.
    """

    def __init__(self, journal: Path, look: Callable[[], Pulse], clock: Clock) -> None:
        self._path = pulse_path(journal)
        self._look = look
        self._clock = clock
        self._tasks = TaskScope()
        self._failed = False
        self._said: Pulse | None = None
        """What the file says, but for the time."""

    def open(self) -> None:
        """Begin to write."""
        self._tasks.start(self._beat(), "pulse")

    async def close(self) -> None:
        """Write the last one."""
        await self._tasks.close()
        self._write(replace(self._look(), ended=True))

    async def _beat(self) -> None:
        while True:
            self._write(self._look())
            await self._clock.sleep(BEAT_S)

    def _write(self, pulse: Pulse) -> None:
        saying = replace(pulse, at_ns=0)
        try:
            if saying != self._said or not self._renew(pulse.at_ns):
                self._replace(pulse)
            self._said = saying
        except OSError as error:
            if not self._failed:
                logger.warning("event=pulse_not_written error=%r next=every_second_anew", error)
            self._failed = True
        else:
            self._failed = False

    def _renew(self, at_ns: int) -> bool:
        """Set the file's time; False where the file is gone."""
        try:
            os.utime(self._path, ns=(at_ns, at_ns))
        except FileNotFoundError:
            return False
        return True

    def _replace(self, pulse: Pulse) -> None:
        fresh = self._path.with_suffix(".pulse-new")
        fresh.write_bytes(msgspec.json.encode(pulse))
        os.utime(fresh, ns=(pulse.at_ns, pulse.at_ns))
        fresh.replace(self._path)  # a reader sees the old one or the new one, and no part
