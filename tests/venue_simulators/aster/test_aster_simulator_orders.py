"""Placing, amending and looking up orders, and what becomes of them."""

import json
from decimal import Decimal

import pytest

from exchange_clients.base_models import Side
from exchange_clients.paper.rules import PostOnlyMode
from tests.support.quiet_markets import passes
from tests.venue_simulators.aster.aster_stage import (
    OPENED_MS,
    Trader,
    fall,
    move,
    printed,
    public,
    stage,
    stop,
)
from tests.venue_simulators.fapi.fapi_stage import SOL, at_market, limit, refusal, row, rows
from venue_simulators.aster.terms import AsterTerms


def test_an_order_that_rests_is_answered_in_full() -> None:
    trader = Trader(stage())
    answered = row(trader.place(newClientOrderId="my-1", timeInForce="GTX"))
    order_id = answered.pop("orderId")
    assert isinstance(order_id, int)
    assert answered == {
        "clientOrderId": "my-1",
        "symbol": SOL,
        "status": "NEW",
        "side": "BUY",
        "positionSide": "BOTH",
        "type": "LIMIT",
        "origType": "LIMIT",
        "timeInForce": "GTX",
        "price": "178.00",
        "avgPrice": "0.00000",
        "origQty": "1.00",
        "executedQty": "0.00",
        "cumQty": "0.00",
        "cumQuote": "0",
        "reduceOnly": False,
        "closePosition": False,
        "stopPrice": "0",
        "workingType": "CONTRACT_PRICE",
        "priceProtect": False,
        "updateTime": OPENED_MS,
    }
    assert row(trader.order(orderId=order_id)) == {
        **answered,
        "orderId": order_id,
        "time": OPENED_MS,
    }


def test_an_acknowledgement_says_new_whatever_has_happened() -> None:
    trader = Trader(stage())
    answered = row(trader.place(**at_market("BUY", "1", newClientOrderId="m")))
    assert (answered["status"], answered["executedQty"]) == ("NEW", "0.00")
    assert row(trader.order(origClientOrderId="m"))["status"] == "FILLED"


def test_a_result_shows_what_a_market_order_came_to() -> None:
    trader = Trader(stage())
    answered = row(trader.place(**at_market("BUY", "50", newOrderRespType="RESULT")))
    assert answered["status"] == "FILLED"
    assert answered["executedQty"] == "50.00"
    assert answered["cumQuote"] == "9001.1"
    assert answered["avgPrice"] == "180.02200"


def test_a_result_of_an_order_that_may_rest_is_an_acknowledgement() -> None:
    trader = Trader(stage())
    answered = row(trader.place(price="180.02", newOrderRespType="RESULT"))
    assert (answered["status"], answered["executedQty"]) == ("NEW", "0.00")


def test_what_does_not_fill_at_once_expires_of_ioc() -> None:
    trader = Trader(stage())
    answered = row(
        trader.place(price="180.02", quantity="55", timeInForce="IOC", newOrderRespType="RESULT")
    )
    assert (answered["status"], answered["executedQty"]) == ("EXPIRED", "40.00")


def test_fok_fills_whole_or_expires() -> None:
    trader = Trader(stage())
    terms = {"price": "180.02", "timeInForce": "FOK", "newOrderRespType": "RESULT"}
    few, many = (row(trader.place(quantity=size, **terms)) for size in ("40", "41"))
    assert (few["status"], few["executedQty"]) == ("FILLED", "40.00")
    assert (many["status"], many["executedQty"]) == ("EXPIRED", "0.00")


def test_a_post_only_order_that_would_trade_is_taken_and_expires() -> None:
    trader = Trader(stage())
    terms = {"price": "180.02", "timeInForce": "GTX", "newClientOrderId": "p"}
    assert row(trader.place(**terms))["status"] == "NEW"
    known = row(trader.order(origClientOrderId="p"))
    assert (known["status"], known["executedQty"]) == ("EXPIRED", "0.00")


def test_a_post_only_order_may_be_refused_instead() -> None:
    trader = Trader(stage(terms=AsterTerms(post_only=PostOnlyMode.REJECT)))
    terms = {"price": "180.02", "timeInForce": "GTX", "newClientOrderId": "p"}
    assert refusal(trader.place(**terms)) == (400, -5022)
    assert refusal(trader.order(origClientOrderId="p")) == (400, -2013)


def test_a_name_is_free_again_once_its_order_has_ended() -> None:
    trader = Trader(stage())
    first = row(trader.place(newClientOrderId="same"))
    assert refusal(trader.place(newClientOrderId="same")) == (400, -4116)
    row(trader.cancel(orderId=first["orderId"]))
    second = row(trader.place(newClientOrderId="same"))
    assert row(trader.order(origClientOrderId="same"))["orderId"] == second["orderId"]


def test_an_order_without_a_name_is_given_one() -> None:
    trader = Trader(stage())
    names = [row(trader.place())["clientOrderId"] for _ in range(2)]
    assert names[0] != names[1]
    assert row(trader.order(origClientOrderId=names[1]))["clientOrderId"] == names[1]


def test_a_trade_of_the_market_fills_a_resting_order() -> None:
    trader = Trader(stage(printed(1, 177.99, 0.4, Side.SELL)))
    row(trader.place(newClientOrderId="r"))
    passes(trader.simulator, 2)
    known = row(trader.order(origClientOrderId="r"))
    assert (known["status"], known["executedQty"]) == ("PARTIALLY_FILLED", "0.40")
    assert (known["avgPrice"], known["cumQuote"]) == ("178.00000", "71.2")


def test_a_test_order_is_judged_and_not_placed() -> None:
    trader = Trader(stage())
    assert row(trader.ask("POST", "order/test", **limit())) == {}
    assert refusal(trader.ask("POST", "order/test", **limit(price="178.001"))) == (400, -4014)
    assert rows(trader.ask("GET", "openOrders")) == []


def test_two_accounts_trade_with_each_other() -> None:
    venue = stage(accounts=("main", "other"))
    maker, taker = Trader(venue), Trader(venue, "other")
    row(maker.place(price="180.00", newClientOrderId="x"))
    row(taker.place(**at_market("SELL", "1")))
    assert row(maker.order(origClientOrderId="x"))["status"] == "FILLED"
    (fill,) = rows(maker.ask("GET", "userTrades", symbol=SOL))
    assert (fill["maker"], fill["buyer"], fill["price"]) == (True, True, "180.00")


def test_an_order_that_meets_its_owners_expires() -> None:
    trader = Trader(stage())
    row(trader.place(price="180.00"))
    met = trader.place(side="SELL", price="180.00", timeInForce="IOC", newOrderRespType="RESULT")
    assert (row(met)["status"], row(met)["executedQty"]) == ("EXPIRED", "0.00")


# Batches ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("quote", ['"', "'"])
def test_each_order_of_a_batch_has_its_own_outcome(quote: str) -> None:
    trader = Trader(stage())
    orders = json.dumps([limit(), limit(price="178.001"), limit(symbol="NO")])
    answered = rows(trader.ask("POST", "batchOrders", batchOrders=orders.replace('"', quote)))
    assert [one.get("status", one.get("code")) for one in answered] == ["NEW", -4014, -1121]
    assert len(rows(trader.ask("GET", "openOrders", symbol=SOL))) == 1


@pytest.mark.parametrize("orders", ["[]", "{}", "no list", json.dumps([limit()] * 6), "[1]"])
def test_a_batch_is_a_list_of_one_to_five_orders(orders: str) -> None:
    trader = Trader(stage())
    assert refusal(trader.ask("POST", "batchOrders", batchOrders=orders)) == (400, -1130)
    assert rows(trader.ask("GET", "openOrders")) == []


# Amending -----------------------------------------------------------------------------------------


def amended(trader: Trader, **params: object) -> tuple[int, int] | tuple[str, str]:
    """Return price and size after an amendment, or its refusal."""
    answered = trader.ask("PUT", "order", **{"symbol": SOL, **params})
    if answered.status != 200:
        return refusal(answered)
    order = row(answered)
    return order["price"], order["origQty"]


def test_an_amendment_keeps_the_order_and_its_number() -> None:
    trader = Trader(stage())
    order_id = row(trader.place(newClientOrderId="a"))["orderId"]
    assert amended(trader, orderId=order_id, quantity="2", price="177.00") == ("177.00", "2.00")
    known = row(trader.order(origClientOrderId="a"))
    assert (known["orderId"], known["price"], known["origQty"]) == (order_id, "177.00", "2.00")


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"quantity": "2"}, -1102),
        ({"price": "177"}, -1102),
        ({"quantity": "2", "price": "177.001"}, -4014),
        ({"quantity": "0.001", "price": "177"}, -1111),
        ({"quantity": "0.01", "price": "177"}, -4164),
        ({"quantity": "1", "price": "200"}, -4016),
        ({"quantity": "1", "price": "178"}, -5027),
        ({"quantity": "9000", "price": "177"}, -2019),
    ],
)
def test_a_refused_amendment_leaves_the_order_as_it_was(params: dict[str, str], code: int) -> None:
    trader = Trader(stage())
    row(trader.place(newClientOrderId="a"))
    assert amended(trader, origClientOrderId="a", **params) == (400, code)
    known = row(trader.order(origClientOrderId="a"))
    assert (known["status"], known["price"], known["origQty"]) == ("NEW", "178.00", "1.00")


def test_only_open_limit_orders_are_amended() -> None:
    trader = Trader(stage())
    row(trader.place(**stop("SELL", "170.00", newClientOrderId="s")))
    change = {"quantity": "2", "price": "177.00"}
    assert amended(trader, origClientOrderId="s", **change) == (400, -5025)
    assert amended(trader, origClientOrderId="never", **change) == (400, -2013)


# Conditional orders -------------------------------------------------------------------------------


def test_a_stop_waits_and_then_trades_at_the_market() -> None:
    trader = Trader(stage(fall()))
    row(trader.place(**at_market("BUY", "1")))
    row(trader.place(**stop("SELL", "170.00", reduceOnly="true", newClientOrderId="s")))
    waiting = row(trader.order(origClientOrderId="s"))
    assert (waiting["status"], waiting["type"], waiting["stopPrice"]) == (
        "NEW",
        "STOP_MARKET",
        "170.00",
    )
    passes(trader.simulator, 2)
    ended = row(trader.order(origClientOrderId="s"))
    assert (ended["status"], ended["type"], ended["origType"]) == (
        "FILLED",
        "MARKET",
        "STOP_MARKET",
    )
    assert ended["avgPrice"] == "149.98000"


def test_a_stop_limit_rests_where_its_price_says() -> None:
    trader = Trader(stage(fall()))
    terms = {"type": "STOP", "side": "SELL", "stopPrice": "170.00", "price": "171.00"}
    row(trader.place(**terms, timeInForce="GTC", newClientOrderId="s"))
    passes(trader.simulator, 2)
    resting = row(trader.order(origClientOrderId="s"))
    assert (resting["status"], resting["type"], resting["price"]) == ("NEW", "LIMIT", "171.00")


def test_a_trailing_order_follows_the_price_and_fires_behind_it() -> None:
    up = move(1, 2, [(189.98, 900.0)], [(180.02, 0.0), (180.03, 0.0), (190.02, 900.0)])
    down = move(2, 3, [(189.98, 0.0), (188.00, 900.0)], [(190.02, 0.0), (188.04, 900.0)])
    trader = Trader(stage(up, down))
    row(trader.place(**at_market("BUY", "1")))
    terms = {"type": "TRAILING_STOP_MARKET", "callbackRate": "1", "activationPrice": "185.00"}
    placed = row(
        trader.place(**at_market("SELL", "1", reduceOnly="true", newClientOrderId="t") | terms)
    )
    assert (placed["activatePrice"], placed["priceRate"]) == ("185.00", "1")
    passes(trader.simulator, 1.5)
    assert row(trader.order(origClientOrderId="t"))["status"] == "NEW"
    passes(trader.simulator, 1)
    assert row(trader.order(origClientOrderId="t"))["status"] == "FILLED"


def test_an_order_that_closes_the_position_takes_all_of_it() -> None:
    trader = Trader(stage(fall()))
    row(trader.place(**at_market("BUY", "3")))
    placed = row(
        trader.place(
            **stop("SELL", "170.00", quantity=None, closePosition="true", newClientOrderId="c")
        )
    )
    assert (placed["closePosition"], placed["origQty"]) == (True, "0.00")
    passes(trader.simulator, 2)
    ended = row(trader.order(origClientOrderId="c"))
    assert (ended["status"], ended["executedQty"]) == ("FILLED", "3.00")


@pytest.mark.parametrize(
    ("side", "kind", "trigger"),
    [
        ("SELL", "STOP_MARKET", "181.00"),
        ("BUY", "STOP_MARKET", "179.00"),
        ("SELL", "TAKE_PROFIT_MARKET", "179.00"),
        ("BUY", "TAKE_PROFIT_MARKET", "181.00"),
    ],
)
def test_a_trigger_that_is_reached_already_is_refused(side: str, kind: str, trigger: str) -> None:
    trader = Trader(stage())
    assert refusal(trader.place(**stop(side, trigger, type=kind))) == (400, -2021)


@pytest.mark.parametrize(("side", "activation"), [("SELL", "179.00"), ("BUY", "181.00")])
def test_a_trailing_order_begins_on_the_better_side(side: str, activation: str) -> None:
    trader = Trader(stage())
    terms = {"type": "TRAILING_STOP_MARKET", "callbackRate": "1", "activationPrice": activation}
    assert refusal(trader.place(**at_market(side, "1") | terms)) == (400, -2021)


# Hidden orders ------------------------------------------------------------------------------------


def test_a_hidden_order_rests_without_being_shown() -> None:
    venue = stage(accounts=("main", "other"))
    hider, taker = Trader(venue), Trader(venue, "other")
    before = row(public(venue, "depth", symbol=SOL))
    row(hider.place(price="179.98", timeInForce="HIDDEN", newClientOrderId="h"))
    row(hider.place(price="180.00", timeInForce="HIDDEN", newClientOrderId="best"))
    passes(venue, 1)
    after = row(public(venue, "depth", symbol=SOL))
    assert (after["bids"], after["asks"]) == (before["bids"], before["asks"])
    assert row(public(venue, "ticker/bookTicker", symbol=SOL))["bidPrice"] == "179.98"
    row(taker.place(**at_market("SELL", "1")))
    assert row(hider.order(origClientOrderId="best"))["status"] == "FILLED"
    assert row(hider.order(origClientOrderId="h"))["timeInForce"] == "HIDDEN"


# Reading late -------------------------------------------------------------------------------------


def test_questions_may_trail_what_has_happened() -> None:
    trader = Trader(stage(terms=AsterTerms(read_delay_ns=2_000_000_000)))
    row(trader.place(newClientOrderId="late"))
    row(trader.place(**at_market("BUY", "1")))
    assert refusal(trader.order(origClientOrderId="late")) == (400, -2013)
    assert rows(trader.ask("GET", "openOrders")) == []
    assert rows(trader.ask("GET", "userTrades", symbol=SOL)) == []
    passes(trader.simulator, 2)
    assert row(trader.order(origClientOrderId="late"))["status"] == "NEW"
    assert len(rows(trader.ask("GET", "openOrders"))) == 1
    (fill,) = rows(trader.ask("GET", "userTrades", symbol=SOL))
    assert Decimal(fill["qty"]) == 1
