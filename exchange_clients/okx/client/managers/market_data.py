"""Markets, books, trades and candles, as OKX words them: sizes in contracts."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import TypeAlias

import msgspec

from exchange_clients.base_models import ContractId, Market, Symbol
from exchange_clients.events import BookSnapshot, FloatLevel, PublicTrade
from exchange_clients.okx.client.utils.converters import RAW, Listed, only
from exchange_clients.okx.common import (
    SIDE,
    SWAP,
    ask,
    contract_unit,
    normalize_symbol,
)
from exchange_clients.shared.amounts import Amount, Digits, FloatPrice, FloatSize, Positive
from exchange_clients.shared.decimal_grid import UnitOfSize
from exchange_clients.shared.flow import Flow
from exchange_clients.shared.instants import MINUTE_NS, MS
from exchange_clients.shared.market_table import Listing, MarketTable
from exchange_clients.shared.price_rows import candles_by_spans, known_interval
from exchange_clients.shared.rows import as_is, read_rows
from exchange_clients.shared.symbols import named_by_contract
from exchange_clients.shared.venue import Candle

LINEAR, LIVE, QUOTES = "linear", "live", ("USDT", "USDC")
MAKER_FEE, TAKER_FEE = Decimal("0.0002"), Decimal("0.0005")
"""Of a regular user; the account's own are asked for."""
DEPTH_MAX, TRADES_MAX, CANDLES_MAX = 400, 500, 300
INTERVALS = MappingProxyType(
    {
        "1m": ("1m", 1),
        "3m": ("3m", 3),
        "5m": ("5m", 5),
        "15m": ("15m", 15),
        "30m": ("30m", 30),
        "1h": ("1H", 60),
        "2h": ("2H", 120),
        "4h": ("4H", 240),
        # From here on the venue's plain bars begin at midnight of Hong Kong.
        "6h": ("6Hutc", 360),
        "12h": ("12Hutc", 720),
        "1d": ("1Dutc", 1440),
        "1w": ("1Wutc", 10080),
    }
)
"""The venue's word and the minutes of each."""
WireLevel: TypeAlias = tuple[FloatPrice, FloatSize, str, str]


class _Instrument(msgspec.Struct, rename="camel"):
    inst_id: ContractId
    inst_id_code: int
    inst_family: str
    settle_ccy: str
    ct_type: str
    ct_val: Positive
    ct_mult: Positive
    tick_sz: Positive
    lot_sz: Positive
    min_sz: Positive
    lever: Positive
    state: str

    def listing(self, symbol: Symbol, multiplier: Decimal) -> Listing:
        """Return what it says of itself, in base units."""
        unit = Decimal(self.ct_val) * Decimal(self.ct_mult)
        market = Market(
            symbol=symbol,
            contract_id=self.inst_id,
            tick=Decimal(self.tick_sz),
            step=Decimal(self.lot_sz) * unit,
            min_size=Decimal(self.min_sz) * unit,
            max_leverage=Decimal(self.lever),
            multiplier=multiplier,
            maker_fee=MAKER_FEE,
            taker_fee=TAKER_FEE,
        )
        return Listing(
            market, self.state == LIVE, None, {"contract_size": unit, "code": self.inst_id_code}
        )


class Book(msgspec.Struct, rename="camel", gc=False):
    """A book, whole or what has changed of it; a best bid and offer is one of a level."""

    asks: list[WireLevel]
    bids: list[WireLevel]
    ts: int
    seq_id: int
    prev_seq_id: int = -1


class Trade(msgspec.Struct, rename="camel", gc=False):
    """A public trade, in lists and in the stream."""

    trade_id: str
    px: FloatPrice
    sz: FloatSize
    side: str
    ts: int

    def event(self, contract_id: ContractId, unit: UnitOfSize, local_ns: int = 0) -> PublicTrade:
        """Return what it says, with its size in base units."""
        return PublicTrade(
            contract_id, self.px, unit.base(self.sz), SIDE[self.side],
            self.ts * MS, local_ns, self.trade_id,
        )  # fmt: skip


_Candle: TypeAlias = tuple[
    Digits, Positive, Positive, Positive, Positive, Amount, Amount, Amount, str
]
# Not strict: prices are text that is read to floats, and instants are text.
_BOOKS = msgspec.json.Decoder(Listed[Book], strict=False)
_TRADES = msgspec.json.Decoder(Listed[Trade], strict=False)
_CANDLES = msgspec.json.Decoder(Listed[_Candle])


class OkxMarkets:
    """Public market data."""

    def list(self) -> Flow[Sequence[Listing]]:
        """Return the linear swaps; one whose row cannot be read is not listed."""
        answer = yield ask("public/instruments", "", private=False, instType=SWAP)
        found = {
            row.inst_id: row
            for row in read_rows(RAW.decode(answer.body).data, _Instrument, as_is)
            if isinstance(row, _Instrument) and row.ct_type == LINEAR and row.settle_ccy in QUOTES
        }
        named = named_by_contract({each: normalize_symbol(each) for each in found})
        return [row.listing(*named[row.inst_id]) for row in found.values()]

    def depth(self, table: MarketTable, contract_id: ContractId, levels: int) -> Flow[BookSnapshot]:
        """Return the book, at the number that the stream's updates continue."""
        most = min(levels, DEPTH_MAX)
        answer = yield ask("market/books", "book", private=False, instId=contract_id, sz=most)
        (book,) = _BOOKS.decode(answer.body).data
        unit = contract_unit(table, contract_id)
        return BookSnapshot(
            contract_id, in_base(book.bids, unit), in_base(book.asks, unit),
            book.seq_id, book.ts * MS, 0,
        )  # fmt: skip

    def trades(
        self, table: MarketTable, contract_id: ContractId, limit: int
    ) -> Flow[Sequence[PublicTrade]]:
        """Return the latest trades, oldest first."""
        most = min(limit, TRADES_MAX)
        answer = yield ask("market/trades", "trades", private=False, instId=contract_id, limit=most)
        unit = contract_unit(table, contract_id)
        return sorted(
            (row.event(contract_id, unit) for row in _TRADES.decode(answer.body).data),
            key=lambda trade: (trade.venue_ns, int(trade.trade_id)),
        )

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
                "market/history-candles", "", private=False, instId=contract_id, bar=word,
                before=-(-at_ns // MS) - 1, after=until_ns // MS, limit=CANDLES_MAX,
            ),
            lambda body: [
                Candle(int(start) * MS, *map(Decimal, (*prices, volume)))
                for start, *prices, _, volume, _, _ in _CANDLES.decode(body).data
            ],
        )  # fmt: skip

    def server_time(self) -> Flow[int]:
        """Return the venue's time."""
        told = yield from only(ask("public/time", "slow_public", private=False), dict[str, Digits])
        return int(told["ts"]) * MS


def in_base(levels: Sequence[WireLevel], unit: UnitOfSize) -> list[FloatLevel]:
    """Return levels with sizes in base units."""
    units, scale = unit  # written out: a call for each level would cost as much as reading it
    return [(price, (size * units + 0.5) // 1.0 / scale) for price, size, _, _ in levels]
