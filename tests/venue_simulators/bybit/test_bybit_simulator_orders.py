"""Orders from their acknowledgement to their end."""

from __future__ import annotations

from typing import Any

import pytest

from exchange_clients.paper.config import Acknowledge
from exchange_clients.words import Side
from tests.support.quiet_markets import passes
from tests.venue_simulators.bybit.bybit_stage import (
    BTC,
    SOL,
    Trader,
    envelope_of,
    printed,
    read,
    refusal,
    stage,
)
from venue_simulators.bybit.terms import BybitTerms


def fate(order: dict[str, Any]) -> tuple[str, str, str]:
    return order["orderStatus"], order["rejectReason"], order["cumExecQty"]


def test_an_acknowledgement_is_two_names_and_no_verdict() -> None:
    trader = Trader(stage())
    names = read(trader.create(orderLinkId="mine"))
    assert set(names) == {"orderId", "orderLinkId"}
    assert names["orderLinkId"] == "mine"
    open_orders = read(trader.get("order/realtime", symbol=SOL))["list"]
    assert open_orders == []
    passes(trader.simulator, 0.01)
    (order,) = read(trader.get("order/realtime", symbol=SOL))["list"]
    assert (order["orderId"], order["orderStatus"]) == (names["orderId"], "New")


def test_a_venue_that_judges_at_once_has_judged_when_it_answers() -> None:
    trader = Trader(stage(acknowledge=Acknowledge.IMMEDIATE))
    read(trader.create())
    (order,) = read(trader.get("order/realtime", symbol=SOL))["list"]
    assert order["orderStatus"] == "New"


def test_a_market_order_fills_and_shows_its_protective_price() -> None:
    trader = Trader(stage())
    order = trader.bought("2")
    assert fate(order) == ("Filled", "EC_NoError", "2")
    assert (order["avgPrice"], order["price"], order["timeInForce"]) == (
        "150.01",
        "157.500",
        "IOC",
    )
    assert order["cumFeeDetail"] == {"USDT": "0.165011"}


def test_post_only_that_would_cross_is_acknowledged_and_then_cancelled() -> None:
    trader = Trader(stage())
    order = trader.placed(price="151", timeInForce="PostOnly")
    assert fate(order) == ("Cancelled", "EC_PostOnlyWillTakeLiquidity", "0")


@pytest.mark.parametrize(
    ("time_in_force", "price", "outcome"),
    [
        ("IOC", "150.01", ("Cancelled", "EC_NoImmediateQtyToFill", "40")),
        ("IOC", "149", ("Cancelled", "EC_NoImmediateQtyToFill", "0")),
        ("FOK", "150.01", ("Cancelled", "EC_CancelForNoFullFill", "0")),
        ("FOK", "150.02", ("Filled", "EC_NoError", "50")),
        ("GTC", "150.01", ("PartiallyFilled", "EC_NoError", "40")),
    ],
)
def test_time_in_force_decides_what_becomes_of_the_rest(
    time_in_force: str, price: str, outcome: tuple[str, str, str]
) -> None:
    order = Trader(stage()).placed(qty="50", price=price, timeInForce=time_in_force)
    assert fate(order) == outcome


def test_an_order_that_ended_in_part_keeps_what_it_filled_and_leaves_nothing() -> None:
    order = Trader(stage()).placed(qty="50", price="150.01", timeInForce="IOC")
    assert (order["cumExecQty"], order["leavesQty"], order["cumExecValue"]) == ("40", "0", "6000.4")


def test_a_margin_failure_shows_on_the_order_alone() -> None:
    trader = Trader(stage(balance="10"))
    order = trader.placed(qty="10", price="140")
    assert fate(order) == ("Rejected", "EC_Others", "0")


def test_margin_can_be_refused_at_once_if_the_terms_say_so() -> None:
    terms = BybitTerms(rate_limits=False, margin_refused_at_once=True)
    trader = Trader(stage(balance="10", terms=terms))
    assert refusal(trader.create(qty="10", price="140")) == 110007
    assert trader.placed(qty="0.5")["orderStatus"] == "New"


def test_a_resting_order_is_filled_as_maker_at_its_price() -> None:
    trader = Trader(stage(printed(1, 149.9, 50.0, Side.SELL)))
    order = trader.placed(price="149.99", qty="1")
    passes(trader.simulator, 2)
    filled = trader.look_up(order["orderId"])
    assert (filled["orderStatus"], filled["avgPrice"]) == ("Filled", "149.99")
    (execution,) = read(trader.get("execution/list", orderId=order["orderId"]))["list"]
    assert (execution["isMaker"], execution["feeRate"], execution["execFee"]) == (
        True,
        "0.0002",
        "0.029998",
    )


def test_a_market_order_with_a_tolerance_stops_at_it() -> None:
    trader = Trader(stage())
    order = trader.bought("50", slippageToleranceType="TickSize", slippageTolerance="0.5")
    assert fate(order)[0] == "Rejected"
    order = trader.bought("50", slippageToleranceType="Percent", slippageTolerance="0.001")
    assert (order["orderStatus"], order["cumExecQty"]) == ("Cancelled", "40")
    order = trader.bought("10", slippageToleranceType="TickSize", slippageTolerance="1")
    assert (order["orderStatus"], order["avgPrice"]) == ("Filled", "150.02")


def test_an_order_at_the_best_price_finds_it_itself() -> None:
    trader = Trader(stage())
    queued = trader.placed(price=None, bboSideType="Queue", bboLevel="2")
    assert (queued["orderStatus"], queued["price"]) == ("New", "149.980")
    taken = trader.placed(price=None, bboSideType="Counterparty", bboLevel="1")
    assert (taken["orderStatus"], taken["avgPrice"]) == ("Filled", "150.01")


# Reducing ----------------------------------------------------------------------------------------


def test_reducing_without_a_position_is_refused_as_a_quantity_of_zero() -> None:
    trader = Trader(stage())
    assert refusal(trader.create(reduceOnly=True)) == 110017
    trader.bought()
    assert refusal(trader.create(reduceOnly=True, side="Buy")) == 110017


def test_a_reduce_only_order_is_cut_to_the_position() -> None:
    trader = Trader(stage())
    trader.bought("2")
    order = trader.sold("5", reduceOnly=True)
    assert fate(order) == ("Filled", "EC_NoError", "2")
    assert trader.position()["size"] == "0"


def test_zero_closes_whatever_there_is() -> None:
    trader = Trader(stage())
    trader.bought("3")
    order = trader.sold("0", reduceOnly=True, closeOnTrigger=True)
    assert fate(order) == ("Filled", "EC_NoError", "3")


def test_a_resting_reduce_only_order_ends_with_the_position() -> None:
    trader = Trader(stage())
    trader.bought("2")
    order = trader.placed(side="Sell", price="160", qty="2", reduceOnly=True)
    trader.sold("2")
    ended = trader.look_up(order["orderId"])
    assert (ended["orderStatus"], ended["cancelType"]) == ("Cancelled", "CancelByReduceOnly")


# Names -------------------------------------------------------------------------------------------


def test_a_link_id_is_used_once_ever() -> None:
    trader = Trader(stage())
    trader.bought(orderLinkId="once")
    assert refusal(trader.create(orderLinkId="once")) == 110072


@pytest.mark.parametrize("name", ["a" * 37, "with space", "dot.ted", "ümlaut"])
def test_link_ids_have_an_alphabet_and_a_length(name: str) -> None:
    assert refusal(Trader(stage()).create(orderLinkId=name)) == 10001


def test_an_order_without_a_link_id_has_an_empty_one() -> None:
    assert Trader(stage()).placed(orderLinkId=None)["orderLinkId"] == ""


# Batches -----------------------------------------------------------------------------------------


def test_a_batch_says_of_each_order_whether_it_was_taken_and_keeps_their_places() -> None:
    trader = Trader(stage())
    orders = [trader.order(), trader.order(qty="0.05"), trader.order(side="Sell", price="160")]
    words = envelope_of(trader.post("order/create-batch", request=orders))
    assert words["retCode"] == 0
    assert [row["code"] for row in words["retExtInfo"]["list"]] == [0, 10001, 0]
    rows = words["result"]["list"]
    assert [row["orderLinkId"] for row in rows] == ["link-1", "link-2", "link-3"]
    assert [bool(row["orderId"]) for row in rows] == [True, False, True]
    passes(trader.simulator, 0.01)
    cancels = [{"symbol": SOL, "orderId": rows[0]["orderId"]}, {"symbol": SOL, "orderId": "none"}]
    words = envelope_of(trader.post("order/cancel-batch", request=cancels))
    assert [row["code"] for row in words["retExtInfo"]["list"]] == [0, 110001]
    amends = [{"symbol": SOL, "orderLinkId": "link-3", "price": "161"}]
    words = envelope_of(trader.post("order/amend-batch", request=amends))
    assert [row["code"] for row in words["retExtInfo"]["list"]] == [0]
    passes(trader.simulator, 0.01)
    (left,) = read(trader.get("order/realtime", symbol=SOL))["list"]
    assert (left["orderLinkId"], left["price"]) == ("link-3", "161.000")


@pytest.mark.parametrize("count", [0, 21])
def test_a_batch_has_one_to_twenty_orders(count: int) -> None:
    trader = Trader(stage())
    orders = [trader.order() for _ in range(count)]
    assert refusal(trader.post("order/create-batch", request=orders)) == 10001


def test_over_its_budget_the_later_orders_of_a_batch_fail_by_themselves() -> None:
    trader = Trader(stage(terms=BybitTerms()))
    orders = [trader.order() for _ in range(12)]
    words = envelope_of(trader.post("order/create-batch", request=orders))
    codes = [row["code"] for row in words["retExtInfo"]["list"]]
    assert codes == [0] * 10 + [10006] * 2
    # Singles have a bucket of their own.
    assert trader.create().status == 200


def test_a_pre_check_places_nothing() -> None:
    trader = Trader(stage())
    rates = read(trader.post("order/pre-check", **trader.order(qty="10", price="150")))
    assert (rates["preImrE4"], rates["postImrE4"]) == (0, 150)
    passes(trader.simulator, 1)
    assert read(trader.get("order/realtime", settleCoin="USDT"))["list"] == []


def test_orders_of_two_markets_are_apart() -> None:
    trader = Trader(stage())
    trader.placed()
    trader.acknowledged(symbol=BTC, price="85000", qty="0.01")
    rows = read(trader.get("order/realtime", symbol=BTC))["list"]
    assert [row["symbol"] for row in rows] == [BTC]
    rows = read(trader.get("order/realtime", settleCoin="USDT"))["list"]
    assert [row["symbol"] for row in rows] == [BTC, SOL]
