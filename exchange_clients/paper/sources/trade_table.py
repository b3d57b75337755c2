"""Replay of a table of trades: a CSV of one contract, with a header that names the columns.

Best prices are made from the trades. A table may begin with ``#`` lines, which are passed over, and
may hold trades that did not happen in the book, which are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from exchange_clients.base_models import ContractId, Market, Side
from exchange_clients.events import PublicTrade, Signal, StreamSignal
from exchange_clients.paper.sources.base import (
    Liquidity,
    RecordingError,
    SourceEvent,
    SourceInfo,
)
from exchange_clients.paper.sources.columns import read_number
from exchange_clients.paper.sources.recording import read_lines, wrong_line
from exchange_clients.paper.sources.sidecar import (
    Instrument,
    base_symbol,
    describe_market,
    load_sidecar,
)
from exchange_clients.paper.sources.touch import MADE_OF_TRADES, with_touch
from exchange_clients.shared.decimal_grid import DecimalGrid, common_increment

TIME, SYMBOL, ID = "TimestampOfReceive", "Symbol", "TradeId"
PRICE, SIZE, SOLD = "Price", "Quantity", "IsBuyerMarketMaker"
COLUMNS = (TIME, SYMBOL, ID, PRICE, SIZE, SOLD)
"""Needed, in any order. A time is in ms since the epoch; ``SOLD`` says that the seller took."""
EVENT, VENUE_TIME, PLACE = "EventType", "TransactionTime", "XUnknownParameter"
"""Read where they are there."""
FLAGS = {"0": False, "1": True, "false": False, "true": True}
MS = 1_000_000
"""Nanoseconds in a millisecond."""


def is_trade_table(header: bytes) -> bool:
    """Say whether a first line names the columns of a table of trades."""
    return set(COLUMNS) <= set(header.decode("utf-8", "replace").strip().split(","))


class TradeTableSource:
    """Trades of one contract, and the best prices that they are taken to leave."""

    def __init__(self, path: Path) -> None:
        self._path = path
        seen = _survey(path)
        market, assumptions = describe_market(
            seen.contract_id, base_symbol(seen.contract_id), load_sidecar(path), seen.inferred()
        )
        if seen.outside:
            assumptions += (
                f"{seen.outside} of {seen.rows} rows traded outside the book: left out",
            )
        self._market = market
        self.markets: Mapping[ContractId, Market] = {market.contract_id: market}
        self.info = SourceInfo(
            name=path.name,
            liquidity=Liquidity.QUOTES,
            start_ns=seen.start_ns,
            end_ns=seen.end_ns,
            total_events=None,
            assumptions=(*assumptions, MADE_OF_TRADES),
        )

    def events(self) -> Iterator[SourceEvent]:
        """Yield each trade and then the best prices; the file is opened anew each time."""
        return with_touch(self._trades(), self._market)

    def _trades(self) -> Iterator[SourceEvent]:
        reader = _TradeReader(self._path, self._market)
        for row in _rows(self._path):
            trade = reader.read(row)
            if trade is not None:
                yield trade
        yield StreamSignal(Signal.ENDED, self._market.contract_id, reader.last_ns)


@dataclass(frozen=True, slots=True)
class _Row:
    """One line's fields by the names of their columns."""

    number: int
    fields: Mapping[str, str]

    @property
    def in_book(self) -> bool:
        """Whether it traded in the book: not in the insurance fund's hands, say."""
        return self.fields.get(PLACE, "MARKET") == "MARKET"


class _TradeReader:
    """Checks each row against the grid and against the row before it."""

    def __init__(self, path: Path, market: Market | None = None) -> None:
        self._path = path
        self._contract_id = market.contract_id if market else None
        self._prices = DecimalGrid(market.tick) if market else None
        self._sizes = DecimalGrid(market.step) if market else None
        self.last_ns = 0

    def read(self, row: _Row) -> PublicTrade | None:
        """Return the trade of one row, None where it did not trade in the book.

        Raises:
            RecordingError: a field cannot be read, or the row does not follow the one before.
        """
        fields = row.fields
        if fields.get(EVENT, "trade") != "trade":
            raise self._wrong(row, EVENT, "is no trade; keep a table of trades alone")
        local_ns = self._next_time(row)
        contract_id = self._contract(row)
        price = self._number(row, PRICE, self._prices, "tick")
        size = self._number(row, SIZE, self._sizes, "step")
        sold = FLAGS.get(fields[SOLD].lower())
        if sold is None:
            raise self._wrong(row, SOLD, "is neither 0 nor 1; fetch it again")
        if not row.in_book:
            return None
        for column, value in ((PRICE, price), (SIZE, size)):
            if value == 0.0:
                raise self._wrong(row, column, "is not above zero; fetch it again")
        aggressor = Side.SELL if sold else Side.BUY
        venue_ns = self._time(row, VENUE_TIME) if VENUE_TIME in fields else None
        return PublicTrade(contract_id, price, size, aggressor, venue_ns, local_ns, fields[ID])

    def _contract(self, row: _Row) -> ContractId:
        contract_id = ContractId(row.fields[SYMBOL])
        if not contract_id:
            raise self._wrong(row, SYMBOL, "names no contract; fetch it again")
        if self._contract_id is None:
            self._contract_id = contract_id
        if contract_id != self._contract_id:
            raise self._wrong(
                row, SYMBOL, f"is not {self._contract_id}; keep one file for each contract"
            )
        return contract_id

    def _next_time(self, row: _Row) -> int:
        local_ns = self._time(row, TIME)
        if local_ns < self.last_ns:
            raise self._wrong(row, TIME, "is before the row above it; sort the rows by time")
        self.last_ns = local_ns
        return local_ns

    def _time(self, row: _Row, column: str) -> int:
        text = row.fields[column]
        # A time in s or us would be read as one of 1970, or of a year far away.
        if not (text.isascii() and text.isdigit() and 12 <= len(text) <= 14):
            raise self._wrong(row, column, "is no time in milliseconds since 1970; convert it")
        return int(text) * MS

    def _number(self, row: _Row, column: str, grid: DecimalGrid | None, increment: str) -> float:
        text = row.fields[column]
        return read_number(self._path, row.number, column, text, grid=grid, increment=increment)

    def _wrong(self, row: _Row, column: str, what: str) -> RecordingError:
        return wrong_line(self._path, row.number, f"{column} {row.fields[column]!r} {what}")


def _rows(path: Path) -> Iterator[_Row]:
    """Yield the rows below the header."""
    names: list[str] = []
    for number, line in read_lines(path):
        if line.startswith(b"#"):
            continue
        texts = line.decode("utf-8", "replace").strip().split(",")
        if not names:
            names = texts
        elif len(texts) == len(names):
            yield _Row(number, dict(zip(names, texts, strict=True)))
        else:
            raise wrong_line(
                path,
                number,
                f"has {len(texts)} fields, the header names {len(names)}; was the file cut there?",
            )


@dataclass
class _Survey:
    """What all rows together say.

    All rows are looked at: prices that happen to be even would show too coarse a tick.
    """

    contract_id: ContractId
    start_ns: int
    end_ns: int = 0
    rows: int = 0
    outside: int = 0
    prices: dict[str, None] = field(default_factory=dict)
    sizes: dict[str, None] = field(default_factory=dict)

    def inferred(self) -> Instrument:
        """Return the increments that all prices and sizes are multiples of."""
        return Instrument(tick=common_increment(self.prices), step=common_increment(self.sizes))


def _survey(path: Path) -> _Survey:
    """Read every row once, so that what is wrong is told before anything is traded.

    Raises:
        RecordingError: a row cannot be read, or none traded in the book.
    """
    reader = _TradeReader(path)
    seen: _Survey | None = None
    rows = outside = 0
    for row in _rows(path):
        trade = reader.read(row)
        rows += 1
        if trade is None:
            outside += 1
            continue
        seen = seen or _Survey(trade.contract_id, trade.local_ns)
        seen.prices[row.fields[PRICE]] = None
        seen.sizes[row.fields[SIZE]] = None
    if seen is None:
        raise RecordingError(f"{path}: holds no trade in the book; check the download")
    seen.end_ns, seen.rows, seen.outside = reader.last_ns, rows, outside
    return seen
