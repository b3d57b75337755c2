"""When a pair ends: the reasons in their order, and which of them can wait.

What was not read says nothing. A pair with a leg whose position is not freshly known is unverified:
it is told to people and not closed, for no reason but one: a liquidation that the venue itself
reported.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from exchange_clients.base_models import ONE, ZERO
from strategies.implementations.funding_arbitrage.parameters import Exits

RATES_STALE = "rates stale"
"""A note: exits go by price and age alone."""


class ExitReason(StrEnum):
    """Why a pair is closed, first asked first."""

    LIQUIDATION_NEAR = "LIQUIDATION_NEAR"
    LEG_GONE = "LEG_GONE"
    IMBALANCE = "IMBALANCE"
    DIVERGENCE_FLIPPED = "DIVERGENCE_FLIPPED"
    SEVERE_EROSION = "SEVERE_EROSION"
    PROFIT_EROSION = "PROFIT_EROSION"
    MAX_AGE = "MAX_AGE"
    DEPEG = "DEPEG"
    VENUE_DEGRADED = "VENUE_DEGRADED"
    NOT_OPENED = "NOT_OPENED"
    """The opening did not come to a pair; what is left of it is closed."""
    OVERRULED = "OVERRULED"
    """Something above the strategy, the risk check or a person, has closed a leg."""

    @property
    def critical(self) -> bool:
        """Whether it is acted on at once, whatever the prices."""
        return self in _CRITICAL


_CRITICAL = frozenset(
    {
        ExitReason.LIQUIDATION_NEAR,
        ExitReason.LEG_GONE,
        ExitReason.IMBALANCE,
        ExitReason.NOT_OPENED,
        ExitReason.OVERRULED,
    }
)


@dataclass(frozen=True, slots=True)
class LegView:
    """What is known of one leg at this instant."""

    venue: str
    tokens: Decimal | None
    """Held, without sign; None while it is not freshly known."""
    proven_gone: bool = False
    liquidation_distance: Decimal | None = None
    """From the mark, as a fraction of it; None where nothing tells a liquidation price."""
    spread: Decimal | None = None
    """Of the venue's book, as a fraction of mid."""
    trouble: str = ""
    collateral_price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class PairView:
    """What is known of a pair at this instant."""

    long: LegView
    short: LegView
    age_ns: int
    entry_divergence_8h: Decimal
    divergence_8h: Decimal | None
    """None while the rates are stale."""
    still_best: bool
    """Whether the last scan would choose this pair before all others."""
    net_if_closed: Decimal | None = None
    """USD that the pair would have made if it were closed now; None while it is not known."""

    @property
    def legs(self) -> tuple[LegView, LegView]:
        """Long, short."""
        return self.long, self.short

    @property
    def verified(self) -> bool:
        """Whether both positions are freshly known."""
        return all(leg.tokens is not None for leg in self.legs)


def exit_reason(view: PairView, settings: Exits) -> ExitReason | None:
    """Return the first reason to close; None where there is none, or nothing is sure."""
    if any(leg.proven_gone for leg in view.legs):
        # Proof needs no further reading, but a leg that is in danger is the more urgent one.
        near = view.verified and _liquidation_near(view, settings)
        return ExitReason.LIQUIDATION_NEAR if near else ExitReason.LEG_GONE
    if not view.verified:
        return None
    if _liquidation_near(view, settings):
        return ExitReason.LIQUIDATION_NEAR
    if imbalance(view) > settings.max_imbalance:
        return ExitReason.IMBALANCE
    return _rate_reason(view, settings) or _lasting_reason(view, settings)


def imbalance(view: PairView) -> Decimal:
    """Return by how much the legs differ, as a fraction of the larger one; zero for two of zero."""
    held = [leg.tokens or ZERO for leg in view.legs]
    return (max(held) - min(held)) / max(held) if max(held) else ZERO


def notes(view: PairView) -> tuple[str, ...]:
    """Return what a person should know of what was not known."""
    unread = [leg.venue for leg in view.legs if leg.tokens is None]
    told = [f"unverified: no fresh position of {', '.join(unread)}"] if unread else []
    return (*told, *([RATES_STALE] if view.divergence_8h is None else []))


def can_go(view: PairView, settings: Exits, waited_ns: int) -> bool:
    """Whether an exit that can wait should go now: at a fair price, or when it has waited enough.

    Args:
        view: the pair.
        settings: spread and longest wait.
        waited_ns: since the first reason was seen.
    """
    if waited_ns >= settings.wait_ns:
        return True
    narrow = all(leg.spread is not None and leg.spread <= settings.spread for leg in view.legs)
    return narrow and view.net_if_closed is not None and view.net_if_closed >= 0


def _liquidation_near(view: PairView, settings: Exits) -> bool:
    return any(
        leg.liquidation_distance is not None
        and leg.liquidation_distance < settings.min_liquidation_distance
        for leg in view.legs
    )


def _rate_reason(view: PairView, settings: Exits) -> ExitReason | None:
    """Judge what is left of the entry's rate; stale rates say nothing."""
    now, entry = view.divergence_8h, view.entry_divergence_8h
    if now is None:
        return None
    if now < 0:
        return ExitReason.DIVERGENCE_FLIPPED
    if now < settings.severe_erosion * entry:
        return ExitReason.SEVERE_EROSION
    if now < settings.erosion * entry and not view.still_best:
        return ExitReason.PROFIT_EROSION
    return None


def depegged(collateral_price: Decimal | None, max_depeg: Decimal) -> bool:
    """Say whether collateral is too far from 1 USD; what nobody tells a price of is not."""
    return collateral_price is not None and abs(collateral_price - ONE) > max_depeg


def _lasting_reason(view: PairView, settings: Exits) -> ExitReason | None:
    if view.age_ns >= settings.max_age_ns:
        return ExitReason.MAX_AGE
    for leg in view.legs:
        if depegged(leg.collateral_price, settings.max_depeg):
            return ExitReason.DEPEG
    if any(leg.trouble for leg in view.legs):
        return ExitReason.VENUE_DEGRADED
    return None
