"""Fills, positions, money, funding and margin, as the account itself is told."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.support.quiet_markets import passes
from tests.venue_simulators.paradex.paradex_stage import (
    ETH,
    SOL,
    Trader,
    move,
    quick,
    refusal,
    stage,
)


def take(trader: Trader, side: str = "BUY", size: str = "2", **changes: Any) -> dict[str, Any]:
    return trader.placed(
        type="MARKET", price="0", instruction="IOC", side=side, size=size, **changes
    )


def test_a_fill_tells_order_fee_and_liquidity() -> None:
    trader = Trader(stage())
    order = take(trader, client_id="mine")
    (fill,) = trader.get("fills", f"market={SOL}")["results"]
    assert (fill["order_id"], fill["client_id"]) == (order["id"], "mine")
    assert (fill["side"], fill["price"], fill["size"]) == ("BUY", "150.01", "2")
    assert (fill["liquidity"], fill["fill_type"], fill["remaining_size"]) == ("TAKER", "FILL", "0")
    # 0.045 % of 300.02 USD.
    assert (fill["fee"], fill["fee_currency"]) == ("0.135009", "USDC")
    assert "trade_id" not in fill
    assert trader.get("fills", f"market={ETH}")["results"] == []


@pytest.mark.parametrize(("takers", "side"), [(True, "SELL"), (False, "BUY")])
def test_a_makers_fill_names_the_takers_side_as_documented(takers: bool, side: str) -> None:
    simulator = stage(terms=quick(fill_side_is_takers=takers), accounts=("main", "other"))
    maker, taker = Trader(simulator), Trader(simulator, "other")
    maker.placed(price="150")
    taker.placed(side="SELL", price="150", instruction="IOC")
    (fill,) = maker.get("fills")["results"]
    assert (fill["liquidity"], fill["side"], fill["fee"]) == ("MAKER", side, "0.0045")
    assert maker.position()["side"] == "LONG"
    (other,) = taker.get("fills")["results"]
    assert (other["side"], other["id"] != fill["id"]) == ("SELL", True)


def test_each_fill_tells_what_it_leaves_of_its_order() -> None:
    trader = Trader(stage(balance="100000"))
    trader.placed(price="150.02", size="500", instruction="IOC")
    rows = trader.get("fills")["results"]
    assert [row["remaining_size"] for row in rows] == ["0", "100"]


def test_a_short_has_a_negative_size() -> None:
    trader = Trader(stage())
    take(trader, "SELL")
    position = trader.position()
    assert (position["side"], position["size"], position["status"]) == ("SHORT", "-2", "OPEN")
    assert position["average_entry_price"] == "149.99"
    assert position["unrealized_pnl"] == "-0.02"


def test_a_closed_position_stays_in_the_list_with_a_size_of_zero() -> None:
    trader = Trader(stage())
    take(trader)
    take(trader, "SELL")
    position = trader.position()
    assert (position["status"], position["size"], position["unrealized_pnl"]) == (
        "CLOSED",
        "0",
        "0",
    )


def test_realised_profit_is_told_until_the_position_closes_or_turns() -> None:
    trader = Trader(stage())
    take(trader)
    take(trader, "SELL", "1")
    assert trader.position()["realized_positional_pnl"] == "-0.02"
    assert trader.get("fills")["results"][0]["realized_pnl"] == "-0.02"
    take(trader, "SELL", "3")
    turned = trader.position()
    assert (turned["size"], turned["realized_positional_pnl"]) == ("-2", "0")
    assert turned["average_entry_price"] == "149.99"


def test_the_account_adds_up() -> None:
    trader = Trader(stage())
    take(trader)
    account = {
        name: Decimal(value)
        for name, value in trader.get("account").items()
        if name.endswith(("value", "collateral", "requirement", "cushion"))
    }
    paid = Decimal("0.135009")
    assert account["account_value"] == Decimal(10_000) - paid - Decimal("0.02")
    assert account["total_collateral"] == Decimal(10_000) - paid
    assert account["initial_margin_requirement"] == 15
    assert account["maintenance_margin_requirement"] == Decimal("7.5")
    assert account["free_collateral"] == account["account_value"] - 15
    assert account["margin_cushion"] == account["account_value"] - Decimal("7.5")
    (token,) = trader.get("balance")["results"]
    assert (token["token"], Decimal(token["size"])) == ("USDC", account["total_collateral"])


# Funding ------------------------------------------------------------------------------------------


def test_funding_is_unrealised_until_a_fill_makes_it_real() -> None:
    simulator = stage()
    trader = Trader(simulator)
    take(trader)
    before = Decimal(trader.get("account")["total_collateral"])
    passes(simulator, 3600)
    trader.log_in()
    held = trader.position()
    # An hour of four at 0.00006 and 300 USD; the long pays.
    assert held["unrealized_funding_pnl"] == "-0.0045"
    assert held["unrealized_pnl"] == "-0.0245"
    assert trader.get("funding/payments", f"market={SOL}")["results"] == []
    assert Decimal(trader.get("account")["total_collateral"]) == before
    take(trader, "SELL", "1")
    (payment,) = trader.get("funding/payments", f"market={SOL}")["results"]
    fill = trader.get("fills")["results"][0]
    assert (payment["payment"], payment["fill_id"]) == ("-0.0045", fill["id"])
    assert fill["realized_funding"] == "-0.0045"
    after = trader.position()
    assert (after["unrealized_funding_pnl"], after["cached_funding_index"]) == (
        "0",
        payment["index"],
    )


def test_a_payment_is_the_size_times_the_difference_of_the_index() -> None:
    simulator = stage(move(900, 2, [], [(150.01, 300.0)]))
    trader = Trader(simulator)
    take(trader, "SELL", "3")
    opened = Decimal(trader.position()["cached_funding_index"])
    passes(simulator, 1800)
    trader.log_in()
    take(trader, "BUY", "3")
    (payment,) = trader.get("funding/payments", f"market={SOL}")["results"]
    assert Decimal(payment["payment"]) == 3 * (Decimal(payment["index"]) - opened)
    assert Decimal(payment["payment"]) > 0


def test_payments_are_asked_for_market_by_market() -> None:
    answer = Trader(stage()).ask("GET", "funding/payments")
    assert refusal(answer) == (400, "INVALID_REQUEST_PARAMETER")


# Settings -----------------------------------------------------------------------------------------


def test_leverage_is_the_markets_maximum_until_it_is_lowered() -> None:
    trader = Trader(stage())
    (config,) = trader.get("account/margin", f"market={SOL}")["configs"]
    assert (config["leverage"], config["margin_type"]) == (20, "CROSS")
    wanted = {"leverage": 10, "margin_type": "CROSS"}
    answer = trader.ask("POST", f"account/margin/{SOL}", "", wanted)
    assert answer.status == 200
    assert {row["market"]: row["leverage"] for row in trader.get("account/margin")["configs"]} == {
        ETH: 50,
        SOL: 10,
    }


@pytest.mark.parametrize("leverage", [0, 21, "10", 1.5, None])
def test_leverage_is_a_whole_number_up_to_the_maximum(leverage: object) -> None:
    trader = Trader(stage())
    wanted = {"leverage": leverage, "margin_type": "CROSS"}
    answer = trader.ask("POST", f"account/margin/{SOL}", "", wanted)
    assert refusal(answer) == (400, "VALIDATION_ERROR")


def test_the_margin_type_stays_while_there_is_a_position() -> None:
    trader = Trader(stage())
    wanted = {"leverage": 10, "margin_type": "ISOLATED"}
    take(trader)
    answer = trader.ask("POST", f"account/margin/{SOL}", "", wanted)
    assert refusal(answer) == (400, "MARKET_MARGIN_RESTRICTED")
    assert trader.ask("POST", f"account/margin/{ETH}", "", wanted).status == 200


def test_leverage_cannot_be_lowered_below_what_is_held() -> None:
    trader = Trader(stage(balance="40"))
    take(trader)
    wanted = {"leverage": 1, "margin_type": "CROSS"}
    answer = trader.ask("POST", f"account/margin/{SOL}", "", wanted)
    assert refusal(answer) == (400, "MARKET_MARGIN_RESTRICTED")


def test_ones_own_row_is_not_the_first_of_the_linked_accounts() -> None:
    trader = Trader(stage())
    rows = trader.get("account/info")["results"]
    assert rows[0]["account"] != trader.member.account
    (own,) = [row for row in rows if row["account"] == trader.member.account]
    assert (own["fees"]["maker_rate"], own["fees"]["taker_rate"]) == ("0.00003", "0.00045")
    assert own["public_key"] == f"{trader.member.main.public_key:#x}"


@pytest.mark.parametrize("path", ["transactions", "transfers", "liquidations", "algo/orders"])
def test_lists_of_what_never_happens_are_empty(path: str) -> None:
    assert Trader(stage()).get(path)["results"] == []


def test_a_voided_fill_leaves_position_and_money_and_stays_in_the_lists() -> None:
    simulator = stage()
    trader = Trader(simulator)
    before = trader.get("account")["total_collateral"]
    order = take(trader)
    assert trader.get("account")["total_collateral"] != before
    world, name = simulator.world, trader.member.name
    (fill,) = world.fills(name)
    world.deeds.void(name, fill, world.now_ns)
    passes(simulator, 1)
    (row,) = trader.get("fills")["results"]
    (bust,) = trader.get("tradebusts")["results"]
    assert (bust["busted_fill_id"], bust["account"]) == (row["id"], row["account"])
    assert trader.position()["status"] == "CLOSED"
    assert trader.get("account")["total_collateral"] == before
    assert world.fills(name) == [fill]
    told = world.order(name, fill.order_id)
    assert told is not None
    assert (told.filled_size, order["remaining_size"]) == (fill.size, "0")


def test_a_liquidation_is_a_fill_of_nobodys_order() -> None:
    fall = move(1, 2, [(149.99, 0.0), (149.98, 0.0), (110.0, 900.0)], [(150.01, 0.0), (110.1, 9.0)])
    simulator = stage(fall, balance="100")
    trader = Trader(simulator)
    take(trader, size="10")
    passes(simulator, 5)
    fill = trader.get("fills")["results"][0]
    assert (fill["fill_type"], fill["client_id"], fill["side"]) == ("LIQUIDATION", "", "SELL")
    assert trader.position()["status"] == "CLOSED"
