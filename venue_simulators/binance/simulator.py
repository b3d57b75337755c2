"""Binance's USD-M futures, simulated: the fapi dialect with what this venue has of its own.

Where nothing certain is known of the real venue, the simulator does what a client notices:

- Streams live below ``/public``, ``/market`` and ``/private`` alone; a stream of another class is
  acknowledged and stays silent, and the paths without a class are not found.
- A handshake with a listen key that is not valid is refused.
- An order that comes of a conditional one bears its name; ``BinanceTerms`` has it otherwise.
- Orders may ask for EXPIRE_MAKER alone, which is what the engine does; other modes are -5039, and
  ``RPI`` is no time in force here. Two opposite price matches that were switched off are refused.
- A batch counts each of its orders, in the minute as in the ten seconds.
- A fill-or-kill order that the shown book cannot fill is refused with -5021.
- The dead-man switch cancels ordinary orders; conditional ones outlive it.
- In hedge mode an order may close no more than its position less what others would close already.
- Base64 signatures must travel percent-encoded, and every request of a socket is signed.
- The names of the older interface (``stopPrice``) are refused on the path of conditional orders.

Transfers of isolated margin, the settings of stock perpetuals, strategies and grids are not
simulated: their paths are not found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from venue_simulators.binance import listing
from venue_simulators.binance.account import BinanceAccount
from venue_simulators.binance.account_words import BinanceAccountWords
from venue_simulators.binance.algo_api import AlgoApi
from venue_simulators.binance.algo_desk import AlgoDesk
from venue_simulators.binance.authentication import BinanceGate, invent_member, read_request
from venue_simulators.binance.book import BinanceBook
from venue_simulators.binance.market_streams import BinanceStreams
from venue_simulators.binance.market_words import BinanceMarketWords
from venue_simulators.binance.order_words import BinanceOrderWords
from venue_simulators.binance.public import FIVE_MINUTES_NS, BinancePublic, Pool
from venue_simulators.binance.routes import OwnDesks, routes
from venue_simulators.binance.socket_api import HANDSHAKE_WEIGHT, PATH, SocketApi
from venue_simulators.binance.terms import BinanceTerms, KeyKind
from venue_simulators.binance.trading import BinanceTrading, trading_rules
from venue_simulators.fapi.account_book import Words
from venue_simulators.fapi.calls import PathKey, Route
from venue_simulators.fapi.errors import TOO_MANY_REQUESTS, FapiError
from venue_simulators.fapi.market_streams import MarketStreams
from venue_simulators.fapi.rate_limits import Window
from venue_simulators.fapi.venue import Desks, Dialect, FapiVenue
from venue_simulators.fapi.wording import Row
from venue_simulators.options import DEFAULT_SYMBOLS, SimulatorOptions, build_world
from venue_simulators.rule_table import RuleTable
from venue_simulators.simulator import Service
from venue_simulators.wire import Connection, Frame, HttpRequest, HttpResponse
from venue_simulators.world import World

ALL_SYMBOLS = (*DEFAULT_SYMBOLS, "PEPE", "币安人生")
STREAM_HOSTS = ("fstream.binance.com", "fstream.binancefuture.com", "demo-fstream.binance.com")


def build(options: SimulatorOptions, terms: BinanceTerms | None = None) -> BinanceSimulator:
    """Return a venue with its accounts opened; without a choice of symbols it lists all it has."""
    if options.symbols == DEFAULT_SYMBOLS:
        options = replace(options, symbols=ALL_SYMBOLS)
    world = build_world(options, listing.MARKETS, listing.paper_config())
    return BinanceSimulator(world, options, terms or BinanceTerms())


class BinanceSimulator(FapiVenue):
    """One venue; the first of its accounts is the one that ``environment`` speaks of."""

    name = "binance"
    book_kind = BinanceBook
    # The classes of streams share one host; where they are told apart by ports their paths stay.
    services: Sequence[Service] = (
        Service("rest", ("fapi.binance.com", "demo-fapi.binance.com")),
        Service("ws_public", STREAM_HOSTS),
        Service("ws_market", STREAM_HOSTS),
        Service("ws_private", STREAM_HOSTS),
        Service("ws_api", ("ws-fapi.binance.com", "testnet.binancefuture.com")),
    )

    def __init__(self, world: World, options: SimulatorOptions, terms: BinanceTerms) -> None:
        self.terms = terms
        self.members = {
            name: invent_member(name, options.seed, number)
            for number, name in enumerate(options.accounts)
        }
        dialect = _dialect(world, options, terms)
        gate = BinanceGate(self.members, options.signatures)
        self.algos = AlgoDesk(
            world, dialect.filters, self.publish, keeps_names=terms.children_keep_names
        )
        self.sockets = SocketApi(self.serve, gate, terms.limits)
        self._connections = Window(FIVE_MINUTES_NS)
        self._binance_books: list[BinanceBook] = []
        super().__init__(world, options.accounts, dialect, gate, self._own_routes)

    def environment(self, urls: Mapping[str, str]) -> dict[str, str]:
        """Return the variables with which a client trades here on the first account.

        The WebSocket variables hold the class or the path, as the venue's documents state them.
        """
        member = next(iter(self.members.values()))
        by_curve = self.terms.key_kind is KeyKind.ED25519
        return {
            "BINANCE_API_KEY": member.curve_api_key if by_curve else member.api_key,
            "BINANCE_API_SECRET": member.private_key if by_curve else member.secret,
            "PERP_BINANCE_REST_URL": urls["rest"],
            "PERP_BINANCE_WS_PUBLIC_URL": urls["ws_public"] + "/public",
            "PERP_BINANCE_WS_MARKET_URL": urls["ws_market"] + "/market",
            "PERP_BINANCE_WS_PRIVATE_URL": urls["ws_private"] + "/private",
            "PERP_BINANCE_WS_API_URL": urls["ws_api"] + PATH,
        }

    # Time -----------------------------------------------------------------------------------------

    def _due_ns(self) -> int:
        ends = (book.next_end_ns() for book in self._binance_books)
        return min(super()._due_ns(), *ends)

    def _ring(self, now_ns: int) -> None:
        super()._ring(now_ns)
        for book in self._binance_books:
            book.end_dated(now_ns)

    def _pass_to(self, now_ns: int) -> None:
        """Let time pass; while conditional orders wait, from event to event."""
        while self.algos.watches and (next_ns := self.world.next_ns()) < now_ns:
            super()._pass_to(next_ns)
            self._settle()
        super()._pass_to(now_ns)
        self._settle()

    def _settle(self) -> None:
        """Let conditional orders act on the prices of now, until none does."""
        while self.algos.look():
            self._drain()

    # Requests and connections ---------------------------------------------------------------------

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer a request at the present instant."""
        response = super().handle(request)
        self._settle()
        return response

    def on_open(self, connection: Connection) -> HttpResponse | None:
        """Take a connection to streams, or one for requests."""
        try:
            if connection.request.path.rstrip("/") == PATH:
                self._limits.weigh(HANDSHAKE_WEIGHT, self._now_ns)
                self.sockets.open(connection)
                return None
            most = self.terms.connections_a_window
            if self._connections.add(self._now_ns, 1) > most:
                raise FapiError(TOO_MANY_REQUESTS, f"Too many connections: {most} per 5 MINUTE.")
        except FapiError as error:
            return error.response()
        return super().on_open(connection)

    def on_frame(self, connection: Connection, frame: Frame) -> None:
        """Take a frame of a client."""
        if not self.sockets.holds(connection):
            super().on_frame(connection, frame)
            return
        self.sockets.on_frame(connection, frame, self._now_ns)
        self._drain()
        self._settle()

    def on_close(self, connection: Connection) -> None:
        """Note that a connection is gone."""
        self.sockets.close(connection)
        super().on_close(connection)

    # What is this venue's own ---------------------------------------------------------------------

    def exchange_info(self) -> Row:
        """Return limits and markets, and what is listed besides perpetuals of coins."""
        info = super().exchange_info()
        rows = [self.dialect.symbol_row(self.world, one) for one in self.dialect.filters.values()]
        return info | {"symbols": [*rows, *listing.neighbours(rows)]}

    def _open_streams(self) -> MarketStreams:
        words = self.dialect.market_words
        assert isinstance(words, BinanceMarketWords), "the dialect was made with these"
        return BinanceStreams(self.world, words, self.shown, self.hub)

    def _open_book(self, name: str) -> BinanceBook:
        book = super()._open_book(name)
        assert isinstance(book, BinanceBook), "every account here has such a book"
        self._binance_books.append(book)
        return book

    def _own_routes(self, desks: Desks) -> Mapping[PathKey, Route]:
        world, dialect, terms = self.world, self.dialect, self.terms
        words = dialect.market_words
        account_words = dialect.words.account
        assert isinstance(words, BinanceMarketWords), "the dialect was made with these"
        assert isinstance(account_words, BinanceAccountWords), "the dialect was made with these"
        own = OwnDesks(
            public=BinancePublic(world, words, self.shown, self.exchange_info),
            trading=BinanceTrading(
                world, dialect.filters, dialect.trading, self.switch, dialect.words.orders
            ),
            algos=AlgoApi(world, self.algos, dialect.trading),
            account=BinanceAccount(
                world, dialect.brackets, self.publish, account_words, terms.limits
            ),
            rates=Pool.of(world, terms.rates_a_window),
            figures=Pool.of(world, terms.figures_a_window),
        )
        return routes(desks, own)


def _dialect(world: World, options: SimulatorOptions, terms: BinanceTerms) -> Dialect:
    return Dialect(
        filters=RuleTable(world.rules, listing.filters_of),
        brackets=RuleTable(world.rules, listing.brackets_of),
        symbol_row=listing.symbol_row,
        info=dict(listing.INFO),
        limits=terms.limits,
        trading=trading_rules(terms.read_delay_ns),
        streams=terms.streams,
        market_words=BinanceMarketWords(),
        words=Words(BinanceOrderWords(), BinanceAccountWords()),
        read=read_request,
        seed=options.seed,
    )
