"""Orders over the socket: acknowledgements there too, out of one budget with REST."""

from __future__ import annotations

import pytest

from tests.support.quiet_markets import passes
from tests.venue_simulators.bybit.bybit_stage import SOL, Trader, Wire, Words, read, stage
from venue_simulators.bybit.terms import BybitTerms
from venue_simulators.wire import HttpRequest


def command(trader: Trader, op: str, *args: object, **words: object) -> Words:
    header = {"X-BAPI-TIMESTAMP": str(trader.now_ms), "X-BAPI-RECV-WINDOW": "5000"}
    return {"op": op, "header": header, "args": list(args), **words}


def order(trader: Trader, **changes: object) -> Words:
    return {"category": "linear", **trader.order(**changes)}


def connected() -> tuple[Trader, Wire]:
    trader = Trader(stage())
    return trader, Wire(trader.simulator, "ws_trade", trader)


def test_a_login_is_answered_with_a_code_and_not_repeated() -> None:
    trader = Trader(stage())
    wire = Wire(trader.simulator, "ws_trade")
    first = wire.log_in(trader)
    assert (first["retCode"], first["op"]) == (0, "auth")
    assert "connId" in first
    assert wire.log_in(trader)["retCode"] == 20001


def test_a_bad_login_says_what_is_wrong() -> None:
    trader = Trader(stage())
    wire = Wire(trader.simulator, "ws_trade")
    expires = trader.now_ms + 9000
    assert wire.say(op="auth", args=[trader.key, expires, "0" * 64])["retCode"] == 10004
    assert wire.say(op="auth", args=[])["retCode"] == 10001


def test_an_order_is_acknowledged_by_its_request_id_and_judged_later() -> None:
    trader, wire = connected()
    answer = wire.say(**command(trader, "order.create", order(trader), reqId="r1"))
    assert (answer["reqId"], answer["retCode"], answer["op"]) == ("r1", 0, "order.create")
    assert set(answer["data"]) == {"orderId", "orderLinkId"}
    assert answer["header"]["X-Bapi-Limit"] == "10"
    assert answer["header"]["Timenow"] == str(trader.now_ms)
    passes(trader.simulator, 0.01)
    assert trader.look_up(answer["data"]["orderId"])["orderStatus"] == "New"


def test_amending_and_cancelling_work_alike() -> None:
    trader, wire = connected()
    placed = trader.placed()
    name = {"category": "linear", "symbol": SOL, "orderId": placed["orderId"]}
    change = {**name, "price": "141"}
    assert wire.say(**command(trader, "order.amend", change))["retCode"] == 0
    passes(trader.simulator, 0.01)
    assert trader.look_up(placed["orderId"])["price"] == "141.000"
    assert wire.say(**command(trader, "order.cancel", name))["retCode"] == 0
    passes(trader.simulator, 0.01)
    assert wire.say(**command(trader, "order.cancel", name))["retCode"] == 110010


def test_a_batch_carries_the_codes_of_its_items_beside_the_data() -> None:
    trader, wire = connected()
    batch = {"category": "linear", "request": [trader.order(), trader.order(qty="0")]}
    answer = wire.say(**command(trader, "order.create-batch", batch))
    assert [row["code"] for row in answer["retExtInfo"]["list"]] == [0, 10001]
    assert [bool(row["orderId"]) for row in answer["data"]["list"]] == [True, False]
    assert answer["header"]["X-Bapi-Limit-Status"] == "8"


def test_a_refusal_comes_with_the_codes_of_rest() -> None:
    trader, wire = connected()
    answer = wire.say(**command(trader, "order.create", order(trader, qty="0.05"), reqId="r"))
    assert (answer["retCode"], answer["reqId"]) == (10001, "r")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"op": "order.dance"}, 10404),
        ({"args": []}, 10001),
        ({"args": [{}, {}]}, 10001),
        ({"args": None}, 10001),
        ({"header": {}}, 10001),
        ({"header": {"X-BAPI-TIMESTAMP": "1"}}, 10002),
        ({"reqId": "x" * 37}, 10001),
    ],
)
def test_a_command_that_cannot_be_read_is_refused(changes: Words, code: int) -> None:
    trader, wire = connected()
    words = command(trader, "order.create", order(trader)) | changes
    assert wire.say(**words)["retCode"] == code


def test_a_request_id_is_used_once() -> None:
    trader, wire = connected()
    assert wire.say(**command(trader, "order.create", order(trader), reqId="r"))["retCode"] == 0
    answer = wire.say(**command(trader, "order.create", order(trader), reqId="r"))
    assert answer["retCode"] == 20006


def test_without_a_login_no_order_is_taken() -> None:
    trader = Trader(stage())
    wire = Wire(trader.simulator, "ws_trade")
    assert wire.say(**command(trader, "order.create", order(trader)))["retCode"] == 10007


def test_the_budget_is_shared_with_rest() -> None:
    trader = Trader(stage(terms=BybitTerms()))
    wire = Wire(trader.simulator, "ws_trade", trader)
    for _ in range(10):
        read(trader.create(qty="0.1"))
    answer = wire.say(**command(trader, "order.create", order(trader)))
    assert answer["retCode"] == 10006


def test_demo_has_no_trade_socket() -> None:
    simulator = stage(terms=BybitTerms("demo"))
    trader = Trader(simulator)
    wire = Wire(simulator, "ws_private", trader)
    assert wire.closed is None

    class Refused:
        number = 9
        request = HttpRequest("ws_trade", "GET", "/v5/trade")

        def send(self, frame: str | bytes) -> None:
            raise AssertionError(frame)

        def close(self, code: int = 1000, reason: str = "") -> None:
            raise AssertionError(code, reason)

    refused = simulator.on_open(Refused())
    assert refused is not None
    assert refused.status == 404
