"""Bybit as a whole: one REST API and three kinds of sockets over one world.

Where the documents leave something open the strict reading is taken: a list of open orders holds no
ended ones whatever ids it is asked by, a topic that is subscribed already is refused, a doubly
escaped cursor is no cursor, a number of meaning that is no text is a wrong parameter, margin rates
of risk tiers are fractions. An order that the account cannot carry ends as Rejected with EC_Others;
a request without a key is answered with HTTP 401, an unknown path with 404, and what demo trading
lacks with 10032.

Not as at the venue: positions share the account's margin in every margin mode, a market has one
leverage for both its legs, every position is in the first risk tier, past open interest is today's,
keys are HMAC ones, and there are no RPI orders and no books of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from exchange_clients.paper.config import Acknowledge
from venue_simulators.agenda import Agenda
from venue_simulators.bybit import errors, listing
from venue_simulators.bybit.account import AccountDesk
from venue_simulators.bybit.account_book import AccountBook
from venue_simulators.bybit.authentication import Gatekeeper, KeyPair, invented_pair
from venue_simulators.bybit.books import Books, CrossSequence
from venue_simulators.bybit.errors import Barred, Refusal
from venue_simulators.bybit.fields import Fields, read_object
from venue_simulators.bybit.market_streams import MarketStreams
from venue_simulators.bybit.operations import Operations
from venue_simulators.bybit.order_desk import OrderDesk
from venue_simulators.bybit.position_stops import PositionStops
from venue_simulators.bybit.private_streams import PrivateStreams
from venue_simulators.bybit.public import PublicDesk
from venue_simulators.bybit.rate_limits import RateLimits, Standing
from venue_simulators.bybit.sockets import PRIVATE, PUBLIC, TRADE, Hub, kind_of
from venue_simulators.bybit.terms import VARIABLES, BybitTerms
from venue_simulators.bybit.trading import Answer, Call, PrivateHandler, TradingDesk
from venue_simulators.bybit.wording import MS_NS, envelope
from venue_simulators.options import SimulatorOptions, build_world
from venue_simulators.simulator import Service
from venue_simulators.wire import Connection, Frame, HttpRequest, HttpResponse
from venue_simulators.world import World

REST = "rest"
REST_HOSTS = ("api.bybit.com", "api.bytick.com", "api-testnet.bybit.com", "api-demo.bybit.com")
DEMO_MISSING = (
    "/v5/account/fee-rate",
    "/v5/position/symbol-info",
    "/v5/order/disconnected-cancel-all",
    "/v5/order/pre-check",
    "/v5/account/withdrawal",
)


def build(options: SimulatorOptions, terms: BybitTerms | None = None) -> BybitSimulator:
    """Return Bybit as the options describe it."""
    return BybitSimulator(options, terms or BybitTerms())


class BybitSimulator:
    """One venue; the first of the accounts is the one that ``environment`` speaks of.

    Args:
        options: What every simulator is built with.
        terms: What is Bybit's own.
    """

    name = "bybit"
    services: Sequence[Service] = (
        Service(REST, REST_HOSTS),
        Service(PUBLIC, ("stream.bybit.com", "stream-testnet.bybit.com")),
        Service(PRIVATE, ("stream.bybit.com", "stream-testnet.bybit.com", "stream-demo.bybit.com")),
        Service(TRADE, ("stream.bybit.com", "stream-testnet.bybit.com")),
    )

    def __init__(self, options: SimulatorOptions, terms: BybitTerms) -> None:
        self.terms = terms
        self.world: World = build_world(options, listing.MARKETS, listing.PAPER)
        self.keys: dict[str, KeyPair] = {
            name: invented_pair(name, terms.environment, options.seed) for name in options.accounts
        }
        sequence = CrossSequence(self.world.now_ns)
        self.books = {name: AccountBook(self.world, name, sequence) for name in options.accounts}
        self._agenda = Agenda()
        self._limits = RateLimits(terms.orders_per_s, enforced=terms.rate_limits)
        self._gate = Gatekeeper(self.keys, options.signatures, terms.key_expires_ns)
        at_once = options.acknowledge is Acknowledge.IMMEDIATE
        self.desk = OrderDesk(self.world, self._agenda, terms, self.books, judges_at_once=at_once)
        operations = Operations(self.world, self._gate, self._command, demo=terms.demo)
        self._hub = operations.hub = Hub(self.world, self._agenda, terms, operations.on_words)
        books = Books(self.world, sequence)
        operations.streams = MarketStreams(self.world, self._agenda, self._hub, books, sequence)
        self._public = PublicDesk(self.world, books, self._hub.heard).routes()
        self._reads, self._writes = self._private_routes()
        self._private_streams = PrivateStreams(
            self.world, self._agenda, self._hub, self.desk, self.books
        )

    def environment(self, urls: Mapping[str, str]) -> dict[str, str]:
        """Return the variables with which a client trades here on the first account."""
        pair = next(iter(self.keys.values()))
        prefix = VARIABLES[self.terms.environment]
        return {
            f"{prefix}_API_KEY": pair.api_key,
            f"{prefix}_API_SECRET": pair.secret,
            **{f"PERP_BYBIT_{name.upper()}_URL": urls[name] for name in urls},
        }

    # Time -----------------------------------------------------------------------------------------

    def advance(self, now_ns: int) -> None:
        """Let time pass until ``now_ns``, stopping wherever there is something to do or tell."""
        while (due_ns := self.next_ns()) <= now_ns:
            due_ns = max(due_ns, self.world.now_ns)
            self.world.advance(due_ns)
            self._drain()
            self._agenda.run(due_ns)
            self._drain()
        self.world.advance(max(now_ns, self.world.now_ns))
        self._drain()

    def next_ns(self) -> int:
        """Return the next instant at which something will happen by itself."""
        return min(self._agenda.next_ns(), self.world.next_ns())

    def _drain(self) -> None:
        for book in self.books.values():
            book.drain()

    # Requests -------------------------------------------------------------------------------------

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer a request at the present instant."""
        now_ms = self.world.now_ns // MS_NS
        headers: dict[str, str] = {"timenow": str(now_ms)}
        try:
            if request.service != REST:
                raise Barred(HTTPStatus.NOT_FOUND, "not found")
            answer = self._answer(request, headers)
            body = envelope(answer.result, now_ms, 0, answer.message, answer.ext)
        except Refusal as refusal:
            body = envelope(refusal.result, now_ms, refusal.code, refusal.message)
        except Barred as barred:
            return HttpResponse(
                barred.status, barred.message.encode(), {"content-type": "text/plain"}
            )
        self._settle()
        return HttpResponse(200, body, headers)

    def _settle(self) -> None:
        """Do what is due at this very instant: a venue that judges at once has judged by now."""
        self._agenda.run(self.world.now_ns)
        self._drain()

    def _answer(self, request: HttpRequest, headers: dict[str, str]) -> Answer:
        now_ns = self.world.now_ns
        if not self._limits.admits_address(now_ns):
            raise Barred(HTTPStatus.FORBIDDEN, "access too frequent")
        public = self._public.get(request.path)
        if public is not None and request.method == "GET":
            if request.body:
                raise Barred(HTTPStatus.FORBIDDEN, "a GET has no body")
            return Answer(public(Fields(request.params, query=True)))
        writes = request.method == "POST"
        handler = (self._writes if writes else self._reads).get(request.path)
        if handler is None or request.method not in ("GET", "POST"):
            raise Barred(HTTPStatus.NOT_FOUND, "not found")
        account = self._gate.admit(request, now_ns)
        fields = read_object(request.body) if writes else Fields(request.params, query=True)
        return self._call(account, request.path, handler, fields, headers)[0]

    def _call(
        self,
        account: str,
        path: str,
        handler: PrivateHandler,
        fields: Fields,
        headers: dict[str, str],
    ) -> tuple[Answer, Standing]:
        """Count a proven call and do it."""
        if self.terms.demo and path in DEMO_MISSING:
            raise Refusal(errors.DEMO_UNSUPPORTED, "Demo trading are not supported.")
        now_ns = self.world.now_ns
        standing = self._limits.take(account, path, now_ns)
        headers.update(standing.headers())
        if not standing.allowed:
            raise Refusal(errors.RATE_LIMIT, "Too many visits. Exceeded the API Rate Limit.")
        self._drain()
        call = Call(
            self.books[account],
            fields,
            spend=lambda: self._limits.take(account, path, now_ns).allowed,
        )
        answer = handler(call)
        standing = self._limits.standing(account, path, now_ns)
        headers.update(standing.headers())
        return answer, standing

    def _command(self, account: str, path: str, fields: Fields) -> tuple[Answer, Standing]:
        """Do what the trade socket was told to; its budget is that of REST."""
        return self._call(account, path, self._writes[path], fields, {})

    # Sockets --------------------------------------------------------------------------------------

    def on_open(self, connection: Connection) -> HttpResponse | None:
        """Take a WebSocket handshake; a response refuses it."""
        kind = kind_of(connection.request)
        if kind is None or kind == REST or (kind == TRADE and self.terms.demo):
            return HttpResponse(HTTPStatus.NOT_FOUND)
        if not self._limits.admits_connect(self.world.now_ns):
            return HttpResponse(HTTPStatus.FORBIDDEN)
        self._hub.open(connection, kind)
        return None

    def on_frame(self, connection: Connection, frame: Frame) -> None:
        """Take a frame of a client."""
        self._hub.on_frame(connection, frame)
        self._settle()

    def on_close(self, connection: Connection) -> None:
        """Note that a connection is gone."""
        topics = self._hub.topics_of(connection)
        socket = self._hub.close(connection)
        if socket is not None:
            self._private_streams.on_gone(socket, topics)

    # Building -------------------------------------------------------------------------------------

    def _private_routes(self) -> tuple[Mapping[str, PrivateHandler], Mapping[str, PrivateHandler]]:
        """Return the handlers of what is asked and of what is posted."""
        trading = TradingDesk(self.world, self.desk, self.terms)
        stops = PositionStops(self.world, self.desk, self.books)
        account = AccountDesk(self.world, self.terms, stops)
        looks = {
            "/v5/order/realtime": trading.realtime,
            "/v5/order/history": trading.history,
        }
        orders = {f"/v5/order/{name}": one for name, one in trading.writes().items()}
        return {**looks, **account.reads()}, {**orders, **account.writes()}
