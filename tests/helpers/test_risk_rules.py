"""The rules of risk: losses, refusals of margin, and every limit with its code."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as draw

from exchange_clients.base_models import NS, ContractId, Side, Symbol
from helpers.risk_rules import (
    NEXT_STATE,
    SEVERITY,
    after_verdict,
    deny_order,
    deny_portfolio,
    deny_rate,
    gravest,
    together,
    verdict_of,
    worst_positions,
)
from helpers.risk_values import (
    AccountFacts,
    DenialCode,
    HeldPosition,
    MarginFailures,
    OrderQuestion,
    RiskAction,
    RiskLimits,
    RiskState,
    RiskVerdict,
)

NOW_NS = 1_700_000_000 * NS
BTC = Symbol("BTC")
LIMITS = RiskLimits()
FACTS = AccountFacts(Decimal(10_000), Decimal(10_000), Decimal(10_000), NOW_NS)
ORDER = OrderQuestion("one", BTC, Side.BUY, Decimal(2), Decimal(100), Decimal(101), 0.5)


def action_at(value: str, failures: int = 0, since_s: int = 0) -> RiskAction:
    row = MarginFailures(failures, NOW_NS - since_s * NS)
    return verdict_of(replace(FACTS, value=Decimal(value), failures=row), LIMITS, NOW_NS).action


def held(
    name: str, quantity: str, profit: str | None = None, mark: str = "100", edge: str | None = None
) -> HeldPosition:
    return HeldPosition(
        "one",
        Symbol(name),
        ContractId(name),
        Decimal(quantity),
        Decimal(mark),
        None if profit is None else Decimal(profit),
        None if edge is None else Decimal(edge),
    )


@pytest.mark.parametrize(
    ("value", "failures", "since_s", "action"),
    [
        ("8999", 15, 600, RiskAction.CLOSE_WORST_POSITIONS),
        ("9000", 15, 600, RiskAction.CLOSE_WORST_POSITIONS),
        ("9001", 15, 600, RiskAction.NONE),
        ("8999", 14, 600, RiskAction.NONE),
        ("8999", 15, 599, RiskAction.NONE),
        ("8501", 0, 0, RiskAction.NONE),
        ("8500", 0, 0, RiskAction.EMERGENCY_CLOSE_ALL),
        ("8499", 15, 600, RiskAction.EMERGENCY_CLOSE_ALL),
        ("-1", 0, 0, RiskAction.EMERGENCY_CLOSE_ALL),
    ],
)
def test_losses_and_refusals_ask_for_closing_at_their_exact_thresholds(
    value: str, failures: int, since_s: int, action: RiskAction
) -> None:
    """A1: of 10,000."""
    assert action_at(value, failures, since_s) is action


def test_an_old_value_a_drawdown_and_a_near_liquidation_pause_entries() -> None:
    old = replace(FACTS, read_ns=NOW_NS - 121 * NS)
    down = replace(FACTS, peak=Decimal(12_000), value=Decimal(10_700))
    near = replace(FACTS, positions=(held("BTC", "1", edge="95.1"),))
    short = replace(FACTS, positions=(held("BTC", "-1", edge="104.9"),))
    limits = replace(LIMITS, drawdown=Decimal("0.1"))
    for facts, word in ((old, "121 s old"), (down, "highest value"), (near, "4.90 %"), (short, "")):
        verdict = verdict_of(facts, limits, NOW_NS)
        assert verdict.action is RiskAction.PAUSE_TRADING
        assert word in verdict.reason
    far = replace(FACTS, positions=(held("BTC", "1", edge="95"), held("ETH", "1")))
    assert verdict_of(far, LIMITS, NOW_NS) == RiskVerdict()


def test_a_loss_counts_however_old_the_reading_is() -> None:
    old = replace(FACTS, value=Decimal(8_000), read_ns=0)
    assert verdict_of(old, LIMITS, NOW_NS).action is RiskAction.EMERGENCY_CLOSE_ALL


def test_the_state_table_is_total_and_nothing_leaves_halted() -> None:
    assert set(NEXT_STATE) == set(product(RiskState, RiskAction))
    assert {NEXT_STATE[RiskState.HALTED, each] for each in RiskAction} == {RiskState.HALTED}
    for state in (RiskState.ACTIVE, RiskState.REDUCING):
        assert NEXT_STATE[state, RiskAction.NONE] is RiskState.ACTIVE
        assert NEXT_STATE[state, RiskAction.EMERGENCY_CLOSE_ALL] is RiskState.HALTED


@pytest.mark.parametrize(("losers", "closed"), [(0, 0), (1, 1), (4, 1), (9, 1), (10, 2), (15, 3)])
def test_a_fifth_of_the_losing_positions_is_closed_worst_first(losers: int, closed: int) -> None:
    losing = [held(f"L{number}", "1", str(-number)) for number in range(1, losers + 1)]
    others = [held("W", "1", "5"), held("U", "1")]
    worst = worst_positions([*others, *losing], LIMITS.worst_share)
    assert [each.unrealised for each in worst] == [-losers + number for number in range(closed)]


def test_an_order_that_the_venue_took_ends_a_row_of_refusals() -> None:
    row = after_verdict(MarginFailures(), refused=True, now_ns=5)
    assert after_verdict(row, refused=True, now_ns=9) == MarginFailures(2, 5)
    assert after_verdict(row, refused=False, now_ns=9) == MarginFailures()


@pytest.mark.parametrize(
    ("change", "limits", "code"),
    [
        ({"age_s": 61.0}, LIMITS, DenialCode.DATA_AGE),
        ({"age_s": None}, LIMITS, DenialCode.DATA_AGE),
        ({}, replace(LIMITS, order_size=Decimal("1.9")), DenialCode.ORDER_SIZE),
        ({}, replace(LIMITS, order_notional=Decimal(201)), DenialCode.ORDER_NOTIONAL),
        (
            {"price": None, "middle": None},
            replace(LIMITS, order_notional=Decimal(9)),
            DenialCode.PRICE_UNKNOWN,
        ),
        ({"middle": None}, LIMITS, DenialCode.PRICE_UNKNOWN),
        ({"price": Decimal(107)}, LIMITS, DenialCode.PRICE_COLLAR),
        ({"price": Decimal(95), "side": Side.SELL}, LIMITS, DenialCode.PRICE_COLLAR),
    ],
)
def test_each_limit_of_a_single_entry_denies_with_its_code(
    change: dict[str, object], limits: RiskLimits, code: DenialCode
) -> None:
    denial = deny_order(replace(ORDER, **change), limits)  # type: ignore[arg-type]  # as given
    assert denial is not None
    assert denial.code is code
    assert str(denial).startswith(f"risk {code.value}: ")


def test_an_entry_within_limits_or_on_the_far_side_of_the_book_passes() -> None:
    limits = replace(LIMITS, order_size=Decimal(2), order_notional=Decimal(202))
    for price in (Decimal(100), Decimal(50), None):
        assert deny_order(replace(ORDER, price=price), limits) is None
    assert deny_order(replace(ORDER, side=Side.SELL, price=Decimal(101)), limits) is None


def test_age_and_price_of_what_is_priced_apart_are_not_judged_and_its_size_is() -> None:
    leg = replace(ORDER, age_s=None, middle=None, priced_apart=True)
    assert deny_order(leg, LIMITS) is None
    denial = deny_order(leg, replace(LIMITS, order_notional=Decimal(199)))
    assert denial is not None
    assert denial.code is DenialCode.ORDER_NOTIONAL


def test_entries_in_a_minute_are_counted_with_those_that_are_wanted() -> None:
    limits = replace(LIMITS, orders_per_minute=3)
    assert deny_rate(1, 2, limits) is None
    denial = deny_rate(2, 2, limits)
    assert denial is not None
    assert denial.code is DenialCode.ORDER_RATE


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (replace(LIMITS, gross_exposure=Decimal(501)), DenialCode.GROSS_EXPOSURE),
        (replace(LIMITS, leverage=Decimal("0.5")), DenialCode.PORTFOLIO_LEVERAGE),
        (replace(LIMITS, net_exposure=Decimal(101)), DenialCode.NET_EXPOSURE),
    ],
)
def test_each_limit_of_the_portfolio_denies_with_its_code(
    limits: RiskLimits, code: DenialCode
) -> None:
    """Held are 100 of BTC net and 300 in all; the order adds 202."""
    exposures = [(BTC, Decimal(200)), (BTC, Decimal(-100))]
    denial = deny_portfolio([ORDER], exposures, Decimal(1_000), limits)
    assert denial is not None
    assert denial.code is code
    allowed = replace(
        LIMITS,
        gross_exposure=Decimal(502),
        leverage=Decimal("0.502"),
        net_exposure=Decimal(302),
    )
    assert deny_portfolio([ORDER], exposures, Decimal(1_000), allowed) is None


def test_two_legs_that_cancel_out_pass_the_net_limit_and_so_does_whatever_makes_it_smaller() -> (
    None
):
    limits = replace(LIMITS, net_exposure=Decimal(10))
    legs = [ORDER, replace(ORDER, venue="two", side=Side.SELL)]
    assert deny_portfolio(legs, [], Decimal(0), limits) is None
    assert deny_portfolio([ORDER], [(BTC, Decimal(-300))], Decimal(0), limits) is None


def test_several_accounts_are_as_old_as_the_oldest_and_as_starved_as_the_worst() -> None:
    other = replace(FACTS, value=Decimal(9_000), read_ns=5, failures=MarginFailures(2, 1))
    both = together([FACTS, other], Decimal(19_500))
    assert (both.value, both.peak, both.read_ns) == (Decimal(19_000), Decimal(19_500), 5)
    assert both.failures.count == 2
    assert together([FACTS, other], Decimal(0)).peak == Decimal(19_000)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(
    draw.decimals(min_value=-2_000, max_value=20_000, places=2),
    draw.decimals(min_value=-2_000, max_value=20_000, places=2),
    draw.integers(0, 20),
)
def test_a_greater_loss_never_asks_for_less(one: Decimal, two: Decimal, failures: int) -> None:
    less, more = sorted((one, two))
    row = MarginFailures(failures, NOW_NS - 601 * NS)
    poorer = verdict_of(replace(FACTS, value=less, failures=row), LIMITS, NOW_NS)
    richer = verdict_of(replace(FACTS, value=more, failures=row), LIMITS, NOW_NS)
    assert SEVERITY.index(poorer.action) >= SEVERITY.index(richer.action)
    assert gravest([richer, poorer]).action is poorer.action
