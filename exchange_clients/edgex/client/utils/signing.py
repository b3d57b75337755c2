"""edgeX's signatures: HMAC of every private request, and EIP-712 of an order inside its body.

The HMAC's key is the base64 of the secret's text, not what the text decodes to. It covers the
time, the method, the path and what is asked: the query sorted by name and not yet percent-encoded,
or the body folded to the same form. Source: the official Python SDK 2.0.1, ``internal/auth.py`` and
``internal/eip712.py``.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from exchange_clients.base_models import ONE, NewOrder, Side
from exchange_clients.edgex.common import PRIVATE_PATH
from exchange_clients.shared.credentials import Credentials
from exchange_clients.shared.encoding import json_of, plain_wire, text_of
from exchange_clients.shared.ethereum import address_of, curve_seal, keccak, recovery_of, word
from exchange_clients.shared.flow import Request
from exchange_clients.shared.signing import Seal, SigningContext, Unnumbered, WireRequest, hmac_seal

BASE_HASH = bytes.fromhex("b0c68ccdb356edb29f53fc631dc0ba0f4158e85c4c3ed0f2563faa416c59e0d8")
ORDER_HASH = bytes.fromhex("cb9ff4dd7b0f15e8a1d5b2924a0e73ad7adf2531cc2b90e9458a2076737234fb")
DOMAIN_HEAD = bytes.fromhex(
    "8b73c3c69bb8fe3d512ecc4cf759cc79239f7b179b0ffacaa9a75d522b39400f"
    "56ed2ce176b11760648672601352b2c2fbc7f66284745a0642a8c94fdf43e532"
    "c89efdaa54c0f20c7adf612882df0950f5a951637e0307cdcb4c672f298b8bc6"
)
"""Keccak of the base's type, of the order's, and of the domain's type, name and version:

``OrderBase(uint256 nonce,address signer,uint64 accountId,uint256 expirationTimestamp)``,
``LimitOrderParams(OrderBase base,int256 amountSynthetic,int256 amountCollateral,uint256 amountFee,
uint64 assetIdSynthetic,uint64 assetIdCollateral,bool isBuyingSynthetic,bytes32 parentOrderHash,
uint256 subOrderIndex)`` and the usual domain, ``EdgeX``, ``1``.
"""

SIGNATURE_MS = 30 * 86_400_000
"""How long the signature holds."""
SETTLING_MS = 8 * 86_400_000
"""By how much it must outlive the order."""
FEE_RATE = Decimal("0.001")
"""Signed where the list of markets tells none."""


@dataclass(frozen=True, slots=True)
class SigningTerms:
    """What the list of markets says of a contract's signatures."""

    chain_id: int
    verifying_contract: bytes
    asset_id: int
    resolution: int
    """Signed units in one base unit."""
    coin_id: int
    coin_resolution: int
    fee_rate: Decimal
    """The greater of maker and taker."""


@dataclass(frozen=True, slots=True)
class OrderIntent:
    """An order as it is to be signed and sent."""

    order: NewOrder
    price: Decimal | None
    """None for the market types."""
    worst: Decimal
    """The price that is signed: no fill may be worse."""
    order_type: str
    time_in_force: str
    terms: SigningTerms


def nonce_of(client_order_id: str) -> int:
    """Return an order's nonce, 32 bits of its id's hash."""
    return int.from_bytes(hashlib.sha256(client_order_id.encode()).digest()[:4], "big")


def fee_cap(intent: OrderIntent) -> Decimal:
    """Return the most that an order may cost in fees: whole USDC, rounded up."""
    fee = intent.worst * intent.order.size * intent.terms.fee_rate
    return fee.quantize(ONE, rounding=ROUND_CEILING)


def order_digest(intent: OrderIntent, account_id: int, signer: str, expiration_s: int) -> bytes:
    """Return the 32 bytes that are signed; amounts are truncated to their resolutions."""
    order, terms = intent.order, intent.terms
    base = (
        BASE_HASH
        + word(nonce_of(order.client_order_id))
        + bytes(12)
        + bytes.fromhex(signer[2:])
        + word(account_id)
        + word(expiration_s)
    )
    signed = (
        ORDER_HASH
        + keccak(base)
        + word(int(order.size * terms.resolution))
        + word(int(intent.worst * order.size * terms.coin_resolution))
        + word(int(fee_cap(intent)) * terms.coin_resolution)
        + word(terms.asset_id)
        + word(terms.coin_id)
        + word(order.side is Side.BUY)
        + bytes(64)  # no parent order, and no place below one
    )
    domain = DOMAIN_HEAD + word(terms.chain_id) + bytes(12) + terms.verifying_contract
    return keccak(b"\x19\x01" + keccak(domain) + keccak(signed))


def folded(value: object) -> str:
    """Return what the HMAC covers of a query or of a body.

    >>> folded({"b": True, "a": None, "c": ["x", "y"], "d": {"z": 1, "a": "q"}})
    'a=&b=true&c=x&y&d=a=q&z=1'
    """
    if type(value) is str:  # as nearly all of them are
        return value
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return "&".join(f"{name}={folded(value[name])}" for name in sorted(value))
    if isinstance(value, list | tuple):
        return "&".join(map(folded, value))
    return text_of(value)


class EdgexSigner(Unnumbered):
    """Signs the requests of one account, and its orders besides, by nonces made of their ids."""

    def __init__(self, credentials: Credentials, seal: Seal | None) -> None:
        private_key = credentials["signer_private_key"]
        self._account_id = credentials["account_id"]
        self._api_key = credentials["api_key"]
        self._passphrase = credentials["api_passphrase"]
        secret = base64.b64encode(credentials["api_secret"].encode())
        self._vouch = hmac_seal(secret.decode())
        self._address = address_of(private_key)
        self._seal = curve_seal(private_key) if seal is None else seal

    def prepare(self, request: Request, context: SigningContext) -> WireRequest:
        """Return the request with its HMAC, and an order's with its own signature in the body."""
        if isinstance(request.intent, OrderIntent):
            order = self._order(request.intent, context.now_ms)
            headers = self._headers(context.now_ms, "POST", request.path, folded(order))
            headers["content-type"] = "application/json"
            return WireRequest("POST", request.path, headers, json_of(order))
        said = folded(request.params if request.body is None else request.body)
        return plain_wire(
            request, self._headers(context.now_ms, request.method.value, request.path, said)
        )

    def handshake(self, now_ms: int) -> tuple[str, Mapping[str, str]]:
        """Return path and headers by which the account's socket is opened."""
        query = f"accountId={self._account_id}&timestamp={now_ms}"
        return f"{PRIVATE_PATH}?{query}", self._headers(now_ms, "GET", PRIVATE_PATH, query)

    def _headers(self, now_ms: int, method: str, path: str, said: str) -> dict[str, str]:
        message = f"{now_ms}{method}{path}{said}"
        return {
            "X-edgeX-Api-Key": self._api_key,
            "X-edgeX-Passphrase": self._passphrase,
            "X-edgeX-Timestamp": str(now_ms),
            "X-edgeX-Signature": self._vouch(message.encode()).hex(),
        }

    def _order(self, intent: OrderIntent, now_ms: int) -> dict[str, object]:
        signature_ends_ms = now_ms + SIGNATURE_MS
        expires_ms = signature_ends_ms - SETTLING_MS
        digest = order_digest(intent, int(self._account_id), self._address, expires_ms // 1000)
        sealed = self._seal(digest)
        order, size = intent.order, format(intent.order.size, "f")
        body: dict[str, object] = {
            "accountId": self._account_id,
            "contractId": order.contract_id,
            "side": order.side.name,
            "size": size,
            "price": "0" if intent.price is None else format(intent.price, "f"),
            "clientOrderId": order.client_order_id,
            "type": intent.order_type,
            "timeInForce": intent.time_in_force,
            "reduceOnly": order.reduce_only,
            "expireTime": str(expires_ms),
            "l2Nonce": str(nonce_of(order.client_order_id)),
            "l2Value": format(intent.worst * order.size, "f"),
            "l2Size": size,
            "l2LimitFee": format(fee_cap(intent), "f"),
            "l2ExpireTime": str(signature_ends_ms),
            "l2Signature": f"{sealed[:64].hex()}{recovery_of(sealed):02x}",
        }
        if order.trigger_price is not None:
            body["triggerPrice"] = format(order.trigger_price, "f")
            body["triggerPriceType"] = "ORACLE_PRICE"  # what edgeX marks positions by
        return body
