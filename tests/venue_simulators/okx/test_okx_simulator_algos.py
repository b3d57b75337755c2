"""Algo orders on a simulated OKX: triggers, exits, trailing stops, and the orders they become."""

from __future__ import annotations

import pytest

from exchange_clients.base_models import Side
from tests.venue_simulators.okx.okx_stage import (
    BTC,
    algo,
    body,
    item_code,
    market,
    refusal,
    row,
    rows,
    stage,
    states,
)
from venue_simulators.okx.terms import OkxTerms


def test_a_trigger_waits_apart_from_the_orders() -> None:
    made = stage()
    caller, wire = made.caller(), made.wire("business", "main")
    wire.follow("orders-algo", instType="SWAP")
    placed = caller.algo(algoClOrdId="s1", orderPx="87000")
    assert (placed["sCode"], placed["algoClOrdId"]) == ("0", "s1")
    (told,) = wire.rows("orders-algo")
    assert (told["state"], told["triggerPx"], told["ordPx"]) == ("live", "88000", "87000")
    assert "orderPx" not in told
    assert caller.rows("trade/orders-pending") == []
    (pending,) = caller.rows("trade/orders-algo-pending", ordType="trigger")
    assert pending == told
    assert caller.rows("trade/order-algo", algoClOrdId="s1") == [told]
    assert caller.rows("trade/order-algo", algoId=placed["algoId"]) == [told]


def test_a_trigger_becomes_an_order_that_names_it() -> None:
    made = stage()
    caller, wire = made.caller(), made.wire("business", "main")
    caller.place(**market(sz="1"))
    orders = made.wire("private", "main")
    orders.follow("orders", instType="SWAP")
    wire.follow("orders-algo", instType="SWAP")
    placed = caller.algo(reduceOnly=True)
    made.prints("88000.1", "0.01", Side.SELL)
    assert states(wire.rows("orders-algo")) == ["live"]
    made.prints("88000", "0.01", Side.SELL)
    (told,) = wire.rows("orders-algo")
    assert (told["state"], told["actualSz"]) == ("effective", "1")
    pushed = orders.rows("orders")
    assert states(pushed) == ["live", "filled"]
    assert {one["algoId"] for one in pushed} == {placed["algoId"]}
    assert (pushed[0]["ordId"], pushed[0]["clOrdId"]) == (told["ordId"], "")
    assert (told["ordIdList"], pushed[0]["source"]) == ([told["ordId"]], "6")
    history = caller.rows("trade/orders-algo-history", ordType="trigger", state="effective")
    assert history == [told]
    assert caller.rows("account/positions") == []


def test_the_order_of_an_algo_may_have_a_name() -> None:
    made = stage(terms=OkxTerms(child_client_ids=True))
    caller = made.caller()
    placed = caller.algo(triggerPx="91000", side="buy")
    made.prints("91000", "0.01")
    (ended,) = caller.rows("trade/orders-history", instType="SWAP")
    assert ended["clOrdId"] == f"{placed['algoId']}_0"


def test_a_trigger_may_look_at_the_mark() -> None:
    made = stage()
    caller = made.caller()
    caller.algo(triggerPxType="mark", orderPx="91000")
    made.prints("87000", "0.01", Side.SELL)
    assert caller.rows("trade/orders-pending") == []
    made.show("87999", "88000")
    (pending,) = caller.rows("trade/orders-pending")
    assert (pending["ordType"], pending["px"]) == ("limit", "91000")


def test_a_trigger_that_cannot_become_an_order_has_failed() -> None:
    made = stage()
    caller = made.caller()
    placed = caller.algo(reduceOnly="true")
    made.prints("87000", "0.01", Side.SELL)
    failed = row(caller.get("trade/order-algo", algoId=placed["algoId"]))
    assert (failed["state"], failed["failCode"], failed["ordId"]) == ("order_failed", "51169", "")


def test_one_exit_of_two_ends_the_other() -> None:
    made = stage()
    caller = made.caller()
    caller.place(**market(sz="2"))
    exits = {"tpTriggerPx": "91000", "tpOrdPx": "-1", "slTriggerPx": "89000", "slOrdPx": "-1"}
    placed = caller.algo(
        ordType="oco", triggerPx=None, orderPx=None, sz="2", reduceOnly=True, **exits
    )
    made.show("91000", "91000.1")
    made.prints("91000", "0.01")
    ended = row(caller.get("trade/order-algo", algoId=placed["algoId"]))
    assert (ended["state"], ended["actualSide"]) == ("effective", "tp")
    (last, _) = caller.rows("trade/orders-history", instType="SWAP")
    assert (last["linkedAlgoOrd"], last["source"]) == ({"algoId": placed["algoId"]}, "7")
    made.prints("88000", "0.01", Side.SELL)
    assert caller.rows("account/positions") == []


def test_a_whole_position_is_closed_by_its_fraction() -> None:
    made = stage()
    caller = made.caller()
    stop = {"slTriggerPx": "89000", "slOrdPx": "-1", "closeFraction": "1", "reduceOnly": True}
    wanted = algo(ordType="conditional", triggerPx=None, orderPx=None, sz=None, **stop)
    assert item_code(caller.post("trade/order-algo", wanted)) == "51023"
    caller.place(**market(sz="2"))
    rows(caller.post("trade/order-algo", wanted))
    caller.place(**market(sz="3"))
    made.prints("88999", "0.01", Side.SELL)
    assert caller.rows("account/positions") == []


def test_a_trailing_stop_follows_the_best_price() -> None:
    made = stage()
    caller, wire = made.caller(), made.wire("business", "main")
    wire.follow("algo-advance", instType="SWAP")
    caller.place(**market(sz="1"))
    trailing = {"ordType": "move_order_stop", "triggerPx": None, "orderPx": None}
    placed = caller.algo(**trailing, callbackRatio="0.01", reduceOnly=True)
    made.prints("92000", "0.01")
    made.prints("91081", "0.01", Side.SELL)
    waiting = row(caller.get("trade/order-algo", algoId=placed["algoId"]))
    assert (waiting["state"], waiting["moveTriggerPx"]) == ("live", "91080")
    made.prints("91080", "0.01", Side.SELL)
    assert states(wire.rows("algo-advance")) == ["live", "effective"]
    (last, _) = caller.rows("trade/orders-history", instType="SWAP")
    assert last["source"] == "25"


def test_a_trailing_stop_may_wait_for_a_price_first() -> None:
    made = stage()
    caller = made.caller()
    trailing = {"ordType": "move_order_stop", "triggerPx": None, "orderPx": None}
    caller.algo(**trailing, callbackSpread="500", activePx="92000")
    made.prints("89000", "0.01", Side.SELL)
    made.prints("91999", "0.01")
    assert caller.rows("trade/orders-history", instType="SWAP") == []
    made.prints("92000", "0.01")
    made.prints("91500", "0.01", Side.SELL)
    assert len(caller.rows("trade/orders-history", instType="SWAP")) == 1


def test_exits_that_come_with_an_order_live_once_it_has_filled() -> None:
    made = stage()
    caller = made.caller()
    exits = [{"slTriggerPx": "88000", "slOrdPx": "-1", "attachAlgoClOrdId": "x1"}]
    caller.place(clOrdId="entry", px="89999.9", sz="2", attachAlgoOrds=exits)
    (shown,) = caller.order(clOrdId="entry")["attachAlgoOrds"]
    assert (shown["slTriggerPx"], shown["slOrdPx"], shown["tpTriggerPx"]) == ("88000", "-1", "")
    assert caller.rows("trade/orders-algo-pending", ordType="conditional") == []
    made.show("89990", "89999")
    (exit_,) = caller.rows("trade/orders-algo-pending", ordType="conditional,oco")
    assert (exit_["side"], exit_["sz"], exit_["reduceOnly"]) == ("sell", "2", "true")
    assert (exit_["slTriggerPx"], exit_["algoClOrdId"]) == ("88000", "x1")
    made.prints("87999", "0.01", Side.SELL)
    assert caller.rows("account/positions") == []


def test_a_pair_of_exits_becomes_one_algo_order() -> None:
    made = stage()
    caller = made.caller()
    pair = {"slTriggerPx": "88000", "slOrdPx": "87900", "tpTriggerPx": "92000", "tpOrdPx": "-1"}
    caller.place(**market(sz="1"), attachAlgoOrds=[pair])
    (exit_,) = caller.rows("trade/orders-algo-pending", ordType="oco")
    assert (exit_["tpTriggerPx"], exit_["slTriggerPx"], exit_["slOrdPx"]) == (
        "92000",
        "88000",
        "87900",
    )


@pytest.mark.parametrize(
    "exits",
    [
        [{}],
        [{"slTriggerPx": "88000"}],
        [{"slTriggerPx": "88000", "slOrdPx": "-2"}],
        [{"slTriggerPx": "88000", "slOrdPx": "-1"}] * 2,
        "88000",
    ],
)
def test_exits_that_make_no_sense_refuse_their_order(exits: object) -> None:
    assert stage().caller().refused(attachAlgoOrds=exits) == "51000"


@pytest.mark.parametrize("path", ["trade/cancel-algos", "trade/cancel-advance-algos"])
def test_algo_orders_are_cancelled_in_a_list(path: str) -> None:
    made = stage()
    caller, wire = made.caller(), made.wire("business", "main")
    first, second = caller.algo(), caller.algo(algoClOrdId="b")
    wire.follow("orders-algo", instType="ANY")
    named = [{"instId": BTC, "algoId": first["algoId"]}, {"instId": BTC, "algoId": "1"}]
    answer = body(caller.post(path, named))
    assert (answer["code"], [one["sCode"] for one in answer["data"]]) == ("2", ["0", "51400"])
    assert states(wire.rows("orders-algo")) == ["canceled"]
    (left,) = caller.rows("trade/orders-algo-pending", ordType="trigger")
    assert left["algoId"] == second["algoId"]
    assert body(caller.post(path, named * 6))["code"] == "51000"


def test_an_algo_order_is_amended() -> None:
    made = stage()
    caller = made.caller()
    placed = caller.algo()
    change = {"instId": BTC, "algoId": placed["algoId"], "newTriggerPx": "87000", "newSz": "2"}
    assert row(caller.post("trade/amend-algos", change))["sCode"] == "0"
    told = row(caller.get("trade/order-algo", algoId=placed["algoId"]))
    assert (told["triggerPx"], told["sz"]) == ("87000", "2")
    nothing = {"instId": BTC, "algoId": placed["algoId"]}
    assert item_code(caller.post("trade/amend-algos", nothing)) == "51500"
    wrong = {**nothing, "newTpTriggerPx": "95000"}
    assert item_code(caller.post("trade/amend-algos", wrong)) == "51000"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"triggerPx": None}, "50014"),
        ({"orderPx": None}, "50014"),
        ({"orderPx": "-2"}, "51000"),
        ({"triggerPxType": "bid"}, "51000"),
        ({"algoClOrdId": "a_b"}, "51000"),
        ({"sz": None}, "50014"),
        ({"sz": "0.001"}, "51020"),
        ({"ordType": "twap"}, "51000"),
        ({"sz": None, "closeFraction": "1"}, "51327"),
        ({"ordType": "conditional", "slTriggerPx": "91000", "slOrdPx": "-1"}, "51280"),
        ({"ordType": "conditional", "tpTriggerPx": "89000", "tpOrdPx": "-1"}, "51279"),
        ({"ordType": "conditional", "slTriggerPx": "89000"}, "50014"),
        ({"ordType": "oco", "slTriggerPx": "89000", "slOrdPx": "-1"}, "51000"),
        ({"ordType": "conditional"}, "50014"),
        ({"ordType": "move_order_stop"}, "50014"),
        ({"ordType": "move_order_stop", "callbackRatio": "2"}, "51257"),
        ({"ordType": "move_order_stop", "callbackRatio": "0.01", "activePx": "80000"}, "51258"),
    ],
)
def test_an_algo_order_is_refused_by_its_code(changes: dict[str, object], code: str) -> None:
    caller = stage().caller()
    assert item_code(caller.post("trade/order-algo", algo(**changes))) == code
    assert caller.rows("trade/orders-algo-pending", ordType="trigger") == []


def test_a_buy_has_the_other_sides() -> None:
    caller = stage().caller()
    for name, price, code in (("sl", "89000", "51278"), ("tp", "91000", "51277")):
        exit_ = {f"{name}TriggerPx": price, f"{name}OrdPx": "-1"}
        wanted = algo(ordType="conditional", side="buy", triggerPx=None, orderPx=None, **exit_)
        assert item_code(caller.post("trade/order-algo", wanted)) == code
    trailing = algo(ordType="move_order_stop", side="buy", callbackRatio="0.01", activePx="95000")
    assert item_code(caller.post("trade/order-algo", trailing)) == "51259"


def test_a_name_is_taken_while_its_algo_order_waits() -> None:
    caller = stage().caller()
    placed = caller.algo(algoClOrdId="s")
    assert item_code(caller.post("trade/order-algo", algo(algoClOrdId="s"))) == "51016"
    caller.post("trade/cancel-algos", [{"instId": BTC, "algoId": placed["algoId"]}])
    assert caller.algo(algoClOrdId="s")["sCode"] == "0"


def test_lists_of_algo_orders_want_a_type() -> None:
    caller = stage().caller()
    path = "trade/orders-algo-pending"
    assert refusal(caller.get(path)) == (400, "50014")
    assert refusal(caller.get(path, ordType="trigger,oco")) == (200, "51000")
    assert refusal(caller.get(path, ordType="twap")) == (200, "51000")
    assert refusal(caller.get("trade/orders-algo-history", ordType="oco")) == (400, "50014")
    assert refusal(caller.get("trade/order-algo", algoId="1")) == (200, "51603")
