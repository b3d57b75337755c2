"""A venue of this dialect: its desks, its streams and its clock, over one world.

Every request passes the same gates in this order: is there such a path, is the address within its
limits, can the parameters be read, is it signed, may the account place so many orders.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from exchange_clients.base_models import ZERO, ContractId, LeverageBracket, Side
from venue_simulators.fapi.account import AccountDesk
from venue_simulators.fapi.account_book import AccountBook, Words
from venue_simulators.fapi.authentication import Gate, Sent
from venue_simulators.fapi.calls import Call, PathKey, Route, Security
from venue_simulators.fapi.dead_man import DeadManSwitch
from venue_simulators.fapi.errors import FapiError, unknown_path
from venue_simulators.fapi.filters import Filters
from venue_simulators.fapi.hedge_book import HedgeBook
from venue_simulators.fapi.hidden import Shown
from venue_simulators.fapi.history import HistoryDesk
from venue_simulators.fapi.hub import Hub, StreamRules
from venue_simulators.fapi.listen_keys import ListenKeys
from venue_simulators.fapi.market_streams import MarketStreams
from venue_simulators.fapi.market_words import MarketWords
from venue_simulators.fapi.parameters import Parameters, read_pairs
from venue_simulators.fapi.public import PublicDesk
from venue_simulators.fapi.rate_limits import Limits, RateLimits
from venue_simulators.fapi.trading import TradingDesk, TradingRules
from venue_simulators.fapi.wording import Row, answer, ms
from venue_simulators.simulator import Service
from venue_simulators.wire import Connection, Frame, HttpRequest, HttpResponse
from venue_simulators.world import NEVER_NS, World


@dataclass(frozen=True, slots=True)
class Dialect:
    """What sets one venue of this dialect apart."""

    filters: Mapping[ContractId, Filters]
    brackets: Mapping[ContractId, Sequence[LeverageBracket]]
    symbol_row: Callable[[World, Filters], Row]
    """Returns a market as ``exchangeInfo`` lists it."""
    info: Row = field(default_factory=dict)
    """What ``exchangeInfo`` tells besides limits and markets."""
    limits: Limits = field(default_factory=Limits)
    trading: TradingRules = field(default_factory=TradingRules)
    streams: StreamRules = field(default_factory=StreamRules)
    market_words: MarketWords = field(default_factory=MarketWords)
    words: Words = field(default_factory=Words)
    read: Callable[[HttpRequest], Parameters] = field(default_factory=lambda: read_parameters)
    """Returns the parameters of a request."""
    seed: int = 1


class Desks:
    """Everything that answers; a venue's table of routes chooses among their methods."""

    def __init__(self, venue: FapiVenue) -> None:
        world, dialect = venue.world, venue.dialect
        self.public = PublicDesk(world, dialect.market_words, venue.shown, venue.exchange_info)
        self.trading = TradingDesk(
            world, dialect.filters, dialect.trading, venue.switch, dialect.words.orders
        )
        self.account = AccountDesk(world, dialect.brackets, venue.publish, dialect.words.account)
        self.history = HistoryDesk(world, dialect.words.orders, dialect.trading)
        self.keys = KeyDesk(venue)


class KeyDesk:
    """Listen keys by request."""

    def __init__(self, venue: FapiVenue) -> None:
        self._venue = venue

    def take(self, call: Call) -> HttpResponse:
        """Answer with the account's key, new or not."""
        key = self._venue.listen_keys.take(call.account, self._venue.world.now_ns)
        return answer({"listenKey": key})

    def renew(self, call: Call) -> HttpResponse:
        """Let the account's key live on."""
        key = self._venue.listen_keys.renew(call.account, self._venue.world.now_ns)
        return answer({"listenKey": key})

    def drop(self, call: Call) -> HttpResponse:
        """End the account's key."""
        self._venue.listen_keys.drop(call.account)
        return answer({})


class FapiVenue:
    """One venue; a subclass names it, lists its services and says with what a client trades there.

    Args:
        world: Markets and accounts, opened.
        accounts: Their names.
        dialect: What sets the venue apart.
        gate: Who may pass.
        routes: Makes the table of paths.
    """

    services: Sequence[Service]
    book_kind: type[AccountBook] = HedgeBook

    def __init__(
        self,
        world: World,
        accounts: Sequence[str],
        dialect: Dialect,
        gate: Gate,
        routes: Callable[[Desks], Mapping[PathKey, Route]],
    ) -> None:
        self.world = world
        self.dialect = dialect
        self._gate = gate
        self._now_ns = world.now_ns
        self._limits = RateLimits(dialect.limits)
        self.listen_keys = ListenKeys(f"listen key {dialect.seed}", self._on_key_end)
        self.hub = Hub(dialect.streams, self.listen_keys)
        self.shown = Shown(world, self._hidden)
        self.switch = DeadManSwitch()
        self._streams = self._open_streams()
        self.books = {name: self._open_book(name) for name in accounts}
        self._routes = routes(Desks(self))

    # Time -----------------------------------------------------------------------------------------

    def advance(self, now_ns: int) -> None:
        """Let time pass until ``now_ns``, stopping wherever there is something to do or tell."""
        while (due_ns := self._due_ns()) <= now_ns:
            self._pass_to(due_ns)
            self._ring(due_ns)
            self._drain()
            self._streams.tell(due_ns)
        self._pass_to(now_ns)

    def next_ns(self) -> int:
        """Return the next instant at which the world moves or a stream speaks."""
        return min(self.world.next_ns(), self._due_ns())

    def _due_ns(self) -> int:
        rotation_ns = self.hub.next_ns()
        return min(
            self._streams.next_ns(self._now_ns),
            self.switch.next_ns(),
            self.listen_keys.next_ns(),
            NEVER_NS if rotation_ns is None else rotation_ns,
        )

    def _ring(self, now_ns: int) -> None:
        """Do what is due at an instant."""
        self.switch.fire(now_ns)
        self.listen_keys.expire(now_ns)
        self.hub.rotate(now_ns)

    def _pass_to(self, now_ns: int) -> None:
        self._now_ns = max(self._now_ns, now_ns)
        self.world.advance(self._now_ns)
        self._drain()

    def _drain(self) -> None:
        for book in self.books.values():
            book.drain()

    # Requests -------------------------------------------------------------------------------------

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer a request at the present instant."""
        headers: dict[str, str] = {}
        try:
            response = self._answer(request, headers)
        except FapiError as error:
            response = error.response()
        # What one account did may have traded with another's order.
        self._drain()
        return replace(response, headers={**headers, **response.headers})

    def _answer(self, request: HttpRequest, headers: dict[str, str]) -> HttpResponse:
        parameters = self.dialect.read(request)

        def prove(security: Security) -> str:
            sent = Sent(request, parameters)
            if security is Security.KEY:
                return self._gate.of_key(sent)
            return self._gate.of_signature(sent, self._now_ns)

        return self.serve((request.method, request.path), parameters, prove, headers)

    def serve(
        self,
        path: PathKey,
        parameters: Parameters,
        prove: Callable[[Security], str],
        headers: dict[str, str],
    ) -> HttpResponse:
        """Answer what was asked of a path.

        Args:
            path: Method and path.
            parameters: What was asked.
            prove: Returns whose request it is, or refuses it.
            headers: What the limits tell is added to these.
        """
        route = self._routes.get(path)
        if route is None:
            raise unknown_path(*path)
        weight = route.weight if isinstance(route.weight, int) else route.weight(parameters)
        headers |= self._limits.weigh(weight, self._now_ns)
        if route.security is Security.NONE:
            return route.handler(Call(parameters))
        account = prove(route.security)
        orders = route.orders if isinstance(route.orders, int) else route.orders(parameters)
        if orders:
            headers |= self._limits.count_orders(account, orders, self._now_ns)
        return route.handler(Call(parameters, account, self.books[account]))

    def exchange_info(self) -> Row:
        """Return limits and markets."""
        return {
            "timezone": "UTC",
            "serverTime": ms(self._now_ns),
            "rateLimits": self.dialect.limits.rows(),
            **self.dialect.info,
            "symbols": [
                self.dialect.symbol_row(self.world, one) for one in self.dialect.filters.values()
            ],
        }

    # Streams --------------------------------------------------------------------------------------

    def on_open(self, connection: Connection) -> HttpResponse | None:
        """Take a connection whose path names streams, or a listen key that is valid."""
        if self.hub.open(connection, self._now_ns):
            return None
        return unknown_path("GET", connection.request.path).response()

    def on_frame(self, connection: Connection, frame: Frame) -> None:
        """Take a frame of a client."""
        self.hub.on_frame(connection, frame, self._now_ns)

    def on_close(self, connection: Connection) -> None:
        """Note that a connection is gone."""
        self.hub.close(connection)

    def publish(self, account: str, kind: str, data: Row) -> None:
        """Tell whoever listens to an account of an event."""
        key = self.listen_keys.key_of(account)
        if key is not None:
            now_ms = ms(self._now_ns)
            self.hub.publish(key, {"e": kind, "E": now_ms, "T": now_ms, **data})

    def _open_streams(self) -> MarketStreams:
        return MarketStreams(self.world, self.dialect.market_words, self.shown, self.hub)

    def _open_book(self, name: str) -> AccountBook:
        def publish(kind: str, data: Row) -> None:
            self.publish(name, kind, data)

        return self.book_kind(self.world, name, publish, self.dialect.words)

    def _on_key_end(self, key: str) -> None:
        self.hub.publish(key, {"e": "listenKeyExpired", "E": ms(self._now_ns), "listenKey": key})
        self.hub.forget(key)

    def _hidden(self, contract_id: ContractId, side: Side) -> dict[Decimal, Decimal]:
        sizes: dict[Decimal, Decimal] = {}
        for book in self.books.values():
            for info in book.hidden(contract_id):
                if info.price is not None and info.side is side:
                    sizes[info.price] = sizes.get(info.price, ZERO) + info.remaining_size
        return sizes


def read_parameters(request: HttpRequest) -> Parameters:
    """Return query and body together."""
    body = request.body.decode("utf-8", "replace")
    return read_pairs("&".join(part for part in (request.query, body) if part))
