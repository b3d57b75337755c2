"""Which pairs are found, which are refused and why, and how they are ranked."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis.strategies import decimals, lists, sampled_from

from exchange_clients.base_funding_adapter import FundingRateSample, MarketStats
from exchange_clients.base_models import NS, Symbol
from execution.settlements import HOUR_NS, FundingSchedule
from strategies.implementations.funding_arbitrage.early import promising
from strategies.implementations.funding_arbitrage.parameters import Selection, arbitrage_settings
from strategies.implementations.funding_arbitrage.scanner import (
    Opportunity,
    Refusal,
    Rule,
    divergence_8h,
    judge,
    scan,
)
from tests.strategies.arbitrage_stage import START_NS, D, book, market, reading


def selection(**changes: Any) -> Selection:
    raw = {name: D(value) if name != "fee_basis" else value for name, value in changes.items()}
    return arbitrage_settings(raw).selection


def refused(changes: Mapping[str, Any], **settings: Any) -> Refusal:
    verdict = judge(
        reading("low", "-0.001"),
        reading("high", "0.001", **changes),
        selection(**settings),
        START_NS,
    )
    assert isinstance(verdict, Refusal)
    return verdict


def test_the_lower_rate_is_held_long_whatever_the_order_of_reading() -> None:
    both = [reading("a", "0.003"), reading("b", "-0.001")]
    for readings in (both, both[::-1]):
        (found,) = scan(readings, selection(), START_NS).opportunities
        assert found.pair == ("ETH", "b", "a")
        assert found.divergence_8h == D("0.004")


def test_rates_of_other_intervals_compare_in_eight_hours() -> None:
    """F1: an hourly 0.0000125 is less than a 4-hourly 0.0003."""
    hourly, four = reading("a", "0.0000125", hours=1), reading("b", "0.0003", hours=4)
    assert divergence_8h(hourly, four) == D("0.0005")


def test_an_opportunity_is_the_sum_of_its_parts() -> None:
    found = judge(reading("low", "-0.001"), reading("high", "0.001"), selection(), START_NS)
    assert isinstance(found, Opportunity)
    # Settlements at 0:30 + 0:30, 8:30 and 16:30 h: three of 0.002. Fees: four of 0.0005.
    # Slippage: both cross half a spread of 0.1 in 2000 on the way in and out.
    assert found.edge.funding == D("0.006")
    assert found.edge.costs.fees == D("0.002")
    assert found.edge.costs.entry_slippage == found.edge.costs.exit_slippage == D("0.0001")
    assert found.edge.costs.basis == 0
    assert found.edge.net == D("0.0038")
    assert found.break_even_hours == D("8.5")
    assert found.notional == 300
    assert found.capacity.shown_depth_used
    assert found.capacity.notional == D("199990.00")


@pytest.mark.parametrize(
    ("changes", "rule", "detail"),
    [
        ({"funding": None}, Rule.RATE, "high: no rate"),
        (
            {"funding_ns": START_NS - 660 * NS},
            Rule.RATE,
            "high: rate is 660 s old, limit 300 s",
        ),
        ({"trouble": "maintenance"}, Rule.VENUE, "high: maintenance"),
        ({"stats": None}, Rule.VOLUME, "high: not known, at least 250000 USD"),
        (
            {"stats": MarketStats(Symbol("ETH"), D(249_999), D(10**9))},
            Rule.VOLUME,
            "high: 249999 USD, at least 250000 USD",
        ),
        (
            {"stats": MarketStats(Symbol("ETH"), D(10**9), None)},
            Rule.OPEN_INTEREST,
            "high: not known, at least 100000 USD",
        ),
        ({"book": None}, Rule.BOOK, "high: no sound book"),
        ({"book": book("2000", "2000")}, Rule.BOOK, "high: no sound book"),
        ({"book_ns": START_NS - 31 * NS}, Rule.BOOK, "high: book is 31 s old, limit 30 s"),
        (
            {"book": book("1990", "2010")},
            Rule.SPREAD,
            "high: 1.0000 %, at most 0.5000 %",
        ),
        (
            {"book": book("2030", "2030.2")},
            Rule.PRICE_DIVERGENCE,
            "1.4938 %, at most 1.0000 %",
        ),
        (
            {"book": book(size="0.1")},
            Rule.DEPTH,
            "a book shows less than 300 USD on one side",
        ),
    ],
)
def test_what_is_missing_or_out_of_bounds_is_refused(
    changes: dict[str, Any], rule: Rule, detail: str
) -> None:
    """F4 and F5: a rate of 11 minutes, an open interest that nobody tells."""
    assert refused(changes) == Refusal(Symbol("ETH"), "low", "high", rule, detail)


def test_too_thin_an_edge_is_refused() -> None:
    verdict = judge(reading("low", "0"), reading("high", "0.0002"), selection(), START_NS)
    assert isinstance(verdict, Refusal)
    assert (verdict.rule, verdict.detail) == (Rule.EDGE, "-0.1600 %, at least 0.0500 %")


def test_too_late_a_break_even_is_refused() -> None:
    verdict = refused({}, max_break_even_hours="8")
    assert (verdict.rule, verdict.detail) == (Rule.BREAK_EVEN, "8.5 h, limit 8 h")


def test_a_limit_of_zero_asks_nothing() -> None:
    unknown: dict[str, Any] = {"stats": None}
    settings = selection(min_volume_usd="0", min_open_interest_usd="0")
    verdict = judge(
        reading("low", "-0.001", **unknown), reading("high", "0.001", **unknown), settings, START_NS
    )
    assert isinstance(verdict, Opportunity)


def test_a_contract_of_a_thousand_tokens_pairs_with_single_tokens() -> None:
    single = reading("low", "-0.001", book=book("1.9999", "2.0001", "100000"))
    thousand = reading("high", "0.001", market=market(multiplier=D(1000)))
    found = judge(single, thousand, selection(), START_NS)
    assert isinstance(found, Opportunity)
    assert found.edge.costs.basis == 0


def test_two_markets_of_one_venue_are_no_pair() -> None:
    twice = [reading("a", "0.003"), reading("a", "-0.001", market=market(contract_id="ETH-2"))]
    assert scan(twice, selection(), START_NS).opportunities == ()


def test_the_best_edge_comes_first_and_equals_are_in_the_order_of_names() -> None:
    readings = [
        reading("a", "-0.001"),
        reading("b", "0.001"),
        reading("c", "0.001"),
        reading("d", "0.002"),
    ]
    found = scan(readings, selection(), START_NS)
    assert [each.pair[1:] for each in found.opportunities] == [
        ("a", "d"),
        ("a", "b"),
        ("a", "c"),
        ("b", "d"),
        ("c", "d"),
    ]
    assert found.is_best(("ETH", "a", "d"))
    assert not found.is_best(("ETH", "a", "b"))
    assert [(each.long, each.short, each.rule) for each in found.refusals] == [
        ("b", "c", Rule.EDGE)
    ]


def test_only_pairs_that_could_earn_their_costs_are_worth_a_look_at_books() -> None:
    bare: dict[str, Any] = {"book": None}
    readings = [
        reading("a", "-0.001", **bare),
        reading("b", "0.001", **bare),
        reading("c", "0.002", **bare),
        reading("d", "0.0021", **bare),
        reading("e", "0.003", funding=None, **bare),
    ]
    looked = promising(readings, selection(), START_NS)
    assert [(long.venue, short.venue) for long, short in looked.pairs] == [
        ("a", "d"),
        ("a", "c"),
        ("a", "b"),
        ("b", "d"),
        ("b", "c"),
    ]
    refusals = list(looked.refusals)
    assert [each.rule for each in refusals].count(Rule.RATE) == 4
    (thin,) = [each for each in refusals if each.rule is Rule.EDGE]
    assert thin.detail == "-0.1700 % before slippage and basis, at least 0.0500 %"


def _without(part: str) -> dict[str, Any]:
    return {part: None} if part else {}


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    rates=lists(decimals("-0.01", "0.01", places=5), min_size=2, max_size=5),
    lacks=lists(sampled_from(["", "funding", "stats"]), min_size=5, max_size=5),
)
def test_the_look_without_books_agrees_with_the_look_at_them(
    rates: list[Decimal], lacks: list[str]
) -> None:
    """Books without a spread or a bound cost nothing, so that both come to one edge."""
    flat = book("1999.9999999", "2000.0000001", "1000000")
    readings = [
        replace(reading(name, str(rate), book=flat), **_without(lack))
        for name, rate, lack in zip("abcde", rates, lacks, strict=False)
    ]
    patient = selection(max_break_even_hours="1000000", target_margin="1")
    early, whole = promising(readings, patient, START_NS), scan(readings, patient, START_NS)
    judged = [(each.long.venue, each.short.venue) for each in whole.opportunities]
    looked = [(long.venue, short.venue) for long, short in early.pairs]
    assert sorted(looked) == sorted(judged)
    assert [(each.long, each.short, each.rule) for each in early.refusals] == [
        (each.long, each.short, each.rule) for each in whole.refusals
    ]


def test_dearer_fees_never_rank_a_pair_higher() -> None:
    cheap = judge(reading("a", "-0.001"), reading("b", "0.001"), selection(), START_NS)
    dear = judge(
        reading("a", "-0.001"),
        reading("b", "0.001", market=market(taker_fee=D("0.0006"))),
        selection(),
        START_NS,
    )
    assert isinstance(cheap, Opportunity)
    assert isinstance(dear, Opportunity)
    assert cheap.edge.net - dear.edge.net == D("0.0002")


def test_recorded_funding_was_worth_what_its_settlements_paid(market_data: Path) -> None:
    """For BTC of two venues, each day's forecast counts the settlements that really came."""
    settled: dict[str, dict[int, Decimal]] = {"binance": {}, "bybit": {}}
    path = market_data / "funding" / "multi_venue_funding_utc_2020_2024.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8") as rows:
        for row in csv.DictReader(rows):
            if row["venue"] in settled and row["symbol"].startswith("BTC"):
                # Venues stamp some milliseconds late; the grid is of whole hours.
                hour = round(int(row["funding_time_ms"]) / 3_600_000)
                settled[row["venue"]][hour] = D(row["funding_rate"])
    days = [
        first
        for first in range(min(settled["bybit"]), max(settled["bybit"]) - 24)
        if first % 24 == 0
        and all(hour in rates for rates in settled.values() for hour in range(first, first + 25, 8))
    ]
    assert len(days) > 700
    for first in days:
        now_ns = first * HOUR_NS + 1
        for rates in settled.values():
            schedule = FundingSchedule(D(1), 8 * HOUR_NS, (first + 8) * HOUR_NS)
            came = sum(first < hour <= first + 24 for hour in rates if first <= hour <= first + 24)
            assert schedule.settlements(now_ns, now_ns + 24 * HOUR_NS - 1) == came == 3


def test_the_best_side_of_recorded_funding_is_long_where_it_was_lower(market_data: Path) -> None:
    path = market_data / "funding" / "multi_venue_funding_utc_2020_2024.csv.gz"
    last: dict[str, str] = {}
    with gzip.open(path, "rt", encoding="utf-8") as rows:
        for row in csv.DictReader(rows):
            if row["symbol"].startswith("ETH") and int(row["funding_time_ms"]) < 1_640_995_200_000:
                last[row["venue"]] = row["funding_rate"]
    at = datetime(2022, 1, 1, 8, tzinfo=UTC)
    now_ns = int((at - timedelta(hours=7)).timestamp()) * NS
    readings = [
        replace(
            reading(venue, rate, now_ns=now_ns),
            funding=FundingRateSample(Symbol("ETH"), D(rate), D(8), at),
        )
        for venue, rate in last.items()
    ]
    assert len(readings) >= 5
    found = scan(readings, selection(min_edge="0.000001", fee_basis="maker"), now_ns)
    judged = [(each.long.venue, each.short.venue) for each in found.opportunities]
    judged += [(each.long, each.short) for each in found.refusals]
    assert len(judged) == len(readings) * (len(readings) - 1) // 2
    assert all(D(last[long]) <= D(last[short]) for long, short in judged)
