"""Requests over a WebSocket: the paths of REST under other names, signed each by itself.

Signed are the parameters, sorted by name and written as a query. Nothing is pushed here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TypeAlias
from urllib.parse import quote, urlencode

import msgspec

from venue_simulators.fapi.authentication import KEY_HEADER, Gate, Sent
from venue_simulators.fapi.calls import PathKey, Security
from venue_simulators.fapi.errors import MANDATORY_PARAMETER, FapiError, invalid
from venue_simulators.fapi.parameters import Parameters
from venue_simulators.fapi.rate_limits import (
    ORDERS_MINUTE_HEADER,
    ORDERS_TEN_SECONDS_HEADER,
    WEIGHT_HEADER,
    Limits,
)
from venue_simulators.fapi.wording import Row
from venue_simulators.wire import Connection, Frame, HttpRequest, HttpResponse

PATH = "/ws-fapi/v1"
HANDSHAKE_WEIGHT = 5
METHODS: Mapping[str, PathKey] = {
    "order.place": ("POST", "/fapi/v1/order"),
    "order.modify": ("PUT", "/fapi/v1/order"),
    "order.cancel": ("DELETE", "/fapi/v1/order"),
    "order.status": ("GET", "/fapi/v1/order"),
    "algoOrder.place": ("POST", "/fapi/v1/algoOrder"),
    "algoOrder.cancel": ("DELETE", "/fapi/v1/algoOrder"),
    "account.status": ("GET", "/fapi/v2/account"),
    "v2/account.status": ("GET", "/fapi/v3/account"),
    "account.balance": ("GET", "/fapi/v2/balance"),
    "v2/account.balance": ("GET", "/fapi/v3/balance"),
    "account.position": ("GET", "/fapi/v2/positionRisk"),
    "v2/account.position": ("GET", "/fapi/v3/positionRisk"),
    "userDataStream.start": ("POST", "/fapi/v1/listenKey"),
    "userDataStream.ping": ("PUT", "/fapi/v1/listenKey"),
    "userDataStream.stop": ("DELETE", "/fapi/v1/listenKey"),
    "depth": ("GET", "/fapi/v1/depth"),
    "ticker.price": ("GET", "/fapi/v1/ticker/price"),
    "ticker.book": ("GET", "/fapi/v1/ticker/bookTicker"),
}
UNKNOWN_METHOD = -1000
Serve: TypeAlias = Callable[
    [PathKey, Parameters, Callable[[Security], str], dict[str, str]], HttpResponse
]


class SocketApi:
    """The connections over which requests come.

    Args:
        serve: Answers what was asked of a path.
        gate: Who may pass.
        limits: What the venue allows.
    """

    def __init__(self, serve: Serve, gate: Gate, limits: Limits) -> None:
        self._serve = serve
        self._gate = gate
        self._limits = limits
        self._open: dict[int, Connection] = {}

    def open(self, connection: Connection) -> None:
        """Take a connection."""
        self._open[connection.number] = connection

    def close(self, connection: Connection) -> None:
        """Forget a connection."""
        self._open.pop(connection.number, None)

    def holds(self, connection: Connection) -> bool:
        """Say whether a connection is one of these."""
        return connection.number in self._open

    def on_frame(self, connection: Connection, frame: Frame, now_ns: int) -> None:
        """Answer a request."""
        connection.send(msgspec.json.encode(self._answer(frame, now_ns)).decode())

    def _answer(self, frame: Frame, now_ns: int) -> Row:
        try:
            words = json.loads(frame, parse_float=Decimal)
        except (ValueError, RecursionError):
            return _refusal(None, FapiError(-1102, "Malformed request."), {})
        if not isinstance(words, dict):
            return _refusal(None, FapiError(-1102, "Malformed request."), {})
        headers: dict[str, str] = {}
        number = words.get("id")
        try:
            response = self._served(words, headers, now_ns)
        except FapiError as error:
            return _refusal(number, error, headers | dict(error.headers))
        return {
            "id": number,
            "status": response.status,
            "result": msgspec.Raw(response.body),
            "rateLimits": self._counts(headers),
        }

    def _served(self, words: Row, headers: dict[str, str], now_ns: int) -> HttpResponse:
        method = words.get("method")
        path = METHODS.get(method) if isinstance(method, str) else None
        if path is None:
            raise FapiError(UNKNOWN_METHOD, "Invalid method.")
        params = _texts(words.get("params", {}))

        def prove(security: Security) -> str:
            sent = _as_sent(params)
            if security is Security.KEY:
                return self._gate.of_key(sent)
            return self._gate.of_signature(sent, now_ns)

        return self._serve(path, Parameters(params), prove, headers)

    def _counts(self, headers: Mapping[str, str]) -> list[Row]:
        rows = self._limits.rows()
        by_kind = {
            WEIGHT_HEADER: rows[0],
            ORDERS_MINUTE_HEADER: rows[1],
            ORDERS_TEN_SECONDS_HEADER: rows[2],
        }
        return [
            row | {"count": int(headers[name])} for name, row in by_kind.items() if name in headers
        ]


def _refusal(number: object, error: FapiError, headers: Mapping[str, str]) -> Row:
    row: Row = {"id": number, "status": error.status, "error": error.words()}
    if "retry-after" in headers:
        row["error"] = error.words() | {"data": {"retryAfter": int(headers["retry-after"])}}
    return row


def _texts(params: object) -> dict[str, str]:
    """Return parameters as a query would hold them."""
    if not isinstance(params, dict):
        raise FapiError(MANDATORY_PARAMETER, "Malformed 'params'.")
    texts: dict[str, str] = {}
    for name, value in params.items():
        if isinstance(value, bool):
            texts[name] = "true" if value else "false"
        elif isinstance(value, str | int | Decimal):
            texts[name] = str(value)
        else:
            raise invalid(str(name))
    return texts


def _as_sent(params: Mapping[str, str]) -> Sent:
    """Return parameters as the request of REST that would carry the same signature."""
    signed = sorted((name, value) for name, value in params.items() if name != "signature")
    query = urlencode(signed)
    if "signature" in params:
        query += "&signature=" + quote(params["signature"], safe="")
    headers = {KEY_HEADER: params.get("apiKey", "")}
    return Sent(HttpRequest("ws_api", "GET", PATH, query, headers), Parameters(params))
