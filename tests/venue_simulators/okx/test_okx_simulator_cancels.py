"""Cancellations, races, the dead-man switch, closing a position, and what is read afterwards."""

from __future__ import annotations

import pytest

from tests.venue_simulators.okx.okx_stage import (
    BTC,
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


def test_an_order_is_cancelled_by_either_name() -> None:
    made = stage()
    caller, wire = made.caller(), made.wire("private", "main")
    wire.follow("orders", instType="SWAP")
    first, _ = caller.place(), caller.place(clOrdId="b")
    assert row(caller.cancel(ordId=first["ordId"]))["sCode"] == "0"
    assert row(caller.cancel(clOrdId="b"))["clOrdId"] == "b"
    pushed = wire.rows("orders")
    assert states(pushed) == ["live", "live", "canceled", "canceled"]
    assert pushed[-1]["cancelSource"] == "1"


def test_a_cancellation_that_comes_too_late_says_why() -> None:
    caller = stage().caller()
    caller.place(clOrdId="gone")
    caller.cancel(clOrdId="gone")
    caller.place(**market(clOrdId="done"))
    assert item_code(caller.cancel(clOrdId="gone")) == "51401"
    assert item_code(caller.cancel(clOrdId="done")) == "51402"
    assert item_code(caller.cancel(clOrdId="never")) == "51400"
    assert item_code(caller.cancel()) == "50014"


@pytest.mark.parametrize(("name", "code"), [("gone", "51509"), ("done", "51510"), ("no", "51503")])
def test_an_amendment_that_comes_too_late_says_why(name: str, code: str) -> None:
    caller = stage().caller()
    caller.place(clOrdId="gone")
    caller.cancel(clOrdId="gone")
    caller.place(**market(clOrdId="done"))
    change = {"instId": BTC, "clOrdId": name, "newSz": "2"}
    assert item_code(caller.post("trade/amend-order", change)) == code


def test_an_order_cancelled_without_a_fill_is_forgotten_after_two_hours() -> None:
    made = stage()
    caller = made.caller()
    caller.place(clOrdId="a")
    caller.cancel(clOrdId="a")
    made.passes(7199)
    assert caller.order(clOrdId="a")["state"] == "canceled"
    made.passes(2)
    assert refusal(caller.get("trade/order", instId=BTC, clOrdId="a")) == (200, "51603")
    assert len(caller.rows("trade/orders-history", instType="SWAP")) == 1


def test_an_order_of_another_name_does_not_exist() -> None:
    caller = stage().caller()
    assert refusal(caller.get("trade/order", instId=BTC, ordId="1")) == (200, "51603")


def test_the_dead_man_switch_cancels_everything_unless_it_is_set_anew() -> None:
    made = stage()
    caller, wire = made.caller(), made.wire("private", "main")
    wire.follow("orders", instType="SWAP")
    caller.place()
    (first,) = rows(caller.post("trade/cancel-all-after", {"timeOut": "10"}))
    assert first["triggerTime"] == str(made.now_ms + 10_000)
    made.passes(9)
    rows(caller.post("trade/cancel-all-after", {"timeOut": "10"}))
    made.passes(9)
    assert len(caller.rows("trade/orders-pending")) == 1
    made.passes(2)
    assert caller.rows("trade/orders-pending") == []
    assert wire.rows("orders")[-1]["cancelSource"] == "20"


def test_the_dead_man_switch_is_taken_away_by_nought() -> None:
    made = stage()
    caller = made.caller()
    caller.place()
    rows(caller.post("trade/cancel-all-after", {"timeOut": "10"}))
    made.passes(1)
    (off,) = rows(caller.post("trade/cancel-all-after", {"timeOut": "0"}))
    assert off["triggerTime"] == "0"
    made.passes(60)
    assert len(caller.rows("trade/orders-pending")) == 1


@pytest.mark.parametrize(("timeout", "code"), [("5", "51000"), ("121", "51000"), ("", "50014")])
def test_the_dead_man_switch_has_its_limits(timeout: str, code: str) -> None:
    answer = stage().caller().post("trade/cancel-all-after", {"timeOut": timeout})
    assert body(answer)["code"] == code


def test_a_position_is_closed_once_what_closes_it_may_go() -> None:
    caller = stage().caller()
    caller.place(**market(sz="3"))
    caller.place(side="sell", px="91000", sz="3", reduceOnly=True)
    close = {"instId": BTC, "mgnMode": "cross"}
    assert refusal(caller.post("trade/close-position", close)) == (200, "51134")
    closed = row(caller.post("trade/close-position", {**close, "autoCxl": True}))
    assert (closed["instId"], closed["posSide"]) == (BTC, "net")
    assert caller.rows("account/positions") == []
    assert caller.rows("trade/orders-pending") == []
    assert refusal(caller.post("trade/close-position", close)) == (200, "51023")


def test_pages_of_orders_are_turned_by_number() -> None:
    caller = stage().caller()
    ids = [caller.place()["ordId"] for _ in range(5)]
    newest = [one["ordId"] for one in caller.rows("trade/orders-pending", limit="2")]
    assert newest == ids[:-3:-1]
    older = caller.rows("trade/orders-pending", limit="2", after=newest[-1])
    assert [one["ordId"] for one in older] == [ids[2], ids[1]]
    newer = caller.rows("trade/orders-pending", before=ids[2])
    assert [one["ordId"] for one in newer] == [ids[4], ids[3]]
    assert body(caller.get("trade/orders-pending", limit="101"))["code"] == "51000"


def test_histories_want_a_type_and_choose_by_state() -> None:
    caller = stage().caller()
    caller.place(clOrdId="c")
    caller.cancel(clOrdId="c")
    caller.place(**market(clOrdId="f"))
    assert body(caller.get("trade/orders-history"))["code"] == "50014"
    for path in ("trade/orders-history", "trade/orders-history-archive"):
        listed = caller.rows(path, instType="SWAP")
        assert [one["clOrdId"] for one in listed] == ["f", "c"]
        (filled,) = caller.rows(path, instType="SWAP", state="filled")
        assert filled["clOrdId"] == "f"


def test_reads_may_lag_behind_the_streams() -> None:
    made = stage(terms=OkxTerms(read_delay_ns=1_000_000_000))
    caller = made.caller()
    caller.place(**market(clOrdId="f"))
    assert caller.rows("trade/fills") == []
    assert refusal(caller.get("trade/order", instId=BTC, clOrdId="f")) == (200, "51603")
    made.passes(1)
    assert caller.order(clOrdId="f")["state"] == "filled"
    assert len(caller.rows("trade/fills")) == 1


def test_more_than_five_hundred_orders_do_not_pend() -> None:
    made = stage(terms=OkxTerms(rate_limits=False))
    caller = made.caller()
    for _ in range(25):
        batch = [
            {"instId": BTC, "tdMode": "cross", "side": "buy", "ordType": "limit"}
            | {"sz": "0.01", "px": "85600"}
        ] * 20
        rows(caller.post("trade/batch-orders", batch))
    assert caller.refused() == "51174"
