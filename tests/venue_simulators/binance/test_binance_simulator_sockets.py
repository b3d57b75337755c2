"""Requests over a WebSocket: signed each by itself, counted as requests of REST are."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from urllib.parse import urlencode

import pytest

from tests.support.quiet_markets import passes
from tests.venue_simulators.binance.binance_stage import Trader, Wire, stage, stop
from tests.venue_simulators.fapi.fapi_stage import SOL, FapiWire, Words, limit, row, rows
from venue_simulators.binance.terms import BinanceTerms
from venue_simulators.ed25519.signatures import tag
from venue_simulators.fapi.rate_limits import Limits

PATH = "/ws-fapi/v1"


def written(value: object) -> str:
    """Return a value as a query holds it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


@dataclass
class Caller:
    """A trader on one connection."""

    trader: Trader
    wire: FapiWire

    @classmethod
    def on(cls, trader: Trader) -> Caller:
        """Return a caller whose connection is open."""
        return cls(trader, Wire(trader.simulator, PATH, number=70))

    def say(self, method: str, **params: object) -> Words:
        """Send a request as it is and return the answer."""
        self.wire.say({"id": "n1", "method": method, "params": params})
        (answer,) = self.wire.take()
        assert answer["id"] == "n1"
        return answer

    def ask(self, method: str, **params: object) -> Words:
        """Send a signed request and return the answer."""
        member = self.trader.member
        now_ms = self.trader.simulator.world.now_ns // 1_000_000
        signed = {"apiKey": member.api_key, "timestamp": now_ms, **params}
        text = urlencode(sorted((name, written(value)) for name, value in signed.items()))
        made = hmac.new(member.secret.encode(), text.encode(), hashlib.sha256).hexdigest()
        return self.say(method, **signed, signature=made)


def test_an_order_is_placed_changed_looked_up_and_cancelled() -> None:
    caller = Caller.on(Trader(stage()))
    placed = caller.ask("order.place", **limit(newClientOrderId="s:1/a"))
    assert (placed["status"], placed["result"]["status"]) == (200, "NEW")
    name = {"symbol": SOL, "origClientOrderId": "s:1/a"}
    changed = caller.ask("order.modify", **name, side="BUY", quantity="2", price="177.00")
    assert changed["result"]["origQty"] == "2.00"
    assert caller.ask("order.status", **name)["result"]["price"] == "177.00"
    assert caller.ask("order.cancel", **name)["result"]["status"] == "CANCELED"
    assert caller.ask("order.cancel", **name) | {"rateLimits": None} == {
        "id": "n1",
        "status": 400,
        "error": {"code": -2011, "msg": "Unknown order sent."},
        "rateLimits": None,
    }


def test_conditional_orders_have_methods_of_their_own() -> None:
    caller = Caller.on(Trader(stage()))
    terms = limit(type="STOP_MARKET", stopPrice="170.00")
    assert caller.ask("order.place", **terms)["error"]["code"] == -4120
    placed = caller.ask("algoOrder.place", **stop(clientAlgoId="a1", reduceOnly=True))
    assert (placed["result"]["algoStatus"], placed["result"]["reduceOnly"]) == ("NEW", True)
    assert caller.ask("algoOrder.cancel", clientAlgoId="a1")["result"]["code"] == "200"


@pytest.mark.parametrize(
    ("method", "kind"),
    [
        ("account.status", dict),
        ("v2/account.status", dict),
        ("account.balance", list),
        ("v2/account.balance", list),
        ("account.position", list),
        ("v2/account.position", list),
    ],
)
def test_the_account_is_told(method: str, kind: type) -> None:
    answer = Caller.on(Trader(stage())).ask(method)
    assert isinstance(answer["result"], kind)


def test_what_is_public_needs_no_signature() -> None:
    caller = Caller.on(Trader(stage()))
    assert caller.say("depth", symbol=SOL, limit=5)["result"]["bids"][0][0] == "179.98"
    assert caller.say("ticker.book", symbol=SOL)["result"]["askPrice"] == "180.02"
    assert caller.say("ticker.price", symbol=SOL)["result"]["symbol"] == SOL


def test_listen_keys_need_the_key_alone() -> None:
    trader = Trader(stage())
    caller, key = Caller.on(trader), trader.member.api_key
    assert caller.say("userDataStream.ping", apiKey=key)["error"]["code"] == -1125
    started = caller.say("userDataStream.start", apiKey=key)["result"]["listenKey"]
    assert caller.say("userDataStream.ping", apiKey=key)["result"]["listenKey"] == started
    assert caller.say("userDataStream.stop", apiKey=key)["result"] == {}


def test_a_signature_covers_every_parameter() -> None:
    caller = Caller.on(Trader(stage()))
    now_ms = caller.trader.simulator.world.now_ns // 1_000_000
    forged = {"apiKey": caller.trader.member.api_key, "timestamp": now_ms, "signature": "00"}
    assert caller.say("order.place", **limit(), **forged)["error"]["code"] == -1022
    unsigned = {name: value for name, value in forged.items() if name != "signature"}
    assert caller.say("order.place", **limit(), **unsigned)["error"]["code"] == -1102
    assert caller.say("order.place", **limit())["status"] == 401
    assert caller.ask("order.place", **limit(timestamp=now_ms - 6000))["error"]["code"] == -1021


def test_a_private_key_signs_in_plain_base64_here() -> None:
    trader = Trader(stage())
    caller = Caller.on(trader)
    now_ms = trader.simulator.world.now_ns // 1_000_000
    signed: dict[str, object] = {"apiKey": trader.member.curve_api_key, "timestamp": now_ms}
    text = urlencode(sorted((name, str(value)) for name, value in signed.items()))
    made = base64.b64encode(tag(text.encode())).decode()
    assert caller.say("v2/account.balance", **signed, signature=made)["status"] == 200


def test_answers_count_what_was_used() -> None:
    trader = Trader(stage())
    caller = Caller.on(trader)
    answer = caller.ask("order.place", **limit())
    counted = {
        (one["rateLimitType"], one["interval"]): one["count"] for one in answer["rateLimits"]
    }
    assert counted == {
        ("REQUEST_WEIGHT", "MINUTE"): 5,
        ("ORDERS", "MINUTE"): 1,
        ("ORDERS", "SECOND"): 1,
    }
    assert len(rows(trader.ask("GET", "openOrders", symbol=SOL))) == 1


def test_a_refusal_for_too_many_requests_says_when_to_return() -> None:
    limits = Limits(weight_a_minute=6, tells_retry_after=True)
    caller = Caller.on(Trader(stage(terms=BinanceTerms(limits=limits))))
    refused = caller.say("depth", symbol=SOL, limit=5)
    assert (refused["status"], refused["error"]["code"]) == (429, -1003)
    assert refused["error"]["data"]["retryAfter"] == 60


@pytest.mark.parametrize("frame", ["", "[]", "7", '{"id":1}', '{"id":1,"method":"order.fly"}'])
def test_what_is_no_request_is_refused(frame: str) -> None:
    caller = Caller.on(Trader(stage()))
    caller.trader.simulator.on_frame(caller.wire, frame)
    (answer,) = caller.wire.take()
    assert answer["status"] == 400


@pytest.mark.parametrize("params", [[], {"symbol": None}, {"symbol": [1]}])
def test_parameters_are_texts_numbers_and_truths(params: object) -> None:
    caller = Caller.on(Trader(stage()))
    caller.wire.say({"id": 1, "method": "depth", "params": params})
    (answer,) = caller.wire.take()
    assert answer["status"] == 400


def test_nothing_is_pushed_here() -> None:
    trader = Trader(stage())
    caller = Caller.on(trader)
    row(trader.keyed("POST", "listenKey"))
    caller.ask("order.place", **limit())
    passes(trader.simulator, 2)
    assert caller.wire.take() == []
    trader.simulator.on_close(caller.wire)
    trader.simulator.on_frame(caller.wire, "{}")
    assert caller.wire.take() == []
