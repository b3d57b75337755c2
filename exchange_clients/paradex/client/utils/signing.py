"""Paradex's signatures: SNIP-12 (revision 0) over Pedersen hashes, signed on the Stark curve.

An order costs nine hashes and one signature (``shared.starknet``). Each is signed at a time of its
own, for the time is what tells equal orders apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from exchange_clients.shared.amounts import in_units
from exchange_clients.shared.encoding import json_of, plain_wire
from exchange_clients.shared.flow import Request
from exchange_clients.shared.signing import Seal, SigningContext, Unnumbered, WireRequest
from exchange_clients.shared.starknet import StarkMessages, felt, stark_curve

DOMAIN_TYPE = 0x98D1932052FC5137543DE5ED85B7A88555A4CD1FF5D5BFEDB62ED9B9A1F0DB
ORDER_TYPE = 0xA56D5225B97B257C15AE2CB1CC0EA605381A886CD75463DB45FD2EF9FBC255
MODIFY_TYPE = 0x201789BB587C17B251FD38DAF43B14807010EA721C2929A8C2FC33BF15C2E2C
REQUEST_TYPE = 0x186CDEF6B179923C411C13C11B8A825F12BF34203BDDA0A984DA9D6F2313C2
"""starknet_keccak of the types: StarkNetDomain, Order, ModifyOrder and Request."""
AUTH_PATH = "/v1/auth"
LOGIN_DATED_BACK_S, LOGIN_VALID_S = 60, 1800
"""A login is signed a minute before it is made, for one from the future is refused and the clocks
may differ; it may be used for so long afterwards as the venue assumes where nothing is said."""
PLACES = 8
"""Decimals of prices and sizes in a signature."""
SIDES = MappingProxyType({"BUY": 1, "SELL": 2})
_JSON = MappingProxyType({"content-type": "application/json"})


@dataclass(frozen=True, slots=True)
class LoginIntent:
    """A login, whose signature is in its headers."""


@dataclass(frozen=True, slots=True)
class OrderIntent:
    """An order, or the change of one, as it is to be signed and sent."""

    market: str
    side: str
    kind: str
    size: Decimal
    price: Decimal
    """Zero for the market types."""
    body: Mapping[str, object]
    """What is sent besides, without being signed."""
    order_id: str = ""
    """Of the order that is changed."""


@dataclass(frozen=True, slots=True)
class BatchIntent:
    """Several orders in one request."""

    orders: tuple[OrderIntent, ...]


class Hasher:
    """Hashes one account's messages on one chain."""

    def __init__(self, pedersen: Callable[[int, int], int], account: int, chain_id: str) -> None:
        domain = (DOMAIN_TYPE, felt("Paradex"), felt(chain_id), 1)
        self._messages = StarkMessages(pedersen, account, domain)
        self._order = self._messages.head(ORDER_TYPE)
        self._modify = self._messages.head(MODIFY_TYPE)
        self._request = self._messages.head(REQUEST_TYPE)

    def order(self, intent: OrderIntent, stamp_ms: int) -> int:
        """Return what is signed of an order, or of its change."""
        fields = (
            stamp_ms,
            felt(intent.market),
            SIDES[intent.side],
            felt(intent.kind),
            in_units(intent.size, PLACES),
            in_units(intent.price, PLACES),
        )
        if intent.order_id:
            return self._messages.digest(self._modify, *fields, int(intent.order_id))
        return self._messages.digest(self._order, *fields)

    def login(self, now_s: int, expiration_s: int) -> int:
        """Return what is signed of a login; the body is empty."""
        path = felt(AUTH_PATH)
        return self._messages.digest(self._request, felt("POST"), path, 0, now_s, expiration_s)


class ParadexSigner(Unnumbered):
    """Signs logins and orders; other private calls are vouched for by the session's token."""

    def __init__(self, address: str, private_key: str, chain_id: str, seal: Seal | None) -> None:
        curve = stark_curve()
        self.blocking = curve.slow and seal is None
        self._curve = curve
        self._key = int(private_key, 16)
        self._address = f"{int(address, 16):#x}"
        self._hasher = Hasher(curve.pedersen, int(address, 16), chain_id)
        self._seal = seal

    def prepare(self, request: Request, context: SigningContext) -> WireRequest:
        """Return the request as it is, or with its signature in the body or in the headers."""
        intent = request.intent
        stamp_ms = context.unique_ms or context.now_ms
        if isinstance(intent, LoginIntent):
            return self._login(request, context.now_ms // 1000)
        if isinstance(intent, OrderIntent):
            return _json_wire(request, self._order(intent, stamp_ms))
        if isinstance(intent, BatchIntent):
            # Stamps before this one's: a stamp of the future might be refused.
            bodies = [self._order(each, stamp_ms - at) for at, each in enumerate(intent.orders)]
            return _json_wire(request, bodies)
        return plain_wire(request)

    def _order(self, intent: OrderIntent, stamp_ms: int) -> dict[str, object]:
        return {
            "market": intent.market,
            "side": intent.side,
            "type": intent.kind,
            "size": format(intent.size, "f"),
            "price": format(intent.price, "f"),
            **intent.body,
            "signature_timestamp": stamp_ms,
            "signature": self._sign(self._hasher.order(intent, stamp_ms)),
        }

    def _login(self, request: Request, now_s: int) -> WireRequest:
        """Name the key in the path: without it a subkey would be taken for the account's own."""
        signed_s, expiration_s = now_s - LOGIN_DATED_BACK_S, now_s + LOGIN_VALID_S
        headers = {
            "PARADEX-STARKNET-ACCOUNT": self._address,
            "PARADEX-STARKNET-SIGNATURE": self._sign(self._hasher.login(signed_s, expiration_s)),
            "PARADEX-TIMESTAMP": str(signed_s),
            "PARADEX-SIGNATURE-EXPIRATION": str(expiration_s),
        }
        path = f"{request.path}/{self._curve.public_key(self._key):#x}"
        return WireRequest(request.method.value, path, headers)

    def _sign(self, digest: int) -> str:
        if self._seal is None:
            r, s = self._curve.sign(self._key, digest)
        else:
            sealed = self._seal(digest.to_bytes(32, "big"))
            r, s = int.from_bytes(sealed[:32], "big"), int.from_bytes(sealed[32:64], "big")
        return f'["{r}","{s}"]'


def _json_wire(request: Request, body: dict[str, object] | Sequence[object]) -> WireRequest:
    return WireRequest(request.method.value, request.path, _JSON, json_of(body))
