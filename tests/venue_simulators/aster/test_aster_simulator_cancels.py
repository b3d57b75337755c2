"""Cancelling: one, some, all, and by a countdown that nobody stops."""

import json

import pytest

from tests.support.quiet_markets import passes
from tests.venue_simulators.aster.aster_stage import Trader, stage, stop
from tests.venue_simulators.fapi.fapi_stage import BTC, SOL, at_market, refusal, row, rows


def names_open(trader: Trader) -> list[str]:
    """Return the names of the open orders."""
    return [one["clientOrderId"] for one in rows(trader.ask("GET", "openOrders"))]


def test_a_cancelled_order_is_shown_as_it_ended() -> None:
    trader = Trader(stage())
    order_id = row(trader.place(newClientOrderId="a"))["orderId"]
    cancelled = row(trader.cancel(origClientOrderId="a"))
    assert (cancelled["orderId"], cancelled["status"]) == (order_id, "CANCELED")
    assert names_open(trader) == []


@pytest.mark.parametrize("name", ["filled", "cancelled", "never"])
def test_what_is_not_open_cannot_be_cancelled(name: str) -> None:
    trader = Trader(stage())
    row(trader.place(**at_market("BUY", "1", newClientOrderId="filled")))
    row(trader.place(newClientOrderId="cancelled"))
    row(trader.cancel(origClientOrderId="cancelled"))
    assert refusal(trader.cancel(origClientOrderId=name)) == (400, -2011)


def test_a_cancel_names_its_order_in_its_market() -> None:
    trader = Trader(stage())
    row(trader.place(newClientOrderId="a"))
    assert refusal(trader.cancel()) == (400, -1102)
    assert refusal(trader.cancel(symbol=BTC, origClientOrderId="a")) == (400, -2011)
    assert refusal(trader.cancel(symbol="NO", origClientOrderId="a")) == (400, -1121)
    assert names_open(trader) == ["a"]


def test_the_number_goes_before_the_name() -> None:
    trader = Trader(stage())
    number = row(trader.place(newClientOrderId="a"))["orderId"]
    row(trader.place(newClientOrderId="b"))
    row(trader.cancel(orderId=number, origClientOrderId="b"))
    assert names_open(trader) == ["b"]


def test_all_orders_of_a_market_end_at_once_and_those_of_others_stay() -> None:
    trader = Trader(stage())
    for number in range(3):
        row(trader.place(newClientOrderId=f"s{number}"))
    row(trader.place(**stop("SELL", "170.00", newClientOrderId="waiting")))
    row(trader.place(symbol=BTC, price="89000", quantity="0.001", newClientOrderId="b"))
    answered = row(trader.ask("DELETE", "allOpenOrders", symbol=SOL))
    # The code is a text here.
    assert answered == {"code": "200", "msg": "The operation of cancel all open order is done."}
    assert names_open(trader) == ["b"]
    assert refusal(trader.ask("DELETE", "allOpenOrders")) == (400, -1102)


def test_some_orders_are_cancelled_by_number_or_by_name() -> None:
    trader = Trader(stage())
    numbers = [row(trader.place(newClientOrderId=f"o{one}"))["orderId"] for one in range(4)]
    by_number = json.dumps([numbers[0], 17])
    answered = rows(trader.ask("DELETE", "batchOrders", symbol=SOL, orderIdList=by_number))
    assert [one.get("status", one.get("code")) for one in answered] == ["CANCELED", -2011]
    by_name = json.dumps(["o1", "nobody", "o2"])
    answered = rows(trader.ask("DELETE", "batchOrders", symbol=SOL, origClientOrderIdList=by_name))
    assert [one.get("status", one.get("code")) for one in answered] == [
        "CANCELED",
        -2011,
        "CANCELED",
    ]
    assert names_open(trader) == ["o3"]


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({}, -1102),
        ({"orderIdList": "[]"}, -1130),
        ({"orderIdList": json.dumps(list(range(11)))}, -1130),
        ({"orderIdList": '["x"]'}, -1130),
    ],
)
def test_a_list_to_cancel_has_one_to_ten_orders(params: dict[str, str], code: int) -> None:
    trader = Trader(stage())
    assert refusal(trader.ask("DELETE", "batchOrders", symbol=SOL, **params)) == (400, code)


# The countdown ------------------------------------------------------------------------------------


def armed(trader: Trader, countdown_ms: int) -> dict[str, object]:
    """Let a countdown of the SOL market begin."""
    params = {"symbol": SOL, "countdownTime": countdown_ms}
    return row(trader.ask("POST", "countdownCancelAll", **params))


def test_a_countdown_that_ends_cancels_its_market() -> None:
    trader = Trader(stage())
    row(trader.place(newClientOrderId="s"))
    row(trader.place(symbol=BTC, price="89000", quantity="0.001", newClientOrderId="b"))
    assert armed(trader, 5000) == {"symbol": SOL, "countdownTime": "5000"}
    passes(trader.simulator, 4.999)
    assert names_open(trader) == ["s", "b"]
    passes(trader.simulator, 0.001)
    assert names_open(trader) == ["b"]
    assert row(trader.order(origClientOrderId="s"))["status"] == "CANCELED"


def test_a_countdown_begins_anew_each_time_and_zero_calls_it_off() -> None:
    trader = Trader(stage())
    row(trader.place(newClientOrderId="s"))
    armed(trader, 5000)
    passes(trader.simulator, 4)
    armed(trader, 5000)
    passes(trader.simulator, 4)
    armed(trader, 0)
    passes(trader.simulator, 60)
    assert names_open(trader) == ["s"]
