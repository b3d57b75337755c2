"""Cancels and changes: queued at once, done a little later; batches; the end of a connection."""

from __future__ import annotations

import json

from tests.support.quiet_markets import passes
from tests.venue_simulators.paradex.paradex_stage import (
    ETH,
    SOL,
    Trader,
    Wire,
    read,
    refusal,
    stage,
    state_of,
)
from venue_simulators.options import SignatureDepth


def test_a_cancel_is_only_queued_by_its_answer() -> None:
    simulator = stage()
    trader = Trader(simulator)
    order = trader.placed()
    answer = trader.ask("DELETE", f"orders/{order['id']}")
    assert (answer.status, answer.body) == (204, b"")
    assert trader.look_up(order["id"])["status"] == "OPEN"
    passes(simulator, 0.01)
    assert state_of(trader.look_up(order["id"])) == ("CLOSED", "1", "", "USER_CANCELED")


def test_a_cancel_may_outrun_the_verdict() -> None:
    simulator = stage()
    trader = Trader(simulator)
    created = read(trader.create(), 201)
    assert trader.ask("DELETE", f"orders/{created['id']}").status == 204
    passes(simulator, 0.1)
    assert trader.look_up(created["id"])["cancel_reason"] == "USER_CANCELED"


def test_a_fill_may_come_between_a_cancel_and_its_effect() -> None:
    simulator = stage(accounts=("main", "other"))
    maker, taker = Trader(simulator), Trader(simulator, "other")
    order = maker.placed(price="150")
    read(taker.create(side="SELL", price="150", instruction="IOC"), 201)
    maker.ask("DELETE", f"orders/{order['id']}")
    passes(simulator, 0.1)
    assert state_of(maker.look_up(order["id"])) == ("CLOSED", "0", "150", "")


def test_a_closed_order_cannot_be_cancelled() -> None:
    trader = Trader(stage())
    order = trader.placed(instruction="IOC")
    assert refusal(trader.ask("DELETE", f"orders/{order['id']}")) == (400, "ORDER_IS_CLOSED")
    assert refusal(trader.ask("DELETE", "orders/17")) == (404, "ORDER_ID_NOT_FOUND")


def test_a_cancel_by_client_id_is_of_the_named_market() -> None:
    simulator = stage()
    trader = Trader(simulator)
    order = trader.placed(client_id="mine")
    elsewhere = trader.ask("DELETE", "orders/by_client_id/mine", f"market={ETH}")
    assert refusal(elsewhere) == (404, "CLIENT_ORDER_ID_NOT_FOUND")
    assert trader.ask("DELETE", "orders/by_client_id/mine", f"market={SOL}").status == 204
    passes(simulator, 0.01)
    assert trader.look_up(order["id"])["status"] == "CLOSED"


def test_everything_in_one_market_is_cancelled_together() -> None:
    simulator = stage()
    trader = Trader(simulator)
    sol, eth = trader.placed(), trader.placed(market=ETH, price="2500")
    assert read(trader.ask("DELETE", "orders", f"market={SOL}")) == {}
    passes(simulator, 0.01)
    assert trader.look_up(sol["id"])["status"] == "CLOSED"
    assert trader.look_up(eth["id"])["status"] == "OPEN"
    trader.ask("DELETE", "orders")
    passes(simulator, 0.01)
    assert trader.get("orders")["results"] == []


def test_accounts_do_not_see_each_others_orders() -> None:
    simulator = stage(accounts=("main", "other"))
    order = Trader(simulator).placed(client_id="mine")
    other = Trader(simulator, "other")
    assert refusal(other.ask("DELETE", f"orders/{order['id']}"))[0] == 404
    assert refusal(other.ask("DELETE", "orders/by_client_id/mine"))[0] == 404
    assert other.get("orders")["results"] == []


# Batches ------------------------------------------------------------------------------------------


def test_a_batch_is_a_bare_array_and_risk_is_judged_one_by_one() -> None:
    trader = Trader(stage())
    trader.placed(client_id="taken")
    batch = [trader.order(client_id="a"), trader.order(client_id="taken")]
    answer = read(trader.ask("POST", "orders/batch", "", batch), 201)
    assert [row["client_id"] for row in answer["orders"]] == ["a"]
    assert [set(row) for row in answer["errors"]] == [{"error", "message"}]
    assert answer["errors"][0]["error"] == "DUPLICATED_CLIENT_ID"


def test_one_bad_signature_takes_the_whole_batch_with_it() -> None:
    trader = Trader(stage())
    good = trader.order()
    batch = [good, trader.order(signed={"size": "2"})]
    answer = trader.ask("POST", "orders/batch", "", batch)
    assert refusal(answer) == (400, "INVALID_ORDER_SIGNATURE")
    assert trader.get("orders-history")["results"] == []
    assert trader.ask("POST", "orders", "", good).status == 201


def test_a_batch_holds_one_to_ten_orders() -> None:
    trader = Trader(stage())
    for size in (0, 11):
        batch = [trader.order() for _ in range(size)]
        answer = trader.ask("POST", "orders/batch", "", batch)
        assert refusal(answer) == (400, "BATCH_SIZE_OUT_OF_RANGE")
    ten = [trader.order() for _ in range(10)]
    assert len(read(trader.ask("POST", "orders/batch", "", ten), 201)["orders"]) == 10


def test_a_batch_that_is_no_array_is_refused() -> None:
    trader = Trader(stage())
    answer = trader.ask("POST", "orders/batch", "", {"orders": []})
    assert refusal(answer) == (400, "BINDING_ERROR")


def test_each_cancel_of_a_batch_has_a_status_of_its_own() -> None:
    simulator = stage()
    trader = Trader(simulator)
    live, named = trader.placed(), trader.placed(client_id="named", price="148")
    closed = trader.placed(instruction="IOC")
    body = {"order_ids": [live["id"], closed["id"], "17"], "client_order_ids": ["named", "none"]}
    rows = read(trader.ask("DELETE", "orders/batch", "", body))["results"]
    assert [row["status"] for row in rows] == [
        "QUEUED_FOR_CANCELLATION",
        "ALREADY_CLOSED",
        "NOT_FOUND",
        "QUEUED_FOR_CANCELLATION",
        "NOT_FOUND",
    ]
    assert [row["id"] for row in rows] == [live["id"], closed["id"], "17", named["id"], ""]
    passes(simulator, 0.01)
    assert trader.get("orders")["results"] == []


# Changes ------------------------------------------------------------------------------------------


def test_a_change_keeps_the_id_and_tells_its_progress() -> None:
    simulator = stage(signatures=SignatureDepth.FULL)
    trader = Trader(simulator, depth=SignatureDepth.FULL)
    order = trader.placed()
    body = trader.change(order, price="148", size="2")
    answer = read(trader.ask("PUT", f"orders/{order['id']}", "", body))
    assert (answer["price"], answer["request_info"]["status"]) == ("149", "PENDING")
    assert answer["request_info"]["request_type"] == "MODIFY_ORDER"
    passes(simulator, 0.01)
    changed = trader.get(f"orders/{order['id']}")
    assert (changed["price"], changed["size"], changed["remaining_size"]) == ("148", "2", "2")
    assert changed["request_info"]["status"] == "PROCESSED"


def test_a_change_that_margin_does_not_allow_leaves_the_order_as_it_was() -> None:
    simulator = stage(balance="100")
    trader = Trader(simulator)
    order = trader.placed()
    trader.ask("PUT", f"orders/{order['id']}", "", trader.change(order, size="1000"))
    passes(simulator, 0.01)
    changed = trader.get(f"orders/{order['id']}")
    assert (changed["size"], changed["status"]) == ("1", "OPEN")
    assert changed["request_info"]["status"] == "REJECTED"
    assert changed["request_info"]["message"] == "NOT_ENOUGH_MARGIN"


def test_a_change_of_an_order_that_has_ended_meanwhile_is_rejected() -> None:
    simulator = stage()
    trader = Trader(simulator)
    order = trader.placed()
    body = trader.change(order, price="148")
    trader.ask("DELETE", f"orders/{order['id']}")
    read(trader.ask("PUT", f"orders/{order['id']}", "", body))
    passes(simulator, 0.1)
    assert trader.look_up(order["id"])["request_info"]["status"] == "REJECTED"


def test_a_trigger_price_can_be_changed_while_the_order_waits() -> None:
    simulator = stage()
    trader = Trader(simulator)
    trader.placed(type="MARKET", price="0", instruction="IOC", size="2")
    order = trader.placed(
        type="STOP_LOSS_MARKET",
        side="SELL",
        price="0",
        trigger_price="145",
        flags=["REDUCE_ONLY"],
    )
    body = trader.change(order, trigger_price="144")
    read(trader.ask("PUT", f"orders/{order['id']}", "", body))
    passes(simulator, 0.01)
    (changed,) = trader.get("orders")["results"]
    assert (changed["id"], changed["status"], changed["trigger_price"]) == (
        order["id"],
        "UNTRIGGERED",
        "144",
    )
    trader.ask("DELETE", "orders")
    passes(simulator, 0.01)
    assert trader.look_up(order["id"])["cancel_reason"] == "USER_CANCELED"


def test_a_change_is_refused_for_what_is_wrong_with_it() -> None:
    simulator = stage()
    trader = Trader(simulator)
    order = trader.placed()
    path = f"orders/{order['id']}"
    stop = trader.placed(type="STOP_MARKET", price="0", trigger_price="154")
    fresh = read(trader.create(price="147"), 201)
    ended = trader.placed(instruction="IOC", price="146")
    assert refusal(trader.ask("PUT", path, "", trader.change(order, side="SELL")))[1] == (
        "VALIDATION_ERROR"
    )
    assert refusal(trader.ask("PUT", path, "", trader.change(order, id=stop["id"])))[1] == (
        "VALIDATION_ERROR"
    )
    wrong = trader.change(order) | {"signature": '["1","2"]'}
    assert refusal(trader.ask("PUT", path, "", wrong))[1] == "INVALID_ORDER_SIGNATURE"
    assert refusal(trader.ask("PUT", path, "", trader.change(order, price="148.0001")))[1] == (
        "INVALID_PRICE_PRECISION"
    )
    triggered = trader.change(order, trigger_price="140")
    assert refusal(trader.ask("PUT", path, "", triggered))[1] == "VALIDATION_ERROR"
    answers = [
        trader.ask("PUT", f"orders/{each['id']}", "", trader.change(each)) for each in (stop, ended)
    ]
    assert [refusal(each)[1] for each in answers] == ["VALIDATION_ERROR", "ORDER_IS_CLOSED"]
    missing = trader.ask("PUT", "orders/17", "", trader.change(order, id="17"))
    assert refusal(missing) == (404, "ORDER_ID_NOT_FOUND")
    assert fresh["status"] == "NEW"
    late = read(trader.create(price="145"), 201)
    early = trader.ask("PUT", f"orders/{late['id']}", "", trader.change(late))
    assert refusal(early) == (400, "ORDER_IS_NOT_OPEN_YET")


# The end of a connection --------------------------------------------------------------------------


def test_a_connection_that_asked_for_it_takes_its_orders_along() -> None:
    simulator = stage()
    trader = Trader(simulator)
    wire = Wire(simulator, trader)
    answer = wire.call("order.cancel_on_disconnect", enabled=True)
    assert answer["result"] == {"enabled": True}
    elsewhere = trader.placed()
    wire.call("order.create", **trader.order(price="148"))
    passes(simulator, 0.01)
    simulator.on_close(wire)
    passes(simulator, 0.01)
    assert [row["id"] for row in trader.get("orders")["results"]] == [elsewhere["id"]]


def test_a_connection_leaves_its_orders_unless_it_was_asked() -> None:
    simulator = stage()
    trader = Trader(simulator)
    wire = Wire(simulator, trader)
    wire.call("order.create", **trader.order())
    simulator.on_close(wire)
    passes(simulator, 0.1)
    assert len(trader.get("orders")["results"]) == 1


def test_order_entry_over_a_socket_takes_the_bodies_of_rest() -> None:
    simulator = stage()
    trader = Trader(simulator)
    wire = Wire(simulator, trader)
    created = wire.call("order.create", **trader.order(client_id="one"))["result"]
    assert created["order"]["status"] == "NEW"
    assert set(created) == {"order", "created_at", "received_at"}
    passes(simulator, 0.01)
    order = trader.get(f"orders/{created['order']['id']}")
    changed = wire.call("order.modify", **trader.change(order, price="148"))["result"]
    assert changed["order"]["request_info"]["status"] == "PENDING"
    passes(simulator, 0.01)
    canceled = wire.call("order.cancel", client_id="one", market=SOL)["result"]
    assert canceled == {"order_id": order["id"], "status": "QUEUED_FOR_CANCELLATION"}
    passes(simulator, 0.01)
    assert wire.call("order.cancel", id=order["id"])["error"]["data"] == "ORDER_IS_CLOSED"
    many = wire.call("order.cancel_batch", order_ids=[order["id"]])["result"]["results"]
    assert many[0]["status"] == "ALREADY_CLOSED"
    assert wire.call("order.cancel_all")["result"] == {"status": "ok"}


def test_a_batch_over_a_socket_tells_an_outcome_for_each_item() -> None:
    simulator = stage()
    trader = Trader(simulator)
    wire = Wire(simulator, trader)
    orders = [trader.order(client_id="x"), trader.order(client_id="x")]
    rows = wire.call("order.create_batch", orders=orders)["result"]["results"]
    assert rows[0]["order"]["client_id"] == "x"
    assert rows[1]["error"]["error"] == "DUPLICATED_CLIENT_ID"
    bare = {"jsonrpc": "2.0", "method": "order.create_batch", "params": [trader.order()], "id": 1}
    assert len(wire.say(bare)["result"]["results"]) == 1


def test_a_refusal_over_a_socket_names_the_code_of_rest() -> None:
    simulator = stage()
    trader = Trader(simulator)
    wire = Wire(simulator, trader)
    error = wire.call("order.create", **trader.order(signed={"price": "1"}))["error"]
    assert (error["code"], error["data"]) == (100, "INVALID_ORDER_SIGNATURE")
    stranger = Wire(simulator, number=2)
    assert stranger.call("order.create", **trader.order())["error"]["code"] == 40300
    assert json.dumps(error)
