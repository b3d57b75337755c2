"""Markets, books, trades and candles, as Backpack words them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated

import msgspec

from exchange_clients.backpack.client.utils.converters import ROWS, US, instant_ns
from exchange_clients.backpack.common import HISTORY, QUOTE
from exchange_clients.base_models import NS, ContractId, Market, Side, Symbol
from exchange_clients.events import BookSnapshot, PublicTrade
from exchange_clients.shared.amounts import Amount, FloatPrice, FloatSize, Levels, Positive
from exchange_clients.shared.flow import Flow, Method, Request
from exchange_clients.shared.instants import MS
from exchange_clients.shared.market_table import Listing, MarketTable
from exchange_clients.shared.price_rows import candles_within, known_interval
from exchange_clients.shared.rows import read_rows
from exchange_clients.shared.symbols import named_by_contract
from exchange_clients.shared.venue import Candle

MAKER_FEE, TAKER_FEE = Decimal("0.0002"), Decimal("0.0005")
"""Tier 1, as live fills show it; the account's own fee fields name no unit."""

_DEPTHS = (5, 10, 20, 50, 100, 500, 1000)
_TRADES_MAX = 1000
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_INTERVALS = MappingProxyType(
    {
        **{f"{n}m": n * _MINUTE for n in (1, 3, 5, 15, 30)},
        **{f"{n}h": n * _HOUR for n in (1, 2, 4, 6, 8, 12)},
        **{"1d": _DAY, "3d": 3 * _DAY, "1w": 7 * _DAY, "1month": 28 * _DAY},
    }
)
"""Seconds; of a month, the shortest."""


class _PriceFilter(msgspec.Struct, rename="camel"):
    tick_size: Positive


class _QuantityFilter(msgspec.Struct, rename="camel"):
    min_quantity: Positive
    step_size: Positive


class _Filters(msgspec.Struct):
    price: _PriceFilter
    quantity: _QuantityFilter


class _MarginFunction(msgspec.Struct):
    base: Positive


class _Market(msgspec.Struct, rename="camel"):
    symbol: ContractId
    base_symbol: str
    quote_symbol: str
    market_type: str
    filters: _Filters
    imf_function: _MarginFunction
    mmf_function: _MarginFunction
    order_book_state: str
    funding_interval: Annotated[int, msgspec.Meta(gt=0)] | Positive

    def listing(self, symbol: Symbol, multiplier: Decimal) -> Listing:
        market = Market(
            symbol=symbol,
            contract_id=self.symbol,
            tick=Decimal(self.filters.price.tick_size),
            step=Decimal(self.filters.quantity.step_size),
            min_size=Decimal(self.filters.quantity.min_quantity),
            # How the requirement grows with the position is unconfirmed; this is where it starts.
            max_leverage=1 // Decimal(self.imf_function.base),
            maintenance_margin=Decimal(self.mmf_function.base),
            multiplier=multiplier,
            maker_fee=MAKER_FEE,
            taker_fee=TAKER_FEE,
        )
        interval_hours = Decimal(self.funding_interval) / (_HOUR * 1000)
        return Listing(market, self.order_book_state == "Open", interval_hours)


class _Depth(msgspec.Struct, rename="camel"):
    asks: Levels
    bids: Levels
    last_update_id: int
    timestamp: int


class _Trade(msgspec.Struct, rename="camel"):
    id: int
    price: FloatPrice
    quantity: FloatSize
    timestamp: int
    is_buyer_maker: bool

    def event(self, contract_id: ContractId) -> PublicTrade:
        aggressor = Side.SELL if self.is_buyer_maker else Side.BUY
        return PublicTrade(
            contract_id, self.price, self.quantity, aggressor, self.timestamp * MS, 0, str(self.id)
        )


class _Candle(msgspec.Struct):
    start: str
    open: Positive | None
    high: Positive | None
    low: Positive | None
    close: Positive | None
    volume: Amount

    @property
    def traded(self) -> bool:
        """An interval without trades may have no prices."""
        return None not in (self.open, self.high, self.low, self.close)

    def candle(self) -> Candle:
        numbers = (self.open, self.high, self.low, self.close, self.volume)
        return Candle(instant_ns(self.start), *(Decimal(number or 0) for number in numbers))


# Not strict: prices are text that is read to floats, and ids are text or numbers.
_DEPTH = msgspec.json.Decoder(_Depth, strict=False)
_TRADES = msgspec.json.Decoder(list[_Trade], strict=False)
_CANDLES = msgspec.json.Decoder(list[_Candle])
_TIME = msgspec.json.Decoder(int)


class BackpackMarkets:
    """Public market data."""

    def list(self) -> Flow[Sequence[Listing]]:
        """Return the perpetuals; one whose filters cannot be read is not listed."""
        answer = yield Request(Method.GET, "/api/v1/markets", {"marketType": "PERP"})
        rows = read_rows(ROWS.decode(answer.body), _Market, lambda row: row)
        # Asked or not, a list may hold other kinds of markets.
        perpetuals = [
            row
            for row in rows
            if isinstance(row, _Market) and row.market_type == "PERP" and row.quote_symbol == QUOTE
        ]
        names = named_by_contract({row.symbol: row.base_symbol for row in perpetuals})
        return [row.listing(*names[row.symbol]) for row in perpetuals]

    def depth(self, table: MarketTable, contract_id: ContractId, levels: int) -> Flow[BookSnapshot]:
        """Return the book; ``lastUpdateId`` counts with the stream's ``u``."""
        limit = next((each for each in _DEPTHS if each >= levels), _DEPTHS[-1])
        answer = yield Request(Method.GET, "/api/v1/depth", {"symbol": contract_id, "limit": limit})
        depth = _DEPTH.decode(answer.body)
        # The venue lists bids worst first.
        bids = depth.bids[::-1]
        return BookSnapshot(
            contract_id, bids, depth.asks, depth.last_update_id, depth.timestamp * US, 0
        )

    def trades(
        self, table: MarketTable, contract_id: ContractId, limit: int
    ) -> Flow[Sequence[PublicTrade]]:
        """Return the latest trades; their ids ascend within a market."""
        params = {"symbol": contract_id, "limit": min(limit, _TRADES_MAX)}
        answer = yield Request(Method.GET, "/api/v1/trades", params, scope=HISTORY)
        rows = sorted(_TRADES.decode(answer.body), key=lambda row: row.id)
        return [row.event(contract_id) for row in rows]

    def candles(
        self,
        table: MarketTable,
        contract_id: ContractId,
        interval: str,
        start_ns: int,
        end_ns: int,
    ) -> Flow[Sequence[Candle]]:
        """Return candles that begin in [start, end)."""
        step_s = known_interval(_INTERVALS, interval)
        found: list[Candle] = []
        since_s, end_s = -(-start_ns // NS), -(-end_ns // NS)
        while since_s < end_s:
            # Unlike every other time of the venue, these are seconds.
            span = {"startTime": since_s, "endTime": end_s}
            params = {"symbol": contract_id, "interval": interval, **span}
            answer = yield Request(Method.GET, "/api/v1/klines", params, scope=HISTORY)
            rows = _CANDLES.decode(answer.body)
            found += [row.candle() for row in rows if row.traded]
            # Whether a long span is cut is unconfirmed: ask on from the last until none follows.
            last_s = max((instant_ns(row.start) // NS for row in rows), default=0)
            if last_s < since_s:
                break
            since_s = last_s + step_s
        return candles_within(found, start_ns, end_ns)

    def server_time(self) -> Flow[int]:
        """Return the venue's time; the answer is a bare number of milliseconds."""
        answer = yield Request(Method.GET, "/api/v1/time")
        return _TIME.decode(answer.body) * MS
