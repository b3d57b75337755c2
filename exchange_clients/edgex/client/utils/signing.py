"""edgeX's signatures: HMAC of every private request, and EIP-712 of an order inside its body.

The HMAC's key is the base64 of the secret's text, not what the text decodes to. It covers the
time, the method, the path and what is asked: the query sorted by name and not yet percent-encoded,
or the body folded to the same form. Source: the official Python SDK 2.0.1, ``internal/auth.py`` and
``internal/eip712.py``.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from struct import Struct
from typing import NamedTuple

from exchange_clients.base_models import ONE, NewOrder, Side
from exchange_clients.edgex.common import PRIVATE_PATH
from exchange_clients.shared.credentials import Credentials
from exchange_clients.shared.encoding import json_of, plain_wire, text_of
from exchange_clients.shared.ethereum import (
    address_of,
    curve_seal,
    domain_separator,
    keccak,
    recovery_of,
)
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

BASE_WORDS = Struct(">32s 28xI 12x20s 24xQ 24xQ")
ORDER_WORDS = Struct(">32s 32s 24xQ 24xQ 24xQ 24xQ 24xQ 31x? 64x")
"""The fields of both types, each 32 bytes wide: no parent order, and no place below one."""

EXIT_WORDS = (
    "side", "price", "size", "clientOrderId", "triggerPrice", "triggerPriceType", "expireTime",
    "l2Nonce", "l2Value", "l2Size", "l2LimitFee", "l2ExpireTime", "l2Signature",
)  # fmt: skip
"""What is sent of an order that comes with another."""

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
    exits: Sequence[tuple[str, OrderIntent]] = ()
    """What closes the position that it opens: ``OpenTp`` and ``OpenSl``, each signed by itself."""


def nonce_of(client_order_id: str) -> int:
    """Return an order's nonce, 32 bits of its id's hash."""
    return int.from_bytes(hashlib.sha256(client_order_id.encode()).digest()[:4], "big")


class Promise(NamedTuple):
    """What an order's signature promises beside its price and size."""

    nonce: int
    value: Decimal
    """The collateral that is bought or sold at the worst price."""
    fee_cap: Decimal
    """The most that it may cost in fees: whole USDC, rounded up."""


def promise_of(intent: OrderIntent) -> Promise:
    """Return what is promised of an order."""
    value = intent.worst * intent.order.size
    fee_cap = (value * intent.terms.fee_rate).quantize(ONE, rounding=ROUND_CEILING)
    return Promise(nonce_of(intent.order.client_order_id), value, fee_cap)


def order_digest(
    intent: OrderIntent, promise: Promise, *, account_id: int, signer: bytes, expiration_s: int
) -> bytes:
    """Return the 32 bytes that are signed; amounts are truncated to their resolutions.

    Args:
        intent: The order.
        promise: As ``promise_of`` returns it.
        account_id: Whose.
        signer: The 20 bytes of the signing key's address.
        expiration_s: Until when the signature holds, epoch seconds.
    """
    order, terms = intent.order, intent.terms
    base = BASE_WORDS.pack(BASE_HASH, promise.nonce, signer, account_id, expiration_s)
    signed = ORDER_WORDS.pack(
        ORDER_HASH,
        keccak(base),
        int(order.size * terms.resolution),
        int(promise.value * terms.coin_resolution),
        int(promise.fee_cap) * terms.coin_resolution,
        terms.asset_id,
        terms.coin_id,
        order.side is Side.BUY,
    )
    domain = domain_separator(DOMAIN_HEAD, terms.chain_id, terms.verifying_contract)
    return keccak(b"\x19\x01" + domain + keccak(signed))


def folded(value: object) -> str:
    """Return what the HMAC covers of a query or of a body.

    >>> folded({"b": True, "a": None, "c": ["x", "y"], "d": {"z": 1, "a": "q"}})
    'a=&b=true&c=x&y&d=a=q&z=1'
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, Mapping):
        # Nearly every value is text, which needs no folding.
        return "&".join(
            [
                f"{name}={said if type(said := value[name]) is str else folded(said)}"
                for name in sorted(value)
            ]
        )
    if isinstance(value, list | tuple):
        return "&".join(map(folded, value))
    return text_of(value)


class EdgexSigner(Unnumbered):
    """Signs the requests of one account, and its orders besides, by nonces made of their ids."""

    def __init__(self, credentials: Credentials, seal: Seal | None) -> None:
        private_key = credentials["signer_private_key"]
        self._account = credentials["account_id"]
        self._account_id = int(self._account)
        self._api_key = credentials["api_key"]
        self._passphrase = credentials["api_passphrase"]
        secret = base64.b64encode(credentials["api_secret"].encode())
        self._vouch = hmac_seal(secret.decode())
        self._address = bytes.fromhex(address_of(private_key).removeprefix("0x"))
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
        query = f"accountId={self._account}&timestamp={now_ms}"
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
        promise = promise_of(intent)
        digest = order_digest(
            intent,
            promise,
            account_id=self._account_id,
            signer=self._address,
            expiration_s=expires_ms // 1000,
        )
        sealed = self._seal(digest)
        order, size = intent.order, format(intent.order.size, "f")
        body: dict[str, object] = {
            "accountId": self._account,
            "contractId": order.contract_id,
            "side": order.side.name,
            "size": size,
            "price": "0" if intent.price is None else format(intent.price, "f"),
            "clientOrderId": order.client_order_id,
            "type": intent.order_type,
            "timeInForce": intent.time_in_force,
            "reduceOnly": order.reduce_only,
            "expireTime": str(expires_ms),
            "l2Nonce": str(promise.nonce),
            "l2Value": format(promise.value, "f"),
            "l2Size": size,
            "l2LimitFee": format(promise.fee_cap, "f"),
            "l2ExpireTime": str(signature_ends_ms),
            "l2Signature": f"{sealed[:64].hex()}{recovery_of(sealed):02x}",
        }
        if order.trigger_price is not None:
            body["triggerPrice"] = format(order.trigger_price, "f")
            body["triggerPriceType"] = "ORACLE_PRICE"  # what edgeX marks positions by
        for name, exit_ in intent.exits:
            told = self._order(exit_, now_ms)
            body[f"isSet{name}"] = True
            body[f"o{name[1:]}"] = {word: told[word] for word in EXIT_WORDS}
        return body
