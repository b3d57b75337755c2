"""Private streams of a simulated OKX, and orders that come over WebSocket."""

from __future__ import annotations

from tests.venue_simulators.okx.okx_stage import (
    BTC,
    BTC_CODE,
    D,
    Json,
    market,
    order,
    stage,
    states,
)
from venue_simulators.okx.terms import OkxTerms

WIRE_ORDER = {name: value for name, value in order().items() if name != "instId"} | {
    "instIdCode": BTC_CODE
}


def test_account_and_positions_begin_with_a_snapshot() -> None:
    made = stage()
    made.caller().place(**market(sz="2"))
    wire = made.wire("private", "main")
    uid = made.simulator.keys["main"].uid
    wire.subscribe({"channel": "account"}, {"channel": "positions", "instType": "SWAP"})
    frames = [frame for frame in wire.take() if "data" in frame]
    account, positions = frames
    assert account["arg"] == {"channel": "account", "uid": uid}
    assert (account["eventType"], account["curPage"], account["lastPage"]) == ("snapshot", 1, True)
    assert account["data"][0]["details"][0]["ccy"] == "USDT"
    assert [one["pos"] for one in positions["data"]] == ["2"]


def test_orders_begin_with_nothing() -> None:
    made = stage()
    made.caller().place()
    wire = made.wire("private", "main")
    wire.subscribe({"channel": "orders", "instType": "SWAP"})
    frames = wire.take()
    assert [one["event"] for one in frames] == ["subscribe", "channel-conn-count"]
    assert frames[0]["arg"]["uid"] == made.simulator.keys["main"].uid


def test_account_and_positions_are_told_again_every_five_seconds_unless_unwanted() -> None:
    made = stage()
    made.caller().place(**market())
    wire, quiet = made.wire("private", "main"), made.wire("private", "main")
    wire.follow("positions", instType="SWAP")
    quiet.follow("positions", instType="SWAP", extraParams='{"updateInterval":"0"}')
    made.passes(11)
    assert len(wire.take("positions")) == 2
    assert quiet.take("positions") == []


def test_a_fill_moves_account_position_and_both() -> None:
    made = stage()
    wire = made.wire("private", "main")
    wire.follow("account")
    wire.follow("positions", instType="SWAP")
    wire.follow("balance_and_position")
    made.caller().place(**market(sz="3"))
    frames = wire.take()
    assert [one["arg"]["channel"] for one in frames] == [
        "account",
        "positions",
        "balance_and_position",
    ]
    account, positions, both = (frame["data"][0] for frame in frames)
    assert frames[0]["eventType"] == "event_update"
    assert positions["pos"] == "3"
    assert both["eventType"] == "filled"
    assert both["posData"][0]["pos"] == "3"
    assert both["trades"] == [{"instId": BTC, "tradeId": positions["tradeId"]}]
    assert both["balData"][0]["cashBal"] == account["details"][0]["cashBal"]


def test_a_position_that_ends_is_told_as_nought() -> None:
    made = stage()
    wire = made.wire("private", "main")
    made.caller().place(**market(sz="3"))
    wire.follow("positions", instType="SWAP")
    made.caller().place(**market("sell", "3"))
    (gone,) = wire.rows("positions")
    assert (gone["pos"], gone["avgPx"], gone["posSide"]) == ("0", "", "net")


def test_an_order_binds_margin_without_moving_money() -> None:
    made = stage()
    wire = made.wire("private", "main")
    wire.follow("account")
    wire.follow("balance_and_position")
    made.caller().place(sz="10")
    (frame,) = wire.take()
    assert frame["arg"]["channel"] == "account"
    assert frame["data"][0]["details"][0]["ordFrozen"] == "890"


def test_funding_is_told_with_its_event() -> None:
    made = stage()
    made.caller().place(**market(sz="10"))
    made.passes(8 * 3600 - 10)
    wire = made.wire("private", "main")
    wire.follow("balance_and_position")
    made.passes(12)
    (both,) = wire.rows("balance_and_position")
    assert both["eventType"] == "funding_fee"
    bills = made.caller().rows("account/bills", type="8")
    assert D(both["balData"][0]["cashBal"]) == D(bills[0]["bal"])


def test_accounts_hear_only_of_themselves() -> None:
    made = stage(accounts=("main", "other"))
    wire = made.wire("private", "other")
    wire.follow("orders", instType="ANY")
    made.caller("main").place()
    assert wire.take() == []
    made.caller("other").place()
    assert states(wire.rows("orders")) == ["live"]


def test_orders_may_be_chosen_by_type_family_and_name() -> None:
    made = stage()
    wire = made.wire("private", "main")
    wire.follow("orders", instType="FUTURES")
    wire.follow("orders", instType="SWAP", instFamily="ETH-USDT")
    wire.follow("orders", instType="SWAP", instFamily="BTC-USDT")
    made.caller().place()
    (frame,) = wire.take()
    assert frame["arg"]["instFamily"] == "BTC-USDT"


def test_a_large_snapshot_comes_in_pages() -> None:
    made = stage(terms=OkxTerms(paged_account=True))
    wire = made.wire("private", "main")
    wire.subscribe({"channel": "account"})
    frames = wire.take("account")
    assert [(one["curPage"], one["lastPage"]) for one in frames] == [(1, False), (2, True)]
    coins = [one["data"][0]["details"][0]["ccy"] for one in frames]
    assert coins == ["OKB", "USDT"]
    assert frames[0]["data"][0]["details"][0]["availBal"] == ""
    made.caller().place()
    (frame,) = wire.take("account")
    assert (frame["eventType"], frame["lastPage"]) == ("event_update", True)


def test_the_latest_fill_may_be_told_once_more_to_whoever_comes_back() -> None:
    made = stage(terms=OkxTerms(replays_fills=True))
    made.caller().place(**market())
    wire = made.wire("private", "main")
    wire.subscribe({"channel": "orders", "instType": "SWAP"})
    (again,) = wire.rows("orders")
    (fill,) = made.caller().rows("trade/fills")
    assert (again["tradeId"], again["state"]) == (fill["tradeId"], "filled")


# Orders over WebSocket ----------------------------------------------------------------------------


def said(operation: str, *args: Json, **more: object) -> Json:
    """Return a request."""
    return {"id": "7", "op": operation, "args": list(args), **more}


def test_an_order_comes_by_the_number_of_its_instrument() -> None:
    made = stage()
    wire = made.wire("private", "main")
    wire.follow("orders", instType="SWAP")
    wire.say(said("order", {**WIRE_ORDER, "clOrdId": "w"}))
    frames = wire.take()
    pushed, reply = frames
    assert pushed["data"][0]["state"] == "live"
    assert (reply["id"], reply["op"], reply["code"], reply["msg"]) == ("7", "order", "0", "")
    (one,) = reply["data"]
    assert (one["clOrdId"], one["sCode"]) == ("w", "0")
    assert one["ordId"] == pushed["data"][0]["ordId"]
    assert reply["inTime"].isdigit()


def test_the_name_of_an_instrument_is_no_longer_taken() -> None:
    wire = stage().wire("private", "main")
    wire.say(said("order", order()))
    (reply,) = wire.take()
    assert (reply["code"], reply["data"]) == ("50014", [])
    assert reply["msg"] == "Parameter instIdCode can not be empty."


def test_an_unknown_number_is_refused_by_item() -> None:
    wire = stage().wire("private", "main")
    wire.say(said("order", {**WIRE_ORDER, "instIdCode": 1}))
    (reply,) = wire.take()
    assert (reply["code"], reply["data"][0]["sCode"]) == ("1", "51001")


def test_cancels_and_amendments_come_over_the_same_connection() -> None:
    made = stage()
    wire = made.wire("private", "main")
    named = {"instIdCode": BTC_CODE, "clOrdId": "w"}
    wire.say(said("order", {**WIRE_ORDER, "clOrdId": "w"}))
    wire.say(said("amend-order", {**named, "newSz": "2", "reqId": "r"}))
    wire.say(said("cancel-order", named))
    wire.say(said("cancel-order", named))
    replies = wire.take()
    assert [one["code"] for one in replies] == ["0", "0", "0", "1"]
    assert replies[1]["data"][0]["reqId"] == "r"
    assert replies[3]["data"][0]["sCode"] == "51401"


def test_batches_come_over_the_same_connection() -> None:
    made = stage()
    wire = made.wire("private", "main")
    both = [{**WIRE_ORDER, "clOrdId": name} for name in ("a", "b")]
    wire.say(said("batch-orders", *both, {**WIRE_ORDER, "sz": "0"}))
    (reply,) = wire.take()
    assert reply["code"] == "2"
    assert [one["sCode"] for one in reply["data"]] == ["0", "0", "51000"]
    named = [{"instIdCode": BTC_CODE, "clOrdId": name} for name in ("a", "b")]
    wire.say(said("batch-amend-orders", *({**one, "newSz": "3"} for one in named)))
    wire.say(said("batch-cancel-orders", *named))
    assert [one["code"] for one in wire.take()] == ["0", "0"]
    assert made.caller().rows("trade/orders-pending") == []


def test_a_deadline_stands_beside_the_operation() -> None:
    made = stage()
    wire = made.wire("private", "main")
    wire.say(said("order", WIRE_ORDER, expTime=str(made.now_ms - 1)))
    (reply,) = wire.take()
    assert reply["data"][0]["sCode"] == "51149"


def test_orders_need_a_login() -> None:
    wire = stage().wire("private")
    wire.say(said("order", WIRE_ORDER))
    assert wire.code() == "60011"


def test_both_ways_share_one_budget() -> None:
    made = stage()
    caller, wire = made.caller(), made.wire("private", "main")
    named = {"instId": BTC, "ordId": "1"}
    for _ in range(59):
        caller.post("trade/cancel-order", named)
    for _ in range(2):
        wire.say(said("cancel-order", {"instIdCode": BTC_CODE, "ordId": "1"}))
    assert [one["code"] for one in wire.take()] == ["1", "50011"]
    assert caller.post("trade/cancel-order", named).status == 429
