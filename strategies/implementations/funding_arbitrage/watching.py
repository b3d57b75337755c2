"""What the latest readings tell of a pair: positions taken up, and the view that exits judge."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from exchange_clients.base_models import NS, ZERO, ContractId, Side
from execution.funding_edge import mid_of, spread_of
from execution.readings import MarketReading
from strategies.implementations.funding_arbitrage.exits import LegView, PairView
from strategies.implementations.funding_arbitrage.parameters import Exits
from strategies.implementations.funding_arbitrage.scanner import (
    Scan,
    divergence_8h,
    rate_refusal,
)
from strategies.implementations.funding_arbitrage.state import Leg, Pair, PairStatus

POSITION_AGE_MAX_NS = 60 * NS
"""A position that was read longer ago is not known any more."""
ZERO_READS = 2
"""Reads in a row that prove a leg gone; a single one may be a venue's slip."""

Readings = Mapping[tuple[str, ContractId], MarketReading]


def take_up(pair: Pair, readings: Readings) -> None:
    """Note what a survey found of a pair's positions; what it did not find is not known."""
    for leg in pair.legs:
        reading = readings.get(leg.key)
        position = None if reading is None else reading.position
        if position is None:
            leg.seen = None
        elif position.read_ns > max(leg.seen_ns, pair.settled_ns):
            # An older read may have been asked for before the last execution ended.
            leg.seen, leg.seen_ns = position.quantity, position.read_ns
            empty = not position.quantity and pair.status is PairStatus.OPEN
            leg.zero_reads = leg.zero_reads + 1 if empty else 0


def held_size(pair: Pair, leg: Leg, now_ns: int) -> Decimal | None:
    """Return what a leg holds of ours, without sign; None while it is not freshly known.

    Never more than the pair has opened: the rest, or a position of the other side, is another's.
    """
    fresh = leg.seen_ns > pair.settled_ns and now_ns - leg.seen_ns <= POSITION_AGE_MAX_NS
    if leg.seen is None or not fresh:
        return None
    return min(max(leg.seen * leg.side.sign, ZERO), leg.target)


def view_of(
    pair: Pair, readings: Readings, scan: Scan | None, settings: Exits, now_ns: int
) -> PairView:
    """Return what is known of a pair."""
    long, short = readings.get(pair.long.key), readings.get(pair.short.key)
    return PairView(
        long=_leg_view(pair, pair.long, long, now_ns),
        short=_leg_view(pair, pair.short, short, now_ns),
        age_ns=now_ns - pair.opened_ns,
        entry_divergence_8h=pair.entry_divergence_8h,
        divergence_8h=_divergence(long, short, settings, now_ns),
        still_best=scan is not None and scan.is_best(pair.name),
        net_if_closed=_net_if_closed(pair, readings),
    )


def _leg_view(pair: Pair, leg: Leg, reading: MarketReading | None, now_ns: int) -> LegView:
    size = held_size(pair, leg, now_ns)
    tokens = None if size is None else size * leg.multiplier
    gone = leg.zero_reads >= ZERO_READS or leg.liquidated >= leg.target
    if reading is None:
        return LegView(leg.venue, tokens, gone)
    return LegView(
        venue=leg.venue,
        tokens=tokens,
        proven_gone=gone,
        liquidation_distance=_liquidation_distance(reading),
        spread=None if reading.book is None else spread_of(reading.book),
        trouble=reading.trouble,
        collateral_price=reading.collateral_price,
    )


def _liquidation_distance(reading: MarketReading) -> Decimal | None:
    position = reading.position
    if position is None or position.liquidation_price is None:
        return None
    mark = position.mark_price
    if mark is None:
        mark = None if reading.book is None else mid_of(reading.book)
    return None if mark is None else abs(mark - position.liquidation_price) / mark


def _divergence(
    long: MarketReading | None, short: MarketReading | None, settings: Exits, now_ns: int
) -> Decimal | None:
    """Return the present divergence; None where a rate is not known or too old."""
    if long is None or short is None:
        return None
    if any(rate_refusal(each, settings.rate_age_ns, now_ns) for each in (long, short)):
        return None
    return divergence_8h(long, short)


def _net_if_closed(pair: Pair, readings: Readings) -> Decimal | None:
    """Return realised PnL and what closing at the touch, as a taker, would add.

    None where a book is missing, or the ledger has not heard of all fills of a leg.
    """
    net = pair.split().total
    for leg in pair.legs:
        reading = readings.get(leg.key)
        if reading is None or reading.book is None or spread_of(reading.book) is None:
            return None
        if leg.ledger.quantity != leg.seen:
            return None
        touch = reading.book.bids if leg.side is Side.BUY else reading.book.asks
        price = touch[0].price
        fee = abs(leg.ledger.quantity) * price * reading.market.taker_fee
        net += leg.ledger.unrealised(price) - fee
    return net
