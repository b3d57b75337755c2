"""The settings that follow from what a user set on a grid.

``cycle_settings`` turns the values into units that decisions use: fractions instead of percent,
nanoseconds instead of seconds. Whatever cannot work together is refused here, before anything
trades.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from exchange_clients.base_models import NS, ONE, Side
from strategies.implementations.grid.declarations import PARAMETERS
from strategies.parameter import ParameterError, with_defaults

PERCENT = Decimal(100)
TAKE_PROFIT_MAX = Decimal(1000)
"""In percent; more is a slip of the pen, and its close would never fill."""


@dataclass(frozen=True, slots=True)
class CycleSettings:
    """A one-sided grid, in the units of decisions. ``None`` means: not used."""

    side: Side
    take_profit: Decimal
    """Fraction of price."""
    grid_step: Decimal | None
    """Fraction of price."""
    quantity: Decimal | None
    order_notional_usd: Decimal | None
    max_orders: int
    wait_ns: int
    post_only_ticks: int
    stop_price: Decimal | None
    ceiling_price: Decimal | None
    pause_price: Decimal | None
    stop_loss: Decimal | None
    """Fraction of the entry price."""
    position_timeout_ns: int | None
    recovery_mode: str
    max_margin_usd: Decimal | None
    leverage: Decimal
    boost: bool
    cancel_on_stop: bool
    entry_timeout_ns: int
    entry_reprice_ticks: int
    rearm: bool


def cycle_settings(raw: Mapping[str, Any]) -> CycleSettings:
    """Build the settings of a one-sided grid.

    Raises:
        ParameterError: a value is missing, or two do not go together.
    """
    values = with_defaults(PARAMETERS, raw)
    _check_take_profit(values)
    check_size(values)
    _check_companions(values)
    stop, ceiling = _stop_and_ceiling(values)
    _check_prices(values, stop, ceiling)
    leverage: Decimal = values["target_leverage"] or ONE
    basis = leverage if values["take_profit_basis"] == "margin" else ONE
    return CycleSettings(
        side=Side(values["direction"]),
        take_profit=values["take_profit"] / PERCENT / basis,
        grid_step=_fraction(values["grid_step"]),
        quantity=values["quantity"],
        order_notional_usd=values["order_notional_usd"],
        max_orders=values["max_orders"],
        wait_ns=_nanoseconds(values["wait_time"]),
        post_only_ticks=values["post_only_ticks"],
        stop_price=stop,
        ceiling_price=ceiling,
        pause_price=values["pause_price"],
        stop_loss=_fraction(values["stop_loss_pct"]),
        position_timeout_ns=_minutes(values["position_timeout_minutes"]),
        recovery_mode=values["recovery_mode"],
        max_margin_usd=values["max_margin_usd"],
        leverage=leverage,
        boost=values["boost"],
        cancel_on_stop=values["exit_open_orders"] == "cancel",
        entry_timeout_ns=_nanoseconds(values["entry_timeout_s"]),
        entry_reprice_ticks=values["entry_reprice_ticks"],
        rearm=values["rearm"],
    )


def check_size(values: Mapping[str, Any]) -> None:
    """Require exactly one way of saying how large an order is."""
    quantity, notional = values["quantity"], values["order_notional_usd"]
    if quantity is None and notional is None:
        raise ParameterError("quantity", "is missing; give quantity or order_notional_usd")
    if quantity is not None and notional is not None:
        raise ParameterError(
            "quantity",
            f"{quantity} and order_notional_usd {notional} are both given; remove one of them",
        )


def _check_take_profit(values: Mapping[str, Any]) -> None:
    take_profit = values["take_profit"]
    if take_profit is None:
        raise ParameterError(
            "take_profit", "is missing; give the percentage to earn per cycle, such as 0.02"
        )
    if take_profit > TAKE_PROFIT_MAX:
        raise ParameterError(
            "take_profit",
            f"{take_profit} % is never reached; give a percentage up to {TAKE_PROFIT_MAX}, "
            "such as 0.02",
        )
    if values["direction"] == "sell" and take_profit >= PERCENT:
        raise ParameterError(
            "take_profit", f"{take_profit} puts the close of a sell at or below 0; use less"
        )


def _check_companions(values: Mapping[str, Any]) -> None:
    """Refuse a parameter whose companion is missing."""
    leverage = values["target_leverage"]
    if values["take_profit_basis"] == "margin" and leverage is None:
        raise ParameterError(
            "take_profit_basis", "margin needs target_leverage; give it, or use price"
        )
    if values["max_margin_usd"] is not None and leverage is None:
        raise ParameterError(
            "max_margin_usd", f"{values['max_margin_usd']} needs target_leverage; give it"
        )
    if values["position_timeout_minutes"] is not None and values["recovery_mode"] == "none":
        raise ParameterError(
            "position_timeout_minutes",
            f"{values['position_timeout_minutes']} does nothing with recovery_mode none; "
            f"use aggressive or hedge",
        )


def _stop_and_ceiling(values: Mapping[str, Any]) -> tuple[Decimal | None, Decimal | None]:
    """Read ``stop_price`` the way the user means it."""
    stop, ceiling = values["stop_price"], values["ceiling_price"]
    if values["stop_price_mode"] == "floor":
        return stop, ceiling
    if stop is None:
        raise ParameterError("stop_price_mode", "ceiling needs stop_price; give it")
    if ceiling is not None:
        raise ParameterError(
            "stop_price_mode", f"ceiling makes stop_price {stop} the ceiling; remove ceiling_price"
        )
    return None, stop


def _check_prices(values: Mapping[str, Any], stop: Decimal | None, ceiling: Decimal | None) -> None:
    """Require stop < pause < ceiling for a buy grid, the reverse for a sell grid."""
    sign = Side(values["direction"]).sign
    ladder = [("stop_price", stop), ("pause_price", values["pause_price"])]
    ladder.append(("ceiling_price", ceiling))
    given = [(name, price) for name, price in ladder if price is not None]
    for (name, price), (next_name, next_price) in itertools.pairwise(given):
        if price * sign >= next_price * sign:
            relation = "below" if sign > 0 else "above"
            raise ParameterError(name, f"{price} must be {relation} {next_name} {next_price}")


def _fraction(percent: Decimal | None) -> Decimal | None:
    return None if percent is None else percent / PERCENT


def _nanoseconds(seconds: Decimal) -> int:
    return int(seconds * NS)


def _minutes(minutes: Decimal | None) -> int | None:
    return None if minutes is None else _nanoseconds(minutes * 60)
