"""An OKX of one market that is moved by hand, and callers that sign by rules of their own."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from exchange_clients.base_models import NS, ContractId, Side
from venue_simulators.okx.listing import MARKETS
from venue_simulators.okx.signatures import KeySet
from venue_simulators.okx.simulator import OkxSimulator, build
from venue_simulators.okx.terms import OkxTerms
from venue_simulators.options import SignatureDepth, SimulatorOptions
from venue_simulators.scripted_source import START_NS, Levels, ScriptedMarket
from venue_simulators.wire import Frame, HttpRequest, HttpResponse

BTC = ContractId("BTC-USDT-SWAP")
BTC_CODE = 20_001
D = Decimal
BIDS: Levels = ((D("89999.9"), D("1")), (D("89999.8"), D("2")))
ASKS: Levels = ((D("90000.1"), D("1")), (D("90000.2"), D("2")))
START_MS = START_NS // 1_000_000
Json = dict[str, Any]  # the venue's own words, which a test looks into


@dataclass
class Stage:
    """The venue, its market and its first account."""

    simulator: OkxSimulator
    market: ScriptedMarket
    opened: int = 0

    @property
    def now_ms(self) -> int:
        """The venue's present."""
        return self.simulator.world.now_ns // 1_000_000

    def passes(self, seconds: float) -> None:
        """Let time pass."""
        self.simulator.advance(self.simulator.world.now_ns + round(seconds * NS))

    def show(self, bid: str, ask: str) -> None:
        """Show one level of 10 BTC a side."""
        self.market.set_quote(BTC, (D(bid), D(10)), (D(ask), D(10)))
        self.passes(0.2)

    def prints(self, price: str, size: str, aggressor: Side = Side.BUY) -> None:
        """Let strangers trade, ``size`` in BTC."""
        self.market.print_trade(BTC, D(price), D(size), aggressor)
        self.passes(0.2)

    def caller(self, account: str = "main") -> Caller:
        """Return somebody with the keys of an account."""
        return Caller(self.simulator, self.simulator.keys[account])

    def wire(self, path: str, account: str | None = None) -> Wire:
        """Open a connection, and log in if an account is named."""
        self.opened += 1
        # No more than three connections a second are let in.
        self.passes(0.4)
        wire = Wire(self, self.opened, f"/ws/v5/{path}")
        if account is not None:
            wire.log_in(self.simulator.keys[account])
            assert wire.take()[-1]["event"] == "login"
        return wire


def stage(
    *,
    accounts: tuple[str, ...] = ("main",),
    balance: str = "100000",
    terms: OkxTerms | None = None,
    signatures: SignatureDepth = SignatureDepth.FULL,
) -> Stage:
    """Return a venue with BTC-USDT-SWAP, two levels a side around 90000."""
    btc = next(one.market for one in MARKETS if one.market.contract_id == BTC)
    market = ScriptedMarket({btc: (BIDS, ASKS)})
    options = SimulatorOptions(
        symbols=("BTC",),
        balance=D(balance),
        accounts=accounts,
        source=market,
        signatures=signatures,
    )
    made = Stage(build(options, terms), market)
    made.passes(0.1)
    return made


@dataclass
class Caller:
    """Somebody with keys; builds the signed text from the documents, not from the venue."""

    simulator: OkxSimulator
    keys: KeySet
    headers: Mapping[str, str] = field(default_factory=dict)
    """These replace those that a right request would have."""

    def get(self, path: str, **params: object) -> HttpResponse:
        """Ask for something, signed."""
        return self._send("GET", path, urlencode(params), b"")

    def ask(self, path: str, **params: object) -> HttpResponse:
        """Ask for something public."""
        request = HttpRequest("rest", "GET", f"/api/v5/{path}", urlencode(params))
        return self.simulator.handle(request)

    def post(self, path: str, body: object) -> HttpResponse:
        """Send JSON, signed."""
        return self._send("POST", path, "", json.dumps(body).encode())

    def rows(self, path: str, **params: object) -> list[Json]:
        """Return the rows of a signed question."""
        return rows(self.get(path, **params))

    def place(self, **changes: object) -> Json:
        """Place an order; what is not named is of a bid for one contract at 89000."""
        return row(self.post("trade/order", order(**changes)))

    def refused(self, **changes: object) -> str:
        """Place an order and return the code of its refusal."""
        return item_code(self.post("trade/order", order(**changes)))

    def cancel(self, **names: object) -> HttpResponse:
        """Cancel an order by the names given."""
        return self.post("trade/cancel-order", {"instId": BTC, **names})

    def order(self, **names: object) -> Json:
        """Return one order."""
        (one,) = self.rows("trade/order", instId=BTC, **names)
        return one

    def algo(self, **changes: object) -> Json:
        """Place an algo order; what is not named is of a stop that sells one contract."""
        return row(self.post("trade/order-algo", algo(**changes)))

    def position(self) -> Json:
        """Return the one position there is."""
        (one,) = self.rows("account/positions", instType="SWAP")
        return one

    def _send(self, method: str, path: str, query: str, body: bytes) -> HttpResponse:
        return self.simulator.handle(self.request(method, path, query, body))

    def request(self, method: str, path: str, query: str = "", body: bytes = b"") -> HttpRequest:
        """Return a signed request."""
        path = f"/api/v5/{path}"
        at = datetime.fromtimestamp(self.simulator.world.now_ns / NS, UTC)
        timestamp = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        timestamp = self.headers.get("ok-access-timestamp", timestamp)
        whole = f"{path}?{query}" if query else path
        headers = {
            "ok-access-key": self.keys.api_key,
            "ok-access-passphrase": self.keys.passphrase,
            "ok-access-timestamp": timestamp,
            "ok-access-sign": signed(self.keys.secret, timestamp + method + whole, body),
            "content-type": "application/json",
            **self.headers,
        }
        return HttpRequest("rest", method, path, query, headers, body)


def signed(secret: str, text: str, body: bytes = b"") -> str:
    """Return an HMAC in base64."""
    digest = hmac.new(secret.encode(), text.encode() + body, hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def order(**changes: object) -> Json:
    """Return a bid for one contract far below the market; None leaves a field out."""
    whole: Json = {
        "instId": BTC,
        "tdMode": "cross",
        "side": "buy",
        "ordType": "limit",
        "sz": "1",
        "px": "89000",
        **changes,
    }
    if whole["ordType"] in ("market", "optimal_limit_ioc"):
        whole["px"] = None
    return {name: value for name, value in whole.items() if value is not None}


def market(side: str = "buy", sz: str = "1", **changes: object) -> Json:
    """Return the changes that make a market order."""
    return {"side": side, "sz": sz, "ordType": "market", **changes}


def algo(**changes: object) -> Json:
    """Return a stop that sells one contract at the market; None leaves a field out."""
    whole: Json = {
        "instId": BTC,
        "tdMode": "cross",
        "side": "sell",
        "ordType": "trigger",
        "sz": "1",
        "triggerPx": "88000",
        "orderPx": "-1",
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not None}


@dataclass
class Wire:
    """One WebSocket connection, as its client sees it."""

    stage: Stage
    number: int
    path: str
    frames: list[Frame] = field(default_factory=list)
    closed: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.request = HttpRequest("ws_public", "GET", self.path)
        self.refusal = self.stage.simulator.on_open(self)

    def send(self, frame: Frame) -> None:
        """Take a frame from the venue."""
        self.frames.append(frame)

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Take the end of the connection from the venue."""
        del reason
        self.closed.append(code)

    def say(self, words: object) -> None:
        """Send a frame to the venue."""
        text = words if isinstance(words, str) else json.dumps(words)
        self.stage.simulator.on_frame(self, text)

    def subscribe(self, *args: Json) -> None:
        """Subscribe."""
        self.say({"op": "subscribe", "args": list(args)})

    def follow(self, channel: str, **arg: object) -> None:
        """Subscribe to a channel and forget what it begins with."""
        self.subscribe({"channel": channel, **arg})
        events = [one.get("event") for one in self.take()]
        assert "subscribe" in events, events

    def log_in(self, keys: KeySet, **changes: object) -> None:
        """Log in."""
        timestamp = str(self.stage.simulator.world.now_ns // NS)
        timestamp = str(changes.pop("timestamp", timestamp))
        arg: Json = {
            "apiKey": keys.api_key,
            "passphrase": keys.passphrase,
            "timestamp": timestamp,
            "sign": signed(keys.secret, f"{timestamp}GET/users/self/verify"),
            **changes,
        }
        self.say({"op": "login", "args": [arg]})

    def take(self, channel: str = "") -> list[Json]:
        """Return what came since the last look but pongs, of one channel the frames with data."""
        frames = [json.loads(frame) for frame in self.frames if frame != "pong"]
        self.frames.clear()
        return [
            frame
            for frame in frames
            if not channel or ("data" in frame and frame["arg"]["channel"] == channel)
        ]

    def rows(self, channel: str) -> list[Json]:
        """Return the rows of one channel that came since the last look."""
        return [one for frame in self.take(channel) for one in frame["data"]]

    def code(self) -> str:
        """Return the code of the last error."""
        last = self.take()[-1]
        assert last["event"] == "error", last
        return str(last["code"])


def body(response: HttpResponse) -> Json:
    """Return the JSON of an answer."""
    value = json.loads(response.body)
    assert isinstance(value, dict)
    return value


def rows(response: HttpResponse) -> list[Json]:
    """Return the rows of a success."""
    value = body(response)
    assert (response.status, value["code"], value["msg"]) == (200, "0", ""), value
    found = value["data"]
    assert isinstance(found, list)
    return found


def row(response: HttpResponse) -> Json:
    """Return the one row of a success."""
    (one,) = rows(response)
    assert isinstance(one, dict)
    return one


def refusal(response: HttpResponse) -> tuple[int, str]:
    """Return status and code of a request that was refused as a whole."""
    value = body(response)
    assert value["data"] == [], value
    return response.status, value["code"]


def item_code(response: HttpResponse) -> str:
    """Return the code of the one item of a request, all of which was refused."""
    value = body(response)
    assert (response.status, value["code"]) == (200, "1"), value
    (one,) = value["data"]
    assert one["sMsg"], "a refusal says why"
    return str(one["sCode"])


def states(pushed: Sequence[Json]) -> list[str]:
    """Return the states that an order went through."""
    return [str(one["state"]) for one in pushed]
