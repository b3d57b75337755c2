"""How orders of OKX are placed, cancelled and changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from exchange_clients.base_models import (
    NewOrder,
    OrderInfo,
    OrderStatus,
    OrderType,
    PositionSide,
    Side,
    TimeInForce,
    VenueOrderId,
)
from exchange_clients.errors import (
    MalformedPayload,
    UnsupportedFeature,
    VenueRejected,
)
from exchange_clients.okx.client.managers.order_manager import OkxOrders
from exchange_clients.okx.client.utils.converters import ALGO
from exchange_clients.shared.flow import Method, Request, drive
from tests.exchange_clients.okx.okx_samples import (
    BTC,
    NEW,
    ORDER_ID,
    OURS,
    PARTLY,
    PENDING,
    TABLE,
    WAITING,
    D,
    answer,
    row_of,
    said,
)

ORDERS = OkxOrders(TABLE)
STOP = replace(
    NEW, order_type=OrderType.STOP_MARKET, side=Side.SELL, price=None,
    time_in_force=TimeInForce.GTC, trigger_price=D("80000"), reduce_only=True,
)  # fmt: skip


def algo_row(**changed: object) -> dict[str, Any]:
    return row_of("http_get_order_algo", algoClOrdId=OURS, **changed)


def placed(order: NewOrder) -> tuple[Request, OrderInfo]:
    name = "http_post_order_algo" if order.order_type.conditional else "http_post_order"
    (request,), info = drive(ORDERS.place(order), [answer(name)])
    return request, info


def wording(order: NewOrder) -> dict[str, Any]:
    body = placed(order)[0].body
    assert isinstance(body, dict)
    return body


# Placing ------------------------------------------------------------------------------------------


def test_a_placement_counts_contracts_is_pending_and_may_not_be_repeated() -> None:
    request, info = placed(NEW)
    assert (request.method, request.path) == (Method.POST, "/api/v5/trade/order")
    assert (request.repeatable, request.urgent, request.instrument) == (False, False, BTC)
    assert request.body == {
        "instId": BTC,
        "tdMode": "cross",
        "side": "buy",
        "posSide": "net",
        "sz": "1",
        "ordType": "post_only",
        "clOrdId": OURS,
        "px": "90000",
    }
    assert info == PENDING


@pytest.mark.parametrize(
    ("time_in_force", "word"),
    [
        (TimeInForce.GTC, "limit"),
        (TimeInForce.IOC, "ioc"),
        (TimeInForce.FOK, "fok"),
        (TimeInForce.GTX, "post_only"),
    ],
)
def test_how_long_an_order_rests_is_its_type_at_the_venue(
    time_in_force: TimeInForce, word: str
) -> None:
    assert wording(replace(NEW, time_in_force=time_in_force))["ordType"] == word


def test_a_market_order_has_no_price_and_a_reducing_one_goes_first() -> None:
    market = replace(
        NEW, order_type=OrderType.MARKET, price=None, time_in_force=TimeInForce.GTC,
        reduce_only=True, size=D("0.00015"),
    )  # fmt: skip
    request, _ = placed(market)
    body = wording(market)
    assert (body["ordType"], body["sz"], body["reduceOnly"]) == ("market", "0.015", True)
    assert "px" not in body
    assert request.urgent


@pytest.mark.parametrize(
    ("side", "position", "word"),
    [
        (Side.BUY, PositionSide.LONG, "long"),
        (Side.SELL, PositionSide.LONG, "long"),
        (Side.SELL, PositionSide.SHORT, "short"),
    ],
)
def test_in_long_short_mode_side_and_position_say_whether_an_order_reduces(
    side: Side, position: PositionSide, word: str
) -> None:
    body = wording(replace(NEW, side=side, position_side=position, reduce_only=True))
    assert (body["side"], body["posSide"]) == (side.value, word)
    assert "reduceOnly" not in body


def test_exits_come_with_the_order_and_wait_for_the_mark() -> None:
    body = wording(replace(NEW, take_profit_price=D("95000"), stop_loss_price=D("85000.5")))
    assert body["attachAlgoOrds"] == [
        {
            "tpTriggerPx": "95000",
            "tpTriggerPxType": "mark",
            "tpOrdPx": "-1",
            "slTriggerPx": "85000.5",
            "slTriggerPxType": "mark",
            "slOrdPx": "-1",
        }
    ]
    alone = wording(replace(NEW, stop_loss_price=D("85000")))
    assert "tpTriggerPx" not in alone["attachAlgoOrds"][0]


@pytest.mark.parametrize("kind", [OrderType.STOP_MARKET, OrderType.TRAILING_STOP])
def test_exits_of_an_order_that_waits_are_refused_before_it_is_sent(kind: OrderType) -> None:
    order = replace(
        STOP, order_type=kind, trailing_fraction=D("0.01"), take_profit_price=D("95000")
    )
    with pytest.raises(UnsupportedFeature, match="exits of a conditional order"):
        next(ORDERS.place(order))


@pytest.mark.parametrize(
    ("kind", "price", "word"),
    [
        (OrderType.STOP, "79990", "79990"),
        (OrderType.STOP_MARKET, None, "-1"),
        (OrderType.TAKE_PROFIT, "79990", "79990"),
        (OrderType.TAKE_PROFIT_MARKET, None, "-1"),
    ],
)
def test_a_stop_or_take_profit_is_an_order_of_another_kind(
    kind: OrderType, price: str | None, word: str
) -> None:
    order = replace(STOP, order_type=kind, price=None if price is None else D(price))
    request, info = placed(order)
    assert (request.path, request.scope) == ("/api/v5/trade/order-algo", "algo")
    assert request.body == {
        "instId": BTC,
        "tdMode": "cross",
        "side": "sell",
        "posSide": "net",
        "sz": "1",
        "reduceOnly": True,
        "algoClOrdId": OURS,
        "ordType": "trigger",
        "triggerPx": "80000",
        "triggerPxType": "mark",
        "orderPx": word,
    }
    assert (info.order_id, info.status) == (f"{ALGO}123456789", OrderStatus.PENDING)


@pytest.mark.parametrize("active", [None, "91000"])
def test_a_trailing_stop_says_how_far_it_stays_behind_and_from_where(active: str | None) -> None:
    body = wording(
        replace(
            STOP,
            order_type=OrderType.TRAILING_STOP,
            trailing_fraction=D("0.01"),
            trigger_price=None if active is None else D(active),
        )
    )
    assert (body["ordType"], body["callbackRatio"]) == ("move_order_stop", "0.01")
    assert body.get("activePx") == active
    assert "triggerPx" not in body


@pytest.mark.parametrize("order", [NEW, STOP])
def test_an_answer_that_names_no_order_is_not_taken_for_one(order: NewOrder) -> None:
    with pytest.raises(MalformedPayload, match="names no order"):
        drive(ORDERS.place(order), [said({"ordId": "", "algoId": "", "sCode": "0"})])


# Cancelling and changing --------------------------------------------------------------------------


def test_a_cancel_names_the_venues_id_or_ours_and_only_acknowledges() -> None:
    (request,), info = drive(ORDERS.cancel(PENDING), [answer("http_post_order")])
    assert (request.path, request.urgent) == ("/api/v5/trade/cancel-order", True)
    assert (request.body, info) == ({"instId": BTC, "ordId": ORDER_ID}, PENDING)
    unnamed = replace(PENDING, order_id=VenueOrderId(""))
    (request,), _ = drive(ORDERS.cancel(unnamed), [answer("http_post_order")])
    assert request.body == {"instId": BTC, "clOrdId": OURS}


def test_an_order_that_waits_is_cancelled_apart_by_either_name() -> None:
    (request,), _ = drive(ORDERS.cancel(WAITING), [answer("http_post_order_algo")])
    assert request.path == "/api/v5/trade/cancel-algos"
    assert request.body == [{"instId": BTC, "algoId": "123456789"}]
    unnamed = replace(WAITING, order_id=VenueOrderId(""))
    (request,), _ = drive(ORDERS.cancel(unnamed), [answer("http_post_order_algo")])
    assert request.body == [{"instId": BTC, "algoClOrdId": OURS}]


def test_an_order_that_a_trigger_set_off_is_cancelled_as_any_other() -> None:
    triggered = replace(WAITING, order_id=ORDER_ID)
    (request,), _ = drive(ORDERS.cancel(triggered), [answer("http_post_order")])
    assert (request.path, request.body) == (
        "/api/v5/trade/cancel-order",
        {"instId": BTC, "ordId": ORDER_ID},
    )


def test_everything_is_listed_and_then_cancelled_one_by_one() -> None:
    answers = [
        said(row_of("http_get_order"), row_of("http_get_order", ordId="2", state="asleep")),
        said(algo_row()),
        said(),
        answer("http_post_order"),
        answer("http_post_order_algo"),
    ]
    requests, _ = drive(ORDERS.cancel_all(None), answers)
    assert [each.path for each in requests] == [
        "/api/v5/trade/orders-pending",
        "/api/v5/trade/orders-algo-pending",
        "/api/v5/trade/orders-algo-pending",
        "/api/v5/trade/cancel-order",
        "/api/v5/trade/cancel-algos",
    ]


@pytest.mark.parametrize(
    ("asked", "told"), [(0, "0"), (-1, "0"), (3, "10"), (60, "60"), (600, "120")]
)
def test_the_dead_man_switch_keeps_to_what_the_venue_takes(asked: float, told: str) -> None:
    (request,), _ = drive(ORDERS.arm_dead_man(asked), [said()])
    assert (request.path, request.body) == ("/api/v5/trade/cancel-all-after", {"timeOut": told})


def test_a_change_names_the_whole_size_in_contracts() -> None:
    flow = ORDERS.amend(PARTLY, price=D("89000.1"), size=D("0.02"))
    (request,), info = drive(flow, [answer("http_post_amend_order")])
    assert (request.path, request.repeatable) == ("/api/v5/trade/amend-order", False)
    assert request.body == {"instId": BTC, "ordId": ORDER_ID, "newPx": "89000.1", "newSz": "2"}
    assert info == PARTLY
    with pytest.raises(VenueRejected, match="cannot be amended"):
        next(ORDERS.amend(WAITING, price=D(1), size=None))
