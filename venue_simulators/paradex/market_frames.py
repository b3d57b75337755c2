"""Public market data as binary frames."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_models import ContractId
from venue_simulators.paradex import sbe
from venue_simulators.paradex.funding import Sample
from venue_simulators.paradex.sbe import Levels, scaled
from venue_simulators.paradex.terms import US
from venue_simulators.world import MarketTrade, Ticker

SNAPSHOT, DELTA = 0, 1
PREMIUM_VERSION = PRECISE_VERSION = TRADE_TEXT_VERSION = 2
SETTLEMENT_VERSION = 3
SOURCES: Mapping[str, int] = {"PARADEX": 1, "BINANCE": 2, "BYBIT": 3, "OKX": 4, "HYPERLIQUID": 7}
_PERP = 1


@dataclass(frozen=True, slots=True)
class Best:
    """The best prices of a market with their sizes; None where a side is empty."""

    bid: tuple[Decimal, Decimal] | None
    ask: tuple[Decimal, Decimal] | None

    @property
    def numbers(self) -> tuple[int, int, int, int]:
        """Bid price and size, ask price and size, as frames hold them."""
        nothing = (None, None)
        sides = (*(self.bid or nothing), *(self.ask or nothing))
        bid, bid_size, ask, ask_size = (scaled(each) for each in sides)
        return bid, bid_size, ask, ask_size

    @property
    def relative_spread(self) -> Decimal | None:
        """The distance of the two as a fraction of their middle."""
        if self.bid is None or self.ask is None:
            return None
        return (self.ask[0] - self.bid[0]) * 2 / (self.ask[0] + self.bid[0])


def trade_frame(trade: MarketTrade, seq: int, version: int) -> bytes:
    """Return a trade; its number as an integer is deprecated and does not fit."""
    at_us = trade.at_ns // US
    block = struct.pack(
        "<qqqBqqqB",
        at_us,
        seq,
        -trade.number,
        sbe.SIDES[trade.aggressor.name],
        scaled(trade.price),
        scaled(trade.size),
        at_us,
        sbe.TRADE_TYPES["FILL"],
    )
    texts = [str(trade.contract_id)]
    if version >= TRADE_TEXT_VERSION:
        texts.append(str(trade.number))
    return sbe.frame(sbe.TRADE, version, block, texts)


def best_frame(market: ContractId, best: Best, seq: int, at_ns: int, version: int) -> bytes:
    """Return the best prices."""
    block = struct.pack("<qqqqqq", at_ns // US, seq, *best.numbers)
    return sbe.frame(sbe.BBO, version, block, [str(market)])


@dataclass(frozen=True, slots=True)
class BookWords:
    """What a book frame tells; a size of zero removes a level."""

    market: ContractId
    seq: int
    at_ns: int
    kind: int
    bids: Levels
    asks: Levels
    best: Best

    def frame(self, version: int) -> bytes:
        """Return the frame; without liquidity for people alone both kinds of best are the same."""
        numbers = self.best.numbers
        spread = scaled(self.best.relative_spread)
        block = struct.pack(
            "<qqBqqqqqqqqq", self.at_ns // US, self.seq, self.kind, *numbers, spread, *numbers
        )
        groups = (self.bids, self.asks)
        return sbe.frame(sbe.BOOK, version, block, [str(self.market)], groups)


def summary_frame(ticker: Ticker, best: Best, seq: int, at_ns: int, version: int) -> bytes:
    """Return the state of a market; options' figures are not there."""
    bid, bid_size, ask, ask_size = best.numbers
    change = ticker.last / ticker.open_24h - 1 if ticker.open_24h else None
    fields = [
        at_ns // US,
        seq,
        scaled(ticker.mark),
        scaled(ticker.index),
        scaled(ticker.last),
        scaled(ticker.quote_volume_24h),
        scaled(ticker.open_interest),
        scaled(ticker.funding_rate),
        bid,
        ask,
        scaled(total_volume(ticker)),
        scaled(change),
        *[sbe.NULL] * 11,
        sbe.NULL,
        scaled(ticker.index),
        bid_size,
        ask_size,
    ]
    if version >= PRECISE_VERSION:
        fields += [sbe.NULL, sbe.NULL, scaled(ticker.funding_rate, sbe.PRECISE_SCALE)]
    if version >= SETTLEMENT_VERSION:
        fields.append(sbe.NULL)
    block = struct.pack(f"<{len(fields)}q", *fields)
    return sbe.frame(sbe.SUMMARY, version, block, [str(ticker.contract_id)])


def funding_frame(sample: Sample, seq: int, at_ns: int, version: int) -> bytes:
    """Return a sample of a market's funding."""
    block = struct.pack(
        "<qqqqqqqh",
        at_ns // US,
        seq,
        scaled(sample.rate),
        scaled(sample.index),
        sample.at_ns // US,
        scaled(sample.premium),
        scaled(sample.rate_8h),
        sample.period_hours,
    )
    if version >= PREMIUM_VERSION:
        block += struct.pack("<q", scaled(sample.rate))
    return sbe.frame(sbe.FUNDING, version, block, [str(sample.contract_id)])


def comparison_frame(sample: Sample, source: str, at_ns: int, version: int) -> bytes:
    """Return one venue's hourly rate beside the others'."""
    hourly = scaled(sample.rate / sample.period_hours, sbe.PRECISE_SCALE)
    block = struct.pack("<qqqBB", at_ns // US, sample.at_ns // US, hourly, _PERP, SOURCES[source])
    return sbe.frame(sbe.COMPARISON, version, block, [str(sample.contract_id)])


def total_volume(ticker: Ticker) -> Decimal:
    """Return what was ever traded in USD, made up from the day's."""
    return ticker.quote_volume_24h * 90
