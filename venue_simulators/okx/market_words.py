"""Rows of public data in OKX's words; sizes are contracts."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from decimal import Decimal

from exchange_clients.base_models import Side
from venue_simulators.okx.funding import Settlement
from venue_simulators.okx.listing import BAND, Instrument
from venue_simulators.okx.wording import Row, ms, plain
from venue_simulators.world import Candle, FundingRate, MarketTrade, PublicLiquidation, Ticker

CHECKED_LEVELS = 25
_RATE = Decimal("1e-10")
_RATE_CAP = Decimal("0.00375")

Levels = Iterable[tuple[Decimal, Decimal]]


def levels(instrument: Instrument, rows: Levels) -> list[list[str]]:
    """Return levels as (price, contracts, "0", orders); a size of zero removes one."""
    return [
        [plain(price), instrument.wire(size), "0", "1" if size else "0"] for price, size in rows
    ]


def checksum(bids: Sequence[Sequence[str]], asks: Sequence[Sequence[str]]) -> int:
    """Return the CRC32 over the best levels, bid and ask in turn, as a signed number."""
    words: list[str] = []
    for index in range(CHECKED_LEVELS):
        for side in (bids, asks):
            if index < len(side):
                words += side[index][:2]
    value = zlib.crc32(":".join(words).encode())
    return value - (1 << 32) if value >= 1 << 31 else value


def trade_row(instrument: Instrument, trade: MarketTrade, size: Decimal | None = None) -> Row:
    """Return a trade; ``size`` is that of several which one taker made."""
    return {
        "instId": instrument.inst_id,
        "tradeId": str(trade.number),
        "px": plain(trade.price),
        "sz": instrument.wire(trade.size if size is None else size),
        "side": trade.aggressor.value,
        "source": "0",
        "ts": ms(trade.at_ns),
    }


def ticker_row(
    instrument: Instrument,
    ticker: Ticker,
    best: tuple[tuple[Decimal, Decimal] | None, tuple[Decimal, Decimal] | None],
    last: MarketTrade | None,
    now_ns: int,
) -> Row:
    """Return the last day of a market with its best prices."""
    bid, ask = best
    return {
        "instType": "SWAP",
        "instId": instrument.inst_id,
        "last": plain(ticker.last),
        "lastSz": "" if last is None else instrument.wire(last.size),
        "askPx": "" if ask is None else plain(ask[0]),
        "askSz": "" if ask is None else instrument.wire(ask[1]),
        "bidPx": "" if bid is None else plain(bid[0]),
        "bidSz": "" if bid is None else instrument.wire(bid[1]),
        "open24h": plain(ticker.open_24h),
        "high24h": plain(ticker.high_24h),
        "low24h": plain(ticker.low_24h),
        "volCcy24h": plain(ticker.volume_24h),
        "vol24h": instrument.wire(ticker.volume_24h),
        "sodUtc0": plain(ticker.open_24h),
        "sodUtc8": plain(ticker.open_24h),
        "ts": ms(now_ns),
    }


def candle_row(instrument: Instrument, candle: Candle, now_ns: int) -> list[str]:
    """Return a candle; its last word says whether it has closed."""
    ends_ns = candle.start_ns + candle.interval_s * 1_000_000_000
    return [
        ms(candle.start_ns),
        plain(candle.open),
        plain(candle.high),
        plain(candle.low),
        plain(candle.close),
        instrument.wire(candle.volume),
        plain(candle.volume),
        plain(candle.quote_volume),
        "1" if now_ns >= ends_ns else "0",
    ]


def price_candle_row(candle: Candle, now_ns: int) -> list[str]:
    """Return a candle of a price that is not traded: without volumes."""
    ends_ns = candle.start_ns + candle.interval_s * 1_000_000_000
    prices = (candle.open, candle.high, candle.low, candle.close)
    return [ms(candle.start_ns), *map(plain, prices), "1" if now_ns >= ends_ns else "0"]


def rate(value: Decimal) -> str:
    """Write a funding rate."""
    return plain(value.quantize(_RATE))


def funding_row(
    instrument: Instrument,
    ticker: Ticker,
    coming: Settlement,
    settled: FundingRate | None,
    now_ns: int,
) -> Row:
    """Return the rate that is charged at the coming settlement."""
    return {
        "instType": "SWAP",
        "instId": instrument.inst_id,
        "method": "current_period",
        "formulaType": "noRate",
        "fundingRate": rate(coming.rate),
        "nextFundingRate": "",
        "fundingTime": ms(coming.at_ns),
        "nextFundingTime": ms(coming.at_ns + coming.interval_ns),
        "prevFundingTime": "" if settled is None else ms(settled.at_ns),
        "minFundingRate": plain(-_RATE_CAP),
        "maxFundingRate": plain(_RATE_CAP),
        "interestRate": "0.0001",
        "impactValue": "20000",
        "settState": "settled",
        "settFundingRate": "" if settled is None else rate(settled.rate),
        "premium": rate((ticker.mark - ticker.index) / ticker.index),
        "ts": ms(now_ns),
    }


def settled_row(instrument: Instrument, settled: FundingRate) -> Row:
    """Return a settled rate; what was charged stands in ``realizedRate``.

    The rate that had been announced differs from it a little, as on the venue.
    """
    announced = settled.rate * Decimal("1.01")
    return {
        "instType": "SWAP",
        "instId": instrument.inst_id,
        "formulaType": "noRate",
        "fundingRate": rate(announced),
        "realizedRate": rate(settled.rate),
        "fundingTime": ms(settled.at_ns),
        "method": "current_period",
    }


def interest_row(instrument: Instrument, ticker: Ticker, now_ns: int) -> Row:
    """Return the open interest in contracts, in base coins and in USD."""
    return {
        "instType": "SWAP",
        "instId": instrument.inst_id,
        "oi": instrument.wire(ticker.open_interest),
        "oiCcy": plain(ticker.open_interest),
        "oiUsd": plain((ticker.open_interest * ticker.mark).quantize(Decimal("1e-4"))),
        "ts": ms(now_ns),
    }


def mark_row(instrument: Instrument, ticker: Ticker, now_ns: int) -> Row:
    """Return the mark price."""
    return {
        "instType": "SWAP",
        "instId": instrument.inst_id,
        "markPx": plain(ticker.mark),
        "ts": ms(now_ns),
    }


def index_row(instrument: Instrument, ticker: Ticker, now_ns: int) -> Row:
    """Return the index; it goes by the family's name."""
    return {
        "instId": instrument.family,
        "idxPx": plain(ticker.index),
        "open24h": plain(ticker.open_24h),
        "high24h": plain(ticker.high_24h),
        "low24h": plain(ticker.low_24h),
        "sodUtc0": plain(ticker.open_24h),
        "sodUtc8": plain(ticker.open_24h),
        "ts": ms(now_ns),
    }


def band(instrument: Instrument, mark: Decimal) -> tuple[Decimal, Decimal]:
    """Return the highest price of a buy and the lowest of a sell."""
    nearest = instrument.market.nearest_tick
    return nearest(mark * (1 + BAND)), nearest(mark * (1 - BAND))


def limit_row(instrument: Instrument, ticker: Ticker, now_ns: int) -> Row:
    """Return the price limits."""
    highest, lowest = band(instrument, ticker.mark)
    return {
        "instType": "SWAP",
        "instId": instrument.inst_id,
        "buyLmt": plain(highest),
        "sellLmt": plain(lowest),
        "enabled": True,
        "ts": ms(now_ns),
    }


def liquidation_row(instrument: Instrument, event: PublicLiquidation) -> Row:
    """Return a liquidation; ``side`` is the liquidating order's."""
    return {
        "instId": instrument.inst_id,
        "instFamily": instrument.family,
        "instType": "SWAP",
        "uly": instrument.family,
        "details": [
            {
                "side": event.side.value,
                "posSide": "long" if event.side is Side.SELL else "short",
                "bkPx": plain(event.price),
                "sz": instrument.wire(event.size),
                "bkLoss": "0",
                "ccy": "",
                "ts": ms(event.at_ns),
            }
        ],
    }
