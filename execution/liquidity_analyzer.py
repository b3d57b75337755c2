"""Whether a book carries an order: what taking it would cost, and what to do instead.

The walk over the levels is that of ``execution.liquidity``; here it becomes a score and a verdict.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from exchange_clients.base_models import ONE, ZERO, DepthView, Side
from execution.liquidity import InsufficientDepth, walk_book
from execution.order_prices import Quote


class Verdict(StrEnum):
    """What the book suggests, the gravest finding first."""

    INSUFFICIENT_DEPTH = "insufficient_depth"
    """The side shown is worth less than the order."""
    HIGH_SLIPPAGE = "high_slippage"
    WIDE_SPREAD = "wide_spread"
    USE_LIMIT = "use_limit"
    """Taking is possible, but resting saves a spread that is worth waiting for."""
    USE_MARKET = "use_market"
    """Taking costs next to nothing."""
    MODERATE = "moderate"
    """The spread is narrow, and taking all of it would still move the price."""


@dataclass(frozen=True, slots=True)
class LiquidityThresholds:
    """Where a verdict begins."""

    max_slippage: Decimal = Decimal("0.005")
    """As a fraction of the best price; above it, HIGH_SLIPPAGE."""
    max_spread_bps: Decimal = Decimal(50)
    """Above it, WIDE_SPREAD."""
    limit_spread_bps: Decimal = Decimal(10)
    """From here on, USE_LIMIT."""
    market_score: Decimal = Decimal("0.98")
    """From here on, USE_MARKET: slippage and spread together cost a few basis points at most."""


DEFAULT_THRESHOLDS = LiquidityThresholds()


@dataclass(frozen=True, slots=True)
class LiquidityAnalysis:
    """What taking a notional from a book would come to."""

    verdict: Verdict
    score: Decimal
    """From 0, unusable, to 1, free."""
    spread_bps: Decimal | None
    """None where a side is empty."""
    available_usd: Decimal
    """What the order would find, up to its own notional."""
    levels_used: int = 0
    size: Decimal | None = None
    """In base units; None where the depth does not suffice, like the two below."""
    average_price: Decimal | None = None
    slippage: Decimal | None = None
    """Of the average against the best price, as a fraction."""


class LiquidityAnalyzer:
    """Judges books by thresholds."""

    def __init__(self, thresholds: LiquidityThresholds = DEFAULT_THRESHOLDS) -> None:
        self._thresholds = thresholds

    def analyze(self, depth: DepthView, side: Side, notional_usd: Decimal) -> LiquidityAnalysis:
        """Judge an order that would take ``notional_usd`` (above zero) at once.

        The score is 0.5 for the share of the order that the book holds, up to 0.3 for low slippage
        (nothing left at 1 %) and up to 0.2 for a narrow spread (nothing left at 100 bps).
        """
        walk = walk_book(depth.asks if side is Side.BUY else depth.bids, notional_usd)
        spread_bps = _spread_bps(depth)
        if isinstance(walk, InsufficientDepth):
            covered = walk.available / notional_usd
            score = liquidity_score(covered, None, spread_bps)
            return LiquidityAnalysis(Verdict.INSUFFICIENT_DEPTH, score, spread_bps, walk.available)
        score = liquidity_score(ONE, walk.slippage, spread_bps)
        return LiquidityAnalysis(
            self._verdict(score, walk.slippage, spread_bps),
            score,
            spread_bps,
            notional_usd,
            walk.levels_used,
            walk.size,
            walk.average_price,
            walk.slippage,
        )

    def analyze_size(self, depth: DepthView, side: Side, size: Decimal) -> LiquidityAnalysis:
        """Judge an order that would take ``size`` base units (above zero) at once."""
        missing, notional = size, ZERO
        for level in depth.asks if side is Side.BUY else depth.bids:
            taken = min(missing, level.size)
            missing -= taken
            notional += taken * level.price
            if missing <= 0:
                return self.analyze(depth, side, notional)
        covered = (size - missing) / size
        spread_bps = _spread_bps(depth)
        score = liquidity_score(covered, None, spread_bps)
        return LiquidityAnalysis(Verdict.INSUFFICIENT_DEPTH, score, spread_bps, notional)

    def _verdict(self, score: Decimal, slippage: Decimal, spread_bps: Decimal | None) -> Verdict:
        thresholds = self._thresholds
        if slippage > thresholds.max_slippage:
            return Verdict.HIGH_SLIPPAGE
        if spread_bps is None or spread_bps > thresholds.max_spread_bps:
            return Verdict.WIDE_SPREAD
        if spread_bps >= thresholds.limit_spread_bps:
            return Verdict.USE_LIMIT
        return Verdict.USE_MARKET if score >= thresholds.market_score else Verdict.MODERATE


def liquidity_score(
    covered: Decimal, slippage: Decimal | None, spread_bps: Decimal | None
) -> Decimal:
    """Return 0.5 covered + 0.3 max(0, 1 - 100 slippage) + 0.2 max(0, 1 - spread_bps / 100).

    Args:
        covered: Share of the order that the book holds, from 0 to 1.
        slippage: As a fraction; None, where it is not known, earns nothing.
        spread_bps: None, where a side is empty, earns nothing.
    """
    calm = ZERO if slippage is None else max(ZERO, 1 - 100 * slippage)
    narrow = ZERO if spread_bps is None else max(ZERO, 1 - spread_bps / 100)
    return Decimal("0.5") * covered + Decimal("0.3") * calm + Decimal("0.2") * narrow


def _spread_bps(depth: DepthView) -> Decimal | None:
    if not depth.bids or not depth.asks:
        return None
    return Quote(depth.bids[0].price, depth.asks[0].price).spread_bps
