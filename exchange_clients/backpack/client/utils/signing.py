"""How Backpack's requests are signed: Ed25519 over an instruction and its sorted parameters.

    instruction=orderCancel&orderId=7&symbol=SOL_USDC_PERP&timestamp=1750793021519&window=5000

There is no nonce: a request is good for ``window`` milliseconds around its timestamp.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from exchange_clients.shared.encoding import plain_wire, text_of
from exchange_clients.shared.flow import Method, Request
from exchange_clients.shared.signing import Seal, SigningContext, Unnumbered, WireRequest

WINDOW_MS = 5000

INSTRUCTIONS = MappingProxyType(
    {
        (Method.GET, "/api/v1/account"): "accountQuery",
        (Method.PATCH, "/api/v1/account"): "accountUpdate",
        (Method.GET, "/api/v1/capital/collateral"): "collateralQuery",
        (Method.POST, "/api/v1/order"): "orderExecute",
        (Method.POST, "/api/v1/orders"): "orderExecute",
        (Method.DELETE, "/api/v1/order"): "orderCancel",
        (Method.DELETE, "/api/v1/orders"): "orderCancelAll",
        (Method.GET, "/api/v1/order"): "orderQuery",
        (Method.GET, "/api/v1/orders"): "orderQueryAll",
        (Method.GET, "/api/v1/position"): "positionQuery",
        (Method.GET, "/wapi/v1/history/fills"): "fillHistoryQueryAll",
        (Method.GET, "/wapi/v1/history/funding"): "fundingHistoryQueryAll",
        (Method.GET, "/wapi/v1/history/orders"): "orderHistoryQueryAll",
    }
)


def ed25519_seal(secret_key: str) -> Seal:
    """Return the venue's own curve, with the key object built once: that is half of the cost."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415  # virtual time loads no curve
        Ed25519PrivateKey,
    )

    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(secret_key)).sign


class BackpackSigner(Unnumbered):
    """Signs as one account."""

    def __init__(self, public_key: str, seal: Seal) -> None:
        self._public_key = public_key
        self._seal = seal

    def prepare(self, request: Request, context: SigningContext) -> WireRequest:
        """Return the signed bytes."""
        instruction = INSTRUCTIONS[request.method, request.path]
        signed: Any = request.params if request.body is None else request.body
        # A batch repeats the instruction before each order's parameters.
        batch = signed if isinstance(signed, list) else [signed]
        clauses = "&".join(_clause(instruction, parameters) for parameters in batch)
        headers = {
            "X-API-Key": self._public_key,
            "X-Timestamp": str(context.now_ms),
            "X-Window": str(WINDOW_MS),
            "X-Signature": self._signature(clauses, context.now_ms),
        }
        if request.body is not None:
            headers["content-type"] = "application/json; charset=utf-8"
        return plain_wire(request, headers)

    def subscription(self, now_ms: int) -> tuple[str, str, str, str]:
        """Return what a SUBSCRIBE to private streams carries as its ``signature``."""
        signature = self._signature("instruction=subscribe", now_ms)
        return self._public_key, signature, str(now_ms), str(WINDOW_MS)

    def _signature(self, clauses: str, now_ms: int) -> str:
        message = f"{clauses}&timestamp={now_ms}&window={WINDOW_MS}"
        return base64.b64encode(self._seal(message.encode())).decode()


def _clause(instruction: str, parameters: Mapping[str, object]) -> str:
    """Values are signed as they are sent but never percent-encoded."""
    present = sorted((name, value) for name, value in parameters.items() if value is not None)
    pairs = [f"{name}={text_of(value)}" for name, value in present]
    return "&".join([f"instruction={instruction}", *pairs])
