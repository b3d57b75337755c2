"""Orders: what is answered at once, what follows, and how they end."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from exchange_clients.paper.config import Acknowledge
from exchange_clients.words import Side
from tests.support.quiet_markets import passes
from tests.venue_simulators.edgex.edgex_stage import (
    BTC,
    IOC,
    SOL,
    Trader,
    Words,
    move,
    printed,
    quick,
    read,
    refusal,
    stage,
)


def outcome(order: Words) -> tuple[str, str, str]:
    return order["status"], order["cancelReason"], order["cumMatchSize"]


def test_a_create_is_answered_with_an_id_and_the_verdict_follows() -> None:
    trader = Trader(stage())
    answer = read(trader.create())
    assert list(answer) == ["orderId"]
    assert trader.look_up(answer["orderId"])["status"] == "PENDING"
    passes(trader.simulator, 0.005)
    assert trader.look_up(answer["orderId"])["status"] == "OPEN"


def test_a_venue_that_judges_at_once_still_answers_with_an_id_alone() -> None:
    trader = Trader(stage(acknowledge=Acknowledge.IMMEDIATE))
    order_id = read(trader.create())["orderId"]
    assert trader.look_up(order_id)["status"] == "OPEN"


def test_an_order_is_told_in_the_venues_fields() -> None:
    trader = Trader(stage())
    order = trader.placed(price="140.50", clientOrderId="demo-1", timeInForce="POST_ONLY")
    expected = {
        "accountId": trader.member.account_id,
        "coinId": "1000",
        "contractId": SOL,
        "side": "BUY",
        "price": "140.50",
        "size": "1",
        "clientOrderId": "demo-1",
        "type": "LIMIT",
        "timeInForce": "POST_ONLY",
        "reduceOnly": False,
        "status": "OPEN",
        "cumFillSize": "0",
        "cumMatchSize": "0",
        "cumFailSize": "0",
        "takerFeeRate": "0.00045",
        "makerFeeRate": "0.0004",
        "createdTime": "1795200000100",
        "updatedTime": "1795200000105",
    }
    assert {name: order[name] for name in expected} == expected
    assert order["id"].isdecimal()
    assert all(isinstance(value, str | bool) for value in order.values())


def test_the_same_client_id_is_taken_once() -> None:
    trader = Trader(stage())
    one = read(trader.create(clientOrderId="once"))
    again = read(trader.create(clientOrderId="once"))
    passes(trader.simulator, 0.05)
    assert one == again
    assert len(read(trader.get("order/getActiveOrderPage"))["dataList"]) == 1


def test_a_crossing_order_fills_and_counts_as_filled_a_moment_later() -> None:
    trader = Trader(stage(terms=quick(censor_delay_ns=10_000_000)))
    order_id = read(trader.create(price="150.02", size="50"))["orderId"]
    passes(trader.simulator, 0.005)
    matched = trader.look_up(order_id)
    assert (matched["status"], matched["cumMatchSize"]) == ("FILLED", "50")
    assert (matched["cumFillSize"], matched["cumFillFee"]) == ("0", "0")
    passes(trader.simulator, 0.01)
    filled = trader.look_up(order_id)
    assert (filled["cumFillSize"], filled["cumFillValue"]) == ("50", "7500.6")
    assert (filled["cumFillFee"], filled["cumRealizePnl"]) == ("3.37527", "-3.37527")
    assert (filled["maxFillPrice"], filled["minFillPrice"]) == ("150.02", "150.01")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"timeInForce": "POST_ONLY", "price": "150.01"}, ("CANCELED", "COULD_NOT_FILL", "0")),
        (
            {"timeInForce": "FILL_OR_KILL", "price": "150.01", "size": "41"},
            ("CANCELED", "COULD_NOT_FILL", "0"),
        ),
        ({"timeInForce": IOC}, ("CANCELED", "COULD_NOT_FILL", "0")),
        (
            {"timeInForce": IOC, "price": "150.01", "size": "41"},
            ("CANCELED", "COULD_NOT_FILL", "40"),
        ),
        ({"reduceOnly": True}, ("CANCELED", "REDUCE_ONLY_CANCELED", "0")),
        ({"size": "5000"}, ("CANCELED", "MARGIN_NOT_ENOUGH", "0")),
    ],
)
def test_what_the_book_refuses_shows_after_the_answer(
    changes: Words, expected: tuple[str, str, str]
) -> None:
    trader = Trader(stage())
    assert outcome(trader.placed(**changes)) == expected


def test_a_resting_order_fills_as_maker() -> None:
    trader = Trader(stage(printed(1, 149.98, 200, Side.SELL), move(1, 2, [(149.99, 0.0)], [])))
    order = trader.placed(price="150.00", size="2")
    passes(trader.simulator, 2)
    assert trader.look_up(order["id"])["status"] == "FILLED"
    (fill,) = read(trader.get("order/getHistoryOrderFillTransactionPage"))["dataList"]
    assert (fill["direction"], fill["fillFee"]) == ("MAKER", "0.12")


def test_a_market_order_trades_within_what_was_signed() -> None:
    trader = Trader(stage())
    order = trader.placed(type="MARKET", size="50", worst="150.01")
    assert outcome(order) == ("CANCELED", "COULD_NOT_FILL", "40")
    assert (order["price"], order["marketLimitPrice"]) == ("0", "150.01")


def test_a_market_order_is_bounded_by_the_oracle_too() -> None:
    trader = Trader(stage())
    order = trader.placed(type="MARKET", size="50", worst="1500")
    assert outcome(order)[0] == "FILLED"
    assert order["marketLimitPrice"] == "180"


def test_an_order_expires() -> None:
    trader = Trader(stage())
    order = trader.placed(expireTime=str(trader.now_ms + 10_000))
    passes(trader.simulator, 9.9)
    assert trader.look_up(order["id"])["status"] == "OPEN"
    passes(trader.simulator, 0.1)
    assert outcome(trader.look_up(order["id"]))[:2] == ("CANCELED", "EXPIRE_CANCELED")


@pytest.mark.parametrize(
    ("kind", "worst", "side"),
    [("STOP_MARKET", "145", "SELL"), ("TAKE_PROFIT_MARKET", "160", "BUY")],
)
def test_a_conditional_order_waits_for_its_price(kind: str, worst: str, side: str) -> None:
    lower = move(2, 2, [(149.99, 0.0), (149.98, 0.0), (148.0, 90.0)], [(148.2, 90.0)])
    trader = Trader(stage(lower))
    order = trader.placed(type=kind, side=side, triggerPrice="149", worst=worst)
    assert order["status"] == "UNTRIGGERED"
    assert (order["triggerPrice"], order["triggerPriceType"]) == ("149", "LAST_PRICE")
    assert trader.simulator.world.open_orders("main")
    passes(trader.simulator, 3)
    assert trader.look_up(order["id"])["status"] == "FILLED"


def stop_loss(trader: Trader, **changes: Any) -> Words:
    """Return a stop as it goes with another order."""
    whole = trader.order(
        type="STOP_MARKET", side="SELL", triggerPrice="149", worst="145", clientOrderId="one-sl"
    )
    beside = ("accountId", "contractId", "type", "timeInForce", "reduceOnly")
    return {name: value for name, value in whole.items() if name not in beside} | changes


def test_an_exit_waits_from_the_fill_on_and_closes_what_its_order_opened() -> None:
    lower = move(2, 2, [(149.99, 0.0), (149.98, 0.0), (148.0, 90.0)], [(148.2, 90.0)])
    trader = Trader(stage(lower))
    opened = trader.placed(price="150.01", isSetOpenSl=True, openSl=stop_loss(trader))
    (waiting,) = read(trader.get("order/getActiveOrderPage"))["dataList"]
    told = ("clientOrderId", "openTpslParentOrderId", "type", "triggerPrice", "reduceOnly")
    assert [waiting[name] for name in told] == [
        "one-sl", opened["id"], "STOP_MARKET", "149", True,
    ]  # fmt: skip
    passes(trader.simulator, 3)
    assert trader.look_up(waiting["id"])["status"] == "FILLED"
    assert [row["openSize"] for row in trader.asset()["positionList"]] == ["0"]


def test_an_exit_that_is_not_announced_not_opposite_or_not_signed_refuses_the_order() -> None:
    trader = Trader(stage())
    exit_ = stop_loss(trader)
    for told, code in (
        ({"openSl": exit_}, "GATEWAY_PARAM_INVALID"),
        ({"isSetOpenTp": True}, "GATEWAY_PARAM_INVALID"),
        ({"isSetOpenSl": True, "openSl": {**exit_, "side": "BUY"}}, "GATEWAY_PARAM_INVALID"),
        ({"isSetOpenSl": True, "openSl": {**exit_, "l2Nonce": "7"}}, "INVALID_L2_NONCE"),
    ):
        assert refusal(trader.create(price="150.01", **told))[1] == code


def test_a_stop_limit_rests_once_it_has_fired() -> None:
    higher = move(2, 2, [(151.0, 40.0)], [(150.01, 0.0), (150.02, 0.0), (151.2, 50.0)])
    trader = Trader(stage(higher))
    order = trader.placed(type="STOP_LIMIT", price="150.5", triggerPrice="150.6")
    assert order["status"] == "UNTRIGGERED"
    passes(trader.simulator, 3)
    assert trader.look_up(order["id"])["status"] == "OPEN"


def test_orders_are_found_by_both_ids_and_listed_by_filters() -> None:
    trader = Trader(stage())
    one = trader.placed(clientOrderId="a-1")
    two = trader.placed(contractId=BTC, price="79000", size="0.01", clientOrderId="a-2")
    found = read(trader.get("order/getOrderByClientOrderId", clientOrderIdList="a-2,a-1,a-3"))
    assert [order["id"] for order in found] == [two["id"], one["id"]]
    for filters, expected in (
        ({}, [two, one]),
        ({"filterContractIdList": SOL}, [one]),
        ({"filterStatusList": "OPEN", "filterTypeList": "LIMIT"}, [two, one]),
        ({"filterTypeList": "MARKET"}, []),
        ({"filterIsLiquidateList": "true"}, []),
        ({"filterStartCreatedTimeInclusive": two["createdTime"]}, [two]),
        ({"filterEndCreatedTimeExclusive": two["createdTime"]}, [one]),
    ):
        assert read(trader.get("order/getActiveOrderPage", **filters))["dataList"] == expected


def test_pages_join_without_a_gap_while_newer_orders_come() -> None:
    trader = Trader(stage())
    ids = [trader.placed(price=str(100 + 10 * n), size="0.3")["id"] for n in range(3, 6)]
    assert len(ids) == 3
    first = read(trader.get("order/getActiveOrderPage", size="2"))
    trader.placed(price="145", size="0.3")
    offset = first["nextPageOffsetData"]
    last = read(trader.get("order/getActiveOrderPage", size="2", offsetData=offset))
    assert [order["id"] for order in first["dataList"] + last["dataList"]] == ids[::-1]
    assert last["nextPageOffsetData"] == ""


def test_an_ended_order_is_found_by_its_id_for_a_while_and_then_in_the_history() -> None:
    trader = Trader(stage(terms=quick(ended_visible_ns=10**9)))
    order = trader.placed(timeInForce=IOC)
    passes(trader.simulator, 2)
    assert read(trader.get("order/getOrderById", orderIdList=order["id"])) == []
    assert read(trader.get("order/getHistoryOrderPage"))["dataList"] == [order]
    assert read(trader.get("order/getActiveOrderPage"))["dataList"] == []


def test_the_largest_sizes_follow_from_margin_and_position() -> None:
    trader = Trader(stage())
    trader.placed(price="150.01", size="10")
    body: dict[str, Any] = {"contractId": SOL, "price": "150"}
    sizes = read(trader.post("order/getMaxCreateOrderSize", **body))
    assert (sizes["bid1Price"], sizes["ask1Price"]) == ("149.99", "150.01")
    assert Decimal(sizes["maxSellSize"]) - Decimal(sizes["maxBuySize"]) == 20


def test_a_market_sell_that_signs_a_tick_is_bounded_by_the_oracle() -> None:
    trader = Trader(stage())
    order = trader.placed(type="MARKET", side="SELL", size="5", worst="0.01")
    assert (order["status"], order["marketLimitPrice"]) == ("FILLED", "120")


def test_a_fill_is_found_by_its_order() -> None:
    trader = Trader(stage())
    one, two = (trader.placed(price="150.01", size=size) for size in ("1", "2"))
    found = {"filterOrderIdList": two["id"], "filterContractIdList": SOL}
    rows = read(trader.get("order/getHistoryOrderFillTransactionPage", **found))["dataList"]
    assert [row["orderId"] for row in rows] == [two["id"]]
    by_id = read(trader.get("order/getHistoryOrderPage", filterOrderIdList=one["id"]))
    assert [row["id"] for row in by_id["dataList"]] == [one["id"]]


def test_a_stop_at_market_trades_within_what_was_signed_or_not_at_all() -> None:
    crash = move(2, 2, [(149.99, 0.0), (149.98, 0.0), (120.0, 90.0)], [(120.2, 90.0)])
    for worst, expected in (("119", "FILLED"), ("145", "CANCELED")):
        trader = Trader(stage(crash))
        trader.placed(price="150.01", size="1")
        order = trader.placed(
            type="STOP_MARKET", side="SELL", triggerPrice="149", worst=worst, reduceOnly=True
        )
        passes(trader.simulator, 3)
        ended = trader.look_up(order["id"])
        assert (ended["status"], ended["marketLimitPrice"]) == (expected, worst)
