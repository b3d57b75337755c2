"""The hosts of the venue: which endpoint answers to which path, and what it asks of the caller."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from venue_simulators.grvt.account_api import AccountApi
from venue_simulators.grvt.account_book import AccountBook
from venue_simulators.grvt.body import Body, parse_request
from venue_simulators.grvt.channels import Channel, Feed
from venue_simulators.grvt.errors import MALFORMED, NO_PERMISSION, NOT_FOUND, GrvtError
from venue_simulators.grvt.login import Logins
from venue_simulators.grvt.order_api import OrderApi
from venue_simulators.grvt.private_feeds import PrivateSelectors
from venue_simulators.grvt.public_api import PublicApi
from venue_simulators.grvt.rate_limits import CANCEL, CREATE, RateLimits
from venue_simulators.grvt.replies import reply
from venue_simulators.grvt.selectors import PublicSelectors
from venue_simulators.grvt.terms import MS
from venue_simulators.grvt.wording import Json, Words
from venue_simulators.wire import Connection, HttpRequest, HttpResponse
from venue_simulators.world import World

PublicCall: TypeAlias = Callable[[Body], Words]
PrivateCall: TypeAlias = Callable[[AccountBook, Body], Words]
REST_PREFIX = "/full/"
BULK = "bulk_orders"


class MarketDataHost:
    """Public endpoints and streams; everybody shares one allowance, as from one address."""

    private = False

    def __init__(
        self, api: PublicApi, selectors: PublicSelectors, limits: RateLimits | None
    ) -> None:
        self._world = api.world
        self._selectors = selectors
        self._limits = limits
        self._calls: Mapping[str, PublicCall] = {
            "v1/all_instruments": api.all_instruments,
            "v1/instruments": api.chosen_instruments,
            "v1/instrument": api.instrument,
            "v1/currency": api.currency,
            "v1/book": api.book,
            "v1/mini": api.mini,
            "v1/ticker": api.ticker,
            "v1/margin_rules": api.margin_rules,
            "v1/trade": api.trade,
            "v1/trade_history": api.trade_history,
            "v1/kline": api.kline,
            "v1/funding": api.funding,
        }

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer a request."""
        if request.path == "/time" and request.method == "GET":
            return reply({"server_time": self._world.now_ns // MS})
        name = rest_name(request)
        call = self._calls.get(name)
        if call is None:
            raise GrvtError(NOT_FOUND)
        body = parse_request(request)
        if self._limits is not None:
            self._limits.spend("", name.partition("/")[2], self._world.now_ns)
        return reply(call(body))

    def primary(self, selector: str) -> str:
        """Return the market of a selector."""
        return self._selectors.primary(selector)

    def feed(self, connection: Connection, stream: str, selector: str) -> Feed:
        """Return a new feed."""
        del connection
        return self._selectors.feed(stream, selector)

    def may_hear(self, connection: Connection, channel: Channel) -> None:
        """Let everybody hear everything."""

    def call(self, connection: Connection, method: str, params: Body) -> Json:
        """Refuse: this host takes subscriptions alone."""
        raise GrvtError(MALFORMED, f"method {method} is unknown")


class TradesHost:
    """Private endpoints and streams; callers show their cookie."""

    private = True

    def __init__(
        self,
        logins: Logins,
        books: Mapping[str, AccountBook],
        apis: tuple[OrderApi, AccountApi],
        selectors: PrivateSelectors,
        limits: RateLimits | None,
    ) -> None:
        self._logins = logins
        self._books = books
        self._world: World = apis[0].world
        self._selectors = selectors
        self._limits = limits
        self._members: dict[int, str] = {}
        self._calls = _private_calls(*apis)

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer a request of somebody who is logged in."""
        name = rest_name(request)
        call = self._calls.get(name)
        if call is None:
            raise GrvtError(NOT_FOUND)
        body = parse_request(request)
        member = self._logins.require(request, self._world.now_ns)
        return reply(self._do(self._books[member.name], name, call, body))

    def open(self, connection: Connection) -> None:
        """Take a handshake, refusing it without a valid cookie (1000)."""
        member = self._logins.require(connection.request, self._world.now_ns)
        self._members[connection.number] = member.name

    def close(self, connection: Connection) -> None:
        """Forget a connection."""
        self._members.pop(connection.number, None)

    def primary(self, selector: str) -> str:
        """Return the selector itself."""
        return self._selectors.primary(selector)

    def feed(self, connection: Connection, stream: str, selector: str) -> Feed:
        """Return a new feed of the connection's account."""
        return self._selectors.feed(stream, selector, self._book_of(connection))

    def may_hear(self, connection: Connection, channel: Channel) -> None:
        """Refuse another account's channel."""
        member = self._book_of(connection).member
        owner = channel.selector.partition("-")[0]
        if owner.lower() not in (member.sub_account_id, member.main_account):
            raise GrvtError(NO_PERMISSION)

    def call(self, connection: Connection, method: str, params: Body) -> Json:
        """Answer a call as REST would, its whole body being the result."""
        call = self._calls.get(method)
        if call is None:
            raise GrvtError(MALFORMED, f"method {method} is unknown")
        return self._do(self._book_of(connection), method, call, params)

    def _do(self, book: AccountBook, name: str, call: PrivateCall, body: Body) -> Words:
        member = book.member
        owner = body.text("sub_account_id", member.sub_account_id)
        if owner != member.sub_account_id:
            raise GrvtError(NO_PERMISSION)
        self._spend(member.name, name.partition("/")[2], body)
        return call(book, body)

    def _spend(self, account: str, kind: str, body: Body) -> None:
        if self._limits is None:
            return
        now_ns = self._world.now_ns
        if kind != BULK:
            self._limits.spend(account, kind, now_ns)
            return
        self._limits.spend(account, CREATE, now_ns, len(body.parts("orders")))
        self._limits.spend(account, CANCEL, now_ns)

    def _book_of(self, connection: Connection) -> AccountBook:
        return self._books[self._members[connection.number]]


def rest_name(request: HttpRequest) -> str:
    """Return what of a path names the endpoint: ``v1/order`` of ``/full/v1/order``."""
    if not request.path.startswith(REST_PREFIX):
        raise GrvtError(NOT_FOUND)
    return request.path.removeprefix(REST_PREFIX)


def _private_calls(orders: OrderApi, account: AccountApi) -> Mapping[str, PrivateCall]:
    return {
        "v1/create_order": orders.create_order,
        "v2/bulk_orders": orders.bulk_orders,
        "v1/cancel_order": orders.cancel_order,
        "v1/cancel_all_orders": orders.cancel_all_orders,
        "v1/cancel_on_disconnect": orders.cancel_on_disconnect,
        "v1/order": orders.order,
        "v1/open_orders": orders.open_orders,
        "v1/order_history": orders.order_history,
        "v1/fill_history": account.fill_history,
        "v1/positions": account.positions,
        "v1/account_summary": account.account_summary,
        "v1/funding_account_summary": account.funding_account_summary,
        "v1/aggregated_account_summary": account.aggregated_account_summary,
        "v1/get_sub_accounts": account.get_sub_accounts,
        "v1/funding_payment_history": account.funding_payment_history,
        "v1/get_all_initial_leverage": account.get_all_initial_leverage,
        "v1/set_initial_leverage": account.set_initial_leverage,
        "v1/set_position_config": account.set_position_config,
    }
