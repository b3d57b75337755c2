"""From an opportunity to a pair: what must hold before the first order is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_models import NS, OrderType, Purpose, Side
from execution.legs_order import LegsOrder
from execution.order_params import OrderParams
from execution.readings import MarketReading
from strategies.implementations.funding_arbitrage.exits import depegged
from strategies.implementations.funding_arbitrage.parameters import ArbitrageSettings
from strategies.implementations.funding_arbitrage.pricing import (
    EntryPrices,
    Quote,
    entry_prices,
)
from strategies.implementations.funding_arbitrage.scanner import Opportunity, percent
from strategies.implementations.funding_arbitrage.sizing import NoSize, PairSize, pair_size
from strategies.implementations.funding_arbitrage.state import (
    ArbitrageState,
    Leg,
    Pair,
    legs_name,
)

MINUTE_NS = 60 * NS


@dataclass(frozen=True, slots=True)
class Held:
    """Why an opportunity is not taken now."""

    reason: str


@dataclass(frozen=True, slots=True)
class Opening:
    """A pair to remember, and then the execution that opens it."""

    pair: Pair
    order: LegsOrder


def open_pair(
    opportunity: Opportunity, settings: ArbitrageSettings, state: ArbitrageState, now_ns: int
) -> Opening | Held:
    """Return what opens a pair on an opportunity, or why it must wait; changes nothing."""
    held = _held(opportunity, settings, state, now_ns)
    if held:
        return Held(held)
    long, short = _quote(opportunity.long), _quote(opportunity.short)
    prices = entry_prices(long, short, settings.size.max_entry_basis)
    if prices is None:
        return Held(_too_dear(long, short, settings.size.max_entry_basis))
    dearest = max(prices.long / long.market.multiplier, prices.short / short.market.multiplier)
    size = pair_size(opportunity.long, opportunity.short, settings.size, dearest, state.exposure())
    if isinstance(size, NoSize):
        return Held(size.detail)
    return _opening(opportunity, prices, size, state.numbers + 1, now_ns)


def _held(
    opportunity: Opportunity, settings: ArbitrageSettings, state: ArbitrageState, now_ns: int
) -> str:
    """Say which limit holds a pair back; empty where none does."""
    if len(state.live()) >= settings.size.max_positions:
        return f"max_positions {settings.size.max_positions} are held"
    cools_ns = state.cooldowns.get(opportunity.symbol, 0) - now_ns
    if cools_ns > 0:
        return f"{opportunity.symbol} cools down for {cools_ns / MINUTE_NS:.1f} min more"
    rests_ns = state.rests.get(legs_name(*opportunity.pair), 0) - now_ns
    if rests_ns > 0:
        return f"it was refused again and again, and rests for {rests_ns / MINUTE_NS:.1f} min more"
    for reading in (opportunity.long, opportunity.short):
        if state.occupied(*reading.key):
            return f"{reading.venue}: a pair has a leg in {reading.symbol} already"
        why = _of_account(reading, settings.exits.max_depeg)
        if why:
            return f"{reading.venue}: {why}"
    return ""


def _of_account(reading: MarketReading, max_depeg: Decimal) -> str:
    """Say what of a leg's account holds a pair back; empty where nothing does."""
    if reading.position is None:
        return "its position is not known"
    if reading.position.quantity:
        # One account nets all of a contract: beside a position that is not ours, nobody could
        # say later what of it belongs to the pair.
        return f"holds {reading.position.quantity} of another's"
    if depegged(reading.collateral_price, max_depeg):
        price = reading.collateral_price
        return f"its collateral is at {price:.4f} USD, max_depeg {percent(max_depeg)}"
    return ""


def _too_dear(long: Quote, short: Quote, max_entry_basis: Decimal) -> str:
    mid = (long.mid + short.mid) / 2
    dearer = (long.bid / long.market.multiplier - short.ask / short.market.multiplier) / mid
    return (
        f"no two resting prices keep max_entry_basis {percent(max_entry_basis)}: "
        f"each at its own touch, the long costs {percent(dearer)} more"
    )


def _quote(reading: MarketReading) -> Quote:
    assert reading.book is not None, "an opportunity has books"
    return Quote(reading.market, reading.book.bids[0].price, reading.book.asks[0].price)


def _opening(
    opportunity: Opportunity, prices: EntryPrices, size: PairSize, number: int, now_ns: int
) -> Opening:
    pair = Pair(
        number=number,
        symbol=opportunity.symbol,
        long=_leg(opportunity.long, Side.BUY, number, size),
        short=_leg(opportunity.short, Side.SELL, number, size),
        opened_ns=now_ns,
        entry_divergence_8h=opportunity.divergence_8h,
        leverage=size.leverage,
        notional=size.notional,
    )
    pair.busy_key = pair.key
    orders = (_order(pair.long, prices.long), _order(pair.short, prices.short))
    edge_usd = opportunity.edge.net * size.notional
    order = LegsOrder(pair.key, orders, Purpose.ENTRY, size.leverage, prices.gap_max, edge_usd)
    return Opening(pair, order)


def _leg(reading: MarketReading, side: Side, number: int, size: PairSize) -> Leg:
    return Leg(
        venue=reading.venue,
        contract_id=reading.market.contract_id,
        side=side,
        multiplier=reading.market.multiplier,
        target=size.long if side is Side.BUY else size.short,
        order_key=f"pair-{number}-open-{side}",
    )


def _order(leg: Leg, price: Decimal) -> OrderParams:
    return OrderParams(
        side=leg.side,
        quantity=leg.target,
        price=price,
        order_type=OrderType.LIMIT,
        key=leg.order_key,
        purpose=Purpose.ENTRY,
        post_only=True,
        venue=leg.venue,
        contract_id=leg.contract_id,
    )
