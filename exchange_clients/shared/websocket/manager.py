"""The live feeds of one venue over one link: markets come and go, connections are kept.

Which topics are wanted stands in a registry; which connections carry them is said by the venue's
words; each connection has a supervisor. Everything that listeners hear comes from the callback of
a socket, in the instant its frame arrives.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from decimal import Decimal

from exchange_clients.base_models import NS, ContractId, DepthView, Feature, Level, Market, Side
from exchange_clients.base_websocket import (
    BaseWebSocketManager,
    FeedKind,
    QuoteListener,
    SignalListener,
    TradeListener,
)
from exchange_clients.errors import NotConnectedError, UnsupportedFeature
from exchange_clients.events import BestBidOffer, BookSnapshot, Signal, StreamSignal
from exchange_clients.shared.clock import Rng
from exchange_clients.shared.link import VenueLink
from exchange_clients.shared.market_table import Listing
from exchange_clients.shared.stream import Topic, TopicKind, account_topics
from exchange_clients.shared.tasks import TaskScope
from exchange_clients.shared.venue import BookSource
from exchange_clients.shared.websocket.book_feed import BookFeed, DepthListener
from exchange_clients.shared.websocket.book_sync import BookSync
from exchange_clients.shared.websocket.connection_ports import ConnectionPorts, Ending
from exchange_clients.shared.websocket.feed_age import AgeLimits
from exchange_clients.shared.websocket.feed_connection import FeedConnection
from exchange_clients.shared.websocket.message_handler import (
    Listeners,
    MarketListener,
    PrivateListener,
)
from exchange_clients.shared.websocket.proofs import ProofDesk
from exchange_clients.shared.websocket.registry import SubscriptionRegistry
from exchange_clients.shared.websocket.resync import ResyncDesk
from exchange_clients.shared.websocket.supervisor import (
    ConnectionSupervisor,
    Plan,
    SupervisorPorts,
)

MARKET_KINDS = (TopicKind.BOOK, TopicKind.TRADES, TopicKind.FUNDING)
"""What is subscribed of each market, where the venue has it."""
VENUE_TOPICS = (Topic(TopicKind.LIQUIDATIONS),)
"""What is subscribed besides, once somebody listens."""
CONNECT_TIMEOUT_S = 20.0
"""How long ``connect`` waits; what is not up by then goes on being opened."""

logger = logging.getLogger(__name__)


class VenueWebSocketManager(BaseWebSocketManager):
    """The feeds of one link.

    Args:
        link: Lends the words, the sockets, the session and the clock.
        private: Whether the account's feeds are wanted too.
        limits: Ages beyond which a book is not believed.
    """

    def __init__(self, link: VenueLink, *, private: bool, limits: AgeLimits | None = None) -> None:
        self._link = link
        self._private = private
        self._limits = limits or AgeLimits()
        self._clock = link.clock
        # Waits differ from process to process, and repeat where time repeats.
        self._rng = Rng(f"{link.venue.name}/{link.clock.now_ns()}", "streams")
        self._registry = SubscriptionRegistry()
        self._listeners = Listeners()
        self._signal_listeners: list[SignalListener] = []
        self._supervisors: dict[str, ConnectionSupervisor] = {}
        self._tasks = TaskScope()
        self._ports: SupervisorPorts | None = None
        self._desk = ResyncDesk(
            link.venue.name,
            self._fetch if link.venue.book_source is BookSource.REST else None,
            self._clock,
            self._rng.stream("resync"),
        )
        self._proofs = ProofDesk(link.venue.name, self._fetch, self._clock)
        self._borrowing = False
        self._changed = asyncio.Event()
        self._known_up: dict[str, bool] = {}
        """Whether a connection that was up once is up now."""

    # Connecting -----------------------------------------------------------------------------------

    async def connect(self) -> None:
        """Open the link and the connections; markets are added by ``prepare_market_feed``.

        What is not up in time goes on being opened in the background.

        Raises:
            AuthenticationFailed: the venue refused the account's connection.
            ExchangeError: the link could not be opened.
        """
        if self._ports is not None:
            return
        self._link.acquire()
        self._borrowing = True
        try:
            await self._link.open()
            self._start()
            await self._replan()
            await self._until(self._settled, CONNECT_TIMEOUT_S)
        except BaseException:
            await self.disconnect()
            raise
        refused = [each.refused for each in self._supervisors.values() if each.refused is not None]
        if refused:
            await self.disconnect()
            raise refused[0]

    def _start(self) -> None:
        link = self._link
        connection = ConnectionPorts(
            venue=link.venue.name,
            words=link.stream(private=self._private),
            listeners=self._listeners,
            clock=self._clock,
            limits=self._limits,
            venue_ms=link.now_ms,
            offset_ns=lambda: link.offset_ns,
            new_book=self._new_book,
        )
        self._ports = SupervisorPorts(
            connection=connection,
            sockets=link.sockets,
            rng=self._rng.stream("connections"),
            plan=self._plan_of,
            renew=link.session,
            renewed_after=link.renewed_after,
            on_up=self._on_up,
            on_down=self._on_down,
            on_failed=self._changed.set,
        )
        if self._private:
            self._registry.acquire(account_topics(voids_fills=link.venue.voids_fills))
        if self._listeners.market:
            self._registry.acquire(VENUE_TOPICS)
        self._tasks.start(self._desk.run(), f"{link.venue.name} resync")
        self._tasks.start(self._proofs.run(), f"{link.venue.name} proofs")

    async def disconnect(self) -> None:
        """Close every connection and give the link back; what was prepared is forgotten."""
        self._ports = None
        await self._tasks.close()
        self._tasks.reopen()
        self._supervisors.clear()
        self._known_up.clear()
        self._registry = SubscriptionRegistry()
        if self._borrowing:
            self._borrowing = False
            await self._link.close()

    @property
    def is_connected(self) -> bool:
        """Whether every connection that is needed is up."""
        return self._ports is not None and all(each.ready for each in self._supervisors.values())

    @property
    def private_ready(self) -> bool:
        """Whether the account's feeds are subscribed: what happens to it is heard."""
        private = [each for each in self._supervisors.values() if each.private]
        return bool(private) and all(each.ready for each in private)

    def doubt_account(self, detail: str) -> None:
        """Open the account's feeds anew, although they seem to be up."""
        for each in self._supervisors.values():
            if each.private and each.current is not None:
                each.current.end(Ending.SILENT, detail)

    def _settled(self) -> bool:
        return all(each.ready or each.refused for each in self._supervisors.values())

    # Markets --------------------------------------------------------------------------------------

    async def prepare_market_feed(self, symbol: str, timeout: float = 10.0) -> bool:
        """Subscribe a market and wait until its book is ready; False if it is not in time.

        A market that is not in time stays subscribed: it may become ready later.

        Raises:
            NotConnectedError: ``connect`` comes first.
            ClientConfigError: there is no such market.
            UnsupportedFeature: the venue streams no book of it.
        """
        self._check_connected()
        contract_id = self._listing(symbol).market.contract_id
        feed = self._feed(contract_id)
        topics = _topics_of(contract_id)
        if self._registry.acquire(topics):
            await self._replan()
            if not any(each.carries(topics[0]) for each in self._supervisors.values()):
                self._registry.release(topics)
                raise UnsupportedFeature(self._link.venue.name, Feature.ORDER_BOOK_DEPTH)
        return await self._until(lambda: feed.ready, timeout)

    async def release_market_feed(self, symbol: str) -> None:
        """Undo one ``prepare_market_feed``; the last one unsubscribes the market."""
        self._check_connected()
        if self._registry.release(_topics_of(self._listing(symbol).market.contract_id)):
            await self._replan()

    async def _replan(self) -> None:
        """Ask the words which connections carry what is wanted now; open, change, drop."""
        ports = self._check_connected()
        session = await self._link.session() if self._private else None
        words = ports.connection.words = self._link.stream(private=self._private)
        topics, now_ms = self._registry.wanted(), self._link.now_ms()
        specs = {each.name: each for each in words.connections(topics, session, now_ms)}
        for name, spec in specs.items():
            supervisor = self._supervisors.get(name)
            if supervisor is not None:
                supervisor.carry(spec.topics)
                continue
            supervisor = self._supervisors[name] = ConnectionSupervisor(spec, ports)
            self._tasks.start(supervisor.run(), f"{self._link.venue.name} {name}")
        for name in [name for name in self._supervisors if name not in specs]:
            self._supervisors.pop(name).drop()

    async def _plan_of(self, name: str) -> Plan | None:
        """Return what a named connection opens now, with a session that is valid."""
        ports = self._check_connected()
        session = await self._link.session() if self._private else None
        # The account may have another key since it was planned.
        words = ports.connection.words = self._link.stream(private=self._private)
        topics, now_ms = self._registry.wanted(), self._link.now_ms()
        for spec in words.connections(topics, session, now_ms):
            if spec.name == name:
                url = self._link.environment.urls[spec.service]
                return Plan(spec, url, session)
        return None

    # What the connections tell --------------------------------------------------------------------

    def _on_up(self, connection: FeedConnection) -> None:
        name = connection.spec.name
        was = self._known_up.get(name)
        self._known_up[name] = True
        if not was:
            self._raise(Signal.CONNECTED, None, name)
        self._changed.set()
        if was is False and connection.private and self.private_ready:
            for listener in self._listeners.missed:
                listener()

    def _on_down(self, connection: FeedConnection) -> None:
        name = connection.spec.name
        if self._known_up.get(name):
            self._known_up[name] = False
            self._raise(Signal.DISCONNECTED, None, f"{name}: {connection.detail}")

    def _raise(self, signal: Signal, contract_id: ContractId | None, detail: str) -> None:
        if self._ports is None:
            return  # whoever disconnects knows that nothing is heard any more
        self._changed.set()
        told = StreamSignal(signal, contract_id, self._clock.now_ns(), detail)
        for listener in self._signal_listeners:
            listener(told)

    def _new_book(self, contract_id: ContractId, ask_again: Callable[[], None]) -> BookSync:
        feed = self._feed(contract_id)
        feed.market = self._market(contract_id)  # its tick may have changed since
        sync = BookSync(
            feed,
            seeded_apart=self._link.venue.book_source is BookSource.REST,
            want=self._desk.request,
            prove=self._proofs.request,
            ask_again=ask_again,
            now_ns=self._clock.now_ns(),
        )
        feed.attach(sync)
        self._desk.begin(sync)
        return sync

    async def _fetch(self, market: Market, levels: int) -> BookSnapshot:
        words = self._link.venue.markets
        return await self._link.run(words.depth(self._link.table, market.contract_id, levels))

    # Reading --------------------------------------------------------------------------------------

    def best_bid_offer(self, contract_id: ContractId) -> BestBidOffer | None:
        """Return the present best bid and ask; None while the book is not sound."""
        return self._feed(contract_id).quote()

    def get_order_book(self, contract_id: ContractId, levels: int = 10) -> DepthView | None:
        """Return the present book, best first; None while it is not sound."""
        book = self._feed(contract_id).sound_book()
        return None if book is None else book.depth(levels)

    def get_best_levels(
        self, contract_id: ContractId, min_size_usd: Decimal = Decimal(0)
    ) -> tuple[Level | None, Level | None]:
        """Return the best bid and ask of at least ``min_size_usd``; None for a side without."""
        feed = self._feed(contract_id)
        bid, ask = (feed.best_level(side, min_size_usd) for side in (Side.BUY, Side.SELL))
        return bid, ask

    def age_s(self, contract_id: ContractId, feed: FeedKind) -> float | None:
        """Return seconds since the feed was last heard, by the later of both clocks."""
        if feed is FeedKind.PRIVATE:
            ages = [each.silence_s() for each in self._supervisors.values() if each.private]
            return max(ages) if ages and self.private_ready else None
        heard = self._feed(contract_id)
        if feed is FeedKind.BOOK:
            return heard.age_s(self._clock.now_ns())
        heard_ns = heard.trade_heard_ns
        return None if heard_ns is None else (self._clock.now_ns() - heard_ns) / NS

    # Listening ------------------------------------------------------------------------------------

    def add_quote_listener(self, contract_id: ContractId, listener: QuoteListener) -> None:
        """Call ``listener`` with each change of the best bid or ask."""
        feed = self._feed(contract_id)
        feed.quote_listeners = [*feed.quote_listeners, listener]

    def add_trade_listener(self, contract_id: ContractId, listener: TradeListener) -> None:
        """Call ``listener`` with each public trade."""
        feed = self._feed(contract_id)
        feed.trade_listeners = [*feed.trade_listeners, listener]

    def add_depth_listener(self, contract_id: ContractId, listener: DepthListener) -> None:
        """Call ``listener`` with the whole book, and again after each loss, and every change."""
        self._feed(contract_id).add_depth_listener(listener)

    def add_signal_listener(self, listener: SignalListener) -> None:
        """Call ``listener`` when a feed connects, breaks, gaps, goes stale or recovers."""
        self._signal_listeners = [*self._signal_listeners, listener]

    def add_private_listener(self, listener: PrivateListener) -> None:
        """Call ``listener`` with every event of the account."""
        self._listeners.private = [*self._listeners.private, listener]

    def add_market_listener(self, listener: MarketListener) -> None:
        """Call ``listener`` with funding rates and others' liquidations; add before ``connect``."""
        self._listeners.market = [*self._listeners.market, listener]

    def add_reconnect_listener(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` once the account's feeds are there again, or one missed something."""
        self._listeners.missed = [*self._listeners.missed, listener]

    def remove_listener(self, listener: Callable[..., None]) -> None:
        """Stop calling a listener, whatever it listened to."""
        self._listeners.remove(listener)
        self._signal_listeners = [each for each in self._signal_listeners if each != listener]

    # Looking up -----------------------------------------------------------------------------------

    def _check_connected(self) -> SupervisorPorts:
        if self._ports is None:
            raise NotConnectedError(
                f"the feeds of {self._link.venue.name} are not connected: await connect() first"
            )
        return self._ports

    def _market(self, contract_id: ContractId) -> Market:
        return self._link.table.of_contract(contract_id).market

    def _listing(self, symbol: str) -> Listing:
        """Return the listing of a contract, or of a symbol in any spelling of the venue."""
        table = self._link.table
        listing = table.get(ContractId(symbol)) or table.find(symbol)
        return listing or table.of_symbol(self._link.venue.normalize_symbol(symbol))

    def _feed(self, contract_id: ContractId) -> BookFeed:
        feed = self._listeners.feeds.get(contract_id)
        if feed is None:
            feed = BookFeed(self._market(contract_id), self._raise)
            self._listeners.feeds[contract_id] = feed
        return feed

    async def _until(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Wait for a condition that a signal may bring about; say whether it came true."""
        try:
            async with self._clock.deadline(seconds):
                while not condition():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return condition()
        return True


def _topics_of(contract_id: ContractId) -> tuple[Topic, ...]:
    return tuple(Topic(kind, contract_id) for kind in MARKET_KINDS)
