"""Kill to flat, interrupted at each of its effects: a grid dies, and what it left is closed."""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import Mapping
from contextlib import redirect_stdout
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast
from unittest.mock import patch

import msgspec

from app.network import network_client
from app.safety.accounts_at_hand import AccountsAtHand
from app.safety.flatten_runs import Flattening
from app.safety.kept_runs import Wanted, kept_runs
from database.journal import Durability
from database.lease import Holder
from exchange_clients.base_models import NS
from exchange_clients.journal import Journal
from exchange_clients.shared.link import VenueLink
from exchange_clients.shared.network import NetworkClient
from funding_rate_service.collection.venues import venue_words
from tests.simulation.course import Left
from tests.simulation.plan import Failure, Kill
from tests.simulation.process import Killed, MortalJournal, Witness
from tests.simulation.programs import GRID, Program, ShortRun
from tests.simulation.whole.lives import MortalStage, one_holder
from tests.simulation.whole.scenario import Scenario, Strategy
from tests.simulation.whole.settled import judge_end
from tests.support.log_ear import hearing
from tests.support.venue_links import link_in_memory

DEAD_S = 30.0
"""When the grid's process dies; it holds something by then, and rests orders."""
WITHIN_S = 120.0
AGAIN_S = 1.0
"""After how long a person asks again who was told that it is not flat."""
LIVES_MAX = 10


class FlatCourse(msgspec.Struct, frozen=True):
    """A grid that dies, and the command that brings what it left to flat."""

    venue: str
    seed: int

    def play(self, kills: tuple[Kill, ...] = (), failure: Failure | None = None) -> Left:
        """Play it with these deaths of the command, or with this going wrong."""
        with TemporaryDirectory() as folder:
            run = _Flattened(self._program(), Path(folder), kills, failure)
            heard = hearing(logging.WARNING, run.on_line)
            with heard, redirect_stdout(io.StringIO()), one_holder(), run.mortal_leases():
                run.run()
            return run.left()

    def may_be_left(self, held: Mapping[str, Decimal], whole: Mapping[str, Decimal]) -> bool:
        """Tell whether what is held is sound: nothing is to be left, however it went."""
        del held, whole
        return False

    def _program(self) -> Program:
        settings = {**GRID, "strategy.take_profit": "2"}
        scenario = Scenario(
            self.seed, Strategy.GRID, (self.venue,), chaos_s=60.0, rests=2, settings=settings
        )
        return Program(scenario)


class _Flattened(ShortRun):
    """One play; see ``FlatCourse.play``."""

    def run(self) -> None:
        """Let the grid die, then let the command live as often as it takes."""
        failure, self._failure = self._failure, None
        self._live(Kill(at_s=DEAD_S))
        self._failure = failure
        self._processes.clear()
        self.lives += 1
        assert any(book.held for book in self.truth.books.values()), "something is held"
        while not self.ended:
            assert self.lives < LIVES_MAX, "the command ends again and again"
            kill = self._kills.pop(0) if self._kills else None
            self._flatten(kill)
            # Where it died, or told that it could not write, it is asked again.
            self._born_ns += round((AGAIN_S if kill is None else kill.down_s) * NS)
            self.lives += 1
        for (name, contract_id), book in self.truth.books.items():
            if book.held or book.open:
                self.truth.found(f"I36: {book.held} {contract_id}, {len(book.open)} open at {name}")
        judge_end(self)

    def _flatten(self, kill: Kill | None) -> None:
        """Let the command live once, to its end or to its death."""
        for venue in self.venues.values():
            venue.venue.lose_clients()
        stage = self._stage = self._stage_of(kill)
        witness = Witness(stage.process, self.disk, self._on_intent)

        def opened(
            path: Path,
            durability: Durability = Durability.PROCESS,
            holder: Holder | None = None,
        ) -> MortalJournal:
            self.disk.path = path
            return MortalJournal(path, durability, holder, witness=witness)

        try:
            with (
                patch("app.safety.flatten_runs.SqliteJournal", opened),
                asyncio.Runner(loop_factory=lambda: stage.loop) as runner,
            ):
                runner.run(self._bring(stage))
        except Killed:
            assert stage.process.dead, "nothing else raises it"
        finally:
            self._born_ns, self._stage = stage.now_ns, None

    def _stage_of(self, kill: Kill | None) -> MortalStage:
        stage = MortalStage(
            self.settings(),
            {name: venue.venue for name, venue in self.venues.items()},
            now_ns=self._born_ns,
            kill=kill,
            rng=self.rng.stream(f"life {self.lives}"),
            latency_ns=self.scenario.latency_ms * 1_000_000,
        )
        stage.process.on_death = self.disk.keep
        stage.loop.set_exception_handler(self._on_exception)
        if not self._processes:
            stage.process.failure = self._failure
        self._processes.append(stage.process)
        return stage

    async def _bring(self, stage: MortalStage) -> None:
        wanted = Wanted(self.disk.present, "simulator")
        accounts = _AccountsInMemory(stage, self)
        flattening = Flattening(wanted, cast(AccountsAtHand, accounts), stage.clock, WITHIN_S)
        results = await flattening.bring(*kept_runs(wanted))
        flat = bool(results) and all(each.flat for each in results)
        if flat or len(self._processes) > 1 or self._failure is None:
            self.ended = "flat"
        if self.ended and not flat:
            self.truth.found(f"I36: not flat: {results}")
        for link in accounts.links:
            await link.close()


class _AccountsInMemory:
    """The accounts of simulated venues, in the place of those that are reached over a network."""

    def __init__(self, stage: MortalStage, run: _Flattened) -> None:
        self.links: list[VenueLink] = []
        self._stage = stage
        self._run = run

    def client(self, venue: str, account: str, ticker: str, journal: Journal) -> NetworkClient:
        """Return a client of an account, not yet connected."""
        del account
        stage, site = self._stage, self._run.venues[venue].venue
        way, rng = stage.reach(site), stage.rng(venue)
        link = link_in_memory(venue_words(venue), site, way, stage.clock, rng)
        self.links.append(link.acquire())
        return network_client(venue)(link=link, journal=journal, name=venue, ticker=ticker)

    def outlives_its_bot(self, venue: str) -> bool:
        """Say that every venue does."""
        return bool(venue)
