"""Markets and prices, as Lighter words them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from types import MappingProxyType

import msgspec

from exchange_clients.base_models import ContractId, Market, Side
from exchange_clients.errors import ClientConfigError
from exchange_clients.events import BookSnapshot, PublicTrade
from exchange_clients.lighter.client.utils.converters import instant_ns
from exchange_clients.lighter.common import API, PERCENT
from exchange_clients.shared.flow import Flow, Method, Request
from exchange_clients.shared.market_table import Listing, MarketTable
from exchange_clients.shared.stream import STREAM_NUMBERED
from exchange_clients.shared.symbols import split_multiplier
from exchange_clients.shared.venue import Candle

FRACTION = Decimal(10_000)
HOUR = Decimal(1)
ORDERS_MAX, TRADES_MAX, CANDLES_MAX = 250, 100, 500
INTERVALS_MS = MappingProxyType(
    {
        "1m": 60_000, "5m": 300_000, "15m": 900_000, "30m": 1_800_000, "1h": 3_600_000,
        "4h": 14_400_000, "12h": 43_200_000, "1d": 86_400_000, "1w": 604_800_000,
    }
)  # fmt: skip


class Details(msgspec.Struct):
    """One market of the list; margin fractions are ten-thousandths, fees percent."""

    symbol: str
    market_id: int
    status: str
    taker_fee: Decimal
    maker_fee: Decimal
    min_base_amount: Decimal
    min_quote_amount: Decimal
    supported_size_decimals: int
    supported_price_decimals: int
    size_decimals: int
    price_decimals: int
    min_initial_margin_fraction: int
    default_initial_margin_fraction: int
    maintenance_margin_fraction: int
    open_interest: Decimal
    daily_quote_token_volume: Decimal
    last_trade_price: Decimal
    mark_price: Decimal | None = None
    market_config: dict[str, object] = {}

    def listing(self) -> Listing:
        """Return it as a market."""
        symbol, multiplier = split_multiplier(self.symbol)
        return Listing(
            Market(
                symbol=symbol,
                contract_id=ContractId(str(self.market_id)),
                tick=Decimal(1).scaleb(-self.supported_price_decimals),
                step=Decimal(1).scaleb(-self.supported_size_decimals),
                min_size=self.min_base_amount,
                min_notional=self.min_quote_amount,
                max_leverage=FRACTION / self.min_initial_margin_fraction,
                maintenance_margin=self.maintenance_margin_fraction / FRACTION,
                multiplier=multiplier,
                maker_fee=self.maker_fee / PERCENT,
                taker_fee=self.taker_fee / PERCENT,
            ),
            tradable=self.status == "active" and not self.market_config.get("force_reduce_only"),
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

    order_book_details: list[Details]


class _Resting(msgspec.Struct):
    price: float
    remaining_base_amount: float


class _Book(msgspec.Struct):
    asks: list[_Resting]
    bids: list[_Resting]


class _Trade(msgspec.Struct):
    trade_id: int
    size: float
    price: float
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


def ask(name: str, scope: str = "", **params: object) -> Request:
    """Return a public query."""
    return Request(Method.GET, f"{API}/{name}", params, scope=scope)


class LighterMarkets:
    """Public prices."""

    def list(self) -> Flow[Sequence[Listing]]:
        """Return every perpetual contract."""
        answer = yield ask("orderBookDetails", filter="perp")
        found = msgspec.json.decode(answer.body, type=MarketList).order_book_details
        return [each.listing() for each in found]

    def depth(self, table: MarketTable, contract_id: ContractId, levels: int) -> Flow[BookSnapshot]:
        """Return the book, put together from single orders; the stream does not continue it."""
        answer = yield ask("orderBookOrders", market_id=contract_id, limit=ORDERS_MAX)
        book = msgspec.json.decode(answer.body, type=_Book, strict=False)
        bids = sorted(_levels(book.bids).items(), reverse=True)
        asks = sorted(_levels(book.asks).items())
        return BookSnapshot(contract_id, bids, asks, STREAM_NUMBERED, None, 0)

    def trades(
        self, table: MarketTable, contract_id: ContractId, limit: int
    ) -> Flow[Sequence[PublicTrade]]:
        """Return the latest trades, oldest first."""
        answer = yield ask(
            "recentTrades", "trades", market_id=contract_id, limit=min(limit, TRADES_MAX)
        )
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
        step_ms = INTERVALS_MS.get(interval)
        if step_ms is None:
            raise ClientConfigError(f"interval {interval!r}: lighter has {', '.join(INTERVALS_MS)}")
        found = []
        for start_ms in range(start_ns // 10**6, -(-end_ns // 10**6), step_ms * CANDLES_MAX):
            answer = yield ask(
                "candles", market_id=contract_id, resolution=interval, start_timestamp=start_ms,
                end_timestamp=start_ms + step_ms * CANDLES_MAX - 1, count_back=CANDLES_MAX,
            )  # fmt: skip
            found += msgspec.json.decode(answer.body, type=_Candles).c
        return [
            Candle(row.t * 10**6, row.o, row.h, row.l, row.c, row.v)
            for row in sorted(found, key=lambda row: row.t)
            if start_ns <= row.t * 10**6 < end_ns
        ]


def _levels(orders: Sequence[_Resting]) -> dict[float, float]:
    sizes: dict[float, float] = {}
    for order in orders:
        sizes[order.price] = sizes.get(order.price, 0.0) + order.remaining_base_amount
    return sizes
