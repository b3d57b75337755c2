"""How GRVT writes what it says: times are strings of nanoseconds, numbers decimal strings.

Percentages are points: a fraction of 0.0001 reads ``"0.01"``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias

from exchange_clients.base_models import NS, Fill, Liquidity, Side
from venue_simulators.grvt.instruments import BASE_DECIMALS, QUOTE_DECIMALS, Instrument
from venue_simulators.world import Candle, FundingRate, MarketTrade

Json: TypeAlias = "str | int | bool | Sequence[Json] | Mapping[str, Json]"
Words: TypeAlias = dict[str, Json]


def number(value: Decimal | None) -> str:
    """Return a decimal string without an exponent; what is not known reads ``"0"``."""
    if not value:
        return "0"
    return f"{value.normalize():f}"


def leg_number(value: Decimal) -> str:
    """Return a number as an order's state holds it, where zero reads ``"0.0"``."""
    return number(value) if value else "0.0"


def percent(fraction: Decimal) -> str:
    """Return a fraction in percentage points."""
    return number(fraction * 100)


def levels(pairs: Sequence[tuple[Decimal, Decimal]]) -> list[Json]:
    """Return levels of a book; how many orders stand at each is made up."""
    return [
        {"price": number(price), "size": number(size), "num_orders": 1 if size else 0}
        for price, size in pairs
    ]


def instrument_words(instrument: Instrument, funding_hours: int, created_ns: int) -> Words:
    """Return an instrument as it is listed."""
    market = instrument.market
    return {
        "instrument": instrument.contract_id,
        "instrument_hash": instrument.listing.instrument_hash,
        "base": instrument.base,
        "quote": "USDT",
        "kind": "PERPETUAL",
        "venues": ["ORDERBOOK", "RFQ"],
        "settlement_period": "PERPETUAL",
        "base_decimals": BASE_DECIMALS,
        "quote_decimals": QUOTE_DECIMALS,
        "tick_size": number(market.tick),
        "min_size": number(market.step),
        "create_time": str(created_ns),
        "max_position_size": number(instrument.listing.max_position_size),
        "funding_interval_hours": funding_hours,
        "adjusted_funding_rate_cap": "0.75",
        "adjusted_funding_rate_floor": "-0.75",
        "min_notional": number(market.min_notional),
    }


QUOTE_CURRENCY: Words = {
    "id": "3",
    "symbol": "USDT",
    "balance_decimals": "6",
    "quantity_multiplier": "1000000",
}


def currency_words(instrument: Instrument) -> Words:
    """Return the base of an instrument as currencies are listed; its hash holds the number."""
    return {
        "id": str(instrument.asset_id >> 8 & 0xFF),
        "symbol": instrument.base,
        "balance_decimals": str(BASE_DECIMALS),
        "quantity_multiplier": str(10**BASE_DECIMALS),
    }


def trade_words(instrument: Instrument, trade: MarketTrade, index: Decimal) -> Words:
    """Return a trade of the public market."""
    return {
        "event_time": str(trade.at_ns),
        "instrument": instrument.contract_id,
        "is_taker_buyer": trade.aggressor is Side.BUY,
        "size": number(trade.size),
        "price": number(trade.price),
        "mark_price": number(trade.price),
        "index_price": number(index),
        "interest_rate": "0",
        "forward_price": "0",
        "trade_id": instrument.trade_id(trade.number),
        "venue": "ORDERBOOK",
        "is_rpi": False,
    }


def candle_words(candle: Candle) -> Words:
    """Return one candle."""
    return {
        "open_time": str(candle.start_ns),
        "close_time": str(candle.start_ns + candle.interval_s * NS),
        "open": number(candle.open),
        "close": number(candle.close),
        "high": number(candle.high),
        "low": number(candle.low),
        "volume_b": number(candle.volume),
        "volume_q": number(candle.quote_volume),
        "trades": candle.trades,
        "instrument": candle.contract_id,
    }


def funding_words(rate: FundingRate, hours: int, mark: Decimal) -> Words:
    """Return one settled rate, in percentage points per interval."""
    return {
        "instrument": rate.contract_id,
        "funding_rate": percent(rate.rate),
        "funding_time": str(rate.at_ns),
        "mark_price": number(mark),
        "funding_rate_8_h_avg": percent(rate.rate * 8 / hours),
        "funding_interval_hours": hours,
    }


def fill_words(fill: Fill, instrument: Instrument, prices: tuple[Decimal, Decimal]) -> Words:
    """Return what a fill says of the trade; whose order it was is added by the order.

    Args:
        fill: The world's account of it.
        instrument: The market it was in.
        prices: Mark and index at the time.
    """
    taker = fill.liquidity is Liquidity.TAKER
    rate = fill.fee / (fill.price * fill.size)
    return {
        "event_time": str(fill.venue_ns),
        "instrument": fill.contract_id,
        "is_buyer": fill.side is Side.BUY,
        "is_taker": taker,
        "size": number(fill.size),
        "price": number(fill.price),
        "mark_price": number(prices[0]),
        "index_price": number(prices[1]),
        "fee": number(fill.fee),
        # A maker's rate is rounded to what the live venue shows, which is why ``fee`` is the truth.
        "fee_rate": percent(rate.quantize(Decimal("0.00001"))) if taker else "0.0",
        "trade_id": instrument.trade_id(fill.trade_id),
        "venue": "ORDERBOOK",
        "is_rpi": False,
        "builder_fee": "0",
        "fee_currency": "USDT",
    }
