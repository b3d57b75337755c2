"""The state of a market in GRVT's words: books, best prices and tickers."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_models import ZERO
from venue_simulators.grvt.funding import FundingMarks
from venue_simulators.grvt.instruments import Instrument
from venue_simulators.grvt.wording import Words, levels, number, percent
from venue_simulators.world import Ticker, World

BOUGHT_SHARE = Decimal("0.52")
"""Of the volume of a day, what takers bought; the world does not tell."""
VOLUME_GRAIN = Decimal("0.000000001")


@dataclass(frozen=True, slots=True)
class MarketWords:
    """Words about one market as it is now."""

    world: World
    marks: FundingMarks
    instrument: Instrument

    def book(self, depth: int | None) -> Words:
        """Return the book, best first; ``depth`` None gives all of it."""
        contract_id = self.instrument.contract_id
        view, _ = self.world.depth(contract_id, depth)
        return {
            "event_time": str(self.world.now_ns),
            "instrument": contract_id,
            "bids": levels(view.bids),
            "asks": levels(view.asks),
        }

    def mini(self) -> Words:
        """Return best prices, mark, index and last trade."""
        return self._mini(self.world.ticker(self.instrument.contract_id))

    def _mini(self, ticker: Ticker) -> Words:
        contract_id = self.instrument.contract_id
        bid, ask, _ = self.world.best(contract_id)
        bid_price, bid_size = bid or (ZERO, ZERO)
        ask_price, ask_size = ask or (ZERO, ZERO)
        trades = self.world.trades(contract_id, 1)
        return {
            "event_time": str(self.world.now_ns),
            "instrument": contract_id,
            "mark_price": number(ticker.mark),
            "index_price": number(ticker.index),
            "last_price": number(ticker.last),
            "last_size": number(trades[-1].size if trades else ZERO),
            "mid_price": number((bid_price + ask_price) / 2 if bid and ask else ZERO),
            "best_bid_price": number(bid_price),
            "best_bid_size": number(bid_size),
            "best_ask_price": number(ask_price),
            "best_ask_size": number(ask_size),
        }

    def ticker(self) -> Words:
        """Return what ``mini`` tells, the day's figures and funding in percentage points."""
        contract_id = self.instrument.contract_id
        ticker = self.world.ticker(contract_id)
        hours, rate = self.marks.hours(contract_id), self.marks.rate(contract_id)
        bought, sold = _split(ticker.volume_24h)
        bought_usd, sold_usd = _split(ticker.quote_volume_24h)
        return self._mini(ticker) | {
            "funding_rate_8h_curr": percent(rate * 8 / hours),
            "funding_rate_8h_avg": percent(rate * 8 / hours),
            "interest_rate": "0.0",
            "forward_price": "0.0",
            "buy_volume_24h_b": number(bought),
            "sell_volume_24h_b": number(sold),
            "buy_volume_24h_q": number(bought_usd),
            "sell_volume_24h_q": number(sold_usd),
            "high_price": number(ticker.high_24h),
            "low_price": number(ticker.low_24h),
            "open_price": number(ticker.open_24h),
            "open_interest": number(ticker.open_interest),
            "long_short_ratio": "1.1",
            "funding_rate": percent(rate),
            "next_funding_time": str(self.marks.next_ns(contract_id)),
        }

    def streamed_ticker(self) -> Words:
        """Return the ticker as streams tell it, which alone state the funding interval."""
        hours = self.marks.hours(self.instrument.contract_id)
        return self.ticker() | {"funding_interval_hours": hours}


def _split(volume: Decimal) -> tuple[Decimal, Decimal]:
    bought = (volume * BOUGHT_SHARE).quantize(VOLUME_GRAIN)
    return bought, volume - bought
