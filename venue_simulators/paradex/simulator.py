"""Paradex as a whole: one REST host, two WebSocket hosts, one world.

Where the venue's documents leave a question open the stricter answer was taken: sockets without a
binary schema are refused, also for private channels; queries show open orders alone; the fill of a
maker names the taker's side; nothing private is told on subscribing; a message is taken once. Fees
of interactive tokens are not simulated, and binary frames name no channel.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from exchange_clients.paper.config import Acknowledge, PaperConfig
from exchange_clients.paper.rules import ReduceOnlyMode, SelfTrade, VenueRules
from venue_simulators.agenda import Agenda, pass_time
from venue_simulators.options import DEFAULT_SYMBOLS, SimulatorOptions, build_world, config_of
from venue_simulators.paradex import rate_limits
from venue_simulators.paradex.account_book import AccountBook, Bust, Payment, Row
from venue_simulators.paradex.account_desk import AccountDesk
from venue_simulators.paradex.account_rows import FillRow, PositionRow
from venue_simulators.paradex.channels import Kind
from venue_simulators.paradex.errors import UNKNOWN_PATH, Refusal
from venue_simulators.paradex.funding import VENUE_FUNDING, Funding
from venue_simulators.paradex.gate import Gate
from venue_simulators.paradex.lines import Lines
from venue_simulators.paradex.listing import MARKETS, MAX_SLIPPAGE
from venue_simulators.paradex.login import LoginDesk
from venue_simulators.paradex.market_feeds import MarketFeeds
from venue_simulators.paradex.members import invent_member
from venue_simulators.paradex.order_api import OrderApi
from venue_simulators.paradex.order_desk import OrderDesk
from venue_simulators.paradex.order_record import OrderRecord
from venue_simulators.paradex.order_routes import OrderRoutes
from venue_simulators.paradex.public_desk import MAINTENANCE, PublicDesk
from venue_simulators.paradex.rate_limits import RateLimits
from venue_simulators.paradex.release import Release
from venue_simulators.paradex.routes import login_routes, public_routes
from venue_simulators.paradex.rpc import Rpc
from venue_simulators.paradex.sbe import SCHEMA_ID
from venue_simulators.paradex.terms import ParadexTerms
from venue_simulators.paradex.tokens import Tokens
from venue_simulators.simulator import Service
from venue_simulators.wire import Connection, Frame, HttpRequest, HttpResponse
from venue_simulators.world import World

ALL_SYMBOLS = (*DEFAULT_SYMBOLS, "PEPE")
BASE_PATH = "/v1"
REST, WS, WS_PUBLIC = "rest", "ws", "ws_public"
VENUE_CONFIG = PaperConfig(
    leverage=Decimal(100),
    funding=VENUE_FUNDING,
    rules=VenueRules(
        reduce_only=ReduceOnlyMode.LOOSE,
        self_trade=SelfTrade.CANCEL_NEWEST,
        market_bound=MAX_SLIPPAGE,
    ),
)
"""Leverage is each market's maximum until it is lowered."""


def build(options: SimulatorOptions, terms: ParadexTerms | None = None) -> ParadexSimulator:
    """Return a venue with its accounts; without a choice of symbols it lists all it has."""
    if options.symbols == DEFAULT_SYMBOLS:
        options = replace(options, symbols=ALL_SYMBOLS)
    return ParadexSimulator(options, terms or ParadexTerms())


class ParadexSimulator:
    """Paradex with its accounts.

    Args:
        options: What every simulator is built with.
        terms: What is Paradex's own.
    """

    name = "paradex"
    services: Sequence[Service] = (
        Service(REST, ("api.prod.paradex.trade", "api.testnet.paradex.trade")),
        Service(WS, ("ws.api.prod.paradex.trade", "ws.api.testnet.paradex.trade")),
        Service(
            WS_PUBLIC,
            ("ws-public.api.prod.paradex.trade", "ws-public.api.testnet.paradex.trade"),
        ),
    )

    def __init__(self, options: SimulatorOptions, terms: ParadexTerms) -> None:
        self.terms = terms
        config = config_of(options, VENUE_CONFIG)
        self.world: World = build_world(options, MARKETS, config)
        self.agenda = Agenda()
        self.members = {name: invent_member(name, options.seed) for name in options.accounts}
        self.tokens = Tokens(terms.token_lifetime_ns)
        self.limits = RateLimits(enforced=terms.rate_limits)
        self.lines = Lines(self.agenda, self._clock, private_sbe=terms.private_sbe)
        at_once = options.acknowledge is Acknowledge.IMMEDIATE
        self.desk = OrderDesk(self.world, self.agenda, terms, judges_at_once=at_once)
        self.funding = Funding(self.world, config, self.agenda)
        feeds = MarketFeeds(self.world, self.funding, self.agenda, self.lines)
        self.public = PublicDesk(self.world, feeds, self.funding, config, terms)
        self.books = {name: self._book(name, feeds) for name in options.accounts}
        api = OrderApi(self.world, self.desk, self.public, terms, options.signatures)
        logins = LoginDesk(self.members, self.tokens, terms, options.signatures)
        routes = [
            *public_routes(self.public),
            *login_routes(logins, self._clock),
            *OrderRoutes(api, self.desk).routes(),
            *AccountDesk(self.world, self.books, config).routes(),
        ]
        self.release = Release(
            self.world, self.agenda, self.public, self.lines, self.desk, self.books
        )
        """Takes the venue down and up again, when it is told to begin."""
        self._api = api
        self._gate = Gate(routes, self.tokens, self.limits, self._clock, lambda: self.public.status)
        self._rpc = Rpc(self.world, self.lines, feeds, api, self._gate, self.tokens)
        self.desk.listeners.append(self._on_record)

    def environment(self, urls: Mapping[str, str]) -> dict[str, str]:
        """Return the variables with which a client trades here on the first account.

        The WebSocket variables hold whole URLs, path included; REST's is the host alone.
        """
        member = next(iter(self.members.values()))
        return {
            "PARADEX_L1_ADDRESS": member.l1_address,
            "PARADEX_L2_PRIVATE_KEY": member.main.private_key,
            "PARADEX_L2_ADDRESS": member.account,
            "PARADEX_ENVIRONMENT": self.terms.environment,
            "PERP_PARADEX_REST_URL": urls[REST],
            "PERP_PARADEX_WS_URL": urls[WS] + BASE_PATH,
            "PERP_PARADEX_WS_PUBLIC_URL": urls[WS_PUBLIC] + BASE_PATH,
        }

    # Time -----------------------------------------------------------------------------------------

    def advance(self, now_ns: int) -> None:
        """Let time pass until ``now_ns`` (epoch ns)."""
        pass_time(self.world, self.agenda, now_ns)

    def next_ns(self) -> int:
        """Return the next instant at which something will happen by itself."""
        return min(self.agenda.next_ns(), self.world.next_ns())

    def _clock(self) -> int:
        return self.world.now_ns

    # Answering ------------------------------------------------------------------------------------

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer a request at the present instant."""
        return self._gate.handle(request)

    def on_open(self, connection: Connection) -> HttpResponse | None:
        """Take a WebSocket handshake; a response refuses it."""
        request = connection.request
        try:
            version = self._version(request)
            self.limits.spend(rate_limits.CONNECTIONS, "", self.world.now_ns)
        except Refusal as refusal:
            return refusal.response()
        self.lines.open(connection, version, private=request.service == WS)
        return None

    def on_frame(self, connection: Connection, frame: Frame) -> None:
        """Take a frame of a client."""
        self._rpc.on_frame(connection, frame)

    def on_close(self, connection: Connection) -> None:
        """Note that a connection is gone; what it placed goes with it, where that was asked."""
        line = self.lines.close(connection)
        if line is not None and line.cancels_on_disconnect and line.session is not None:
            self._api.cancel_numbers(line.session.member.name, line.placed)

    def _version(self, request: HttpRequest) -> int:
        """Return the binary schema version that a handshake asks for."""
        if request.service not in (WS, WS_PUBLIC) or request.path.rstrip("/") != BASE_PATH:
            raise Refusal(UNKNOWN_PATH, f"there is no socket at {request.path}")
        if self.public.status == MAINTENANCE:
            raise Refusal("SERVICE_UNAVAILABLE", "the venue is under maintenance")
        schema = request.params.get("sbeSchemaId")
        version = request.params.get("sbeSchemaVersion", "")
        if schema != str(SCHEMA_ID) or version not in map(str, self.terms.sbe_versions):
            raise Refusal("INVALID_REQUEST_PARAMETER", "unsupported SBE schema id or version")
        return int(version)

    # Telling --------------------------------------------------------------------------------------

    def _book(self, name: str, feeds: MarketFeeds) -> AccountBook:
        book = AccountBook(
            self.members[name], self.world, self.desk, self.funding, feeds.seq, self.terms
        )
        book.listeners.append(self._on_row)
        return book

    def _on_record(self, record: OrderRecord) -> None:
        words = record.words(streamed=True)
        market = record.form.contract_id
        self.lines.tell(record.name, Kind.ORDERS, market, words, record.frame)

    def _on_row(self, book: AccountBook, row: Row) -> None:
        name = book.member.name
        match row:
            case FillRow():
                self.lines.tell(name, Kind.FILLS, row.market, row.streamed(), row.frame)
            case PositionRow():
                self.lines.tell(name, Kind.POSITIONS, "", row.words(), row.frame)
            case Bust():
                self.lines.tell(name, Kind.BUSTS, "", row.words())
            case Payment():
                self.lines.tell(name, Kind.PAYMENTS, row.market, row.words())
            case _:
                self.lines.tell(name, Kind.ACCOUNT, "", row.words(), row.frame)
                self.lines.tell(name, Kind.BALANCES, "", book.balance())
