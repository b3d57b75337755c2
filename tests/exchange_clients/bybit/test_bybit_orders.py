"""Orders and fills, as Bybit words them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from exchange_clients.base_models import (
    ClientOrderId,
    NewOrder,
    OrderStatus,
    OrderType,
    PositionSide,
    Side,
    TimeInForce,
    VenueOrderId,
)
from exchange_clients.bybit.client.managers.order_manager import BybitOrders, wording
from exchange_clients.shared.flow import Method, drive
from tests.exchange_clients.bybit.bybit_samples import (
    BTC,
    ORDER_ID,
    PARTLY,
    TABLE,
    answer,
    done,
)

ORDERS = BybitOrders(TABLE)
NEW = NewOrder(
    ClientOrderId("x1"), BTC, Side.BUY, Decimal("0.010"), Decimal(90000),
    time_in_force=TimeInForce.GTX,
)  # fmt: skip
EXIT = replace(NEW, side=Side.SELL, reduce_only=True)
TRAIL = replace(
    EXIT, order_type=OrderType.TRAILING_STOP, price=None, trailing_fraction=Decimal("0.01")
)


# Placing ------------------------------------------------------------------------------------------


def test_an_acknowledgement_is_pending_and_is_asked_for_once() -> None:
    (request,), info = drive(ORDERS.place(NEW), [answer("http_post_order_create")])
    assert (info.status, info.order_id, info.client_order_id) == (
        OrderStatus.PENDING, ORDER_ID, "x1",
    )  # fmt: skip
    assert (request.method, request.path) == (Method.POST, "/v5/order/create")
    assert request.body == {
        "category": "linear", "symbol": "BTCUSDT", "side": "Buy", "orderType": "Limit",
        "qty": "0.010", "price": "90000", "timeInForce": "PostOnly", "positionIdx": 0,
        "orderLinkId": "x1",
    }  # fmt: skip
    assert (request.repeatable, request.private, request.urgent) == (False, True, False)
    assert (request.scope, request.intent) == ("create", None)


@pytest.mark.parametrize(
    ("time_in_force", "word"),
    [
        (TimeInForce.GTC, "GTC"),
        (TimeInForce.IOC, "IOC"),
        (TimeInForce.FOK, "FOK"),
        (TimeInForce.GTX, "PostOnly"),
    ],
)
def test_each_time_in_force_has_its_word(time_in_force: TimeInForce, word: str) -> None:
    assert wording(replace(NEW, time_in_force=time_in_force))["timeInForce"] == word


LIMIT = {"orderType": "Limit", "price": "90000", "timeInForce": "PostOnly"}
MARKET = {"orderType": "Market", "timeInForce": "IOC"}


@pytest.mark.parametrize(
    ("kind", "side", "words"),
    [
        (OrderType.MARKET, Side.BUY, MARKET),
        (OrderType.STOP, Side.BUY, LIMIT | {"triggerDirection": 1}),
        (OrderType.STOP, Side.SELL, LIMIT | {"triggerDirection": 2}),
        (OrderType.STOP_MARKET, Side.BUY, MARKET | {"triggerDirection": 1}),
        (OrderType.STOP_MARKET, Side.SELL, MARKET | {"triggerDirection": 2}),
        (OrderType.TAKE_PROFIT, Side.BUY, LIMIT | {"triggerDirection": 2}),
        (OrderType.TAKE_PROFIT, Side.SELL, LIMIT | {"triggerDirection": 1}),
        (OrderType.TAKE_PROFIT_MARKET, Side.BUY, MARKET | {"triggerDirection": 2}),
        (OrderType.TAKE_PROFIT_MARKET, Side.SELL, MARKET | {"triggerDirection": 1}),
    ],
)
def test_each_type_names_where_its_price_must_go(
    kind: OrderType, side: Side, words: dict[str, Any]
) -> None:
    waits = kind is not OrderType.MARKET
    order = replace(
        NEW, order_type=kind, side=side, trigger_price=Decimal("9.1E+4") if waits else None
    )
    if waits:
        words = words | {"triggerPrice": "91000", "triggerBy": "MarkPrice"}
    assert wording(order) == words | {
        "symbol": "BTCUSDT", "side": {Side.BUY: "Buy", Side.SELL: "Sell"}[side], "qty": "0.010",
        "positionIdx": 0, "orderLinkId": "x1",
    }  # fmt: skip


def test_tiny_numbers_are_written_plainly() -> None:
    words = wording(replace(NEW, size=Decimal("1E+3"), price=Decimal("1E-7")))
    assert (words["qty"], words["price"]) == ("1000", "0.0000001")


@pytest.mark.parametrize(
    ("position_side", "index"), [(None, 0), (PositionSide.LONG, 1), (PositionSide.SHORT, 2)]
)
def test_in_hedge_mode_an_order_names_its_position(
    position_side: PositionSide | None, index: int
) -> None:
    assert wording(replace(NEW, position_side=position_side))["positionIdx"] == index


def test_exits_that_come_with_an_order_wait_for_the_mark_price_too() -> None:
    order = replace(NEW, take_profit_price=Decimal("9.5E+4"), stop_loss_price=Decimal("85000.5"))
    words = wording(order)
    assert (words["takeProfit"], words["tpTriggerBy"]) == ("95000", "MarkPrice")
    assert (words["stopLoss"], words["slTriggerBy"]) == ("85000.5", "MarkPrice")
    assert not {"takeProfit", "tpTriggerBy"} & set(
        wording(replace(NEW, stop_loss_price=Decimal(1)))
    )


def test_an_exit_may_use_the_reserve_and_says_that_it_only_reduces() -> None:
    (request,), _ = drive(ORDERS.place(EXIT), [answer("http_post_order_create")])
    assert request.urgent
    assert wording(EXIT)["reduceOnly"] is True


# Trailing stops -----------------------------------------------------------------------------------


def test_a_trailing_stop_hangs_on_the_position_at_a_distance_in_price() -> None:
    requests, info = drive(ORDERS.place(TRAIL), [answer("http_get_tickers"), done()])
    assert requests[0].params["symbol"] == BTC
    arming = requests[1]
    assert arming.path == "/v5/position/trading-stop"
    assert arming.body == {
        "category": "linear", "symbol": "BTCUSDT", "tpslMode": "Full", "positionIdx": 0,
        "trailingStop": "900.00",
    }  # fmt: skip
    assert (arming.repeatable, arming.urgent, arming.intent) == (False, True, 0)
    assert (info.status, info.order_id, info.order_type) == (
        OrderStatus.PENDING, "", OrderType.TRAILING_STOP,
    )  # fmt: skip


def test_a_trailing_stop_may_begin_at_a_price_and_then_asks_for_none() -> None:
    order = replace(TRAIL, trigger_price=Decimal(95000), position_side=PositionSide.LONG)
    (arming,), _ = drive(ORDERS.place(order), [done()])
    assert isinstance(arming.body, dict)
    assert (arming.body["trailingStop"], arming.body["activePrice"]) == ("950.00", "95000")
    assert (arming.body["positionIdx"], arming.intent) == (1, 1)


def test_a_trailing_stop_is_a_tick_away_at_least() -> None:
    order = replace(TRAIL, trailing_fraction=Decimal("1E-9"), trigger_price=Decimal(90000))
    (arming,), _ = drive(ORDERS.place(order), [done()])
    assert isinstance(arming.body, dict)
    assert arming.body["trailingStop"] == "0.10"


# Cancelling and changing --------------------------------------------------------------------------


def test_a_cancel_goes_by_either_id_and_is_only_acknowledged() -> None:
    (request,), info = drive(ORDERS.cancel(PARTLY), [answer("http_post_order_create")])
    assert info == PARTLY
    assert request.body == {"category": "linear", "symbol": "BTCUSDT", "orderId": ORDER_ID}
    assert (request.path, request.urgent, request.repeatable) == ("/v5/order/cancel", True, True)
    nameless = replace(PARTLY, order_id=VenueOrderId(""))
    (request,), _ = drive(ORDERS.cancel(nameless), [answer("http_post_order_create")])
    assert request.body == {"category": "linear", "symbol": "BTCUSDT", "orderLinkId": "x1"}


def test_everything_of_the_account_is_cancelled_coin_by_coin() -> None:
    requests, _ = drive(ORDERS.cancel_all(None), [done(), done()])
    assert [request.body for request in requests] == [
        {"category": "linear", "settleCoin": "USDT"}, {"category": "linear", "settleCoin": "USDC"},
    ]  # fmt: skip
    (request,), _ = drive(ORDERS.cancel_all(BTC), [done()])
    assert request.body == {"category": "linear", "symbol": "BTCUSDT"}
    assert request.urgent


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"price": Decimal("9.0001E+4"), "size": None}, {"price": "90001"}),
        ({"price": None, "size": Decimal("0.020")}, {"qty": "0.020"}),
    ],
)
def test_a_change_names_what_changes_alone(
    changes: dict[str, Decimal | None], words: dict[str, str]
) -> None:
    flow = ORDERS.amend(PARTLY, price=changes["price"], size=changes["size"])
    (request,), info = drive(flow, [answer("http_post_order_create")])
    assert (info, request.repeatable, request.scope) == (PARTLY, False, "amend")
    always = {"category": "linear", "symbol": "BTCUSDT", "orderId": ORDER_ID}
    assert request.body == always | words
