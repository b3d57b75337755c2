"""Private channels: JSON unless the terms say otherwise, and silent until something happens."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.support.quiet_markets import passes
from tests.venue_simulators.paradex.paradex_stage import ETH, SOL, Trader, Wire, quick, stage
from venue_simulators.paradex.simulator import ParadexSimulator

E8 = 10**8


def listening(simulator: ParadexSimulator, *channels: str) -> tuple[Trader, Wire]:
    trader = Trader(simulator)
    wire = Wire(simulator, trader)
    for channel in channels:
        wire.subscribe(channel)
    return trader, wire


def take(trader: Trader, side: str = "BUY", size: str = "2") -> dict[str, Any]:
    return trader.placed(type="MARKET", price="0", instruction="IOC", side=side, size=size)


def test_nothing_is_told_on_subscribing() -> None:
    simulator = stage()
    trader = Trader(simulator)
    trader.placed()
    take(trader)
    _, wire = listening(simulator, "orders.ALL", "fills.ALL", "positions", "account")
    passes(simulator, 1)
    assert wire.texts() == []


def test_an_order_is_told_from_new_to_closed() -> None:
    simulator = stage()
    trader, wire = listening(simulator, f"orders.{SOL}")
    order = trader.placed(client_id="mine")
    trader.ask("DELETE", f"orders/{order['id']}")
    passes(simulator, 0.1)
    rows = wire.texts(f"orders.{SOL}")
    assert [(row["status"], row["cancel_reason"]) for row in rows] == [
        ("NEW", ""),
        ("OPEN", ""),
        ("CLOSED", "USER_CANCELED"),
    ]
    assert {row["client_id"] for row in rows} == {"mine"}
    numbers = [row["seq_no"] for row in rows]
    assert numbers == sorted(set(numbers))


def test_an_order_that_cannot_rest_is_told_new_and_then_closed() -> None:
    simulator = stage(balance="100000")
    trader, wire = listening(simulator, "orders.ALL", "fills.ALL")
    take(trader, size="500")
    orders = wire.texts("orders.ALL")
    assert [(row["status"], row["remaining_size"]) for row in orders] == [
        ("NEW", "500"),
        ("CLOSED", "0"),
    ]
    assert len(trader.get("fills")["results"]) == 2


def test_streams_number_states_otherwise_than_rest() -> None:
    simulator = stage()
    trader, wire = listening(simulator, "orders.ALL")
    order = trader.placed()
    assert wire.texts("orders.ALL")[-1]["seq_no"] != order["seq_no"]


def test_a_channel_of_one_market_hears_no_other() -> None:
    simulator = stage()
    trader, wire = listening(simulator, f"orders.{ETH}", f"fills.{ETH}")
    take(trader)
    assert wire.texts() == []
    trader.placed(market=ETH, price="2500")
    assert {row["market"] for row in wire.texts()} == {ETH}


def test_another_accounts_connection_hears_nothing() -> None:
    simulator = stage(accounts=("main", "other"))
    other = Wire(simulator, Trader(simulator, "other"), number=2)
    other.subscribe("orders.ALL")
    take(Trader(simulator))
    assert other.texts() == []


def test_a_fill_is_told_with_position_account_and_balance() -> None:
    simulator = stage()
    trader, wire = listening(simulator, "fills.ALL", "positions", "account", "balance_events")
    take(trader)
    (fill,), (position,), (account,), (balance,) = (
        [each["data"] for each in frames] for frames in told(wire)
    )
    (row,) = trader.get("fills")["results"]
    assert {name: fill[name] for name in row} == row
    assert fill["trade_id"]
    assert (position["size"], position["last_fill_id"]) == ("2", fill["id"])
    assert Decimal(account["total_collateral"]) == Decimal(10_000) - Decimal(fill["fee"])
    assert balance["size"] == account["total_collateral"]


def told(wire: Wire) -> list[list[dict[str, Any]]]:
    """Return the frames of each channel, in the order in which the channels first spoke."""
    by_channel: dict[str, list[dict[str, Any]]] = {}
    for frame in wire.frames:
        params = json.loads(frame)["params"]
        by_channel.setdefault(params["channel"], []).append(params)
    return list(by_channel.values())


def test_funding_that_a_fill_makes_real_is_told() -> None:
    simulator = stage()
    trader, wire = listening(simulator, f"funding_payments.{SOL}")
    take(trader)
    passes(simulator, 240)
    take(trader, "SELL", "1")
    (payment,) = wire.texts()
    assert payment["payment"] == "-0.0003"


def test_a_voided_fill_is_told_by_its_name() -> None:
    simulator = stage()
    trader, wire = listening(simulator, "fills.ALL", "tradebusts")
    take(trader)
    world = simulator.world
    passes(simulator, 5)
    world.deeds.void(trader.member.name, world.fills(trader.member.name)[-1], world.now_ns)
    passes(simulator, 1)
    fill, bust = wire.texts()
    assert bust["created_at"] > fill["created_at"]
    assert (bust["busted_fill_id"], bust["account"]) == (fill["id"], fill["account"])


@pytest.mark.parametrize(
    "channel", ["transaction", "transfers", "tradebusts", "mmp", "account", "positions"]
)
def test_private_channels_can_be_heard_after_the_login(channel: str) -> None:
    simulator = stage()
    assert Wire(simulator).call("subscribe", channel=channel)["error"]["code"] == 40300
    listening(simulator, channel)


# Binary -------------------------------------------------------------------------------------------


def test_private_channels_can_be_binary() -> None:
    simulator = stage(terms=quick(private_sbe=True))
    trader, wire = listening(simulator, "orders.ALL", "fills.ALL", "positions", "account")
    take(trader, "SELL")
    frames = wire.binaries()
    assert [frame.template for frame in frames] == [20, 21, 22, 23, 20]
    order, fill, position, account = frames[-1], frames[1], frames[2], frames[3]
    address = trader.member.address.to_bytes(32, "big")
    # Closed, sold, market, IOC; nothing left; the average price.
    assert order.fields[2:6] == (4, 2, 2, 2)
    assert order.fields[8:11] == (2 * E8, 0, 14999000000)
    assert order.fields[13] == address
    assert order.texts[2:4] == (SOL, "")
    assert fill.fields[2:8] == (1, 2, 2, 14999000000, 2 * E8, 13499100)
    assert fill.texts[1] == order.texts[0]
    # The size of a short has no sign here.
    assert position.fields[2:5] == (2, 2 * E8, 14999000000)
    assert position.fields[-1] == 1
    assert account.fields[9] == address
    assert account.texts == ("USDC",)


def test_binary_orders_carry_requests_from_version_2_on() -> None:
    simulator = stage(terms=quick(private_sbe=True))
    trader = Trader(simulator)
    old, new = Wire(simulator, trader, 1, 1), Wire(simulator, trader, 2, 2)
    for wire in (old, new):
        wire.subscribe("orders.ALL")
    order = trader.placed()
    trader.ask("PUT", f"orders/{order['id']}", "", trader.change(order, price="148"))
    passes(simulator, 0.1)
    plain, full = old.binaries()[-1], new.binaries()[-1]
    assert len(plain.texts) == 4
    assert (len(full.texts), full.texts[4] != "") == (6, True)
    assert plain.fields == full.fields


def test_what_has_no_template_stays_text() -> None:
    simulator = stage(terms=quick(private_sbe=True))
    trader, wire = listening(simulator, "balance_events")
    take(trader)
    assert len(wire.texts("balance_events")) == 1
