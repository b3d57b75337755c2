"""Rows and frames of public data in Backpack's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from exchange_clients.base_models import ContractId, Market, Side
from venue_simulators.backpack.wording import (
    MS_NS,
    SIDE_WORDS,
    US_NS,
    iso,
    on_grid,
    plain,
    spaced,
)
from venue_simulators.world import Candle, MarketTrade, PublicLiquidation, Ticker

RATE_DECIMALS = Decimal("0.000000001")
"""Histories round rates so; the running estimate keeps all its digits."""
STRANGERS_ORDERS = 5_000_000_000
"""Order numbers of other traders begin here; the world does not name their orders."""

Row = dict[str, object]

# Answers ------------------------------------------------------------------------------------------


def trade_row(trade: MarketTrade) -> Row:
    """Return a trade as REST lists it."""
    return {
        "id": trade.number,
        "price": plain(trade.price),
        "quantity": plain(trade.size),
        "quoteQuantity": plain(trade.price * trade.size),
        "timestamp": trade.at_ns // MS_NS,
        "isBuyerMaker": trade.aggressor is Side.SELL,
    }


def candle_row(candle: Candle) -> Row:
    """Return a candle as REST lists it; without a trade it has no prices."""
    traded = candle.trades > 0
    return {
        "start": spaced(candle.start_ns),
        "end": spaced(candle.start_ns + candle.interval_s * 1_000_000_000),
        "open": plain(candle.open) if traded else None,
        "high": plain(candle.high) if traded else None,
        "low": plain(candle.low) if traded else None,
        "close": plain(candle.close) if traded else None,
        "volume": plain(candle.volume),
        "quoteVolume": plain(candle.quote_volume),
        "trades": str(candle.trades),
    }


def mark_row(ticker: Ticker) -> Row:
    """Return mark, index and running rate."""
    return {
        "symbol": ticker.contract_id,
        "fundingRate": plain(ticker.funding_rate),
        "indexPrice": plain(ticker.index),
        "markPrice": plain(ticker.mark),
        "nextFundingTimestamp": ticker.next_funding_ns // MS_NS,
    }


def rate_row(contract_id: ContractId, rate: Decimal, end_ns: int) -> Row:
    """Return the rate of one interval by its end."""
    return {
        "symbol": contract_id,
        "fundingRate": plain(rate.quantize(RATE_DECIMALS)),
        "intervalEndTimestamp": iso(end_ns),
    }


def day_row(ticker: Ticker) -> Row:
    """Return the last day of a market; a change in percent is a fraction, or "N/A"."""
    first = ticker.open_24h
    change = ticker.last - first
    return {
        "symbol": ticker.contract_id,
        "firstPrice": plain(first),
        "lastPrice": plain(ticker.last),
        "priceChange": plain(change),
        "priceChangePercent": plain((change / first).quantize(Decimal("1e-6"))) if first else "N/A",
        "high": plain(ticker.high_24h),
        "low": plain(ticker.low_24h),
        "volume": plain(ticker.volume_24h),
        "quoteVolume": plain(ticker.quote_volume_24h),
        "trades": str(ticker.trades_24h),
    }


# Frames -------------------------------------------------------------------------------------------

Levels = Mapping[Decimal, Decimal] | Sequence[tuple[Decimal, Decimal]]


def depth_data(
    market: Market, asks: Levels, bids: Levels, numbers: tuple[int, int], at_ns: int
) -> Row:
    """Return changed levels of updates ``numbers``, first to last; size zero removes a level."""
    first, last = numbers
    return {
        "e": "depth",
        "E": at_ns // US_NS,
        "T": at_ns // US_NS,
        "s": market.contract_id,
        "U": first,
        "u": last,
        "a": _levels(market, asks),
        "b": _levels(market, bids),
    }


def _levels(market: Market, levels: Levels) -> list[list[str]]:
    rows = levels.items() if isinstance(levels, Mapping) else levels
    return [[on_grid(price, market.tick), on_grid(size, market.step)] for price, size in rows]


def best_data(
    market: Market,
    bid: tuple[Decimal, Decimal],
    ask: tuple[Decimal, Decimal],
    number: int,
    at_ns: int,
) -> Row:
    """Return the best prices as of book update ``number``."""
    return {
        "e": "bookTicker",
        "E": at_ns // US_NS,
        "T": at_ns // US_NS,
        "s": market.contract_id,
        "a": on_grid(ask[0], market.tick),
        "A": plain(ask[1]),
        "b": on_grid(bid[0], market.tick),
        "B": plain(bid[1]),
        "u": number,
    }


def trade_data(trade: MarketTrade, now_ns: int) -> Row:
    """Return a trade as it is streamed; the order numbers are strangers'."""
    buyer = STRANGERS_ORDERS + 2 * trade.number
    return {
        "e": "trade",
        "E": now_ns // US_NS,
        "T": trade.at_ns // US_NS,
        "s": trade.contract_id,
        "p": plain(trade.price),
        "q": plain(trade.size),
        "b": str(buyer),
        "a": str(buyer + 1),
        "t": trade.number,
        "m": trade.aggressor is Side.SELL,
    }


def mark_data(ticker: Ticker, now_ns: int) -> Row:
    """Return mark, index and rate; the next funding alone is in milliseconds."""
    return {
        "e": "markPrice",
        "E": now_ns // US_NS,
        "T": now_ns // US_NS,
        "s": ticker.contract_id,
        "p": plain(ticker.mark),
        "f": plain(ticker.funding_rate),
        "i": plain(ticker.index),
        "n": ticker.next_funding_ns // MS_NS,
    }


def interest_data(ticker: Ticker, now_ns: int) -> Row:
    """Return open interest in base units."""
    return {
        "e": "openInterest",
        "E": now_ns // US_NS,
        "s": ticker.contract_id,
        "o": plain(ticker.open_interest),
    }


def day_data(ticker: Ticker, now_ns: int) -> Row:
    """Return the last day of a market."""
    return {
        "e": "ticker",
        "E": now_ns // US_NS,
        "s": ticker.contract_id,
        "o": plain(ticker.open_24h),
        "c": plain(ticker.last),
        "h": plain(ticker.high_24h),
        "l": plain(ticker.low_24h),
        "v": plain(ticker.volume_24h),
        "V": plain(ticker.quote_volume_24h),
        "n": ticker.trades_24h,
    }


def candle_data(candle: Candle, now_ns: int, *, closed: bool) -> Row:
    """Return a candle as it is streamed: no quote volume, and times without a zone."""
    return {
        "e": "kline",
        "E": now_ns // US_NS,
        "s": candle.contract_id,
        "t": iso(candle.start_ns),
        "T": iso(candle.start_ns + candle.interval_s * 1_000_000_000),
        "o": plain(candle.open),
        "c": plain(candle.close),
        "h": plain(candle.high),
        "l": plain(candle.low),
        "v": plain(candle.volume),
        "n": candle.trades,
        "X": closed,
    }


def liquidation_data(event: PublicLiquidation, now_ns: int) -> Row:
    """Return a liquidation of anyone."""
    return {
        "e": "liquidation",
        "E": now_ns // US_NS,
        "T": event.at_ns // US_NS,
        "s": event.contract_id,
        "q": plain(event.size),
        "p": plain(event.price),
        "S": SIDE_WORDS[event.side],
    }
