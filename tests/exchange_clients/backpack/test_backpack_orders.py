from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from exchange_clients import errors
from exchange_clients.backpack.client.managers.order_manager import BackpackOrders
from exchange_clients.base_models import (
    NS,
    ClientOrderId,
    ContractId,
    Fill,
    Liquidity,
    NewOrder,
    OrderInfo,
    OrderStatus,
    OrderType,
    Reason,
    Side,
    TimeInForce,
    TradeId,
    VenueOrderId,
)
from exchange_clients.events import Unreadable
from exchange_clients.shared.flow import Method, Response, drive
from tests.exchange_clients.backpack.backpack_samples import (
    ETH,
    NOT_FOUND,
    RESTING,
    SOL,
    answer,
    history_row,
    parsed,
)
from tests.support.samples import answers

ORDERS = BackpackOrders()
LIMIT = NewOrder(
    ClientOrderId("1001"), SOL, Side.BUY, Decimal("1.5"), Decimal("180.50"),
    time_in_force=TimeInForce.GTX,
)  # fmt: skip


def worded(order: NewOrder) -> Any:
    requests, _ = drive(ORDERS.place(order), [answer("http_post_order")])
    return requests[0].body


# Placing ------------------------------------------------------------------------------------------


def test_a_placement_is_sent_once_and_its_answer_is_the_order() -> None:
    requests, info = drive(ORDERS.place(LIMIT), [answer("http_post_order")])
    assert info == RESTING
    assert len(requests) == 1
    assert (requests[0].method, requests[0].path) == (Method.POST, "/api/v1/order")
    assert (requests[0].private, requests[0].repeatable, requests[0].urgent) == (True, False, False)
    assert requests[0].body == {
        "symbol": "SOL_USDC_PERP",
        "side": "Bid",
        "orderType": "Limit",
        "clientId": 1001,
        "postOnly": True,
        "price": "180.50",
        "timeInForce": "GTC",
        "quantity": "1.5",
    }


def test_exits_go_with_the_order_and_wait_for_the_mark() -> None:
    wanted = replace(LIMIT, take_profit_price=Decimal("1E+3"), stop_loss_price=Decimal("170.50"))
    (request,), _ = drive(ORDERS.place(wanted), [answer("http_post_order")])
    assert isinstance(request.body, dict)
    assert {name: value for name, value in request.body.items() if "Trigger" in name} == {
        "takeProfitTriggerPrice": "1000",
        "takeProfitTriggerBy": "MarkPrice",
        "stopLossTriggerPrice": "170.50",
        "stopLossTriggerBy": "MarkPrice",
    }


@pytest.mark.parametrize(
    ("time_in_force", "word"),
    [(TimeInForce.GTC, "GTC"), (TimeInForce.IOC, "IOC"), (TimeInForce.FOK, "FOK")],
)
def test_orders_that_may_take_are_not_post_only(time_in_force: TimeInForce, word: str) -> None:
    body = worded(replace(LIMIT, time_in_force=time_in_force))
    assert (body["timeInForce"], "postOnly" in body) == (word, False)


def test_a_market_order_has_neither_price_nor_time_in_force() -> None:
    market = replace(
        LIMIT,
        price=None,
        order_type=OrderType.MARKET,
        time_in_force=TimeInForce.IOC,
        reduce_only=True,
        side=Side.SELL,
    )
    requests, info = drive(ORDERS.place(market), [answer("http_post_market_order")])
    assert requests[0].urgent
    assert requests[0].body == {
        "symbol": "SOL_USDC_PERP",
        "side": "Ask",
        "orderType": "Market",
        "clientId": 1001,
        "reduceOnly": True,
        "quantity": "1.5",
    }
    assert (info.status, info.filled_size) == (OrderStatus.FILLED, Decimal("1.5"))
    assert (info.price, info.average_price) == (None, Decimal("180.6"))


@pytest.mark.parametrize(
    ("kind", "price", "word"),
    [
        (OrderType.STOP, Decimal(169), "Limit"),
        (OrderType.TAKE_PROFIT, Decimal(169), "Limit"),
        (OrderType.STOP_MARKET, None, "Market"),
        (OrderType.TAKE_PROFIT_MARKET, None, "Market"),
    ],
)
def test_an_armed_order_has_its_size_in_the_trigger(
    kind: OrderType, price: Decimal | None, word: str
) -> None:
    order = replace(LIMIT, order_type=kind, price=price, trigger_price=Decimal(170))
    body = worded(replace(order, time_in_force=TimeInForce.GTC))
    assert (body["orderType"], body.get("price")) == (word, None if price is None else "169")
    assert (body["triggerPrice"], body["triggerBy"]) == ("170", "MarkPrice")
    assert (body["triggerQuantity"], "quantity" in body) == ("1.5", False)


def test_a_trailing_stop_is_not_sent() -> None:
    order = replace(LIMIT, order_type=OrderType.TRAILING_STOP)
    with pytest.raises(errors.UnsupportedFeature, match="trailing stop"):
        drive(ORDERS.place(order), [])


def test_small_amounts_are_written_without_an_exponent() -> None:
    body = worded(replace(LIMIT, price=Decimal("1E-7"), size=Decimal("1E+5")))
    assert (body["price"], body["quantity"]) == ("0.0000001", "100000")


# Several ------------------------------------------------------------------------------------------


def test_a_batch_is_answered_order_by_order() -> None:
    requests, outcomes = drive(ORDERS.place_many([LIMIT, LIMIT]), [answer("http_post_orders")])
    assert (len(requests), requests[0].path) == (1, "/api/v1/orders")
    assert outcomes[0] == RESTING
    assert type(outcomes[1]) is errors.PostOnlyWouldCross


def test_an_order_of_a_batch_that_cannot_be_read_is_unknown_alone() -> None:
    rows = parsed("http_post_orders")
    rows[0]["status"] = "Sleeping"
    _, outcomes = drive(ORDERS.place_many([LIMIT, LIMIT]), answers(rows))
    assert type(outcomes[0]) is errors.OutcomeUnknown
    assert type(outcomes[1]) is errors.PostOnlyWouldCross


def test_a_batch_that_is_answered_in_part_is_not_guessed_at() -> None:
    with pytest.raises(errors.MalformedPayload, match="2 orders were answered by 1"):
        drive(ORDERS.place_many([LIMIT, LIMIT]), answers(parsed("http_post_orders")[:1]))


def test_a_batch_beyond_the_venues_limit_is_not_sent() -> None:
    with pytest.raises(errors.ClientConfigError, match="21 orders"):
        drive(ORDERS.place_many([LIMIT] * 21), [])


def test_several_are_cancelled_one_by_one_with_an_outcome_each() -> None:
    gone = {**parsed("http_post_order"), "status": "Cancelled"}
    unread = {**gone, "side": None}
    flow = ORDERS.cancel_many([RESTING, RESTING, RESTING, RESTING])
    requests, outcomes = drive(
        flow, [*answers(gone), NOT_FOUND, Response(202, b""), *answers(unread)]
    )
    assert [each.repeatable for each in requests] == [True] * 4
    assert outcomes[0] == replace(RESTING, status=OrderStatus.CANCELED)
    assert outcomes[1] is NOT_FOUND.error
    assert outcomes[2] is RESTING
    assert type(outcomes[3]) is errors.OutcomeUnknown


# Cancelling ---------------------------------------------------------------------------------------


def test_a_cancelled_order_is_told_as_the_answer_shows_it() -> None:
    body = {**parsed("http_post_order"), "status": "Cancelled", "executedQuantity": "0.5"}
    body["executedQuoteQuantity"] = "90.25"
    requests, info = drive(ORDERS.cancel(RESTING), answers(body))
    assert requests[0].body == {"symbol": "SOL_USDC_PERP", "orderId": "4238907375"}
    assert requests[0].urgent
    assert (info.status, info.filled_size) == (OrderStatus.CANCELED, Decimal("0.5"))
    assert info.average_price == Decimal("180.5")


@pytest.mark.parametrize("body", [b"", b"{}"])
def test_an_acknowledged_cancel_leaves_the_order_as_it_was(body: bytes) -> None:
    assert drive(ORDERS.cancel(RESTING), [Response(202, body)])[1] is RESTING


def test_an_order_without_a_venue_id_is_cancelled_by_ours_as_a_number() -> None:
    requests, _ = drive(
        ORDERS.cancel(replace(RESTING, order_id=VenueOrderId(""))), [Response(202, b"")]
    )
    assert requests[0].body == {"symbol": "SOL_USDC_PERP", "clientId": 1001}


def test_everything_of_a_contract_is_cancelled_by_one_request() -> None:
    requests, _ = drive(ORDERS.cancel_all(SOL), answers([]))
    assert [(each.path, each.body) for each in requests] == [("/api/v1/orders", {"symbol": SOL})]


def test_everything_of_an_account_is_cancelled_contract_by_contract() -> None:
    rows = [history_row(), history_row(id="8"), history_row(id="9", symbol=ETH)]
    requests, _ = drive(ORDERS.cancel_all(None), answers(rows, [], []))
    assert requests[0].params == {"symbol": None, "marketType": "PERP"}
    assert [each.body for each in requests[1:]] == [{"symbol": SOL}, {"symbol": ETH}]


def test_a_list_that_cannot_be_read_cancels_nothing() -> None:
    with pytest.raises(errors.MalformedPayload):
        drive(ORDERS.cancel_all(None), answers([history_row(symbol=None)]))


# Lists --------------------------------------------------------------------------------------------


def test_open_orders_come_oldest_first_with_what_cannot_be_read_beside_them() -> None:
    rows = [
        history_row(id="3", createdAt=1795200003000),
        history_row(id="2", createdAt=1795200002000, status="Sleeping"),
        history_row(id="1", createdAt=1795200001000),
    ]
    _, found = drive(ORDERS.active(SOL), answers(rows))
    assert [each.order_id for each in found if isinstance(each, OrderInfo)] == ["1", "3"]
    assert [each.ids for each in found if isinstance(each, Unreadable)] == [("2", "1001")]


def test_an_expired_stop_is_read_from_the_history() -> None:
    _, found = drive(ORDERS.active(SOL), [answer("http_get_history_orders")])
    assert found[0] == OrderInfo(
        order_id=VenueOrderId("4238907377"),
        client_order_id=ClientOrderId("1003"),
        contract_id=SOL,
        side=Side.SELL,
        size=Decimal("1.5"),
        price=None,
        status=OrderStatus.EXPIRED,
        order_type=OrderType.STOP_MARKET,
        reduce_only=True,
        reason=Reason.REDUCE_ONLY_REJECTED,
        created_ns=1795196340_092000000,
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"quantity": None},
        {"quantity": None, "triggerQuantity": "80%"},
        {"price": None},
        {"executedQuantity": "NaN"},
        {"executedQuantity": 0},
        {"clientId": "1001"},
        {"createdAt": None},
        {"orderType": "Twap"},
    ],
)
def test_an_order_without_its_facts_is_unreadable(changes: dict[str, object]) -> None:
    _, found = drive(ORDERS.active(SOL), answers([history_row(**changes)]))
    assert isinstance(found[0], Unreadable)


FILL = Fill(
    trade_id=TradeId("9748827"),
    order_id=VenueOrderId("4238907375"),
    client_order_id=ClientOrderId("1001"),
    contract_id=ETH,
    side=Side.BUY,
    price=Decimal("3826.15"),
    size=Decimal("0.0026"),
    fee=Decimal("0.004974"),
    fee_asset="USDC",
    liquidity=Liquidity.TAKER,
    venue_ns=1795196340_092000000,
)


def fills(bodies: list[object], start_ns: int = 0, end_ns: int = 1795300000 * NS) -> list[Any]:
    return [*drive(ORDERS.fills(ETH, start_ns, end_ns), answers(*bodies))[1]]


def test_fills_are_those_of_our_orders_within_the_span() -> None:
    flow = ORDERS.fills(ETH, FILL.venue_ns, FILL.venue_ns + 1)
    requests, found = drive(flow, [answer("http_get_history_fills")])
    assert list(found) == [FILL]
    assert requests[0].params == {
        "symbol": ETH,
        "from": 1795196340092,
        "to": 1795196340093,
        "fillType": "User",
        "sortDirection": "Desc",
        "limit": 1000,
        "offset": 0,
    }


def test_fills_beside_the_span_are_left_out() -> None:
    rows = parsed("http_get_history_fills")
    assert fills([rows], start_ns=FILL.venue_ns + 1) == []
    assert fills([rows], end_ns=FILL.venue_ns) == []


def test_fills_are_read_to_the_last_page_and_count_once() -> None:
    row = parsed("http_get_history_fills")[0]
    page = [{**row, "tradeId": 3000 - n} for n in range(1000)]
    last = [{**row, "tradeId": 3000 - n} for n in range(999, 1003)]  # one came in meanwhile
    found = fills([page, last])
    assert [int(each.trade_id) for each in found] == list(range(1998, 3001))


def test_a_fill_that_cannot_be_read_stands_beside_the_others() -> None:
    row = parsed("http_get_history_fills")[0]
    found = fills([[row, {**row, "tradeId": None}]])
    assert found[0] == FILL
    assert found[1].ids == ("4238907375", "1001")


def test_orders_of_other_people_have_no_client_id() -> None:
    row = {**parsed("http_get_history_fills")[0], "clientId": None}
    assert fills([[row]]) == [replace(FILL, client_order_id=None)]


def test_contracts_are_named_as_the_venue_names_them() -> None:
    assert worded(replace(LIMIT, contract_id=ContractId("kPEPE_USDC_PERP")))["symbol"] == (
        "kPEPE_USDC_PERP"
    )
