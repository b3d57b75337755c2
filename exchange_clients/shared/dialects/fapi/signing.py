"""How parameters travel, and the older of two ways to vouch for them: HMAC by an API secret.

What is signed is what is sent, to the byte: parameters are encoded once, here, and the signature is
their last. GET and DELETE carry them in the query, POST and PUT in a form.
"""

from __future__ import annotations

from exchange_clients.shared.encoding import query_of
from exchange_clients.shared.flow import Method, Request
from exchange_clients.shared.signing import Seal, SigningContext, Unnumbered, WireRequest

WINDOW_MS = 5000
_FORM = "application/x-www-form-urlencoded"


def signed_wire(request: Request, text: str, headers: dict[str, str]) -> WireRequest:
    """Return a request with its parameters, the signature among them, where they belong."""
    if request.method in (Method.GET, Method.DELETE):
        return WireRequest(request.method.value, f"{request.path}?{text}", headers)
    headers["content-type"] = _FORM
    return WireRequest(request.method.value, request.path, headers, text.encode())


def joined(request: Request, last: str) -> str:
    """Return the request's parameters with ``last`` behind them, url-encoded."""
    return f"{query_of(request.params)}&{last}" if request.params else last


class HmacSigner(Unnumbered):
    """Signs as the holder of an API key."""

    def __init__(self, api_key: str, seal: Seal) -> None:
        self._api_key = api_key
        self._seal = seal

    def prepare(self, request: Request, context: SigningContext) -> WireRequest:
        """Return the signed bytes; the venue takes them for five seconds."""
        text = joined(request, f"recvWindow={WINDOW_MS}&timestamp={context.now_ms}")
        signature = self._seal(text.encode()).hex()
        return signed_wire(
            request, f"{text}&signature={signature}", {"X-MBX-APIKEY": self._api_key}
        )
