"""A book's score and verdict, with the walk's numbers behind them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exchange_clients.base_models import DepthView, Level, Side
from execution.liquidity_analyzer import LiquidityAnalyzer, Verdict, liquidity_score

D = Decimal
ANALYZER = LiquidityAnalyzer()
ASKS = [(100, 5), ("100.1", 3), ("100.2", 10)]


def book(bids: list[tuple[object, object]], asks: list[tuple[object, object]]) -> DepthView:
    return DepthView(bids=levels(bids), asks=levels(asks))


def levels(rows: list[tuple[object, object]]) -> list[Level]:
    return [Level(D(str(price)), D(str(size))) for price, size in rows]


def test_a_buy_that_the_book_holds_is_priced_by_the_levels_it_uses() -> None:
    """X7, 1,000 USD."""
    told = ANALYZER.analyze(book([("99.99", 5)], [*ASKS]), Side.BUY, D(1000))
    assert told.levels_used == 3
    assert told.size is not None
    assert told.average_price is not None
    assert told.slippage is not None
    assert round(told.size, 6) == D("9.993014")
    assert round(told.average_price, 6) == D("100.069909")
    assert round(100 * told.slippage, 4) == D("0.0699")
    assert told.available_usd == 1000


def test_a_book_that_is_too_thin_tells_what_it_has() -> None:
    """X7, 2,000 USD."""
    told = ANALYZER.analyze(book([("99.99", 5)], [*ASKS]), Side.BUY, D(2000))
    assert told.verdict is Verdict.INSUFFICIENT_DEPTH
    assert told.available_usd == D("1802.3")
    assert told.average_price is None


@pytest.mark.parametrize(
    ("covered", "slippage", "spread_bps", "score"),
    [
        ("1", "0", "0", "1"),
        ("1", "0.005", "50", "0.75"),
        ("1", "0.02", "200", "0.5"),
        ("0.5", None, "100", "0.25"),
        ("1", "0", None, "0.8"),
    ],
)
def test_the_score_weighs_depth_slippage_and_spread(
    covered: str, slippage: str | None, spread_bps: str | None, score: str
) -> None:
    told = liquidity_score(
        D(covered),
        None if slippage is None else D(slippage),
        None if spread_bps is None else D(spread_bps),
    )
    assert told == D(score)


@pytest.mark.parametrize(
    ("bids", "asks", "verdict"),
    [
        ([("99.99", 50)], [(100, 4)], Verdict.INSUFFICIENT_DEPTH),
        ([("99.99", 50)], [(100, 1), (102, 50)], Verdict.HIGH_SLIPPAGE),
        ([(99, 50)], [(100, 50)], Verdict.WIDE_SPREAD),
        ([], [(100, 50)], Verdict.WIDE_SPREAD),
        ([("99.8", 50)], [(100, 50)], Verdict.USE_LIMIT),
        ([("99.99", 50)], [(100, 50)], Verdict.USE_MARKET),
        ([("99.99", 50)], [(100, 1), ("100.3", 50)], Verdict.MODERATE),
    ],
)
def test_the_verdict_names_the_gravest_finding(
    bids: list[tuple[object, object]], asks: list[tuple[object, object]], verdict: Verdict
) -> None:
    assert ANALYZER.analyze(book(bids, asks), Side.BUY, D(1000)).verdict is verdict


def test_selling_looks_at_the_bids() -> None:
    view = book([(100, 1)], [("100.01", 100)])
    assert ANALYZER.analyze(view, Side.SELL, D(1000)).verdict is Verdict.INSUFFICIENT_DEPTH
    assert ANALYZER.analyze(view, Side.BUY, D(1000)).verdict is Verdict.USE_MARKET


def test_a_size_is_judged_by_what_it_costs() -> None:
    view = book([("99.99", 5)], [*ASKS])
    told = ANALYZER.analyze_size(view, Side.BUY, D(6))
    assert told.available_usd == D("600.1")
    assert told.levels_used == 2
    thin = ANALYZER.analyze_size(view, Side.BUY, D(36))
    assert thin.verdict is Verdict.INSUFFICIENT_DEPTH
    assert thin.available_usd == D("1802.3")
    assert thin.score == D("0.25") + D("0.2") * (1 - thin.spread_bps / 100)  # type: ignore[operator]  # both sides are shown
