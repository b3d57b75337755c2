"""A venue whose streams speak plain JSON, its link, and a manager over scripted sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, cast

import msgspec

from exchange_clients.base_models import ClientIdSpace, ContractId, Market, Symbol
from exchange_clients.errors import MalformedPayload
from exchange_clients.events import (
    AnswerFrame,
    BalanceUpdate,
    BestBidOffer,
    BookDelta,
    BookSnapshot,
    Event,
    LoginAccepted,
    LoginRefused,
    PublicTrade,
    ServerClosing,
    StreamSignal,
    SubscribeAck,
    SubscribeRefused,
)
from exchange_clients.shared.clock import Rng
from exchange_clients.shared.credentials import CredentialField, Credentials
from exchange_clients.shared.flow import Flow, Method, Request, Response
from exchange_clients.shared.limits import RateLimits
from exchange_clients.shared.link import VenueLink
from exchange_clients.shared.market_table import Listing, MarketTable
from exchange_clients.shared.signing import Seal, Session, Signer
from exchange_clients.shared.stream import (
    STREAM_NUMBERED,
    ConnectionInfo,
    ConnectionSpec,
    FrameKind,
    PingRule,
    SubscribeContext,
    Topic,
    TopicKind,
)
from exchange_clients.shared.venue import (
    BookSource,
    Environment,
    MarketWords,
    PrivateWords,
    SessionWords,
    Venue,
)
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual
from exchange_clients.shared.websocket.feed_age import AgeLimits
from exchange_clients.shared.websocket.manager import VenueWebSocketManager
from exchange_clients.words import Side
from tests.support.scripted_sockets import ScriptedSocket, ScriptedSockets
from tests.support.scripted_transport import MARKETS, ScriptedSigner, ScriptedTransport, ok, refusal

BTC, ETH = ContractId("BTC-PERP"), ContractId("ETH-PERP")
CONTRACTS = {"BTC": BTC, "ETH": ETH}
EPOCH_NS = 1_800_000_000_000_000_000
CARRIED = (TopicKind.BOOK, TopicKind.TRADES, TopicKind.ORDERS, TopicKind.BALANCES)
PING = PingRule()
OWN = ("orders:", "balances:")
FIELDS = (CredentialField("key", "SCRIPTED_KEY"),)


def book(contract: ContractId, last: int, bid: float = 100.0, ask: float = 100.2) -> dict[str, Any]:
    """A snapshot as the venue says it."""
    return {"snapshot": contract, "last": last, "bids": [(bid, 1.0)], "asks": [(ask, 2.0)]}


def change(
    contract: ContractId, number: int, bid: float, size: float = 1.0, previous: int | None = None
) -> dict[str, Any]:
    """A delta of one bid as the venue says it."""
    return {"delta": contract, "number": number, "previous": previous, "bids": [(bid, size)]}


class ScriptedWords:
    """Streams that say what the dictionaries above say."""

    def __init__(self, ping: PingRule, login: tuple[str, ...], rotate_after_s: float | None):
        self.ping, self.login, self.rotate_after_s = ping, login, rotate_after_s
        self.subscriptions: list[SubscribeContext] = []
        self.versions: tuple[str, ...] = ("",)

    def connections(
        self, topics: Sequence[Topic], session: Session | None, now_ms: int
    ) -> Sequence[ConnectionSpec]:
        known = [topic for topic in topics if topic.kind in CARRIED]
        public = tuple(topic for topic in known if not topic.kind.private)
        private = tuple(topic for topic in known if topic.kind.private)
        spec = ConnectionSpec(
            "market", "ws", public, self.versions[0], other_paths=self.versions[1:],
            ping=self.ping, rotate_after_s=self.rotate_after_s,
        )  # fmt: skip
        headers = {} if session is None else session.headers
        account = replace(
            spec, name="private", topics=private, path="/own", headers=headers, login=self.login
        )
        return [each for each in (spec, account) if each.topics]

    def subscribe(self, topics: Sequence[Topic], context: SubscribeContext) -> Sequence[str]:
        self.subscriptions.append(context)
        token = "" if context.session is None else context.session.tokens.get("ws", "")
        return [f"subscribe {topic.name} {token}".strip() for topic in topics]

    def unsubscribe(self, topics: Sequence[Topic], context: SubscribeContext) -> Sequence[str]:
        return [f"unsubscribe {topic.name}" for topic in topics]

    def decode(self, frame: bytes, kind: FrameKind, connection: ConnectionInfo) -> Sequence[Event]:
        try:
            message = msgspec.json.decode(frame)
        except msgspec.DecodeError as error:
            raise MalformedPayload(str(error)) from error
        says = cast(dict[str, Any], message)
        return [READERS[next(iter(says))](says, connection.received_ns)]


def _levels(says: Mapping[str, Any], side: str) -> list[tuple[float, float]]:
    return [(price, size) for price, size in says.get(side, [])]


READERS: dict[str, Callable[[dict[str, Any], int], Event]] = {
    "snapshot": lambda says, now_ns: BookSnapshot(
        ContractId(says["snapshot"]),
        _levels(says, "bids"),
        _levels(says, "asks"),
        says.get("last", STREAM_NUMBERED),
        says.get("at"),
        now_ns,
    ),
    "delta": lambda says, now_ns: BookDelta(
        ContractId(says["delta"]),
        _levels(says, "bids"),
        _levels(says, "asks"),
        says["number"],
        says["number"],
        says.get("previous"),
        says.get("at"),
        now_ns,
    ),
    "trade": lambda says, now_ns: PublicTrade(
        ContractId(says["trade"]), 100.0, 1.0, Side.BUY, None, now_ns, says["id"]
    ),
    "balance": lambda says, now_ns: BalanceUpdate("USD", Decimal(says["balance"]), None, now_ns),
    "ack": lambda says, now_ns: SubscribeAck(says["ack"], says.get("resume")),
    "refused": lambda says, now_ns: SubscribeRefused(says["refused"], "no"),
    "welcome": lambda says, now_ns: LoginAccepted(),
    "unwelcome": lambda says, now_ns: LoginRefused(says["unwelcome"], "no"),
    "ping": lambda says, now_ns: AnswerFrame(f"pong {says['ping']}"),
    "closing": lambda says, now_ns: ServerClosing(says["closing"]),
}


class ScriptedMarkets:
    """Two markets, and their depth as the script says it."""

    def list(self) -> Flow[Sequence[Listing]]:
        yield Request(Method.GET, MARKETS)
        return [
            Listing(Market(Symbol(symbol), contract_id, tick=Decimal("0.1"), step=Decimal("0.001")))
            for symbol, contract_id in CONTRACTS.items()
        ]

    def depth(self, table: MarketTable, contract_id: ContractId, levels: int) -> Flow[BookSnapshot]:
        answer = yield Request(Method.GET, "/depth", {"contract": contract_id, "levels": levels})
        says = msgspec.json.decode(answer.body)
        return cast(BookSnapshot, READERS["snapshot"](says, 0))


@dataclass
class StreamStage:
    """A manager, everything below it, and what it told."""

    clock: VirtualClock
    manager: VenueWebSocketManager
    sockets: ScriptedSockets
    http: ScriptedTransport
    words: ScriptedWords
    quotes: list[BestBidOffer] = field(default_factory=list)
    signals: list[StreamSignal] = field(default_factory=list)

    @property
    def market(self) -> ScriptedSocket:
        """The newest socket for prices."""
        return [each for each in self.sockets.opened if not each.url.endswith("/own")][-1]

    @property
    def own(self) -> ScriptedSocket:
        """The newest socket of the account."""
        return [each for each in self.sockets.opened if each.url.endswith("/own")][-1]

    def told(self) -> list[str]:
        """The signals as words: ``"gap BTC-PERP"``."""
        return [f"{each.signal} {each.contract_id or ''}".strip() for each in self.signals]

    async def prepare(self, symbol: str = "BTC", **settings: Any) -> bool:
        """Subscribe a market and listen to it."""
        self.manager.add_quote_listener(CONTRACTS[symbol], self.quotes.append)
        return await self.manager.prepare_market_feed(symbol, **settings)


def stage(
    clock: VirtualClock,
    *,
    source: BookSource = BookSource.STREAM,
    private: bool = False,
    session: SessionWords | None = None,
    ping: PingRule = PING,
    login: tuple[str, ...] = (),
    rotate_after_s: float | None = None,
    limits: AgeLimits | None = None,
    depth: Callable[[], object] | None = None,
) -> StreamStage:
    """Return a manager that is not connected yet; ``depth`` answers each fetched snapshot."""
    words = ScriptedWords(ping, login, rotate_after_s)
    absent = cast(Any, None)  # words that nobody calls here
    account = PrivateWords(ScriptedSigner(), absent, absent, absent, session)

    def stream(table: MarketTable, fields: Mapping[str, str], signer: Signer | None) -> Any:
        return words

    def own(
        table: MarketTable, environment: Environment, credentials: Credentials, seal: Seal | None
    ) -> PrivateWords:
        return account

    venue = Venue(
        name="scripted",
        environments={},
        fields=FIELDS,
        id_space=ClientIdSpace(10, "0123456789", bits=32),
        limits=RateLimits(),
        read_error=lambda request, response: None,
        markets=cast(MarketWords, ScriptedMarkets()),
        funding=absent,
        stream=stream,
        private=own,
        normalize_symbol=lambda spelling: Symbol(spelling.removesuffix("-PERP")),
        symbol_format=str,
        book_source=source,
    )
    answers: dict[str, Callable[[Any], Response]] = {MARKETS: lambda sent: ok()}
    if depth is not None:
        answers["/depth"] = lambda sent: ok(depth())
    answers["/login"] = lambda sent: refusal(500)
    http = ScriptedTransport(clock, default=answers, latency_s=0.05)
    sockets = ScriptedSockets(clock, latency_s=0.02)
    link = VenueLink(
        venue,
        Environment("prod", {"rest": "http://venue", "ws": "ws://venue"}, {}),
        Credentials(FIELDS, {"key": "s3cret"}) if private else None,
        http=http,
        sockets=sockets,
        clock=clock,
        rng=Rng(7),
    )
    manager = VenueWebSocketManager(link, private=private, limits=limits)
    scene = StreamStage(clock, manager, sockets, http, words)
    manager.add_signal_listener(scene.signals.append)
    return scene


def venue(socket: ScriptedSocket, text: str) -> None:
    """Seed books, acknowledge the account's topics and accept logins."""
    verb, _, rest = text.partition(" ")
    topic = rest.partition(" ")[0]
    kind, _, contract = topic.partition(":")
    if verb == "subscribe" and kind == "book":
        socket.says(book(BTC if contract == BTC else ETH, 10))
    elif verb == "subscribe" and topic in OWN:
        socket.says({"ack": topic})
    elif verb == "login":
        socket.says({"welcome": 1})


async def connected(clock: VirtualClock, **settings: Any) -> StreamStage:
    """Return a stage that is connected, with a venue that answers."""
    scene = stage(clock, **settings)
    scene.sockets.on_sent = venue
    await scene.manager.connect()
    return scene


def own_ready(scene: StreamStage) -> bool:
    """Whether the account's feeds are ready, asked anew."""
    return scene.manager.private_ready


def play(scenario: Callable[[VirtualClock], Awaitable[None]]) -> None:
    """Run a scenario on virtual time; nothing of it may be left running."""

    async def main(loop: VirtualLoop) -> None:
        await scenario(VirtualClock(loop))
        left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        assert not left, left

    run_virtual(main, epoch_ns=EPOCH_NS)
