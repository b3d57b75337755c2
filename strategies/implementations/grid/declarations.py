"""What a user may set on a grid: the flags, the keys of a file, and what ``--help`` says of them.

Only declarations are here, so that ``--help`` need not load what trades.
"""

from __future__ import annotations

from decimal import Decimal

from strategies.parameter import StrategyParameter


def _amount(
    name: str, text: str, unit: str = "", *, default: str | None = None, zero: bool = False
) -> StrategyParameter:
    """Declare a Decimal above zero (or from zero on)."""
    return StrategyParameter(
        name,
        Decimal,
        text,
        default=None if default is None else Decimal(default),
        minimum=Decimal(0),
        exclusive=not zero,
        unit=unit,
    )


def _count(name: str, text: str, *, default: int | None, minimum: int = 1) -> StrategyParameter:
    return StrategyParameter(name, int, text, default=default, minimum=Decimal(minimum))


CYCLE_PARAMETERS = (
    _amount("take_profit", "distance of the close from the fill price", "%"),
    StrategyParameter(
        "take_profit_basis",
        ("price", "margin"),
        "take_profit is a percentage of price, or of margin (divided by target_leverage)",
        default="price",
    ),
    _amount("grid_step", "least distance between the closes of two cycles", "%"),
    StrategyParameter("direction", ("buy", "sell"), "which side opens a cycle", default="buy"),
    _amount("quantity", "size of each entry; or give order_notional_usd", "base units"),
    _amount("order_notional_usd", "value of each entry; or give quantity", "USD"),
    _count("max_orders", "no entry while this many cycles are open", default=25),
    _amount(
        "wait_time",
        "wait between entries; 1/4, 1/2, 1 or 2 times this as closes fill up",
        "s",
        default="60",
        zero=True,
    ),
    _count("post_only_ticks", "ticks between an entry and the far touch", default=2),
    _amount("stop_price", "flattens at mid below it (sell: above); see stop_price_mode", "USD"),
    StrategyParameter(
        "stop_price_mode",
        ("ceiling", "floor"),
        "floor: stop_price flattens the position. ceiling: stop_price means ceiling_price, as in "
        "tools where reaching it only ends the run",
        default="floor",
    ),
    _amount("ceiling_price", "ends the run at ask at or above it (sell: bid at or below)", "USD"),
    _amount("pause_price", "no entries while mid is above it (sell: below)", "USD"),
    _amount("stop_loss_pct", "a cycle this far below its entry is closed (or hedged)", "%"),
    _amount("position_timeout_minutes", "age at which recovery_mode acts on a cycle", "min"),
    StrategyParameter(
        "recovery_mode",
        ("aggressive", "hedge", "none"),
        "what is done with a cycle that timed out: close at market, hedge on the second venue",
        default="none",
    ),
    _amount("max_margin_usd", "no entry that would bind more margin; needs target_leverage", "USD"),
    _amount("target_leverage", "leverage that margin is counted at"),
    StrategyParameter("boost", bool, "close at market right after each fill", default=False),
    StrategyParameter(
        "exit_open_orders",
        ("cancel", "keep"),
        "what a stop does with open closes; a pending entry is always cancelled",
        default="keep",
    ),
    _amount("entry_timeout_s", "age at which an entry left by the market moves", "s", default="10"),
    _count("entry_reprice_ticks", "how far the market must have left it", default=1, minimum=0),
    StrategyParameter("rearm", bool, "trade again after a stop has halted the grid", default=False),
)

RANGE_PARAMETERS = (
    _amount("lower_price", "lowest level of a fixed range", "USD"),
    _amount("upper_price", "highest level of a fixed range", "USD"),
    _count("levels", "number of price levels of a fixed range", default=None, minimum=2),
    StrategyParameter(
        "spacing",
        ("arithmetic", "geometric"),
        "levels an equal distance, or an equal percentage, apart",
        default="arithmetic",
    ),
    StrategyParameter(
        "side", ("long", "neutral", "short"), "which way a fixed range opens", default="long"
    ),
    _amount("trail_up_to", "the range follows the price up until its top is here", "USD"),
    _amount("trail_down_to", "the range follows the price down until its bottom is here", "USD"),
    _amount("trigger_price", "the range starts when mid first reaches this price", "USD"),
    _amount("range_take_profit_usd", "total profit at which the whole range is closed", "USD"),
    _amount("range_stop_loss_usd", "total loss at which the whole range is closed", "USD"),
)

PARAMETERS = (
    StrategyParameter(
        "grid_kind",
        ("cycle", "fixed_range"),
        "one-sided cycles, or levels between two prices",
        default="cycle",
    ),
    *CYCLE_PARAMETERS,
    *RANGE_PARAMETERS,
)
