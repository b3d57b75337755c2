"""The sheet before the start: what a pair of the chosen venues costs, and what it must earn."""

from __future__ import annotations

import itertools
from decimal import ROUND_HALF_EVEN, Decimal

from strategies.base_strategy import SheetRow, StrategyContext
from strategies.implementations.funding_arbitrage.parameters import ArbitrageSettings
from strategies.implementations.funding_arbitrage.scanner import percent

CENT = Decimal("0.01")


def arbitrage_sheet(settings: ArbitrageSettings, context: StrategyContext) -> tuple[SheetRow, ...]:
    """Return the rows in the order to print them."""
    size, selection = settings.size, settings.selection
    margin = selection.notional / size.max_leverage
    return (
        *_fee_rows(settings, context),
        SheetRow("each leg", _usd(selection.notional), f"margin {_usd(margin)} on each venue"),
        SheetRow(
            "all pairs",
            _usd(selection.notional * 2 * size.max_positions),
            f"{size.max_positions} pairs; at most {_usd(size.max_venue_exposure_usd)} on a venue",
        ),
        SheetRow(
            "left open at exit",
            "the pairs",
            "nobody watches them until the next start, which finds them again",
            warning=True,
        ),
    )


def _fee_rows(settings: ArbitrageSettings, context: StrategyContext) -> list[SheetRow]:
    """Return what four orders cost on every two venues, and the rate that pays for them."""
    markets = [(context.venue, context.market)]
    markets += [(venue, market) for (venue, _), market in context.extra_markets.items()]
    selection, rows = settings.selection, []
    for (one, first), (other, second) in itertools.combinations(markets, 2):
        fees = 2 * (selection.fee(first) + selection.fee(second))
        needed = (fees + selection.min_edge) * 8 / selection.horizon_hours
        note = f"rates must differ by {percent(needed)} in 8 h, before slippage and basis"
        rows.append(SheetRow(f"fees {one} / {other}", percent(fees), note))
    return rows


def _usd(amount: Decimal) -> str:
    return f"{amount.quantize(CENT, ROUND_HALF_EVEN):,} USD"
