"""A Paradex of quiet markets, and a trader who signs with the curve or with its stand-in."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Unpack

import fast_stark_crypto

from exchange_clients.base_models import NS, ContractId
from exchange_clients.paper.sources.base import SourceEvent
from tests.support.quiet_markets import Book, FarEnd, QuietMarkets, Wanted, passes
from venue_simulators.options import SignatureDepth
from venue_simulators.paradex.listing import MARKETS
from venue_simulators.paradex.members import KeyPair, Member
from venue_simulators.paradex.signatures import (
    modify_hash,
    onboarding_hash,
    order_hash,
    request_hash,
    tag,
)
from venue_simulators.paradex.simulator import ParadexSimulator, build
from venue_simulators.paradex.terms import MS, ParadexTerms
from venue_simulators.wire import HttpRequest, HttpResponse

Words = dict[str, Any]  # JSON of many shapes

ETH = ContractId("ETH-USD-PERP")
SOL = ContractId("SOL-USD-PERP")
START_NS = 1_795_200_000 * NS
BOOKS: Mapping[ContractId, Book] = {
    SOL: (((149.99, 400.0), (149.98, 600.0)), ((150.01, 400.0), (150.02, 600.0))),
    ETH: (((2599.99, 10.0), (2599.98, 20.0)), ((2600.01, 10.0), (2600.02, 20.0))),
}
CHANGE_FIELDS = ("market", "side", "type", "size", "price")
SIDE_CODES = {"BUY": 1, "SELL": 2}


QUIET = QuietMarkets(BOOKS, [one.market for one in MARKETS], START_NS)
move, printed = QUIET.move, QUIET.printed


def quick(**terms: Any) -> ParadexTerms:
    """Return terms without rate limits."""
    return ParadexTerms(**{"rate_limits": False, **terms})


def stage(
    *script: SourceEvent, terms: ParadexTerms | None = None, **wanted: Unpack[Wanted]
) -> ParadexSimulator:
    """Return a venue with the ETH and SOL markets, a tenth of a second after its opening."""
    return QUIET.opened(build(QUIET.options(script, **wanted), terms or quick()))


def public(simulator: ParadexSimulator, path: str, query: str = "") -> HttpResponse:
    """Ask what anyone may ask."""
    return simulator.handle(HttpRequest("rest", "GET", f"/v1/{path}", query, {}))


def read(response: HttpResponse, status: int = 200) -> Any:
    """Return the JSON of a success; its shape is the test's to state."""
    assert response.status == status, response
    return json.loads(response.body)


def refusal(response: HttpResponse) -> tuple[int, str]:
    """Return HTTP status and code of a refusal."""
    words = json.loads(response.body)
    assert set(words) == {"error", "message", "data"}, words
    return response.status, words["error"]


def sealed(digest: int, key: KeyPair, depth: SignatureDepth) -> str:
    """Return a signature as it travels."""
    if depth is SignatureDepth.DIGEST:
        r, s = tag(digest)
    else:
        r, s = fast_stark_crypto.sign(int(key.private_key, 16), digest)
    return json.dumps([str(r), str(s)], separators=(",", ":"))


@dataclass
class Trader:
    """Someone with an account, logged in."""

    simulator: ParadexSimulator
    account: str = "main"
    token: str = ""
    stamp_ms: int = 0
    depth: SignatureDepth = SignatureDepth.DIGEST
    usage: str = ""
    key: KeyPair | None = None

    def __post_init__(self) -> None:
        self.log_in()

    @property
    def member(self) -> Member:
        """The credentials."""
        return self.simulator.members[self.account]

    @property
    def chain_id(self) -> str:
        """What is signed for."""
        return self.simulator.terms.chain_id

    def login_headers(self, **changes: str) -> dict[str, str]:
        """Return the headers of a login that is signed now for three minutes."""
        now_s = self.simulator.world.now_ns // NS
        digest = request_hash(self.chain_id, self.member.address, now_s, now_s + 180)
        return {
            "paradex-starknet-account": self.member.account,
            "paradex-starknet-signature": sealed(digest, self.key or self.member.main, self.depth),
            "paradex-timestamp": str(now_s),
            "paradex-signature-expiration": str(now_s + 180),
            **changes,
        }

    def login(self, path: str = "auth", query: str = "", **changes: str) -> HttpResponse:
        """Ask for a token."""
        headers = self.login_headers(**changes)
        return self.simulator.handle(HttpRequest("rest", "POST", f"/v1/{path}", query, headers))

    def log_in(self) -> None:
        """Take a new token."""
        path = "auth" if self.key is None else f"auth/{self.key.public_key:#x}"
        query = f"token_usage={self.usage}" if self.usage else ""
        self.token = read(self.login(path, query))["jwt_token"]

    def onboard(self, **changes: str) -> HttpResponse:
        """Ask to be taken in."""
        digest = onboarding_hash(self.chain_id, self.member.address)
        headers = {
            "paradex-ethereum-account": self.member.l1_address,
            "paradex-starknet-account": self.member.account,
            "paradex-starknet-signature": sealed(digest, self.member.main, self.depth),
            **changes,
        }
        body = json.dumps({"public_key": f"{self.member.main.public_key:#x}"}).encode()
        return self.simulator.handle(
            HttpRequest("rest", "POST", "/v1/onboarding", "", headers, body)
        )

    def ask(self, method: str, path: str, query: str = "", body: object = None) -> HttpResponse:
        """Ask about the own account."""
        headers = {"authorization": f"Bearer {self.token}", "content-type": "application/json"}
        raw = b"" if body is None else json.dumps(body).encode()
        return self.simulator.handle(
            HttpRequest("rest", method, f"/v1/{path}", query, headers, raw)
        )

    def get(self, path: str, query: str = "") -> Any:
        """Return what a query answers."""
        return read(self.ask("GET", path, query))

    # Orders ---------------------------------------------------------------------------------------

    def order(self, **changes: Any) -> Words:
        """Return a signed order: a limit bid of 1 SOL at 149 where nothing else is said.

        ``signed`` changes what is signed and not what is sent.
        """
        signed = changes.pop("signed", {})
        words: Words = {
            "market": SOL,
            "side": "BUY",
            "type": "LIMIT",
            "size": "1",
            "price": "149",
            "instruction": "GTC",
            "signature_timestamp": self._stamp_ms(),
            **changes,
        }
        digest = order_hash(self.chain_id, self.member.address, self._fields({**words, **signed}))
        return {**words, "signature": self._sealed(digest)}

    def change(self, order: Words, **changes: Any) -> Words:
        """Return a signed change of an order."""
        words: Words = {
            "id": order["id"],
            **{name: order[name] for name in CHANGE_FIELDS},
            "signature_timestamp": self._stamp_ms(),
            **changes,
        }
        fields = [*self._fields(words), int(order["id"])]
        digest = modify_hash(self.chain_id, self.member.address, fields)
        return {**words, "signature": self._sealed(digest)}

    def _stamp_ms(self) -> int:
        self.stamp_ms = max(self.stamp_ms + 1, self.simulator.world.now_ns // MS)
        return self.stamp_ms

    def _fields(self, words: Words) -> list[int | str]:
        return [
            words["signature_timestamp"],
            words["market"],
            SIDE_CODES.get(words["side"], 0),
            words["type"],
            int(Decimal(words["size"]) * 10**8),
            int(Decimal(words.get("price") or "0") * 10**8),
        ]

    def _sealed(self, digest: int) -> str:
        return sealed(digest, self.key or self.member.main, self.depth)

    def create(self, **changes: Any) -> HttpResponse:
        """Place an order."""
        return self.ask("POST", "orders", "", self.order(**changes))

    def placed(self, **changes: Any) -> Words:
        """Place an order, let its verdict come and return it as it is then."""
        created = read(self.create(**changes), 201)
        passes(self.simulator, 0.05)
        return self.look_up(created["id"])

    def look_up(self, order_id: str) -> Words:
        """Return an order from the history, whatever has become of it."""
        rows: list[Words] = self.get("orders-history", "page_size=5000")["results"]
        return next(row for row in rows if row["id"] == order_id)

    def position(self, market: str = SOL) -> Words:
        """Return a position."""
        rows: list[Words] = self.get("positions")["results"]
        return next(row for row in rows if row["market"] == market)


@dataclass
class Wire(FarEnd):
    """One WebSocket connection, as its client sees it."""

    simulator: ParadexSimulator
    trader: Trader | None = None
    number: int = 1
    version: int = 2
    service: str = "ws"

    def __post_init__(self) -> None:
        refused = self.simulator.on_open(self)
        assert refused is None, refused
        if self.trader is not None:
            assert "node_id" in self.call("auth", bearer=self.trader.token)["result"]

    @property
    def request(self) -> HttpRequest:
        """The handshake."""
        query = f"sbeSchemaId=1&sbeSchemaVersion={self.version}"
        return HttpRequest(self.service, "GET", "/v1", query, {})

    def call(self, method: str, **params: Any) -> Words:
        """Send a call and return the answer to it; what follows stays to be taken."""
        return self.say({"jsonrpc": "2.0", "method": method, "params": params, "id": 7})

    def say(self, words: object) -> Words:
        """Send a frame and return the answer to it."""
        taken = len(self.frames)
        self.simulator.on_frame(self, words if isinstance(words, bytes) else json.dumps(words))
        answer = json.loads(self.frames.pop(taken))
        assert isinstance(answer, dict)
        return answer

    def subscribe(self, channel: str, **params: Any) -> None:
        """Hear a channel."""
        answer = self.call("subscribe", channel=channel, **params)
        assert answer["result"] == {"channel": channel}, answer

    def texts(self, channel: str = "") -> list[Words]:
        """Take the data of the text frames that came since the last look."""
        frames = [json.loads(each)["params"] for each in self.frames if isinstance(each, str)]
        self.frames = [each for each in self.frames if not isinstance(each, str)]
        return [each["data"] for each in frames if channel in ("", each["channel"])]

    def binaries(self) -> list[Decoded]:
        """Take the binary frames that came since the last look."""
        frames = [decoded(each) for each in self.frames if isinstance(each, bytes)]
        self.frames = [each for each in self.frames if not isinstance(each, bytes)]
        return frames


@dataclass(frozen=True)
class Decoded:
    """A binary frame taken apart by a layout of the test's own."""

    template: int
    version: int
    fields: tuple[Any, ...]
    groups: tuple[list[tuple[int, int]], ...]
    texts: tuple[str, ...]


LAYOUTS = {
    1: "<qqqBqqqB",
    2: "<qqqqqq",
    3: "<qqBqqqqqqqqq",
    4: "<27q",
    5: "<qqqqqqqh",
    6: "<qqqBB",
    20: "<qqBBBBqqqqqqq32sqqBB",
    21: "<qqBBBqqqqq32sqq",
    22: "<qqBqqqqqqqq32sqqqqqB",
    23: "<qqqqqqqqq32sqB",
    40: "<qq",
}


def decoded(frame: bytes) -> Decoded:
    """Return a frame's parts; what a newer version appended to the block is left out."""
    length, template, schema, version = struct.unpack_from("<HHHH", frame)
    assert schema == 1
    fields = struct.unpack_from(LAYOUTS[template], frame, 8)
    at = 8 + length
    groups: list[list[tuple[int, int]]] = []
    for _ in range(2 if template == 3 else 0):
        entry, count = struct.unpack_from("<HH", frame, at)
        at += 4
        groups.append([struct.unpack_from("<qq", frame, at + entry * i) for i in range(count)])
        at += entry * count
    texts = []
    while at < len(frame):
        texts.append(frame[at + 1 : at + 1 + frame[at]].decode())
        at += 1 + frame[at]
    return Decoded(template, version, fields, tuple(groups), tuple(texts))


def state_of(order: Words) -> tuple[str, str, str, str]:
    """Return status, what remains, the price it traded at and why it ended."""
    names = ("status", "remaining_size", "avg_fill_price", "cancel_reason")
    status, remaining, average, reason = (order[name] for name in names)
    return status, remaining, average, reason
