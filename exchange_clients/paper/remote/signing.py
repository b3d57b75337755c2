"""Signatures: HMAC-SHA256 over timestamp, method, path with its query, and body."""

from __future__ import annotations

from collections.abc import Sequence

from exchange_clients.shared.encoding import body_of, path_of, plain_wire
from exchange_clients.shared.flow import Request
from exchange_clients.shared.signing import Seal, SigningContext, Unnumbered, WireRequest


class PaperSigner(Unnumbered):
    """Signs as one account."""

    def __init__(self, api_key: str, seal: Seal) -> None:
        self._api_key = api_key
        self._seal = seal

    def prepare(self, request: Request, context: SigningContext) -> WireRequest:
        """Return the signed bytes."""
        stamp = str(context.now_ms)
        body, _ = body_of(request)
        asked = f"{stamp}{request.method.value}{path_of(request)}".encode()
        headers = {
            "PAPER-KEY": self._api_key,
            "PAPER-TIMESTAMP": stamp,
            "PAPER-SIGNATURE": self._seal(asked + body).hex(),
        }
        return plain_wire(request, headers)

    def subscription(self, topics: Sequence[str], now_ms: int) -> dict[str, str]:
        """Return what a frame carries that subscribes to private topics."""
        signed = f"{now_ms}SUBSCRIBE{','.join(topics)}".encode()
        return {
            "key": self._api_key,
            "timestamp": str(now_ms),
            "signature": self._seal(signed).hex(),
        }
