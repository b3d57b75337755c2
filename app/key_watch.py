"""Lets a running bot take another key of its account as soon as it is stored.

The file of accounts is looked at now and then, and opened only where it has changed. What cannot be
read leaves the present key in use.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from pathlib import Path

from app.accounts import hide_credentials
from app.errors import AppError
from database.account_store import Account
from exchange_clients.errors import ExchangeError
from exchange_clients.shared.assembly import credentials_of
from exchange_clients.shared.clock import Clock
from exchange_clients.shared.link import VenueLink
from exchange_clients.shared.tasks import TaskScope

logger = logging.getLogger(__name__)

LOOK_S = 15.0


class KeyWatch:
    """The stored accounts of a run.

    Args:
        file: Of accounts.
        accounts: As they were read for the run, by venue.
        read: Reads them again; opening them takes a part of a second.
        clock: Time and waiting.
    """

    def __init__(
        self,
        file: Path,
        accounts: Mapping[str, Account],
        read: Callable[[], Mapping[str, Account]],
        clock: Clock,
    ) -> None:
        self._file = file
        self._accounts = dict(accounts)
        self._read = read
        self._clock = clock
        self._links: dict[str, VenueLink] = {}
        self._tasks = TaskScope()
        self._seen = self._stamp()

    def add(self, name: str, link: VenueLink) -> None:
        """Give a venue's link whatever its account is given; watching begins with the first."""
        if name in self._accounts:
            self._links[name] = link
            if not len(self._tasks):
                self._tasks.start(self._watch(), "keys")

    async def close(self) -> None:
        """Look no more."""
        await self._tasks.close()

    async def look(self) -> None:
        """Look once."""
        stamp = self._stamp()
        if stamp == self._seen:
            return
        self._seen = stamp
        try:
            # The passphrase is made slow to guess, which would hold up the loop that trades.
            found = await asyncio.to_thread(self._read)
        except AppError as error:
            logger.warning("event=accounts_not_read error=%s next=the_key_stays", error)
            return
        for name, link in self._links.items():
            self._take(name, link, found.get(name))

    async def _watch(self) -> None:
        while True:
            await self._clock.sleep(LOOK_S)
            await self.look()

    def _take(self, name: str, link: VenueLink, account: Account | None) -> None:
        if account is None or account.variables == self._accounts[name].variables:
            return
        try:
            credentials = credentials_of(
                link.venue, account.variables, environment=link.environment
            )
        except ExchangeError as error:
            logger.warning("event=key_not_taken venue=%s error=%s next=the_key_stays", name, error)
            return
        link.adopt(hide_credentials(credentials))
        self._accounts[name] = account
        logger.warning("event=key_taken venue=%s next=the_next_login_uses_it", name)

    def _stamp(self) -> tuple[int, int]:
        try:
            status = self._file.stat()
        except OSError:
            return (0, 0)
        return (status.st_mtime_ns, status.st_size)
