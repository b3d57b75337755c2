"""Links to the accounts of runs, one for each: two runs of an account number its requests together.

A venue whose account cannot be opened is told as a trouble of its own and keeps no other away.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from app.accounts import hide_credentials, stored_accounts, variables_with
from app.errors import AppError
from app.network import network_client
from app.settings import PAPER, venue_account, venue_kind
from exchange_clients.errors import ExchangeError
from exchange_clients.journal import Journal
from exchange_clients.shared.assembly import (
    SIMULATOR,
    choose_environment,
    credentials_of,
    is_pointed_at,
    open_link,
)
from exchange_clients.shared.clock import Clock
from exchange_clients.shared.link import VenueLink
from exchange_clients.shared.network import NetworkClient


class AccountsAtHand:
    """Opens each account once, and lets all of them go at the end.

    Args:
        variables: Where credentials are read that are not stored.
        state_dir: Where the stored ones are.
        environment: Of all accounts.
        clock: Time.
    """

    def __init__(
        self, variables: Mapping[str, str], state_dir: Path, environment: str, clock: Clock
    ) -> None:
        self._variables = variables
        self._state_dir = state_dir
        self._environment = environment
        self._clock = clock
        self._links: dict[tuple[str, str], VenueLink] = {}

    def client(self, venue: str, account: str, ticker: str, journal: Journal) -> NetworkClient:
        """Return a client of an account, not yet connected.

        Raises:
            AppError: the account is not known, or cannot be unsealed.
            ExchangeError: its credentials are missing or malformed, or the venue has no such
                environment.
        """
        seat = venue_kind(venue), venue_account(venue, account)
        link = self._links.get(seat)
        if link is None:
            link = self._links[seat] = self._open(*seat)
        return network_client(venue)(link=link, journal=journal, name=venue, ticker=ticker)

    def outlives_its_bot(self, venue: str) -> bool:
        """Whether a venue is still there when its bot is not: one inside the bot is not."""
        if self._environment == SIMULATOR:
            return is_pointed_at(network_client(venue).VENUE, self._variables)
        return self._environment != PAPER

    async def close(self) -> None:
        """Let every link go."""
        for link in self._links.values():
            await link.close()
        self._links.clear()

    def _open(self, name: str, account: str) -> VenueLink:
        venue = network_client(name).VENUE
        stored = stored_accounts(
            account=account,
            environment=self._environment,
            variables=self._variables,
            state_dir=self._state_dir,
            venues={name: venue},
        ).get(name)
        variables = variables_with(self._variables, venue, stored)
        chosen = choose_environment(venue, self._environment, variables)
        hide_credentials(credentials_of(venue, variables, environment=chosen))
        proxy = "" if stored is None else stored.proxy
        link = open_link(venue, self._environment, variables, clock=self._clock, proxy=proxy)
        return link.acquire()


NOT_OPENED = (AppError, ExchangeError)
"""What keeps one account from being opened."""
