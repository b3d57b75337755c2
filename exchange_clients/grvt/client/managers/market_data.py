"""Markets and prices, as GRVT words them: one call for each market, newest rows first."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from types import MappingProxyType

import msgspec

from exchange_clients.base_models import ContractId, Market, Side
from exchange_clients.events import BookSnapshot, PublicTrade
from exchange_clients.grvt.client.utils.converters import Page, pages
from exchange_clients.grvt.common import MARKET_DATA, PERPETUAL, call, symbol_of_base
from exchange_clients.shared.flow import Flow, Method, Request
from exchange_clients.shared.market_table import Listing, MarketTable
from exchange_clients.shared.price_rows import known_interval
from exchange_clients.shared.stream import STREAM_NUMBERED
from exchange_clients.shared.venue import Candle

DEPTHS = (10, 50, 100, 500)
LIMIT = 1000
INTERVALS = MappingProxyType(
    {
        "1m": "CI_1_M", "3m": "CI_3_M", "5m": "CI_5_M", "15m": "CI_15_M", "30m": "CI_30_M",
        "1h": "CI_1_H", "2h": "CI_2_H", "4h": "CI_4_H", "6h": "CI_6_H", "8h": "CI_8_H",
        "12h": "CI_12_H", "1d": "CI_1_D", "3d": "CI_3_D", "5d": "CI_5_D", "1w": "CI_1_W",
    }
)  # fmt: skip
# Fees depend on the account's tier, and no list tells them (unconfirmed): fills are what counts.
MAKER_FEE, TAKER_FEE = Decimal("0.0002"), Decimal("0.0005")


class Instrument(msgspec.Struct):
    """One contract of the list; a size must be a multiple of ``min_size``, there is no step."""

    instrument: str
    instrument_hash: str
    base: str
    kind: str
    base_decimals: int | str
    tick_size: Decimal
    min_size: Decimal
    min_notional: Decimal = Decimal(0)
    funding_interval_hours: int | str | None = None

    def listing(self) -> Listing:
        """Return it as a market; the hash is what an order's signature calls the asset."""
        symbol, multiplier = symbol_of_base(self.base)
        hours = self.funding_interval_hours
        return Listing(
            Market(
                symbol=symbol,
                contract_id=ContractId(self.instrument),
                tick=self.tick_size,
                step=self.min_size,
                min_size=self.min_size,
                min_notional=self.min_notional,
                max_leverage=Decimal(50),  # the margin rules say it for each market
                multiplier=multiplier,
                maker_fee=MAKER_FEE,
                taker_fee=TAKER_FEE,
            ),
            funding_interval_hours=None if hours is None else Decimal(hours),
            details=MappingProxyType(
                {
                    "asset_id": int(self.instrument_hash, 16),
                    "base_scale": Decimal(10) ** int(self.base_decimals),
                }
            ),
        )


class _Level(msgspec.Struct):
    price: float
    size: float


class _Book(msgspec.Struct):
    event_time: str
    bids: list[_Level]
    asks: list[_Level]


class _Trade(msgspec.Struct):
    event_time: str
    is_taker_buyer: bool
    size: float
    price: float
    trade_id: str


class _Candle(msgspec.Struct):
    open_time: str
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume_b: Decimal


class _Time(msgspec.Struct):
    server_time: int


_books = msgspec.json.Decoder(Page[_Book], strict=False)
_trades = msgspec.json.Decoder(Page[list[_Trade]], strict=False)


class GrvtMarkets:
    """Public prices."""

    def list(self) -> Flow[Sequence[Listing]]:
        """Return every active perpetual contract."""
        answer = yield call(MARKET_DATA, "all_instruments", {"is_active": True}, "prices")
        found = msgspec.json.decode(answer.body, type=Page[list[Instrument]]).result
        return [each.listing() for each in found if each.kind == PERPETUAL]

    def server_time(self) -> Flow[int]:
        """Return the venue's time; the one call that is a GET."""
        answer = yield Request(Method.GET, "/time", service=MARKET_DATA, scope="prices")
        return msgspec.json.decode(answer.body, type=_Time).server_time * 1_000_000

    def depth(self, table: MarketTable, contract_id: ContractId, levels: int) -> Flow[BookSnapshot]:
        """Return the book; its deltas have numbers of their own, which no snapshot carries."""
        depth = next((each for each in DEPTHS if each >= levels), DEPTHS[-1])
        body = {"instrument": contract_id, "depth": depth}
        answer = yield call(MARKET_DATA, "book", body, "market")
        book = _books.decode(answer.body).result
        return BookSnapshot(
            contract_id,
            [(level.price, level.size) for level in book.bids],
            [(level.price, level.size) for level in book.asks],
            STREAM_NUMBERED,
            int(book.event_time),
            0,
        )

    def trades(
        self, table: MarketTable, contract_id: ContractId, limit: int
    ) -> Flow[Sequence[PublicTrade]]:
        """Return the latest trades, oldest first."""
        body = {"instrument": contract_id, "limit": min(limit, LIMIT)}
        answer = yield call(MARKET_DATA, "trade", body, "market")
        return [
            PublicTrade(
                contract_id,
                row.price,
                row.size,
                Side.BUY if row.is_taker_buyer else Side.SELL,
                int(row.event_time),
                0,
                row.trade_id,
            )
            for row in reversed(_trades.decode(answer.body).result)
        ]

    def candles(
        self,
        table: MarketTable,
        contract_id: ContractId,
        interval: str,
        start_ns: int,
        end_ns: int,
    ) -> Flow[Sequence[Candle]]:
        """Return candles of trade prices in [start, end)."""
        body = {
            "instrument": contract_id,
            "interval": known_interval(INTERVALS, interval),
            "type": "TRADE",
            "start_time": str(start_ns),
            "end_time": str(end_ns),
            "limit": LIMIT,
        }
        rows = yield from pages(
            lambda cursor: call(MARKET_DATA, "kline", {**body, "cursor": cursor}, "market"),
            Page[list[_Candle]],
        )
        return [
            Candle(int(row.open_time), row.open, row.high, row.low, row.close, row.volume_b)
            for row in rows
            if start_ns <= int(row.open_time) < end_ns
        ]
