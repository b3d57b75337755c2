"""How large a pair may be: one leverage, one notional and one number of tokens for both legs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from fractions import Fraction
from math import lcm

from exchange_clients.base_models import Market
from strategies.implementations.funding_arbitrage.parameters import Size
from strategies.readings import MarketReading

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


def leverage_refusal(wanted: Decimal, read_back: Mapping[str, Decimal | None]) -> str:
    """Say which venue does not stand at ``wanted``; empty where each was read back with it.

    Args:
        wanted: what was set.
        read_back: what each venue says now; None where setting or reading failed.
    """
    wrong = {venue: told for venue, told in read_back.items() if told != wanted}
    return ", ".join(f"{venue} has {told}, not {wanted}" for venue, told in wrong.items())


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
    tokens = common_tokens(notional / token_price, long.market, short.market)
    for reading in (long, short):
        least = _least_tokens(reading.market, token_price)
        if tokens < least:
            return NoSize(
                f"{reading.venue}: {notional:.2f} USD are {tokens} {reading.symbol} on both "
                f"steps, the least it takes is {least}"
            )
    return PairSize(
        leverage,
        notional,
        tokens,
        tokens / long.market.multiplier,
        tokens / short.market.multiplier,
    )


def common_tokens(tokens: Decimal, one: Market, other: Market) -> Decimal:
    """Round down to a number of tokens that both markets can hold exactly.

    >>> # steps 0.01 x 1 and 0.03 x 1: 0.1 -> 0.09; 1000-token contracts by 1: 84,500 -> 84,000
    """
    step = common_step(one, other)
    return (tokens / step).to_integral_value(ROUND_FLOOR) * step


def common_step(one: Market, other: Market) -> Decimal:
    """Return the least number of tokens that is a multiple of both markets' steps."""
    first, second = (Fraction(market.step * market.multiplier) for market in (one, other))
    scale = lcm(first.denominator, second.denominator)
    return Decimal(lcm(int(first * scale), int(second * scale))) / scale


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


def _least_tokens(market: Market, token_price: Decimal) -> Decimal:
    return market.smallest_size(token_price * market.multiplier) * market.multiplier
