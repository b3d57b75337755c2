"""A fixed range: what a user set, and the price levels that follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from exchange_clients.base_models import Market, Rounding, round_to_increment
from strategies.base_strategy import ParameterError
from strategies.implementations.grid.declarations import PARAMETERS
from strategies.implementations.grid.parameters import check_size
from strategies.parameter import with_defaults


@dataclass(frozen=True, slots=True)
class RangeSettings:
    """A fixed range in the units of decisions. ``None`` means: not used."""

    lower: Decimal
    upper: Decimal
    levels: int
    geometric: bool
    side: str
    quantity: Decimal | None
    order_notional_usd: Decimal | None
    trail_up_to: Decimal | None
    trail_down_to: Decimal | None
    trigger_price: Decimal | None
    stop_price: Decimal | None
    take_profit_usd: Decimal | None
    stop_loss_usd: Decimal | None
    leverage: Decimal
    cancel_on_stop: bool
    rearm: bool


def range_settings(raw: Mapping[str, Any]) -> RangeSettings:
    """Build the settings of a fixed range.

    Raises:
        ParameterError: a value is missing, or two do not go together.
    """
    values = with_defaults(PARAMETERS, raw)
    for name in ("lower_price", "upper_price", "levels"):
        if values[name] is None:
            raise ParameterError(name, "is missing; a fixed range needs it")
    check_size(values)
    lower, upper, levels = values["lower_price"], values["upper_price"], values["levels"]
    if lower >= upper:
        raise ParameterError("lower_price", f"{lower} must be below upper_price {upper}")
    if levels - 1 > values["max_orders"]:
        raise ParameterError(
            "levels",
            f"{levels} make {levels - 1} cells, but max_orders is {values['max_orders']}; "
            f"raise max_orders or use fewer levels",
        )
    _check_limits(values)
    return RangeSettings(
        lower=lower,
        upper=upper,
        levels=levels,
        geometric=values["spacing"] == "geometric",
        side=values["side"],
        quantity=values["quantity"],
        order_notional_usd=values["order_notional_usd"],
        trail_up_to=values["trail_up_to"],
        trail_down_to=values["trail_down_to"],
        trigger_price=values["trigger_price"],
        stop_price=values["stop_price"],
        take_profit_usd=values["range_take_profit_usd"],
        stop_loss_usd=values["range_stop_loss_usd"],
        leverage=values["target_leverage"] or Decimal(1),
        cancel_on_stop=values["exit_open_orders"] == "cancel",
        rearm=values["rearm"],
    )


def level_prices(settings: RangeSettings, market: Market) -> list[Decimal]:
    """Return the levels on the tick, lowest first.

    Raises:
        ParameterError: two levels fall on the same tick.
    """
    gaps = settings.levels - 1
    prices = [_level(settings, number, gaps) for number in range(settings.levels)]
    rounded = [market.nearest_tick(price) for price in prices]
    if len(dict.fromkeys(rounded)) < len(rounded):
        raise ParameterError(
            "levels",
            f"{settings.levels} are closer than the tick {market.tick}; use fewer, "
            f"or a wider range",
        )
    return rounded


def next_level(
    settings: RangeSettings, market: Market, prices: list[Decimal], sign: int
) -> Decimal:
    """Return the level that follows beyond the top (sign 1) or the bottom (-1)."""
    edge, inner = (prices[-1], prices[-2]) if sign > 0 else (prices[0], prices[1])
    beyond = edge * edge / inner if settings.geometric else edge + (edge - inner)
    return round_to_increment(beyond, market.tick, Rounding.NEAREST)


def _level(settings: RangeSettings, number: int, gaps: int) -> Decimal:
    if number in (0, gaps):
        return settings.upper if number else settings.lower
    share = Decimal(number) / gaps
    if settings.geometric:
        return settings.lower * (settings.upper / settings.lower) ** share
    return settings.lower + (settings.upper - settings.lower) * share


def _check_limits(values: Mapping[str, Any]) -> None:
    stop, side = values["stop_price"], values["side"]
    if stop is not None:
        if side == "neutral":
            raise ParameterError(
                "stop_price",
                f"{stop} has no side in a neutral range; use range_stop_loss_usd",
            )
        if side == "long" and stop >= values["lower_price"]:
            raise ParameterError(
                "stop_price", f"{stop} must be below lower_price {values['lower_price']}"
            )
        if side == "short" and stop <= values["upper_price"]:
            raise ParameterError(
                "stop_price", f"{stop} must be above upper_price {values['upper_price']}"
            )
    up, down = values["trail_up_to"], values["trail_down_to"]
    if up is not None and up <= values["upper_price"]:
        raise ParameterError("trail_up_to", f"{up} must be above upper_price")
    if down is not None and down >= values["lower_price"]:
        raise ParameterError("trail_down_to", f"{down} must be below lower_price")
