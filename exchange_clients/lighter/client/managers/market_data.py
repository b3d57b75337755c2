"""Markets and prices, as Lighter words them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated

import msgspec

from exchange_clients.base_models import ContractId, Market, Side, Symbol
from exchange_clients.events import BookSnapshot, PublicTrade
from exchange_clients.lighter.client.utils.converters import instant_ns
from exchange_clients.lighter.common import PERCENT, ask, split_symbol
from exchange_clients.shared.amounts import Amount, FloatPrice, FloatSize, Unsigned
from exchange_clients.shared.flow import Flow
from exchange_clients.shared.market_table import Listing, MarketTable
from exchange_clients.shared.price_rows import candles_within, known_interval
from exchange_clients.shared.rows import as_is, read_rows
from exchange_clients.shared.stream import STREAM_NUMBERED
from exchange_clients.shared.venue import Candle

FRACTION = Decimal(10_000)
Margin = Annotated[int, msgspec.Meta(gt=0, le=10_000)]
Count = Annotated[int, msgspec.Meta(ge=0, le=18)]
HOUR = Decimal(1)
ORDERS_MAX, TRADES_MAX, CANDLES_MAX = 250, 100, 500
INTERVALS_MS = MappingProxyType(
    {
        "1m": 60_000, "5m": 300_000, "15m": 900_000, "30m": 1_800_000, "1h": 3_600_000,
        "4h": 14_400_000, "12h": 43_200_000, "1d": 86_400_000, "1w": 604_800_000,
    }
)  # fmt: skip


class _Config(msgspec.Struct, frozen=True):
    force_reduce_only: bool = False


class _Details(msgspec.Struct):
    """One market of the list; margin fractions are ten-thousandths, fees percent."""

    symbol: str
    market_id: int
    status: str
    taker_fee: Amount
    maker_fee: Amount
    min_base_amount: Unsigned
    min_quote_amount: Unsigned
    supported_size_decimals: Count
    supported_price_decimals: Count
    size_decimals: Count
    price_decimals: Count
    min_initial_margin_fraction: Margin
    default_initial_margin_fraction: Margin
    maintenance_margin_fraction: Margin
    market_config: _Config = _Config()

    def listing(self, symbol: Symbol, multiplier: Decimal) -> Listing:
        """Return it as a market.

        Closed outside its trading hours or reducing only, it is listed and cannot be traded: the
        venue says so in the status and the flag, of which ``trading_hours`` is the timetable.
        """
        return Listing(
            Market(
                symbol=symbol,
                contract_id=ContractId(str(self.market_id)),
                tick=Decimal(1).scaleb(-self.supported_price_decimals),
                step=Decimal(1).scaleb(-self.supported_size_decimals),
                min_size=Decimal(self.min_base_amount),
                min_notional=Decimal(self.min_quote_amount),
                max_leverage=FRACTION / self.min_initial_margin_fraction,
                maintenance_margin=self.maintenance_margin_fraction / FRACTION,
                multiplier=multiplier,
                maker_fee=Decimal(self.maker_fee) / PERCENT,
                taker_fee=Decimal(self.taker_fee) / PERCENT,
            ),
            tradable=self.status == "active" and not self.market_config.force_reduce_only,
            funding_interval_hours=HOUR,
            details=MappingProxyType(
                {
                    "price_decimals": self.price_decimals,
                    "size_decimals": self.size_decimals,
                    "default_leverage": FRACTION / self.default_initial_margin_fraction,
                }
            ),
        )


class MarketList(msgspec.Struct):
    """The answer to ``orderBookDetails``."""

    order_book_details: list[msgspec.Raw]


class _Resting(msgspec.Struct):
    price: FloatPrice
    remaining_base_amount: FloatSize
    order_expiry: int = 0


class _Book(msgspec.Struct):
    asks: list[_Resting]
    bids: list[_Resting]


class _Trade(msgspec.Struct):
    trade_id: int
    size: FloatSize
    price: FloatPrice
    is_maker_ask: bool
    timestamp: int


class _Trades(msgspec.Struct):
    trades: list[_Trade]


class _Candle(msgspec.Struct):
    """A key whose value is zero is left out by the venue."""

    t: int
    o: Decimal = Decimal(0)
    h: Decimal = Decimal(0)
    l: Decimal = Decimal(0)  # noqa: E741  # the venue's letter
    c: Decimal = Decimal(0)
    v: Decimal = Decimal(0)


class _Candles(msgspec.Struct):
    c: list[_Candle] = []


class LighterMarkets:
    """Public prices."""

    def list(self) -> Flow[Sequence[Listing]]:
        """Return the perpetual contracts; one whose rules cannot be read is not listed.

        Where a token is listed both alone and by the thousand, the plain symbol is the token alone.
        """
        answer = yield ask("orderBookDetails", filter="perp")
        listed = msgspec.json.decode(answer.body, type=MarketList).order_book_details
        rows = [row for row in read_rows(listed, _Details, as_is) if isinstance(row, _Details)]
        names = [row.symbol for row in rows]
        return [row.listing(*_plain(row.symbol, names)) for row in rows]

    def depth(self, table: MarketTable, contract_id: ContractId, levels: int) -> Flow[BookSnapshot]:
        """Return the book, put together from single orders; the stream does not continue it."""
        answer = yield ask("orderBookOrders", market_id=contract_id, limit=ORDERS_MAX)
        book = msgspec.json.decode(answer.body, type=_Book, strict=False)
        now_ms = answer.received_ns // 10**6
        bids = sorted(_levels(book.bids, now_ms).items(), reverse=True)
        asks = sorted(_levels(book.asks, now_ms).items())
        return BookSnapshot(contract_id, bids, asks, STREAM_NUMBERED, None, 0)

    def trades(
        self, table: MarketTable, contract_id: ContractId, limit: int
    ) -> Flow[Sequence[PublicTrade]]:
        """Return the latest trades, oldest first."""
        answer = yield ask("recentTrades", market_id=contract_id, limit=min(limit, TRADES_MAX))
        rows = msgspec.json.decode(answer.body, type=_Trades, strict=False).trades
        return [
            PublicTrade(
                contract_id,
                row.price,
                row.size,
                Side.BUY if row.is_maker_ask else Side.SELL,
                instant_ns(row.timestamp),
                0,
                str(row.trade_id),
            )
            for row in sorted(rows, key=lambda row: (row.timestamp, row.trade_id))
        ]

    def candles(
        self,
        table: MarketTable,
        contract_id: ContractId,
        interval: str,
        start_ns: int,
        end_ns: int,
    ) -> Flow[Sequence[Candle]]:
        """Return candles in [start, end), 500 at a time."""
        step_ms = known_interval(INTERVALS_MS, interval)
        found = []
        for start_ms in range(start_ns // 10**6, -(-end_ns // 10**6), step_ms * CANDLES_MAX):
            answer = yield ask(
                "candles", market_id=contract_id, resolution=interval, start_timestamp=start_ms,
                end_timestamp=start_ms + step_ms * CANDLES_MAX - 1, count_back=CANDLES_MAX,
            )  # fmt: skip
            found += msgspec.json.decode(answer.body, type=_Candles).c
        candles = (Candle(row.t * 10**6, row.o, row.h, row.l, row.c, row.v) for row in found)
        return candles_within(candles, start_ns, end_ns)


def _plain(listed: str, names: Sequence[str]) -> tuple[Symbol, Decimal]:
    symbol, multiplier = split_symbol(listed)
    return (Symbol(listed) if multiplier != 1 and symbol in names else symbol), multiplier


def _levels(orders: Sequence[_Resting], now_ms: int) -> dict[float, float]:
    """Return sizes by price; the list may still hold orders that have expired."""
    sizes: dict[float, float] = {}
    for order in orders:
        if order.remaining_base_amount and not 0 < order.order_expiry < now_ms:
            sizes[order.price] = sizes.get(order.price, 0.0) + order.remaining_base_amount
    return sizes
