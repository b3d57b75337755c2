"""A Backpack of one or two quiet markets, and a caller that signs by rules of its own."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Unpack

from nacl.signing import SigningKey

from exchange_clients.base_models import NS, ContractId
from exchange_clients.events import BookDelta
from exchange_clients.paper.sources.base import SourceEvent
from tests.support.quiet_markets import Book, FarEnd, QuietMarkets, Wanted
from venue_simulators.backpack.habits import Habits
from venue_simulators.backpack.listing import MARKETS
from venue_simulators.backpack.simulator import BackpackSimulator, build
from venue_simulators.ed25519.signatures import KEY_PAIRS, KeyPair, tag
from venue_simulators.options import SignatureDepth
from venue_simulators.wire import HttpRequest, HttpResponse

SOL = ContractId("SOL_USDC_PERP")
START_NS = 1_795_204_800 * NS
"""2026-11-20 20:00 UTC."""
START_MS = START_NS // 1_000_000
BOOKS: Mapping[ContractId, Book] = {
    SOL: (((179.99, 20.0), (179.98, 40.0)), ((180.01, 20.0), (180.02, 40.0))),
}


QUIET = QuietMarkets(BOOKS, [one.market for one in MARKETS], START_NS, SignatureDepth.FULL)
move = QUIET.move


def crash() -> BookDelta:
    """Return a fall of the SOL market to 150 after a second."""
    return move(
        1,
        2,
        [(179.98, 0.0), (179.99, 0.0), (149.99, 40.0)],
        [(180.01, 0.0), (180.02, 0.0), (150.01, 40.0)],
    )


def stage(
    *script: SourceEvent, habits: Habits | None = None, **wanted: Unpack[Wanted]
) -> BackpackSimulator:
    """Return a venue with the SOL market, a tenth of a second after its opening."""
    return QUIET.opened(build(QUIET.options(script, **wanted), habits))


@dataclass
class Caller:
    """Someone with a key; builds the signed string from the documents, not from the venue."""

    simulator: BackpackSimulator
    pair: KeyPair = KEY_PAIRS[0]
    window: int | None = 5000

    def get(self, path: str, **params: object) -> HttpResponse:
        """Ask for something public."""
        query = "&".join(f"{name}={value}" for name, value in params.items())
        return self.simulator.handle(HttpRequest("rest", "GET", path, query))

    def signed_get(self, path: str, instruction: str, **params: object) -> HttpResponse:
        """Ask for something private."""
        query = "&".join(f"{name}={value}" for name, value in params.items())
        headers = self.headers(self.text(instruction, params))
        return self.simulator.handle(HttpRequest("rest", "GET", path, query, headers))

    def send(
        self, method: str, path: str, instruction: str, body: Mapping[str, object]
    ) -> HttpResponse:
        """Send a signed JSON object."""
        headers = self.headers(self.text(instruction, body))
        raw = json.dumps(body).encode()
        return self.simulator.handle(HttpRequest("rest", method, path, "", headers, raw))

    def place(self, **order: object) -> HttpResponse:
        """Place an order; what is no whole order changes a limit bid of 1 SOL at 170.00."""
        whole = {"symbol", "orderType"} <= order.keys()
        body = order if whole else limit(**order)
        return self.send("POST", "/api/v1/order", "orderExecute", body)

    def cancel(self, **names: object) -> HttpResponse:
        """Cancel an order by the names given."""
        return self.send("DELETE", "/api/v1/order", "orderCancel", {"symbol": SOL, **names})

    def batch(self, *orders: Mapping[str, object]) -> HttpResponse:
        """Place a batch."""
        text = "&".join(self.text("orderExecute", order) for order in orders)
        raw = json.dumps(orders).encode()
        request = HttpRequest("rest", "POST", "/api/v1/orders", "", self.headers(text), raw)
        return self.simulator.handle(request)

    def text(self, instruction: str, params: Mapping[str, object]) -> str:
        """Return instruction and sorted parameters."""
        pairs = [f"{name}={_worded(params[name])}" for name in sorted(params)]
        return "&".join([f"instruction={instruction}", *pairs])

    def headers(self, text: str) -> dict[str, str]:
        """Return the headers of a request whose parameters are signed as ``text``."""
        now_ms = self.simulator.world.now_ns // 1_000_000
        window = 5000 if self.window is None else self.window
        signature = signed(self.pair, f"{text}&timestamp={now_ms}&window={window}")
        headers = {
            "x-api-key": self.pair.public_key,
            "x-timestamp": str(now_ms),
            "x-signature": signature,
            "content-type": "application/json; charset=utf-8",
        }
        return headers if self.window is None else headers | {"x-window": str(window)}

    def signature_words(self) -> list[str]:
        """Return the signature of a SUBSCRIBE."""
        now_ms = str(self.simulator.world.now_ns // 1_000_000)
        text = f"instruction=subscribe&timestamp={now_ms}&window=5000"
        return [self.pair.public_key, signed(self.pair, text), now_ms, "5000"]


def signed(pair: KeyPair, text: str) -> str:
    """Return an Ed25519 signature in base64."""
    key = SigningKey(base64.b64decode(pair.secret_key))
    return base64.b64encode(key.sign(text.encode()).signature).decode()


def tagged(text: str) -> str:
    """Return the tag that stands for a signature, in base64."""
    return base64.b64encode(tag(text.encode())).decode()


def limit(**changes: object) -> dict[str, object]:
    """Return a limit bid of 1 SOL far below the market; None leaves a field out."""
    order: dict[str, object] = {
        "symbol": SOL,
        "side": "Bid",
        "orderType": "Limit",
        "price": "170.00",
        "quantity": "1.00",
        **changes,
    }
    return {name: value for name, value in order.items() if value is not None}


def market(side: str, quantity: str | None, **changes: object) -> dict[str, object]:
    """Return a market order in SOL."""
    return limit(side=side, orderType="Market", price=None, quantity=quantity, **changes)


@dataclass
class Wire(FarEnd):
    """One WebSocket connection, as its client sees it."""

    simulator: BackpackSimulator
    number: int = 1
    request: HttpRequest = field(default_factory=lambda: HttpRequest("ws", "GET", "/"))

    def __post_init__(self) -> None:
        assert self.simulator.on_open(self) is None

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Take the end of the connection from the venue."""
        raise AssertionError(f"closed with {code} {reason}")

    def subscribe(self, *streams: str, signature: Sequence[str] | None = None) -> None:
        """Subscribe, with a signature if one is given."""
        words: dict[str, object] = {"method": "SUBSCRIBE", "params": list(streams)}
        if signature is not None:
            words["signature"] = list(signature)
        self.say(words)

    def say(self, words: object) -> None:
        """Send a frame to the venue."""
        self.simulator.on_frame(self, json.dumps(words))

    def take(self, stream: str = "") -> list[dict[str, object]]:
        """Return what came since the last look, of one stream if it is named."""
        frames = [json.loads(frame) for frame in self.frames]
        self.frames.clear()
        return [
            frame if not stream else frame["data"]
            for frame in frames
            if not stream or frame.get("stream") == stream
        ]


def read(response: HttpResponse) -> object:
    """Return the JSON of a success."""
    assert response.status == 200, response
    return json.loads(response.body)


def row(response: HttpResponse) -> dict[str, object]:
    """Return the JSON object of a success."""
    value = read(response)
    assert isinstance(value, dict)
    return value


def rows(response: HttpResponse) -> list[dict[str, object]]:
    """Return the JSON list of a success."""
    value = read(response)
    assert isinstance(value, list)
    return value


def refusal(response: HttpResponse) -> tuple[int, str, str]:
    """Return status, code and message of a refusal in JSON."""
    value = json.loads(response.body)
    assert set(value) == {"code", "message"}, value
    return response.status, value["code"], value["message"]


def plain_text(response: HttpResponse) -> tuple[int, str]:
    """Return status and text of an answer in plain text."""
    assert response.headers["content-type"].startswith("text/plain")
    return response.status, response.body.decode()


def _worded(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
