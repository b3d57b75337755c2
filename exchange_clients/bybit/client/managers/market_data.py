"""Markets, books, trades and candles, as Bybit words them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated

import msgspec

from exchange_clients.base_models import ContractId, Market, Symbol
from exchange_clients.bybit.client.utils.converters import Envelope, Whole, pages
from exchange_clients.bybit.common import SIDE, ask, listed_base
from exchange_clients.events import BookSnapshot, PublicTrade
from exchange_clients.shared.amounts import Amount, Digits, FloatPrice, FloatSize, Levels, Positive
from exchange_clients.shared.flow import Flow
from exchange_clients.shared.instants import MINUTE_NS, MS
from exchange_clients.shared.market_table import Listing, MarketTable
from exchange_clients.shared.price_rows import candles_by_spans, known_interval
from exchange_clients.shared.rows import as_is, read_rows
from exchange_clients.shared.stream import STREAM_NUMBERED
from exchange_clients.shared.symbols import named_by_contract
from exchange_clients.shared.venue import Candle

PERPETUAL, TRADING, PLAIN_QUOTE = "LinearPerpetual", "Trading", "USDT"
MAKER_FEE, TAKER_FEE = Decimal("0.0002"), Decimal("0.00055")
"""Of an account without VIP level; its own are asked for."""
DEPTH_MAX, TRADES_MAX, CANDLES_MAX, LISTED_MAX = 1000, 1000, 1000, 1000
_MINUTES = MappingProxyType(
    {
        **{f"{n}m": n for n in (1, 3, 5, 15, 30)},
        **{f"{n}h": n * 60 for n in (1, 2, 4, 6, 12)},
    }
)
_WORDS = MappingProxyType({"1d": ("D", 1440), "1w": ("W", 10080)})
INTERVALS = MappingProxyType(
    {**{name: (str(minutes), minutes) for name, minutes in _MINUTES.items()}, **_WORDS}
)
"""The venue's word and the minutes of each."""


class _LeverageFilter(msgspec.Struct, rename="camel"):
    max_leverage: Positive


class _PriceFilter(msgspec.Struct, rename="camel"):
    tick_size: Positive


class _LotSizeFilter(msgspec.Struct, rename="camel"):
    min_order_qty: Positive
    qty_step: Positive
    min_notional_value: Amount = "0"


class _Instrument(msgspec.Struct, rename="camel"):
    symbol: ContractId
    contract_type: str
    status: str
    base_coin: str
    quote_coin: str
    settle_coin: str
    leverage_filter: _LeverageFilter
    price_filter: _PriceFilter
    lot_size_filter: _LotSizeFilter
    funding_interval: Annotated[int, msgspec.Meta(gt=0)]

    @property
    def base(self) -> str:
        """What its plain symbol is made of; a contract in USDC keeps its own name."""
        return listed_base(self.base_coin) if self.settle_coin == PLAIN_QUOTE else self.symbol

    def listing(self, symbol: Symbol, multiplier: Decimal) -> Listing:
        """Return what it says of itself."""
        lots = self.lot_size_filter
        market = Market(
            symbol=symbol,
            contract_id=self.symbol,
            tick=Decimal(self.price_filter.tick_size),
            step=Decimal(lots.qty_step),
            min_size=Decimal(lots.min_order_qty),
            min_notional=Decimal(lots.min_notional_value),
            max_leverage=Decimal(self.leverage_filter.max_leverage),
            multiplier=multiplier,
            maker_fee=MAKER_FEE,
            taker_fee=TAKER_FEE,
        )
        return Listing(market, self.status == TRADING, Decimal(self.funding_interval) / 60)


class _Book(msgspec.Struct):
    b: Levels
    a: Levels
    ts: int
    cts: int | None = None


class _Trade(msgspec.Struct, rename="camel"):
    exec_id: str
    price: FloatPrice
    size: FloatSize
    side: str
    time: int


_Candle = tuple[Digits, Positive, Positive, Positive, Positive, Amount, Amount]


class _Time(msgspec.Struct, rename="camel"):
    time_nano: Digits


# Not strict: prices are text that is read to floats.
_BOOK = msgspec.json.Decoder(Envelope[_Book], strict=False)
_TRADES = msgspec.json.Decoder(Envelope[Whole[_Trade]], strict=False)
_CANDLES = msgspec.json.Decoder(Envelope[Whole[_Candle]])
_TIME = msgspec.json.Decoder(Envelope[_Time])


class BybitMarkets:
    """Public market data."""

    def list(self) -> Flow[Sequence[Listing]]:
        """Return the perpetuals; one whose filters cannot be read is not listed."""
        rows = yield from pages(ask("market/instruments-info", "", private=False, limit=LISTED_MAX))
        read = read_rows(rows, _Instrument, as_is)
        found = {
            row.symbol: row
            for row in read
            if isinstance(row, _Instrument) and row.contract_type == PERPETUAL
        }
        named = named_by_contract({row.symbol: row.base for row in found.values()})
        return [row.listing(*named[row.symbol]) for row in found.values()]

    def depth(self, table: MarketTable, contract_id: ContractId, levels: int) -> Flow[BookSnapshot]:
        """Return the book; its number continues another stream than ours."""
        limit = min(levels, DEPTH_MAX)
        answer = yield ask("market/orderbook", "", private=False, symbol=contract_id, limit=limit)
        book = _BOOK.decode(answer.body).result
        stamp = (book.cts or book.ts) * MS
        return BookSnapshot(contract_id, book.b, book.a, STREAM_NUMBERED, stamp, 0)

    def trades(
        self, table: MarketTable, contract_id: ContractId, limit: int
    ) -> Flow[Sequence[PublicTrade]]:
        """Return the latest trades, oldest first."""
        most = min(limit, TRADES_MAX)
        answer = yield ask("market/recent-trade", "", private=False, symbol=contract_id, limit=most)
        trades = [
            PublicTrade(
                contract_id, row.price, row.size, SIDE[row.side], row.time * MS, 0, row.exec_id
            )
            for row in _TRADES.decode(answer.body).result.rows
        ]
        return sorted(trades, key=lambda trade: trade.venue_ns or 0)

    def candles(
        self, table: MarketTable, contract_id: ContractId, interval: str, start_ns: int, end_ns: int
    ) -> Flow[Sequence[Candle]]:
        """Return candles that begin in [start, end), oldest first; they come newest first."""
        word, minutes = known_interval(INTERVALS, interval)
        return candles_by_spans(
            start_ns,
            end_ns,
            minutes * MINUTE_NS * CANDLES_MAX,
            lambda at_ns, until_ns: ask(
                "market/kline", "", private=False, symbol=contract_id, interval=word,
                start=-(-at_ns // MS), end=(until_ns - 1) // MS, limit=CANDLES_MAX,
            ),
            lambda body: [
                Candle(int(start) * MS, *map(Decimal, numbers))
                for start, *numbers, _ in _CANDLES.decode(body).result.rows
            ],
        )  # fmt: skip

    def server_time(self) -> Flow[int]:
        """Return the venue's time."""
        answer = yield ask("market/time", "", private=False)
        return int(_TIME.decode(answer.body).result.time_nano)
