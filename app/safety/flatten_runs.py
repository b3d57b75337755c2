"""Brings the runs of a state folder to flat: each out of its bot's hands first, all at once.

What a bot closes by itself is read again from the venues afterwards, so that flat is what they say
and not what the bot said. A run that was brought to flat stays halted until it is started anew.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from app.safety.accounts_at_hand import NOT_OPENED, AccountsAtHand
from app.safety.client_port import ClientPort, OrdersPort, WholeAccountPort
from app.safety.kept_runs import KeptRun, UnreadRun, Wanted
from app.safety.life_line import progress_of
from app.safety.pulse import Pulse, VenueProgress
from app.safety.take_over import Course, NotMine, take_over
from database.journal import SqliteJournal
from database.lease import LeaseHeld
from database.reserve import give_reserve_back
from exchange_clients.base_models import NS
from exchange_clients.journal import Journal, JournalError, MemoryJournal
from exchange_clients.shared.assembly import entropy
from exchange_clients.shared.clock import Clock
from exchange_clients.shared.network import NetworkClient
from exchange_clients.shared.tasks import TaskScope
from execution.close_out import Owned, owned_quantities
from execution.flatten import FlattenPort, VenueFlatness, flatten
from execution.own_fills import is_adopted
from execution.risk_desk import keep_halted

NUMBERS_SPREAD = 1_000_000_000
"""Orders that close a whole account are numbered from a drawn number: no journal counts them."""

Heard: TypeAlias = Callable[["RunFlatness"], None]


@dataclass(frozen=True, slots=True)
class RunFlatness:
    """What became of one run."""

    run_id: str
    course: Course = Course.IDLE
    venues: tuple[VenueProgress, ...] = ()
    trouble: str = ""
    """What kept it from being brought to flat at all."""

    @property
    def flat(self) -> bool:
        """Whether nothing of it is open or held."""
        return not self.trouble and all(each.flat for each in self.venues)


@dataclass(slots=True)
class Flattening:
    """Runs on their way to flat.

    Args:
        wanted: Which venues of them are meant.
        accounts: Opens their accounts.
        clock: Time and waiting.
        within_s: When to give up on what is not flat (seconds).
        heard: Told of a run whenever it is a step further.
        cancel_only: Whether positions are left as they are, and the run may go on later.
    """

    wanted: Wanted
    accounts: AccountsAtHand
    clock: Clock
    within_s: float
    heard: Heard = lambda run: None
    cancel_only: bool = False
    _results: dict[str, RunFlatness] = field(default_factory=dict)

    async def bring(
        self, runs: Sequence[KeptRun], unread: Sequence[UnreadRun] = ()
    ) -> Sequence[RunFlatness]:
        """Bring every run to flat, or tell why one is not."""
        for journal in unread:
            self._tell(RunFlatness(journal.journal.stem, trouble=journal.trouble))
        tasks = TaskScope()
        try:
            for run in runs:
                tasks.start(self._bring(run), run.identity.run_id)
            await tasks.join()
        finally:
            await tasks.close()
        return list(self._results.values())

    async def sweep(self, venues: Sequence[str], account: str) -> Sequence[RunFlatness]:
        """Bring whole accounts to flat, whoever traded on them."""
        name = f"everything on {account}"
        await self._close(RunFlatness(name), venues, account, "", self._forgetful(), swept=True)
        return list(self._results.values())

    async def _bring(self, run: KeptRun) -> None:
        identity = run.identity
        told = RunFlatness(identity.run_id)
        began_ns = self.clock.monotonic_ns()
        give_reserve_back(run.journal)  # the bot that is asked may need it as well

        def on_pulse(pulse: Pulse) -> None:
            self._tell(replace(told, course=Course.ASKED, venues=pulse.progress))

        try:
            async with self.clock.deadline(self.within_s):
                course = await take_over(run.journal, self.clock, on_pulse)
        except TimeoutError:
            self._tell(self._results.get(identity.run_id, told))
            return
        except (NotMine, LeaseHeld) as error:
            self._tell(replace(told, trouble=str(error)))
            return
        told = replace(self._results.get(identity.run_id, told), course=course)
        try:
            with closing(SqliteJournal(run.journal)) as journal:
                if not self.cancel_only:
                    keep_halted(journal, self.clock.now_ns())
                await self._close(
                    told, self.wanted.venues_of(identity), identity.account, identity.ticker,
                    journal, waited_s=(self.clock.monotonic_ns() - began_ns) / NS,
                )  # fmt: skip
        except JournalError as error:
            self._tell(replace(told, trouble=str(error)))

    async def _close(
        self,
        told: RunFlatness,
        venues: Sequence[str],
        account: str,
        ticker: str,
        journal: Journal,
        *,
        waited_s: float = 0.0,
        swept: bool = False,
    ) -> None:
        ports: list[FlattenPort] = []
        clients: list[NetworkClient] = []
        by_bot = {each.venue: each for each in told.venues if each.flat}
        known: dict[str, VenueProgress] = {}
        for venue in venues:
            if not self.accounts.outlives_its_bot(venue):
                known |= {venue: by_bot[venue]} if venue in by_bot else {}
                continue
            try:
                client = self.accounts.client(venue, account, ticker, journal)
            except NOT_OPENED as error:
                known[venue] = VenueProgress(venue, False, None, UNKNOWN, UNKNOWN, str(error))
                continue
            clients.append(client)
            taken_over = owned_quantities(filter(is_adopted, journal.fills(venue)))
            ports.append(self._port(client, taken_over, swept=swept))

        def on_flatness(flatness: VenueFlatness) -> None:
            seconds = None if flatness.seconds is None else flatness.seconds + waited_s
            now = progress_of(replace(flatness, seconds=seconds))
            earlier = by_bot.get(now.venue)
            known[now.venue] = earlier if now.flat and earlier is not None else now
            self._tell(replace(told, venues=tuple(known.values())))

        try:
            report = await flatten(
                ports, self.clock, within_s=max(self.within_s - waited_s, 0.0), heard=on_flatness
            )
            for each in report.venues:
                on_flatness(each)
        finally:
            for client in clients:
                await client.disconnect()
        self._tell(replace(told, venues=tuple(known.values())))

    def _port(self, client: NetworkClient, taken_over: Owned, *, swept: bool) -> FlattenPort:
        if swept:
            return WholeAccountPort(client)
        return OrdersPort(client) if self.cancel_only else ClientPort(client, taken_over)

    def _tell(self, told: RunFlatness) -> None:
        self._results[told.run_id] = told
        self.heard(told)

    @staticmethod
    def _forgetful() -> Journal:
        return MemoryJournal(last_number=entropy(NUMBERS_SPREAD))


UNKNOWN = "not known"
