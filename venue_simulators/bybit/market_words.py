"""Rows and frames of public data in Bybit's words."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from exchange_clients.base_models import ContractId, Market
from venue_simulators.bybit import listing
from venue_simulators.bybit.wording import (
    MS_NS,
    SIDE_WORDS,
    Row,
    ms,
    ms_text,
    on_grid,
    plain,
    uuid_of,
)
from venue_simulators.world import Candle, FundingRate, MarketTrade, PublicLiquidation, Ticker

Levels = Iterable[tuple[Decimal, Decimal]]


def levels(market: Market, rows: Levels) -> list[list[str]]:
    """Return levels as texts; a size of zero is a bare ``"0"`` and deletes."""
    return [
        [on_grid(price, market.tick), on_grid(size, market.step) if size else "0"]
        for price, size in rows
    ]


def ticker_row(
    market: Market,
    ticker: Ticker,
    best: tuple[tuple[Decimal, Decimal] | None, tuple[Decimal, Decimal] | None],
) -> Row:
    """Return a market's state as REST has it."""
    tick, step = market.tick, market.step
    change = ticker.last / ticker.open_24h - 1 if ticker.open_24h else Decimal(0)
    both = ticker.open_interest * 2
    row: Row = {
        "symbol": ticker.contract_id,
        "lastPrice": on_grid(ticker.last, tick),
        "indexPrice": on_grid(ticker.index, tick),
        "markPrice": on_grid(market.nearest_tick(ticker.mark), tick),
        "prevPrice24h": on_grid(ticker.open_24h, tick),
        "price24hPcnt": plain(change.quantize(Decimal("0.000001"))),
        "highPrice24h": on_grid(ticker.high_24h, tick),
        "lowPrice24h": on_grid(ticker.low_24h, tick),
        "prevPrice1h": "",
        # Both sides of every contract count here; one side alone is told apart.
        "openInterest": on_grid(both, step),
        "openInterestValue": plain((both * ticker.mark).quantize(Decimal("0.01"))),
        "singleOpenInterest": on_grid(ticker.open_interest, step),
        "turnover24h": plain(ticker.quote_volume_24h.quantize(Decimal("0.0001"))),
        "volume24h": on_grid(ticker.volume_24h, step),
        "fundingRate": plain(ticker.funding_rate),
        "nextFundingTime": ms_text(ticker.next_funding_ns),
        "fundingIntervalHour": plain(ticker.funding_interval_hours),
        "fundingCap": plain(listing.FUNDING_CAP),
        "deliveryTime": "0",
        "basis": "",
        "basisRate": "",
        "predictedDeliveryPrice": "",
        "deliveryFeeRate": "",
    }
    for side, name in zip(best, ("bid1", "ask1"), strict=True):
        row[f"{name}Price"] = "" if side is None else on_grid(side[0], tick)
        row[f"{name}Size"] = "" if side is None else on_grid(side[1], step)
    return row


def dated_ticker_row(perpetual: Row) -> Row:
    """Return the dated future's state: it has no funding, which empty texts say."""
    return perpetual | {
        "symbol": listing.DATED,
        "fundingRate": "",
        "nextFundingTime": "",
        "fundingIntervalHour": "",
        "fundingCap": "",
        "deliveryTime": listing.DATED_DELIVERY_MS,
        "basis": "0.00",
        "basisRate": "0.00000000",
        "predictedDeliveryPrice": "",
        "deliveryFeeRate": "0.0005",
    }


def execution_id(contract_id: ContractId, number: object) -> str:
    """Return the name of a trade, or of one side of it."""
    return uuid_of("execution", contract_id, number)


def trade_row(market: Market, trade: MarketTrade) -> Row:
    """Return a trade as REST lists it; ``side`` is the taker's."""
    return {
        "execId": execution_id(trade.contract_id, trade.number),
        "symbol": trade.contract_id,
        "price": on_grid(trade.price, market.tick),
        "size": on_grid(trade.size, market.step),
        "side": SIDE_WORDS[trade.aggressor],
        "time": ms_text(trade.at_ns),
        "isBlockTrade": False,
        "isRPITrade": False,
        "seq": str(trade.number),
    }


def trade_data(market: Market, trade: MarketTrade, direction: str, seq: int) -> Row:
    """Return a trade as it is streamed."""
    return {
        "T": ms(trade.at_ns),
        "s": trade.contract_id,
        "S": SIDE_WORDS[trade.aggressor],
        "v": on_grid(trade.size, market.step),
        "p": on_grid(trade.price, market.tick),
        "L": direction,
        "i": execution_id(trade.contract_id, trade.number),
        "BT": False,
        "RPI": False,
        "seq": seq,
    }


def candle_row(market: Market, candle: Candle) -> list[str]:
    """Return a candle as REST lists it."""
    prices = (candle.open, candle.high, candle.low, candle.close)
    return [
        ms_text(candle.start_ns),
        *(on_grid(price, market.tick) for price in prices),
        on_grid(candle.volume, market.step),
        plain(candle.quote_volume.quantize(Decimal("0.0001"))),
    ]


def candle_data(market: Market, candle: Candle, interval: str, now_ns: int, end_ns: int) -> Row:
    """Return a candle as it is streamed; ``confirm`` closes it."""
    start, open_, high, low, close, volume, turnover = candle_row(market, candle)
    return {
        "start": int(start),
        "end": end_ns // MS_NS - 1,
        "interval": interval,
        "open": open_,
        "close": close,
        "high": high,
        "low": low,
        "volume": volume,
        "turnover": turnover,
        "confirm": now_ns >= end_ns,
        "timestamp": ms(now_ns),
    }


def rate_row(rate: FundingRate) -> Row:
    """Return a settled rate."""
    return {
        "symbol": rate.contract_id,
        "fundingRate": plain(rate.rate),
        "fundingRateTimestamp": ms_text(rate.at_ns),
    }


def liquidation_data(market: Market, event: PublicLiquidation) -> Row:
    """Return a liquidation; ``S`` is the side of the position: Buy says that a long was closed."""
    return {
        "T": ms(event.at_ns),
        "s": event.contract_id,
        "S": SIDE_WORDS[event.side.opposite],
        "v": on_grid(event.size, market.step),
        "p": on_grid(event.price, market.tick),
    }
