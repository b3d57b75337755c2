"""The table of endpoints that are about the venue and about logins."""

from __future__ import annotations

from collections.abc import Callable

from venue_simulators.paradex.calls import Access, Body, Call, Route
from venue_simulators.paradex.login import LoginDesk
from venue_simulators.paradex.public_desk import PublicDesk
from venue_simulators.paradex.wording import reply, results
from venue_simulators.wire import HttpResponse

SYSTEM = "system/"
"""What stands during maintenance begins so."""


def public_routes(desk: PublicDesk) -> list[Route]:
    """Return the endpoints for anyone."""
    return [
        Route("GET", "markets", desk.markets),
        Route("GET", "markets/summary", desk.summary),
        Route("GET", "markets/klines", desk.klines),
        Route("GET", "orderbook/{}", desk.order_book),
        Route("GET", "orderbook/{}/interactive", desk.order_book),
        Route("GET", "bbo/{}", desk.best),
        Route("GET", "bbo/{}/interactive", desk.best),
        Route("GET", "trades", desk.trades),
        Route("GET", "funding/data", desk.funding_data),
        Route("GET", "insurance", desk.insurance),
        Route("GET", "system/config", desk.config),
        Route("GET", "system/time", desk.time),
        Route("GET", "system/state", desk.state),
    ]


def login_routes(desk: LoginDesk, now_ns: Callable[[], int]) -> list[Route]:
    """Return the endpoints by which a token is had; ``now_ns`` is the venue's clock."""

    def auth(call: Call) -> HttpResponse:
        key = call.args[0] if call.args else None
        return reply(desk.auth(call.headers, call.query, key, now_ns()))

    def onboard(call: Call) -> HttpResponse:
        return reply(desk.onboard(call.headers, call.body))

    def new_token(call: Call) -> HttpResponse:
        return reply(desk.new_token(call.session, call.body, now_ns()))

    def tokens(call: Call) -> HttpResponse:
        return results([*desk.token_rows(call.session)])

    def delete_token(call: Call) -> HttpResponse:
        desk.delete_token(call.session, call.args[0])
        return HttpResponse(204)

    return [
        Route("POST", "auth", auth, Access.LOGIN),
        Route("POST", "auth/{}", auth, Access.LOGIN),
        Route("POST", "onboarding", onboard, Access.LOGIN, Body.OBJECT),
        Route("GET", "onboarding", lambda call: reply(desk.onboarding(call.query))),
        Route("POST", "account/tokens", new_token, Access.SETTING, Body.OBJECT),
        Route("GET", "account/tokens", tokens, Access.READ),
        Route("DELETE", "account/tokens/{}", delete_token, Access.SETTING),
    ]
