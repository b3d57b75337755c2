"""Venue rules are checked when built; fractions of a price are exact."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exchange_clients.paper.rules import VenueRules, ceil_ticks, floor_ticks


@pytest.mark.parametrize(
    "make",
    [
        lambda: VenueRules(market_bound=Decimal(1)),
        lambda: VenueRules(price_collar=Decimal(0)),
        lambda: VenueRules(speed_bump_ns=-1),
        lambda: VenueRules(max_open_orders=0),
        lambda: VenueRules(history_max=0),
    ],
)
def test_senseless_rule_is_refused_by_name(make: object) -> None:
    assert callable(make)
    with pytest.raises(ValueError, match="must"):
        make()


def test_factors_round_as_named_and_without_a_float_in_between() -> None:
    assert floor_ticks(100, Decimal("1.05")) == ceil_ticks(100, Decimal("1.05")) == 105
    assert floor_ticks(99, Decimal("1.01")) == 99
    assert ceil_ticks(99, Decimal("1.01")) == 100
