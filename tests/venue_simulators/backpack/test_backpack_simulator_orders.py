from __future__ import annotations

import json

import pytest

from tests.venue_simulators.backpack.backpack_stage import (
    SOL,
    START_MS,
    Caller,
    limit,
    market,
    move,
    passes,
    plain_text,
    refusal,
    row,
    rows,
    stage,
)
from venue_simulators.backpack.signatures import KEY_PAIRS
from venue_simulators.wire import HttpRequest

PLACE = "/api/v1/order"


def test_resting_limit_order_is_answered_with_every_field() -> None:
    answer = row(
        Caller(stage()).place(price="170.50", quantity="1.5", postOnly=True, clientId=1001)
    )
    order_id = answer.pop("id")
    assert isinstance(order_id, str)
    assert order_id.isdigit()
    assert answer == {
        "orderType": "Limit",
        "clientId": 1001,
        "symbol": "SOL_USDC_PERP",
        "side": "Bid",
        "price": "170.50",
        "quantity": "1.5",
        "executedQuantity": "0",
        "executedQuoteQuantity": "0",
        "timeInForce": "GTC",
        "postOnly": True,
        "reduceOnly": None,
        "selfTradePrevention": "RejectTaker",
        "status": "New",
        "createdAt": START_MS + 100,
        "triggerPrice": None,
        "triggerQuantity": None,
        "triggeredAt": None,
        "relatedOrderId": None,
        "strategyId": None,
    }


def test_market_order_is_answered_filled_without_price_and_post_only() -> None:
    answer = row(Caller(stage()).place(**market("Bid", "30.00")))
    assert "price" not in answer
    assert "postOnly" not in answer
    assert answer["quoteQuantity"] is None
    assert answer["status"] == "Filled"
    assert answer["executedQuantity"] == "30"
    assert answer["executedQuoteQuantity"] == "5400.4"


def test_market_order_by_quote_quantity_buys_what_the_sum_pays_for() -> None:
    answer = row(Caller(stage()).place(**market("Bid", None, quoteQuantity="900.10")))
    assert answer["quoteQuantity"] == "900.10"
    assert answer["executedQuantity"] == "5"
    assert answer["status"] == "Filled"


def test_limit_order_that_crosses_fills_at_once_and_rests_with_the_remainder() -> None:
    answer = row(Caller(stage()).place(price="180.01", quantity="25.00"))
    assert (answer["status"], answer["executedQuantity"]) == ("PartiallyFilled", "20")


def test_ioc_remainder_expires() -> None:
    caller = Caller(stage())
    answer = row(caller.place(price="180.01", quantity="25.00", timeInForce="IOC"))
    assert (answer["status"], answer["executedQuantity"]) == ("Expired", "20")
    past = rows(caller.signed_get("/wapi/v1/history/orders", "orderHistoryQueryAll"))
    assert past[0]["expiryReason"] == "ImmediateOrCancel"


def test_fok_that_cannot_fill_whole_expires_unfilled() -> None:
    caller = Caller(stage())
    answer = row(caller.place(price="180.01", quantity="25.00", timeInForce="FOK"))
    assert (answer["status"], answer["executedQuantity"]) == ("Expired", "0")
    past = rows(caller.signed_get("/wapi/v1/history/orders", "orderHistoryQueryAll"))
    assert past[0]["expiryReason"] == "FillOrKill"


def test_market_order_past_the_last_level_expires_for_its_impact() -> None:
    caller = Caller(stage(balance="1000000"))
    answer = row(caller.place(**market("Bid", "100.00")))
    assert (answer["status"], answer["executedQuantity"]) == ("Expired", "60")
    past = rows(caller.signed_get("/wapi/v1/history/orders", "orderHistoryQueryAll"))
    assert past[0]["expiryReason"] == "PriceImpact"


def test_slippage_tolerance_bounds_a_market_order() -> None:
    caller = Caller(stage())
    order = market("Bid", "30.00", slippageTolerance="0", slippageToleranceType="TickSize")
    answer = row(caller.place(**order))
    assert (answer["status"], answer["executedQuantity"]) == ("Expired", "20")
    past = rows(caller.signed_get("/wapi/v1/history/orders", "orderHistoryQueryAll"))
    assert past[0]["expiryReason"] == "SlippageToleranceExceeded"


def test_post_only_that_would_cross_is_refused_and_makes_no_order() -> None:
    caller = Caller(stage())
    answer = caller.place(price="180.01", postOnly=True)
    assert refusal(answer) == (400, "INVALID_ORDER", "Order would immediately match and take")
    assert rows(caller.signed_get("/api/v1/orders", "orderQueryAll")) == []
    assert rows(caller.signed_get("/wapi/v1/history/orders", "orderHistoryQueryAll")) == []


def test_reduce_only_without_a_position_is_refused() -> None:
    answer = Caller(stage()).place(**market("Ask", "1.00", reduceOnly=True))
    assert refusal(answer)[:2] == (400, "INVALID_ORDER")


def test_reduce_only_closes_no_more_than_the_position() -> None:
    caller = Caller(stage())
    caller.place(**market("Bid", "2.00"))
    answer = row(caller.place(**market("Ask", "5.00", reduceOnly=True)))
    assert (answer["reduceOnly"], answer["executedQuantity"]) == (True, "2")
    assert rows(caller.signed_get("/api/v1/position", "positionQuery")) == []


def test_order_beyond_the_margin_is_refused() -> None:
    answer = Caller(stage(balance="100")).place(price="179.00", quantity="100.00")
    assert refusal(answer) == (400, "INSUFFICIENT_MARGIN", "Insufficient margin")


def test_halted_market_takes_no_orders() -> None:
    simulator = stage()
    simulator.world.set_tradable(SOL, tradable=False)
    assert refusal(Caller(simulator).place())[:2] == (400, "TRADING_PAUSED")


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        ({"price": "170.005"}, "INVALID_CLIENT_REQUEST", "Price decimal too long"),
        ({"quantity": "1.005"}, "INVALID_CLIENT_REQUEST", "Quantity decimal too long"),
        ({"price": "300.00"}, "INVALID_PRICE", "Price is too far from the last active price"),
        ({"price": "50.00"}, "INVALID_PRICE", "Price is too far from the last active price"),
        ({"quantity": "0"}, "INVALID_QUANTITY", "Quantity is below the minimum"),
        ({"symbol": "DOGE_USDC_PERP"}, "INVALID_SYMBOL", "Invalid symbol"),
        ({"symbol": "sol_usdc_perp"}, "INVALID_SYMBOL", "Invalid symbol"),
        ({"price": None}, "INVALID_ORDER", "A limit order needs `price` and `quantity`"),
        (
            {"quoteQuantity": "10"},
            "INVALID_ORDER",
            "Must specify exactly one of `quantity` and `quoteQuantity`",
        ),
        (
            {"triggerPrice": "190"},
            "INVALID_CLIENT_REQUEST",
            "Must specify both `triggerPrice` and `triggerQuantity` or neither",
        ),
        (
            {"postOnly": True, "timeInForce": "IOC"},
            "INVALID_ORDER",
            "A post only order cannot be IOC or FOK",
        ),
    ],
)
def test_order_that_makes_no_sense_is_refused_by_code(
    change: dict[str, object], code: str, message: str
) -> None:
    assert refusal(Caller(stage()).place(**change)) == (400, code, message)


@pytest.mark.parametrize(
    "change",
    [
        {"side": "Buy"},
        {"side": "bid"},
        {"side": None},
        {"orderType": "LIMIT"},
        {"timeInForce": "gtc"},
        {"price": 170.0},
        {"price": "1.7e2"},
        {"price": "-170"},
        {"quantity": 1},
        {"clientId": "1001"},
        {"clientId": 4294967296},
        {"clientId": -1},
        {"clientId": 1.5},
        {"postOnly": "true"},
        {"reduceOnly": 1},
        {"selfTradePrevention": "Allow"},
        {"symbol": None},
    ],
)
def test_field_of_the_wrong_type_cannot_be_parsed(change: dict[str, object]) -> None:
    status, text = plain_text(Caller(stage()).place(**change))
    assert status == 400
    assert text.startswith("parse request payload error: ")


@pytest.mark.parametrize("body", [b"", b"{", b"null", b'"text"', b'{"price":{}}'])
def test_body_that_is_no_order_cannot_be_parsed(body: bytes) -> None:
    request = HttpRequest("rest", "POST", PLACE, "", {}, body)
    assert plain_text(stage().handle(request))[0] == 400


def test_field_that_the_venue_does_not_know_is_signed_and_ignored() -> None:
    assert row(Caller(stage()).place(triggeredBy="MarkPrice"))["status"] == "New"


# Cancelling and looking up --------------------------------------------------------------------


def test_order_is_cancelled_by_its_id() -> None:
    caller = Caller(stage())
    order_id = row(caller.place())["id"]
    answer = row(caller.cancel(orderId=order_id))
    assert (answer["id"], answer["status"]) == (order_id, "Cancelled")


def test_order_is_cancelled_by_its_client_id_as_a_number() -> None:
    caller = Caller(stage())
    caller.place(clientId=0)
    assert row(caller.cancel(clientId=0))["status"] == "Cancelled"
    assert plain_text(caller.cancel(clientId="0"))[0] == 400


def test_cancel_names_exactly_one_order() -> None:
    caller = Caller(stage())
    order_id = row(caller.place(clientId=5))["id"]
    assert refusal(caller.cancel(orderId=order_id, clientId=5))[1] == "INVALID_CLIENT_REQUEST"
    assert refusal(caller.cancel())[1] == "INVALID_CLIENT_REQUEST"


def test_order_that_is_gone_is_not_found() -> None:
    caller = Caller(stage())
    order_id = row(caller.place(**market("Bid", "1.00")))["id"]
    gone = (404, "RESOURCE_NOT_FOUND", "Not Found")
    assert refusal(caller.cancel(orderId=order_id)) == gone
    assert refusal(caller.cancel(clientId=99)) == gone
    query = caller.signed_get(PLACE, "orderQuery", symbol=SOL, orderId=order_id)
    assert refusal(query) == gone


def test_order_of_another_account_is_not_found() -> None:
    simulator = stage(accounts=("main", "second"))
    order_id = row(Caller(simulator).place())["id"]
    other = Caller(simulator, KEY_PAIRS[1])
    assert refusal(other.cancel(orderId=order_id))[1] == "RESOURCE_NOT_FOUND"


def test_live_order_is_read_by_either_name() -> None:
    caller = Caller(stage())
    placed = row(caller.place(clientId=8))
    by_id = caller.signed_get(PLACE, "orderQuery", symbol=SOL, orderId=placed["id"])
    by_client_id = caller.signed_get(PLACE, "orderQuery", symbol=SOL, clientId=8)
    assert row(by_id) == row(by_client_id) == placed


def test_of_a_client_id_used_twice_the_newer_order_is_meant() -> None:
    caller = Caller(stage())
    caller.place(clientId=8, price="170.00")
    caller.place(clientId=8, price="171.00")
    found = row(caller.signed_get(PLACE, "orderQuery", symbol=SOL, clientId=8))
    assert found["price"] == "171.00"


def test_open_orders_are_listed_oldest_first() -> None:
    caller = Caller(stage())
    ids = [row(caller.place(clientId=number))["id"] for number in (1, 2, 3)]
    query = caller.signed_get("/api/v1/orders", "orderQueryAll", symbol=SOL, marketType="PERP")
    assert [one["id"] for one in rows(query)] == ids
    assert rows(caller.signed_get("/api/v1/orders", "orderQueryAll", marketType="SPOT")) == []


def test_cancel_all_lists_what_it_cancelled() -> None:
    caller = Caller(stage())
    ids = [row(caller.place(clientId=number))["id"] for number in (1, 2)]
    path, body = "/api/v1/orders", {"symbol": SOL}
    cancelled = rows(caller.send("DELETE", path, "orderCancelAll", body))
    assert [(one["id"], one["status"]) for one in cancelled] == [
        (order_id, "Cancelled") for order_id in ids
    ]
    assert rows(caller.send("DELETE", path, "orderCancelAll", body)) == []


def test_cancel_all_takes_one_kind_of_orders() -> None:
    caller = Caller(stage())
    caller.place()
    caller.place(quantity=None, price="190.00", triggerPrice="189.00", triggerQuantity="1.00")
    body = {"symbol": SOL, "orderType": "ConditionalOrder"}
    cancelled = rows(caller.send("DELETE", "/api/v1/orders", "orderCancelAll", body))
    assert [one["triggerPrice"] for one in cancelled] == ["189.00"]
    left = rows(caller.signed_get("/api/v1/orders", "orderQueryAll"))
    assert [one["triggerPrice"] for one in left] == [None]


# Batches --------------------------------------------------------------------------------------


def test_batch_answers_each_order_in_request_order() -> None:
    answer = rows(
        Caller(stage()).batch(
            limit(clientId=1),
            limit(clientId=2, price="180.01", postOnly=True),
            market("Bid", "1.00", clientId=3),
        )
    )
    assert answer[1] == {
        "operation": "Err",
        "code": "INVALID_ORDER",
        "message": "Order would immediately match and take",
    }
    assert (answer[0]["operation"], answer[0]["clientId"], answer[0]["status"]) == ("Ok", 1, "New")
    assert (answer[2]["operation"], answer[2]["status"]) == ("Ok", "Filled")


def test_batch_that_cannot_be_parsed_places_nothing() -> None:
    caller = Caller(stage())
    assert plain_text(caller.batch(limit(), limit(side="Buy")))[0] == 400
    assert rows(caller.signed_get("/api/v1/orders", "orderQueryAll")) == []


def test_batch_has_at_most_twenty_orders() -> None:
    caller = Caller(stage())
    assert len(rows(caller.batch(*[limit()] * 20))) == 20
    assert refusal(caller.batch(*[limit()] * 21))[1] == "INVALID_CLIENT_REQUEST"


def test_order_at_the_path_of_batches_cannot_be_parsed() -> None:
    request = HttpRequest("rest", "POST", "/api/v1/orders", "", {}, json.dumps(limit()).encode())
    assert plain_text(stage().handle(request))[0] == 400


# Triggers -------------------------------------------------------------------------------------


def stop(**changes: object) -> dict[str, object]:
    order = {"triggerPrice": "178.00", "triggerQuantity": "2.00", "reduceOnly": True, **changes}
    return market("Ask", None, **order)


def test_trigger_order_waits_with_its_size_in_the_trigger() -> None:
    caller = Caller(stage())
    caller.place(**market("Bid", "2.00"))
    answer = row(caller.place(**stop()))
    assert answer["status"] == "TriggerPending"
    assert answer["quantity"] is None
    assert (answer["triggerPrice"], answer["triggerQuantity"]) == ("178.00", "2.00")
    account = row(caller.signed_get("/api/v1/account", "accountQuery"))
    assert (account["limitOrders"], account["triggerOrders"]) == (0, 1)
    assert row(caller.cancel(orderId=answer["id"]))["status"] == "Cancelled"


def falling_market() -> Caller:
    """Return a caller on a market that falls to 177 after one second."""
    fall = move(
        1,
        2,
        [(179.98, 0.0), (179.99, 0.0), (176.99, 40.0)],
        [(180.01, 0.0), (180.02, 0.0), (177.01, 40.0)],
    )
    return Caller(stage(fall))


def test_stop_fires_when_the_mark_falls_to_it() -> None:
    caller = falling_market()
    caller.place(**market("Bid", "2.00"))
    caller.place(**stop())
    passes(caller.simulator, 2)
    (ended, _) = rows(caller.signed_get("/wapi/v1/history/orders", "orderHistoryQueryAll"))
    assert (ended["status"], ended["executedQuantity"]) == ("Filled", "2")
    assert ended["triggeredAt"] == START_MS + 1000
    assert ended["quantity"] == "2"


def test_percentage_of_a_trigger_is_of_the_position() -> None:
    caller = falling_market()
    caller.place(**market("Bid", "2.00"))
    assert row(caller.place(**stop(triggerQuantity="80%")))["triggerQuantity"] == "80%"
    passes(caller.simulator, 2)
    assert rows(caller.signed_get("/api/v1/position", "positionQuery"))[0]["netQuantity"] == "0.4"


def test_stop_that_finds_no_position_fails() -> None:
    caller = falling_market()
    caller.place(**market("Bid", "2.00"))
    caller.place(**stop())
    caller.place(**market("Ask", "2.00"))
    passes(caller.simulator, 2)
    past = rows(caller.signed_get("/wapi/v1/history/orders", "orderHistoryQueryAll"))
    assert (past[0]["status"], past[0]["expiryReason"]) == ("TriggerFailed", "StopWithoutPosition")


def test_attached_exits_are_refused_rather_than_forgotten() -> None:
    answer = Caller(stage()).place(takeProfitTriggerPrice="190.00")
    assert refusal(answer)[1] == "INVALID_CLIENT_REQUEST"
