"""Money, positions, leverage, modes, fees, bills and funding on a simulated OKX."""

from __future__ import annotations

from tests.venue_simulators.okx.okx_stage import (
    BTC,
    Caller,
    D,
    body,
    item_code,
    market,
    refusal,
    row,
    rows,
    stage,
)


def test_a_balance_tells_texts_and_leaves_empty_what_belongs_to_other_modes() -> None:
    (balance,) = stage().caller().rows("account/balance")
    (detail,) = balance["details"]
    assert (balance["totalEq"], balance["adjEq"], balance["imr"]) == ("100000", "", "")
    assert (detail["ccy"], detail["eq"], detail["availEq"]) == ("USDT", "100000", "100000")


def test_an_order_binds_margin() -> None:
    caller = stage().caller()
    caller.place(sz="100", px="89000")
    detail = caller.rows("account/balance")[0]["details"][0]
    assert (detail["frozenBal"], detail["ordFrozen"]) == ("8900", "8900")
    assert detail["availEq"] == "91100"


def test_a_short_position_is_negative_in_net_mode() -> None:
    caller = stage().caller()
    caller.place(**market("sell", "10"))
    held = caller.position()
    assert (held["posSide"], held["pos"], held["availPos"]) == ("net", "-10", "")
    assert (held["avgPx"], held["lever"], held["mgnMode"]) == ("89999.9", "10", "cross")
    assert (held["upl"], held["notionalUsd"], held["imr"]) == ("-0.01", "9000", "900")
    assert held["margin"] == ""


def test_a_position_that_turns_is_closed_and_opened() -> None:
    caller = stage().caller()
    caller.place(**market("buy", "1"))
    caller.place(**market("sell", "3"))
    assert caller.position()["pos"] == "-2"
    (closed,) = caller.rows("account/positions-history", instType="SWAP")
    assert (closed["direction"], closed["openMaxPos"], closed["closeTotalPos"]) == (
        "long",
        "1",
        "1",
    )
    assert (closed["openAvgPx"], closed["closeAvgPx"], closed["pnl"]) == (
        "90000.1",
        "89999.9",
        "-0.002",
    )
    assert D(closed["realizedPnl"]) == D("-0.002") + D(closed["fee"])


def test_leverage_is_chosen_for_each_margin_mode() -> None:
    caller = stage().caller()
    chosen = {"instId": BTC, "lever": "5", "mgnMode": "cross"}
    assert row(caller.post("account/set-leverage", chosen)) == {**chosen, "posSide": ""}
    (told,) = caller.rows("account/leverage-info", instId=BTC, mgnMode="cross")
    assert (told["lever"], told["posSide"]) == ("5", "")
    (other,) = caller.rows("account/leverage-info", instId=BTC, mgnMode="isolated")
    caller.post("account/set-leverage", {"instId": BTC, "lever": "3", "mgnMode": "isolated"})
    assert other["lever"] == "5"
    caller.place(**market(tdMode="isolated"))
    assert (caller.position()["lever"], caller.position()["mgnMode"]) == ("3", "isolated")
    assert caller.position()["margin"] == "300.000333333333"


def test_leverage_has_its_limits() -> None:
    caller = stage(balance="1000").caller()
    base = {"instId": BTC, "mgnMode": "cross"}
    assert refusal(caller.post("account/set-leverage", {**base, "lever": "101"})) == (200, "59102")
    assert refusal(caller.post("account/set-leverage", {**base, "lever": "0.5"})) == (200, "59105")
    caller.place(**market(sz="10"))
    assert refusal(caller.post("account/set-leverage", {**base, "lever": "2"})) == (200, "59109")


def test_one_instrument_is_traded_in_one_margin_mode_at_a_time() -> None:
    caller = stage().caller()
    caller.place()
    assert caller.refused(tdMode="isolated") == "51000"


def test_isolated_margin_is_added_and_taken_back() -> None:
    caller = stage().caller()
    change = {"instId": BTC, "posSide": "net", "type": "add", "amt": "100"}
    path = "account/position/margin-balance"
    assert refusal(caller.post(path, change)) == (200, "51023")
    caller.place(**market(tdMode="isolated"))
    before = D(caller.position()["margin"])
    assert row(caller.post(path, change))["amt"] == "100"
    assert D(caller.position()["margin"]) == before + 100
    less = {**change, "type": "reduce", "amt": "100.01"}
    assert refusal(caller.post(path, less)) == (200, "51131")


def long_short() -> Caller:
    """Return a caller in long-short mode."""
    caller = stage().caller()
    rows(caller.post("account/set-position-mode", {"posMode": "long_short_mode"}))
    return caller


def test_long_and_short_stand_side_by_side() -> None:
    caller = long_short()
    assert caller.rows("account/config")[0]["posMode"] == "long_short_mode"
    caller.place(**market("buy", "3", posSide="long"))
    caller.place(**market("sell", "1", posSide="short"))
    long, short = caller.rows("account/positions", instType="SWAP")
    assert (long["posSide"], long["pos"], long["availPos"]) == ("long", "3", "3")
    assert (short["posSide"], short["pos"]) == ("short", "1")
    detail = caller.rows("account/balance")[0]["details"][0]
    assert D(detail["cashBal"]) + D(long["upl"]) + D(short["upl"]) == D(detail["eq"])


def test_long_short_mode_wants_to_know_which_position() -> None:
    caller = long_short()
    assert caller.refused() == "50014"
    assert caller.refused(posSide="net") == "51000"
    assert caller.refused(side="sell", px="91000", posSide="long") == "51169"
    caller.place(**market("buy", "2", posSide="long"))
    caller.place(side="sell", px="91000", sz="1", posSide="long")
    assert caller.rows("account/positions")[0]["availPos"] == "1"
    assert caller.refused(side="sell", px="91000", sz="1.5", posSide="long") == "51112"
    (pending,) = caller.rows("trade/orders-pending")
    change = {"instId": BTC, "ordId": pending["ordId"], "newSz": "2.5"}
    assert item_code(caller.post("trade/amend-order", change)) == "51112"
    rows(caller.post("trade/amend-order", {**change, "newSz": "2"}))
    assert caller.rows("account/positions")[0]["availPos"] == "0"


def test_a_position_of_long_short_mode_is_closed() -> None:
    caller = long_short()
    caller.place(**market("buy", "2", posSide="long"))
    caller.place(**market("sell", "1", posSide="short"))
    close = {"instId": BTC, "mgnMode": "cross", "posSide": "long"}
    assert row(caller.post("trade/close-position", close))["posSide"] == "long"
    (left,) = caller.rows("account/positions")
    assert (left["posSide"], left["pos"]) == ("short", "1")
    (closed,) = caller.rows("account/positions-history", instType="SWAP")
    assert (closed["posSide"], closed["direction"]) == ("long", "long")


def test_a_liquidation_takes_from_the_side_that_loses() -> None:
    made = stage(balance="1000")
    caller = made.caller()
    caller.post("account/set-position-mode", {"posMode": "long_short_mode"})
    caller.place(**market("buy", "10", posSide="long"))
    caller.place(**market("sell", "2", posSide="short"))
    caller.place(side="sell", px="91000", sz="10", posSide="long", clOrdId="exit")
    made.show("77000", "77000.1")
    assert caller.order(clOrdId="exit")["cancelSource"] == "3"
    long, short = caller.rows("account/positions")
    assert (long["pos"], short["pos"]) == ("2", "2")
    assert made.simulator.world.positions("main") == []


def test_isolated_leverage_of_long_short_mode_is_told_for_both_sides() -> None:
    caller = long_short()
    told = caller.rows("account/leverage-info", instId=BTC, mgnMode="isolated")
    assert [one["posSide"] for one in told] == ["long", "short"]
    change = {"instId": BTC, "mgnMode": "isolated", "lever": "4"}
    assert body(caller.post("account/set-leverage", change))["code"] == "50014"
    assert row(caller.post("account/set-leverage", {**change, "posSide": "long"}))["lever"] == "4"


def test_the_position_mode_stays_while_something_is_open() -> None:
    caller = stage().caller()
    caller.place(clOrdId="a")
    change = {"posMode": "long_short_mode"}
    assert refusal(caller.post("account/set-position-mode", change)) == (200, "59000")
    caller.cancel(clOrdId="a")
    assert rows(caller.post("account/set-position-mode", change)) == [change]


def test_fees_are_negative_where_they_are_paid() -> None:
    (fees,) = stage().caller().rows("account/trade-fee", instType="SWAP")
    assert (fees["makerU"], fees["takerU"]) == ("-0.0002", "-0.0005")
    assert (fees["maker"], fees["taker"]) == ("", "")


def test_the_largest_order_is_told_in_contracts() -> None:
    caller = stage().caller()
    (largest,) = caller.rows("account/max-size", instId=BTC, tdMode="cross")
    assert D(largest["maxBuy"]) == D("1110.55")
    (available,) = caller.rows("account/max-avail-size", instId=BTC, tdMode="cross")
    assert available["availBuy"] == largest["maxBuy"]


def test_bills_tell_every_movement_of_money() -> None:
    made = stage()
    caller = made.caller()
    caller.place(**market("buy", "10"))
    caller.place(**market("sell", "10"))
    last, first = caller.rows("account/bills", instType="SWAP")
    assert (first["type"], first["subType"], first["balChg"]) == ("2", "1", "-4.500005")
    assert (last["subType"], last["pnl"], last["fee"]) == ("2", "-0.02", "-4.499995")
    cash = caller.rows("account/balance")[0]["details"][0]["cashBal"]
    assert last["bal"] == cash


def test_funding_is_a_bill_of_type_eight() -> None:
    made = stage(accounts=("long", "short"))
    made.caller("long").place(**market("buy", "10"))
    made.caller("short").place(**market("sell", "10"))
    made.passes(8 * 3600)
    (paid,) = made.caller("long").rows("account/bills", instType="SWAP", type="8")
    (got,) = made.caller("short").rows("account/bills-archive", instType="SWAP", type="8")
    assert (paid["subType"], paid["balChg"], paid["pnl"]) == ("173", "-0.9", "-0.9")
    assert (got["subType"], got["balChg"]) == ("174", "0.9")
    assert made.caller("long").position()["fundingFee"] == "-0.9"


def test_other_types_of_instruments_hold_nothing() -> None:
    caller = stage().caller()
    caller.place(**market())
    assert caller.rows("account/positions", instType="FUTURES") == []
    assert len(caller.rows("account/positions", instId=f"ETH-USDT-SWAP,{BTC}")) == 1
