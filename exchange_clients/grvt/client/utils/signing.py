"""GRVT's signatures: EIP-712 of an order, by hand, and a cookie for everything else.

Type and domain hashes are constants; an order costs four hashes and one ECDSA signature
with recovery (libsecp256k1, RFC 6979: the same bytes as any other implementation).
Source: https://api-docs.grvt.io, section Signing; the order of fields is the type's.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from struct import Struct
from types import MappingProxyType

from exchange_clients.shared.encoding import json_of, plain_wire
from exchange_clients.shared.ethereum import (
    address_of,
    curve_seal,
    domain_separator,
    keccak,
    recovery_of,
    word,
)
from exchange_clients.shared.flow import Request
from exchange_clients.shared.signing import Seal, SigningContext, Unnumbered, WireRequest

LEG = "OrderLeg(uint256 assetID,uint64 contractSize,uint64 limitPrice,bool isBuyingContract)"
ORDER = (
    "Order(uint64 subAccountID,bool isMarket,uint8 timeInForce,bool postOnly,bool reduceOnly,"
    "OrderLeg[] legs,uint32 nonce,int64 expiration)"
)
DOMAIN = "EIP712Domain(string name,string version,uint256 chainId)"
TIME_IN_FORCE = MappingProxyType({"GOOD_TILL_TIME": 1, "IMMEDIATE_OR_CANCEL": 3, "FILL_OR_KILL": 4})
PRICE_SCALE = Decimal(10**9)
LIFETIME_NS = 29 * 86_400 * 10**9
"""A signature's expiration is also when its order dies; the venue allows 30 days."""


LEG_HASH = bytes.fromhex("20ed567ee868ba6c2d788ecc7da6568438d9eb05e6205aef0c3151c341e476c6")
ORDER_HASH = bytes.fromhex("b4b857ba9641f20a7c4007c73e548a2ee5afb7207744cc41fa7849451419bbb2")
DOMAIN_HEAD = bytes.fromhex(
    "c2f8787176b8ac6bf7215b4adcc1e069bf4ab82d9ab1df05a57a91d425935b6e"
    "c0995cfc99c87e372206a249efd983db1e9839a8364d57972734138f5c05703d"
    "044852b2a670ade5407e78fb2863c51de9fcb96542a07186fe3aeda6bb8a116d"
)
"""Keccak of the leg's type, of the order's, and of the domain's type, name and version."""
LEG_WORDS = Struct(">32s 32s 24xQ 24xQ 31x?")
ORDER_WORDS = Struct(">32s 24xQ 31x? 31xB 31x? 31x? 32s 28xI 24xQ")
"""The fields of both types, each 32 bytes wide; one packing costs less than nine words joined."""


@dataclass(frozen=True, slots=True)
class OrderIntent:
    """An order as it is to be signed and sent."""

    instrument: str
    asset_id: int
    base_scale: Decimal
    size: Decimal
    price: Decimal | None
    """None for a market order."""
    buying: bool
    time_in_force: str
    post_only: bool
    reduce_only: bool
    client_order_id: str
    trigger: dict[str, object] | None = None


def order_digest(
    intent: OrderIntent, account_id: int, domain: bytes, nonce: int, expiration_ns: int
) -> bytes:
    """Return the 32 bytes that are signed; size and price are truncated to their scales.

    Args:
        intent: The order.
        account_id: Whose.
        domain: As ``domain_separator`` returns it, once for all orders.
        nonce: Any 32 bits that were not used before.
        expiration_ns: Until when the signature holds, epoch ns.
    """
    price = 0 if intent.price is None else int(intent.price * PRICE_SCALE)
    size = int(intent.size * intent.base_scale)
    leg = keccak(LEG_WORDS.pack(LEG_HASH, word(intent.asset_id), size, price, intent.buying))
    order = keccak(
        ORDER_WORDS.pack(
            ORDER_HASH,
            account_id,
            intent.price is None,
            TIME_IN_FORCE[intent.time_in_force],
            intent.post_only,
            intent.reduce_only,
            keccak(leg),
            nonce,
            expiration_ns,
        )
    )
    return keccak(b"\x19\x01" + domain + order)


class GrvtSigner(Unnumbered):
    """Signs orders, by random nonces; the session's cookie vouches for other private calls."""

    def __init__(self, account_id: str, private_key: str, chain_id: str, seal: Seal | None) -> None:
        self._account = account_id
        self._account_id = int(account_id)
        self._chain = chain_id
        self._domain = domain_separator(DOMAIN_HEAD, int(chain_id))
        self._address = address_of(private_key)
        self._seal = curve_seal(private_key) if seal is None else seal

    def prepare(self, request: Request, context: SigningContext) -> WireRequest:
        """Return the request as it is, or an order's with its signature in the body."""
        intent = request.intent
        if not isinstance(intent, OrderIntent):
            return plain_wire(request)
        nonce = context.entropy & 0xFFFFFFFF
        expiration_ns = context.now_ms * 1_000_000 + LIFETIME_NS
        digest = order_digest(intent, self._account_id, self._domain, nonce, expiration_ns)
        sealed = self._seal(digest)
        signature = {
            "signer": self._address,
            "r": "0x" + sealed[:32].hex(),
            "s": "0x" + sealed[32:64].hex(),
            "v": recovery_of(sealed),
            "expiration": str(expiration_ns),
            "nonce": nonce,
            "chain_id": self._chain,
        }
        body = {"order": self._order(intent, signature)}
        headers = {"content-type": "application/json"}
        return WireRequest("POST", request.path, headers, json_of(body))

    def _order(self, intent: OrderIntent, signature: dict[str, object]) -> dict[str, object]:
        metadata: dict[str, object] = {"client_order_id": intent.client_order_id}
        if intent.trigger is not None:
            metadata["trigger"] = intent.trigger
        return {
            "sub_account_id": self._account,
            "is_market": intent.price is None,
            "time_in_force": intent.time_in_force,
            "post_only": intent.post_only,
            "reduce_only": intent.reduce_only,
            "legs": [
                {
                    "instrument": intent.instrument,
                    "size": format(intent.size, "f"),
                    "limit_price": "0" if intent.price is None else format(intent.price, "f"),
                    "is_buying_asset": intent.buying,
                }
            ],
            "signature": signature,
            "metadata": metadata,
        }
