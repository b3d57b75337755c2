"""Ordinary orders: placed, amended, cancelled and looked up."""

from __future__ import annotations

import json

import pytest

from exchange_clients.words import Side
from tests.support.quiet_markets import passes
from tests.venue_simulators.binance.binance_stage import START_MS, Trader, printed, public, stage
from tests.venue_simulators.fapi.fapi_stage import BTC, SOL, at_market, limit, refusal, row, rows
from venue_simulators.binance.terms import BinanceTerms
from venue_simulators.fee_coin import FeeCoin

# Placing ------------------------------------------------------------------------------------------


def test_an_answer_is_an_acknowledgement_unless_the_result_is_asked_for() -> None:
    trader = Trader(stage())
    told = row(trader.place(**at_market("BUY", "1")))
    assert (told["status"], told["executedQty"]) == ("NEW", "0.00")
    assert not {"avgPrice", "cumQuote"} & set(told)
    assert (trader.bought("1")["status"], trader.bought("1")["executedQty"]) == ("FILLED", "1.00")


def test_a_question_tells_averages_that_the_answer_to_an_order_does_not() -> None:
    trader = Trader(stage())
    known = row(trader.order(orderId=trader.bought("2")["orderId"]))
    assert (known["avgPrice"], known["cumQuote"]) == ("180.02000", "360.04")
    assert "cumQty" not in known


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"symbol": "TSLAUSDT"}, -1121),
        ({"side": "LONG"}, -1117),
        ({"timeInForce": None}, -1102),
        ({"timeInForce": "RPI"}, -1115),
        ({"price": "178.001"}, -4014),
        ({"price": "178.0001"}, -1111),
        ({"price": "200.00"}, -4016),
        ({"quantity": "0.001"}, -1111),
        ({"quantity": "0.01"}, -4164),
        ({"quantity": "0"}, -4003),
        ({"quantity": "900000.00"}, -4005),
        ({"quantity": "9000.00"}, -2019),
        ({"reduceOnly": "true"}, -2022),
        ({"positionSide": "LONG"}, -4061),
        ({"newClientOrderId": "a b"}, -4015),
        ({"newClientOrderId": "a" * 37}, -4015),
        ({"selfTradePreventionMode": "EXPIRE_TAKER"}, -5039),
        ({"timeInForce": "GTX", "price": "181.00"}, -5022),
        ({"timeInForce": "FOK", "price": "180.02", "quantity": "41.00"}, -5021),
        ({"priceMatch": "QUEUE"}, -1106),
        ({"goodTillDate": "1795290000000"}, -1106),
    ],
)
def test_a_refusal_has_the_venues_own_code_and_leaves_no_order(
    changes: dict[str, object], code: int
) -> None:
    trader = Trader(stage())
    heard = trader.listen()
    assert refusal(trader.place(**changes)) == (400, code)
    assert rows(trader.ask("GET", "openOrders")) == []
    assert rows(trader.ask("GET", "allOrders")) == []
    assert heard.take() == []


def test_a_name_cannot_be_open_twice() -> None:
    trader = Trader(stage())
    row(trader.place(newClientOrderId="same"))
    assert refusal(trader.place(newClientOrderId="same")) == (400, -4116)
    row(trader.cancel(origClientOrderId="same"))
    assert row(trader.place(newClientOrderId="same"))["status"] == "NEW"


@pytest.mark.parametrize(
    ("side", "match", "price"),
    [
        ("BUY", "QUEUE", "179.98"),
        ("SELL", "QUEUE", "180.02"),
        ("BUY", "OPPONENT", "180.02"),
        ("SELL", "OPPONENT", "179.98"),
    ],
)
def test_the_venue_chooses_a_price_by_its_book(side: str, match: str, price: str) -> None:
    trader = Trader(stage())
    placed = row(trader.place(side=side, priceMatch=match, price=None))
    assert (placed["price"], placed["priceMatch"]) == (price, match)


@pytest.mark.parametrize(
    ("match", "code"), [("OPPONENT_5", -5041), ("OPPONENT_10", -5037), ("BEST", -5037)]
)
def test_a_price_that_the_book_does_not_have_is_refused(match: str, code: int) -> None:
    assert refusal(Trader(stage()).place(priceMatch=match, price=None)) == (400, code)


def test_an_order_may_be_good_till_a_date() -> None:
    trader = Trader(stage())
    terms = {"timeInForce": "GTD", "goodTillDate": START_MS + 700_500}
    placed = row(trader.place(**terms, newClientOrderId="d"))
    assert placed["goodTillDate"] == START_MS + 700_000
    passes(trader.simulator, 699)
    assert row(trader.order(origClientOrderId="d"))["status"] == "NEW"
    passes(trader.simulator, 2)
    ended = row(trader.order(origClientOrderId="d"))
    assert (ended["status"], ended["updateTime"]) == ("CANCELED", START_MS + 700_000)


@pytest.mark.parametrize("until_ms", [START_MS + 600_000, 253_402_300_799_000])
def test_a_date_is_neither_near_nor_beyond_all_time(until_ms: int) -> None:
    answered = Trader(stage()).place(timeInForce="GTD", goodTillDate=until_ms)
    assert refusal(answered) == (400, -5040)


def test_the_older_of_two_orders_that_meet_expires_in_the_match() -> None:
    trader = Trader(stage())
    heard = trader.listen()
    row(trader.place(price="180.00", newClientOrderId="old"))
    terms = at_market("SELL", "1", newOrderRespType="RESULT")
    assert row(trader.place(**terms))["status"] == "FILLED"
    assert row(trader.order(origClientOrderId="old"))["status"] == "EXPIRED_IN_MATCH"
    (ended,) = [one["o"] for one in heard.take("ORDER_TRADE_UPDATE") if one["o"]["x"] == "EXPIRED"]
    assert (ended["X"], ended["er"]) == ("EXPIRED_IN_MATCH", "1")


def test_what_an_immediate_order_leaves_expires() -> None:
    trader = Trader(stage())
    heard = trader.listen()
    terms = {"timeInForce": "IOC", "price": "180.02", "quantity": "41.00"}
    told = row(trader.place(**terms, newOrderRespType="RESULT"))
    assert (told["status"], told["executedQty"]) == ("EXPIRED", "40.00")
    last = heard.take("ORDER_TRADE_UPDATE")[-1]["o"]
    assert (last["x"], last["X"], last["er"]) == ("EXPIRED", "EXPIRED", "2")


def test_a_trial_is_judged_and_not_placed() -> None:
    trader = Trader(stage())
    assert row(trader.ask("POST", "order/test", **limit())) == {}
    assert refusal(trader.ask("POST", "order/test", **limit(price="1.001"))) == (400, -4014)
    assert rows(trader.ask("GET", "openOrders")) == []


def test_each_order_of_a_batch_has_its_own_outcome() -> None:
    trader = Trader(stage())
    orders = [limit(), limit(price="178.001"), limit(type="STOP_MARKET", stopPrice="1")]
    answered = rows(trader.ask("POST", "batchOrders", batchOrders=json.dumps(orders)))
    assert [one.get("status", one.get("code")) for one in answered] == ["NEW", -4014, -4120]


# Amending -----------------------------------------------------------------------------------------


def amended(trader: Trader, **params: object) -> tuple[object, object]:
    """Return price and size after an amendment, or its refusal."""
    terms: dict[str, object] = {"symbol": SOL, "side": "BUY", **params}
    answered = trader.ask("PUT", "order", **{k: v for k, v in terms.items() if v is not None})
    if answered.status != 200:
        return refusal(answered)
    order = row(answered)
    return order["price"], order["origQty"]


def test_an_amendment_keeps_the_order_and_echoes_its_own_number() -> None:
    trader = Trader(stage())
    heard = trader.listen()
    order_id = row(trader.place(newClientOrderId="a"))["orderId"]
    change = {"quantity": "2", "price": "177.00", "modifyId": 77}
    assert amended(trader, orderId=order_id, **change) == ("177.00", "2.00")
    last = heard.take("ORDER_TRADE_UPDATE")[-1]["o"]
    assert (last["x"], last["X"], last["M"], last["i"]) == ("AMENDMENT", "NEW", 77, order_id)


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"price": None}, -1102),
        ({"quantity": None}, -1102),
        ({"side": None}, -1102),
        ({"side": "SELL"}, -1130),
        ({"price": "177.001"}, -4014),
        ({"quantity": "0.01"}, -4164),
        ({"price": "200.00"}, -4016),
        ({"quantity": "1", "price": "178.00"}, -5027),
        ({"quantity": "9000"}, -2019),
        ({"reduceOnly": "true"}, -5047),
        ({"priceMatch": "QUEUE"}, -1106),
        ({"origClientOrderId": "never"}, -2013),
    ],
)
def test_a_refused_amendment_leaves_the_order_as_it_was(
    params: dict[str, object], code: int
) -> None:
    trader = Trader(stage())
    row(trader.place(newClientOrderId="a"))
    change = {"origClientOrderId": "a", "quantity": "2", "price": "177.00", **params}
    assert amended(trader, **change) == (400, code)
    known = row(trader.order(origClientOrderId="a"))
    assert (known["status"], known["price"], known["origQty"]) == ("NEW", "178.00", "1.00")


def test_an_amendment_to_no_more_than_is_filled_cancels() -> None:
    trader = Trader(stage(printed(1, 177.99, 0.4, Side.SELL)))
    row(trader.place(newClientOrderId="a"))
    passes(trader.simulator, 2)
    amended(trader, origClientOrderId="a", quantity="0.40", price="178.00")
    known = row(trader.order(origClientOrderId="a"))
    assert (known["status"], known["executedQty"]) == ("CANCELED", "0.40")


def test_a_post_only_order_that_would_take_at_its_new_price_is_cancelled() -> None:
    trader = Trader(stage())
    row(trader.place(newClientOrderId="a", timeInForce="GTX"))
    amended(trader, origClientOrderId="a", quantity="1", price="180.02")
    assert row(trader.order(origClientOrderId="a"))["status"] in ("CANCELED", "EXPIRED")
    assert rows(trader.ask("GET", "userTrades", symbol=SOL)) == []


def test_a_halted_market_takes_no_amendment() -> None:
    trader = Trader(stage())
    row(trader.place(newClientOrderId="a"))
    trader.simulator.world.set_tradable(SOL, tradable=False)
    change = {"origClientOrderId": "a", "quantity": "2", "price": "177.00"}
    assert amended(trader, **change) == (400, -5024)
    assert refusal(trader.place()) == (400, -4140)
    assert row(trader.cancel(origClientOrderId="a"))["status"] == "CANCELED"


def test_several_orders_are_amended_at_once() -> None:
    trader = Trader(stage())
    row(trader.place(newClientOrderId="a"))
    change = {"symbol": SOL, "side": "BUY", "quantity": "2", "price": "177.00"}
    items = [change | {"origClientOrderId": name} for name in ("a", "b")]
    answered = rows(trader.ask("PUT", "batchOrders", batchOrders=json.dumps(items)))
    assert [one.get("price", one.get("code")) for one in answered] == ["177.00", -2013]


# Cancelling and looking up ------------------------------------------------------------------------


def test_a_cancelled_order_is_shown_as_it_ended_and_cannot_be_cancelled_again() -> None:
    trader = Trader(stage())
    order_id = row(trader.place())["orderId"]
    assert row(trader.cancel(orderId=order_id))["status"] == "CANCELED"
    assert refusal(trader.cancel(orderId=order_id)) == (400, -2011)
    assert refusal(trader.ask("GET", "openOrder", symbol=SOL, orderId=order_id)) == (400, -2013)
    assert refusal(trader.order(orderId=7)) == (400, -2013)


def test_orders_are_cancelled_by_lists_of_either_name() -> None:
    trader = Trader(stage())
    ids = [row(trader.place(newClientOrderId=name))["orderId"] for name in ("a", "b")]
    by_id = json.dumps([ids[0], 7], separators=(",", ":"))
    answered = rows(trader.ask("DELETE", "batchOrders", symbol=SOL, orderIdList=by_id))
    assert [one.get("status", one.get("code")) for one in answered] == ["CANCELED", -2011]
    names = '["b"]'
    (other,) = rows(trader.ask("DELETE", "batchOrders", symbol=SOL, origClientOrderIdList=names))
    assert other["status"] == "CANCELED"


def test_all_orders_of_a_market_are_cancelled_and_of_no_other() -> None:
    trader = Trader(stage())
    row(trader.place())
    row(trader.place(symbol=BTC, price="89000.0", quantity="0.002"))
    assert row(trader.ask("DELETE", "allOpenOrders", symbol=SOL))["code"] == 200
    assert [one["symbol"] for one in rows(trader.ask("GET", "openOrders"))] == [BTC]


def test_the_dead_mans_switch_cancels_ordinary_orders() -> None:
    trader = Trader(stage())
    row(trader.place())
    row(trader.algo())
    switch = {"symbol": SOL, "countdownTime": 5000}
    assert row(trader.ask("POST", "countdownCancelAll", **switch)) == {
        "symbol": SOL,
        "countdownTime": "5000",
    }
    passes(trader.simulator, 4)
    row(trader.ask("POST", "countdownCancelAll", **switch))
    passes(trader.simulator, 4)
    assert len(rows(trader.ask("GET", "openOrders"))) == 1
    passes(trader.simulator, 2)
    assert rows(trader.ask("GET", "openOrders")) == []
    assert len(rows(trader.ask("GET", "openAlgoOrders"))) == 1


def test_the_history_may_be_asked_for_over_all_markets() -> None:
    trader = Trader(stage())
    row(trader.place())
    row(trader.place(symbol=BTC, price="89000.0", quantity="0.002"))
    assert [one["symbol"] for one in rows(trader.ask("GET", "allOrders"))] == [SOL, BTC]
    assert len(rows(trader.ask("GET", "allOrders", symbol=SOL))) == 1


def test_what_ended_without_a_fill_is_told_of_for_three_days() -> None:
    trader = Trader(stage())
    order_id = row(trader.place())["orderId"]
    row(trader.cancel(orderId=order_id))
    passes(trader.simulator, 3 * 86_400 - 1)
    assert row(trader.order(orderId=order_id))["status"] == "CANCELED"
    passes(trader.simulator, 2)
    assert refusal(trader.order(orderId=order_id)) == (400, -2013)
    assert rows(trader.ask("GET", "allOrders", symbol=SOL)) == []


def test_fees_in_bnb_cost_less_and_leave_the_dollars_as_they_are() -> None:
    """180.02 at 0.05 % is 0.09001; nine tenths of it are 0.00013502 of a coin of 600."""
    trader = Trader(stage(coin=FeeCoin()))
    trader.bought("1")
    (fill,) = rows(trader.ask("GET", "userTrades", symbol=SOL))
    assert (fill["commission"], fill["commissionAsset"]) == ("0.00013502", "BNB")
    (paid,) = rows(trader.ask("GET", "income", incomeType="COMMISSION"))
    assert (paid["income"], paid["asset"]) == ("-0.00013502", "BNB")
    assert trader.simulator.world.funds("main").cash == 10_000


def test_fills_are_listed_with_what_they_cost() -> None:
    trader = Trader(stage())
    order_id = trader.bought("1")["orderId"]
    (fill,) = rows(trader.ask("GET", "userTrades", symbol=SOL))
    assert (fill["orderId"], fill["price"], fill["qty"], fill["maker"]) == (
        order_id,
        "180.02",
        "1.00",
        False,
    )
    assert (fill["commission"], fill["commissionAsset"]) == ("0.09001000", "USDT")
    week = {"startTime": START_MS, "endTime": START_MS + 7 * 86_400_000 + 2}
    assert refusal(trader.ask("GET", "userTrades", symbol=SOL, **week)) == (400, -1127)
    by_id = {"fromId": fill["id"], "startTime": START_MS}
    assert refusal(trader.ask("GET", "userTrades", symbol=SOL, **by_id)) == (400, -1128)
    assert len(rows(trader.ask("GET", "userTrades", symbol=SOL, fromId=fill["id"]))) == 1


def test_questions_may_trail_what_has_happened() -> None:
    trader = Trader(stage(terms=BinanceTerms(read_delay_ns=2_000_000_000)))
    order_id = row(trader.place())["orderId"]
    algo_id = row(trader.algo())["algoId"]
    assert refusal(trader.order(orderId=order_id)) == (400, -2013)
    assert refusal(trader.ask("GET", "algoOrder", algoId=algo_id)) == (400, -2013)
    passes(trader.simulator, 2)
    assert row(trader.order(orderId=order_id))["status"] == "NEW"
    assert trader.algo_order(algoId=algo_id)["algoStatus"] == "NEW"


def test_the_public_sees_an_order_that_rests() -> None:
    trader = Trader(stage())
    row(trader.place(price="180.00"))
    passes(trader.simulator, 1)
    best = row(public(trader.simulator, "ticker/bookTicker", symbol=SOL))
    assert (best["bidPrice"], best["bidQty"]) == ("180.00", "1.00")
