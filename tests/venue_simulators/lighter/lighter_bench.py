"""A client of the simulated Lighter that signs and asks by hand, and connections that remember."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from exchange_clients.base_models import NS
from venue_simulators.lighter import curve, signatures
from venue_simulators.lighter.simulator import LighterSimulator, build
from venue_simulators.lighter.terms import LighterTerms
from venue_simulators.options import SignatureDepth, SimulatorOptions
from venue_simulators.wire import Frame, HttpRequest, HttpResponse

MS = 1_000_000
DIGEST = SimulatorOptions(symbols=("BTC", "ETH"), signatures=SignatureDepth.DIGEST)
ORDER_FIELDS = (
    "MarketIndex",
    "ClientOrderIndex",
    "BaseAmount",
    "Price",
    "IsAsk",
    "Type",
    "TimeInForce",
    "ReduceOnly",
    "TriggerPrice",
    "OrderExpiry",
)
BODIES: Mapping[int, tuple[str, ...]] = {
    14: ORDER_FIELDS,
    15: ("MarketIndex", "Index"),
    16: ("TimeInForce", "Time"),
    17: ("MarketIndex", "Index", "BaseAmount", "Price", "TriggerPrice"),
    20: ("MarketIndex", "InitialMarginFraction", "MarginMode"),
}


def sign(secret: bytes, digest: bytes) -> bytes:
    """Sign with a number that follows from key and hash."""
    k = int.from_bytes(hashlib.sha512(secret + digest).digest(), "little") % curve.ORDER
    commitment = curve.encode(curve.multiples(curve.GENERATOR, k))
    e = signatures.challenge(commitment, digest)
    s = (k - e * int.from_bytes(secret, "little")) % curve.ORDER
    return s.to_bytes(40, "little") + e.to_bytes(40, "little")


@dataclass
class Line:
    """A WebSocket connection as the venue sees it."""

    number: int = 1
    path: str = "/stream"
    frames: list[dict[str, Any]] = field(default_factory=list)
    closed: int | None = None

    @property
    def request(self) -> HttpRequest:
        return HttpRequest("ws", "GET", self.path)

    def send(self, frame: Frame) -> None:
        self.frames.append(json.loads(frame))

    def close(self, code: int = 1000, reason: str = "") -> None:
        del reason
        self.closed = code

    def of(self, kind: str) -> list[dict[str, Any]]:
        """Return the frames of a type."""
        return [frame for frame in self.frames if frame.get("type") == kind]

    def errors(self) -> list[int]:
        return [frame["error"]["code"] for frame in self.frames if "error" in frame]


class Bench:
    """One simulator and its first account."""

    def __init__(
        self, options: SimulatorOptions = DIGEST, terms: LighterTerms | None = None
    ) -> None:
        self.simulator: LighterSimulator = build(options, terms)
        self.depth = options.signatures
        environment = self.simulator.environment({})
        self.secret = bytes.fromhex(environment["API_KEY_PRIVATE_KEY"])
        self.account = int(environment["LIGHTER_ACCOUNT_INDEX"])
        self.key = int(environment["LIGHTER_API_KEY_INDEX"])
        self.nonce = 0
        self.run(1.0)

    # Time -----------------------------------------------------------------------------------------

    @property
    def now_ms(self) -> int:
        return self.simulator.world.now_ns // MS

    def run(self, seconds: float) -> None:
        """Let time pass as a carrier does: from one thing that happens to the next."""
        until_ns = self.simulator.world.now_ns + int(seconds * NS)
        while (due_ns := self.simulator.next_ns()) <= until_ns:
            self.simulator.advance(due_ns)
        self.simulator.advance(until_ns)

    # Signing --------------------------------------------------------------------------------------

    def token(self, life_s: int = 600, account: int | None = None) -> str:
        text = f"{self.now_ms // 1000 + life_s}:{account or self.account}:{self.key}"
        if self.depth is SignatureDepth.FULL:
            return f"{text}:{sign(self.secret, signatures.token_hash(text)).hex()}"
        return f"{text}:{signatures.tag(text.encode()).hex()}"

    def info(
        self,
        tx_type: int,
        body: Mapping[str, int],
        *,
        nonce: int | None = None,
        attributes: Mapping[int, int] | None = None,
        expired_at: int | None = None,
        chain: int = 304,
    ) -> dict[str, Any]:
        """Return a signed transaction; without a nonce it takes the next."""
        if nonce is None:
            self.nonce += 1
            nonce = self.nonce
        expired_at = self.now_ms + 599_000 if expired_at is None else expired_at
        head = (chain, tx_type, nonce, expired_at, self.account, self.key)
        numbers = [body[name] for name in BODIES[tx_type]]
        digest = signatures.transaction_hash(head, numbers, attributes or {})
        return {
            "AccountIndex": self.account,
            "ApiKeyIndex": self.key,
            **body,
            "ExpiredAt": expired_at,
            "Nonce": nonce,
            "Sig": base64.b64encode(self.seal(digest)).decode(),
            "L2TxAttributes": {str(k): v for k, v in attributes.items()} if attributes else None,
        }

    def group(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return signed grouped orders, whose hash is a chain of the orders' own."""
        self.nonce += 1
        expired_at = self.now_ms + 599_000
        chain = signatures.order_chain(
            [[order[name] for name in ORDER_FIELDS] for order in body["Orders"]]
        )
        head = (304, 28, self.nonce, expired_at, self.account, self.key)
        digest = signatures.transaction_hash(head, (body["GroupingType"], *chain), {})
        return {
            "AccountIndex": self.account,
            "ApiKeyIndex": self.key,
            **body,
            "ExpiredAt": expired_at,
            "Nonce": self.nonce,
            "Sig": base64.b64encode(self.seal(digest)).decode(),
        }

    def seal(self, digest: bytes) -> bytes:
        full = self.depth is SignatureDepth.FULL
        return sign(self.secret, digest) if full else signatures.tag(digest)

    # Asking ---------------------------------------------------------------------------------------

    def get(self, path: str, **query: object) -> HttpResponse:
        """Ask with a token in the header; ``auth`` gives another one."""
        headers = {"authorization": str(query.pop("auth", self.token()))}
        text = urlencode({name: str(value) for name, value in query.items()})
        path = path if path.startswith("/") else f"/api/v1/{path}"
        return self.simulator.handle(HttpRequest("rest", "GET", path, text, headers))

    def read(self, path: str, **query: object) -> dict[str, Any]:
        response = self.get(path, **query)
        assert response.status == 200, response.body
        document = json.loads(response.body)
        assert isinstance(document, dict)
        return document

    def post(self, path: str, fields: Mapping[str, str], host: str = "") -> HttpResponse:
        headers = {"content-type": "application/x-www-form-urlencoded", "host": host}
        body = urlencode(fields).encode()
        return self.simulator.handle(
            HttpRequest("rest", "POST", f"/api/v1/{path}", "", headers, body)
        )

    def send(self, tx_type: int, info: Mapping[str, Any], **fields: str) -> dict[str, Any]:
        """Send a transaction and return the answer, whatever it is."""
        form = {"tx_type": str(tx_type), "tx_info": json.dumps(info), **fields}
        document = json.loads(self.post("sendTx", form).body)
        assert isinstance(document, dict)
        return document

    def batch(self, sent: Sequence[tuple[int, Mapping[str, Any]]]) -> dict[str, Any]:
        types = json.dumps([tx_type for tx_type, _ in sent])
        infos = json.dumps([json.dumps(info) for _, info in sent])
        response = self.post("sendTxBatch", {"tx_types": types, "tx_infos": infos})
        document = json.loads(response.body)
        assert isinstance(document, dict)
        return document

    # Orders ---------------------------------------------------------------------------------------

    def order(self, **changes: int) -> dict[str, int]:
        """Return the fields of a small resting buy of BTC, two percent below the market."""
        return {
            "MarketIndex": 1,
            "ClientOrderIndex": 0,
            "BaseAmount": 100,
            "Price": int(self.mark() * 98 // 100),
            "IsAsk": 0,
            "Type": 0,
            "TimeInForce": 1,
            "ReduceOnly": 0,
            "TriggerPrice": 0,
            "OrderExpiry": self.now_ms + 3_600_000,
        } | changes

    def market_order(self, **changes: int) -> dict[str, int]:
        """Return the fields of a small market buy of BTC."""
        price = int(self.mark() * 102 // 100)
        taking = {"Type": 1, "TimeInForce": 0, "OrderExpiry": 0, "Price": price}
        return self.order(**taking) | changes

    def mark(self, market: str = "1") -> int:
        """Return the mark of a market in its integers."""
        contract = next(each for each in self.simulator.world.markets if each == market)
        ticker = self.simulator.world.ticker(contract)
        return int(ticker.mark / self.simulator.world.markets[contract].tick)

    def place(self, **changes: int) -> dict[str, Any]:
        """Place a resting order, wait for it and return its row."""
        index = changes.setdefault("ClientOrderIndex", 1000 + self.nonce)
        assert self.send(14, self.info(14, self.order(**changes)))["code"] == 200
        self.run(1.0)
        return self.find(index)

    def find(self, index: int) -> dict[str, Any]:
        """Return the only order of a client index."""
        rows = self.read("accountOrders", account_index=self.account, client_order_indexes=index)[
            "orders"
        ]
        assert len(rows) == 1, rows
        row = rows[0]
        assert isinstance(row, dict)
        return row

    # Streams --------------------------------------------------------------------------------------

    def connect(self, *channels: str, number: int = 1) -> Line:
        """Open a connection and subscribe."""
        line = Line(number)
        assert self.simulator.on_open(line) is None
        for channel in channels:
            self.say(line, type="subscribe", channel=channel, auth=self.token())
        return line

    def say(self, line: Line, **message: object) -> None:
        self.simulator.on_frame(line, json.dumps(message))
