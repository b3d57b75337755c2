"""An edgeX of quiet markets, and a trader who signs with a curve library of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any, Unpack
from urllib.parse import urlencode

from eth_keys.backends.native.main import NativeECCBackend
from eth_keys.main import KeyAPI

from exchange_clients.base_models import NS, ContractId
from exchange_clients.paper.sources.base import SourceEvent
from tests.support.quiet_markets import Book, FarEnd, QuietMarkets, Wanted, passes
from venue_simulators.edgex.authentication import Member, hmac_of
from venue_simulators.edgex.canonical import body_text, query_text
from venue_simulators.edgex.fields import read_object
from venue_simulators.edgex.listing import LISTINGS, MARKETS
from venue_simulators.edgex.order_digest import (
    Domain,
    SignedBy,
    SignedOrder,
    margin_digest,
    nonce_of,
    order_digest,
)
from venue_simulators.edgex.simulator import EdgexSimulator, build
from venue_simulators.edgex.terms import EdgexTerms
from venue_simulators.evm.signatures import tag
from venue_simulators.options import SignatureDepth
from venue_simulators.wire import HttpRequest, HttpResponse

Words = dict[str, Any]  # JSON of many shapes

BTC, SOL = ContractId("30000001"), ContractId("30000003")
START_NS = 1_795_200_000 * NS
MS_NS = 1_000_000
DAY_MS = 86_400_000
BOOKS: Mapping[ContractId, Book] = {
    SOL: (((149.99, 40.0), (149.98, 60.0)), ((150.01, 40.0), (150.02, 60.0))),
    BTC: (((79031.2, 2.0), (79031.1, 3.0)), ((79031.4, 2.0), (79031.5, 3.0))),
}
QUICK = EdgexTerms(rate_limits=False)
_KEYS = KeyAPI(NativeECCBackend)


QUIET = QuietMarkets(BOOKS, [one.market for one in MARKETS], START_NS)
move, printed = QUIET.move, QUIET.printed


def stage(
    *script: SourceEvent, terms: EdgexTerms = QUICK, **wanted: Unpack[Wanted]
) -> EdgexSimulator:
    """Return a venue with the BTC and SOL markets, a tenth of a second after its opening."""
    return QUIET.opened(build(QUIET.options(script, **wanted), terms))


def quick(**terms: Any) -> EdgexTerms:
    """Return terms without rate limits."""
    return EdgexTerms(**{"rate_limits": False, **terms})


def public(simulator: EdgexSimulator, name: str, **parameters: str) -> HttpResponse:
    """Ask what anyone may ask."""
    path = f"/api/v2/public/{name}"
    return simulator.handle(HttpRequest("rest", "GET", path, urlencode(parameters)))


def read(response: HttpResponse) -> Any:
    """Return the data of a success; its shape is the test's to state."""
    assert response.status == 200, response
    words = json.loads(response.body)
    assert words["code"] == "SUCCESS", words
    return words["data"]


def refusal(response: HttpResponse) -> tuple[int, str]:
    """Return HTTP status and code of a refusal."""
    words = json.loads(response.body)
    assert words["data"] is None
    return response.status, words["code"]


@dataclass
class Trader:
    """Someone with an account."""

    simulator: EdgexSimulator
    account: str = "main"
    depth: SignatureDepth = SignatureDepth.DIGEST
    orders: int = 0

    @property
    def member(self) -> Member:
        """The credentials."""
        return self.simulator.members[self.account]

    @property
    def now_ms(self) -> int:
        """The venue's time."""
        return self.simulator.world.now_ns // MS_NS

    def headers(self, text: str, stamp_ms: int | None = None) -> dict[str, str]:
        """Return the headers that sign a text of method, path and parameters."""
        stamp = str(self.now_ms if stamp_ms is None else stamp_ms)
        return {
            "x-edgex-api-key": self.member.api_key,
            "x-edgex-passphrase": self.member.passphrase,
            "x-edgex-timestamp": stamp,
            "x-edgex-signature": hmac_of(self.member.api_secret, stamp + text),
        }

    def get(self, name: str, **parameters: str) -> HttpResponse:
        """Ask about the own account."""
        path = f"/api/v2/private/{name}"
        given = {"accountId": self.member.account_id, **parameters}
        headers = self.headers(f"GET{path}{query_text(given)}")
        return self.simulator.handle(HttpRequest("rest", "GET", path, urlencode(given), headers))

    def post(self, name: str, **body: Any) -> HttpResponse:
        """Do something with the own account."""
        path = f"/api/v2/private/{name}"
        given = {"accountId": self.member.account_id, **body}
        raw = json.dumps(given).encode()
        headers = self.headers(f"POST{path}{body_text(read_object(raw))}")
        return self.simulator.handle(HttpRequest("rest", "POST", path, "", headers, raw))

    def create(self, **changes: Any) -> HttpResponse:
        """Place an order: a limit bid of 1 SOL at 140 where nothing else is said."""
        return self.post("order/createOrder", **self.order(**changes))

    def placed(self, **changes: Any) -> Words:
        """Place an order, let its verdict come and return it as it is then."""
        order_id = read(self.create(**changes))["orderId"]
        passes(self.simulator, 0.05)
        return self.look_up(order_id)

    def look_up(self, order_id: str) -> Words:
        """Return an order by the venue's id."""
        (order,) = read(self.get("order/getOrderById", orderIdList=order_id))
        assert isinstance(order, dict)
        return order

    def asset(self) -> Words:
        """Return the account as a whole."""
        words = read(self.get("account/getAccountAsset"))
        assert isinstance(words, dict)
        return words

    def order(self, **changes: Any) -> Words:
        """Return a signed order; names that begin with ``l2`` change what is claimed of it."""
        self.orders += 1
        wanted: Words = {
            "contractId": SOL,
            "side": "BUY",
            "size": "1",
            "price": "140",
            "clientOrderId": f"order-{self.orders}",
            "type": "LIMIT",
            "timeInForce": "GOOD_TIL_CANCEL",
            "reduceOnly": False,
            "expireTime": str(self.now_ms + DAY_MS),
            **{name: value for name, value in changes.items() if name != "worst"},
        }
        if wanted["type"].endswith("MARKET"):
            wanted |= {"price": "0", "timeInForce": changes.get("timeInForce", IOC)}
        worst = Decimal(changes.get("worst") or wanted["price"])
        value = worst * Decimal(wanted["size"])
        fee = (value * Decimal("0.00045")).to_integral_value(ROUND_CEILING)
        claims = {
            "l2Nonce": str(nonce_of(wanted["clientOrderId"])),
            "l2Value": format(value, "f"),
            "l2Size": wanted["size"],
            "l2LimitFee": format(fee, "f"),
            "l2ExpireTime": str(int(wanted["expireTime"]) + 8 * DAY_MS),
        }
        claims |= {name: changes[name] for name in changes if name in claims}
        signed = {"l2Signature": self._sign(wanted, claims)}
        return (
            wanted | claims | signed | {name: changes[name] for name in changes if name in signed}
        )

    def margin_mode(self, mode: int = 1, nonce: int = 7, **changes: Any) -> HttpResponse:
        """Choose a margin mode for SOL."""
        by = SignedBy(int(self.member.account_id), self.member.signer, nonce)
        digest = margin_digest(int(SOL), mode, by, self._domain())
        body = {
            "contractId": SOL,
            "marginMode": mode,
            "l2Nonce": str(nonce),
            "l2ExpireTime": str(self.now_ms + 14 * DAY_MS),
            "signer": self.member.signer,
            "l2Signature": self._seal(digest),
            **changes,
        }
        return self.post("account/setMarginMode", **body)

    def _sign(self, wanted: Words, claims: Words) -> str:
        listing = LISTINGS.get(wanted["contractId"])
        resolution = listing.resolution if listing else 1
        order = SignedOrder(
            synthetic=int(Decimal(claims["l2Size"]) * resolution),
            collateral=int(Decimal(claims["l2Value"]) * 10**6),
            fee=int(Decimal(claims["l2LimitFee"]) * 10**6),
            contract_id=int(wanted["contractId"]),
            collateral_id=1000,
            buys=wanted["side"] == "BUY",
            expires_s=int(wanted["expireTime"]) // 1000,
        )
        nonce = int(claims["l2Nonce"])
        by = SignedBy(int(self.member.account_id), self.member.signer, nonce)
        return self._seal(order_digest(order, by, self._domain()))

    def _domain(self) -> Domain:
        terms = self.simulator.terms
        return Domain(terms.chain_id, terms.contract_address)

    def _seal(self, digest: bytes) -> str:
        if self.depth is SignatureDepth.DIGEST:
            v, (r, s) = 27, tag(digest)
        else:
            key = _KEYS.PrivateKey(bytes.fromhex(self.member.signer_key))
            signed = _KEYS.ecdsa_sign(digest, key)
            v, r, s = signed.v + 27, signed.r, signed.s
        return f"{r:064x}{s:064x}{v:02x}"


IOC = "IMMEDIATE_OR_CANCEL"


@dataclass
class Wire(FarEnd):
    """One WebSocket connection, as its client sees it."""

    simulator: EdgexSimulator
    trader: Trader | None = None
    number: int = 1
    headers: dict[str, str] | None = None
    refused: HttpResponse | None = None

    def __post_init__(self) -> None:
        self._request = self._handshake()
        self.refused = self.simulator.on_open(self)

    @property
    def request(self) -> HttpRequest:
        """The handshake."""
        return self._request

    def _handshake(self) -> HttpRequest:
        if self.trader is None:
            return HttpRequest("ws_public", "GET", "/api/v1/public/ws", "timestamp=1")
        path, stamp = "/api/v1/private/ws", self.trader.now_ms
        query = f"accountId={self.trader.member.account_id}&timestamp={stamp}"
        headers = self.trader.headers(f"GET{path}{query}", stamp)
        given = headers if self.headers is None else self.headers
        return HttpRequest("ws_private", "GET", path, query, given)

    def say(self, **words: Any) -> None:
        """Send a message."""
        self.simulator.on_frame(self, json.dumps(words))

    def subscribe(self, channel: str) -> list[Words]:
        """Subscribe to a channel and return what is said at once."""
        self.take()
        self.say(type="subscribe", channel=channel)
        return self.take()

    def take(self, kind: str = "") -> list[Words]:
        """Return the frames that came since the last look, of one type if it is named."""
        frames = [json.loads(frame) for frame in self.frames]
        self.frames.clear()
        return [frame for frame in frames if kind in ("", frame["type"])]

    def events(self) -> list[Words]:
        """Return the contents of an account's events that came since the last look."""
        return [frame["content"] for frame in self.take("trade-event")]

    def changes(self) -> list[Words]:
        """Return the contents of a channel's frames that came since the last look."""
        return [frame["content"] for frame in self.take("quote-event")]
