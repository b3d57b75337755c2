"""The life of orders: acknowledged, judged later, ended by trade, wish or time."""

import pytest

from exchange_clients.base_models import NS
from exchange_clients.paper.config import Acknowledge
from tests.support.quiet_markets import passes
from tests.venue_simulators.grvt.grvt_stage import (
    SOL,
    Trader,
    Wire,
    move,
    quick,
    read,
    refusal,
    stage,
    state_of,
)
from venue_simulators.grvt.terms import MS
from venue_simulators.options import SignatureDepth


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
