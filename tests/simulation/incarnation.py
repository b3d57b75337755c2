"""One process of a run: its loop, its ways to the venues, its hold of the journal, its clients."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from exchange_clients.base_models import OrderInfo
from exchange_clients.errors import ExchangeError
from exchange_clients.journal import OrderIntent
from exchange_clients.shared.client.venue_client import VenueClient, VenueClientOptions
from exchange_clients.shared.clock import Rng
from exchange_clients.shared.virtual_time import VirtualClock
from execution.legs.executor import AtomicMultiOrderExecutor
from execution.legs.values import LegLimits
from tests.simulation.naive import NaiveExecutor
from tests.simulation.plan import Plan
from tests.simulation.process import Disk, MortalJournal, MortalService, Process, Witness
from tests.simulation.sites import Site
from tests.simulation.truth import Truth
from tests.support.venue_links import link_in_memory
from venue_simulators.memory import MemoryHost, MemoryService

AGAIN_S = 2.0
"""After how long a client that could not connect is tried again."""
MAX_BOOK_AGE_S = 30.0


class Incarnation:
    """A process that trades on every site of a run.

    Args:
        plan: What happens.
        sites: The venues, which outlive it.
        process: Its life.
        disk: Where its journal is.
        truth: What is seen from outside.
        limits: What an execution may risk.
        number: How many were before.
    """

    def __init__(
        self,
        plan: Plan,
        sites: Mapping[str, Site],
        process: Process,
        disk: Disk,
        truth: Truth,
        limits: LegLimits,
        number: int,
    ) -> None:
        self.sites = sites
        self.number = number
        self.clock = VirtualClock(process.loop)
        self._process = process
        self._truth = truth
        self._sockets = plan.sockets
        self._latency_ns = plan.latency_ms * 1_000_000
        self._heard: dict[tuple[str, str], tuple[bool, Decimal]] = {}
        witness = Witness(process, disk, self._on_intent)
        self.journal = MortalJournal(disk.next_path(), disk.durability, witness=witness)
        rng = Rng(plan.seed, f"life {number}")
        self.clients = {name: self._client(site, rng.stream(name)) for name, site in sites.items()}
        self.executor = AtomicMultiOrderExecutor(self.clients, self.clock, self.journal, limits)
        self.naive = NaiveExecutor(self.clients)
        for name, client in self.clients.items():
            client.setup_order_update_handler(self._order_listener(name))

    async def connect(self) -> None:
        """Connect every client, as often as it takes."""
        for name, client in self.clients.items():
            while True:
                try:
                    await client.connect()
                    await client.get_contract_attributes(self.sites[name].traded.symbol)
                    await client.stream.prepare_market_feed(self.sites[name].traded.symbol)
                except (ExchangeError, ValueError):  # the latter where it is not listed just now
                    await self.clock.sleep(AGAIN_S)
                else:
                    break

    async def close(self) -> None:
        """End in good order."""
        await self.executor.close()
        for client in self.clients.values():
            await client.disconnect()
        for host in self._process.hosts:
            host.close()
        self.journal.close()

    def _client(self, site: Site, rng: Rng) -> VenueClient:
        host = MemoryHost(site.venue, self.clock.now_ns, self.clock.call_later, self._latency_ns)
        self._process.hosts.append(host)

        def resolve(base_url: str) -> MortalService | None:
            service: MemoryService | None = host.resolve(base_url)
            return None if service is None else MortalService(service, self._process)

        link = link_in_memory(
            site.facts.words, site.venue, resolve, self.clock, rng, order_socket=self._sockets
        )
        options = VenueClientOptions(max_book_age_s=MAX_BOOK_AGE_S)
        return VenueClient(link, journal=self.journal, name=site.name, options=options)

    def _on_intent(self, intent: OrderIntent) -> None:
        self.sites[intent.venue].evidence.intents[intent.client_order_id] = intent

    def _order_listener(self, venue: str) -> Callable[[OrderInfo], None]:
        return lambda info: self._on_order(venue, info)

    def _on_order(self, venue: str, info: OrderInfo) -> None:
        """Check that what is told of an order only ever grows."""
        key = (venue, str(info.client_order_id))
        told = (info.status.terminal, info.filled_size)
        before = self._heard.get(key)
        if before is not None and (told[0] < before[0] or told[1] < before[1]):
            self._truth.found(f"I5: order {key} went from {before} back to {told}")
        self._heard[key] = told
