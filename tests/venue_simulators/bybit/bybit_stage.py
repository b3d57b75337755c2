"""A Bybit of quiet markets, and a trader who signs with a library of his own."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Unpack
from urllib.parse import urlencode

from exchange_clients.base_models import NS, ContractId
from exchange_clients.paper.sources.base import SourceEvent
from tests.support.quiet_markets import Book, FarEnd, QuietMarkets, Wanted, passes
from venue_simulators.bybit.listing import MARKETS
from venue_simulators.bybit.simulator import BybitSimulator, build
from venue_simulators.bybit.terms import BybitTerms
from venue_simulators.options import SignatureDepth
from venue_simulators.wire import HttpRequest, HttpResponse

Words = dict[str, Any]  # JSON of many shapes

SOL = ContractId("SOLUSDT")
BTC = ContractId("BTCUSDT")
START_NS = 1_795_200_000 * NS
MS = 1_000_000
DAY_S = 24 * 3600
BOOKS: Mapping[ContractId, Book] = {
    SOL: (((149.99, 40.0), (149.98, 60.0)), ((150.01, 40.0), (150.02, 60.0))),
    BTC: (((90000.1, 2.0), (90000.0, 3.0)), ((90000.3, 2.0), (90000.4, 3.0))),
}
FREE = BybitTerms(rate_limits=False)


QUIET = QuietMarkets(BOOKS, [one.market for one in MARKETS], START_NS, SignatureDepth.FULL)
move, printed = QUIET.move, QUIET.printed


def stage(
    *script: SourceEvent, terms: BybitTerms = FREE, **wanted: Unpack[Wanted]
) -> BybitSimulator:
    """Return a venue with the BTC and SOL markets, a tenth of a second after its opening."""
    return QUIET.opened(build(QUIET.options(script, **wanted), terms))


def ask_public(simulator: BybitSimulator, path: str, **query: object) -> HttpResponse:
    """Ask what anyone may ask; perpetuals unless something else is said."""
    text = urlencode({"category": "linear", **query})
    return simulator.handle(HttpRequest("rest", "GET", f"/v5/market/{path}", text))


def read(response: HttpResponse) -> Any:
    """Return the result of a success; its shape is the test's to state."""
    words = envelope_of(response)
    assert words["retCode"] == 0, words
    return words["result"]


def refusal(response: HttpResponse) -> int:
    """Return the code of a refusal, which travels with HTTP 200 all the same."""
    words = envelope_of(response)
    assert words["retCode"] != 0, words
    code = words["retCode"]
    assert isinstance(code, int)
    return code


def envelope_of(response: HttpResponse) -> Words:
    """Return the whole answer."""
    assert response.status == 200, response
    words = json.loads(response.body)
    assert set(words) == {"retCode", "retMsg", "result", "retExtInfo", "time"}, words
    assert isinstance(words, dict)
    return words


@dataclass
class Trader:
    """Someone with a key."""

    simulator: BybitSimulator
    account: str = "main"
    window: str = "5000"
    named: int = 0

    @property
    def key(self) -> str:
        """The key."""
        return self.simulator.keys[self.account].api_key

    @property
    def now_ms(self) -> int:
        """The present instant."""
        return self.simulator.world.now_ns // MS

    def sign(self, text: str) -> str:
        """Return the signature of a text."""
        secret = self.simulator.keys[self.account].secret.encode()
        return hmac.digest(secret, text.encode(), hashlib.sha256).hex()

    def headers(self, payload: str, **changes: str) -> dict[str, str]:
        """Return what proves a request; ``changes`` replace headers after signing."""
        stamp = str(self.now_ms)
        return {
            "x-bapi-api-key": self.key,
            "x-bapi-timestamp": stamp,
            "x-bapi-recv-window": self.window,
            "x-bapi-sign": self.sign(stamp + self.key + self.window + payload),
            **{name.replace("_", "-"): value for name, value in changes.items()},
        }

    def get(self, path: str, **query: object) -> HttpResponse:
        """Ask something, of perpetuals unless something else is said."""
        return self.get_raw(path, urlencode({"category": "linear", **query}))

    def get_raw(self, path: str, query: str) -> HttpResponse:
        """Ask with a query exactly as given."""
        request = HttpRequest("rest", "GET", f"/v5/{path}", query, self.headers(query))
        return self.simulator.handle(request)

    def post(self, path: str, **body: object) -> HttpResponse:
        """Send something, about perpetuals unless something else is said."""
        raw = json.dumps({"category": "linear", **body})
        request = HttpRequest("rest", "POST", f"/v5/{path}", "", self.headers(raw), raw.encode())
        return self.simulator.handle(request)

    def create(self, **changes: object) -> HttpResponse:
        """Place an order: a limit bid of 1 SOL at 140 where nothing else is said."""
        return self.post("order/create", **self.order(**changes))

    def order(self, **changes: object) -> Words:
        """Return the body of an order under a new name; None leaves a field out."""
        self.named += 1
        wanted: Words = {
            "symbol": SOL,
            "side": "Buy",
            "orderType": "Limit",
            "qty": "1",
            "price": "140",
            "orderLinkId": f"link-{self.named}",
            **changes,
        }
        return {name: value for name, value in wanted.items() if value is not None}

    def placed(self, **changes: object) -> Words:
        """Place an order, let its verdict come and return it as it is then."""
        return self.look_up(self.acknowledged(**changes))

    def acknowledged(self, **changes: object) -> str:
        """Place an order, let its verdict come and return its id."""
        names = read(self.create(**changes))
        assert set(names) == {"orderId", "orderLinkId"}
        passes(self.simulator, 0.01)
        return str(names["orderId"])

    def bought(self, size: str = "1", **changes: object) -> Words:
        """Buy at the market."""
        return self.placed(orderType="Market", price=None, qty=size, **changes)

    def sold(self, size: str = "1", **changes: object) -> Words:
        """Sell at the market."""
        return self.bought(size, side="Sell", **changes)

    def look_up(self, order_id: str) -> Words:
        """Return an order, open or ended."""
        for closed in (0, 1):
            found = read(self.get("order/realtime", symbol=SOL, orderId=order_id, openOnly=closed))
            if found["list"]:
                (row,) = found["list"]
                assert isinstance(row, dict)
                return row
        raise AssertionError(f"there is no order {order_id}")

    def position(self, index: int = 0) -> Words:
        """Return a position in SOL."""
        rows = read(self.get("position/list", symbol=SOL))["list"]
        (row,) = [one for one in rows if one["positionIdx"] == index]
        assert isinstance(row, dict)
        return row


@dataclass
class Wire(FarEnd):
    """One WebSocket connection, as its client sees it."""

    simulator: BybitSimulator
    service: str = "ws_public"
    trader: Trader | None = None
    number: int = 1
    query: str = ""

    def __post_init__(self) -> None:
        refused = self.simulator.on_open(self)
        assert refused is None, refused
        if self.trader is not None:
            assert self.log_in(self.trader).get("success", True) is True

    @property
    def request(self) -> HttpRequest:
        """The handshake."""
        paths = {
            "ws_public": "/v5/public/linear",
            "ws_private": "/v5/private",
            "ws_trade": "/v5/trade",
        }
        return HttpRequest(self.service, "GET", paths[self.service], self.query)

    def say(self, **words: object) -> Words:
        """Send an operation and return the answer to it; what follows stays to be taken."""
        taken = len(self.frames)
        self.simulator.on_frame(self, json.dumps(words))
        answer = json.loads(self.frames.pop(taken))
        assert isinstance(answer, dict)
        return answer

    def log_in(self, trader: Trader) -> Words:
        """Prove who this is."""
        expires = trader.now_ms + 10_000
        signature = trader.sign(f"GET/realtime{expires}")
        return self.say(op="auth", args=[trader.key, expires, signature])

    def subscribe(self, *topics: str) -> None:
        """Subscribe, which must succeed."""
        answer = self.say(op="subscribe", args=list(topics), req_id="s1")
        assert (answer["success"], answer["req_id"]) == (True, "s1"), answer

    def take(self, topic: str = "") -> list[Words]:
        """Return the topic frames that came since the last look, of one topic if it is named."""
        frames = [json.loads(frame) for frame in self.frames]
        self.frames.clear()
        return [frame for frame in frames if topic in ("", frame.get("topic"))]
