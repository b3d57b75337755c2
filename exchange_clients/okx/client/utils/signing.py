"""How OKX's requests are signed: HMAC-SHA256 over time, method, path with query, and body."""

from __future__ import annotations

import base64

from exchange_clients.okx.common import SIMULATED
from exchange_clients.shared.encoding import body_of, json_of, path_of
from exchange_clients.shared.flow import Request
from exchange_clients.shared.instants import iso_ms
from exchange_clients.shared.signing import Seal, SigningContext, Unnumbered, WireRequest
from exchange_clients.shared.venue import Environment


class OkxSigner(Unnumbered):
    """Signs as one API key."""

    def __init__(self, api_key: str, passphrase: str, environment: Environment, seal: Seal) -> None:
        self._key = api_key
        self._passphrase = passphrase
        self._simulated = environment.constants[SIMULATED] == "1"
        self._seal = seal

    def prepare(self, request: Request, context: SigningContext) -> WireRequest:
        """Return the signed bytes."""
        path, now = path_of(request), iso_ms(context.now_ms)
        body, headers = body_of(request)
        method = request.method.value
        headers = {
            **headers,
            "OK-ACCESS-KEY": self._key,
            "OK-ACCESS-SIGN": self._signature(f"{now}{method}{path}".encode() + body),
            "OK-ACCESS-TIMESTAMP": now,
            "OK-ACCESS-PASSPHRASE": self._passphrase,
        }
        if self._simulated:
            headers["x-simulated-trading"] = "1"
        return WireRequest(method, path, headers, body)

    def login(self, now_ms: int) -> tuple[str, ...]:
        """Return the frames that log a private connection in."""
        now = str(now_ms // 1000)
        said = {
            "apiKey": self._key,
            "passphrase": self._passphrase,
            "timestamp": now,
            "sign": self._signature(f"{now}GET/users/self/verify".encode()),
        }
        return (json_of({"op": "login", "args": [said]}).decode(),)

    def _signature(self, message: bytes) -> str:
        return base64.b64encode(self._seal(message)).decode()
