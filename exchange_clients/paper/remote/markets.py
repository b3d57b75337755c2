"""Markets, books, trades, candles and the time."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from types import MappingProxyType

import msgspec

from exchange_clients.base_models import NS, ContractId, Market, Side, Symbol
from exchange_clients.events import BookSnapshot, PublicTrade
from exchange_clients.paper.remote.converters import Rows, ask
from exchange_clients.shared.amounts import Amount, FloatPrice, FloatSize, Levels, Positive
from exchange_clients.shared.flow import Flow
from exchange_clients.shared.market_table import Listing, MarketTable
from exchange_clients.shared.price_rows import known_interval, spans
from exchange_clients.shared.rows import read_rows
from exchange_clients.shared.venue import Candle

LEVELS_MAX = TRADES_MAX = CANDLES_MAX = 1000
INTERVAL_S = MappingProxyType(
    {"1m": 60, "5m": 300, "15m": 900, "1h": 3600, "4h": 14_400, "1d": 86_400}
)


class _Market(msgspec.Struct):
    market: ContractId
    symbol: Symbol
    multiplier: Positive
    tick: Positive
    step: Positive
    min_size: Amount
    min_notional: Amount
    max_leverage: Positive
    maintenance_margin: Amount
    maker_fee: Amount
    taker_fee: Amount
    funding_interval_hours: Positive
    tradable: bool

    def listing(self) -> Listing:
        market = Market(
            symbol=self.symbol,
            contract_id=self.market,
            tick=Decimal(self.tick),
            step=Decimal(self.step),
            min_size=Decimal(self.min_size),
            min_notional=Decimal(self.min_notional),
            max_leverage=Decimal(self.max_leverage),
            maintenance_margin=Decimal(self.maintenance_margin),
            multiplier=Decimal(self.multiplier),
            maker_fee=Decimal(self.maker_fee),
            taker_fee=Decimal(self.taker_fee),
        )
        return Listing(market, self.tradable, Decimal(self.funding_interval_hours))


class Book(msgspec.Struct):
    """A book, asked for or told."""

    market: ContractId
    number: int
    bids: Levels
    asks: Levels
    time: int

    def snapshot(self, local_ns: int = 0) -> BookSnapshot:
        """Return the book."""
        return BookSnapshot(self.market, self.bids, self.asks, self.number, self.time, local_ns)


class Trade(msgspec.Struct):
    """A trade of the market."""

    market: ContractId
    number: int
    price: FloatPrice
    size: FloatSize
    aggressor: Side
    time: int

    def event(self, local_ns: int = 0) -> PublicTrade:
        """Return the trade."""
        return PublicTrade(
            self.market,
            self.price,
            self.size,
            self.aggressor,
            self.time,
            local_ns,
            str(self.number),
        )


class _Trades(msgspec.Struct):
    rows: list[Trade]


class _Candle(msgspec.Struct):
    start: int
    open: Positive
    high: Positive
    low: Positive
    close: Positive
    volume: Amount

    def candle(self) -> Candle:
        numbers = (self.open, self.high, self.low, self.close, self.volume)
        return Candle(self.start, *map(Decimal, numbers))


class _Candles(msgspec.Struct):
    rows: list[_Candle]


class _Time(msgspec.Struct):
    time: int


class PaperMarkets:
    """Public market data."""

    def list(self) -> Flow[Sequence[Listing]]:
        """Return the markets; one whose row cannot be read is not listed."""
        answer = yield from ask("/markets", Rows)
        rows = read_rows(answer.rows, _Market, _Market.listing, ("market",))
        return [row for row in rows if isinstance(row, Listing)]

    def depth(self, table: MarketTable, contract_id: ContractId, levels: int) -> Flow[BookSnapshot]:
        """Return the book; its number counts with the stream's."""
        book = yield from ask("/book", Book, market=contract_id, levels=min(levels, LEVELS_MAX))
        return book.snapshot()

    def trades(
        self, table: MarketTable, contract_id: ContractId, limit: int
    ) -> Flow[Sequence[PublicTrade]]:
        """Return the latest trades, oldest first."""
        limit = min(limit, TRADES_MAX)
        answer = yield from ask("/trades", _Trades, market=contract_id, limit=limit)
        return [row.event() for row in answer.rows]

    def candles(
        self,
        table: MarketTable,
        contract_id: ContractId,
        interval: str,
        start_ns: int,
        end_ns: int,
    ) -> Flow[Sequence[Candle]]:
        """Return candles, as many requests as it takes."""
        seconds = known_interval(INTERVAL_S, interval)
        found: list[Candle] = []
        for from_ns, until_ns in spans(start_ns, end_ns, CANDLES_MAX * seconds * NS):
            answer = yield from ask(
                "/candles",
                _Candles,
                market=contract_id,
                interval=interval,
                start=from_ns,
                end=until_ns,
            )
            found += [row.candle() for row in answer.rows]
        return found

    def server_time(self) -> Flow[int]:
        """Return the venue's time."""
        answer = yield from ask("/time", _Time)
        return answer.time
