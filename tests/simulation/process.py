"""The life of a process, and its end at any of its effects.

A process that is killed does nothing any more: its loop is left standing, none of its tasks is
cancelled, no handler of its code runs beyond the call that was its last, and what it holds is kept
in a graveyard so that nothing is finalised. What the next one finds is what was on the disk.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from database.journal import Durability, SqliteJournal
from database.lease import Holder
from exchange_clients.journal import IntentKind, OrderIntent
from exchange_clients.shared.clock import Rng
from exchange_clients.shared.virtual_time import VirtualLoop
from tests.simulation.plan import Kill, Moment
from venue_simulators.memory import Arriving, Deliver, MemoryHost, MemoryService

GRAVEYARD: list[object] = []
"""The loops of the dead and their tasks."""


class Killed(SystemExit):
    """The process is dead.

    Nobody catches it, and asyncio lets it end the loop at once: no callback that was ready runs.
    """


class Process:
    """Counts the effects of one process, and ends it at one of them.

    Args:
        loop: The process's own.
        kill: How it ends; None for a process that lives as long as it is wanted.
    """

    def __init__(self, loop: VirtualLoop, kill: Kill | None, *, armed: bool = False) -> None:
        self.loop = loop
        self.effects = 0
        self.armed = armed
        """Whether effects count already."""
        self.dead = False
        self.hosts: list[MemoryHost] = []
        """Its ways to the venues."""
        self.kill = kill
        self.on_death: Callable[[], None] = lambda: None
        """Called with everything as the process leaves it."""

    def effect(self) -> Moment | None:
        """Count one more effect; return how the process dies of it, None if it does not."""
        if self.dead:
            raise Killed
        self.effects += self.armed
        kill = self.kill
        last = kill is not None and self.armed and self.effects == kill.effect
        return kill.moment if kill is not None and last else None

    def die(self) -> None:
        """End here and now."""
        arrives = self.kill is None or self.kill.arrives
        self.dead = True
        self.on_death()
        for host in self.hosts:
            host.abandon(arrives=arrives)
        self.loop.set_exception_handler(lambda *_: None)  # nobody is there to be told
        GRAVEYARD.extend((self.loop, *asyncio.all_tasks(self.loop)))
        self.loop.stop()
        raise Killed

    def send(self, send: Callable[[], None]) -> None:
        """Let something leave the process."""
        moment = self.effect()
        if moment in (Moment.BEFORE, Moment.TORN):
            self.die()
        send()
        if moment is Moment.AFTER:
            self.die()


class MortalService:
    """A service as a process reaches it while it lives."""

    def __init__(self, service: MemoryService, process: Process) -> None:
        self._service = service
        self._process = process
        self.open = service.open

    def request(self, request: Arriving, deliver: Deliver) -> None:
        """Send a request, which may be the last thing that the process does."""
        self._process.send(lambda: self._service.request(request, deliver))


class Disk:
    """The files of the journal: what each process leaves is what the next one finds.

    Args:
        folder: Where the files are.
        power: Whether each record is written through.
        rng: Draws how much of a torn record is on the disk.
    """

    def __init__(self, folder: Path, *, power: bool, rng: Rng) -> None:
        self._folder = folder
        self._rng = rng
        self._lives = 0
        self.durability = Durability.POWER if power else Durability.PROCESS
        self._kept: int | None = None
        """How much of the log survives, where its last record is torn (bytes)."""

    def next_path(self) -> Path:
        """Return the file for the next process: what is on the disk of the one before."""
        before, self._lives = self._path(), self._lives + 1
        after = self._path()
        for suffix in ("", "-wal"):
            source = before.with_name(before.name + suffix)
            if source.exists():
                shutil.copyfile(source, after.with_name(after.name + suffix))
        if self._kept is not None:
            with after.with_name(after.name + "-wal").open("r+b") as log:
                log.truncate(self._kept)
            self._kept = None
        return after

    def log_bytes(self) -> int:
        """Return how long the log is."""
        log = self._path().with_name(self._path().name + "-wal")
        return log.stat().st_size if log.exists() else 0

    def tear(self, before: int) -> None:
        """Lose a part of what was written behind ``before``, at least its last byte."""
        grown = self.log_bytes() - before
        self._kept = before + int(self._rng.random() * grown) if grown > 0 else None

    def _path(self) -> Path:
        return self._folder / f"life{self._lives}.db"


class Slate(Protocol):
    """The disk as a journal's deathbed knows it."""

    def log_bytes(self) -> int:
        """Return how long the log is."""

    def tear(self, before: int) -> None:
        """Lose a part of what was written behind ``before``, at least its last byte."""


@dataclass(frozen=True, slots=True)
class Witness:
    """Who sees what a journal writes.

    Args:
        process: Whose journal it is: each write may be its end.
        disk: Where it is.
        on_intent: Called with each placement, once it is durable.
    """

    process: Process
    disk: Slate
    on_intent: Callable[[OrderIntent], None] = lambda intent: None


class MortalJournal(SqliteJournal):
    """A journal each of whose writes may be the end of its process."""

    def __init__(
        self, path: Path, durability: Durability, holder: Holder | None = None, *, witness: Witness
    ) -> None:
        self._witness: Witness | None = None  # to open the file is no effect
        super().__init__(path, durability, holder)
        self._witness = witness

    def record_intent(self, intent: OrderIntent) -> None:
        super().record_intent(intent)
        if intent.kind is IntentKind.PLACE and self._witness is not None:
            self._witness.on_intent(intent)

    def _write(self, statement: str, values: Sequence[object] = ()) -> int:
        if self._witness is None:
            return super()._write(statement, values)
        process, disk = self._witness.process, self._witness.disk
        moment = process.effect()
        if moment is Moment.BEFORE:
            process.die()
        before = disk.log_bytes() if moment is Moment.TORN else 0
        written = super()._write(statement, values)
        if moment is Moment.TORN:
            disk.tear(before)
        if moment is not None:
            process.die()
        return written
