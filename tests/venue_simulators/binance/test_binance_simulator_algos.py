"""Conditional orders: a list of their own, and what comes of them when their price does."""

from __future__ import annotations

import pytest

from exchange_clients.words import Side
from tests.support.quiet_markets import passes
from tests.venue_simulators.binance.binance_stage import Trader, fall, move, printed, stage, stop
from tests.venue_simulators.fapi.fapi_stage import SOL, refusal, row, rows
from venue_simulators.binance.terms import BinanceTerms

MARK = {"workingType": "MARK_PRICE"}


@pytest.mark.parametrize(
    "kind", ["STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET"]
)
def test_the_path_of_ordinary_orders_takes_none(kind: str) -> None:
    trader = Trader(stage())
    assert refusal(trader.place(type=kind, stopPrice="170.00")) == (400, -4120)


def test_a_conditional_order_lives_apart_from_the_others() -> None:
    trader = Trader(stage())
    placed = row(trader.algo(clientAlgoId="a1", reduceOnly="true"))
    assert (placed["algoStatus"], placed["orderType"], placed["triggerPrice"]) == (
        "NEW",
        "STOP_MARKET",
        "170.00",
    )
    assert rows(trader.ask("GET", "openOrders")) == []
    assert refusal(trader.order(orderId=placed["algoId"])) == (400, -2013)
    assert refusal(trader.order(origClientOrderId="a1")) == (400, -2013)
    (waiting,) = rows(trader.ask("GET", "openAlgoOrders"))
    assert (waiting["algoId"], waiting["actualOrderId"]) == (placed["algoId"], "")
    row(trader.ask("DELETE", "allOpenOrders", symbol=SOL))
    assert len(rows(trader.ask("GET", "openAlgoOrders", symbol=SOL))) == 1


def test_a_stop_at_the_mark_becomes_an_order_of_another_number() -> None:
    trader = Trader(stage(fall()))
    trader.bought("1")
    placed = row(trader.algo(clientAlgoId="a1", reduceOnly="true", **MARK))
    heard = trader.listen()
    passes(trader.simulator, 2)
    ended = trader.algo_order(algoId=placed["algoId"])
    assert (ended["algoStatus"], ended["actualQty"], ended["actualType"]) == (
        "FINISHED",
        "1.00",
        "MARKET",
    )
    assert ended["actualPrice"] == "149.98000"
    child = row(trader.order(orderId=ended["actualOrderId"]))
    assert (child["status"], child["clientOrderId"], child["type"]) == ("FILLED", "a1", "MARKET")
    frames = heard.take()
    algo = [one["o"]["X"] for one in frames if one["e"] == "ALGO_UPDATE"]
    assert algo == ["TRIGGERING", "TRIGGERED", "FINISHED"]
    numbers = [one["o"]["ai"] for one in frames if one["e"] == "ALGO_UPDATE"]
    assert numbers == ["", ended["actualOrderId"], ended["actualOrderId"]]


def test_the_last_price_is_watched_where_nothing_else_is_said() -> None:
    trader = Trader(stage(fall(), printed(3, 150.0, 1.0, Side.SELL)))
    trader.bought("1")
    row(trader.algo(clientAlgoId="a1"))
    passes(trader.simulator, 2)
    assert trader.algo_order(clientAlgoId="a1")["algoStatus"] == "NEW"
    passes(trader.simulator, 2)
    assert trader.algo_order(clientAlgoId="a1")["algoStatus"] == "FINISHED"


def test_a_stop_with_a_price_rests_until_it_fills() -> None:
    trader = Trader(stage(fall()))
    terms = {"type": "STOP", "price": "171.00", "clientAlgoId": "s", **MARK}
    row(trader.algo(**terms))
    passes(trader.simulator, 2)
    known = trader.algo_order(clientAlgoId="s")
    assert (known["algoStatus"], known["actualType"]) == ("TRIGGERED", "LIMIT")
    (resting,) = rows(trader.ask("GET", "openOrders"))
    assert (resting["orderId"], resting["price"]) == (int(known["actualOrderId"]), "171.00")
    assert rows(trader.ask("GET", "openAlgoOrders")) == []
    row(trader.cancel(orderId=resting["orderId"]))
    assert trader.algo_order(clientAlgoId="s")["algoStatus"] == "FINISHED"


def test_the_order_that_comes_of_one_may_have_a_name_of_its_own() -> None:
    trader = Trader(stage(fall(), terms=BinanceTerms(children_keep_names=False)))
    row(trader.algo(clientAlgoId="a1", **MARK))
    passes(trader.simulator, 2)
    child = row(trader.order(orderId=trader.algo_order(clientAlgoId="a1")["actualOrderId"]))
    assert child["clientOrderId"] != "a1"


def test_margin_is_looked_at_only_when_the_price_comes() -> None:
    trader = Trader(stage(fall(), balance="20"))
    heard = trader.listen()
    row(trader.algo(clientAlgoId="big", quantity="10.00", **MARK))
    passes(trader.simulator, 2)
    assert trader.algo_order(clientAlgoId="big")["algoStatus"] == "REJECTED"
    last = heard.take("ALGO_UPDATE")[-1]["o"]
    assert (last["X"], last["ai"], last["rm"]) == ("REJECTED", "", "Margin is insufficient.")


# Cancelling ---------------------------------------------------------------------------------------


def test_success_is_a_text_where_one_is_cancelled_and_a_number_where_all_are() -> None:
    trader = Trader(stage())
    placed = row(trader.algo(clientAlgoId="a1"))
    row(trader.algo(clientAlgoId="a2"))
    assert row(trader.ask("DELETE", "algoOrder", clientAlgoId="a1")) == {
        "algoId": placed["algoId"],
        "clientAlgoId": "a1",
        "code": "200",
        "msg": "success",
    }
    assert row(trader.ask("DELETE", "algoOpenOrders", symbol=SOL))["code"] == 200
    assert trader.algo_order(clientAlgoId="a2")["algoStatus"] == "CANCELED"
    assert rows(trader.ask("GET", "openAlgoOrders")) == []


def test_what_waits_no_more_cannot_be_cancelled() -> None:
    trader = Trader(stage())
    row(trader.algo(clientAlgoId="a1"))
    row(trader.ask("DELETE", "algoOrder", clientAlgoId="a1"))
    for name in ({"clientAlgoId": "a1"}, {"algoId": 7}):
        assert refusal(trader.ask("DELETE", "algoOrder", **name)) == (400, -2011)
    assert refusal(trader.ask("GET", "algoOrder", algoId=7)) == (400, -2013)
    assert refusal(trader.ask("GET", "algoOrder")) == (400, -1102)


def test_a_name_is_free_again_once_its_order_has_ended() -> None:
    trader = Trader(stage())
    row(trader.algo(clientAlgoId="a1"))
    assert refusal(trader.algo(clientAlgoId="a1")) == (400, -4116)
    row(trader.ask("DELETE", "algoOrder", clientAlgoId="a1"))
    assert row(trader.algo(clientAlgoId="a1"))["algoStatus"] == "NEW"


def test_two_hundred_wait_at_most() -> None:
    trader = Trader(stage())
    for second in range(10):
        for _ in range(20):
            row(trader.algo())
        passes(trader.simulator, 1 + second % 2)
    assert refusal(trader.algo()) == (400, -4045)


def test_ended_without_a_fill_they_are_told_of_for_three_days() -> None:
    trader = Trader(stage())
    row(trader.algo(clientAlgoId="a1"))
    row(trader.ask("DELETE", "algoOrder", clientAlgoId="a1"))
    passes(trader.simulator, 3 * 86_400 - 1)
    assert len(rows(trader.ask("GET", "allAlgoOrders", symbol=SOL))) == 1
    passes(trader.simulator, 2)
    assert rows(trader.ask("GET", "allAlgoOrders", symbol=SOL)) == []
    assert refusal(trader.ask("GET", "algoOrder", clientAlgoId="a1")) == (400, -2013)


def test_the_history_pages_from_a_number_on() -> None:
    trader = Trader(stage())
    ids = [row(trader.algo())["algoId"] for _ in range(3)]
    found = rows(trader.ask("GET", "allAlgoOrders", symbol=SOL, algoId=ids[1], limit=1))
    assert [one["algoId"] for one in found] == [ids[1]]
    assert [one["algoId"] for one in rows(trader.ask("GET", "allAlgoOrders", symbol=SOL))] == ids


# Form ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"algoType": None}, -1102),
        ({"algoType": "OTHER"}, -1130),
        ({"symbol": "NOUSDT"}, -1121),
        ({"side": "LONG"}, -1117),
        ({"type": "LIMIT"}, -1116),
        ({"triggerPrice": None}, -1102),
        ({"quantity": None}, -1102),
        ({"stopPrice": "170.00"}, -1106),
        ({"newClientOrderId": "x"}, -1106),
        ({"triggerPrice": "170.001"}, -4014),
        ({"quantity": "0.01"}, -4164),
        ({"closePosition": "true"}, -1106),
        ({"closePosition": "true", "quantity": None, "reduceOnly": "true"}, -1106),
        ({"type": "STOP"}, -1102),
        ({"callbackRate": "1"}, -1106),
        ({"activatePrice": "170.00"}, -1106),
        ({"timeInForce": "RPI"}, -1115),
        ({"clientAlgoId": "no spaces"}, -4015),
        ({"positionSide": "LONG"}, -4061),
        ({"workingType": "INDEX"}, -1130),
        ({"selfTradePreventionMode": "EXPIRE_BOTH"}, -5039),
        ({"priceMatch": "QUEUE"}, -5038),
        ({"timeInForce": "GTD"}, -1102),
    ],
)
def test_an_order_has_what_its_type_needs_and_no_more(
    changes: dict[str, object], code: int
) -> None:
    trader = Trader(stage())
    assert refusal(trader.algo(**changes)) == (400, code)
    assert rows(trader.ask("GET", "openAlgoOrders")) == []


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
    terms = {"side": side, "type": kind, "triggerPrice": trigger}
    assert refusal(trader.algo(**terms, **MARK)) == (400, -2021)


# Closing, trailing, protecting --------------------------------------------------------------------


def test_an_order_that_closes_the_position_takes_all_of_it() -> None:
    trader = Trader(stage(fall()))
    trader.bought("3")
    placed = row(trader.algo(quantity=None, closePosition="true", clientAlgoId="c", **MARK))
    assert (placed["closePosition"], placed["quantity"]) == (True, "0.00")
    passes(trader.simulator, 2)
    assert trader.algo_order(clientAlgoId="c")["actualQty"] == "3.00"


def test_without_a_position_to_close_it_expires() -> None:
    trader = Trader(stage(fall()))
    row(trader.algo(quantity=None, closePosition="true", clientAlgoId="c", **MARK))
    passes(trader.simulator, 2)
    assert trader.algo_order(clientAlgoId="c")["algoStatus"] == "EXPIRED"


def trail(**changes: object) -> dict[str, object]:
    return stop(
        type="TRAILING_STOP_MARKET",
        triggerPrice=None,
        callbackRate="1",
        activatePrice="185.00",
        clientAlgoId="t",
        **MARK,
        **changes,
    )


def test_a_trailing_order_tells_of_its_activation_and_fires_behind_the_price() -> None:
    up = move(1, 2, [(189.98, 900.0)], [(180.02, 0.0), (180.03, 0.0), (190.02, 900.0)])
    down = move(2, 3, [(189.98, 0.0), (188.00, 900.0)], [(190.02, 0.0), (188.04, 900.0)])
    trader = Trader(stage(up, down))
    trader.bought("1")
    heard = trader.listen()
    placed = row(trader.ask("POST", "algoOrder", **trail()))
    assert (placed["activatePrice"], placed["callbackRate"]) == ("185.00", "1")
    passes(trader.simulator, 1.5)
    assert trader.algo_order(clientAlgoId="t")["algoStatus"] == "NEW"
    events = [(one["o"]["X"], one["o"]["ia"]) for one in heard.take("ALGO_UPDATE")]
    assert events == [("NEW", False), ("NEW", True)]
    passes(trader.simulator, 1)
    assert trader.algo_order(clientAlgoId="t")["algoStatus"] == "FINISHED"


@pytest.mark.parametrize(("side", "activation"), [("SELL", "179.00"), ("BUY", "181.00")])
def test_a_trailing_order_begins_on_the_better_side(side: str, activation: str) -> None:
    trader = Trader(stage())
    answered = trader.ask(
        "POST", "algoOrder", **trail() | {"side": side, "activatePrice": activation}
    )
    assert refusal(answered) == (400, -2021)


@pytest.mark.parametrize("rate", ["0.05", "20.1"])
def test_a_trailing_order_stays_within_a_tenth_and_twenty_percent(rate: str) -> None:
    trader = Trader(stage())
    answered = trader.ask("POST", "algoOrder", **trail() | {"callbackRate": rate})
    assert refusal(answered) == (400, -1130)


def test_a_protected_trigger_waits_while_mark_and_last_price_are_apart() -> None:
    trader = Trader(
        stage(printed(0.05, 180.0, 1.0, Side.BUY), fall(), printed(3, 150.0, 1, Side.SELL))
    )
    row(trader.algo(clientAlgoId="p", priceProtect="TRUE", **MARK))
    passes(trader.simulator, 2)
    assert trader.algo_order(clientAlgoId="p")["algoStatus"] == "NEW"
    passes(trader.simulator, 2)
    assert trader.algo_order(clientAlgoId="p")["algoStatus"] == "FINISHED"
