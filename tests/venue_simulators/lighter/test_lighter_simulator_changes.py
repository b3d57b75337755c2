"""Changing and canceling orders, one by one, all at once and in groups."""

from __future__ import annotations

from typing import Any

import pytest

from tests.venue_simulators.lighter.lighter_bench import Bench


def test_modify_changes_price_and_total_size_in_place() -> None:
    bench = Bench()
    row = bench.place()
    body = {
        "MarketIndex": 1,
        "Index": row["client_order_index"],
        "BaseAmount": 200,
        "Price": row["base_price"] - 100,
        "TriggerPrice": 0,
    }
    assert bench.send(17, bench.info(17, body))["code"] == 200
    bench.run(1.0)
    now = bench.find(row["client_order_index"])
    assert now["order_index"] == row["order_index"]
    assert (now["base_price"], now["initial_base_amount"]) == (row["base_price"] - 100, "0.00200")
    assert (now["status"], now["remaining_base_amount"]) == ("open", "0.00200")


def test_cancel_all_is_account_wide_unless_it_names_a_market() -> None:
    bench = Bench()
    bitcoin = bench.place()["client_order_index"]
    price = bench.mark("0") * 98 // 100
    ether = bench.place(MarketIndex=0, Price=price, BaseAmount=100)["client_order_index"]
    only_ether = bench.info(16, {"TimeInForce": 0, "Time": 0}, attributes={5: 0})
    assert bench.send(16, only_ether)["code"] == 200
    bench.run(1.0)
    assert [bench.find(one)["status"] for one in (bitcoin, ether)] == ["open", "canceled"]
    bench.send(16, bench.info(16, {"TimeInForce": 0, "Time": 0}))
    bench.run(1.0)
    assert bench.find(bitcoin)["status"] == "canceled"


@pytest.mark.parametrize(("abort", "status"), [(False, "canceled"), (True, "open")])
def test_a_scheduled_cancel_all_acts_unless_it_is_aborted(abort: bool, status: str) -> None:
    bench = Bench()
    index = bench.place()["client_order_index"]
    at_ms = bench.now_ms + 310_000
    assert bench.send(16, bench.info(16, {"TimeInForce": 1, "Time": at_ms}))["code"] == 200
    bench.run(60.0)
    if abort:
        bench.send(16, bench.info(16, {"TimeInForce": 2, "Time": 0}))
    bench.run(260.0)
    assert bench.find(index)["status"] == status


def test_a_child_waits_for_its_parent_and_ends_with_it() -> None:
    bench = Bench()
    parent = bench.order(ClientOrderIndex=20)
    child = bench.order(
        ClientOrderIndex=21,
        BaseAmount=0,
        IsAsk=1,
        Type=4,
        TimeInForce=0,
        ReduceOnly=1,
        TriggerPrice=bench.mark() * 110 // 100,
        OrderExpiry=parent["OrderExpiry"],
    )
    assert _send_group(bench, 1, parent, child)["code"] == 200
    bench.run(1.0)
    assert [bench.find(one)["trigger_status"] for one in (20, 21)] == ["na", "parent-order"]
    bench.send(15, bench.info(15, {"MarketIndex": 1, "Index": 20}))
    bench.run(1.0)
    assert [bench.find(one)["status"] for one in (20, 21)] == ["canceled", "canceled-child"]


def test_a_filled_parent_wakes_two_children_of_which_one_cancels_the_other() -> None:
    bench = Bench()
    expiry, mark = bench.now_ms + 3_600_000, bench.mark()
    parent = bench.order(ClientOrderIndex=30, Price=mark * 101 // 100, OrderExpiry=expiry)
    closing = {
        "BaseAmount": 0,
        "IsAsk": 1,
        "TimeInForce": 0,
        "ReduceOnly": 1,
        "OrderExpiry": expiry,
        "Price": mark * 90 // 100,
    }
    profit = bench.order(ClientOrderIndex=31, Type=4, TriggerPrice=mark * 110 // 100, **closing)
    loss = bench.order(ClientOrderIndex=32, Type=2, TriggerPrice=mark * 95 // 100, **closing)
    assert _send_group(bench, 3, parent, profit, loss)["code"] == 200
    bench.run(1.0)
    assert [bench.find(one)["status"] for one in (30, 31, 32)] == ["filled", "pending", "pending"]
    assert bench.find(31)["initial_base_amount"] == "0.00100"
    bench.send(15, bench.info(15, {"MarketIndex": 1, "Index": 31}))
    bench.run(1.0)
    assert [bench.find(one)["status"] for one in (31, 32)] == ["canceled", "canceled-oco"]


def _send_group(bench: Bench, grouping: int, *orders: dict[str, int]) -> dict[str, Any]:
    """Sign and send grouped orders, whose hash is a chain of the orders' own."""
    body = {"GroupingType": grouping, "Orders": list(orders)}
    return bench.send(28, bench.group(body))


def test_a_changed_stop_goes_on_waiting() -> None:
    bench = Bench()
    bench.send(14, bench.info(14, bench.market_order()))
    bench.run(1.0)
    trigger = bench.mark() * 95 // 100
    row = bench.place(Type=3, IsAsk=1, ReduceOnly=1, Price=trigger - 100, TriggerPrice=trigger)
    body = {
        "MarketIndex": 1,
        "Index": row["order_index"],
        "BaseAmount": 50,
        "Price": trigger - 200,
        "TriggerPrice": trigger,
    }
    assert bench.send(17, bench.info(17, body))["code"] == 200
    bench.run(1.0)
    now = bench.find(row["client_order_index"])
    assert (now["status"], now["trigger_status"]) == ("pending", "mark-price")
    assert (now["base_price"], now["initial_base_amount"]) == (trigger - 200, "0.00050")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"Index": 0}, 21700),
        ({"Index": 4242}, 21708),
        ({"MarketIndex": 0}, 21708),
        ({"BaseAmount": 0}, 21701),
        ({"BaseAmount": 5}, 21706),
        ({"Price": 0}, 21702),
        ({"TriggerPrice": 9}, 21702),
    ],
)
def test_changes_that_cannot_be_are_refused(changes: dict[str, int], code: int) -> None:
    bench = Bench()
    row = bench.place(ClientOrderIndex=1)
    body = {
        "MarketIndex": 1,
        "Index": 1,
        "BaseAmount": 100,
        "Price": row["base_price"],
        "TriggerPrice": 0,
    }
    assert bench.send(17, bench.info(17, body | changes))["code"] == code


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"TimeInForce": 3, "Time": 0}, 21705),
        ({"TimeInForce": 0, "Time": 5}, 21711),
        ({"TimeInForce": 1, "Time": 5}, 21711),
    ],
)
def test_cancel_all_is_scheduled_from_five_minutes_to_fifteen_days(
    body: dict[str, int], code: int
) -> None:
    bench = Bench()
    assert bench.send(16, bench.info(16, body))["code"] == code
