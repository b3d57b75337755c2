"""What becomes a plan, and what is refused before anything is sent."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.base_models import ContractId, DepthView, Level, Market, Side, Symbol
from execution.legs.plan import Quoted, Refusal, baseline_refusals, make_plan
from execution.legs.values import LegLimits, LegRequest, Plan, Times

D = Decimal
LIMITS = LegLimits(max_unhedged_usd=D(5_000))


def quoted(
    venue: str,
    side: Side,
    quantity: str,
    price: str | None = None,
    *,
    step: str = "0.001",
    multiplier: str = "1",
    bid: str = "99.9",
    ask: str = "100.1",
    shown: str = "100000",
    symbol: str = "BTC",
    min_notional: str = "0",
    post_only: bool = False,
    reduce_only: bool = False,
    whole: bool = False,
) -> Quoted:
    """Return a leg with its market and its book of one level a side."""
    limit = None if price is None else D(price)
    request = LegRequest(
        venue, Symbol(symbol), side, D(quantity), limit, post_only, reduce_only, whole=whole
    )
    spec = Market(
        Symbol(symbol),
        ContractId(f"{symbol}-{venue}"),
        tick=D("0.1"),
        step=D(step),
        min_size=D(step),
        min_notional=D(min_notional),
        multiplier=D(multiplier),
    )
    book = DepthView(bids=[Level(D(bid), D(shown))], asks=[Level(D(ask), D(shown))])
    return Quoted(request, spec, book)


def planned(*legs: Quoted, limits: LegLimits = LIMITS) -> Plan:
    """Return the plan of legs that fit."""
    plan, refusals = make_plan(legs, limits, rollback=True)
    assert plan is not None, refusals
    return plan


def refusals_of(*legs: Quoted, limits: LegLimits = LIMITS) -> list[Refusal]:
    """Return why legs do not fit."""
    plan, refusals = make_plan(legs, limits, rollback=True)
    assert plan is None
    return refusals


def quantities(plan: Plan) -> dict[str, Decimal]:
    """Return the quantity of each leg."""
    return {leg.venue: leg.quantity for leg in plan.legs}


def test_legs_are_token_equal_over_multipliers_and_steps() -> None:
    thousand = quoted(
        "a", Side.BUY, "84.7", step="1", multiplier="1000", bid="0.9", ask="1", shown="9999"
    )
    single = quoted("b", Side.SELL, "84000", step="10", bid="0.0009", ask="0.001", shown="9999999")
    assert quantities(planned(thousand, single)) == {"a": D(84), "b": D(84_000)}


def test_a_coarse_step_decides_for_both_legs() -> None:
    plan = planned(
        quoted("a", Side.BUY, "10.004", step="0.001"), quoted("b", Side.SELL, "10", step="0.3")
    )
    assert quantities(plan) == {"a": D("9.9"), "b": D("9.9")}


def test_one_leg_may_stand_against_two() -> None:
    plan = planned(
        quoted("a", Side.BUY, "8"), quoted("b", Side.SELL, "5"), quoted("c", Side.SELL, "3")
    )
    assert quantities(plan) == {"a": D(8), "b": D(5), "c": D(3)}


def test_quantities_that_differ_in_tokens_are_refused() -> None:
    (refusal,) = refusals_of(
        quoted("a", Side.BUY, "84", multiplier="1000"), quoted("b", Side.SELL, "84")
    )
    assert str(refusal) == (
        "a+b: quantity is 84000 tokens bought and 84 sold, must be as much bought as sold, "
        "in tokens"
    )


def test_legs_that_are_closed_whole_need_not_be_as_large_and_lose_nothing_to_rounding() -> None:
    plan = planned(
        quoted("a", Side.BUY, "7.348", reduce_only=True, whole=True),
        quoted("b", Side.SELL, "7", reduce_only=True, whole=True, step="1"),
    )
    assert quantities(plan) == {"a": D("7.348"), "b": D(7)}
    assert plan.whole


@pytest.mark.parametrize("whole", [False, True])
def test_a_close_of_less_than_a_step_is_refused(whole: bool) -> None:
    refusals = refusals_of(
        quoted("a", Side.BUY, "0.4", reduce_only=True, whole=whole),
        quoted("b", Side.SELL, "0.4", reduce_only=True, whole=whole, step="1"),
    )
    assert Refusal("b", "quantity", "0", "at least 1") in refusals


def test_a_leg_that_is_closed_whole_beside_one_that_is_not_is_refused() -> None:
    refusals = refusals_of(
        quoted("a", Side.BUY, "1", reduce_only=True),
        quoted("b", Side.SELL, "1", reduce_only=True, whole=True),
    )
    assert refusals == [Refusal("b", "whole", "True", "False on every leg")]


def test_what_opens_is_never_whole() -> None:
    with pytest.raises(ValueError, match="whole of a asks for reduce_only"):
        quoted("a", Side.BUY, "1", whole=True)


def test_two_legs_of_one_side_are_refused() -> None:
    (refusal,) = refusals_of(quoted("a", Side.BUY, "1"), quoted("b", Side.BUY, "1"))
    assert refusal.field == "quantity"


def test_legs_of_two_symbols_are_refused() -> None:
    refusals = refusals_of(quoted("a", Side.BUY, "1"), quoted("b", Side.SELL, "1", symbol="ETH"))
    assert refusals == [Refusal("b", "symbol", "ETH", "BTC")]


def test_a_leg_that_opens_beside_one_that_closes_is_refused() -> None:
    refusals = refusals_of(
        quoted("a", Side.BUY, "1"), quoted("b", Side.SELL, "1", reduce_only=True)
    )
    assert refusals == [Refusal("b", "reduce_only", "True", "False on every leg")]


def test_the_leg_that_is_less_likely_to_fill_goes_first() -> None:
    takes = quoted("takes", Side.BUY, "2", "100.1")
    thin = quoted("thin", Side.SELL, "1", shown="1")
    rests = quoted("rests", Side.SELL, "1", "100.4", post_only=True)
    plan = planned(takes, thin, rests)
    assert [leg.venue for leg in plan.legs] == ["rests", "thin", "takes"]


def test_the_worst_case_is_one_side_whole_at_the_dearer_of_limit_and_mid() -> None:
    plan = planned(quoted("a", Side.BUY, "10", "101"), quoted("b", Side.SELL, "10"))
    assert plan.worst_unhedged_usd == D(1_010)
    assert plan.worst_usd_seconds == D(10_100)


def test_a_hedge_is_bounded_by_the_other_legs_limit_and_the_gap_of_a_token() -> None:
    thousand = quoted("a", Side.BUY, "10", "99.9", multiplier="10", bid="99.8")
    single = quoted("b", Side.SELL, "100", "10", bid="9.9", ask="10.1")
    limits = LegLimits(max_unhedged_usd=D(5_000), price_gap_max=D("0.03"))
    worst = {leg.venue: leg.worst_price for leg in planned(thousand, single, limits=limits).legs}
    assert worst == {"a": D("100.3"), "b": D("10.0")}, "9.96, rounded for us"
    unbounded = planned(thousand, single).legs
    assert [leg.worst_price for leg in unbounded] == [None, None]


def test_a_post_only_price_that_the_book_has_come_up_to_is_drawn_back() -> None:
    legs = planned(
        quoted("a", Side.BUY, "1", "100.2", post_only=True),
        quoted("b", Side.SELL, "1", "99.9", post_only=True),
    ).legs
    assert {leg.venue: leg.price for leg in legs} == {"a": D("100.0"), "b": D("100.0")}


def test_more_than_may_be_unhedged_is_refused_with_what_would_fit() -> None:
    (refusal,) = refusals_of(quoted("a", Side.BUY, "100"), quoted("b", Side.SELL, "100"))
    assert refusal == Refusal(
        "a+b",
        "worst unhedged USD",
        "10000.0",
        "at most max_unhedged_usd = 5000; a quantity of 50.0 on a fits",
    )


def test_longer_than_may_be_unhedged_is_refused() -> None:
    limits = LegLimits(max_unhedged_seconds=8.0, times=Times(cover_s=6.0, unwind_s=3.0))
    (refusal,) = refusals_of(quoted("a", Side.BUY, "1"), quoted("b", Side.SELL, "1"), limits=limits)
    assert refusal == Refusal("a+b", "cover_s + unwind_s", "9", "at most max_unhedged_seconds = 8")


def test_a_leg_below_the_minimum_is_refused_unless_it_closes() -> None:
    refusals = refusals_of(
        quoted("a", Side.BUY, "0.05"), quoted("b", Side.SELL, "0.05", min_notional="10")
    )
    assert refusals == [Refusal("b", "quantity", "0.05", "at least 0.1")]
    planned(
        quoted("a", Side.BUY, "0.05", reduce_only=True),
        quoted("b", Side.SELL, "0.05", min_notional="10", reduce_only=True),
    )


def test_a_position_that_could_not_be_restored_is_refused() -> None:
    plan = planned(quoted("a", Side.BUY, "10"), quoted("b", Side.SELL, "10"))
    assert baseline_refusals(plan, [D(5), D(0)]) == []
    (refusal,) = baseline_refusals(plan, [D(-5), D(-3)])
    assert (refusal.venue, refusal.field, refusal.value) == ("a", "position", "-5")


def test_closing_more_than_is_held_is_refused() -> None:
    plan = planned(
        quoted("a", Side.SELL, "10", reduce_only=True),
        quoted("b", Side.BUY, "10", reduce_only=True),
    )
    assert baseline_refusals(plan, [D(10), D(-12)]) == []
    assert [one.venue for one in baseline_refusals(plan, [D(9), D(-12)])] == ["a"]


@settings(deadline=None, derandomize=True, max_examples=200)
@given(
    quantity=st.decimals("0.01", "40", places=3),
    steps=st.tuples(*[st.sampled_from(["0.001", "0.01", "0.3", "0.25", "1"])] * 2),
    multiplier=st.sampled_from(["1", "10", "1000"]),
)
def test_a_plan_never_trades_more_than_asked_and_is_even_within_a_step(
    quantity: Decimal, steps: tuple[str, str], multiplier: str
) -> None:
    legs = [
        quoted("a", Side.BUY, str(quantity * D(multiplier)), step=steps[0]),
        quoted("b", Side.SELL, str(quantity), step=steps[1], multiplier=multiplier),
    ]
    limits = LegLimits(max_unhedged_usd=D(10) ** 9)
    plan, refusals = make_plan(legs, limits, rollback=True)
    if plan is None:
        assert refusals
        return
    by_venue = {leg.venue: leg for leg in plan.legs}
    for one in legs:
        leg = by_venue[one.request.venue]
        assert D(0) < leg.quantity <= one.request.quantity
        assert leg.quantity % leg.step == 0
    tokens = [leg.tokens for leg in plan.legs]
    step = max(leg.step * leg.multiplier for leg in plan.legs)
    assert abs(tokens[0] - tokens[1]) <= max(max(tokens) / 100, step)
