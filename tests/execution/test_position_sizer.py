"""Sizes: USD into steps, and legs that hold the same number of tokens on every venue."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.base_models import ContractId, Market, Symbol
from execution.position_sizer import PositionSizer, SizedLegs, SizeTooSmall

D = Decimal
SIZER = PositionSizer()


def market(step: str, *, multiplier: str = "1", min_notional: str = "0", name: str = "X") -> Market:
    return Market(
        Symbol("PEPE"),
        ContractId(name),
        tick=D("0.0001"),
        step=D(step),
        min_notional=D(min_notional),
        multiplier=D(multiplier),
    )


BY_THE_THOUSAND = market("1", multiplier="1000", name="1000PEPE")
BY_ONE = market("100", name="PEPE")


def test_a_budget_buys_the_largest_size_that_it_pays_for() -> None:
    size = SIZER.quantity(market("0.001"), D(100), D(62_000))
    assert size == D("0.001")
    assert SIZER.notional(size, D(62_000)) == D(62)


def test_a_budget_below_the_least_order_is_refused_with_what_would_do() -> None:
    with pytest.raises(SizeTooSmall, match=r"use at least 0\.002 base units, or 124\.000 USD"):
        SIZER.quantity(market("0.001", min_notional="100"), D(99), D(62_000))


@pytest.mark.parametrize(("usd", "price"), [(D(0), D(1)), (D(1), D(0)), (D(-1), D(1))])
def test_nothing_is_sized_from_nothing(usd: Decimal, price: Decimal) -> None:
    with pytest.raises(ValueError, match="must be above zero"):
        SIZER.quantity(market("1"), usd, price)


def test_a_contract_of_a_thousand_tokens_is_hedged_by_a_thousand_times_as_many_single_ones() -> (
    None
):
    """X8: 84 units of a x1000 contract are 84,000 tokens on the venue that lists single ones."""
    tokens = SIZER.tokens(BY_THE_THOUSAND, D(84))
    assert tokens == D(84_000)
    assert SIZER.quantity_of_tokens(BY_ONE, tokens) == D(84_000)


def test_legs_across_multipliers_hold_the_same_tokens() -> None:
    legs = SIZER.common_quantity([BY_THE_THOUSAND, BY_ONE], D(84_567), D("0.01"))
    assert legs == SizedLegs(D(84_000), (D(84), D(84_000)), D(0))


def test_steps_without_a_near_common_multiple_are_rounded_each_and_the_difference_told() -> None:
    legs = SIZER.common_quantity([market("0.7"), market("0.3")], D(2), D(100))
    assert legs == SizedLegs(D("1.2"), (D("1.4"), D("1.2")), D("0.2"))


def test_the_dearest_token_decides_what_a_budget_buys_on_all_venues() -> None:
    legs = SIZER.common_notional([(market("0.1"), D(100)), (market("0.1"), D(101))], D(1000))
    assert legs == SizedLegs(D("9.9"), (D("9.9"), D("9.9")), D(0))


@pytest.mark.parametrize(
    ("steps", "tokens", "expected"),
    [
        # Multiples of 1.2 fit both: 24 of 25.1 are near enough to be held alike.
        (("0.4", "0.6"), "25.1", SizedLegs(D(24), (D(24), D(24)), D(0))),
        # 19 of 20 are just near enough.
        (("1", "0.95"), "20", SizedLegs(D(19), (D(19), D(19)), D(0))),
        (("1", "0.95"), "20.1", SizedLegs(D("19.95"), (D(20), D("19.95")), D("0.05"))),
    ],
)
def test_legs_are_exactly_alike_where_that_costs_a_twentieth_at_most(
    steps: tuple[str, str], tokens: str, expected: SizedLegs
) -> None:
    assert SIZER.common_quantity([market(step) for step in steps], D(tokens), D(100)) == expected


def test_the_coarsest_step_is_the_one_of_the_most_tokens() -> None:
    tens = market("0.7", multiplier="10")
    legs = SIZER.common_quantity([tens, market("0.3")], D(20), D(100))
    assert legs == SizedLegs(D("13.8"), (D("1.4"), D("13.8")), D("0.2"))


def test_budgets_and_minimums_are_counted_in_what_a_whole_contract_is_worth() -> None:
    thousand = market("1", multiplier="1000", min_notional="50", name="1000PEPE")
    legs = SIZER.common_notional([(thousand, D(10)), (BY_ONE, D("0.0101"))], D(1000))
    assert legs == SizedLegs(D(99_000), (D(99), D(99_000)), D(0))
    assert SIZER.common_quantity([thousand], D(6_000), D("0.01")).quantities == (D(6),)
    with pytest.raises(SizeTooSmall, match="of 1000PEPE is below the least order"):
        SIZER.common_quantity([thousand], D(4_000), D("0.01"))


def test_legs_are_sized_from_nothing_by_nobody() -> None:
    with pytest.raises(ValueError, match=r"^tokens must be above zero"):
        SIZER.common_quantity([BY_ONE], D(0), D(1))
    with pytest.raises(ValueError, match=r"^price_of_token must be above zero"):
        SIZER.common_quantity([BY_ONE], D(1000), D(0))
    with pytest.raises(ValueError, match=r"^notional_usd must be above zero"):
        SIZER.common_notional([(BY_ONE, D(1))], D(0))


def test_a_leg_below_its_own_minimum_refuses_all_legs() -> None:
    strict = market("1", min_notional="50", name="STRICT")
    with pytest.raises(SizeTooSmall, match="of STRICT is below the least order"):
        SIZER.common_quantity([market("1"), strict], D(4), D(10))


STEPS = st.sampled_from(["1", "0.1", "0.01", "0.25", "0.3", "10", "0.7"])
MULTIPLIERS = st.sampled_from(["1", "10", "1000"])


@settings(deadline=None, derandomize=True, max_examples=100)
@given(
    legs=st.lists(st.tuples(STEPS, MULTIPLIERS), min_size=1, max_size=4),
    tokens=st.integers(10_000, 10_000_000),
)
def test_no_leg_exceeds_the_target_and_all_are_within_the_coarsest_step(
    legs: list[tuple[str, str]], tokens: int
) -> None:
    markets = [market(step, multiplier=multiplier) for step, multiplier in legs]
    sized = SIZER.common_quantity(markets, D(tokens), D(1))
    held = [SIZER.tokens(*leg) for leg in zip(markets, sized.quantities, strict=True)]
    coarsest = max(each.step * each.multiplier for each in markets)
    assert max(held) <= tokens
    assert (min(held), max(held) - min(held)) == (sized.tokens, sized.imbalance_tokens)
    assert sized.imbalance_tokens < coarsest
    for each, quantity in zip(markets, sized.quantities, strict=True):
        assert quantity % each.step == 0
