"""How Bybit's requests are signed: HMAC-SHA256 over time, key, window and what is sent."""

from __future__ import annotations

from exchange_clients.shared.encoding import body_of, json_of, path_of
from exchange_clients.shared.flow import Request
from exchange_clients.shared.signing import Seal, SigningContext, Unnumbered, WireRequest

WINDOW_MS = "5000"
LOGIN_LIFE_MS = 10_000
"""How far in the future a login's expiry lies: more than clocks differ."""


class BybitSigner(Unnumbered):
    """Signs as one API key."""

    def __init__(self, api_key: str, seal: Seal) -> None:
        self._key = api_key
        self._seal = seal

    def prepare(self, request: Request, context: SigningContext) -> WireRequest:
        """Return the signed bytes: of a GET the query is signed as it is sent, else the body."""
        path = path_of(request)
        body, headers = body_of(request)
        signed = body if request.body is not None else path.partition("?")[2].encode()
        now = str(context.now_ms)
        message = f"{now}{self._key}{WINDOW_MS}".encode() + signed
        headers = {
            **headers,
            "X-BAPI-API-KEY": self._key,
            "X-BAPI-TIMESTAMP": now,
            "X-BAPI-RECV-WINDOW": WINDOW_MS,
            "X-BAPI-SIGN": self._seal(message).hex(),
        }
        # A trailing stop takes no name of ours, and is found again by its position.
        reference = "" if request.intent is None else str(request.intent)
        return WireRequest(request.method.value, path, headers, body, reference)

    def login(self, now_ms: int) -> tuple[str, ...]:
        """Return the frames that log a private connection in."""
        expires_ms = now_ms + LOGIN_LIFE_MS
        signature = self._seal(f"GET/realtime{expires_ms}".encode()).hex()
        return (json_of({"op": "auth", "args": [self._key, expires_ms, signature]}).decode(),)
