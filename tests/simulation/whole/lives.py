"""One process of the whole program: its loop, its state on the disk, its ways to the venues."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from unittest.mock import patch

from app.live_venue import LiveVenue
from app.run_state import RunState
from app.settings import RunSettings
from database.journal import Durability
from database.lease import Holder
from exchange_clients.journal import OrderIntent
from exchange_clients.shared.clock import Rng
from exchange_clients.shared.transport.memory_transport import Resolve
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop
from funding_rate_service.collection.venue_source import VenueSource
from funding_rate_service.collection.venues import venue_words
from tests.simulation.interleaving import InterleavingLoop
from tests.simulation.plan import Interleaving, Kill
from tests.simulation.process import (
    GRAVEYARD,
    Killed,
    MortalJournal,
    MortalService,
    Process,
    Witness,
    log_of,
    read_log,
    torn_log,
)
from tests.simulation.whole.injectors import Machine, MachineClock
from tests.simulation.whole.serving import RateHouse
from tests.support.memory_stage import MemoryStage
from tests.support.venue_links import link_in_memory
from venue_simulators.memory import MemoryHost, MemoryService
from venue_simulators.misbehaviour import Misbehaving

HOLDER = Holder(1, "simulation", "", 0)
"""What a process says of itself; the machine's own would differ from run to run."""


class MortalLoop(InterleavingLoop):
    """A loop that a dead process cannot run any more."""

    process: Process | None = None

    def run_forever(self) -> None:
        """Run until stopped; whatever a dead process still wants to run never begins."""
        if self.process is not None and self.process.dead:
            GRAVEYARD.extend(asyncio.all_tasks(self))
            raise Killed
        super().run_forever()


class StateDisk:
    """The folder of a run's state: what a dead process leaves is what the next one finds.

    Args:
        folder: Where the folders are, one for each life.
        rng: Draws how much of a torn record is on the disk.
    """

    def __init__(self, folder: Path, rng: Rng) -> None:
        self._folder = folder
        self._rng = rng
        self._lives = 0
        self._torn: bytes | None = None
        self.path = folder
        """The journal's file, once it is opened."""

    @property
    def present(self) -> Path:
        """The folder of the present life."""
        return self._folder / f"life{self._lives}"

    def keep(self) -> None:
        """Make what is on the disk now what the next life finds."""
        before, self._lives = self.present, self._lives + 1
        shutil.copytree(before, self.present)
        if self._torn is not None:
            log_of(self.present / self.path.relative_to(before)).write_bytes(self._torn)
            self._torn = None

    def log(self) -> bytes:
        """Return the journal's log as it is."""
        return read_log(self.path)

    def tear(self, before: bytes, share: float | None) -> None:
        """Lose a part of what was written since ``before``, at least its last byte."""
        drawn = self._rng.random() if share is None else share
        self._torn = torn_log(before, self.log(), drawn)


class MortalStage(MemoryStage):
    """Where a process takes place that may die at any of its effects.

    Args:
        settings: The run's.
        venues: They outlive the process.
        now_ns: When it is born (epoch ns).
        kill: How it dies, if it does.
        rng: All that it draws.
        latency_ns: One way to any venue.
        machine: On which it runs; None is one whose clock is right.
        interleaving: In which order it does what is due.
    """

    def __init__(
        self,
        settings: RunSettings,
        venues: Mapping[str, Misbehaving],
        *,
        now_ns: int,
        kill: Kill | None,
        rng: Rng,
        latency_ns: int,
        machine: Machine | None = None,
        interleaving: Interleaving = Interleaving.EXACT,
    ) -> None:
        super().__init__(settings, venues)
        self.loop = MortalLoop(epoch_ns=now_ns, interleaving=interleaving, rng=rng.stream("order"))
        self.process = self.loop.process = Process(self.loop, kill, armed=True)
        self.clock = MachineClock(self.loop, machine or Machine())
        self._rng = rng
        self._latency_ns = latency_ns
        self._ways: dict[str, Resolve] = {}
        self._asked = 0
        self.rates: RateHouse | None = None
        """The rate service that lives as long as the process does, where there is one."""

    state: RunState
    """What the process keeps, once it is opened."""

    @property
    def now_ns(self) -> int:
        """The present instant (epoch ns)."""
        return self.loop.epoch_ns + self.loop.now_ns

    def make_loop(self, state: RunState) -> VirtualLoop:
        """Return the process's loop."""
        self.state = state
        return self.loop

    async def open(self, state: RunState) -> Mapping[str, LiveVenue]:
        """Connect the accounts, and let the rate service begin."""
        venues = await super().open(state)
        if self.rates is not None:
            await self.rates.begin()
            self._opened.push_async_callback(self.rates.end)
        return venues

    def reach(self, venue: Misbehaving) -> Resolve:
        """Return a way to a venue on which the process may die; there is one for all its parts."""
        if venue.name not in self._ways:
            self._ways[venue.name] = self._way(venue)
        return self._ways[venue.name]

    def sources(self) -> dict[str, VenueSource]:
        """Return, anew, what asks each venue for what is public there."""
        self._asked += 1
        return {name: self._source(name, venue) for name, venue in self._venues.items()}

    def _source(self, name: str, venue: Misbehaving) -> VenueSource:
        words = venue_words(name)
        rng = self.rng(f"rates of {name} {self._asked}")
        way = self.reach(venue)
        return VenueSource(link_in_memory(words, venue, way, self.clock, rng, private=False))

    def _way(self, venue: Misbehaving) -> Resolve:
        clock = VirtualClock(self.loop)  # the venue's, whatever the machine's says
        host = MemoryHost(venue, clock.now_ns, clock.call_later, self._latency_ns)
        self._opened.callback(host.close)
        self.process.hosts.append(host)

        def resolve(base_url: str) -> MortalService | None:
            service: MemoryService | None = host.resolve(base_url)
            return None if service is None else MortalService(service, self.process)

        return resolve

    def rng(self, name: str) -> Rng:
        """Return all randomness of the way to a venue."""
        return self._rng.stream(name)


def mortal_journals(
    process: Process, disk: StateDisk, on_intent: Callable[[OrderIntent], None]
) -> AbstractContextManager[object]:
    """Let the program write its journal where each write may be its end."""
    witness = Witness(process, disk, on_intent)

    def opened(path: Path, durability: Durability, holder: Holder | None = None) -> MortalJournal:
        disk.path = path
        return MortalJournal(path, durability, holder, witness=witness)

    return patch("app.run_state.SqliteJournal", opened)


def one_holder() -> AbstractContextManager[object]:
    """Let every process say the same of itself."""
    return patch.object(Holder, "this_process", lambda: HOLDER)
