"""Runs of the whole program that are interrupted at each of their effects: a minute or two each.

What is judged is what is judged of every run: at each event, and at the end, when both sides' books
must agree. In the end the venue's user has what he had.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, redirect_stdout
from decimal import Decimal
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast
from unittest.mock import patch

import msgspec
from msgspec.structs import replace

from app.session import Session
from database.journal import SqliteJournal
from database.lease import Lease
from exchange_clients.base_models import Fill, OrderType, Side
from exchange_clients.journal import JournalError
from exchange_clients.shared.client.venue_client import VenueClient
from exchange_clients.shared.credentials import read_credentials
from execution.own_fills import is_adopted
from tests.simulation.course import Left
from tests.simulation.plan import Failure, Kill, Moment
from tests.simulation.process import Process
from tests.simulation.ruin import EffectKind, Ruin
from tests.simulation.whole.lives import MortalStage, one_holder
from tests.simulation.whole.playing import WholeRun
from tests.simulation.whole.scenario import Scenario, Strategy
from tests.support.log_ear import hearing
from tests.support.wire_orders import ACCOUNT
from venue_simulators.world import Wanted

CHAOS_S, QUIET_S = 20.0, 100.0
NO_ROOM = (Ruin.FULL, Ruin.FULL_ON)
GRID = {
    "strategy.take_profit": "0.04",
    "strategy.grid_step": "0.02",
    "strategy.direction": "buy",
    "strategy.order_notional_usd": "150",
    "strategy.max_orders": "40",
    "strategy.wait_time": "4",
    "strategy.entry_timeout_s": "5",
    "strategy.exit_open_orders": "keep",
    "execution.survey_seconds": "5",
}
ARBITRAGE = {
    "strategy.horizon_hours": "240",
    "strategy.max_break_even_hours": "240",
    "strategy.max_age_hours": "0.004",
    "strategy.cooldown_minutes": "60",
    "strategy.exit_wait_minutes": "0.1",
    "strategy.target_margin": "100",
    "strategy.max_leverage": "1",
    "execution.max_unhedged_usd": "200",
    "execution.survey_seconds": "15",
}


class Program(msgspec.Struct, frozen=True):
    """A short run."""

    scenario: Scenario
    new_key_s: tuple[float, ...] = ()
    """When the account's key is exchanged (s)."""
    by_hand: str = "0"
    """What the user has bought of BTC before it begins; the run adopts it."""

    def play(self, kills: tuple[Kill, ...] = (), failure: Failure | None = None) -> Left:
        """Play it with these deaths, or with this going wrong."""
        with TemporaryDirectory() as folder:
            run = ShortRun(self, Path(folder), kills, failure)
            heard = hearing(logging.WARNING, run.on_line)
            with heard, redirect_stdout(io.StringIO()), one_holder(), run.mortal_leases():
                run.run()
            return run.left()

    def may_be_left(self, held: Mapping[str, object], whole: Mapping[str, object]) -> bool:
        """Tell whether what is held is sound: the market goes on, and the run was judged."""
        del held, whole
        return True


class ShortRun(WholeRun):
    """One run of a program; see ``Program.play``."""

    def __init__(
        self, program: Program, folder: Path, kills: tuple[Kill, ...], failure: Failure | None
    ) -> None:
        super().__init__(replace(program.scenario, kills=kills), folder)
        self._program = program
        for venue in self.venues.values() if Decimal(program.by_hand) else ():
            contract_id = venue.markets["BTC"].contract_id
            size = Decimal(program.by_hand)
            order_id = venue._place(Wanted(contract_id, Side.BUY, size, None, OrderType.MARKET))
            assert order_id is not None, "the user may trade"
            venue.taken_over[order_id] = None
            self.truth.cash[venue.name] = venue.world.funds(ACCOUNT).cash
        self._failure = failure
        self._processes: list[Process] = []

    def run(self) -> None:
        """Let processes live until the run is over; by then everything has to agree."""
        super().run()
        if not self.agreed and not self.halted:
            self.truth.found("I39: both sides' books have not agreed by the end")

    @property
    def journal(self) -> SqliteJournal:
        """The journal of the process that lives now, without what stands for what was adopted."""
        return cast(SqliteJournal, _Traded(super().journal))

    def left(self) -> Left:
        """Return what is left."""
        return Left(
            breaches=tuple(self.truth.breaches),
            effects=tuple(process.effects for process in self._processes),
            kinds=tuple(self._processes[0].kinds),
            held={str(key): book.held for key, book in self.truth.books.items()},
        )

    def on_line(self, level: int, text: str) -> None:
        """Take a log line; what a failing disk makes the program say is explained."""
        if self._failure is None or not text.startswith("event=journal_failed"):
            super().on_line(level, text)

    def _live(self, kill: Kill | None) -> str:
        """Play one life; one that could not write before it began is told so, in a line."""
        try:
            return super()._live(kill)
        except JournalError:
            if self._failure is None:
                raise
            return "not started"

    def _plan(self, stage: MortalStage) -> None:
        super()._plan(stage)
        if not self._processes:
            stage.process.failure = self._failure
        self._processes.append(stage.process)

    def _prepare(self, stage: MortalStage, session: Session) -> None:
        super()._prepare(stage, session)
        for at_s in self._program.new_key_s:
            if self.left_s(at_s):
                stage.loop.call_later(self.left_s(at_s), partial(_exchange_keys, self, session))

    def _after(self, session: Session) -> str:
        """Say how a process ended; one that could not write ends, and is started again."""
        refused = isinstance(session.ending.error, JournalError)
        return "failed" if refused and self._failure is not None else super()._after(session)

    def _heal(self) -> None:
        super()._heal()
        process, failed = self._processes[-1], self._failure
        process.failure = None
        if failed is not None and failed.how in NO_ROOM and process is self._processes[0]:
            # It enters nothing any more, and says so: a person makes room and starts it again.
            process.die()

    def mortal_leases(self) -> AbstractContextManager[object]:
        """Let each taking of a lock be an effect."""
        take = Lease.lock

        def lock(path: Path, *given: Any, **named: Any) -> Lease:
            process = self._processes[-1]
            moment = process.effect(EffectKind.LEASE)
            if moment is Moment.BEFORE:
                process.die()
            lease = take(path, *given, **named)
            if moment is Moment.TORN:
                path.write_bytes(path.read_bytes()[:7])
            if moment is not None:
                process.die()
            return lease

        return patch.object(Lease, "lock", lock)


class _Traded:
    """A journal as the venue's books have it: the user's own trade is no fill of an order of ours.

    Args:
        journal: The journal.
    """

    def __init__(self, journal: SqliteJournal) -> None:
        self._journal = journal
        self.intents, self.outcomes, self._read = journal.intents, journal.outcomes, journal._read

    def fills(self, venue: str) -> Sequence[Fill]:
        """Return what orders of ours have traded."""
        return [fill for fill in self._journal.fills(venue) if not is_adopted(fill)]


def _exchange_keys(run: ShortRun, session: Session) -> None:
    """Give each account its key once more: every login is made anew."""
    for name, client in session.clients.items():
        assert isinstance(client, VenueClient), "the venues are reached over a network"
        venue = run.venues[name].venue
        variables = venue.environment({each.name: each.hosts[0] for each in venue.services})
        words = run.venues[name].facts.words
        credentials = read_credentials(words.name, words.fields, variables)
        assert credentials is not None, "the account has a key"
        client._link.adopt(credentials)


def _grid(venue: str, seed: int, **changes: str) -> Scenario:
    settings = {f"strategy.{name}": value for name, value in changes.items()}
    if "strategy.adopt" in settings:
        settings["run.adopt"] = settings.pop("strategy.adopt")
    return Scenario(
        seed=seed,
        strategy=Strategy.GRID,
        venues=(venue,),
        chaos_s=CHAOS_S,
        quiet_s=QUIET_S,
        rests=1,
        settings={**GRID, **settings},
    )


def _arbitrage(*venues: str, seed: int, **changes: str) -> Scenario:
    return Scenario(
        seed=seed,
        strategy=Strategy.ARBITRAGE,
        venues=venues,
        symbols=("BTC", "SOL"),
        chaos_s=CHAOS_S,
        quiet_s=QUIET_S,
        settings={
            **ARBITRAGE,
            **{name.replace("__", "."): value for name, value in changes.items()},
        },
    )


PROGRAMS: Mapping[str, Program] = {
    "a grid enters and closes": Program(_grid("backpack", 1)),
    "a grid with nonces": Program(_grid("lighter", 3, direction="sell")),
    "exits of a grid rest": Program(
        _grid("grvt", 5, take_profit="2", max_orders="3", grid_step="0.01", wait_time="2")
    ),
    "a key is exchanged": Program(_grid("paradex", 7), new_key_s=(12.0, 25.0)),
    "a position is adopted": Program(
        _grid("bybit", 9, take_profit="2", max_orders="2", adopt="bybit:BTC"), by_hand="0.01"
    ),
    "arbitrage opens and closes": Program(_arbitrage("aster", "edgex", seed=2)),
    "an emergency": Program(
        _arbitrage("aster", "edgex", seed=2, risk__emergency_loss_percent="0.001")
    ),
}
"""By what happens in them."""
