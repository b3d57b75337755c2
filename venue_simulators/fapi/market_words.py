"""Rows and events of public data; a venue whose words differ overrides single methods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias

from exchange_clients.base_models import ZERO, Market, Side
from venue_simulators.fapi.orders import SIDE_WORDS
from venue_simulators.fapi.wording import Row, ms, on_grid, plain, to_eight
from venue_simulators.world import Candle, FundingRate, MarketTrade, PublicLiquidation, Ticker

INTEREST_RATE = "0.00010000"
UPDATES_APART = 7
"""Numbers of updates run over the whole venue, so those of one market stand apart."""
FIRST_BEFORE_LAST = 5
SNAPSHOT_AFTER_LAST = 3

Levels: TypeAlias = Mapping[Decimal, Decimal] | Sequence[tuple[Decimal, Decimal]]
Best: TypeAlias = tuple[tuple[Decimal, Decimal] | None, tuple[Decimal, Decimal] | None]


def last_update(number: int) -> int:
    """Return the venue's number of a book's update: the ``u`` of an event that ends with it."""
    return number * UPDATES_APART


def first_update(number: int) -> int:
    """Return the ``U`` of an event that begins with an update: not the number after the last."""
    return number * UPDATES_APART - FIRST_BEFORE_LAST


def snapshot_update(number: int) -> int:
    """Return the number at which a snapshot stands that shows an update.

    Other markets have moved on since, so it lies beyond the event's: by the documents' rule the
    next event begins at or before it.
    """
    return number * UPDATES_APART + SNAPSHOT_AFTER_LAST


class MarketWords:
    """What the venue says of its markets."""

    # Answers --------------------------------------------------------------------------------------

    def depth_row(self, market: Market, bids: Levels, asks: Levels, number: int, at_ns: int) -> Row:
        """Return a book, best first on both sides."""
        return {
            "lastUpdateId": snapshot_update(number),
            "E": ms(at_ns),
            "T": ms(at_ns),
            "bids": levels(market, bids),
            "asks": levels(market, asks),
        }

    def best_row(self, market: Market, best: Best, at_ns: int) -> Row:
        """Return the best prices; a side without any is zero."""
        (bid, bid_size), (ask, ask_size) = (side or (ZERO, ZERO) for side in best)
        return {
            "symbol": market.contract_id,
            "bidPrice": on_grid(bid, market.tick),
            "bidQty": on_grid(bid_size, market.step),
            "askPrice": on_grid(ask, market.tick),
            "askQty": on_grid(ask_size, market.step),
            "time": ms(at_ns),
        }

    def trade_row(self, market: Market, trade: MarketTrade) -> Row:
        """Return a trade; ``isBuyerMaker`` says that the seller was the aggressor."""
        return {
            "id": trade.number,
            "price": on_grid(trade.price, market.tick),
            "qty": on_grid(trade.size, market.step),
            "quoteQty": plain(trade.price * trade.size),
            "time": ms(trade.at_ns),
            "isBuyerMaker": trade.aggressor is Side.SELL,
        }

    def aggregate_row(self, market: Market, trade: MarketTrade) -> Row:
        """Return a trade as an aggregate of one."""
        return {
            "a": trade.number,
            "p": on_grid(trade.price, market.tick),
            "q": on_grid(trade.size, market.step),
            "f": trade.number,
            "l": trade.number,
            "T": ms(trade.at_ns),
            "m": trade.aggressor is Side.SELL,
        }

    def candle_row(self, candle: Candle) -> list[object]:
        """Return a candle; half of its volume counts as the buyers'."""
        return [
            ms(candle.start_ns),
            plain(candle.open),
            plain(candle.high),
            plain(candle.low),
            plain(candle.close),
            plain(candle.volume),
            ms(_closes_ns(candle)),
            plain(candle.quote_volume),
            candle.trades,
            plain(candle.volume / 2),
            plain(candle.quote_volume / 2),
            "0",
        ]

    def premium_row(self, ticker: Ticker, at_ns: int) -> Row:
        """Return mark, index and the running rate of the interval."""
        return {
            "symbol": ticker.contract_id,
            "markPrice": to_eight(ticker.mark),
            "indexPrice": to_eight(ticker.index),
            "estimatedSettlePrice": to_eight(ticker.index),
            "lastFundingRate": to_eight(ticker.funding_rate),
            "nextFundingTime": ms(ticker.next_funding_ns),
            "interestRate": INTEREST_RATE,
            "time": ms(at_ns),
        }

    def rate_row(self, rate: FundingRate) -> Row:
        """Return a settled rate."""
        return {
            "symbol": rate.contract_id,
            "fundingRate": to_eight(rate.rate),
            "fundingTime": ms(rate.at_ns),
        }

    def funding_terms_rows(self, tickers: Sequence[Ticker], at_ns: int) -> list[Row]:
        """Return how often markets settle funding, and within which rates."""
        return [
            {
                "symbol": ticker.contract_id,
                "interestRate": INTEREST_RATE,
                "time": ms(at_ns),
                "fundingIntervalHours": int(ticker.funding_interval_hours),
                "fundingFeeCap": 0.03,
                "fundingFeeFloor": -0.03,
            }
            for ticker in tickers
        ]

    def day_row(self, market: Market, ticker: Ticker, trade: MarketTrade | None, at_ns: int) -> Row:
        """Return the last day of a market; ``volume`` is base, ``quoteVolume`` quote."""
        day = _day(market, ticker, trade, at_ns)
        return {"symbol": ticker.contract_id, **{_DAY_NAMES[key]: day[key] for key in _DAY_NAMES}}

    def interest_row(self, market: Market, ticker: Ticker, at_ns: int) -> Row:
        """Return open interest of one side in base units."""
        return {
            "openInterest": on_grid(ticker.open_interest, market.step),
            "symbol": ticker.contract_id,
            "time": ms(at_ns),
        }

    # Events ---------------------------------------------------------------------------------------

    def depth_data(
        self,
        market: Market,
        bids: Levels,
        asks: Levels,
        numbers: tuple[int, int, int],
        at_ns: int,
    ) -> Row:
        """Return changed levels of the updates ``numbers``: first, last, last of the event before.

        A size of zero removes a level.
        """
        first, last, before = numbers
        return {
            "e": "depthUpdate",
            "E": ms(at_ns),
            "T": ms(at_ns),
            "s": market.contract_id,
            "U": first_update(first),
            "u": last_update(last),
            "pu": last_update(before),
            "b": levels(market, bids),
            "a": levels(market, asks),
        }

    def best_data(self, market: Market, best: Best, number: int, at_ns: int) -> Row:
        """Return the best prices as of an update of the book."""
        (bid, bid_size), (ask, ask_size) = (side or (ZERO, ZERO) for side in best)
        return {
            "e": "bookTicker",
            "u": last_update(number),
            "E": ms(at_ns),
            "T": ms(at_ns),
            "s": market.contract_id,
            "b": on_grid(bid, market.tick),
            "B": on_grid(bid_size, market.step),
            "a": on_grid(ask, market.tick),
            "A": on_grid(ask_size, market.step),
        }

    def aggregate_data(self, market: Market, trade: MarketTrade, at_ns: int) -> Row:
        """Return a trade as it is streamed."""
        row = self.aggregate_row(market, trade)
        return {"e": "aggTrade", "E": ms(at_ns), "s": market.contract_id, **row}

    def mark_data(self, ticker: Ticker, at_ns: int) -> Row:
        """Return mark, index and the running rate as they are streamed."""
        return {
            "e": "markPriceUpdate",
            "E": ms(at_ns),
            "s": ticker.contract_id,
            "p": to_eight(ticker.mark),
            "i": to_eight(ticker.index),
            "P": to_eight(ticker.index),
            "r": to_eight(ticker.funding_rate),
            "T": ms(ticker.next_funding_ns),
        }

    def candle_data(self, candle: Candle, interval: str, at_ns: int) -> Row:
        """Return a candle as it is streamed; ``x`` says that it has closed."""
        closed = at_ns >= candle.start_ns + candle.interval_s * 1_000_000_000
        row = self.candle_row(candle)
        names = ("t", "o", "h", "l", "c", "v", "T", "q", "n", "V", "Q", "B")
        words = dict(zip(names, row, strict=True))
        words |= {"s": candle.contract_id, "i": interval, "f": -1, "L": -1, "x": closed}
        return {"e": "kline", "E": ms(at_ns), "s": candle.contract_id, "k": words}

    def day_data(
        self, market: Market, ticker: Ticker, trade: MarketTrade | None, at_ns: int
    ) -> Row:
        """Return the last day of a market as it is streamed."""
        head = {"e": "24hrTicker", "E": ms(at_ns), "s": ticker.contract_id}
        return head | _day(market, ticker, trade, at_ns)

    def short_day_data(self, ticker: Ticker, at_ns: int) -> Row:
        """Return the last day of a market in few words."""
        return {
            "e": "24hrMiniTicker",
            "E": ms(at_ns),
            "s": ticker.contract_id,
            "c": plain(ticker.last),
            "o": plain(ticker.open_24h),
            "h": plain(ticker.high_24h),
            "l": plain(ticker.low_24h),
            "v": plain(ticker.volume_24h),
            "q": plain(ticker.quote_volume_24h),
        }

    def liquidation_data(self, market: Market, event: PublicLiquidation, at_ns: int) -> Row:
        """Return a liquidation of anyone."""
        price = on_grid(event.price, market.tick)
        size = on_grid(event.size, market.step)
        return {
            "e": "forceOrder",
            "E": ms(at_ns),
            "o": {
                "s": event.contract_id,
                "S": SIDE_WORDS[event.side],
                "o": "LIMIT",
                "f": "IOC",
                "q": size,
                "p": price,
                "ap": price,
                "X": "FILLED",
                "l": size,
                "z": size,
                "T": ms(event.at_ns),
            },
        }


def levels(market: Market, rows: Levels) -> list[list[str]]:
    """Return price and size of each level, in their order."""
    pairs = rows.items() if isinstance(rows, Mapping) else rows
    return [[on_grid(price, market.tick), on_grid(size, market.step)] for price, size in pairs]


_DAY_NAMES: Mapping[str, str] = {
    "p": "priceChange",
    "P": "priceChangePercent",
    "w": "weightedAvgPrice",
    "c": "lastPrice",
    "Q": "lastQty",
    "o": "openPrice",
    "h": "highPrice",
    "l": "lowPrice",
    "v": "volume",
    "q": "quoteVolume",
    "O": "openTime",
    "C": "closeTime",
    "F": "firstId",
    "L": "lastId",
    "n": "count",
}
"""What each letter of a stream is called in answers."""
_DAY_NS = 86_400_000_000_000


def _day(market: Market, ticker: Ticker, trade: MarketTrade | None, at_ns: int) -> Row:
    first = ticker.open_24h
    change = ticker.last - first
    volume = ticker.volume_24h
    last = 0 if trade is None else trade.number
    return {
        "p": on_grid(change, market.tick),
        "P": format(change / first * 100 if first else ZERO, ".3f"),
        "w": on_grid(ticker.quote_volume_24h / volume if volume else ticker.last, market.tick),
        "c": on_grid(ticker.last, market.tick),
        "Q": on_grid(ZERO if trade is None else trade.size, market.step),
        "o": on_grid(first, market.tick),
        "h": on_grid(ticker.high_24h, market.tick),
        "l": on_grid(ticker.low_24h, market.tick),
        "v": on_grid(volume, market.step),
        "q": plain(ticker.quote_volume_24h),
        "O": ms(at_ns - _DAY_NS),
        "C": ms(at_ns),
        "F": max(last - ticker.trades_24h + 1, 0),
        "L": last,
        "n": ticker.trades_24h,
    }


def _closes_ns(candle: Candle) -> int:
    return candle.start_ns + candle.interval_s * 1_000_000_000 - 1_000_000
