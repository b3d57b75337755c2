"""Instants in any unit, rates per eight hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.base_funding_adapter import (
    FundingRateSample,
    MarketStats,
    as_rows,
    parse_instant,
)
from exchange_clients.base_models import Symbol

MOMENT = datetime(2026, 11, 21, 2, 14, 28, 123456, tzinfo=UTC)
SECONDS = 1795227268


@pytest.mark.parametrize(
    ("value", "microsecond"),
    [
        (SECONDS, 0),
        (f"{SECONDS}", 0),
        (f"{SECONDS}.5", 500_000),
        (SECONDS + 0.5, 500_000),
        (SECONDS * 10**3 + 123, 123_000),
        (f"{SECONDS * 10**3 + 123}", 123_000),
        (SECONDS * 10**6 + 123456, 123_456),
        (SECONDS * 10**9 + 123456789, 123_456),
        ("2026-11-21T02:14:28.123456Z", 123_456),
        ("2026-11-21T02:14:28.123456", 123_456),
        (" 2026-11-21T04:14:28.123456+02:00 ", 123_456),
        (MOMENT, 123_456),
        (MOMENT.replace(tzinfo=None), 123_456),
        (MOMENT.astimezone(timezone(timedelta(hours=5))), 123_456),
    ],
)
def test_an_instant_is_read_in_any_unit(
    value: int | float | str | datetime, microsecond: int
) -> None:
    instant = parse_instant(value)
    assert instant == MOMENT.replace(microsecond=microsecond)
    assert instant.tzinfo is UTC


@settings(deadline=None, derandomize=True, max_examples=200)
@given(st.integers(1_000_000_000, 4_000_000_000))
def test_the_same_second_is_equal_in_every_unit(seconds: int) -> None:
    instants = [parse_instant(seconds * scale) for scale in (1, 10**3, 10**6, 10**9)]
    assert instants == [datetime.fromtimestamp(seconds, tz=UTC)] * 4


@pytest.mark.parametrize("value", [0, -1, "0", "-5", "", "soon", "12:30", 0.0])
def test_what_is_no_instant_is_refused(value: int | float | str) -> None:
    with pytest.raises(ValueError, match=r"instant|isoformat"):
        parse_instant(value)


@pytest.mark.parametrize(
    ("interval_hours", "raw_rate", "rate_8h"),
    [(1, "0.0000125", "0.0001"), (4, "0.0003", "0.0006"), (8, "0.0001", "0.0001")],
)
def test_rates_of_any_interval_compare_per_eight_hours_and_stay_as_given(
    interval_hours: int, raw_rate: str, rate_8h: str
) -> None:
    """F1."""
    sample = FundingRateSample(Symbol("BTC"), Decimal(raw_rate), Decimal(interval_hours), MOMENT)
    assert sample.normalized_rate == Decimal(rate_8h)
    assert (sample.raw_rate, sample.interval_hours) == (Decimal(raw_rate), Decimal(interval_hours))


def test_a_sample_needs_an_interval_and_a_time_zone() -> None:
    with pytest.raises(ValueError, match="interval_hours of BTC must be positive"):
        FundingRateSample(Symbol("BTC"), Decimal(0), Decimal(0), None)
    with pytest.raises(ValueError, match="next_funding_time of BTC must carry a time zone"):
        FundingRateSample(Symbol("BTC"), Decimal(0), Decimal(1), MOMENT.replace(tzinfo=None))


def test_what_an_adapter_told_reads_as_plain_rows() -> None:
    btc, eth = Symbol("BTC"), Symbol("ETH")
    rates = {
        btc: FundingRateSample(btc, Decimal("0.0001"), Decimal(8), MOMENT),
        eth: FundingRateSample(eth, Decimal("-0.00002"), Decimal(1), None),
    }
    stats = {btc: MarketStats(btc, Decimal(5000), None)}
    row = {
        "symbol": "BTC",
        "funding_rate": Decimal("0.0001"),
        "interval_hours": Decimal(8),
        "next_funding_time": MOMENT,
    }
    assert as_rows(rates)[0] == row
    told = as_rows(rates, stats)
    assert told[0] == {**row, "volume_24h": Decimal(5000), "open_interest": None}
    assert (told[1]["symbol"], told[1]["volume_24h"]) == ("ETH", None)
