"""The runs of a state folder that may still hold something at a venue, by their journals."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from app.settings import PAPER, venue_account, venue_kind
from database.journal_changes import JournalReader, TellsNoChanges, journals_in
from database.run_identity import RunIdentity
from exchange_clients.journal import JournalError


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which runs are meant."""

    state_dir: Path
    environment: str
    account: str | None = None
    """None for every account."""
    exchanges: tuple[str, ...] = ()
    """None for every venue."""
    run: str = ""
    """What the run's id begins with."""

    def means(self, run: RunIdentity) -> bool:
        """Whether a run is meant."""
        return (
            run.environment == self.environment
            and run.run_id.startswith(self.run)
            and bool(self.venues_of(run))
        )

    def venues_of(self, run: RunIdentity) -> tuple[str, ...]:
        """Return the venues of a run that are meant; an embedded paper venue is none."""
        return tuple(
            each
            for each in run.venues
            if venue_kind(each) != PAPER
            and self.account in (None, venue_account(each, run.account))
            and (not self.exchanges or each in self.exchanges or venue_kind(each) in self.exchanges)
        )


@dataclass(frozen=True, slots=True)
class KeptRun:
    """One unfinished run."""

    journal: Path
    identity: RunIdentity


@dataclass(frozen=True, slots=True)
class UnreadRun:
    """A journal that cannot be read: what its run holds is not known."""

    journal: Path
    trouble: str


def kept_runs(wanted: Wanted) -> tuple[Sequence[KeptRun], Sequence[UnreadRun]]:
    """Return the unfinished runs that are meant, and the journals that could not be read."""
    kept: list[KeptRun] = []
    unread: list[UnreadRun] = []
    for path in journals_in(wanted.state_dir):
        try:
            with closing(JournalReader(path)) as journal:
                identity = None if journal.is_finished() else journal.identity()
        except TellsNoChanges:
            continue  # the store, or a journal of long ago
        except JournalError as error:
            unread.append(UnreadRun(path, str(error)))
            continue
        if identity is not None and wanted.means(identity):
            kept.append(KeptRun(path, identity))
    return kept, unread
