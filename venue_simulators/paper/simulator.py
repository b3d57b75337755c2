"""The paper venue, served: its paths, its keys and its streams over one world.

Every request passes the same gates in this order: is there such a path, is the caller within its
limit, has it signed, can what it asks be read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

import msgspec

from exchange_clients.base_models import NS
from venue_simulators.options import DEFAULT_SYMBOLS, SimulatorOptions, build_world, config_of
from venue_simulators.paper import listing
from venue_simulators.paper.account_desk import AccountDesk
from venue_simulators.paper.hub import Hub
from venue_simulators.paper.keys import Claim, Gatekeeper
from venue_simulators.paper.public_desk import PublicDesk
from venue_simulators.paper.rate_limit import RateLimit
from venue_simulators.paper.refusals import Refusal, rate_limited, unknown_path
from venue_simulators.paper.routes import routes
from venue_simulators.paper.rows import Row
from venue_simulators.paper.streams import Streams
from venue_simulators.simulator import Service
from venue_simulators.wire import Connection, Frame, HttpRequest, HttpResponse
from venue_simulators.world import World

ALL_SYMBOLS = (*DEFAULT_SYMBOLS, "PEPE")
_MS_NS = NS // 1000


def build(options: SimulatorOptions) -> PaperSimulator:
    """Return a venue with its accounts opened; without a choice of symbols it lists all it has."""
    if options.symbols == DEFAULT_SYMBOLS:
        options = replace(options, symbols=ALL_SYMBOLS)
    world = build_world(options, listing.MARKETS, listing.PAPER)
    gate = Gatekeeper(options.seed, options.accounts, options.signatures)
    terms = config_of(options, listing.PAPER).funding
    return PaperSimulator(world, options.accounts, gate, terms.interval_hours)


class PaperSimulator:
    """One venue; the first of ``accounts`` is the one that ``environment`` speaks of."""

    name = "paper"
    services: Sequence[Service] = (
        Service("rest", ("rest.paper.invalid",)),
        Service("ws", ("ws.paper.invalid",)),
    )

    def __init__(
        self, world: World, accounts: Sequence[str], gate: Gatekeeper, interval_hours: Decimal
    ) -> None:
        self.world = world
        self._gate = gate
        self._first = accounts[0]
        self._limit = RateLimit()
        self._streams = Streams(world, accounts)
        self._hub = self._streams.hub = Hub(
            self._prove, lambda market: market in world.markets, self._streams.begin
        )
        self._routes = routes(PublicDesk(world, interval_hours), AccountDesk(world))

    def environment(self, urls: Mapping[str, str]) -> dict[str, str]:
        """Return the variables with which a client trades here on the first account."""
        key = self._gate.keys[self._first]
        return {
            "PAPER_API_KEY": key.key,
            "PAPER_API_SECRET": key.secret,
            "PERP_PAPER_REST_URL": urls["rest"],
            "PERP_PAPER_WS_URL": urls["ws"],
        }

    # Time -----------------------------------------------------------------------------------------

    def advance(self, now_ns: int) -> None:
        """Let time pass until ``now_ns``, stopping wherever a rate is told."""
        while (due_ns := self._streams.next_ns(self.world.now_ns)) <= now_ns:
            self.world.advance(due_ns)
            self._streams.tell_rates()
        self.world.advance(now_ns)
        self._streams.tell_balances()

    def next_ns(self) -> int:
        """Return the next instant at which the world moves or a rate is told."""
        return min(self.world.next_ns(), self._streams.next_ns(self.world.now_ns))

    # Requests -------------------------------------------------------------------------------------

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer a request at the present instant."""
        try:
            response = HttpResponse(200, msgspec.json.encode(self._answer(request)))
        except Refusal as refusal:
            response = refusal.answer()
        self._streams.tell_balances()
        return response

    def _answer(self, request: HttpRequest) -> Row:
        route = self._routes.get((request.method, request.path))
        if route is None or request.service != "rest":
            raise unknown_path()
        claim = Claim.of_headers(request.headers)
        if not self._limit.take(claim.key if route.private else "", self.world.now_ns):
            raise rate_limited()
        account = self._prove(claim, _signed(request)) if route.private else ""
        return route.answer(request, account)

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

    def _prove(self, claim: Claim, asked: str) -> str:
        return self._gate.admit(claim, asked, self.world.now_ns // _MS_NS)


def _signed(request: HttpRequest) -> str:
    query = f"?{request.query}" if request.query else ""
    # Bytes that are no text were signed by nobody; the signature will not match.
    return f"{request.method}{request.path}{query}{request.body.decode(errors='replace')}"
