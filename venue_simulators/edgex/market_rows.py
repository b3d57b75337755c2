"""Rows of public data, the same over REST and WebSocket wherever the venue has them alike."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TypeAlias

from exchange_clients.base_models import NS, ZERO, Market, Side
from venue_simulators.edgex.listing import FUNDING_INTEREST, Contract
from venue_simulators.edgex.rates import FLAT_RATE, MINUTE_NS, RatePoint
from venue_simulators.edgex.wording import MS, Words, money, ms, on_grid, plain
from venue_simulators.world import Candle, MarketTrade, Ticker

Level: TypeAlias = tuple[Decimal, Decimal]
PRICE_TYPES = (
    "LAST_PRICE",
    "INDEX_PRICE",
    "ORACLE_PRICE",
    "ASK1_PRICE",
    "BID1_PRICE",
    "OPEN_INTEREST",
)
KLINE_SECONDS = {
    "MINUTE_1": 60,
    "MINUTE_5": 300,
    "MINUTE_15": 900,
    "MINUTE_30": 1800,
    "HOUR_1": 3600,
    "HOUR_2": 7200,
    "HOUR_4": 14_400,
    "HOUR_6": 21_600,
    "HOUR_8": 28_800,
    "HOUR_12": 43_200,
    "DAY_1": 86_400,
    "WEEK_1": 604_800,
    "MONTH_1": 2_592_000,
}
"""Weeks and months are so many days since the epoch here, whatever the calendar says."""
FORECAST_REACH = Decimal("0.0002")
"""How far a forecast may draw the average premium towards the interest."""
FIRST_VERSION = 1_797_000_000
"""Numbers of book updates begin above it."""
VERSIONS_OF_SNAPSHOT = 20
_PRICE_DIGITS = Decimal("0.000000001")
_PREMIUM_DIGITS = Decimal("0.00000001")
DAY_NS = 86_400 * NS


def ticker_row(contract: Contract, ticker: Ticker, settled: RatePoint, now_ns: int) -> Words:
    """Return the last day of a market; the rate is the running one, and moves every minute."""
    change = ticker.last - ticker.open_24h
    minute_ns = now_ns // MINUTE_NS * MINUTE_NS
    return {
        "contractId": contract.contract_id,
        "contractName": contract.name,
        "priceChange": plain(change),
        "priceChangePercent": plain((change / ticker.open_24h).quantize(Decimal("0.000001"))),
        "trades": str(ticker.trades_24h),
        "size": plain(ticker.volume_24h),
        "value": money(ticker.quote_volume_24h),
        "high": plain(ticker.high_24h),
        "low": plain(ticker.low_24h),
        "open": plain(ticker.open_24h),
        "close": plain(ticker.last),
        "startTime": ms(minute_ns - DAY_NS),
        "endTime": ms(minute_ns),
        "lastPrice": plain(ticker.last),
        "indexPrice": plain(ticker.index),
        "oraclePrice": plain(ticker.mark),
        "markPrice": plain(ticker.mark),
        "openInterest": plain(ticker.open_interest),
        "fundingRate": plain(ticker.funding_rate),
        "fundingTime": ms(settled.boundary_ns),
        "nextFundingTime": ms(ticker.next_funding_ns),
    }


def level_rows(side: Iterable[Level], market: Market) -> list[Words]:
    """Return levels; a size of zero is written with the lot's decimals."""
    return [
        {"price": on_grid(price, market.tick), "size": on_grid(size, market.step)}
        for price, size in side
    ]


def depth_row(
    contract: Contract,
    level: int,
    sides: tuple[Iterable[Level], Iterable[Level]],
    versions: tuple[int, int],
    kind: str,
) -> Words:
    """Return a book or its change: (asks, bids) and (first version, last version)."""
    asks, bids = sides
    return {
        "startVersion": str(FIRST_VERSION + versions[0]),
        "endVersion": str(FIRST_VERSION + versions[1]),
        "level": level,
        "contractId": contract.contract_id,
        "contractName": contract.name,
        "asks": level_rows(asks, contract.market),
        "bids": level_rows(bids, contract.market),
        "depthType": kind,
    }


def trade_row(contract: Contract, trade: MarketTrade) -> Words:
    """Return a trade; the taker sold when the buyer was the maker."""
    return {
        "ticketId": str(trade.number),
        "time": ms(trade.at_ns),
        "price": plain(trade.price),
        "size": plain(trade.size),
        "value": plain(trade.price * trade.size),
        "takerOrderId": str(10**17 + 2 * trade.number),
        "makerOrderId": str(10**17 + 2 * trade.number + 1),
        "takerAccountId": "0",
        "makerAccountId": "0",
        "contractId": contract.contract_id,
        "contractName": contract.name,
        "isBestMatch": True,
        "isBuyerMaker": trade.aggressor is Side.SELL,
    }


def kline_row(
    contract: Contract, candle: Candle, kind: str, price_type: str, other: Words
) -> Words:
    """Return a candle; only that of last prices has volumes.

    Args:
        contract: Whose.
        candle: Of last prices.
        kind: The venue's word for its length.
        price_type: What its prices are of.
        other: Open, high, low and close where these are not the candle's.
    """
    traded = price_type == "LAST_PRICE"
    half = contract.market.round_size(candle.volume / 2)
    size = candle.volume if traded else ZERO
    return {
        "klineId": f"{contract.contract_id}{candle.start_ns // MS}",
        "contractId": contract.contract_id,
        "contractName": contract.name,
        "klineType": kind,
        "klineTime": ms(candle.start_ns),
        "priceType": price_type,
        "trades": str(candle.trades if traded else 0),
        "size": plain(size),
        "value": money(candle.quote_volume if traded else ZERO),
        "high": plain(candle.high),
        "low": plain(candle.low),
        "open": plain(candle.open),
        "close": plain(candle.close),
        "makerBuySize": plain(half if traded else ZERO),
        "makerBuyValue": money(half * candle.close if traded else ZERO),
        **other,
    }


def other_prices(contract: Contract, candle: Candle, price_type: str, held: Decimal) -> Words:
    """Return a candle's prices of another type, made of its last ones.

    Args:
        contract: Whose.
        candle: Of last prices.
        price_type: Which type.
        held: The open interest, which is taken as unchanged.
    """
    names = ("open", "high", "low", "close")
    market = contract.market
    if price_type == "OPEN_INTEREST":
        return {name: plain(held) for name in names}
    factor = Decimal("0.9999") if price_type == "INDEX_PRICE" else Decimal(1)
    ticks = {"ASK1_PRICE": 1, "BID1_PRICE": -1}.get(price_type, 0)
    prices = (candle.open, candle.high, candle.low, candle.close)
    return {
        name: plain(market.nearest_tick(price * factor) + ticks * market.tick)
        for name, price in zip(names, prices, strict=True)
    }


def rate_row(contract: Contract, ticker: Ticker, point: RatePoint, interval_min: Decimal) -> Words:
    """Return what was known of funding at one minute; rates are fractions of an interval.

    The impact prices, the premium and the forecast agree with each other as the venue reckons them;
    a settlement has no forecast.
    """
    premium = _premium_for(point.coming)
    index = ticker.index
    impact = index * (1 + premium)
    step = contract.market.tick
    ask, bid = (impact + step, impact) if premium > 0 else (impact, impact - step)
    return {
        "contractId": contract.contract_id,
        "fundingTime": ms(point.boundary_ns),
        "fundingTimestamp": ms(point.told_ns),
        "oraclePrice": plain(ticker.mark),
        "markPrice": plain(ticker.mark),
        "indexPrice": plain(index),
        "fundingRate": plain(point.rate),
        "isSettlement": point.settlement,
        "forecastFundingRate": "" if point.settlement else plain(point.coming),
        "previousFundingRate": plain(point.rate),
        "premiumIndex": plain(premium),
        "avgPremiumIndex": plain(premium),
        "premiumIndexTimestamp": ms(point.told_ns),
        "impactMarginNotional": "500",
        "impactAskPrice": plain(ask.quantize(_PRICE_DIGITS)),
        "impactBidPrice": plain(bid.quantize(_PRICE_DIGITS)),
        "interestRate": plain(FUNDING_INTEREST),
        "predictedFundingRate": plain(FLAT_RATE),
        "fundingRateIntervalMin": plain(interval_min),
        "starkExFundingIndex": "0",
    }


def _premium_for(forecast: Decimal) -> Decimal:
    """Return an average premium that leads to a forecast: the interest draws it so far at most."""
    if forecast == FLAT_RATE:
        return FLAT_RATE
    away = FORECAST_REACH if forecast > FLAT_RATE else -FORECAST_REACH
    return (forecast + away).quantize(_PREMIUM_DIGITS)
