"""What a user may set on funding arbitrage, with what ``--help`` says of it; only declarations."""

from __future__ import annotations

from decimal import Decimal

from strategies.parameter import StrategyParameter


def _amount(
    name: str, text: str, unit: str, default: str | None = None, *, zero: bool = False
) -> StrategyParameter:
    """Declare a Decimal above zero (or from zero on)."""
    value = None if default is None else Decimal(default)
    return StrategyParameter(
        name, Decimal, text, value, minimum=Decimal(0), exclusive=not zero, unit=unit
    )


def _count(name: str, text: str, default: int) -> StrategyParameter:
    return StrategyParameter(name, int, text, default, minimum=Decimal(1))


SELECTION = (
    _amount("horizon_hours", "time within which a pair must earn its costs and more", "h", "24"),
    _amount("min_edge", "least edge of a pair: funding of the horizon less all costs", "%", "0.05"),
    _amount("max_break_even_hours", "no pair that needs longer to earn its costs", "h", "48"),
    StrategyParameter(
        "fee_basis",
        ("maker", "taker"),
        "which fees the four orders of a pair are counted at",
        default="taker",
    ),
    _amount("rate_age_s", "a rate older than this is not traded on", "s", "300"),
    _amount("book_age_s", "an order book older than this is not traded on", "s", "30"),
    _amount("min_volume_usd", "least volume of 24 h on either venue", "USD", "250000", zero=True),
    _amount(
        "min_open_interest_usd",
        "least one-sided open interest on either venue",
        "USD",
        "100000",
        zero=True,
    ),
    _amount("max_spread", "widest spread of either book, of mid", "%", "0.5"),
    _amount("max_price_divergence", "farthest that the two mids may lie apart", "%", "1"),
)

SIZE = (
    _amount("target_margin", "margin that each leg of a pair binds", "USD", "100"),
    _amount("max_leverage", "leverage of both legs, or less where a venue allows less", "x", "3"),
    _amount("max_position_usd", "largest notional of each leg", "USD", "1000"),
    _amount("max_venue_exposure_usd", "largest notional of all legs on one venue", "USD", "5000"),
    _count("max_positions", "pairs held at most", 10),
    _count("max_new_per_cycle", "pairs opened at most after each survey", 2),
    _amount("max_entry_basis", "how much dearer the long may be opened, of mid", "%", "0.05"),
    _amount(
        "cooldown_minutes",
        "a symbol is left alone this long after its pair was closed, or failed to open",
        "min",
        "30",
        zero=True,
    ),
)

EXITS = (
    _amount("min_liquidation_distance", "a leg this near to liquidation ends its pair", "%", "10"),
    _amount("max_imbalance", "legs that differ by more tokens than this end the pair", "%", "5"),
    _amount(
        "erosion", "ends a pair that is not the best any more, of the entry's rate", "x", "0.5"
    ),
    _amount("severe_erosion", "ends a pair whatever else is offered", "x", "0.2"),
    _amount("max_age_hours", "a pair is closed at this age", "h", "168"),
    _amount("max_depeg", "collateral this far from 1 USD ends the pair", "%", "2"),
    _amount("exit_spread", "exits that can wait do so while a spread is wider", "%", "2"),
    _amount("exit_wait_minutes", "how long at most, from their first reason", "min", "10"),
)

PARAMETERS = (*SELECTION, *SIZE, *EXITS)
