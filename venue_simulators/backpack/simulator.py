"""Backpack, simulated: its routes, its keys, its streams, over one world.

Every request passes the same gates in this order: is there such a path, is the caller within its
limits, can the body be read, is it signed, is it within its rights and reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from exchange_clients.base_models import ContractId
from exchange_clients.errors import ClientConfigError
from venue_simulators.backpack import listing
from venue_simulators.backpack.account import AccountDesk
from venue_simulators.backpack.account_book import POSITION_STREAM, AccountBook
from venue_simulators.backpack.account_words import position_data
from venue_simulators.backpack.authentication import Claim, Gatekeeper, request_parts
from venue_simulators.backpack.calls import Call
from venue_simulators.backpack.errors import Refusal, too_many_requests, unknown_path
from venue_simulators.backpack.fields import NO_FIELDS, Fields, read_list, read_object
from venue_simulators.backpack.habits import Habits, Later
from venue_simulators.backpack.history import HistoryDesk
from venue_simulators.backpack.hub import Hub, stream_frame
from venue_simulators.backpack.market_streams import MarketStreams
from venue_simulators.backpack.public import PublicDesk
from venue_simulators.backpack.rate_limits import RateLimits
from venue_simulators.backpack.routes import Route, private_routes, public_routes
from venue_simulators.backpack.topics import UNPROVEN, StreamError, Topic
from venue_simulators.backpack.trading import TradingDesk
from venue_simulators.backpack.wording import MS_NS
from venue_simulators.ed25519.signatures import KEY_PAIRS
from venue_simulators.options import (
    DEFAULT_SYMBOLS,
    SignatureDepth,
    SimulatorOptions,
    build_world,
)
from venue_simulators.simulator import Service
from venue_simulators.wire import Connection, Frame, HttpRequest, HttpResponse
from venue_simulators.world import World

ALL_SYMBOLS = (*DEFAULT_SYMBOLS, "PEPE")


def build(options: SimulatorOptions, habits: Habits | None = None) -> BackpackSimulator:
    """Return a venue with its accounts opened; without a choice of symbols it lists all it has."""
    if options.symbols == DEFAULT_SYMBOLS:
        options = replace(options, symbols=ALL_SYMBOLS)
    world = build_world(options, listing.MARKETS, listing.PAPER)
    return BackpackSimulator(world, options.accounts, options.signatures, habits or Habits())


class BackpackSimulator:
    """One venue; the first of ``accounts`` is the one that ``environment`` speaks of."""

    name = "backpack"
    services: Sequence[Service] = (
        Service("rest", ("api.backpack.exchange",)),
        Service("ws", ("ws.backpack.exchange",)),
    )

    def __init__(
        self, world: World, accounts: Sequence[str], depth: SignatureDepth, habits: Habits
    ) -> None:
        if len(accounts) > len(KEY_PAIRS):
            raise ClientConfigError(
                f"accounts must be at most {len(KEY_PAIRS)}, one for each key, got {len(accounts)}"
            )
        self.world = world
        self._now_ns = world.now_ns
        keys = {pair.public_key: name for pair, name in zip(KEY_PAIRS, accounts, strict=False)}
        self._gate = Gatekeeper(keys, depth)
        self._limits = RateLimits()
        self._hub = Hub(self._prove, self._on_private)
        self._streams = MarketStreams(world, self._hub)
        self._books = {name: self._open_book(name) for name in accounts}
        self._later = Later(habits.cancel_delay_ns)
        self._public = public_routes(PublicDesk(world))
        self._private = private_routes(
            TradingDesk(world, self._later),
            AccountDesk(world),
            HistoryDesk(world, habits.visibility_ns),
        )

    def environment(self, urls: Mapping[str, str]) -> dict[str, str]:
        """Return the variables with which a client trades here on the first account."""
        pair = KEY_PAIRS[0]
        return {
            "BACKPACK_PUBLIC_KEY": pair.public_key,
            "BACKPACK_SECRET_KEY": pair.secret_key,
            "PERP_BACKPACK_REST_URL": urls["rest"],
            "PERP_BACKPACK_WS_URL": urls["ws"],
        }

    # Time -----------------------------------------------------------------------------------------

    def advance(self, now_ns: int) -> None:
        """Let time pass until ``now_ns``, stopping wherever there is something to do or tell."""
        while (due_ns := self._due_ns()) <= now_ns:
            self._pass_to(due_ns)
            self._later.do_due(due_ns)
            self._drain()
            self._streams.tell(due_ns)
        self._pass_to(now_ns)

    def next_ns(self) -> int:
        """Return the next instant at which the world moves or a stream speaks."""
        return min(self.world.next_ns(), self._due_ns())

    def _due_ns(self) -> int:
        return min(self._streams.next_ns(self._now_ns), self._later.next_ns())

    def _pass_to(self, now_ns: int) -> None:
        self._now_ns = max(self._now_ns, now_ns)
        self.world.advance(self._now_ns)
        self._drain()

    def _drain(self) -> None:
        for book in self._books.values():
            book.drain()

    # Requests -------------------------------------------------------------------------------------

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer a request at the present instant."""
        try:
            response = self._answer(request)
        except Refusal as refusal:
            response = refusal.answer()
        # What one account did may have traded with another's order.
        self._drain()
        return response

    def _answer(self, request: HttpRequest) -> HttpResponse:
        claim = Claim.of_headers(request.headers)
        key = (request.method, request.path)
        public = self._public.get(key)
        if public is None and key not in self._private:
            raise unknown_path()
        caller = self._gate.account_of(claim.public_key) or ""
        historical = public is not None and public.historical
        if not self._limits.take(caller, self._now_ns, historical=historical):
            raise too_many_requests()
        query = Fields(request.params, query=True)
        if public is not None:
            return public.handler(query)
        return self._private_answer(self._private[key], request, claim, query)

    def _private_answer(
        self, route: Route, request: HttpRequest, claim: Claim, query: Fields
    ) -> HttpResponse:
        batch = read_list(request.body) if route.batch else ()
        body = read_object(request.body) if route.reads_body else NO_FIELDS
        parts = request_parts(query, body, batch)
        account = self._gate.admit(claim, route.instruction, parts, self._now_ns // MS_NS)
        return route.handler(Call(self._books[account], query, body, batch))

    # Streams --------------------------------------------------------------------------------------

    def on_open(self, connection: Connection) -> HttpResponse | None:
        """Take every connection to the streams' host."""
        if connection.request.service != "ws":
            return unknown_path().answer()
        self._hub.open(connection)
        return None

    def on_frame(self, connection: Connection, frame: Frame) -> None:
        """Take a frame of a client."""
        self._hub.on_frame(connection, frame)

    def on_close(self, connection: Connection) -> None:
        """Note that a connection is gone."""
        self._hub.close(connection)

    def _prove(self, claim: Claim) -> str:
        try:
            return self._gate.admit(claim, "subscribe", [[]], self._now_ns // MS_NS)
        except Refusal as refusal:
            raise StreamError(UNPROVEN, refusal.message) from None

    def _open_book(self, account: str) -> AccountBook:
        def publish(kind: str, symbol: ContractId | None, data: dict[str, object]) -> None:
            self._hub.publish(kind, data, account)
            if symbol is not None:
                self._hub.publish(f"{kind}.{symbol}", data, account)

        return AccountBook(self.world, account, publish)

    def _on_private(self, account: str, topic: Topic, connection: Connection) -> None:
        """Tell a new listener of the positions there are; of other things nothing is told."""
        if topic.kind != POSITION_STREAM:
            return
        book = self._books[account]
        for symbol in book.positions.open:
            if topic.symbol in (None, symbol):
                data = position_data(self.world, book, symbol, None, self._now_ns)
                connection.send(stream_frame(topic.name, data))
