"""Sizes lie on the step, reach the venue's minimum, and come from a quantity or a notional."""

from __future__ import annotations

from decimal import Decimal

from exchange_clients.base_models import ContractId, Market, Symbol
from strategies.implementations.grid.sizes import order_size, smallest_close
from strategies.parameter import StrategyParameter, with_defaults

MARKET = Market(
    symbol=Symbol("ETH"),
    contract_id=ContractId("ETH-PERP"),
    tick=Decimal("0.1"),
    step=Decimal("0.01"),
    min_size=Decimal("0.015"),
    min_notional=Decimal(10),
)


def test_an_order_has_the_wanted_size_on_the_step() -> None:
    assert order_size(MARKET, Decimal(2000), Decimal("0.519"), None) == Decimal("0.51")
    assert order_size(MARKET, Decimal(2000), None, Decimal(1030)) == Decimal("0.51")


def test_an_order_is_never_smaller_than_the_venue_takes() -> None:
    assert order_size(MARKET, Decimal(100), Decimal("0.01"), None) == MARKET.smallest_size(
        Decimal(100)
    )


def test_a_close_needs_no_notional_and_still_lies_on_the_step() -> None:
    assert smallest_close(MARKET) == Decimal("0.02")


def test_what_the_user_leaves_out_has_its_default() -> None:
    parameters = (
        StrategyParameter("side", str, "", default="buy"),
        StrategyParameter("size", Decimal, ""),
    )
    assert with_defaults(parameters, {"side": None, "more": 1}) == {
        "side": "buy",
        "size": None,
        "more": 1,
    }
