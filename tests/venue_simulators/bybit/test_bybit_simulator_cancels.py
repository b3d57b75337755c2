"""Cancelling and amending: acknowledgements, and what comes of them."""

from __future__ import annotations

import pytest

from exchange_clients.base_models import NS
from exchange_clients.words import Side
from tests.support.quiet_markets import passes
from tests.venue_simulators.bybit.bybit_stage import (
    BTC,
    SOL,
    Trader,
    Wire,
    printed,
    read,
    refusal,
    stage,
)


def test_a_cancel_is_acknowledged_before_it_acts() -> None:
    trader = Trader(stage())
    order = trader.placed()
    names = read(trader.post("order/cancel", symbol=SOL, orderId=order["orderId"]))
    assert names == {"orderId": order["orderId"], "orderLinkId": "link-1"}
    assert trader.look_up(order["orderId"])["orderStatus"] == "New"
    passes(trader.simulator, 0.01)
    ended = trader.look_up(order["orderId"])
    assert (ended["orderStatus"], ended["cancelType"], ended["rejectReason"]) == (
        "Cancelled",
        "CancelByUser",
        "EC_PerCancelRequest",
    )


def test_a_cancel_may_overtake_no_create() -> None:
    trader = Trader(stage())
    read(trader.create(orderLinkId="fast"))
    names = read(trader.post("order/cancel", symbol=SOL, orderLinkId="fast"))
    passes(trader.simulator, 0.01)
    assert trader.look_up(names["orderId"])["orderStatus"] == "Cancelled"


def test_what_cannot_be_cancelled_says_why() -> None:
    trader = Trader(stage())
    assert refusal(trader.post("order/cancel", symbol=SOL, orderId="none")) == 110001
    filled = trader.bought()
    assert refusal(trader.post("order/cancel", symbol=SOL, orderId=filled["orderId"])) == 110008
    gone = trader.placed()
    read(trader.post("order/cancel", symbol=SOL, orderId=gone["orderId"]))
    passes(trader.simulator, 0.01)
    assert refusal(trader.post("order/cancel", symbol=SOL, orderId=gone["orderId"])) == 110010
    assert refusal(trader.post("order/cancel", symbol=BTC, orderId=gone["orderId"])) == 110001
    assert refusal(trader.post("order/cancel", symbol=SOL)) == 10001


def test_the_venues_id_goes_before_the_clients() -> None:
    trader = Trader(stage())
    first, second = trader.placed(), trader.placed()
    names = read(
        trader.post(
            "order/cancel",
            symbol=SOL,
            orderId=first["orderId"],
            orderLinkId=second["orderLinkId"],
        )
    )
    assert names["orderId"] == first["orderId"]


def test_a_cancel_that_comes_too_late_is_told_as_a_second_end() -> None:
    """The fill happens between acknowledgement and act; both reports say Filled."""
    trader = Trader(stage(printed(1.0, 149.9, 50.0, Side.SELL)))
    simulator = trader.simulator
    order = trader.placed(price="149.99")
    wire = Wire(simulator, "ws_private", trader)
    wire.subscribe("order")
    simulator.advance(1_795_200_001 * NS - 1_000_000)
    read(trader.post("order/cancel", symbol=SOL, orderId=order["orderId"]))
    passes(simulator, 1)
    told = [
        (row["orderStatus"], row["cancelType"], row["rejectReason"])
        for frame in wire.take("order")
        for row in frame["data"]
    ]
    assert told == [
        ("Filled", "UNKNOWN", "EC_NoError"),
        ("Filled", "CancelByUser", "EC_OrigClOrdIDDoesNotExist"),
    ]


# Cancelling all ----------------------------------------------------------------------------------


def test_cancel_all_ends_one_market_or_all() -> None:
    trader = Trader(stage())
    trader.placed()
    trader.acknowledged(symbol=BTC, price="85000", qty="0.01")
    answer = read(trader.post("order/cancel-all", symbol=SOL, settleCoin="USDT"))
    assert answer["success"] == "1"
    assert [row["orderLinkId"] for row in answer["list"]] == ["link-1"]
    passes(trader.simulator, 0.01)
    answer = read(trader.post("order/cancel-all", baseCoin="BTC"))
    assert [row["orderLinkId"] for row in answer["list"]] == ["link-2"]
    passes(trader.simulator, 0.01)
    assert read(trader.post("order/cancel-all", settleCoin="USDT"))["list"] == []


def test_cancel_all_needs_to_know_of_what() -> None:
    assert refusal(Trader(stage()).post("order/cancel-all")) == 10001


@pytest.mark.parametrize(
    ("chosen", "left"),
    [
        ({}, []),
        ({"orderFilter": "Order"}, ["Stop", "StopLoss"]),
        ({"orderFilter": "StopOrder"}, [""]),
        ({"orderFilter": "StopOrder", "stopOrderType": "Stop"}, ["StopLoss", ""]),
        ({"orderFilter": "OpenOrder"}, ["StopLoss"]),
    ],
)
def test_cancel_all_can_spare_kinds_of_orders(chosen: dict[str, str], left: list[str]) -> None:
    trader = Trader(stage())
    trader.bought()
    read(
        trader.post(
            "position/trading-stop", symbol=SOL, tpslMode="Full", positionIdx=0, stopLoss="140"
        )
    )
    trader.placed()
    trader.placed(side="Sell", triggerPrice="145", triggerDirection=2, price="144")
    read(trader.post("order/cancel-all", symbol=SOL, **chosen))
    passes(trader.simulator, 0.01)
    rows = read(trader.get("order/realtime", symbol=SOL))["list"]
    assert sorted(row["stopOrderType"] for row in rows) == sorted(left)


# Amending ----------------------------------------------------------------------------------------


def test_an_amendment_changes_price_and_total() -> None:
    trader = Trader(stage())
    order = trader.placed(qty="50", price="150.01")
    assert order["cumExecQty"] == "40"
    read(trader.post("order/amend", symbol=SOL, orderId=order["orderId"], qty="45", price="150"))
    passes(trader.simulator, 0.01)
    after = trader.look_up(order["orderId"])
    assert (after["qty"], after["price"], after["leavesQty"]) == ("45.0", "150.000", "5")


def test_amendments_that_make_no_sense_are_refused() -> None:
    trader = Trader(stage())
    order = trader.placed(qty="50", price="150.01")

    def amend(**changes: object) -> int:
        return refusal(trader.post("order/amend", symbol=SOL, orderId=order["orderId"], **changes))

    assert amend(qty="40") == 110064
    assert amend() == 10001
    assert amend(qty="45.05") == 10001
    assert amend(price="150.001") == 10001
    assert amend(price="200") == 30208
    assert amend(triggerPrice="150") == 10001
    filled = trader.bought()
    assert (
        refusal(trader.post("order/amend", symbol=SOL, orderId=filled["orderId"], qty="5"))
        == 110008
    )


def test_an_order_that_is_being_processed_cannot_be_amended() -> None:
    trader = Trader(stage())
    read(trader.create(orderLinkId="new"))
    change = {"symbol": SOL, "orderLinkId": "new", "price": "141"}
    assert refusal(trader.post("order/amend", **change)) == 110079
    passes(trader.simulator, 0.01)
    read(trader.post("order/amend", **change))
    assert refusal(trader.post("order/amend", **change)) == 110079


# The dead man's switch ---------------------------------------------------------------------------


def test_orders_end_when_the_last_socket_has_been_gone_for_the_window() -> None:
    trader = Trader(stage())
    simulator = trader.simulator
    read(trader.post("order/disconnected-cancel-all", product="DERIVATIVES", timeWindow=10))
    order = trader.placed()
    wire = Wire(simulator, "ws_private", trader)
    wire.subscribe("dcp.future")
    simulator.on_close(wire)
    passes(simulator, 9)
    assert trader.look_up(order["orderId"])["orderStatus"] == "New"
    passes(simulator, 2)
    ended = trader.look_up(order["orderId"])
    assert (ended["orderStatus"], ended["cancelType"]) == ("Cancelled", "CancelByDCP")


def test_a_socket_that_comes_back_in_time_spares_the_orders() -> None:
    trader = Trader(stage())
    simulator = trader.simulator
    read(trader.post("order/disconnected-cancel-all", product="DERIVATIVES", timeWindow=10))
    order = trader.placed()
    wire = Wire(simulator, "ws_private", trader)
    wire.subscribe("dcp.future")
    simulator.on_close(wire)
    passes(simulator, 5)
    Wire(simulator, "ws_private", trader, number=2).subscribe("dcp.future")
    passes(simulator, 20)
    assert trader.look_up(order["orderId"])["orderStatus"] == "New"


def test_without_its_topic_the_switch_does_nothing() -> None:
    trader = Trader(stage())
    read(trader.post("order/disconnected-cancel-all", product="DERIVATIVES", timeWindow=3))
    order = trader.placed()
    wire = Wire(trader.simulator, "ws_private", trader)
    wire.subscribe("order")
    trader.simulator.on_close(wire)
    passes(trader.simulator, 60)
    assert trader.look_up(order["orderId"])["orderStatus"] == "New"


@pytest.mark.parametrize("window", [2, 301, None])
def test_the_window_has_bounds(window: int | None) -> None:
    trader = Trader(stage())
    body = {"product": "DERIVATIVES", "timeWindow": window}
    assert refusal(trader.post("order/disconnected-cancel-all", **body)) == 10001
