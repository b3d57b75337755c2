"""A release: maintenance, then cancels alone, then orders that only make, then as ever."""

from __future__ import annotations

from decimal import Decimal

from tests.support.quiet_markets import passes
from tests.venue_simulators.paradex.paradex_stage import (
    SOL,
    Trader,
    Wire,
    public,
    read,
    refusal,
    stage,
)
from venue_simulators.paradex.simulator import ParadexSimulator


def status_of(simulator: ParadexSimulator) -> str:
    status = read(public(simulator, "system/state"))["status"]
    assert isinstance(status, str)
    return status


def test_a_release_takes_a_quarter_of_an_hour() -> None:
    simulator = stage()
    simulator.release.begin()
    seen = []
    for _ in range(16):
        passes(simulator, 60)
        seen.append(status_of(simulator))
    stages = list(dict.fromkeys(seen))
    assert stages == ["maintenance", "cancel_only", "post_only", "ok"]
    assert [seen.count(each) for each in stages[1:3]] == [2, 2]


def test_a_release_ends_every_connection() -> None:
    simulator = stage()
    wire = Wire(simulator, Trader(simulator))
    simulator.release.begin()
    assert wire.closed == (1012, "service restart")
    assert simulator.lines.connections() == []


def test_orders_away_from_the_fair_price_are_cancelled_while_the_venue_wakes_up() -> None:
    simulator = stage()
    trader = Trader(simulator)
    far, near = trader.placed(price="149"), trader.placed(price="149.98")
    simulator.release.begin()
    passes(simulator, 11 * 60 + 1)
    trader.log_in()
    assert trader.look_up(far["id"])["cancel_reason"] == "SYSTEM_STATUS"
    assert [row["id"] for row in trader.get("orders", f"market={SOL}")["results"]] == [near["id"]]
    assert refusal(trader.create())[1] == "SYSTEM_STATUS_CANCEL_ONLY"


def test_new_orders_away_from_it_do_not_stay_either() -> None:
    simulator = stage()
    trader = Trader(simulator)
    simulator.release.begin()
    passes(simulator, 13 * 60 + 1)
    trader.log_in()
    order = read(trader.create(price="140", instruction="POST_ONLY"), 201)
    passes(simulator, 2)
    assert trader.look_up(order["id"])["cancel_reason"] == "SYSTEM_STATUS"
    passes(simulator, 120)
    assert trader.placed(price="140")["status"] == "OPEN"


def test_a_release_that_goes_wrong_brings_back_what_was_before_and_forgets_the_rest() -> None:
    simulator = stage()
    trader = Trader(simulator)
    rests = trader.placed(price="149.98")
    opened = trader.placed(type="MARKET", price="0", instruction="IOC", size="2")
    passes(simulator, 60)
    then_ns = simulator.world.now_ns
    worth = Decimal(trader.get("account")["account_value"])
    closed = trader.placed(type="MARKET", price="0", instruction="IOC", side="SELL", size="2")
    later = trader.placed(price="149.97")
    passes(simulator, 60)
    assert trader.position()["status"] == "CLOSED"

    simulator.release.begin(back_to_ns=then_ns)
    passes(simulator, 16 * 60)
    trader.log_in()
    assert [row["order_id"] for row in trader.get("fills")["results"]] == [opened["id"]]
    assert (trader.position()["status"], trader.position()["size"]) == ("OPEN", "2")
    funding = Decimal(trader.get("account")["account_value"]) - worth
    assert abs(funding) < Decimal("0.01"), "the fee of what was forgotten is 0.13"
    assert trader.get("tradebusts")["results"] == []
    assert trader.get("orders")["results"] == []
    assert trader.look_up(rests["id"])["cancel_reason"] == "SYSTEM_STATUS"
    for each in (closed, later):
        answer = trader.ask("GET", f"orders/{each['id']}")
        assert refusal(answer)[1] == "ORDER_ID_NOT_FOUND"
