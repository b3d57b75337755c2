"""Markets and prices, as Paradex words them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from types import MappingProxyType

import msgspec

from exchange_clients.base_models import ONE, ContractId, Market
from exchange_clients.events import BookSnapshot, PublicTrade
from exchange_clients.paradex.client.utils.converters import PAGE, Name, perpetual, read_page
from exchange_clients.paradex.common import SIDE, get, symbol_of_base
from exchange_clients.shared.amounts import Digits, FloatPrice, FloatSize, Levels, Positive
from exchange_clients.shared.flow import Flow
from exchange_clients.shared.instants import MINUTE_NS, MS
from exchange_clients.shared.market_table import Listing, MarketTable
from exchange_clients.shared.price_rows import candles_by_spans, known_interval
from exchange_clients.shared.rows import as_is, read_rows
from exchange_clients.shared.venue import Candle

INTERVALS = MappingProxyType({"1m": 1, "3m": 3, "5m": 5, "15m": 15, "30m": 30, "1h": 60})
"""Minutes; the venue makes no longer ones."""
CANDLES_MAX = 1000
"""In one answer."""


class _Fee(msgspec.Struct):
    fee: Decimal


class _Fees(msgspec.Struct):
    maker_fee: _Fee
    taker_fee: _Fee


GLOBAL_FEES = _Fees(_Fee(Decimal("0.00003")), _Fee(Decimal("0.00045")))
"""Of the venue's schedule since July 2026, for markets that state none: 0.3 and 4.5 bps."""


class _FeeConfig(msgspec.Struct):
    api_fee: _Fees | None = None


class _Margin(msgspec.Struct):
    imf_base: Positive
    mmf_factor: Positive


class MarketRow(msgspec.Struct):
    """One market of the list, which holds options and spot as well."""

    symbol: Name
    base_currency: str
    asset_kind: str
    order_size_increment: Positive
    price_tick_size: Positive
    min_notional: Decimal
    position_limit: Decimal
    funding_period_hours: Decimal
    delta1_cross_margin_params: _Margin
    trading_mode: str = "STANDARD"
    fee_config: _FeeConfig | None = None

    def listing(self) -> Listing:
        """Return it as a market; the maintenance margin is a part of the initial one."""
        symbol, multiplier = symbol_of_base(self.base_currency)
        initial = Decimal(self.delta1_cross_margin_params.imf_base)
        fees = (self.fee_config and self.fee_config.api_fee) or GLOBAL_FEES
        step = Decimal(self.order_size_increment)
        return Listing(
            Market(
                symbol=symbol,
                contract_id=ContractId(self.symbol),
                tick=Decimal(self.price_tick_size),
                step=step,
                min_size=step,
                min_notional=self.min_notional,
                max_leverage=ONE / initial,
                maintenance_margin=initial * Decimal(self.delta1_cross_margin_params.mmf_factor),
                multiplier=multiplier,
                maker_fee=fees.maker_fee.fee,
                taker_fee=fees.taker_fee.fee,
            ),
            tradable=self.trading_mode != "RFQ_ONLY",
            funding_interval_hours=self.funding_period_hours or None,
            details=MappingProxyType({"position_limit": self.position_limit}),
        )


class _Book(msgspec.Struct):
    seq_no: int
    last_updated_at: int
    bids: Levels
    asks: Levels


class _Trade(msgspec.Struct, gc=False):
    """A public trade of the list."""

    id: str
    market: ContractId
    side: str
    size: FloatSize
    price: FloatPrice
    created_at: int

    def event(self) -> PublicTrade:
        """Return what it says; the side is the taker's."""
        side, venue_ns = SIDE[self.side], self.created_at * MS
        return PublicTrade(self.market, self.price, self.size, side, venue_ns, 0, self.id)


class _Trades(msgspec.Struct):
    results: list[_Trade]


class _Candles(msgspec.Struct):
    results: list[tuple[int, Decimal, Decimal, Decimal, Decimal, Decimal]]


class _Time(msgspec.Struct):
    server_time: Digits


_books = msgspec.json.Decoder(_Book, strict=False)
_trades = msgspec.json.Decoder(_Trades, strict=False)
_candles = msgspec.json.Decoder(_Candles).decode


class ParadexMarkets:
    """Public prices."""

    def list(self) -> Flow[Sequence[Listing]]:
        """Return the perpetuals; one that cannot be read is not listed."""
        answer = yield get("markets")
        rows = read_page(answer.body).rows
        found = read_rows(rows, MarketRow, as_is)
        return [
            row.listing()
            for row in found
            if isinstance(row, MarketRow) and row.asset_kind == "PERP" and perpetual(row.symbol)
        ]

    def server_time(self) -> Flow[int]:
        """Return the venue's time, which comes as text."""
        answer = yield get("system/time")
        return int(msgspec.json.decode(answer.body, type=_Time).server_time) * MS

    def depth(self, table: MarketTable, contract_id: ContractId, levels: int) -> Flow[BookSnapshot]:
        """Return the book; ``seq_no`` counts with the numbers of the stream."""
        answer = yield get(f"orderbook/{contract_id}", depth=levels)
        book = _books.decode(answer.body)
        stamp_ns = book.last_updated_at * MS
        return BookSnapshot(contract_id, book.bids, book.asks, book.seq_no, stamp_ns, 0)

    def trades(
        self, table: MarketTable, contract_id: ContractId, limit: int
    ) -> Flow[Sequence[PublicTrade]]:
        """Return the latest trades, oldest first."""
        answer = yield get("trades", market=contract_id, page_size=min(limit, PAGE))
        newest_first = _trades.decode(answer.body).results
        return [row.event() for row in sorted(newest_first[::-1], key=lambda row: row.created_at)]

    def candles(
        self,
        table: MarketTable,
        contract_id: ContractId,
        interval: str,
        start_ns: int,
        end_ns: int,
    ) -> Flow[Sequence[Candle]]:
        """Return candles of last prices in [start, end), asked for a thousand at a time."""
        minutes = known_interval(INTERVALS, interval)
        return candles_by_spans(
            start_ns,
            end_ns,
            minutes * MINUTE_NS * CANDLES_MAX,
            lambda since_ns, until_ns: get(
                "markets/klines",
                symbol=contract_id,
                resolution=minutes,
                start_at=since_ns // MS,
                end_at=until_ns // MS,
                price_kind="last",
            ),
            lambda body: (Candle(at_ms * MS, *told) for at_ms, *told in _candles(body).results),
        )
