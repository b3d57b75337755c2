"""GRVT as a whole: five services over one world, one agenda and one set of accounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from exchange_clients.paper.config import Acknowledge, PaperConfig
from venue_simulators.agenda import Agenda, pass_time
from venue_simulators.grvt.account_api import AccountApi
from venue_simulators.grvt.account_book import AccountBook
from venue_simulators.grvt.errors import NOT_FOUND, GrvtError
from venue_simulators.grvt.examiner import Examiner
from venue_simulators.grvt.funding import VENUE_FUNDING, FundingMarks
from venue_simulators.grvt.hosts import MarketDataHost, TradesHost
from venue_simulators.grvt.instruments import MARKETS, Instruments
from venue_simulators.grvt.login import LOGIN_PATH, Logins, invent_member
from venue_simulators.grvt.order_api import OrderApi
from venue_simulators.grvt.order_desk import OrderDesk
from venue_simulators.grvt.private_feeds import PrivateSelectors
from venue_simulators.grvt.public_api import PublicApi
from venue_simulators.grvt.rate_limits import LOGIN, RateLimits
from venue_simulators.grvt.rpc import RpcEndpoint
from venue_simulators.grvt.selectors import PublicSelectors
from venue_simulators.grvt.terms import GrvtTerms
from venue_simulators.options import SimulatorOptions, build_world, config_of
from venue_simulators.simulator import Service
from venue_simulators.wire import Connection, Frame, HttpRequest, HttpResponse
from venue_simulators.world import World

AUTH, TRADES, MARKET_DATA = "auth", "trades", "market_data"
TRADES_WS, MARKET_DATA_WS = "trades_ws", "market_data_ws"
WS_PATH = "/ws/full"
SERVICES = (
    Service(AUTH, ("edge.grvt.io", "edge.testnet.grvt.io")),
    Service(TRADES, ("trades.grvt.io", "trades.testnet.grvt.io")),
    Service(MARKET_DATA, ("market-data.grvt.io", "market-data.testnet.grvt.io")),
    Service(TRADES_WS, ("trades.grvt.io", "trades.testnet.grvt.io")),
    Service(MARKET_DATA_WS, ("market-data.grvt.io", "market-data.testnet.grvt.io")),
)
VENUE_CONFIG = PaperConfig(leverage=Decimal(10), funding=VENUE_FUNDING)


class GrvtSimulator:
    """GRVT with its accounts.

    Args:
        options: What every simulator is built with.
        terms: What is GRVT's own.
    """

    name = "grvt"
    services: Sequence[Service] = SERVICES

    def __init__(self, options: SimulatorOptions, terms: GrvtTerms | None = None) -> None:
        self.terms = terms = terms or GrvtTerms()
        config = config_of(options, VENUE_CONFIG)
        self.world: World = build_world(options, MARKETS, config)
        self.instruments = Instruments(self.world.rules)
        self.marks = FundingMarks(self.world, config)
        self.agenda = Agenda()
        at_once = options.acknowledge is Acknowledge.IMMEDIATE
        self.desk = OrderDesk(self.world, self.agenda, terms, judges_at_once=at_once)
        self.logins = Logins(
            {name: invent_member(name, options.seed) for name in options.accounts},
            terms.cookie_lifetime_ns,
        )
        self.books = {name: self._book(name) for name in options.accounts}
        self.outage: int | None = None
        """The code with which everything is answered while the venue is down: 1009, 1005."""
        self._limits = RateLimits() if terms.rate_limits else None
        examiner = Examiner(terms.chain_id, options.signatures)
        self._market_data = self._market_data_host()
        self._trades = self._trades_host(examiner)
        self.sockets = {
            MARKET_DATA_WS: RpcEndpoint(self._market_data),
            TRADES_WS: RpcEndpoint(self._trades),
        }
        """The WebSocket hosts, by service."""

    # Time -----------------------------------------------------------------------------------------

    def advance(self, now_ns: int) -> None:
        """Let time pass until ``now_ns`` (epoch ns)."""
        pass_time(self.world, self.agenda, now_ns)
        if not self.terms.sockets_outlive_login:
            self._drop_expired()

    def next_ns(self) -> int:
        """Return the next instant at which something will happen by itself."""
        return min(self.agenda.next_ns(), self.world.next_ns())

    # Answering ------------------------------------------------------------------------------------

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer a request at the present instant."""
        try:
            if self.outage is not None:
                raise GrvtError(self.outage)
            return self._handle(request)
        except GrvtError as error:
            return error.response()

    def on_open(self, connection: Connection) -> HttpResponse | None:
        """Take a WebSocket handshake; a response refuses it."""
        request = connection.request
        try:
            if self.outage is not None:
                raise GrvtError(self.outage)
            if request.service not in self.sockets or request.path != WS_PATH:
                raise GrvtError(NOT_FOUND)
            if request.service == TRADES_WS:
                self._trades.open(connection)
        except GrvtError as error:
            return error.response()
        self.sockets[request.service].open(connection)
        return None

    def on_frame(self, connection: Connection, frame: Frame) -> None:
        """Take a frame of a client."""
        self.sockets[connection.request.service].on_frame(connection, frame)

    def on_close(self, connection: Connection) -> None:
        """Note that a connection is gone."""
        self.sockets[connection.request.service].close(connection)
        self._trades.close(connection)

    def environment(self, urls: Mapping[str, str]) -> dict[str, str]:
        """Return what a client's environment says to trade the first account here.

        The WebSocket variables hold whole URLs, path included, as the venue's documents state them.
        """
        member = next(iter(self.logins.members.values()))
        return {
            "GRVT_TRADING_ACCOUNT_ID": member.sub_account_id,
            "GRVT_PRIVATE_KEY": member.private_key,
            "GRVT_API_KEY": member.api_key,
            "GRVT_ENVIRONMENT": self.terms.environment,
            "PERP_GRVT_AUTH_URL": urls[AUTH],
            "PERP_GRVT_TRADES_URL": urls[TRADES],
            "PERP_GRVT_MARKET_DATA_URL": urls[MARKET_DATA],
            "PERP_GRVT_TRADES_WS_URL": urls[TRADES_WS] + WS_PATH,
            "PERP_GRVT_MARKET_DATA_WS_URL": urls[MARKET_DATA_WS] + WS_PATH,
        }

    def _handle(self, request: HttpRequest) -> HttpResponse:
        if request.service == MARKET_DATA:
            return self._market_data.handle(request)
        if request.service == TRADES:
            return self._trades.handle(request)
        if request.service != AUTH:
            raise GrvtError(NOT_FOUND)
        if self._limits is not None and request.path == LOGIN_PATH:
            self._limits.spend("", LOGIN, self.world.now_ns)
        return self.logins.handle(request, self.world.now_ns)

    def _drop_expired(self) -> None:
        endpoint = self.sockets[TRADES_WS]
        for connection in endpoint.connections():
            if not self.logins.valid(connection.request, self.world.now_ns):
                connection.close(1008, "session expired")
                self.on_close(connection)

    # Building -------------------------------------------------------------------------------------

    def _book(self, name: str) -> AccountBook:
        return AccountBook(
            self.logins.members[name],
            self.world,
            self.desk,
            self.instruments,
            self.marks,
            self.terms.read_delay_ns,
        )

    def _market_data_host(self) -> MarketDataHost:
        api = PublicApi(self.world, self.instruments, self.marks, self.world.now_ns)
        return MarketDataHost(api, PublicSelectors(api, self.agenda), self._limits)

    def _trades_host(self, examiner: Examiner) -> TradesHost:
        selectors = PrivateSelectors(
            self.desk,
            self.books,
            self.instruments,
            replays_open_orders=self.terms.replays_open_orders,
        )
        orders = OrderApi(
            self.world, self.agenda, self.desk, self.instruments, examiner, self.terms, {}
        )
        account = AccountApi(self.world, self.instruments, examiner)
        return TradesHost(self.logins, self.books, (orders, account), selectors, self._limits)


def build(options: SimulatorOptions, terms: GrvtTerms | None = None) -> GrvtSimulator:
    """Return GRVT as the options describe it."""
    return GrvtSimulator(options, terms)
