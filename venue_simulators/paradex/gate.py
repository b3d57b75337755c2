"""What every request passes, in this order: path, budget, token, rights, body."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from venue_simulators.paradex import rate_limits
from venue_simulators.paradex.calls import NO_FIELDS, PREFIX, Access, Body, Call, Route, find
from venue_simulators.paradex.errors import Refusal
from venue_simulators.paradex.fields import Fields, read_list, read_object
from venue_simulators.paradex.public_desk import MAINTENANCE
from venue_simulators.paradex.rate_limits import RateLimits
from venue_simulators.paradex.routes import SYSTEM
from venue_simulators.paradex.tokens import Session, Tokens
from venue_simulators.wire import HttpRequest, HttpResponse


class Gate:
    """The REST host.

    Args:
        routes: Every endpoint.
        tokens: Who is logged in.
        limits: How much everybody may ask.
        now_ns: The venue's clock.
        status: What the venue does at present.
    """

    def __init__(
        self,
        routes: Sequence[Route],
        tokens: Tokens,
        limits: RateLimits,
        now_ns: Callable[[], int],
        status: Callable[[], str],
    ) -> None:
        self._routes = routes
        self._tokens = tokens
        self._limits = limits
        self._now_ns = now_ns
        self._status = status

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer a request, saying what is left of the caller's budget."""
        self._limits.headers = {}
        try:
            response = self._answer(request)
        except Refusal as refusal:
            response = refusal.response()
        return replace(response, headers={**response.headers, **self._limits.headers})

    def _answer(self, request: HttpRequest) -> HttpResponse:
        route, args = find(self._routes, request.method, request.path)
        if self._status() == MAINTENANCE and not request.path.startswith(PREFIX + SYSTEM):
            raise Refusal("SERVICE_UNAVAILABLE", "the venue is under maintenance")
        session = self._admitted(route, request)
        query = Fields(request.params, query=True)
        body = read_object(request.body) if route.body is Body.OBJECT else NO_FIELDS
        rows = read_list(request.body) if route.body is Body.LIST else ()
        return route.handler(Call(query, request.headers, args, body, rows, session))

    def _admitted(self, route: Route, request: HttpRequest) -> Session | None:
        now_ns = self._now_ns()
        if route.access is Access.PUBLIC:
            self._limits.spend(rate_limits.PUBLIC, "", now_ns)
            return None
        if route.access is Access.LOGIN:
            self._limits.spend(rate_limits.AUTH, "", now_ns)
            return None
        session = self._tokens.of_headers(request.headers, now_ns)
        if route.access is Access.ORDER:
            self.spend_order(session)
        else:
            self._limits.spend(rate_limits.ADDRESS, "", now_ns)
            self._limits.spend(rate_limits.PRIVATE, session.member.name, now_ns)
        if session.read_only and route.access is not Access.READ:
            raise Refusal("REQUEST_NOT_ALLOWED", "the token may only read")
        return session

    def spend_order(self, session: Session) -> None:
        """Take a call out of an account's budget for orders, which all hosts share."""
        self._limits.spend(rate_limits.ORDERS, session.member.name, self._now_ns())
