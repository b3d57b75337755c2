"""When funding is settled, counted by hand and against a naive oracle."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.base_funding_adapter import FundingRateSample
from exchange_clients.base_models import NS, Symbol
from execution.settlements import HOUR_NS, FundingSchedule

D = Decimal
QUICK = settings(deadline=None, derandomize=True, max_examples=150)
NOW = 1_700_000_000 * NS
MINUTE = 60 * NS


def schedule(hours: int, next_ns: int | None, rate: str = "0.0001") -> FundingSchedule:
    return FundingSchedule(D(rate), hours * HOUR_NS, next_ns)


@pytest.mark.parametrize(
    ("hours", "next_in_min", "horizon_min", "count"),
    [
        (8, 60, 59, 0),  # the only settlement comes a minute too late
        (8, 60, 60, 1),  # the end of the horizon counts
        (8, 60, 8 * 60 + 60, 2),
        (8, 60, 24 * 60, 3),
        (4, 1, 24 * 60, 6),
        (1, 30, 24 * 60, 24),
        (8, 0, 24 * 60, 3),  # a settlement at this instant has been paid already
        (8, -30, 24 * 60, 3),  # told late: moved on to 7 h 30 min from now
        (8, -1000, 60, 0),
        (1, 300, 240, 0),  # a venue that tells a later one is believed
    ],
)
def test_settlements_within_a_horizon_are_counted(
    hours: int, next_in_min: int, horizon_min: int, count: int
) -> None:
    one = schedule(hours, NOW + next_in_min * MINUTE)
    assert one.settlements(NOW, NOW + horizon_min * MINUTE) == count


def test_accrued_funding_counts_every_moment() -> None:
    assert schedule(8, None).settlements(NOW, NOW + 2 * HOUR_NS) == D("0.25")
    assert schedule(8, None, "0.0008").paid_by_longs(NOW, NOW + 2 * HOUR_NS) == D("0.0002")


def test_nothing_is_settled_in_no_time() -> None:
    assert schedule(1, NOW + 1).settlements(NOW, NOW) == 0
    assert schedule(1, None).settlements(NOW, NOW - HOUR_NS) == 0


def test_a_sample_tells_its_schedule() -> None:
    at = datetime(2024, 1, 1, 8, tzinfo=UTC)
    sample = FundingRateSample(Symbol("BTC"), D("0.0003"), D(4), at)
    assert FundingSchedule.of(sample) == FundingSchedule(
        D("0.0003"), 4 * HOUR_NS, 1_704_096_000 * NS
    )
    accruing = FundingRateSample(Symbol("BTC"), D("0.0003"), D("0.5"), None)
    assert FundingSchedule.of(accruing) == FundingSchedule(D("0.0003"), HOUR_NS // 2, None)


def test_an_interval_of_no_time_is_refused() -> None:
    with pytest.raises(ValueError, match="interval_ns must be positive, got 0"):
        FundingSchedule(D(0), 0, None)


@QUICK
@given(
    st.sampled_from((1, 4, 8)), st.integers(-3000, 3000), st.integers(0, 3000), st.integers(0, 600)
)
def test_the_count_is_that_of_looking_at_every_minute(
    hours: int, offset: int, horizon: int, start: int
) -> None:
    """The oracle asks each minute whether a settlement stands on it, and knows no arithmetic."""
    anchor = NOW + offset * MINUTE
    one, begin = schedule(hours, anchor), NOW + start * MINUTE
    seen = sum(
        (minute - anchor) % (hours * HOUR_NS) == 0 and (minute >= anchor or anchor <= begin)
        for minute in range(begin + MINUTE, begin + horizon * MINUTE + 1, MINUTE)
    )
    assert one.settlements(begin, begin + horizon * MINUTE) == seen


@QUICK
@given(
    st.sampled_from((1, 4, 8, None)), st.integers(1, 2000), st.integers(0, 2000), st.integers(0, 40)
)
def test_two_stretches_pay_what_their_whole_pays(
    hours: int | None, offset: int, first: int, second: int
) -> None:
    one = schedule(hours or 8, None if hours is None else NOW + offset * MINUTE)
    middle, end = NOW + first * MINUTE, NOW + (first + second) * MINUTE
    parts = one.settlements(NOW, middle) + one.settlements(middle, end)
    assert abs(parts - one.settlements(NOW, end)) < D("1e-20")
