"""OKX, simulated: its routes, its keys, its streams, over one world.

Every request passes the same gates in this order: is there such a path, is it signed, is the caller
within its limits, can it be read, is it within reason. Three WebSocket paths are served on each of
the WebSocket services; the path alone says which is meant, because on the venue all three share
one host.

Where the venue's behaviour is not certain, this one is the strict one: an order cancelled without a
fill is forgotten by ``GET trade/order`` after two hours, prices off the tick are refused, a client
order id is never free again, login on the public path is refused, and an order whose ``expTime``
has passed is answered with 51149. An account trades an instrument in one margin mode at a time, and
``stpMode`` is ``cancel_maker`` alone: other choices are refused rather than done otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from venue_simulators.agenda import Agenda
from venue_simulators.okx.account_api import AccountApi
from venue_simulators.okx.account_book import AccountBook
from venue_simulators.okx.account_words import AccountWords
from venue_simulators.okx.admission import Admission
from venue_simulators.okx.algo_api import AlgoApi
from venue_simulators.okx.algo_desk import AlgoDesk
from venue_simulators.okx.calls import Call
from venue_simulators.okx.errors import OkxError, not_found, summary
from venue_simulators.okx.fields import Fields, object_of, objects_of, read_body
from venue_simulators.okx.funding import Funding
from venue_simulators.okx.ground import Ground
from venue_simulators.okx.hub import Hub
from venue_simulators.okx.listing import MARKETS, PAPER, Listing
from venue_simulators.okx.market_feeds import MarketFeeds
from venue_simulators.okx.order_history import OrderHistory
from venue_simulators.okx.private_feeds import PrivateFeeds
from venue_simulators.okx.public_api import PublicApi
from venue_simulators.okx.rate_limits import RateLimits
from venue_simulators.okx.routes import (
    PREFIX,
    ItemsRoute,
    items_routes,
    private_routes,
    public_routes,
)
from venue_simulators.okx.sequences import Sequences
from venue_simulators.okx.sessions import Sessions
from venue_simulators.okx.signatures import Gatekeeper, invent_keys
from venue_simulators.okx.socket_orders import SocketOrders
from venue_simulators.okx.terms import OkxTerms
from venue_simulators.okx.topics import BUSINESS, PRIVATE, PUBLIC
from venue_simulators.okx.trading_api import TradingApi
from venue_simulators.okx.wording import US_NS, answer, envelope
from venue_simulators.options import DEFAULT_SYMBOLS, SimulatorOptions, build_world, config_of
from venue_simulators.simulator import Service
from venue_simulators.wire import Connection, Frame, HttpRequest, HttpResponse
from venue_simulators.world import World

ALL_SYMBOLS = (*DEFAULT_SYMBOLS, "PEPE")
REST = "rest"
_WS_HOSTS = tuple(f"ws{site}.okx.com" for site in ("", "pap", "eea", "eeapap", "us", "uspap"))
SERVICES = (
    Service(REST, ("openapi.okx.com", "www.okx.com", "eea.okx.com", "us.okx.com")),
    *(Service(f"ws_{path}", _WS_HOSTS) for path in (PUBLIC, PRIVATE, BUSINESS)),
)


class OkxSimulator:
    """OKX with its accounts.

    Args:
        options: What every simulator is built with.
        terms: What is OKX's own.
    """

    name = "okx"
    services: Sequence[Service] = SERVICES

    def __init__(self, options: SimulatorOptions, terms: OkxTerms | None = None) -> None:
        self.terms = terms = terms or OkxTerms()
        self.world: World = build_world(options, MARKETS, PAPER)
        self.listing = Listing(self.world.rules)
        self.agenda = Agenda()
        self.keys = {name: invent_keys(name, options.seed) for name in options.accounts}
        self.books = {
            name: AccountBook(self.world, self.listing, keys) for name, keys in self.keys.items()
        }
        known = {keys.api_key: keys for keys in self.keys.values()}
        self._gate = Gatekeeper(known, options.signatures, demo=terms.demo)
        self._admission = Admission(self.world, RateLimits(enforced=terms.rate_limits))
        self._sequences = Sequences()
        self._sessions = Sessions()
        self._algos = AlgoDesk(self.world, terms)
        ground = Ground(
            self.world, self.listing, self.agenda, self._sessions, self._sequences, terms
        )
        public = PublicApi(
            self.world,
            self.listing,
            self._sequences,
            Funding(self.world, config_of(options, PAPER)),
        )
        account = AccountApi(self.world, self.listing, public, self._algos)
        trading = TradingApi(self.world, self.listing, self.agenda, terms)
        history = OrderHistory(self.world, self.listing, terms)
        algos = AlgoApi(self.world, self.listing, self._algos, trading)
        self._public = public_routes(public)
        self._private = private_routes(trading, history, algos, account)
        self._items = items_routes(trading, algos)
        self._market = MarketFeeds(ground, public)
        self._hub = self._hub_of(ground, account.words)

    def _hub_of(self, ground: Ground, words: AccountWords) -> Hub:
        own = PrivateFeeds(ground, words, self._algos)
        for book in self.books.values():
            own.listen(book)
        orders = SocketOrders(self.world, self.listing, self._items, self._admission)
        return Hub(ground, self._gate, self._market, own, orders)

    def environment(self, urls: Mapping[str, str]) -> dict[str, str]:
        """Return the variables with which a client trades here on the first account.

        The WebSocket variables hold whole URLs, path included, as the venue's documents state them.
        """
        keys = next(iter(self.keys.values()))
        sockets = {
            f"PERP_OKX_WS_{path.upper()}_URL": f"{urls[f'ws_{path}']}/ws/v5/{path}"
            for path in (PUBLIC, PRIVATE, BUSINESS)
        }
        return {
            "OKX_API_KEY": keys.api_key,
            "OKX_API_SECRET": keys.secret,
            "OKX_API_PASSPHRASE": keys.passphrase,
            "PERP_OKX_REST_URL": urls[REST],
            **sockets,
        }

    # Time -----------------------------------------------------------------------------------------

    def advance(self, now_ns: int) -> None:
        """Let time pass until ``now_ns`` (epoch ns), event by event."""
        while (due_ns := self.next_ns()) <= now_ns:
            self._pass_to(max(due_ns, self.world.now_ns))
            self.agenda.run(due_ns)
            self._settle()
        self._pass_to(max(now_ns, self.world.now_ns))

    def next_ns(self) -> int:
        """Return the next instant at which something will happen by itself."""
        return min(self.agenda.next_ns(), self.world.next_ns())

    def restart_sequences(self) -> None:
        """Number all books anew, as after maintenance."""
        for inst_id in self.listing.by_id:
            _, number = self.world.depth(inst_id, 1)
            self._sequences.restart(inst_id, number)

    def announce_end(self) -> None:
        """Tell all connections that they are closed in a minute."""
        self._hub.announce_end()

    def _pass_to(self, now_ns: int) -> None:
        self._sessions.now_ns = now_ns
        self.world.advance(now_ns)
        self._settle()

    def _settle(self) -> None:
        """Tell what has happened, and let algo orders fire until no more do."""
        self._drain()
        while self._algos.look():
            self._drain()
        self._market.settle()

    def _drain(self) -> None:
        for book in self.books.values():
            book.drain()

    # Requests -------------------------------------------------------------------------------------

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer a request at the present instant."""
        try:
            response = self._answer(request)
        except OkxError as error:
            response = error.response()
        # What one account did may have traded with another's order, or reached a trigger.
        self._settle()
        return response

    def _answer(self, request: HttpRequest) -> HttpResponse:
        key = (request.method, request.path)
        path = request.path.removeprefix(PREFIX)
        if request.service != REST:
            return not_found()
        if key in self._public:
            public = self._public[key]
            self._admission.admit_public(path, public)
            return answer(envelope(public.handler(Fields(request.params))))
        if key not in self._private and key not in self._items:
            return not_found()
        book = self.books[self._gate.admit(request, self.world.now_ns)]
        body = read_body(request.body) if request.method == "POST" else None
        if key in self._items:
            return self._answer_items(path, self._items[key], book, request, body)
        route = self._private[key]
        fields = Fields(request.params) if body is None else object_of(body)
        self._admission.admit_private(path, route, book.account, fields)
        return answer(envelope(route.handler(Call(book, fields))))

    def _answer_items(
        self, path: str, route: ItemsRoute, book: AccountBook, request: HttpRequest, body: object
    ) -> HttpResponse:
        items = objects_of(body) if route.batch_max else [object_of(body)]
        self._admission.admit_items(path, route, book.account, items)
        expires_ms = Fields(request.headers).whole("exptime")
        rows = route.handler(Call(book, Fields({}), items, expires_ms))
        at_us = str(self.world.now_ns // US_NS)
        return answer({**envelope(rows, *summary(rows)), "inTime": at_us, "outTime": at_us})

    # Streams --------------------------------------------------------------------------------------

    def on_open(self, connection: Connection) -> HttpResponse | None:
        """Take a WebSocket handshake; a response refuses it."""
        if connection.request.service == REST:
            return not_found()
        return self._hub.open(connection)

    def on_frame(self, connection: Connection, frame: Frame) -> None:
        """Take a frame of a client."""
        self._hub.on_frame(connection, frame)
        self._settle()

    def on_close(self, connection: Connection) -> None:
        """Note that a connection is gone."""
        self._hub.close(connection)


def build(options: SimulatorOptions, terms: OkxTerms | None = None) -> OkxSimulator:
    """Return a venue as the options describe it; without a choice of symbols it lists all it has.

    Args:
        options: What every simulator is built with.
        terms: What is OKX's own.
    """
    if options.symbols == DEFAULT_SYMBOLS:
        options = replace(options, symbols=ALL_SYMBOLS)
    return OkxSimulator(options, terms)
