"""Cancels: accepted one by one, done a little later, and sometimes too late."""

from __future__ import annotations

from exchange_clients.words import Side
from tests.support.quiet_markets import passes
from tests.venue_simulators.edgex.edgex_stage import (
    BTC,
    SOL,
    Trader,
    move,
    printed,
    quick,
    read,
    refusal,
    stage,
)

SLOW = quick(cancel_delay_ns=500_000_000)


def test_a_cancel_is_accepted_and_acts_later() -> None:
    trader = Trader(stage(terms=SLOW))
    order = trader.placed()
    answer = read(trader.post("order/cancelOrderById", orderIdList=[order["id"]]))
    assert answer == {"cancelResultMap": {order["id"]: "SUCCESS"}}
    assert trader.look_up(order["id"])["status"] == "CANCELING"
    passes(trader.simulator, 0.5)
    ended = trader.look_up(order["id"])
    assert (ended["status"], ended["cancelReason"]) == ("CANCELED", "USER_CANCELED")


def test_an_order_can_fill_while_its_cancel_is_on_the_way() -> None:
    script = (move(0.2, 2, [(149.99, 0.0)], []), printed(0.4, 149.98, 300, Side.SELL))
    trader = Trader(stage(*script, terms=SLOW))
    order = trader.placed(price="150.00")
    passes(trader.simulator, 0.1)
    read(trader.post("order/cancelOrderById", orderIdList=[order["id"]]))
    passes(trader.simulator, 1)
    assert trader.look_up(order["id"])["status"] == "FILLED"


def test_each_order_has_an_outcome_of_its_own_in_one_success() -> None:
    trader = Trader(stage())
    filled = trader.placed(price="150.01")
    canceled = trader.placed(timeInForce="IMMEDIATE_OR_CANCEL")
    live = trader.placed()
    wanted = [filled["id"], canceled["id"], live["id"], "12"]
    answer = read(trader.post("order/cancelOrderById", orderIdList=wanted))
    assert answer["cancelResultMap"] == {
        filled["id"]: "FAILED_ORDER_FILLED",
        canceled["id"]: "FAILED_ORDER_CANCELED",
        live["id"]: "SUCCESS",
        "12": "FAILED_ORDER_NOT_FOUND",
    }


def test_orders_are_cancelled_by_the_clients_ids() -> None:
    trader = Trader(stage())
    order = trader.placed(clientOrderId="mine")
    body = {"clientOrderIdList": ["mine", "other"]}
    answer = read(trader.post("order/cancelOrderByClientOrderId", **body))
    passes(trader.simulator, 0.1)
    expected = {"mine": "SUCCESS", "other": "FAILED_ORDER_NOT_FOUND"}
    assert answer["cancelResultMap"] == expected
    assert trader.look_up(order["id"])["status"] == "CANCELED"


def test_a_cancel_that_comes_before_the_verdict_keeps_the_order_from_the_book() -> None:
    trader = Trader(stage(terms=quick(verdict_delay_ns=100_000_000)))
    order_id = read(trader.create(price="150.01"))["orderId"]
    read(trader.post("order/cancelOrderById", orderIdList=[order_id]))
    passes(trader.simulator, 1)
    assert trader.look_up(order_id)["status"] == "CANCELED"
    assert trader.simulator.world.orders("main") == []


def test_cancel_all_without_filters_cancels_everything() -> None:
    trader = Trader(stage())
    orders = [trader.placed(), trader.placed(contractId=BTC, price="79000", size="0.01")]
    answer = read(trader.post("order/cancelAllOrder"))
    assert answer["cancelResultMap"] == {order["id"]: "SUCCESS" for order in orders}
    passes(trader.simulator, 0.1)
    assert read(trader.get("order/getActiveOrderPage"))["dataList"] == []


def test_cancel_all_keeps_to_its_filters() -> None:
    trader = Trader(stage())
    sol = trader.placed()
    stop = trader.placed(
        type="STOP_MARKET", side="SELL", triggerPrice="140", worst="1", isPositionTpsl=True
    )
    btc = trader.placed(contractId=BTC, price="79000", size="0.01")
    for filters, expected in (
        ({"filterContractIdList": [BTC]}, [btc["id"]]),
        ({"filterOrderTypeList": ["STOP_MARKET"]}, [stop["id"]]),
        ({"filterIsPositionTpsl": [False], "filterContractIdList": [SOL]}, [sol["id"]]),
        ({"filterOrderStatusList": ["CANCELING"]}, [btc["id"], stop["id"], sol["id"]]),
    ):
        answer = read(trader.post("order/cancelAllOrder", **filters))
        assert sorted(answer["cancelResultMap"]) == sorted(expected)


def test_nothing_to_cancel_is_a_parameter_missing() -> None:
    trader = Trader(stage())
    answer = trader.post("order/cancelOrderById", orderIdList=[])
    assert refusal(answer) == (400, "GATEWAY_PARAM_REQUIRED")


def test_nobody_cancels_anothers_orders() -> None:
    venue = stage(accounts=("main", "other"))
    order = Trader(venue).placed()
    answer = read(Trader(venue, "other").post("order/cancelOrderById", orderIdList=[order["id"]]))
    assert answer["cancelResultMap"] == {order["id"]: "FAILED_ORDER_NOT_FOUND"}
