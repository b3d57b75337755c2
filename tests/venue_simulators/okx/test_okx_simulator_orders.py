"""Orders on a simulated OKX: what is taken, what is told, how each kind ends."""

from __future__ import annotations

import pytest

from tests.venue_simulators.okx.okx_stage import (
    BTC,
    D,
    body,
    item_code,
    market,
    rows,
    stage,
    states,
)
from venue_simulators.okx.terms import OkxTerms


def test_a_resting_order_is_acknowledged_and_listed() -> None:
    caller = stage().caller()
    placed = caller.place(clOrdId="a1", tag="grid")
    assert placed["sCode"] == "0"
    assert int(placed["ordId"]) > 2**53
    assert (placed["clOrdId"], placed["tag"]) == ("a1", "grid")
    (pending,) = caller.rows("trade/orders-pending", instType="SWAP")
    assert pending["state"] == "live"
    assert (pending["px"], pending["sz"], pending["accFillSz"]) == ("89000", "1", "0")
    assert caller.order(clOrdId="a1") == caller.order(ordId=placed["ordId"]) == pending


def test_a_size_is_in_contracts() -> None:
    caller = stage().caller()
    caller.place(**market(sz="2.5"))
    assert caller.simulator.world.positions("main")[0].size == D("0.025")
    assert caller.position()["pos"] == "2.5"


def test_a_market_order_tells_of_each_fill_with_a_fee_that_is_negative() -> None:
    made = stage()
    caller, wire = made.caller(), made.wire("private", "main")
    wire.follow("orders", instType="SWAP")
    placed = caller.place(**market(sz="150"))
    pushed = wire.rows("orders")
    assert states(pushed) == ["live", "partially_filled", "filled"]
    assert [one["fillSz"] for one in pushed] == ["0", "100", "50"]
    assert [one["accFillSz"] for one in pushed] == ["0", "100", "150"]
    assert [one["fillFee"] for one in pushed[1:]] == ["-45.00005", "-22.50005"]
    assert pushed[-1]["fee"] == "-67.5001"
    assert pushed[-1]["execType"] == "T"
    fills = caller.rows("trade/fills", instType="SWAP", ordId=placed["ordId"])
    assert [one["tradeId"] for one in fills] == [one["tradeId"] for one in pushed[:0:-1]]


@pytest.mark.parametrize(
    ("ord_type", "source", "filled"), [("ioc", "14", "100"), ("fok", "13", "0")]
)
def test_what_must_not_rest_ends_with_its_own_source(
    ord_type: str, source: str, filled: str
) -> None:
    caller = stage().caller()
    placed = caller.place(ordType=ord_type, px="90000.1", sz="120")
    ended = caller.order(ordId=placed["ordId"])
    assert (ended["state"], ended["cancelSource"]) == ("canceled", source)
    assert ended["accFillSz"] == filled


def test_a_crossing_post_only_order_is_accepted_and_only_told_as_canceled() -> None:
    made = stage()
    caller, wire = made.caller(), made.wire("private", "main")
    wire.follow("orders", instType="ANY")
    assert caller.place(ordType="post_only", px="90000.1")["sCode"] == "0"
    (pushed,) = wire.rows("orders")
    assert (pushed["state"], pushed["cancelSource"]) == ("canceled", "31")


def test_a_post_only_order_that_rests_is_told_once() -> None:
    made = stage()
    caller, wire = made.caller(), made.wire("private", "main")
    wire.follow("orders", instType="SWAP", instId=BTC)
    caller.place(ordType="post_only")
    assert states(wire.rows("orders")) == ["live"]


def test_a_passive_fill_is_a_makers() -> None:
    made = stage()
    caller = made.caller()
    caller.place(px="89999.9", clOrdId="m")
    made.show("89990", "89999")
    (fill,) = caller.rows("trade/fills-history", instType="SWAP")
    assert (fill["execType"], fill["fillPx"], fill["fee"]) == ("M", "89999.9", "-0.1799998")
    assert caller.order(clOrdId="m")["state"] == "filled"


def test_a_reduce_only_order_is_cut_to_the_position_and_told_twice() -> None:
    made = stage()
    caller, wire = made.caller(), made.wire("private", "main")
    caller.place(**market(sz="3"))
    wire.follow("orders", instType="SWAP")
    caller.place(side="sell", px="91000", sz="10", reduceOnly=True)
    pushed = wire.rows("orders")
    assert states(pushed) == ["live", "live"]
    assert [one["amendSource"] for one in pushed] == ["4", ""]
    assert pushed[-1]["sz"] == "3"
    caller.place(**market("sell", "3"))
    assert wire.rows("orders")[-1]["cancelSource"] == "17"


def test_a_self_trade_cancels_the_resting_order() -> None:
    caller = stage().caller()
    caller.place(px="90000", clOrdId="rests")
    caller.place(side="sell", px="90000", ordType="ioc")
    ended = caller.order(clOrdId="rests")
    assert (ended["state"], ended["cancelSource"]) == ("canceled", "32")


def test_a_batch_tells_of_each_order_and_of_partial_success() -> None:
    caller = stage().caller()
    good = {"instId": BTC, "tdMode": "cross", "side": "buy", "ordType": "limit", "sz": "1"}
    orders = [{**good, "px": "89000", "clOrdId": "b1"}, {**good, "px": "89000", "sz": "0.001"}]
    answer = body(caller.post("trade/batch-orders", orders))
    assert answer["code"] == "2"
    assert [one["sCode"] for one in answer["data"]] == ["0", "51020"]
    both = [{"instId": BTC, "clOrdId": "b1"}, {"instId": BTC, "ordId": "1"}]
    answer = body(caller.post("trade/cancel-batch-orders", both))
    assert [one["sCode"] for one in answer["data"]] == ["0", "51400"]


def test_an_amendment_is_acknowledged_and_told_with_its_request() -> None:
    made = stage()
    caller, wire = made.caller(), made.wire("private", "main")
    wire.follow("orders", instType="SWAP")
    caller.place(clOrdId="a")
    change = {"instId": BTC, "clOrdId": "a", "newPx": "88000.5", "newSz": "2", "reqId": "r1"}
    (acknowledged,) = rows(caller.post("trade/amend-order", change))
    assert (acknowledged["reqId"], acknowledged["sCode"]) == ("r1", "0")
    told = wire.rows("orders")[-1]
    assert (told["px"], told["sz"], told["state"]) == ("88000.5", "2", "live")
    assert (told["reqId"], told["amendResult"]) == ("r1", "0")


def test_an_amendment_into_the_spread_fails_and_leaves_the_order() -> None:
    made = stage()
    caller, wire = made.caller(), made.wire("private", "main")
    caller.place(clOrdId="a", ordType="post_only")
    wire.follow("orders", instType="SWAP")
    change = {"instId": BTC, "clOrdId": "a", "newPx": "90000.1"}
    assert item_code(caller.post("trade/amend-order", change)) == "51511"
    told = wire.rows("orders")[-1]
    assert (told["amendResult"], told["code"], told["px"]) == ("-1", "51511", "89000")
    assert caller.order(clOrdId="a")["state"] == "live"


def test_a_failed_amendment_may_take_the_order_with_it() -> None:
    made = stage()
    caller = made.caller()
    caller.place(clOrdId="a", ordType="post_only")
    change = {"instId": BTC, "clOrdId": "a", "newPx": "90000.1", "cxlOnFail": True}
    assert item_code(caller.post("trade/amend-order", change)) == "51511"
    assert caller.order(clOrdId="a")["state"] == "canceled"


def test_an_amendment_may_fail_after_its_acknowledgement() -> None:
    made = stage(terms=OkxTerms(amends_fail_later=True))
    caller, wire = made.caller(), made.wire("private", "main")
    caller.place(clOrdId="a", ordType="post_only")
    wire.follow("orders", instType="SWAP")
    change = {"instId": BTC, "clOrdId": "a", "newPx": "90000.1", "reqId": "r"}
    (acknowledged,) = rows(caller.post("trade/amend-order", change))
    assert acknowledged["sCode"] == "0"
    assert wire.rows("orders")[-1]["amendResult"] == "-1"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"instId": "DOGE-USDT-SWAP"}, "51001"),
        ({"instId": None}, "50014"),
        ({"tdMode": "cash"}, "51000"),
        ({"side": "long"}, "51000"),
        ({"ordType": "gtc"}, "51000"),
        ({"posSide": "long"}, "51000"),
        ({"clOrdId": "has-hyphen"}, "51000"),
        ({"clOrdId": "x" * 33}, "51000"),
        ({"tag": "t" * 17}, "51000"),
        ({"px": None}, "50014"),
        ({"px": "-1"}, "51000"),
        ({"px": "89000.05"}, "51000"),
        ({"sz": "0.005"}, "51020"),
        ({"sz": "1.005"}, "51121"),
        ({"sz": "12001", "ordType": "market"}, "51005"),
        ({"px": "95000"}, "51006"),
        ({"side": "sell", "px": "85000"}, "51006"),
        ({"sz": "3000"}, "51008"),
        ({"side": "sell", "px": "91000", "reduceOnly": "true"}, "51169"),
        ({"stpMode": "cancel_both"}, "51000"),
    ],
)
def test_an_order_is_refused_by_its_code(changes: dict[str, object], code: str) -> None:
    caller = stage().caller()
    assert caller.refused(**changes) == code
    assert caller.rows("trade/orders-pending") == []


def test_empty_parameters_are_as_good_as_none() -> None:
    caller = stage().caller()
    assert caller.place(ccy="", clOrdId="", tag="", posSide="", reduceOnly="")["sCode"] == "0"


def test_numbers_may_be_sent_as_json_has_them() -> None:
    caller = stage().caller()
    placed = caller.place(sz=1.5, px=89000.5)
    told = caller.order(ordId=placed["ordId"])
    assert (told["sz"], told["px"]) == ("1.5", "89000.5")
    assert caller.refused(sz=True) == "51000"
    assert caller.refused(sz=1e-9) == "51000"


def test_a_client_order_id_is_never_free_again() -> None:
    caller = stage().caller()
    caller.place(clOrdId="a")
    assert caller.refused(clOrdId="a") == "51016"
    caller.cancel(clOrdId="a")
    assert caller.refused(clOrdId="a") == "51016"


def test_an_order_past_its_deadline_is_refused() -> None:
    made = stage()
    caller = made.caller()
    caller.headers = {"exptime": str(made.now_ms - 1)}
    assert caller.refused() == "51149"
    caller.headers = {"exptime": str(made.now_ms)}
    assert caller.place()["sCode"] == "0"


def test_a_halted_contract_takes_no_orders_and_says_so_in_its_row() -> None:
    made = stage()
    caller, wire = made.caller(), made.wire("public")
    wire.follow("instruments", instType="SWAP")
    made.simulator.world.set_tradable(BTC, tradable=False)
    assert caller.refused() == "51022"
    (told,) = wire.rows("instruments")
    assert (told["instId"], told["state"]) == (BTC, "suspend")
    (listed,) = rows(caller.ask("public/instruments", instType="SWAP"))
    assert listed["state"] == "suspend"


def test_a_liquidation_has_its_category_and_no_name() -> None:
    made = stage(balance="1000")
    caller, wire = made.caller(), made.wire("private", "main")
    public = made.wire("public")
    public.follow("liquidation-orders", instType="SWAP")
    caller.place(**market(sz="10"))
    wire.follow("orders", instType="SWAP")
    made.show("80000", "80000.1")
    made.passes(5)
    pushed = wire.rows("orders")
    assert {one["category"] for one in pushed} == {"full_liquidation"}
    assert {one["clOrdId"] for one in pushed} == {""}
    assert caller.rows("account/positions") == []
    (closed,) = caller.rows("account/positions-history", instType="SWAP")
    assert (closed["type"], closed["direction"]) == ("3", "long")
    assert caller.rows("account/bills", type="5")[0]["px"] == pushed[-1]["fillPx"]
    (event,) = public.rows("liquidation-orders")
    assert event["details"][0]["side"] == "sell"
