"""A grid on a simulated network venue, in memory: its lives, its deaths and what it leaves behind.

The venue outlives the processes that trade on it. Each life has an event loop, a network and a
connected client of its own, and the journal of all of them is one file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit

from database.journal import SqliteJournal
from exchange_clients.base_models import (
    NS,
    ClientOrderId,
    ContractId,
    Fill,
    OrderInfo,
    Purpose,
)
from exchange_clients.events import BestBidOffer
from exchange_clients.journal import IntentKind, OrderIntent
from exchange_clients.paper.sources.synthetic import (
    DEFAULT_START_NS,
    SyntheticConfig,
    SyntheticSource,
)
from exchange_clients.shared.assembly import choose_environment
from exchange_clients.shared.client.venue_client import VenueClient
from exchange_clients.shared.clock import Clock, Rng
from exchange_clients.shared.credentials import read_credentials
from exchange_clients.shared.link import VenueLink
from exchange_clients.shared.signing import Seal, simulated_seal
from exchange_clients.shared.transport.memory_transport import (
    MemoryHttpTransport,
    MemorySocketTransport,
)
from exchange_clients.shared.transport.ports import HttpTransport, SocketTransport
from exchange_clients.shared.venue import Venue
from exchange_clients.shared.virtual_time import VirtualClock
from execution.bot_ports import Ports
from execution.order_executor import OrderExecutor
from execution.ports import OpenRiskGate
from strategies.factory import StrategyFactory
from strategies.implementations.grid.state import GridState
from tests.support.venue_evidence import Evidence, WitnessedVenue
from tests.support.venue_listings import listed_markets
from tests.support.venue_moods import moody_venue
from tests.support.wire_orders import ACCOUNT
from trading_bot import TradingBot, TradingConfig
from venue_simulators.fault_plan import FaultPlan
from venue_simulators.memory import MemoryHost, MemoryService
from venue_simulators.misbehaviour import Misbehaving
from venue_simulators.options import SignatureDepth, SimulatorOptions

TICKER = "BTC"
START_NS = DEFAULT_START_NS + 2400 * NS
"""Twenty minutes before funding is paid."""
RESTART_S = 10.0
"""How long a process that could not start waits before the next is started."""
GRID: Mapping[str, object] = {
    "take_profit": "0.04",
    "grid_step": "0.02",
    "direction": "buy",
    "order_notional_usd": "150",
    "max_orders": "40",
    "wait_time": "4",
    "entry_timeout_s": "5",
    "exit_open_orders": "keep",
}


class MortalJournal:
    """A journal that writes nothing any more once its process is dead."""

    def __init__(self, path: Path, evidence: Evidence) -> None:
        self._inner = SqliteJournal(path)
        self._evidence = evidence
        self.dead = False
        self.on_placement: Callable[[], None] = lambda: None
        """Called when the intent of a placement is durable and nothing was sent."""

    def record_intent(self, intent: OrderIntent) -> None:
        if self.dead:
            return
        self._inner.record_intent(intent)
        if intent.kind is IntentKind.PLACE:
            self._evidence.intents[intent.client_order_id] = intent
            self.on_placement()

    def record_reference(self, venue: str, client_order_id: ClientOrderId, reference: str) -> None:
        if not self.dead:
            self._inner.record_reference(venue, client_order_id, reference)

    def record_outcome(self, venue: str, info: OrderInfo, at_ns: int) -> None:
        if not self.dead:
            self._inner.record_outcome(venue, info, at_ns)

    def record_fill(self, venue: str, fill: Fill) -> bool:
        return not self.dead and self._inner.record_fill(venue, fill)

    def next_order_number(self) -> int:
        return 1 if self.dead else self._inner.next_order_number()

    def intents(self, venue: str) -> Sequence[OrderIntent]:
        return () if self.dead else self._inner.intents(venue)

    def outcomes(self, venue: str) -> Sequence[OrderInfo]:
        return () if self.dead else self._inner.outcomes(venue)

    def fills(self, venue: str) -> Sequence[Fill]:
        return () if self.dead else self._inner.fills(venue)

    def first_order_ns(self, venue: str) -> int | None:
        return None if self.dead else self._inner.first_order_ns(venue)

    def save_state(self, key: str, value_json: str, at_ns: int = 0) -> None:
        if not self.dead:
            self._inner.save_state(key, value_json, at_ns)

    def load_state(self, key: str) -> str | None:
        return None if self.dead else self._inner.load_state(key)

    def load_states(self, prefix: str) -> dict[str, str]:
        return {} if self.dead else self._inner.load_states(prefix)

    def die(self) -> None:
        """Let go of the file as a process does that ends."""
        if not self.dead:
            self.dead = True
            self._inner.close()


class Watcher:
    """The bot's observer; only notes count here."""

    def __init__(self) -> None:
        self.started = False
        self.notes: list[str] = []
        self.fills: list[Fill] = []

    def on_start(self, bbo: BestBidOffer | None) -> None:
        del bbo
        self.started = True

    def on_end(self) -> None:
        pass

    def on_order(self, venue: str, key: str, purpose: Purpose, info: OrderInfo) -> None:
        pass

    def on_fill(self, venue: str, key: str, purpose: Purpose, fill: Fill) -> None:
        del venue, key, purpose
        self.fills.append(fill)

    def on_note(self, now_ns: int, text: str) -> None:
        del now_ns
        self.notes.append(text)


class Network:
    """The network in memory between one process and the venue.

    Args:
        venue: The venue, with its faults around it.
        clock: The process's.
        latency_ns: One way.
    """

    def __init__(self, venue: Misbehaving, clock: VirtualClock, latency_ns: int) -> None:
        self.host = MemoryHost(venue, clock.now_ns, clock.call_later, latency_ns)
        self.urls = {
            each.name: f"{'ws' if each.websocket else 'http'}://{each.name}"
            for each in venue.services
        }
        self.http = MemoryHttpTransport(self._resolve, clock)
        self.sockets = MemorySocketTransport(self._resolve)

    def _resolve(self, base_url: str) -> MemoryService:
        return self.host.service(urlsplit(base_url).netloc)


class Life:
    """One process that trades: its client, its bot, its hold of the journal.

    Args:
        stage: The venue it trades on.
        link: Its way there.
        cut: Cuts that way off, so that nothing leaves and nothing is heard.
    """

    def __init__(self, stage: VenueStage, link: VenueLink, cut: Callable[[], None]) -> None:
        self.clock = link.clock
        self.journal = MortalJournal(stage.path, stage.evidence)
        self.client = VenueClient(link, journal=self.journal, name=stage.name)
        self.strategy = StrategyFactory.create_strategy("grid", stage.grid)
        self.watcher = Watcher()
        self._cut = cut
        clients = {stage.name: self.client}
        self.bot = TradingBot(
            TradingConfig(TICKER, (stage.name,), "grid"),
            clients=clients,
            strategy=self.strategy,
            ports=Ports(
                OrderExecutor(clients, self.clock),
                OpenRiskGate(),
                self.clock,
                self.journal,
                self.watcher,
            ),
        )

    @property
    def grid(self) -> GridState:
        """What the strategy knows."""
        state = self.strategy.machine.state  # type: ignore[attr-defined]
        assert isinstance(state, GridState)
        return state

    def die(self) -> None:
        """End as a killed process does: nothing leaves, nothing is heard, nothing is written."""
        self._cut()
        self.journal.die()


class VenueStage:
    """A simulated venue that outlives whoever trades on it.

    Args:
        name: Which venue.
        seed: Of market, faults and processes.
        folder: Where the journal is kept.
        plan: What goes wrong.
        options: What is simulated; a wild market in memory unless told otherwise.
        grid: Parameters of the strategy.
    """

    def __init__(
        self,
        name: str,
        seed: int,
        folder: Path,
        plan: FaultPlan,
        *,
        options: SimulatorOptions | None = None,
        grid: Mapping[str, object] = GRID,
    ) -> None:
        self.name = name
        self.seed = seed
        self.path = folder / f"{name}-{seed}.db"
        self.plan = plan
        self.grid = dict(grid)
        self.evidence = Evidence()
        self.simulator = moody_venue(name, options or wild_market(name, seed))
        self.market = next(
            each for each in self.simulator.world.markets.values() if each.symbol == TICKER
        )
        self.venue = WitnessedVenue(self.simulator, plan, self.evidence, self.market)
        self.latency_ns = Rng(seed, "latency").randint(1, 40) * 1_000_000
        self.words: Venue = import_module(f"exchange_clients.{name}.client.core").VENUE

    @property
    def now_ns(self) -> int:
        """The present instant."""
        return self.simulator.world.now_ns

    @property
    def contract_id(self) -> ContractId:
        """What is traded."""
        return self.market.contract_id

    def life(self, clock: VirtualClock) -> Life:
        """Return a process in memory that has not begun to trade."""
        network = Network(self.venue, clock, self.latency_ns)
        link = self.link(network.urls, network.http, network.sockets, clock, seal=simulated_seal)
        return Life(self, link, network.host.close)

    def link(
        self,
        urls: Mapping[str, str],
        http: HttpTransport,
        sockets: SocketTransport,
        clock: Clock,
        *,
        seal: Seal | None = None,
    ) -> VenueLink:
        """Return a link, not opened, to the venue's account."""
        variables = self.venue.environment(urls)
        return VenueLink(
            self.words,
            choose_environment(self.words, "simulator", variables),
            read_credentials(self.name, self.words.fields, variables),
            http=http,
            sockets=sockets,
            clock=clock,
            rng=Rng(self.seed, f"life {len(self.evidence.births)}"),
            seal=seal,
        )


def wild_market(
    name: str,
    seed: int,
    *,
    start_ns: int = START_NS,
    updates_per_s: float = 1.0,
    signatures: SignatureDepth = SignatureDepth.DIGEST,
) -> SimulatorOptions:
    """Return a venue that lists one market, whose price moves more than it usually does."""
    listed = next(each for each in listed_markets(name) if each.market.symbol == TICKER)
    wild = replace(listed, annual_volatility=1.0)
    source = SyntheticSource(SyntheticConfig(seed, (wild,), start_ns, updates_per_s=updates_per_s))
    return SimulatorOptions(
        seed=seed, source=source, signatures=signatures, accounts=(ACCOUNT,), start_ns=start_ns
    )
