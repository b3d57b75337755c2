"""How the venue writes what it knows: amounts as plain text, instants as nanoseconds."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TypeAlias

from exchange_clients.base_models import Fill, LiquidationEvent, Market, OrderInfo
from exchange_clients.events import FundingPayment, PositionUpdate
from venue_simulators.world import (
    BookChange,
    Candle,
    FundingRate,
    Funds,
    HeldPosition,
    MarketTrade,
    PublicLiquidation,
    Ticker,
    Wanted,
)

Row: TypeAlias = dict[str, object]
ASSET = "USD"


def plain(value: Decimal) -> str:
    """Write a number without exponent."""
    return format(value, "f")


def maybe(value: Decimal | None) -> str | None:
    """Write a number that may not be known."""
    return None if value is None else plain(value)


def levels(side: Sequence[tuple[Decimal, Decimal]]) -> list[tuple[str, str]]:
    """Write one side of a book."""
    return [(plain(price), plain(size)) for price, size in side]


# Public -------------------------------------------------------------------------------------------


def market_row(market: Market, interval_hours: Decimal, *, tradable: bool) -> Row:
    """Write a listing."""
    return {
        "market": market.contract_id,
        "symbol": market.symbol,
        "multiplier": plain(market.multiplier),
        "tick": plain(market.tick),
        "step": plain(market.step),
        "min_size": plain(market.min_size),
        "min_notional": plain(market.min_notional),
        "max_leverage": plain(market.max_leverage),
        "maintenance_margin": plain(market.maintenance_margin),
        "maker_fee": plain(market.maker_fee),
        "taker_fee": plain(market.taker_fee),
        "funding_interval_hours": plain(interval_hours),
        "tradable": tradable,
    }


def trade_row(trade: MarketTrade) -> Row:
    """Write a trade of the market."""
    return {
        "market": trade.contract_id,
        "number": trade.number,
        "price": plain(trade.price),
        "size": plain(trade.size),
        "aggressor": trade.aggressor.value,
        "time": trade.at_ns,
    }


def candle_row(candle: Candle) -> Row:
    """Write a candle."""
    return {
        "start": candle.start_ns,
        "open": plain(candle.open),
        "high": plain(candle.high),
        "low": plain(candle.low),
        "close": plain(candle.close),
        "volume": plain(candle.volume),
    }


def ticker_row(ticker: Ticker) -> Row:
    """Write the state of a market."""
    return {
        "market": ticker.contract_id,
        "mark": plain(ticker.mark),
        "index": plain(ticker.index),
        "last": plain(ticker.last),
        "volume_24h": plain(ticker.volume_24h),
        "quote_volume_24h": plain(ticker.quote_volume_24h),
        "open_interest": plain(ticker.open_interest),
        "funding_rate": plain(ticker.funding_rate),
        "funding_interval_hours": plain(ticker.funding_interval_hours),
        "next_funding_time": ticker.next_funding_ns,
    }


def rate_row(rate: FundingRate) -> Row:
    """Write a settled rate."""
    return {
        "market": rate.contract_id,
        "rate": plain(rate.rate),
        "interval_hours": plain(rate.interval_hours),
        "time": rate.at_ns,
    }


def delta_row(change: BookChange) -> Row:
    """Write a change of a book."""
    return {
        "market": change.contract_id,
        "first": change.first,
        "last": change.last,
        "bids": levels(change.bids),
        "asks": levels(change.asks),
        "time": change.at_ns,
    }


def funding_row(ticker: Ticker, now_ns: int) -> Row:
    """Write the running estimate of a rate."""
    return {
        "market": ticker.contract_id,
        "rate": plain(ticker.funding_rate),
        "interval_hours": plain(ticker.funding_interval_hours),
        "next_time": ticker.next_funding_ns,
        "mark": plain(ticker.mark),
        "time": now_ns,
    }


def public_liquidation_row(event: PublicLiquidation) -> Row:
    """Write a liquidation of anybody."""
    return {
        "market": event.contract_id,
        "side": event.side.value,
        "size": plain(event.size),
        "price": plain(event.price),
        "time": event.at_ns,
        "ours": False,
    }


# Of an account ------------------------------------------------------------------------------------


def order_row(info: OrderInfo, wanted: Wanted) -> Row:
    """Write an order; one that the venue has made itself has no client order id."""
    return {
        "order_id": info.order_id,
        "client_order_id": wanted.tag or None,
        "market": info.contract_id,
        "side": info.side.value,
        "order_type": info.order_type.value,
        "time_in_force": wanted.time_in_force.value,
        "size": plain(info.size),
        "price": maybe(info.price),
        "trigger_price": maybe(wanted.trigger_price),
        "trailing_fraction": maybe(wanted.trailing_fraction),
        "reduce_only": info.reduce_only,
        "status": info.status.value,
        "filled_size": plain(info.filled_size),
        "average_price": maybe(info.average_price),
        "reason": None if info.reason is None else info.reason.value,
        "created": info.created_ns,
        "updated": info.updated_ns,
    }


def fill_row(fill: Fill, wanted: Wanted) -> Row:
    """Write a fill; a fee above zero was paid."""
    return {
        "trade_id": fill.trade_id,
        "order_id": fill.order_id,
        "client_order_id": wanted.tag or None,
        "market": fill.contract_id,
        "side": fill.side.value,
        "price": plain(fill.price),
        "size": plain(fill.size),
        "fee": plain(fill.fee),
        "fee_asset": fill.fee_asset,
        "liquidity": fill.liquidity.value,
        "time": fill.venue_ns,
    }


def position_row(held: HeldPosition) -> Row:
    """Write an open position."""
    return {
        "market": held.contract_id,
        "size": plain(held.size),
        "entry_price": plain(held.entry_price),
        "mark": plain(held.mark),
        "unrealised": plain(held.unrealised),
        "funding": plain(held.funding),
        "leverage": plain(held.leverage),
        "margin_used": plain(held.margin_used),
        "liquidation_price": maybe(held.liquidation_price),
    }


def position_event_row(update: PositionUpdate) -> Row:
    """Write a position after a fill."""
    return {
        "market": update.contract_id,
        "size": plain(update.quantity),
        "entry_price": maybe(update.entry_price),
        "time": update.venue_ns,
    }


def balance_row(funds: Funds, now_ns: int) -> Row:
    """Write an account's money."""
    return {
        "asset": ASSET,
        "cash": plain(funds.cash),
        "equity": plain(funds.equity),
        "available": plain(funds.available),
        "unrealised": plain(funds.equity - funds.cash),
        "time": now_ns,
    }


def payment_row(payment: FundingPayment) -> Row:
    """Write a funding payment; an amount above zero was received."""
    return {
        "payment_id": payment.payment_id,
        "market": payment.contract_id,
        "amount": plain(payment.amount),
        "asset": payment.asset,
        "rate": maybe(payment.rate),
        "quantity": maybe(payment.quantity),
        "time": payment.venue_ns,
    }


def liquidation_row(event: LiquidationEvent) -> Row:
    """Write a liquidation of the account's own position."""
    return {
        "market": event.contract_id,
        "side": event.side.value,
        "size": plain(event.size),
        "price": plain(event.price),
        "time": event.venue_ns,
        "ours": True,
    }
