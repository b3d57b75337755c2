"""The orders that both sides sign."""

from __future__ import annotations

from decimal import Decimal
from itertools import product

import pytest

from exchange_clients.base_models import ContractId, Market, Symbol
from judges.orders import SampleOrder, random_orders
from judges.ours import venue_of

NOW_MS = 1_750_793_021_519
MARKETS = [
    Market(Symbol("BTC"), ContractId("1"), tick=Decimal("0.1"), step=Decimal("0.00001")),
    Market(Symbol("PEPE"), ContractId("4"), tick=Decimal("0.000001"), step=Decimal(100)),
]
NAMES = ("backpack", "grvt", "lighter")


def drawn(name: str, count: int = 300, seed: int = 1) -> list[SampleOrder]:
    return random_orders(venue_of(name), MARKETS, count, seed, NOW_MS)


@pytest.mark.parametrize("name", NAMES)
def test_equal_seeds_draw_equal_orders_and_others_do_not(name: str) -> None:
    assert drawn(name) == drawn(name)
    assert drawn(name) != drawn(name, seed=2)


@pytest.mark.parametrize("name", NAMES)
def test_orders_are_on_the_grid_and_of_every_kind(name: str) -> None:
    words = [sample.words() for sample in drawn(name)]
    grids = {market.contract_id: market for market in MARKETS}
    for each in words:
        market = grids[each["contract_id"]]
        assert Decimal(each["size"]) % market.step == 0
        assert each["price"] is None or Decimal(each["price"]) % market.tick == 0
        assert "E" not in each["size"] + (each["price"] or "")
    kinds = {(each["side"], each["kind"], each["reduce_only"]) for each in words}
    assert kinds == set(product(("buy", "sell"), ("limit", "market"), (False, True)))
    assert {each["post_only"] for each in words} == {False, True}


def test_only_venues_with_bounded_market_orders_price_them() -> None:
    priced = {
        name: {
            each["price"] is not None
            for each in (sample.words() for sample in drawn(name))
            if each["kind"] == "market"
        }
        for name in NAMES
    }
    assert priced == {"backpack": {False}, "grvt": {False}, "lighter": {True}}


def test_only_venues_that_fill_or_kill_are_asked_to() -> None:
    asked = {
        name: "FOK" in {sample.words()["time_in_force"] for sample in drawn(name)} for name in NAMES
    }
    assert asked == {"backpack": True, "grvt": True, "lighter": False}
