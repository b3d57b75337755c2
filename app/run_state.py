"""What a run keeps on disk: one file per (strategy, venues, ticker, account), held by one process.

A run that was ended by a crash, a kill or Ctrl-C is taken up again by the same command. A run that
came to its end (data over, duration reached, strategy done) is set aside, and the same command
starts a new one. A strategy that halted until a person re-arms it is taken up as well, halted; so
is a run whose time was up while it held something on an account that remembers it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from app.errors import RunFailed, UsageError
from app.served_paper import paper_is_served
from app.settings import PAPER, PROD, RunSettings, venue_account, venue_kind
from database.journal import Durability, SqliteJournal
from database.lease import Holder, Lease, LeaseHeld
from exchange_clients.journal import JournalError

MARKET_KEY = "market"
EXTENDED_KEY = "extended_ns"
ALL_MARKETS = "all"
"""In the place of a ticker, where a strategy trades whatever there is."""
DRY = "dry"
"""How the files of dry runs begin, which send nothing: a run that has sent orders has its own."""


class RunState:
    """The open journal of this run, and the leases on what it trades."""

    def __init__(self, settings: RunSettings, holder: Holder, *, keeps: bool = True) -> None:
        """Take the leases and open the journal.

        Args:
            settings: The whole configuration.
            holder: This process, for those who are refused meanwhile.
            keeps: Whether the venues remember an unfinished run; where they forget with the
                process, it is set aside as if --fresh had been given.

        Raises:
            RunFailed: another process holds them, or the file cannot be used; says what to do.
        """
        self._settings = settings
        self._holder = holder
        self._anew = settings.fresh or not keeps
        self._leases: list[Lease] = []
        self.path = settings.state_dir / f"{_file_name(settings)}.db"
        try:
            self._take_leases()
            self.journal = self._open()
        except BaseException:
            self._release_leases()
            raise
        self.resumed = self.journal.load_state(MARKET_KEY) is not None

    def claim(self, market: Mapping[str, Any]) -> Mapping[str, Any]:
        """Write down which market this run trades, or check that a resumed run trades the same.

        Raises:
            UsageError: the unfinished run in the file is of another market.
        """
        kept = self.journal.load_state(MARKET_KEY)
        if kept is None:
            self.journal.save_state(MARKET_KEY, msgspec.json.encode(market).decode())
            return market
        known: dict[str, Any] = msgspec.json.decode(kept)
        changed = [name for name in market if known.get(name) != market[name]]
        if changed:
            differences = "; ".join(
                f"{name} was {known.get(name)!r}, now {market[name]!r}" for name in changed
            )
            raise UsageError(
                f"{self.path} holds an unfinished run on another market ({differences}): "
                f"finish it with the settings it had, or start anew with --fresh"
            )
        return known

    def extend(self, at_ns: int) -> None:
        """Keep a run whose time was up (epoch ns) for its next start, which has as long again.

        Raises:
            JournalError: it cannot be written.
        """
        self.journal.save_state(EXTENDED_KEY, str(at_ns))

    def extended_ns(self) -> int:
        """Return when the run's time was up last (epoch ns); 0 where it never was."""
        return int(self.journal.load_state(EXTENDED_KEY) or 0)

    def close(self) -> None:
        """Close the journal and let the leases go."""
        self.journal.close()
        self._release_leases()

    def _take_leases(self) -> None:
        settings = self._settings
        try:
            settings.state_dir.mkdir(parents=True, exist_ok=True)
            for account, place in _seats(settings):
                for market in _markets(settings):
                    self._take_lease(account, place, market)
        except LeaseHeld as error:
            raise RunFailed(str(error)) from error
        except OSError as error:
            raise RunFailed(
                f"state_dir {settings.state_dir} cannot be written ({error.strerror}): "
                f"choose another with --state-dir"
            ) from error

    def _take_lease(self, account: str, venue: str, market: str) -> None:
        """Take a market; who takes all of them is kept out by whoever has one, and the reverse."""
        where = (self._settings.state_dir, account)
        every = f"{venue}-{ALL_MARKETS}"
        everything = f"every market of {venue} on account {account}"
        if market == ALL_MARKETS:
            self._leases.append(Lease.acquire(*where, every, self._holder, what=everything))
            return
        self._leases.append(
            Lease.acquire(*where, every, self._holder, what=everything, shared=True)
        )
        self._leases.append(Lease.acquire(*where, f"{venue}-{market}", self._holder))

    def _release_leases(self) -> None:
        for lease in self._leases:
            lease.release()

    def _open(self) -> SqliteJournal:
        journal = self._open_file()
        if journal.is_finished() or (self._anew and journal.last_instant_ns()):
            journal.archive()
            journal = self._open_file()
        return journal

    def _open_file(self) -> SqliteJournal:
        durability = Durability(self._settings.journal.durability)
        try:
            return SqliteJournal(self.path, durability=durability, holder=self._holder)
        except JournalError as error:
            raise RunFailed(str(error)) from error


def _file_name(settings: RunSettings) -> str:
    words = [settings.strategy, *_places(settings), *_markets(settings), settings.account]
    if settings.dry_run:  # what it would have done is no run's to go on with
        words.insert(0, DRY)
    return "-".join(re.sub(r"[^A-Za-z0-9]+", "_", word) for word in words)


def _markets(settings: RunSettings) -> Sequence[str]:
    """Return what is traded, in words: a strategy over all markets has them all."""
    if not settings.many_markets:
        return [settings.ticker]
    return settings.symbols or [ALL_MARKETS]


def _seats(settings: RunSettings) -> list[tuple[str, str]]:
    """Return each account and its place: ``lighter:one`` is the account ``one`` at ``lighter``."""
    return [
        (settings.account, place)
        if venue_kind(venue) == PAPER
        else (venue_account(venue, settings.account), place.replace(venue, venue_kind(venue), 1))
        for venue, place in zip(settings.exchange, _places(settings), strict=True)
    ]


def _places(settings: RunSettings) -> list[str]:
    """Return the venues, each with its environment: what is traded in one is no other's business.

    The embedded paper venue is the same in all, and prod is what a venue's bare name means.
    """
    embedded = not paper_is_served(settings)
    return [
        venue
        if (embedded and venue_kind(venue) == PAPER) or settings.environment == PROD
        else f"{venue}-{settings.environment}"
        for venue in settings.exchange
    ]
