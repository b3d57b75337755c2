"""What a pair earns and costs: by hand, and as laws that hold for any numbers."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.base_models import NS, ZERO, DepthView, Level
from execution.funding_edge import (
    Capacity,
    PairBooks,
    PairCosts,
    PairFunding,
    basis_of,
    break_even_hours,
    capacity,
    mid_of,
    pair_costs,
    pair_edge,
    per_token,
    spread_of,
)
from execution.settlements import HOUR_NS, FundingSchedule

D = Decimal
QUICK = settings(deadline=None, derandomize=True, max_examples=100)
NOW = 1_700_000_000 * NS
DAY = D(24)


def leg(rate: str, hours: int = 8, next_h: str | None = "1") -> FundingSchedule:
    next_ns = None if next_h is None else NOW + int(D(next_h) * HOUR_NS)
    return FundingSchedule(D(rate), hours * HOUR_NS, next_ns)


def book(bids: list[tuple[str, str]], asks: list[tuple[str, str]]) -> DepthView:
    sides = {"bids": bids, "asks": asks}
    return DepthView({side: [Level(D(p), D(s)) for p, s in rows] for side, rows in sides.items()})


FLAT = book([("99", "10"), ("98", "100")], [("101", "10"), ("102", "100")])


def test_edge_is_funding_less_fees() -> None:
    """F3: 3 x 0.0007 - 0.0001 = 0.0020 in 24 h, 73 % a year."""
    funding = PairFunding(leg("-0.0001"), leg("0.0006"))
    edge = pair_edge(funding, PairCosts(fees=D("0.0001")), NOW, DAY)
    assert (edge.funding, edge.net, edge.annual) == (D("0.0021"), D("0.0020"), D("0.73"))


def test_intervals_of_the_two_legs_need_not_agree() -> None:
    # Long pays 24 x 0.0000125, short receives 6 x 0.0003.
    funding = PairFunding(leg("0.0000125", 1, "0.5"), leg("0.0003", 4, "1"))
    edge = pair_edge(funding, PairCosts(ZERO), NOW, DAY)
    assert edge.funding == D("0.0015")


def test_every_cost_is_taken_off() -> None:
    costs = PairCosts(D("0.001"), D("0.0002"), D("0.0003"), D("-0.0004"))
    assert costs.total == D("0.0011")
    edge = pair_edge(PairFunding(leg("0"), leg("0.0006")), costs, NOW, D(1))
    assert edge.net == D("-0.0005")


def test_a_horizon_of_no_time_is_refused() -> None:
    with pytest.raises(ValueError, match="horizon_hours must be positive, got 0"):
        pair_edge(PairFunding(leg("0"), leg("0")), PairCosts(ZERO), NOW, ZERO)


@pytest.mark.parametrize(
    ("long", "short", "costs", "hours"),
    [
        (leg("0"), leg("0.0006"), "0", "0"),
        (leg("0"), leg("0.0006"), "0.0006", "1"),  # covered by the first settlement
        (leg("0"), leg("0.0006"), "0.0007", "9"),  # needs the second
        (leg("-0.0001", 1), leg("0.0006", 8), "0.0008", "2"),  # 1 h: 0.0007, 2 h: 0.0008
        (leg("0"), leg("0.0008", 8, None), "0.0001", "1"),  # accrues a tenth of a bp an hour
        (leg("0", 8, None), leg("0.0008", 8, "4"), "0.0008", "4"),
        (leg("-0.0008", 8, None), leg("0.0008", 8, "4"), "0.0003", "3"),
        (leg("0"), leg("0"), "0.0001", None),
        (leg("0.0002"), leg("0.0001"), "0.0001", None),
        (leg("0"), leg("0.000001"), "0.001", None),  # 1,000 settlements: beyond 30 days
    ],
)
def test_break_even_is_the_first_hour_that_covers_the_costs(
    long: FundingSchedule, short: FundingSchedule, costs: str, hours: str | None
) -> None:
    assert break_even_hours(PairFunding(long, short), D(costs), NOW) == (
        None if hours is None else D(hours)
    )


def test_books_tell_slippage_from_mid_and_basis() -> None:
    dear = book([("100.9", "50")], [("101.1", "50")])
    costs = pair_costs(PairBooks(dear, FLAT), D("0.002"), D(990))
    assert costs is not None
    # Entry: bought at 101.1 of 101, sold at 99 of 100. Exit: sold at 100.9; bought 990 of 101.
    assert costs.entry_slippage == D("0.1") / 101 + D("0.01")
    assert costs.exit_slippage == D("0.1") / 101 + D("0.01")
    assert costs.basis == D(2) / 201
    assert costs.fees == D("0.002")


def test_depth_beyond_the_first_level_costs_more() -> None:
    costs = pair_costs(PairBooks(FLAT, FLAT), ZERO, D(2030))
    # Asks: 10 at 101 are 1,010; the other 1,020 are 10 at 102: 20 for 2,030, 101.5 on average.
    assert costs is not None
    assert costs.entry_slippage > D("0.015") + D("0.01")
    assert pair_costs(PairBooks(FLAT, FLAT), ZERO, D(20_000)) is None


@pytest.mark.parametrize(
    "broken",
    [
        book([], [("101", "1")]),
        book([("99", "1")], []),
        book([("101", "1")], [("101", "1")]),
    ],
)
def test_a_book_without_a_mid_tells_nothing(broken: DepthView) -> None:
    assert mid_of(broken) is None
    assert spread_of(broken) is None
    assert basis_of(PairBooks(FLAT, broken)) is None
    assert pair_costs(PairBooks(FLAT, broken), ZERO, D(1)) is None


def test_contracts_of_a_thousand_tokens_compare_with_tokens() -> None:
    assert per_token(book([("0.010", "5")], [("0.012", "7")]), D(1000)) == book(
        [("0.00001", "5000")], [("0.000012", "7000")]
    )
    assert spread_of(FLAT) == D("0.02")


def test_capacity_is_where_the_edge_is_used_up() -> None:
    steps = book([("100", "10"), ("99", "1000")], [("100.2", "10"), ("101.2", "1000")])
    books = PairBooks(steps, steps)
    within_best = pair_costs(books, ZERO, D(1000))
    assert within_best is not None
    at_best = capacity(books, ZERO, within_best.total)
    assert D(999) < at_best.notional <= D(1002)
    deeper = capacity(books, ZERO, within_best.total + D("0.01"))
    assert deeper.notional > at_best.notional
    assert capacity(books, ZERO, D(1)) == Capacity(D("100000.00"), shown_depth_used=True)
    assert capacity(books, D("0.5"), D("0.1")).notional == 0
    assert capacity(PairBooks(steps, book([], [])), ZERO, D(1)) == Capacity(
        ZERO, shown_depth_used=False
    )


rates = st.decimals("-0.003", "0.003", places=6)
fractions = st.decimals("0", "0.01", places=6)
levels = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 50)), min_size=1, max_size=5)


@st.composite
def books(draw: st.DrawFn) -> DepthView:
    """A sound book around 1,000: prices move away from the mid by whole steps."""
    bids, asks, bid, ask = [], [], D(1000), D(1000)
    for gap, size in draw(levels):
        bid -= gap
        bids.append(Level(bid, D(size)))
    for gap, size in draw(levels):
        ask += gap
        asks.append(Level(ask, D(size)))
    return DepthView({"bids": bids, "asks": asks})


@QUICK
@given(rates, rates, fractions, fractions, st.sampled_from((1, 4, 8)))
def test_more_fees_never_leave_more(
    long: Decimal, short: Decimal, fees: Decimal, more: Decimal, hours: int
) -> None:
    funding = PairFunding(leg(str(long), hours), leg(str(short)))
    cheap = pair_edge(funding, PairCosts(fees), NOW, DAY)
    dear = pair_edge(funding, PairCosts(fees + more), NOW, DAY)
    assert dear.net == cheap.net - more
    cheap_h = break_even_hours(funding, fees, NOW)
    dear_h = break_even_hours(funding, fees + more, NOW)
    assert dear_h is None or (cheap_h is not None and cheap_h <= dear_h)


@QUICK
@given(books(), books(), st.integers(1, 4000), st.integers(0, 4000))
def test_a_larger_pair_never_costs_less(
    long: DepthView, short: DepthView, notional: int, more: int
) -> None:
    both = PairBooks(long, short)
    small = pair_costs(both, ZERO, D(notional))
    large = pair_costs(both, ZERO, D(notional + more))
    assert large is None or (small is not None and small.total <= large.total + D("1e-20"))


@QUICK
@given(books(), books(), fractions)
def test_up_to_its_capacity_the_pair_pays_for_itself(
    long: DepthView, short: DepthView, funding: Decimal
) -> None:
    both = PairBooks(long, short)
    found = capacity(both, ZERO, funding)
    if found.notional > 0:
        costs = pair_costs(both, ZERO, found.notional)
        assert costs is not None
        assert costs.total <= funding
    else:
        costs = pair_costs(both, ZERO, D("0.5"))
        assert costs is None or costs.total > funding


@QUICK
@given(rates, rates, st.sampled_from((1, 4, 8)), st.sampled_from((1, 4, 8, None)), fractions)
def test_break_even_hours_cover_the_costs_and_no_earlier_settlement_does(
    long: Decimal, short: Decimal, long_h: int, short_h: int | None, costs: Decimal
) -> None:
    funding = PairFunding(
        leg(str(long), long_h, "0.25"),
        leg(str(short), short_h or 8, None if short_h is None else "0.75"),
    )
    hours = break_even_hours(funding, costs, NOW)
    end_h = 720 if hours is None else int(hours)
    earlier = [NOW + quarter * HOUR_NS // 4 for quarter in range(1, end_h * 4)]
    if hours is not None:
        until = NOW + int(hours * HOUR_NS) + 1
        assert costs <= 0 or funding.received(NOW, until) >= costs - D("1e-12")
    assert costs <= 0 or all(funding.received(NOW, at) < costs for at in earlier[:: max(1, end_h)])
