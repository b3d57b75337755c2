from __future__ import annotations

import json

import pytest

from tests.venue_simulators.backpack.backpack_stage import (
    SOL,
    START_MS,
    Caller,
    limit,
    market,
    plain_text,
    refusal,
    row,
    rows,
    stage,
)
from venue_simulators.backpack.simulator import build
from venue_simulators.options import SimulatorOptions
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


@pytest.mark.parametrize(
    ("side", "percent", "filled"), [("Bid", "0.001", "20"), ("Ask", "1", "30")]
)
def test_slippage_tolerance_in_percent_is_of_the_best_price(
    side: str, percent: str, filled: str
) -> None:
    tolerance = {"slippageTolerance": percent, "slippageToleranceType": "Percent"}
    answer = row(Caller(stage()).place(**market(side, "30.00", **tolerance)))
    assert answer["executedQuantity"] == filled


def test_size_between_the_steps_is_refused_where_the_step_is_a_hundred() -> None:
    caller = Caller(build(SimulatorOptions(symbols=("PEPE",), start_ns=START_MS * 1_000_000)))
    answer = caller.place(**market("Bid", "150", symbol="kPEPE_USDC_PERP"))
    message = "Quantity is not a multiple of the step size"
    assert refusal(answer) == (400, "INVALID_QUANTITY", message)
    filled = caller.place(**market("Bid", "200", symbol="kPEPE_USDC_PERP"))
    assert row(filled)["executedQuantity"] == "200"


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
        ({"price": "0"}, "INVALID_PRICE", "Price is not a multiple of the tick size"),
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
            {"slippageTolerance": "1"},
            "INVALID_CLIENT_REQUEST",
            "Must specify both `slippageTolerance` and `slippageToleranceType` or neither",
        ),
        (
            {"slippageTolerance": "1", "slippageToleranceType": "Percent"},
            "INVALID_ORDER",
            "A limit order needs `price` and `quantity`",
        ),
        (
            {"orderType": "Market"},
            "INVALID_ORDER",
            "A market order has neither `price` nor `postOnly`",
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
