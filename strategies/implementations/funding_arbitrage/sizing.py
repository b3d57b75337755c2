"""How large a pair may be: one leverage, one notional and one number of tokens for both legs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from execution.position_sizer import PositionSizer, SizeTooSmall
from execution.readings import MarketReading
from strategies.implementations.funding_arbitrage.parameters import Size

MARGIN_BUFFER = Decimal("1.05")
"""Margin that a position of the full size leaves untouched, for the first move against it."""


@dataclass(frozen=True, slots=True)
class NoSize:
    """Why no pair can be opened: names the venue, the value and the limit."""

    detail: str


@dataclass(frozen=True, slots=True)
class PairSize:
    """What both legs are opened with; sizes in each market's own units."""

    leverage: Decimal
    notional: Decimal
    """USD of each leg before rounding to the steps."""
    tokens: Decimal
    long: Decimal
    short: Decimal


def aligned_leverage(
    long: MarketReading, short: MarketReading, wanted: Decimal
) -> Decimal | NoSize:
    """Return the leverage that both venues allow: the smaller of both maxima and the wanted one."""
    allowed = wanted
    for reading in (long, short):
        most = None if reading.leverage is None else reading.leverage.max_leverage
        if most is None:
            return NoSize(f"{reading.venue}: the leverage it allows is not known")
        allowed = min(allowed, most)
    return allowed


def pair_size(
    long: MarketReading,
    short: MarketReading,
    settings: Size,
    token_price: Decimal,
    exposure: Mapping[str, Decimal],
) -> PairSize | NoSize:
    """Return what to open a pair with.

    Args:
        long: the market that is bought.
        short: the market that is sold.
        settings: limits of size.
        token_price: USD; the higher of the two entry prices, so that no leg exceeds its limit.
        exposure: USD of all legs that are held already, by venue.
    """
    leverage = aligned_leverage(long, short, settings.max_leverage)
    if isinstance(leverage, NoSize):
        return leverage
    notional = min(settings.target_margin * leverage, settings.max_position_usd)
    for reading in (long, short):
        room = _room(reading, leverage, settings, exposure)
        if isinstance(room, NoSize):
            return room
        notional = min(notional, room)
    try:
        sized = PositionSizer().common_quantity(
            (long.market, short.market), notional / token_price, token_price
        )
    except SizeTooSmall as error:
        return NoSize(f"{notional:.2f} USD: {error}")
    return PairSize(leverage, notional, sized.tokens, *sized.quantities)


def _room(
    reading: MarketReading, leverage: Decimal, settings: Size, exposure: Mapping[str, Decimal]
) -> Decimal | NoSize:
    """Return the largest notional that one venue has room for."""
    if reading.available is None:
        return NoSize(f"{reading.venue}: the available balance is not known")
    bounds = [
        leverage * reading.available / MARGIN_BUFFER,
        settings.max_venue_exposure_usd - exposure.get(reading.venue, Decimal(0)),
    ]
    most = None if reading.leverage is None else reading.leverage.max_notional
    if most is not None:
        bounds.append(most)
    room = min(bounds)
    return room if room > 0 else NoSize(f"{reading.venue}: no room for a leg, {room:.2f} USD")
