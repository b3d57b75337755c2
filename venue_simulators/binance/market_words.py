"""Rows and events of Binance's public data: the dialect's, and what the merge with COIN-M added."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from hashlib import sha256

from exchange_clients.base_models import NS, Market, Side
from venue_simulators.fapi.market_words import Best, Levels, MarketWords
from venue_simulators.fapi.wording import MS_NS, Row, ms, on_grid, to_eight
from venue_simulators.world import (
    FundingRate,
    MarketTrade,
    PublicLiquidation,
    Ticker,
)

USUAL_INTERVAL_HOURS = 8
JITTER_MS = 17
OF_COIN_MARGINED = 2
COIN_MARGINED: Row = {"s": "BTCUSD_PERP", "ps": "BTCUSD", "st": OF_COIN_MARGINED}
"""What marks a row of the other kind of futures, in streams of all markets."""


def settled_ns(rate: FundingRate) -> int:
    """Return the instant that history tells of a settlement: some milliseconds after the hour."""
    digest = sha256(f"{rate.contract_id}:{rate.at_ns}".encode()).digest()
    return rate.at_ns + digest[0] % JITTER_MS * MS_NS


class BinanceMarketWords(MarketWords):
    """What Binance says of its markets."""

    # Answers --------------------------------------------------------------------------------------

    def trade_row(self, market: Market, trade: MarketTrade) -> Row:
        """Return a trade."""
        return super().trade_row(market, trade) | {"isRPITrade": False}

    def aggregate_row(self, market: Market, trade: MarketTrade) -> Row:
        """Return a trade as an aggregate of one."""
        row = super().aggregate_row(market, trade)
        return row | {"nq": row["q"]}

    def settled_row(self, rate: FundingRate, mark: Decimal) -> Row:
        """Return a settled rate with the mark at which it was settled."""
        return {
            "symbol": rate.contract_id,
            "fundingTime": ms(settled_ns(rate)),
            "fundingRate": to_eight(rate.rate),
            "markPrice": to_eight(mark),
            "rateType": "Regular",
        }

    def funding_terms_rows(self, tickers: Sequence[Ticker], at_ns: int) -> list[Row]:
        """Return the terms of those markets whose terms are not the usual ones."""
        del at_ns
        return [
            {
                "symbol": one.contract_id,
                "adjustedFundingRateCap": "0.02000000",
                "adjustedFundingRateFloor": "-0.02000000",
                "fundingIntervalHours": int(one.funding_interval_hours),
                "disclaimer": False,
            }
            for one in tickers
            if one.funding_interval_hours != USUAL_INTERVAL_HOURS
        ]

    # Events ---------------------------------------------------------------------------------------

    def depth_data(
        self, market: Market, bids: Levels, asks: Levels, numbers: tuple[int, int, int], at_ns: int
    ) -> Row:
        """Return changed levels."""
        return super().depth_data(market, bids, asks, numbers, at_ns) | _usd(market)

    def best_data(self, market: Market, best: Best, number: int, at_ns: int) -> Row:
        """Return the best prices."""
        return super().best_data(market, best, number, at_ns) | _usd(market)

    def aggregate_data(self, market: Market, trade: MarketTrade, at_ns: int) -> Row:
        """Return a trade as it is streamed."""
        return super().aggregate_data(market, trade, at_ns) | {"st": 1}

    def trade_data(self, market: Market, trade: MarketTrade, at_ns: int) -> Row:
        """Return a trade by itself; of the two kinds of futures nothing is said here."""
        return {
            "e": "trade",
            "E": ms(at_ns),
            "T": ms(trade.at_ns),
            "s": market.contract_id,
            "t": trade.number,
            "p": on_grid(trade.price, market.tick),
            "q": on_grid(trade.size, market.step),
            "X": "MARKET",
            "m": trade.aggressor is Side.SELL,
        }

    def mark_data(self, ticker: Ticker, at_ns: int) -> Row:
        """Return mark, index and the running rate; ``ap`` is a moving average of the mark."""
        row = super().mark_data(ticker, at_ns)
        return row | {"ap": row["p"], "st": 1}

    def day_data(
        self, market: Market, ticker: Ticker, trade: MarketTrade | None, at_ns: int
    ) -> Row:
        """Return the last day of a market."""
        return super().day_data(market, ticker, trade, at_ns) | _usd(market)

    def short_day_data(self, ticker: Ticker, at_ns: int) -> Row:
        """Return the last day of a market in few words."""
        return super().short_day_data(ticker, at_ns) | {"ps": ticker.contract_id, "st": 1}

    def any_liquidation_data(self, market: Market, event: PublicLiquidation, at_ns: int) -> Row:
        """Return a liquidation as the stream of all markets tells it."""
        return self.liquidation_data(market, event, at_ns) | {"ps": market.contract_id, "st": 1}


def coin_margined(row: Row) -> Row:
    """Return a row of a market of the other kind, in the likeness of one of these."""
    return row | COIN_MARGINED


def _usd(market: Market) -> Row:
    return {"ps": market.contract_id, "st": 1}


def interest_rows(ticker: Ticker, prices: Sequence[tuple[int, Decimal]]) -> list[Row]:
    """Return the open interest at some instants, with the prices of then.

    The world keeps no past of it, so the amount is that of now.
    """
    return [
        {
            "symbol": ticker.contract_id,
            "sumOpenInterest": to_eight(ticker.open_interest),
            "sumOpenInterestValue": to_eight(ticker.open_interest * price),
            "timestamp": at_ns // NS * 1000,
        }
        for at_ns, price in prices
    ]
