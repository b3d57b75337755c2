"""Runs of the whole program on simulated venues in memory, on virtual time, without a socket.

The venues outlive whoever trades on them, so that a run may end and another go on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from decimal import Decimal
from functools import partial
from importlib import import_module
from pathlib import Path

from app.arguments import Given
from app.assembly import play_on
from app.configuration import settings_of
from app.errors import UsageError
from app.live_venue import LiveVenue, open_venue
from app.run_state import RunState
from app.session import Session
from app.settings import RunSettings
from app.simulated import shared_world, simulated_symbols
from exchange_clients.base_models import Fill, OrderInfo, OrderType, Side, TimeInForce
from exchange_clients.journal import Journal
from exchange_clients.shared.client.venue_client import VenueClient, VenueClientOptions
from exchange_clients.shared.clock import Rng
from exchange_clients.shared.link import VenueLink
from exchange_clients.shared.transport.memory_transport import Resolve
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop
from tests.support.venue_links import link_in_memory
from venue_simulators import catalogue
from venue_simulators.fault_plan import FaultPlan
from venue_simulators.memory import MemoryHost
from venue_simulators.misbehaviour import Misbehaving
from venue_simulators.options import SignatureDepth, SimulatorOptions
from venue_simulators.scripted_source import START_NS
from venue_simulators.world import Wanted, World

ACCOUNT = "main"
BALANCE = Decimal(10_000)


class SimulatedVenues:
    """Venues of one world, each with one account.

    Args:
        settings: Whose venues they are.
    """

    def __init__(self, settings: RunSettings) -> None:
        self.plans = {name: FaultPlan() for name in settings.exchange}
        """What goes wrong at each."""
        self.venues = {
            name: Misbehaving(catalogue.build(name, _options(settings, name)), self.plans[name])
            for name in settings.exchange
        }

    def world(self, name: str) -> World:
        """Return the books of a venue."""
        world: World = self.venues[name].simulator.world
        return world

    def trade_by_hand(self, name: str, side: Side, size: str) -> None:
        """Let the person behind the account trade BTC at market."""
        world = self.world(name)
        contract_id = next(each for each in world.markets if world.markets[each].symbol == "BTC")
        order = Wanted(contract_id, side, Decimal(size), None, OrderType.MARKET, TimeInForce.IOC)
        outcome = world.place(ACCOUNT, order)
        assert outcome.reason is None, outcome

    def orders(self, name: str) -> Sequence[OrderInfo]:
        """Return every order that a venue ever had of the account."""
        return self.world(name).orders(ACCOUNT)

    def fills(self, name: str) -> Sequence[Fill]:
        """Return every fill of the account at a venue."""
        return self.world(name).fills(ACCOUNT)

    def positions(self, name: str) -> dict[str, Decimal]:
        """Return what the account holds at a venue, by symbol."""
        world = self.world(name)
        return {
            str(world.markets[held.contract_id].symbol): held.size
            for held in world.positions(ACCOUNT)
        }


class MemoryStage:
    """Where a run takes place: virtual time, and venues that are reached in memory."""

    clock: VirtualClock
    keeps = True
    remembers = True
    order_socket = False
    """Whether orders go over a WebSocket where a venue takes them so, as they do of a bot."""

    def __init__(self, settings: RunSettings, venues: Mapping[str, Misbehaving]) -> None:
        self._settings = settings
        self._venues = venues
        self._opened = AsyncExitStack()

    def make_loop(self, state: RunState) -> asyncio.AbstractEventLoop:
        """Return a loop that begins where the venues stand."""
        now_ns = max(venue.simulator.world.now_ns for venue in self._venues.values())
        loop = VirtualLoop(epoch_ns=max(now_ns, state.journal.last_instant_ns()))
        self.clock = VirtualClock(loop)
        return loop

    async def open(self, state: RunState) -> Mapping[str, LiveVenue]:
        """Connect the accounts."""
        state.claim({"environment": "memory"})
        venues = {}
        for name, venue in self._venues.items():
            words = import_module(f"exchange_clients.{name}.client.core").VENUE
            resolve, rng = self.reach(venue), self.rng(name)
            link = link_in_memory(
                words, venue, resolve, self.clock, rng, order_socket=self.order_socket
            )
            make_client = partial(
                _client, journal=state.journal, name=name, ticker=self._settings.ticker
            )
            venues[name] = opened = await self._opened_venue(link, make_client, state)
            self._opened.push_async_callback(opened.close)
        return venues

    async def _opened_venue(
        self, link: VenueLink, make_client: Callable[[VenueLink], VenueClient], state: RunState
    ) -> LiveVenue:
        ticker = self._settings.ticker
        try:
            return await open_venue(link, make_client, ticker, state.journal)
        except ValueError as error:
            raise UsageError(f"--ticker {ticker}: {error}") from error

    def reach(self, venue: Misbehaving) -> Resolve:
        """Return a way to a venue."""
        host = MemoryHost(venue, self.clock.now_ns, self.clock.call_later)
        self._opened.callback(host.close)
        return host.resolve

    def rng(self, name: str) -> Rng:
        """Return all randomness of the way to a venue."""
        return Rng(self._settings.seed, name)

    def begin(self) -> None:
        """Do nothing: time is a number."""

    async def close(self) -> None:
        """Let the accounts go, then the network."""
        await self._opened.aclose()


def run_settings(folder: Path, strategy: str, exchange: str, **changes: object) -> RunSettings:
    """Return the configuration of a run, as the command line would give it.

    Args:
        folder: Where state is kept.
        strategy: Its name.
        exchange: Venues separated by commas.
        changes: Further keys with ``__`` for the dot: ``run__duration="1h"``.
    """
    given: dict[str, object] = {
        "strategy.name": strategy,
        "run.exchange": exchange,
        "run.environment": "simulator",
        "run.panel": "false",
        "run.state_dir": folder / "state",
        **{name.replace("__", ".", 1): value for name, value in changes.items()},
    }
    return settings_of({name: Given(str(value), name) for name, value in given.items()})


def play(
    settings: RunSettings,
    venues: SimulatedVenues,
    prepare: Callable[[Session], None] = lambda session: None,
) -> Session:
    """Play a run to its end."""
    return play_on(MemoryStage(settings, venues.venues), settings, prepare)


def _options(settings: RunSettings, name: str) -> SimulatorOptions:
    return SimulatorOptions(
        seed=settings.seed,
        symbols=simulated_symbols(settings),
        balance=BALANCE,
        accounts=(ACCOUNT,),
        shared=shared_world(settings, name),
        signatures=SignatureDepth.DIGEST,
        start_ns=START_NS,
    )


def _client(link: VenueLink, *, journal: Journal, name: str, ticker: str) -> VenueClient:
    return VenueClient(link, journal=journal, name=name, options=VenueClientOptions(ticker=ticker))
