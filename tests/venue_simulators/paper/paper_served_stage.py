"""A served paper venue with two scripted markets, and callers that sign as the document says."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from decimal import Decimal as D
from typing import Any
from urllib.parse import urlencode

from exchange_clients.base_models import NS, ContractId
from venue_simulators.options import SignatureDepth, SimulatorOptions
from venue_simulators.paper.listing import MARKETS
from venue_simulators.paper.simulator import PaperSimulator, build
from venue_simulators.scripted_source import START_NS, ScriptedMarket
from venue_simulators.wire import Frame, HttpRequest, HttpResponse

BTC, PEPE = ContractId("BTC-PERP"), ContractId("1000PEPE-PERP")


class Line:
    """One WebSocket and everything that came over it."""

    def __init__(self, number: int, service: str = "ws") -> None:
        self.number = number
        self.request = HttpRequest(service, "GET", "/")
        self.heard: list[dict[str, Any]] = []

    def send(self, frame: Frame) -> None:
        self.heard.append(json.loads(frame))

    def close(self, code: int = 1000, reason: str = "") -> None:
        raise AssertionError("this venue ends no connection")

    def of(self, kind: str) -> list[dict[str, Any]]:
        """Return the frames of a type."""
        return [frame for frame in self.heard if frame["type"] == kind]


class Served:
    """The venue, its market, and the first account's owner."""

    def __init__(self, accounts: tuple[str, ...] = ("main",), balance: str = "10000") -> None:
        books = {
            each.market: ([(D(100), D(5)), (D(99), D(5))], [(D(101), D(5)), (D(102), D(5))])
            for each in MARKETS
            if each.market.contract_id in (BTC, PEPE)
        }
        self.market = ScriptedMarket(books, START_NS)
        self.venue: PaperSimulator = build(
            SimulatorOptions(
                source=self.market,
                accounts=accounts,
                balance=D(balance),
                signatures=SignatureDepth.FULL,
            )
        )
        self.variables = self.venue.environment({"rest": "http://rest", "ws": "ws://ws"})
        self.passes(1)
        self.lines = 0

    def passes(self, seconds: float) -> None:
        """Let time pass."""
        self.venue.advance(self.venue.world.now_ns + round(seconds * NS))

    def headers(self, asked: str, late_ms: int = 0) -> dict[str, str]:
        """Return the headers that sign method, path and body."""
        stamp = str(self.venue.world.now_ns // 1_000_000 - late_ms)
        secret = self.variables["PAPER_API_SECRET"].encode()
        return {
            "paper-key": self.variables["PAPER_API_KEY"],
            "paper-timestamp": stamp,
            "paper-signature": hmac.digest(secret, f"{stamp}{asked}".encode(), "sha256").hex(),
        }

    def send(
        self,
        method: str,
        path: str,
        query: Mapping[str, object] | None = None,
        body: Mapping[str, object] | None = None,
        late_ms: int = 0,
    ) -> HttpResponse:
        """Ask as the account's owner."""
        text = urlencode(query or {})
        raw = b"" if body is None else json.dumps(body).encode()
        asked = f"{method}{path}{'?' if text else ''}{text}{raw.decode()}"
        headers = self.headers(asked, late_ms)
        return self.venue.handle(HttpRequest("rest", method, path, text, headers, raw))

    def ask(self, method: str, path: str, **query: object) -> Any:
        """Return what is answered to a query."""
        return told(self.send(method, path, query))

    def place(self, name: str, **order: object) -> Any:
        """Place an order: a limit bid of 1 BTC at 90 where nothing else is said."""
        body = {"market": BTC, "side": "buy", "size": "1", "price": "90", **order}
        return told(self.send("POST", "/order", body={"client_order_id": name, **body}))

    def listen(self, *topics: str, signed: bool = True) -> Line:
        """Open a WebSocket and subscribe."""
        self.lines += 1
        line = Line(self.lines)
        assert self.venue.on_open(line) is None
        self.subscribe(line, *topics, signed=signed)
        return line

    def subscribe(
        self, line: Line, *topics: str, signed: bool = True, op: str = "subscribe"
    ) -> None:
        """Send a frame about topics."""
        message: dict[str, object] = {"op": op, "topics": topics}
        if signed:
            headers = self.headers(f"SUBSCRIBE{','.join(topics)}")
            message |= {name.removeprefix("paper-"): value for name, value in headers.items()}
        self.venue.on_frame(line, json.dumps(message))


def told(response: HttpResponse) -> Any:
    """Return the body of a success, or the code of a refusal."""
    body = json.loads(response.body)
    return body if response.status == 200 else body["code"]
