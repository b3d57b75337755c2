"""A run on the machine's clock: real venues, simulators of them, or their prices on paper."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from functools import partial

from app.accounts import accounts_of_run, hide_credentials, variables_with
from app.errors import UsageError
from app.key_watch import KeyWatch
from app.live_venue import LiveVenue, open_venue
from app.network import fast_loop, network_client
from app.run_state import RunState
from app.run_venue import RunVenue
from app.served_paper import paper_is_served
from app.settings import RunSettings, venue_kind
from app.simulated import is_running, shared_world, simulated_symbols, simulator_of
from database.account_access import accounts_file
from database.reserve import keep_reserve
from exchange_clients.journal import Journal
from exchange_clients.shared.assembly import (
    SIMULATOR,
    choose_environment,
    credentials_of,
    open_link,
)
from exchange_clients.shared.clock import SystemClock
from exchange_clients.shared.link import VenueLink
from exchange_clients.shared.network import NetworkClient


class LiveStage:
    """The venues that a configuration names, in its environment.

    Args:
        settings: The whole configuration.

    Raises:
        MissingCredentialsError: names what is absent; nothing was started.
        ClientConfigError: a venue has no such environment.
        UsageError: a venue cannot be traded live, or the account is not known.
    """

    def __init__(self, settings: RunSettings) -> None:
        self.clock = SystemClock()
        self._settings = settings
        served = paper_is_served(settings)
        self._classes = {
            name: network_client(name, paper_served=served) for name in settings.exchange
        }
        self._to_start = [name for name in settings.exchange if self._needs_simulator(name)]
        self._opened = AsyncExitStack()
        reached = {
            name: client_class.VENUE
            for name, client_class in self._classes.items()
            if name not in self._to_start
        }
        self._accounts = accounts_of_run(settings, reached)
        self._keys = KeyWatch(
            accounts_file(settings.variables, settings.state_dir),
            self._accounts,
            partial(accounts_of_run, settings, reached),
            self.clock,
        )
        self._variables = {
            name: variables_with(settings.variables, client_class.VENUE, self._accounts.get(name))
            for name, client_class in self._classes.items()
        }
        """By venue: two accounts of one have their credentials in the same variables."""
        for name, venue in reached.items():
            chosen = choose_environment(venue, settings.environment, self._variables[name])
            hide_credentials(credentials_of(venue, self._variables[name], environment=chosen))

    @property
    def keeps(self) -> bool:
        """Whether every venue outlives this process: a simulator started by it does not."""
        return not self._to_start

    @property
    def remembers(self) -> bool:
        """Whether every venue holds what is left there: none that lives as long as the run."""
        return self.keeps

    def make_loop(self, state: RunState) -> asyncio.AbstractEventLoop:
        """Return the fastest loop there is."""
        del state
        return fast_loop()

    async def open(self, state: RunState) -> Mapping[str, RunVenue]:
        """Start the simulators that are needed, connect the accounts, claim them."""
        if self.keeps:
            keep_reserve(state.path)
        for name in self._to_start:
            block = simulator_of(
                venue_kind(name),
                *simulated_symbols(self._settings),
                seed=self._settings.seed,
                balance=self._settings.paper.starting_balance,
                shared=shared_world(self._settings, name),
            )
            server = await self._opened.enter_async_context(block)
            self._variables[name] |= server.environment()
        state.claim(self._identity())
        self._opened.push_async_callback(self._keys.close)
        venues = {}
        for name, client_class in self._classes.items():
            venues[name] = venue = await self._open_venue(name, client_class, state)
            self._opened.push_async_callback(venue.close)
        return venues

    def begin(self) -> None:
        """Do nothing: the machine's time goes on by itself."""

    async def close(self) -> None:
        """Let the accounts go, then the simulators."""
        await self._opened.aclose()

    async def _open_venue(
        self, name: str, client_class: type[NetworkClient], state: RunState
    ) -> LiveVenue:
        settings = self._settings
        account = self._accounts.get(name)
        link = open_link(
            client_class.VENUE,
            settings.environment,
            self._variables[name],
            clock=self.clock,
            proxy="" if account is None else account.proxy,
        )
        make_client = partial(
            _client, client_class, journal=state.journal, name=name, ticker=settings.ticker
        )
        try:
            venue = await open_venue(link, make_client, settings.ticker, state.journal)
        except ValueError as error:
            raise UsageError(f"--ticker {settings.ticker}: {error}") from error
        self._keys.add(name, link)
        return venue

    def _needs_simulator(self, name: str) -> bool:
        settings = self._settings
        return settings.environment == SIMULATOR and not is_running(
            self._classes[name].VENUE, settings.variables
        )

    def _identity(self) -> dict[str, object]:
        """Return what a resumed run must have in common with the one it takes up."""
        accounts = {}
        for name, client_class in self._classes.items():
            venue = client_class.VENUE
            stored = self._accounts.get(name)
            # A stored account keeps its name when it is given another key.
            accounts[name] = (
                venue.account_of(credentials_of(venue, self._variables[name]))
                if stored is None
                else f"stored as {stored.key.name}"
            )
        return {"environment": self._settings.environment, "accounts": accounts}


def _client(
    client_class: type[NetworkClient], link: VenueLink, *, journal: Journal, name: str, ticker: str
) -> NetworkClient:
    return client_class(link=link, journal=journal, name=name, ticker=ticker)
