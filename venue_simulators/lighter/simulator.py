"""Lighter, simulated: one venue with its accounts, over REST and one WebSocket path."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import msgspec

from exchange_clients.base_models import NS
from exchange_clients.paper.config import Acknowledge
from venue_simulators.lighter import private, public, sending
from venue_simulators.lighter.accounts import API_KEYS, Accounts
from venue_simulators.lighter.errors import Code, Refusal
from venue_simulators.lighter.frames import FrameDesk
from venue_simulators.lighter.hearing import Hearing
from venue_simulators.lighter.listing import MARKETS, paper_config
from venue_simulators.lighter.requests import API, Parameters, token_of
from venue_simulators.lighter.sequencer import Sequencer
from venue_simulators.lighter.state import AccountBook, State
from venue_simulators.lighter.streams import Streams
from venue_simulators.lighter.terms import LighterTerms
from venue_simulators.lighter.transactions import ApiServer
from venue_simulators.options import SimulatorOptions, build_world, config_of
from venue_simulators.simulator import Service
from venue_simulators.wire import Connection, Frame, HttpRequest, HttpResponse
from venue_simulators.world import World

HOSTS = ("mainnet.zklighter.elliot.ai", "testnet.zklighter.elliot.ai")

_Public: TypeAlias = Callable[[State, Parameters], dict[str, object]]
_Private: TypeAlias = Callable[[State, AccountBook, Parameters], dict[str, object]]

_PUBLIC: Mapping[str, _Public] = {
    "": public.status,
    "status": public.status,
    "info": public.info,
    "assetDetails": public.asset_details,
    "orderBooks": public.order_books,
    "orderBookDetails": public.order_book_details,
    "orderBookOrders": public.order_book_orders,
    "recentTrades": public.recent_trades,
    "candles": public.candles,
    "markPriceCandles": public.candles,
    "fundings": public.fundings,
    "funding-rates": public.funding_rates,
    "exchangeStats": public.exchange_stats,
    "account": private.account,
    "accountsByL1Address": private.accounts_by_l1_address,
    "apikeys": private.api_keys,
    "nextNonce": private.next_nonce,
    "tx": private.transaction,
}
_PRIVATE: Mapping[str, _Private] = {
    "accountActiveOrders": private.active_orders,
    "accountInactiveOrders": private.inactive_orders,
    "accountOrders": private.chosen_orders,
    "trades": private.trades,
    "positionFunding": private.position_funding,
    "accountLimits": private.account_limits,
}
_SENDING: Mapping[str, Callable[[ApiServer, HttpRequest, Parameters], dict[str, object]]] = {
    "sendTx": sending.send_one,
    "sendTxBatch": sending.send_batch,
}


class LighterSimulator:
    """The venue as carriers know it.

    Args:
        world: Markets and accounts; contract ids are the venue's integers in digits.
        options: Seed, account names and how closely signatures are looked at.
        terms: Tier, delays and lag.
    """

    name = "lighter"
    services: Sequence[Service] = (Service("rest", HOSTS), Service("ws", HOSTS))

    def __init__(
        self, world: World, options: SimulatorOptions, terms: LighterTerms | None = None
    ) -> None:
        terms = terms or LighterTerms()
        paper = config_of(options, paper_config(terms))
        accounts = Accounts(options.seed, options.accounts, options.signatures)
        fees = {contract: paper.fees(market) for contract, market in world.markets.items()}
        self.world = world
        self.state = State(world, accounts, terms, fees)
        self._streams = Streams(self.state)
        self._hearing = Hearing(self.state, self._streams)
        sequencer = Sequencer(self.state, self._streams, self._hearing)
        self._server = ApiServer(self.state, self._streams, sequencer)
        self._frames = FrameDesk(self.state, self._streams, self._server)

    def environment(self, urls: Mapping[str, str]) -> dict[str, str]:
        """Return the variables with which a client trades on the first account."""
        account = self.state.accounts.all[0]
        key = account.keys[API_KEYS[0]]
        return {
            "API_KEY_PRIVATE_KEY": key.secret.hex(),
            "LIGHTER_ACCOUNT_INDEX": str(account.index),
            "LIGHTER_API_KEY_INDEX": str(key.index),
            **{f"PERP_LIGHTER_{name.upper()}_URL": url for name, url in urls.items()},
        }

    # Time -----------------------------------------------------------------------------------------

    def advance(self, now_ns: int) -> None:
        """Let time pass until ``now_ns``, every deed at its own instant."""
        agenda = self.state.agenda
        while agenda.next_ns() <= now_ns:
            self._advance_world(max(agenda.next_ns(), self.world.now_ns))
            agenda.take()()
            self._hearing.settle()
        self._advance_world(now_ns)

    def next_ns(self) -> int:
        """Return the next instant at which something will happen by itself."""
        return min(self.state.agenda.next_ns(), self.world.next_ns())

    def _advance_world(self, now_ns: int) -> None:
        self.world.advance(now_ns)
        self._hearing.settle()

    # REST -----------------------------------------------------------------------------------------

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer a request at the present instant."""
        try:
            return HttpResponse(200, msgspec.json.encode(self._answer(request)))
        except Refusal as refusal:
            return refusal.response()

    def _answer(self, request: HttpRequest) -> dict[str, object]:
        endpoint = _endpoint(request.path)
        parameters = Parameters(request)
        token = token_of(request, parameters)
        # Any valid token moves a request to its account's own limits.
        owner = self._owner(token) if token else None
        self.state.limits.request(endpoint, owner, self.state.now_ns)
        if endpoint in _SENDING and request.method == "POST":
            return _SENDING[endpoint](self._server, request, parameters)
        if endpoint in _PUBLIC and request.method == "GET":
            return _PUBLIC[endpoint](self.state, parameters)
        if endpoint in _PRIVATE and request.method == "GET":
            return _PRIVATE[endpoint](self.state, self._book(owner, parameters), parameters)
        raise Refusal(Code.NOT_FOUND)

    def _owner(self, token: str) -> int:
        return self.state.accounts.check_token(token, self.state.now_ns // NS)

    def _book(self, owner: int | None, parameters: Parameters) -> AccountBook:
        """Return the account that is asked about, which has to be the token's."""
        wanted = parameters.number("account_index")
        if owner is None:
            raise Refusal(Code.INVALID_AUTH, "auth is required")
        if owner != wanted:
            raise Refusal(Code.INVALID_AUTH, "token of another account")
        return self.state.books[wanted]

    # WebSocket ------------------------------------------------------------------------------------

    def on_open(self, connection: Connection) -> HttpResponse | None:
        """Take a WebSocket handshake; a response refuses it."""
        return self._frames.on_open(connection)

    def on_frame(self, connection: Connection, frame: Frame) -> None:
        """Take a frame of a client."""
        self._frames.on_frame(connection, frame)

    def on_close(self, connection: Connection) -> None:
        """Note that a connection is gone."""
        self._streams.close(connection.number)


def build(options: SimulatorOptions, terms: LighterTerms | None = None) -> LighterSimulator:
    """Return a Lighter as the options and terms describe it.

    Where verdicts are wanted at once, nothing is delayed; the answer still tells of acceptance
    alone, because the venue has no other.
    """
    if terms is None:
        at_once = options.acknowledge is Acknowledge.IMMEDIATE
        terms = LighterTerms(sequencing_ns=0, tier_delays=False) if at_once else LighterTerms()
    world = build_world(options, MARKETS, paper_config(terms))
    return LighterSimulator(world, options, terms)


def _endpoint(path: str) -> str:
    """Return what follows ``/api/v1/``; status and info stand beside it."""
    if path.startswith(API):
        return path.removeprefix(API)
    if path in ("/", "", "/info"):
        return path.removeprefix("/")
    raise Refusal(Code.NOT_FOUND)
