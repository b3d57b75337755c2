from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.shared.clock import parse_instant
from funding_rate_service.collection.schedule import missed_slots, next_slot_ns
from funding_rate_service.collection.screening import RATE_8H_MAX, screen
from funding_rate_service.core.values import MarketRate
from tests.support.rate_stage import NOON_NS, rate


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (rate(value="50"), "rate of 5000 % per 8 h, at most 50 %"),
        (rate(value="0.1", hours="1"), "rate of 80.0 % per 8 h, at most 50 %"),
        (rate(value="NaN"), "rate NaN"),
        (rate(value="Infinity"), "rate Infinity"),
        (rate(hours="0"), "interval of 0 h, between a minute and a day"),
        (rate(value="0", hours="1e-9"), "interval of 1E-9 h, between a minute and a day"),
        (rate(hours="NaN"), "interval of NaN h, between a minute and a day"),
        (rate(next_ns=1), "next settlement was at 1970-01-01T00:00:00.000000Z, 1795262399 s ago"),
        (
            rate(next_ns=parse_instant("2027-01-01")),
            "next settlement is at 2027-01-01T00:00:00.000000Z, in 3499200 s",
        ),
        (rate(volume="-1"), "24 h volume of -1 USD"),
        (rate(interest="1e15"), "open interest of 1E+15 USD"),
    ],
)
def test_what_cannot_be_true_is_quarantined_with_its_reason(row: MarketRate, said: str) -> None:
    good, bad = screen([rate("ETH"), row], NOON_NS)
    assert [each.symbol for each in good] == ["ETH"]
    assert [(each.symbol, each.reason) for each in bad] == [("BTC", said)]


def test_a_symbol_told_twice_is_served_in_neither_form() -> None:
    good, bad = screen([rate("BTC"), rate("BTC", "0.0002"), rate("ETH")], NOON_NS)
    assert [each.symbol for each in good] == ["ETH"]
    assert {each.reason for each in bad} == {"told 2 times"}
    assert len(bad) == 2


def test_an_unusual_but_possible_rate_is_served() -> None:
    extreme = rate(value="-0.02", hours="1", next_ns=None)
    assert screen([extreme], NOON_NS) == ((extreme,), ())


@settings(deadline=None, derandomize=True, max_examples=150)
@given(
    value=st.decimals(allow_nan=True, allow_infinity=True),
    hours=st.decimals(allow_nan=True, allow_infinity=True),
    next_ns=st.none() | st.integers(-(2**63), 2**63),
)
def test_whatever_is_served_is_finite_and_within_its_limits(
    value: Decimal, hours: Decimal, next_ns: int | None
) -> None:
    row = MarketRate("BTC", value, hours, next_ns)
    good, bad = screen([row], NOON_NS)
    assert len(good) + len(bad) == 1
    for each in good:
        assert abs(each.rate_8h) <= RATE_8H_MAX
        assert each.schedule.interval_ns > 0


@settings(deadline=None, derandomize=True, max_examples=100)
@given(now=st.integers(1, 10**9), later=st.integers(0, 10**9), period=st.integers(1, 10**6))
def test_slots_are_whole_multiples_and_none_is_counted_twice(
    now: int, later: int, period: int
) -> None:
    slot = next_slot_ns(now, period)
    assert slot % period == 0
    assert now < slot <= now + period
    assert missed_slots(now, slot, period) == 0
    assert missed_slots(now, slot + later, period) == later // period
