"""What tests of Aster and Binance share: orders, connections and answers in the dialect of both."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, ClassVar

from exchange_clients.base_models import ContractId
from tests.support.quiet_markets import FarEnd
from venue_simulators.simulator import VenueSimulator
from venue_simulators.wire import HttpRequest, HttpResponse

Words = dict[str, Any]  # JSON of many shapes
SOL, BTC = ContractId("SOLUSDT"), ContractId("BTCUSDT")


def without_none(words: dict[str, object]) -> dict[str, object]:
    """Return parameters without those that are left out."""
    return {name: value for name, value in words.items() if value is not None}


def limit(**changes: object) -> dict[str, object]:
    """Return a limit bid of 1 SOL below the market; None leaves a parameter out."""
    order: dict[str, object] = {
        "symbol": SOL,
        "side": "BUY",
        "type": "LIMIT",
        "timeInForce": "GTC",
        "quantity": "1.00",
        "price": "178.00",
    }
    return without_none(order | changes)


def at_market(side: str, quantity: str, **changes: object) -> dict[str, object]:
    """Return changes that make a market order of a limit order."""
    unpriced = {"price": None, "timeInForce": None}
    return {"side": side, "type": "MARKET", "quantity": quantity, **unpriced, **changes}


@dataclass
class FapiWire(FarEnd):
    """One WebSocket connection, as its client sees it."""

    service: ClassVar[str]

    simulator: VenueSimulator
    path: str = ""
    query: str = ""
    number: int = 1

    def __post_init__(self) -> None:
        self.request = HttpRequest(self.service, "GET", self.path, self.query)
        refused = self.simulator.on_open(self)
        assert refused is None, refused

    def subscribe(self, *streams: str, method: str = "SUBSCRIBE") -> None:
        """Subscribe to streams by a frame."""
        self.say({"method": method, "params": list(streams), "id": 1})

    def say(self, words: object) -> None:
        """Send a frame to the venue."""
        self.simulator.on_frame(self, json.dumps(words))

    def take(self, event: str = "") -> list[Words]:
        """Return what came since the last look, of one kind of event if it is named."""
        frames = [json.loads(frame) for frame in self.frames]
        self.frames.clear()
        bare = [frame.get("data", frame) if isinstance(frame, dict) else frame for frame in frames]
        return [one for one in bare if not event or _is(one, event)]


def _is(frame: object, event: str) -> bool:
    if isinstance(frame, list):
        return bool(frame) and frame[0].get("e") == event
    return isinstance(frame, dict) and frame.get("e") == event


def row(response: HttpResponse) -> Words:
    """Return the JSON object of a success."""
    value = _read(response)
    assert isinstance(value, dict)
    return value


def rows(response: HttpResponse) -> list[Words]:
    """Return the JSON list of a success."""
    value = _read(response)
    assert isinstance(value, list)
    return value


def refusal(response: HttpResponse) -> tuple[int, int]:
    """Return status and code of a refusal."""
    value = json.loads(response.body)
    assert set(value) == {"code", "msg"}, value
    assert isinstance(value["msg"], str)
    return response.status, value["code"]


def _read(response: HttpResponse) -> object:
    assert response.status == 200, response
    found: object = json.loads(response.body)
    return found
