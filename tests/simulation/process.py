"""The life of a process, and its end at any of its effects.

A process that is killed does nothing any more: its loop is left standing, none of its tasks is
cancelled, no handler of its code runs beyond the call that was its last, and what it holds is kept
in a graveyard so that nothing is finalised. What the next one finds is what was on the disk.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from database.journal import Durability, SqliteJournal
from database.lease import Holder
from exchange_clients.journal import IntentKind, OrderIntent
from exchange_clients.shared.clock import Rng
from exchange_clients.shared.transport.memory_transport import MemoryPeer
from exchange_clients.shared.virtual_time import VirtualLoop
from tests.simulation.plan import Failure, Kill, Moment
from tests.simulation.ruin import WAY_S, EffectKind, Ruin, ask, refuse_write
from tests.simulation.trace import Trace, noted_open, noted_request
from venue_simulators.memory import Arriving, Deliver, MemoryHost, MemoryService
from venue_simulators.wire import Frame, HttpResponse

ABNORMAL = 1006
"""How a connection ends that broke."""
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
        self.kinds: list[EffectKind] = []
        """Of each of them."""
        self.failure: Failure | None = None
        """What goes wrong with one of them."""
        self.armed = armed
        """Whether effects count already."""
        self.dead = False
        self.hosts: list[MemoryHost] = []
        """Its ways to the venues."""
        self.kill = kill
        self.on_death: Callable[[], None] = lambda: None
        """Called with everything as the process leaves it."""
        self.trace = Trace()
        """Takes all that the process does."""

    def note(self, what: str, *details: object) -> None:
        """Note what the process does, or hears, at this instant."""
        self.trace.note(self.loop.epoch_ns + self.loop.now_ns, what, *details)

    def effect(self, kind: EffectKind = EffectKind.WRITE) -> Moment | None:
        """Count one more effect; return how the process dies of it, None if it does not."""
        if self.dead:
            raise Killed
        if self.armed:
            self.effects += 1
            self.kinds.append(kind)
        kill = self.kill
        last = kill is not None and self.armed and self.effects == kill.effect
        return kill.moment if kill is not None and last else None

    @property
    def ruin(self) -> Ruin | None:
        """What goes wrong with the present effect."""
        failure = self.failure
        if failure is None or not self.armed:
            return None
        on = failure.how is Ruin.FULL_ON and self.effects > failure.effect
        if on and self.kinds[-1] is EffectKind.WRITE:
            return failure.how
        return failure.how if self.effects == failure.effect else None

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

    def send(self, send: Callable[[], None], kind: EffectKind = EffectKind.REQUEST) -> None:
        """Let something leave the process."""
        moment = self.effect(kind)
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

    def request(self, request: Arriving, deliver: Deliver) -> None:
        """Send a request, which may be the last thing that the process does."""
        process = self._process
        noted = noted_request(request, deliver, process.note)

        def send() -> None:
            if process.ruin is None:
                self._service.request(request, noted)
            else:
                ask(self._service, process.ruin, request, noted, process.loop)

        process.send(send)

    def open(
        self,
        request: Arriving,
        on_open: Callable[[MemoryPeer | None, HttpResponse | None], None],
        on_frame: Callable[[Frame], None],
        on_close: Callable[[int, str], None],
        on_pong: Callable[[], None],
    ) -> None:
        """Ask for a WebSocket connection; that, and each frame, may be the last thing done."""
        process = self._process

        def opened(peer: MemoryPeer | None, refusal: HttpResponse | None) -> None:
            on_open(None if peer is None else MortalPeer(peer, process, on_close), refusal)

        def send() -> None:
            if process.ruin is Ruin.LOST:
                process.loop.call_later(WAY_S, on_open, None, None)
            elif process.ruin is None:
                noted_open(
                    self._service, process.note, request, opened, on_frame, on_close, on_pong
                )

        process.send(send, EffectKind.HANDSHAKE)


@dataclass(frozen=True, slots=True)
class MortalPeer:
    """The far end of a connection of a process that may die of any frame.

    Args:
        peer: The far end.
        process: Who sends.
        on_close: Hears of it when the connection breaks.
    """

    peer: MemoryPeer
    process: Process
    on_close: Callable[[int, str], None]

    def send(self, frame: Frame) -> None:
        """Send a frame."""
        self.process.send(partial(self._send, frame), EffectKind.FRAME)

    def ping(self) -> None:
        """Send a protocol ping, of which nothing hangs."""
        self.peer.ping()

    def close(self, code: int, reason: str) -> None:
        """End the connection."""
        self.peer.close(code, reason)

    def _send(self, frame: Frame) -> None:
        ruin = self.process.ruin
        if ruin is not Ruin.CUT_BEFORE:
            self.peer.send(frame)
        if ruin is not None:
            self.peer.close(ABNORMAL, "")
            self.process.loop.call_later(WAY_S, self.on_close, ABNORMAL, "")


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
        self._torn: bytes | None = None
        """What there is of the log, where its last record is torn."""

    def next_path(self) -> Path:
        """Return the file for the next process: what is on the disk of the one before."""
        before, self._lives = self._path(), self._lives + 1
        after = self._path()
        for suffix in ("", "-wal"):
            source = before.with_name(before.name + suffix)
            if source.exists():
                shutil.copyfile(source, after.with_name(after.name + suffix))
        if self._torn is not None:
            log_of(after).write_bytes(self._torn)
            self._torn = None
        return after

    def log(self) -> bytes:
        """Return the log as it is."""
        return read_log(self._path())

    def tear(self, before: bytes, share: float | None) -> None:
        """Lose a part of what was written since ``before``, at least its last byte."""
        drawn = self._rng.random() if share is None else share
        self._torn = torn_log(before, self.log(), drawn)

    def _path(self) -> Path:
        return self._folder / f"life{self._lives}.db"


class Slate(Protocol):
    """The disk as a journal's deathbed knows it."""

    def log(self) -> bytes:
        """Return the log as it is."""

    def tear(self, before: bytes, share: float | None) -> None:
        """Lose a part of what was written since ``before``, at least its last byte."""


def log_of(journal: Path) -> Path:
    """Return where a journal has its log."""
    return journal.with_name(f"{journal.name}-wal")


def read_log(journal: Path) -> bytes:
    """Return the log of a journal; nothing where there is none."""
    log = log_of(journal)
    return log.read_bytes() if log.exists() else b""


def written_span(before: bytes, after: bytes) -> tuple[int, int]:
    """Return where a log differs from what it was: from its first byte to behind its last one.

    A log grows, until it is begun anew over what it had; it is written from front to back.
    """
    if after.startswith(before):
        return len(before), len(after)
    first = next(at for at, pair in enumerate(zip(before, after, strict=False)) if len({*pair}) > 1)
    if len(after) > len(before):
        return first, len(after)
    return first, next(at for at in range(len(after), 0, -1) if after[at - 1] != before[at - 1])


def torn_log(before: bytes, after: bytes, share: float) -> bytes:
    """Return a log as a death leaves it while a record is written: the last byte is not there."""
    first, last = written_span(before, after)
    kept = first + min(int(share * (last - first)), max(last - first - 1, 0))
    return after[:kept] + before[kept:]


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
        self._announced: list[OrderIntent] = []
        super().__init__(path, durability, holder)
        self._witness = witness

    def record_intent(self, intent: OrderIntent) -> None:
        super().record_intent(intent)
        if intent.kind is IntentKind.PLACE:
            self._announced.append(intent)
            self._announce()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        try:
            with super().transaction():
                yield
        except BaseException:
            self._announced.clear()  # nothing of it was kept
            raise
        self._announce()

    def _announce(self) -> None:
        """Tell of placements that are durable."""
        if self._witness is None or self._database.in_transaction:
            return
        announced, self._announced = self._announced, []
        for intent in announced:
            self._witness.on_intent(intent)

    def _write(self, statement: str, values: Sequence[object] = ()) -> int:
        if self._witness is None:
            return super()._write(statement, values)
        process, disk = self._witness.process, self._witness.disk
        process.note("writes", statement, values)
        moment = process.effect()
        if moment is Moment.BEFORE:
            process.die()
        if process.ruin is not None:
            refuse_write(process.ruin, process.loop)
        before = disk.log() if moment is Moment.TORN else b""
        written = super()._write(statement, values)
        if moment is Moment.TORN:
            disk.tear(before, process.kill.torn if process.kill is not None else None)
        if moment is not None:
            process.die()
        return written
