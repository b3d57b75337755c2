"""Markets, books, trades and candles, in the dialect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType

import msgspec

from exchange_clients.base_models import ContractId, Market, Side, Symbol
from exchange_clients.events import BookSnapshot, PublicTrade, Unreadable
from exchange_clients.shared.amounts import FloatPrice, FloatSize, Levels, Positive, Unsigned
from exchange_clients.shared.dialects.fapi.converters import Number
from exchange_clients.shared.dialects.fapi.dialect import DEPTHS, Fapi
from exchange_clients.shared.dialects.fapi.funding import USUAL_HOURS, intervals
from exchange_clients.shared.flow import Flow
from exchange_clients.shared.instants import MS
from exchange_clients.shared.market_table import Listing, MarketTable
from exchange_clients.shared.paging import Ascending
from exchange_clients.shared.price_rows import known_interval
from exchange_clients.shared.rows import read_rows, readable
from exchange_clients.shared.symbols import split_multiplier
from exchange_clients.shared.venue import Candle

TRADES_MAX, CANDLES_MAX = 1000, 1500
_MINUTES, _HOURS = ("1m", "3m", "5m", "15m", "30m"), ("1h", "2h", "4h", "6h", "8h", "12h")
INTERVALS = MappingProxyType({name: name for name in (*_MINUTES, *_HOURS, "1d", "3d", "1w", "1M")})
"""The venue's words are the users'."""


class _Filter(msgspec.Struct, rename="camel"):
    """Of several kinds; each has some of the fields."""

    filter_type: str
    tick_size: Positive | None = None
    step_size: Positive | None = None
    min_qty: Positive | None = None
    notional: Unsigned | None = None
    min_notional: Unsigned | None = None


class _Contract(msgspec.Struct, rename="camel"):
    """One row of the list of markets; ``pricePrecision`` is no tick and is not read."""

    symbol: ContractId
    contract_type: str
    status: str
    base_asset: str | None
    quote_asset: str
    filters: list[_Filter]

    def rules(self) -> tuple[_Contract, Mapping[str, Decimal]]:
        """Return it with its increments and minimums, every one of which must be told."""
        kinds = {each.filter_type: each for each in self.filters}
        price, lot, least = kinds["PRICE_FILTER"], kinds["LOT_SIZE"], kinds["MIN_NOTIONAL"]
        return self, {
            "tick": Decimal(price.tick_size or "none"),
            "step": Decimal(lot.step_size or "none"),
            "min_size": Decimal(lot.min_qty or "none"),
            "min_notional": Decimal(least.notional or least.min_notional or "none"),
        }


class _Info(msgspec.Struct):
    symbols: list[msgspec.Raw]


class _Depth(msgspec.Struct):
    lastUpdateId: int
    T: Number
    bids: Levels
    asks: Levels


class _Trade(msgspec.Struct, rename="camel"):
    id: int
    price: FloatPrice
    qty: FloatSize
    time: Number
    is_buyer_maker: bool


class _Candle(msgspec.Struct, array_like=True):
    start: Number
    open: Positive
    high: Positive
    low: Positive
    close: Positive
    volume: Unsigned

    def candle(self) -> Candle:
        numbers = (self.open, self.high, self.low, self.close, self.volume)
        return Candle(self.start * MS, *map(Decimal, numbers))


# Not strict: prices are text that is read to floats.
_DEPTH, _TRADES = (
    msgspec.json.Decoder(_Depth, strict=False),
    msgspec.json.Decoder(list[_Trade], strict=False),
)
_INFO, _TIME = msgspec.json.Decoder(_Info), msgspec.json.Decoder(dict[str, Number])
_CANDLES = Ascending(_Candle, _Candle.candle, lambda row: row.start_ns, CANDLES_MAX)


class FapiMarkets:
    """Public prices of one venue."""

    def __init__(self, dialect: Fapi) -> None:
        self._dialect = dialect

    def list(self) -> Flow[Sequence[Listing]]:
        """Return the perpetuals; one whose filters cannot be read is not listed."""
        dialect = self._dialect
        answer = yield dialect.ask("exchangeInfo", {})
        rows = read_rows(_INFO.decode(answer.body).symbols, _Contract, _Contract.rules)
        told = [each for each in rows if not isinstance(each, Unreadable)]
        bases = {
            row.symbol: row.base_asset
            for quote in dialect.quotes
            for row, _ in told
            if (row.contract_type, row.quote_asset) == ("PERPETUAL", quote) and row.base_asset
        }
        symbols = _symbols(bases)
        hours = yield from intervals(dialect)
        return [
            Listing(
                Market(
                    symbol=symbols[row.symbol],
                    contract_id=row.symbol,
                    multiplier=split_multiplier(bases[row.symbol])[1],
                    max_leverage=dialect.max_leverage,
                    maker_fee=dialect.maker_fee,
                    taker_fee=dialect.taker_fee,
                    **rules,
                ),
                tradable=row.status == "TRADING",
                funding_interval_hours=hours.get(row.symbol, USUAL_HOURS),
            )
            for row, rules in told
            if row.symbol in bases
        ]

    def server_time(self) -> Flow[int]:
        """Return the venue's time; that of the list of markets is to be ignored."""
        answer = yield self._dialect.ask("time", {})
        return _TIME.decode(answer.body)["serverTime"] * MS

    def depth(self, table: MarketTable, contract_id: ContractId, levels: int) -> Flow[BookSnapshot]:
        """Return the book; ``lastUpdateId`` counts with the stream's ``u``."""
        limit = next((each for each in DEPTHS if each >= levels), DEPTHS[-1])
        answer = yield self._dialect.ask(
            "depth", {"symbol": contract_id, "limit": limit}, scope=f"depth{limit}"
        )
        depth = _DEPTH.decode(answer.body)
        return BookSnapshot(
            contract_id, depth.bids, depth.asks, depth.lastUpdateId, depth.T * MS, 0
        )

    def trades(
        self, table: MarketTable, contract_id: ContractId, limit: int
    ) -> Flow[Sequence[PublicTrade]]:
        """Return the latest trades; their ids ascend within a market."""
        answer = yield self._dialect.ask(
            "trades", {"symbol": contract_id, "limit": min(limit, TRADES_MAX)}
        )
        return [
            PublicTrade(
                contract_id,
                row.price,
                row.qty,
                Side.SELL if row.is_buyer_maker else Side.BUY,
                row.time * MS,
                0,
                str(row.id),
            )
            for row in sorted(_TRADES.decode(answer.body), key=lambda row: row.id)
        ]

    def candles(
        self,
        table: MarketTable,
        contract_id: ContractId,
        interval: str,
        start_ns: int,
        end_ns: int,
    ) -> Flow[Sequence[Candle]]:
        """Return candles that begin in [start, end)."""
        word = known_interval(INTERVALS, interval)
        params = {"symbol": contract_id, "interval": word, "limit": CANDLES_MAX}
        rows = yield from _CANDLES.between(
            lambda start_ms: self._dialect.ask(
                "klines", {**params, "startTime": start_ms, "endTime": -(-end_ns // MS)}
            ),
            start_ns,
            end_ns,
        )
        return readable(rows)


def _symbols(bases: Mapping[ContractId, str]) -> Mapping[ContractId, Symbol]:
    """Return a symbol for each contract, each another: the plain one goes to the first quote.

    A token that is listed alone and by the thousand as well keeps its listed name for the latter,
    and a contract in a second currency its whole name.
    """
    named: dict[Symbol, ContractId] = {}
    for contract_id, base in sorted(bases.items(), key=lambda pair: split_multiplier(pair[1])[1]):
        names = (split_multiplier(base)[0], Symbol(base), Symbol(contract_id))
        named[next(name for name in names if name not in named)] = contract_id
    return {contract_id: symbol for symbol, contract_id in named.items()}
