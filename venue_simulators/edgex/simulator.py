"""edgeX V2 as a whole: its requests and its sockets over one world.

Every request passes the same gates in this order: is there such a path, is the caller within its
limits, is it signed (private ones, over what they say), is it about the signer's own account.

The old system (V1) is not simulated: it answers nothing any more that could be traded on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus

from exchange_clients.paper.config import Acknowledge
from venue_simulators.agenda import Agenda, pass_time
from venue_simulators.edgex import account_api, order_api, public_api
from venue_simulators.edgex.account_book import AccountBook, Venue
from venue_simulators.edgex.authentication import Gatekeeper, invent_member
from venue_simulators.edgex.calls import Call
from venue_simulators.edgex.canonical import body_text, query_text
from venue_simulators.edgex.errors import EdgexError, rate_limited, required
from venue_simulators.edgex.examiner import Examiner
from venue_simulators.edgex.feed import Feed
from venue_simulators.edgex.feed_maker import FeedMaker
from venue_simulators.edgex.fields import Fields, read_object
from venue_simulators.edgex.listing import MARKETS, PAPER, contract_of
from venue_simulators.edgex.order_desk import OrderDesk
from venue_simulators.edgex.order_digest import Domain
from venue_simulators.edgex.order_record import OrderRecord
from venue_simulators.edgex.rate_limits import CREATE, PRIVATE, PUBLIC, RateLimits
from venue_simulators.edgex.rates import STEADY_FUNDING, FundingTable
from venue_simulators.edgex.replies import refuse, reply
from venue_simulators.edgex.sockets import Sockets
from venue_simulators.edgex.terms import EdgexTerms
from venue_simulators.options import SimulatorOptions, build_world, config_of
from venue_simulators.rule_table import RuleTable
from venue_simulators.simulator import Service
from venue_simulators.wire import Connection, Frame, HttpRequest, HttpResponse
from venue_simulators.world import World

REST, WS_PUBLIC, WS_PRIVATE = "rest", "ws_public", "ws_private"
PUBLIC_PATH, PRIVATE_PATH = "/api/v2/public/", "/api/v2/private/"
PUBLIC_WS_PATH, PRIVATE_WS_PATH = "/api/v1/public/ws", "/api/v1/private/ws"
_QUOTE_HOSTS = ("edgex-quote-prod-v2.edgex.exchange",)
SERVICES = (
    Service(REST, ("edgex-prod-v2.edgex.exchange",)),
    Service(WS_PUBLIC, _QUOTE_HOSTS),
    Service(WS_PRIVATE, _QUOTE_HOSTS),
)
CREATE_ORDER = "order/createOrder"


class EdgexSimulator:
    """edgeX with its accounts.

    Both sockets are one host of the real venue, so it is the path of a handshake that tells them
    apart, whatever service it came to.

    Args:
        options: What every simulator is built with.
        terms: What is edgeX's own.
    """

    name = "edgex"
    services: Sequence[Service] = SERVICES

    def __init__(self, options: SimulatorOptions, terms: EdgexTerms | None = None) -> None:
        self.terms = terms = terms or EdgexTerms()
        usual = replace(PAPER, funding=STEADY_FUNDING) if options.living else PAPER
        config = config_of(options, usual)
        self.world: World = build_world(options, MARKETS, config)
        self.agenda = Agenda()
        at_once = options.acknowledge is Acknowledge.IMMEDIATE
        desk = OrderDesk(self.world, self.agenda, terms, judges_at_once=at_once)
        contracts = {name: contract_of(one) for name, one in self.world.markets.items()}
        listed = RuleTable(self.world.rules, contract_of)
        self.venue = Venue(self.world, self.agenda, desk, contracts, listed, terms)
        self.members = {name: invent_member(name, options.seed) for name in options.accounts}
        self.books = {
            name: AccountBook(member, self.venue, Feed(member, terms))
            for name, member in self.members.items()
        }
        desk.listeners.append(self._on_record)
        self._gate = Gatekeeper(self.members, terms)
        self._limits = RateLimits(terms.orders_per_minute) if terms.rate_limits else None
        examiner = Examiner(Domain(terms.chain_id, terms.contract_address), options.signatures)
        funding = FundingTable(self.world, config.funding, terms.settlement_delay_ns)
        public = public_api.PublicApi(self.venue, funding)
        self._public = public_api.routes(public)
        self._private = {
            **order_api.routes(order_api.OrderApi(self.venue, examiner)),
            **account_api.routes(account_api.AccountApi(self.venue, examiner)),
        }
        self.sockets = Sockets(self.venue, FeedMaker(public, self.agenda))

    def environment(self, urls: Mapping[str, str]) -> dict[str, str]:
        """Return what a client's environment says to trade the first account here."""
        member = next(iter(self.members.values()))
        return {
            "EDGEX_ACCOUNT_ID": member.account_id,
            "EDGEX_API_KEY": member.api_key,
            "EDGEX_API_SECRET": member.api_secret,
            "EDGEX_API_PASSPHRASE": member.passphrase,
            "EDGEX_SIGNER_PRIVATE_KEY": member.signer_key,
            "PERP_EDGEX_REST_URL": urls[REST],
            "PERP_EDGEX_WS_PUBLIC_URL": urls[WS_PUBLIC],
            "PERP_EDGEX_WS_PRIVATE_URL": urls[WS_PRIVATE],
        }

    # Time -----------------------------------------------------------------------------------------

    def advance(self, now_ns: int) -> None:
        """Let time pass until ``now_ns`` (epoch ns)."""
        pass_time(self.world, self.agenda, now_ns)

    def next_ns(self) -> int:
        """Return the next instant at which something will happen by itself."""
        return min(self.agenda.next_ns(), self.world.next_ns())

    # Requests -------------------------------------------------------------------------------------

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer a request at the present instant."""
        now_ns = self.world.now_ns
        try:
            return reply(self._answer(request, now_ns), now_ns)
        except EdgexError as error:
            return refuse(error, now_ns)

    def _answer(self, request: HttpRequest, now_ns: int) -> object:
        if request.path.startswith(PUBLIC_PATH):
            name = request.path.removeprefix(PUBLIC_PATH)
            call = self._public.get((request.method, name))
            if call is not None:
                self._spend("", PUBLIC, now_ns)
                return call(Fields(dict(request.params)))
        if request.path.startswith(PRIVATE_PATH):
            return self._answer_private(request, now_ns)
        raise _no_such_path(request)

    def _answer_private(self, request: HttpRequest, now_ns: int) -> object:
        name = request.path.removeprefix(PRIVATE_PATH)
        call = self._private.get((request.method, name))
        if call is None:
            raise _no_such_path(request)
        if request.method == "GET":
            fields, text = Fields(dict(request.params)), query_text(request.params)
        else:
            body = read_object(request.body)
            fields, text = Fields(body), body_text(body)
        member = self._gate.admit(request, text, now_ns)
        self._spend(member.name, CREATE if name == CREATE_ORDER else PRIVATE, now_ns)
        if not fields.has("accountId"):
            raise required("accountId")
        if fields.text("accountId") != member.account_id:
            raise EdgexError("ACCOUNT_PERMISSION_DENIED", status=HTTPStatus.FORBIDDEN)
        return call(Call(self.books[member.name], fields))

    def _spend(self, caller: str, kind: str, now_ns: int) -> None:
        if self._limits is not None:
            self._limits.spend(caller, kind, now_ns)

    # Sockets --------------------------------------------------------------------------------------

    def on_open(self, connection: Connection) -> HttpResponse | None:
        """Take a WebSocket handshake; a response refuses it."""
        request, now_ns = connection.request, self.world.now_ns
        try:
            if request.path == PUBLIC_WS_PATH:
                self.sockets.open_public(connection)
                return None
            if request.path != PRIVATE_WS_PATH:
                raise _no_such_path(request)
            member = self._gate.admit_socket(request, now_ns)
            if self.sockets.count(member.name) >= self.terms.sockets_max:
                raise rate_limited(1)
        except EdgexError as error:
            return refuse(error, now_ns)
        self.sockets.open_private(connection, self.books[member.name])
        return None

    def on_frame(self, connection: Connection, frame: Frame) -> None:
        """Take a frame of a client."""
        self.sockets.on_frame(connection, frame)

    def on_close(self, connection: Connection) -> None:
        """Note that a connection is gone."""
        account = self.sockets.close(connection)
        if account:
            self.books[account].feed.listeners.pop(connection.number, None)

    def _on_record(self, record: OrderRecord) -> None:
        self.books[record.account].on_record(record)


def build(options: SimulatorOptions, terms: EdgexTerms | None = None) -> EdgexSimulator:
    """Return edgeX as the options describe it."""
    return EdgexSimulator(options, terms)


def _no_such_path(request: HttpRequest) -> EdgexError:
    return EdgexError(
        "GATEWAY_NOT_FOUND", f"{request.method} {request.path}", status=HTTPStatus.NOT_FOUND
    )
