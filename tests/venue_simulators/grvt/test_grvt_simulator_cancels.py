"""How GRVT's orders are cancelled, replaced and found again."""

from decimal import Decimal

import pytest

from exchange_clients.base_models import NS
from tests.support.quiet_markets import passes
from tests.venue_simulators.grvt.grvt_stage import (
    BTC,
    Trader,
    Wire,
    move,
    quick,
    read,
    refusal,
    stage,
    state_of,
)


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


def test_reads_that_lag_behind_show_what_money_is_worth_now() -> None:
    trader = Trader(stage(terms=quick(read_delay_ns=2 * NS)))
    passes(trader.simulator, 3)
    trader.simulator.world.deeds.value_collateral(Decimal("0.965"))
    assert read(trader.ask("account_summary"))["result"]["settle_index_price"] == "0.965"


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
