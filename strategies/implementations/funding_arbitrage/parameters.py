"""The settings that follow from what a user set, in the units that decisions use.

Fractions instead of percent, nanoseconds instead of minutes. Whatever cannot work together is
refused here, before anything trades.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from exchange_clients.base_models import NS, Market
from execution.settlements import HOUR_NS
from strategies.implementations.funding_arbitrage.declarations import PARAMETERS
from strategies.parameter import ParameterError, with_defaults

PERCENT = Decimal(100)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which pairs are worth a position. Shares are fractions."""

    horizon_hours: Decimal
    min_edge: Decimal
    max_break_even_hours: Decimal
    maker_fees: bool
    rate_age_ns: int
    book_age_ns: int
    min_volume_usd: Decimal
    min_open_interest_usd: Decimal
    max_spread: Decimal
    max_price_divergence: Decimal
    notional: Decimal
    """USD of each leg at which costs are judged: what a position would have at most."""

    def fee(self, market: Market) -> Decimal:
        """Return what one order on a market costs, as a fraction of notional."""
        return market.maker_fee if self.maker_fees else market.taker_fee


@dataclass(frozen=True, slots=True)
class Size:
    """How large positions are, and how many."""

    target_margin: Decimal
    max_leverage: Decimal
    max_position_usd: Decimal
    max_venue_exposure_usd: Decimal
    max_positions: int
    max_new_per_cycle: int
    max_entry_basis: Decimal
    """Fraction of mid."""
    cooldown_ns: int


@dataclass(frozen=True, slots=True)
class Exits:
    """When positions end. Shares are fractions."""

    min_liquidation_distance: Decimal
    max_imbalance: Decimal
    erosion: Decimal
    severe_erosion: Decimal
    max_age_ns: int
    max_depeg: Decimal
    spread: Decimal
    wait_ns: int
    rate_age_ns: int


@dataclass(frozen=True, slots=True)
class ArbitrageSettings:
    """Everything a user decided."""

    selection: Selection
    size: Size
    exits: Exits


def arbitrage_settings(raw: Mapping[str, Any]) -> ArbitrageSettings:
    """Build the settings.

    Raises:
        ParameterError: two values do not go together.
    """
    values = with_defaults(PARAMETERS, raw)
    _check(values)
    return ArbitrageSettings(_selection(values), _size(values), _exits(values))


def _selection(values: Mapping[str, Any]) -> Selection:
    return Selection(
        horizon_hours=values["horizon_hours"],
        min_edge=values["min_edge"] / PERCENT,
        max_break_even_hours=values["max_break_even_hours"],
        maker_fees=values["fee_basis"] == "maker",
        rate_age_ns=int(values["rate_age_s"] * NS),
        book_age_ns=int(values["book_age_s"] * NS),
        min_volume_usd=values["min_volume_usd"],
        min_open_interest_usd=values["min_open_interest_usd"],
        max_spread=values["max_spread"] / PERCENT,
        max_price_divergence=values["max_price_divergence"] / PERCENT,
        notional=min(values["target_margin"] * values["max_leverage"], values["max_position_usd"]),
    )


def _size(values: Mapping[str, Any]) -> Size:
    return Size(
        target_margin=values["target_margin"],
        max_leverage=values["max_leverage"],
        max_position_usd=values["max_position_usd"],
        max_venue_exposure_usd=values["max_venue_exposure_usd"],
        max_positions=values["max_positions"],
        max_new_per_cycle=values["max_new_per_cycle"],
        max_entry_basis=values["max_entry_basis"] / PERCENT,
        cooldown_ns=int(values["cooldown_minutes"] * 60 * NS),
    )


def _exits(values: Mapping[str, Any]) -> Exits:
    return Exits(
        min_liquidation_distance=values["min_liquidation_distance"] / PERCENT,
        max_imbalance=values["max_imbalance"] / PERCENT,
        erosion=values["erosion"],
        severe_erosion=values["severe_erosion"],
        max_age_ns=int(values["max_age_hours"] * HOUR_NS),
        max_depeg=values["max_depeg"] / PERCENT,
        spread=values["exit_spread"] / PERCENT,
        wait_ns=int(values["exit_wait_minutes"] * 60 * NS),
        rate_age_ns=int(values["rate_age_s"] * NS),
    )


def _check(values: Mapping[str, Any]) -> None:
    _ordered(values, "severe_erosion", "erosion")
    _ordered(values, "max_position_usd", "max_venue_exposure_usd")
    if values["erosion"] >= 1:
        raise ParameterError(
            "erosion", f"{values['erosion']} would close a pair as it opens; use less than 1"
        )
    if values["max_leverage"] < 1:
        raise ParameterError("max_leverage", f"{values['max_leverage']} must be at least 1")
    if values["min_liquidation_distance"] >= PERCENT / values["max_leverage"]:
        raise ParameterError(
            "min_liquidation_distance",
            f"{values['min_liquidation_distance']} % is reached at the opening with max_leverage "
            f"{values['max_leverage']}; use less of either",
        )


def _ordered(values: Mapping[str, Any], least: str, most: str) -> None:
    if values[least] > values[most]:
        raise ParameterError(least, f"{values[least]} must not exceed {most} {values[most]}")
