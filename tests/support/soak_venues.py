"""Simulated venues on loopback, each behind proxies that can misbehave, and their books."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal

from exchange_clients.base_models import ZERO, ContractId
from exchange_clients.journal import Journal
from tests.simulation.quiet import CENT
from tests.simulation.told_orders import off_their_fills
from tests.support.toxic_pouring import proxied, proxies_of
from tests.support.toxic_proxy import ToxicProxy, Toxics
from tests.support.venue_books import breaches_of, explained_equity, orders_of
from tests.support.venue_verdicts import THROTTLED
from tests.support.wire_orders import ACCOUNT, names_of
from venue_simulators.catalogue import start
from venue_simulators.options import SimulatorOptions
from venue_simulators.server import SimulatorServer
from venue_simulators.world import World


@dataclass(slots=True)
class FrontedVenue:
    """A venue as bots reach it, and what it knows."""

    name: str
    server: SimulatorServer
    proxies: Mapping[str, ToxicProxy]
    begin: Decimal
    """What the account was worth then (USD)."""
    poured: Counter[str] = field(default_factory=Counter)
    """How often each toxic was poured."""

    @property
    def world(self) -> World:
        """The venue's truth."""
        world: World = self.server.venue.simulator.world
        return world

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables with which a bot trades here, through the proxies."""
        return self.server.venue.environment(proxied(self.server.urls, self.proxies))

    @property
    def connections(self) -> int:
        """How many connections the proxies ever took."""
        return sum(each.connections for each in self.proxies.values())

    @property
    def throttled(self) -> int:
        """How many requests the venue refused because there were too many."""
        return sum(entry.status == THROTTLED for entry in self.server.venue.log)

    def heal(self) -> None:
        """Let everything pass."""
        for proxy in self.proxies.values():
            proxy.toxics = Toxics()

    def resting(self) -> Counter[tuple[str, Decimal | None, Decimal]]:
        """Return side, price and size of what rests."""
        return Counter(
            (str(each.side), each.price, each.remaining_size)
            for each in self.world.open_orders(ACCOUNT)
        )

    def held(self) -> dict[ContractId, Decimal]:
        """Return the positions, signed, of markets in which there is one."""
        held = self.world.positions(ACCOUNT)
        return {each.contract_id: each.size for each in held if each.size}

    def unlike(self, journal: Journal) -> Iterator[str]:
        """Yield what these books and a journal, of nothing that still trades, do not agree on."""
        names = {
            number: each for number, each in names_of(self.server.venue.simulator).items() if each
        }
        intended = {str(each.client_order_id) for each in journal.intents(self.name)}
        yield from (
            f"I2: {each} is in no journal" for each in names.values() if each not in intended
        )
        yield from (f"I3: {info.order_id} is open" for info in self.world.open_orders(ACCOUNT))
        books = orders_of(self.world, self.name, journal, names)
        yield from (f"I1-I7: {text}" for text in breaches_of(books))
        for text in off_their_fills(self.world, names, journal.outcomes(self.name)):
            yield f"I6: {text}"
        fills = journal.fills(self.name)
        held: dict[ContractId, Decimal] = {}
        for fill in fills:
            held[fill.contract_id] = held.get(fill.contract_id, ZERO) + fill.side.sign * fill.size
        own = {contract_id: size for contract_id, size in held.items() if size}
        if own != self.held():
            yield f"I15: {self.held()} is held, our fills say {own}"
        explained, true = explained_equity(self.world, self.begin, fills), self.world.funds(ACCOUNT)
        if abs(true.equity - explained) > CENT:
            yield f"I19: the account is worth {true.equity}, our fills explain {explained}"


@asynccontextmanager
async def fronted(name: str, options: SimulatorOptions) -> AsyncIterator[FrontedVenue]:
    """Serve a venue behind proxies for as long as the block lasts."""
    async with start(name, options) as server, AsyncExitStack() as opened:
        proxies = proxies_of(server.urls)
        for proxy in proxies.values():
            await opened.enter_async_context(proxy)
        yield FrontedVenue(name, server, proxies, options.balance)
