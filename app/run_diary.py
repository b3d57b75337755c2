"""What a run writes into its journal beside orders and fills, for those who read across runs.

Whose run it is, what its accounts are worth now and then, and why it trades nothing just then. None
of it is read by the run itself.
"""

from __future__ import annotations

import hashlib
import logging

import msgspec

from app.run_state import RunState
from app.session import Session
from app.settings import RunSettings
from app.strategy_views import explain
from database.journal_rows import EquitySnapshot
from database.lease import Holder
from database.run_identity import EXPLAINED_KEY, RUN_KEY, Explained, RunIdentity
from exchange_clients.base_models import NS
from exchange_clients.journal import JournalError
from exchange_clients.shared.clock import to_datetime
from execution.position_check import Difference, Market
from strategies.base_strategy import MarketData

logger = logging.getLogger(__name__)

PACED_S = 30
"""How often a run that keeps pace with the clock writes, in market seconds at speed 1."""
HURRIED_S = 3600
"""The same where the market is computed at full speed: nobody reads it meanwhile."""


def identify(state: RunState, settings: RunSettings, holder: Holder) -> str:
    """Write down whose run the journal is of, once; return the run's id."""
    kept = state.journal.load_state(RUN_KEY)
    if kept is not None:
        return msgspec.json.decode(kept, type=RunIdentity).run_id
    # The name of the file comes again with the next run; the machine's time and process do not.
    origin = f"{holder.host} {holder.pid} {holder.since_ns}"
    tail = hashlib.blake2b(origin.encode(), digest_size=4).hexdigest()
    identity = RunIdentity(
        run_id=f"{state.path.stem}-{to_datetime(holder.since_ns):%Y%m%dT%H%M%SZ}-{tail}",
        strategy=settings.strategy,
        venues=tuple(settings.exchange),
        ticker=settings.markets_in_words,
        account=settings.account,
        environment=settings.environment,
        began_ns=holder.since_ns,
    )
    state.journal.save_state(RUN_KEY, msgspec.json.encode(identity).decode())
    return identity.run_id


class RunDiary:
    """Writes now and then; a journal that cannot be written is the bot's to act on."""

    def __init__(self, state: RunState, session: Session) -> None:
        self._journal = state.journal
        self.resumed = state.resumed
        """Whether the run was begun by an earlier process."""
        self._session = session
        self._differences: dict[Market, Difference] = {}
        speed = session.settings.speed
        every_s = HURRIED_S if speed is None else max(round(PACED_S * speed), 1)
        self._every_ns = every_s * NS
        self._next_ns = 0
        """When to write again; at once after the first price."""

    def begin(self) -> None:
        """Write what the accounts were worth when the run began, and are now.

        Each process writes the former, one row however often: the process that began the run
        may have died before it did.
        """
        self._write(first=True)

    def look(self) -> None:
        """Write if it is time; called with every sample, so that it is cheap otherwise."""
        if self._session.clock.now_ns() >= self._next_ns:
            self._write(explained=True)

    def on_position(self, market: Market, found: Difference | None) -> None:
        """Tell of a position that our fills do not explain; None where they do."""
        self._differences.pop(market, None)
        if found is not None:
            self._differences[market] = found
            self._session.on_note(self._session.clock.now_ns(), str(found))

    def end(self) -> None:
        """Write what it came to; why nothing is traded after the end is no news."""
        self._write()

    def _write(self, *, first: bool = False, explained: bool = False) -> None:
        session = self._session
        now_ns = session.clock.now_ns()
        self._next_ns = now_ns + self._every_ns if explained else 0
        try:
            with self._journal.transaction():
                for snapshot in self._snapshots(now_ns, first=first):
                    self._journal.record_equity(snapshot)
                if explained:
                    self._explain(now_ns)
        except JournalError as error:
            logger.warning("event=diary_not_written error=%s next=try_again", error)

    def _snapshots(self, now_ns: int, *, first: bool) -> list[EquitySnapshot]:
        session = self._session
        # Over many markets the recorder's equity is of all venues together, so of none of them.
        shown = None if session.settings.many_markets else session.primary.name
        snapshots = []
        for name, venue in session.venues.items():
            if first:
                start = venue.starting_balance
                snapshots.append(EquitySnapshot(name, venue.started_ns, start, start))
            own = session.recorder.equity if name == shown else None
            snapshots.append(EquitySnapshot(name, now_ns, venue.balance(), own))
        return [each for each in snapshots if (each.cash, each.equity) != (None, None)]

    def _explain(self, now_ns: int) -> None:
        session = self._session
        quote = session.bot.last_quote()
        data = None
        if quote is not None:
            ticker, venue = session.market.symbol, session.primary.name
            data = MarketData.of(ticker, venue, session.market, quote, now_ns)
        told = explain(session.strategy, data)
        rows = [(each.subject, each.rule, each.allows, each.detail) for each in told]
        # What is not ours is left alone and forbids nothing; who reads on should know of it.
        rows += [
            (session.market.symbol, "position", True, str(each))
            for each in self._differences.values()
        ]
        if not rows:
            self._next_ns = 0  # nothing was read yet: told as soon as there is something
        else:
            text = msgspec.json.encode(Explained(now_ns, rows)).decode()
            self._journal.save_state(EXPLAINED_KEY, text, now_ns)
