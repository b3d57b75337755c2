"""The life of orders: acknowledged, judged later, ended by trade, wish or time."""

import pytest

from exchange_clients.base_models import NS
from exchange_clients.paper.config import Acknowledge
from tests.venue_simulators.grvt.grvt_stage import (
    BTC,
    SOL,
    Trader,
    Wire,
    Words,
    move,
    passes,
    quick,
    read,
    refusal,
    stage,
)
from venue_simulators.grvt.terms import MS
from venue_simulators.options import SignatureDepth


def state_of(order: Words) -> tuple[str, str, str, str]:
    state = order["state"]
    return (
        state["status"],
        state["reject_reason"],
        state["book_size"][0],
        state["traded_size"][0],
    )


def test_a_create_is_answered_pending_and_without_an_id() -> None:
    trader = Trader(stage())
    created = read(trader.create())["result"]
    assert created["order_id"] == "0x00"
    assert state_of(created) == ("PENDING", "UNSPECIFIED", "1", "0.0")
    assert created["state"]["avg_fill_price"] == ["0.0"]
    assert created["legs"] == [
        {"instrument": SOL, "size": "1", "limit_price": "140", "is_buying_asset": True}
    ]
    assert created["metadata"]["client_order_id"] == str((1 << 63) + 1)
    assert created["signature"]["nonce"] == 1


@pytest.mark.parametrize("depth", list(SignatureDepth))
def test_a_signed_order_rests_once_its_verdict_has_come(depth: SignatureDepth) -> None:
    trader = Trader(stage(signatures=depth), depth=depth)
    order = trader.placed()
    assert state_of(order) == ("OPEN", "UNSPECIFIED", "1", "0.0")
    assert order["order_id"].startswith("0x0101")
    assert trader.look_up(order["metadata"]["client_order_id"]) == order
    assert read(trader.ask("open_orders"))["result"] == [order]


def test_the_verdict_comes_after_its_delay_and_the_speed_bump() -> None:
    trader = Trader(stage(terms=quick(verdict_delay_ns=10 * MS, speed_bump_ns=20 * MS)))
    names = [
        read(trader.create(post_only=post_only))["result"]["metadata"]["client_order_id"]
        for post_only in (True, False)
    ]

    def statuses() -> list[str]:
        return [trader.look_up(name)["state"]["status"] for name in names]

    assert statuses() == ["PENDING", "PENDING"]
    passes(trader.simulator, 0.01)
    assert statuses() == ["OPEN", "PENDING"]
    passes(trader.simulator, 0.02)
    assert statuses() == ["OPEN", "OPEN"]


def test_an_order_is_found_by_id_in_any_spelling() -> None:
    trader = Trader(stage())
    order = trader.placed()
    bare = order["order_id"].removeprefix("0x").upper()
    assert read(trader.ask("order", order_id=bare))["result"] == order


def test_the_answer_may_be_made_to_tell_the_verdict() -> None:
    trader = Trader(stage(acknowledge=Acknowledge.IMMEDIATE))
    order = read(trader.create(post_only=True, limit_price="150.01"))["result"]
    assert state_of(order)[:2] == ("REJECTED", "FAIL_POST_ONLY")


def test_post_only_that_would_take_is_refused_by_the_verdict_alone() -> None:
    trader = Trader(stage())
    order = trader.placed(post_only=True, limit_price="150.01")
    assert state_of(order) == ("REJECTED", "FAIL_POST_ONLY", "0.0", "0.0")


def test_margin_is_refused_by_the_verdict_alone() -> None:
    trader = Trader(stage(balance="100"))
    assert state_of(trader.placed(size="20"))[:2] == ("REJECTED", "BELOW_MARGIN")


def test_what_crosses_trades_and_the_rest_stays() -> None:
    trader = Trader(stage())
    order = trader.placed(size="45", limit_price="150.01")
    assert state_of(order) == ("OPEN", "UNSPECIFIED", "5", "40")
    assert order["state"]["avg_fill_price"] == ["150.01"]


def test_a_market_order_is_filled_without_ever_being_open() -> None:
    trader = Trader(stage())
    wire = Wire(trader.simulator, trader)
    wire.subscribe("v1.state", trader.member.sub_account_id)
    order = trader.placed(
        size="50", limit_price="0", is_market=True, time_in_force="IMMEDIATE_OR_CANCEL"
    )
    assert state_of(order) == ("FILLED", "UNSPECIFIED", "0.0", "50")
    assert order["state"]["avg_fill_price"] == ["150.012"]
    seen = [frame["feed"]["order_state"]["status"] for frame in wire.take("v1.state")]
    assert seen == ["FILLED"]


@pytest.mark.parametrize(
    ("time_in_force", "traded", "reason"),
    [("IMMEDIATE_OR_CANCEL", "40", "IOC_CANCEL"), ("FILL_OR_KILL", "0.0", "FOK_CANCEL")],
)
def test_takers_that_find_too_little_are_cancelled(
    time_in_force: str, traded: str, reason: str
) -> None:
    trader = Trader(stage())
    order = trader.placed(size="45", limit_price="150.01", time_in_force=time_in_force)
    assert state_of(order) == ("CANCELLED", reason, "0.0", traded)


def test_a_market_order_without_enough_to_take_ends_as_market_cancel() -> None:
    trader = Trader(stage(balance="100000"))
    order = trader.placed(
        size="200", limit_price="0", is_market=True, time_in_force="IMMEDIATE_OR_CANCEL"
    )
    assert state_of(order) == ("CANCELLED", "MARKET_CANCEL", "0.0", "100")


def test_all_or_none_is_not_for_the_order_book() -> None:
    order = Trader(stage()).placed(time_in_force="ALL_OR_NONE")
    assert state_of(order)[:2] == ("REJECTED", "UNSUPPORTED_TIME_IN_FORCE")


def test_an_rpi_order_is_post_only_whatever_its_flag_says() -> None:
    trader = Trader(stage())
    order = trader.placed(time_in_force="RETAIL_PRICE_IMPROVEMENT", limit_price="150.01")
    assert state_of(order)[:2] == ("REJECTED", "FAIL_POST_ONLY")


def test_a_market_halted_on_the_way_refuses_by_its_verdict() -> None:
    trader = Trader(stage())
    created = read(trader.create())["result"]
    trader.simulator.world.set_tradable(SOL, tradable=False)
    passes(trader.simulator, 1)
    order = trader.look_up(created["metadata"]["client_order_id"])
    assert state_of(order)[:2] == ("REJECTED", "INSTRUMENT_DEACTIVATED")


def test_a_liquidation_takes_the_open_orders_first() -> None:
    crash = move(1, 2, [(149.99, 0.0), (149.98, 0.0), (120.0, 500.0)], [(121.0, 500.0)])
    trader = Trader(stage(crash, balance="1000"))
    resting = trader.placed(size="1", limit_price="110")
    trader.placed(size="40", limit_price="150.01")
    passes(trader.simulator, 5)
    found = trader.look_up(resting["metadata"]["client_order_id"])
    assert state_of(found)[:2] == ("CANCELLED", "LIQUIDATION")


def test_a_reduce_only_order_whose_position_is_gone_ends() -> None:
    trader = Trader(stage())
    trader.placed(limit_price="150.01")
    closing = trader.placed(buy=False, limit_price="160", reduce_only=True)
    trader.placed(buy=False, limit_price="149.99")
    found = trader.look_up(closing["metadata"]["client_order_id"])
    assert state_of(found)[:2] == ("CANCELLED", "FAIL_REDUCE_ONLY")


def test_an_order_that_expires_on_its_way_never_meets_the_book() -> None:
    trader = Trader(stage())
    created = read(trader.create(expires_ns=trader.simulator.world.now_ns + MS))["result"]
    passes(trader.simulator, 1)
    order = trader.look_up(created["metadata"]["client_order_id"])
    assert state_of(order)[:2] == ("CANCELLED", "EXPIRED")
    assert trader.simulator.world.orders("main") == []


def test_a_resting_order_dies_with_its_signature() -> None:
    trader = Trader(stage())
    order = trader.placed(expires_ns=trader.simulator.world.now_ns + 5 * NS)
    assert order["state"]["status"] == "OPEN"
    passes(trader.simulator, 5)
    order = trader.look_up(order["metadata"]["client_order_id"])
    assert state_of(order)[:2] == ("CANCELLED", "EXPIRED")
    assert trader.simulator.world.open_orders("main") == []


def test_the_same_nonce_over_the_same_payload_is_heard_once() -> None:
    trader = Trader(stage())
    order = trader.order()
    first = read(trader.ask("create_order", order=order))
    assert read(trader.ask("create_order", order=order)) == first
    passes(trader.simulator, 0.05)
    assert len(trader.simulator.world.open_orders("main")) == 1
    again = read(trader.ask("create_order", order=order))["result"]
    assert again["state"]["status"] == "OPEN"


def test_a_client_order_id_is_unique_among_active_orders_only() -> None:
    trader = Trader(stage())
    order = trader.placed(client_order_id="9223372036854775900")
    assert refusal(trader.create(client_order_id="9223372036854775900")) == (400, 2012)
    trader.ask("cancel_order", order_id=order["order_id"])
    passes(trader.simulator, 0.05)
    again = trader.placed(client_order_id="9223372036854775900")
    assert again["order_id"] != order["order_id"]
    assert again["state"]["status"] == "OPEN"


# Cancelling ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("named", ["order_id", "client_order_id"])
def test_a_cancel_is_acknowledged_before_it_acts(named: str) -> None:
    trader = Trader(stage())
    order = trader.placed()
    name = order["metadata"]["client_order_id"]
    key = order["order_id"] if named == "order_id" else name
    assert read(trader.ask("cancel_order", **{named: key})) == {"result": {"ack": True}}
    assert trader.look_up(name)["state"]["status"] == "OPEN"
    passes(trader.simulator, 0.01)
    assert state_of(trader.look_up(name)) == ("CANCELLED", "CLIENT_CANCEL", "0.0", "0.0")


def test_a_fill_can_come_after_the_acknowledgement() -> None:
    trader = Trader(
        stage(
            move(0.2, 2, [(149.99, 0.0), (149.98, 0.0)], [(149.5, 10.0)]),
            terms=quick(cancel_delay_ns=NS),
        )
    )
    order = trader.placed(limit_price="149.6")
    assert trader.ask("cancel_order", order_id=order["order_id"]).status == 200
    passes(trader.simulator, 2)
    order = trader.look_up(order["metadata"]["client_order_id"])
    assert state_of(order) == ("FILLED", "UNSPECIFIED", "0.0", "1")


def cancels(wire: Wire) -> list[tuple[str, str]]:
    frames = [frame["feed"] for frame in wire.take("v1.cancel")]
    return [(feed["client_order_id"], feed["cancel_status"]) for feed in frames]


def test_a_cancel_of_nothing_is_acknowledged_and_told_to_have_expired() -> None:
    trader = Trader(stage())
    wire = Wire(trader.simulator, trader)
    wire.subscribe("v1.cancel", trader.member.sub_account_id)
    name = "9223372036854775999"
    assert trader.ask("cancel_order", client_order_id=name, time_to_live_ms="250").status == 200
    passes(trader.simulator, 0.2)
    assert cancels(wire) == []
    passes(trader.simulator, 0.1)
    assert cancels(wire) == [(name, "EXPIRED")]


def test_a_second_cancel_of_what_is_awaited_is_dropped() -> None:
    trader = Trader(stage())
    wire = Wire(trader.simulator, trader)
    wire.subscribe("v1.cancel", trader.member.sub_account_id)
    for _ in range(2):
        trader.ask("cancel_order", client_order_id="7")
    passes(trader.simulator, 1)
    assert cancels(wire) == [("7", "DROPPED_DUPLICATE"), ("7", "EXPIRED")]


def test_a_cancel_that_outruns_its_create_kills_it_on_arrival() -> None:
    trader = Trader(stage())
    order = trader.order(limit_price="150.01")
    name = order["metadata"]["client_order_id"]
    trader.ask("cancel_order", client_order_id=name)
    passes(trader.simulator, 0.02)
    trader.ask("create_order", order=order)
    passes(trader.simulator, 0.2)
    assert state_of(trader.look_up(name)) == ("CANCELLED", "CLIENT_CANCEL", "0.0", "0.0")


def test_unknown_cancels_may_be_answered_1004_instead() -> None:
    trader = Trader(stage(terms=quick(unknown_cancels_acknowledged=False)))
    assert refusal(trader.ask("cancel_order", client_order_id="7")) == (404, 1004)


def test_cancel_all_takes_the_chosen_markets_and_misses_what_is_on_its_way() -> None:
    trader = Trader(stage())
    sol = trader.placed()
    btc = trader.placed(instrument=BTC, size="0.01", limit_price="80000")
    late = read(trader.create())["result"]
    assert trader.ask("cancel_all_orders", base=["SOL"], kind=["PERPETUAL"]).status == 200
    passes(trader.simulator, 0.05)
    names = [each["metadata"]["client_order_id"] for each in (sol, btc, late)]
    assert [trader.look_up(name)["state"]["status"] for name in names] == [
        "CANCELLED",
        "OPEN",
        "OPEN",
    ]


def test_the_dead_man_switch_cancels_unless_it_is_armed_anew() -> None:
    trader = Trader(stage())
    order = trader.placed()
    name = order["metadata"]["client_order_id"]
    trader.ask("cancel_on_disconnect", countdown_time="2900")
    passes(trader.simulator, 1.5)
    trader.ask("cancel_on_disconnect", countdown_time="2900")
    passes(trader.simulator, 1.9)
    assert trader.look_up(name)["state"]["status"] == "OPEN"
    passes(trader.simulator, 0.2)
    reason = "CLIENT_CANCEL_ON_DISCONNECT_TRIGGERED"
    assert state_of(trader.look_up(name))[:2] == ("CANCELLED", reason)


@pytest.mark.parametrize("off", ["0", "1000"])
def test_the_dead_man_switch_is_turned_off_by_a_second_or_less(off: str) -> None:
    trader = Trader(stage())
    order = trader.placed()
    trader.ask("cancel_on_disconnect", countdown_time="2000")
    trader.ask("cancel_on_disconnect", countdown_time=off)
    passes(trader.simulator, 5)
    found = trader.look_up(order["metadata"]["client_order_id"])
    assert found["state"]["status"] == "OPEN"


# Many at once -------------------------------------------------------------------------------------


def test_bulk_replace_gives_a_new_id_and_has_no_result_around_it() -> None:
    trader = Trader(stage())
    before = trader.placed()
    answer = read(
        trader.ask(
            "bulk_orders",
            "v2",
            orders=[trader.order(limit_price="141")],
            order_i_ds=[before["order_id"]],
        )
    )
    assert set(answer) == {"orders", "cancel_acks"}
    assert answer["cancel_acks"] == [{"ack": True}]
    passes(trader.simulator, 0.05)
    old = trader.look_up(before["metadata"]["client_order_id"])
    new = trader.look_up(answer["orders"][0]["metadata"]["client_order_id"])
    assert state_of(old)[:2] == ("CANCELLED", "CLIENT_REPLACE")
    assert new["state"]["status"] == "OPEN"
    assert new["order_id"] != old["order_id"]


def test_bulk_refusals_have_their_codes() -> None:
    trader = Trader(stage())

    def bulk(**body: object) -> tuple[int, int]:
        return refusal(trader.ask("bulk_orders", "v2", **body))

    assert bulk(order_i_ds=["0x01"], client_order_i_ds=["1"]) == (400, 2233)
    assert bulk() == (400, 2234)
    assert bulk(client_order_i_ds=[str(n) for n in range(101)]) == (400, 2235)
    btc = trader.order(instrument=BTC, size="0.01", limit_price="80000")
    assert bulk(orders=[trader.order(), btc]) == (400, 2236)
    assert bulk(orders=[trader.order()], client_order_i_ds=["1", "2"]) == (400, 2413)


# Looking up ---------------------------------------------------------------------------------------


def test_an_unknown_order_is_not_found() -> None:
    trader = Trader(stage())
    assert refusal(trader.ask("order", client_order_id="12")) == (404, 1004)
    assert refusal(trader.ask("order", order_id="0x0101")) == (404, 1004)
    assert refusal(trader.ask("order")) == (400, 3021)


def test_history_has_texts_where_numbers_were_sent() -> None:
    trader = Trader(stage())
    trader.placed()
    (row,) = read(trader.ask("order_history"))["result"]
    assert (row["signature"]["nonce"], row["signature"]["v"]) == ("1", "27")


def test_history_comes_newest_first_in_pages() -> None:
    trader = Trader(stage())
    names = [trader.placed()["metadata"]["client_order_id"] for _ in range(3)]
    first = read(trader.ask("order_history", limit=2))
    second = read(trader.ask("order_history", limit=2, cursor=first["next"]))
    rows = first["result"] + second["result"]
    assert [row["metadata"]["client_order_id"] for row in rows] == names[::-1]
    assert second["next"] == ""


def test_reads_may_lag_behind() -> None:
    trader = Trader(stage(terms=quick(read_delay_ns=2 * NS)))
    created = read(trader.create(limit_price="150.01"))["result"]
    name = created["metadata"]["client_order_id"]
    passes(trader.simulator, 1)
    assert refusal(trader.ask("order", client_order_id=name)) == (404, 1004)
    assert read(trader.ask("fill_history"))["result"] == []
    assert read(trader.ask("positions"))["result"] == []
    passes(trader.simulator, 2)
    assert trader.look_up(name)["state"]["status"] == "FILLED"
    assert len(read(trader.ask("fill_history"))["result"]) == 1
    assert len(read(trader.ask("positions"))["result"]) == 1


def test_a_stop_waits_open_until_its_trigger() -> None:
    trader = Trader(stage(move(1, 2, [(149.99, 0.0), (149.98, 0.0), (144.0, 50.0)], [])))
    trader.placed(size="1", limit_price="150.01")
    trigger = {
        "trigger_type": "STOP_LOSS",
        "tpsl": {"trigger_by": "MARK", "trigger_price": "148"},
    }
    order = trader.placed(
        buy=False, is_market=True, limit_price="0", reduce_only=True, trigger=trigger
    )
    assert order["state"]["status"] == "OPEN"
    assert order["metadata"]["trigger"]["tpsl"]["trigger_price"] == "148"
    passes(trader.simulator, 2)
    order = trader.look_up(order["metadata"]["client_order_id"])
    assert order["state"]["status"] == "FILLED"
