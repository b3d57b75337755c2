"""Replay of one-minute candles as quotes: each candle becomes a believable path through its range.

A candle that closes up is walked open, low, high, close; one that closes down open, high, low,
close. At each point the price is the ask when the path rose to it and the bid when it fell, with
one tick between the two, and a quarter of the volume trades there. So no price outside the candle
is ever traded, and both its extremes are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from exchange_clients.base_models import NS, ContractId, Market, Side
from exchange_clients.events import BestBidOffer, PublicTrade, Signal, StreamSignal
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
from exchange_clients.paper.sources.touch import OneTickTouch
from exchange_clients.shared.decimal_grid import DecimalGrid, common_increment

COLUMNS = ("open_time_ms", "open", "high", "low", "close", "volume")
MS = 1_000_000
"""Nanoseconds in a millisecond."""
MINUTE_MS = 60_000
POINT_OFFSETS_NS = (0, 20 * NS, 40 * NS, 60 * NS - NS // 1000)
"""When the four points of a path are passed, after the candle opens."""
Row = tuple[int, list[str]]
"""Line number and fields."""


class Candle(NamedTuple):
    """One minute, prices and volume on the instrument's grid."""

    open_ms: int
    open: float
    high: float
    low: float
    close: float
    volume: float

    def path(self) -> tuple[float, float, float, float]:
        """Return the four prices in the order in which they are passed."""
        if self.close >= self.open:
            return self.open, self.low, self.high, self.close
        return self.open, self.high, self.low, self.close


class CandleSource:
    """Quotes and trades of one contract from a CSV of candles; the columns are ``COLUMNS``.

    Missing minutes do not stop a replay: each hole is a ``GAP`` signal before the next candle.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        inferred, first_ms, last_ms = _infer(path)
        spelling = path.name.split(".")[0].split("-")[0].upper()
        self._contract_id = ContractId(spelling)
        market, assumptions = describe_market(
            self._contract_id,
            base_symbol(spelling),
            load_sidecar(path),
            inferred,
        )
        self._market = market
        self.markets: Mapping[ContractId, Market] = {self._contract_id: market}
        self.info = SourceInfo(
            name=path.name,
            liquidity=Liquidity.QUOTES,
            start_ns=first_ms * MS,
            end_ns=last_ms * MS + POINT_OFFSETS_NS[-1],
            total_events=None,
            assumptions=(
                *assumptions,
                "the path within each candle, the spread of one tick and the sizes are assumed",
            ),
        )

    def candles(self) -> Iterator[Candle]:
        """Yield the candles, each checked.

        Raises:
            RecordingError: a field is no number or negative or off the grid, high and low do not
                enclose open and close, or a time does not follow the one before.
        """
        reader = _CandleReader(self._path, self._market)
        return map(reader.read, _rows(self._path))

    def events(self) -> Iterator[SourceEvent]:
        """Yield a quote, and a trade where there was volume, for each point of each path."""
        walker = _PathWalker(self._contract_id, self._market)
        expected_ms: int | None = None
        for candle in self.candles():
            if expected_ms is not None and candle.open_ms > expected_ms:
                missing = (candle.open_ms - expected_ms) // MINUTE_MS
                yield StreamSignal(
                    Signal.GAP,
                    self._contract_id,
                    candle.open_ms * MS,
                    f"{missing} minutes missing",
                )
            expected_ms = candle.open_ms + MINUTE_MS
            yield from walker.walk(candle)
        yield StreamSignal(Signal.ENDED, self._contract_id, walker.last_ns)


class _CandleReader:
    """Checks each row against the grid and against the row before it."""

    def __init__(self, path: Path, market: Market | None = None) -> None:
        self._path = path
        self._prices = DecimalGrid(market.tick) if market else None
        self._sizes = DecimalGrid(market.step) if market else None
        self._last_ms: int | None = None

    def read(self, row: Row) -> Candle:
        """Return the candle of one row."""
        number, fields = row
        open_ms = self._time(number, fields[0])
        opening, high, low, close = (
            self._number(number, name, text, self._prices)
            for name, text in zip(COLUMNS[1:5], fields[1:5], strict=True)
        )
        volume = self._number(number, "volume", fields[5], self._sizes)
        if not 0 < low <= min(opening, close) <= max(opening, close) <= high:
            raise wrong_line(
                self._path,
                number,
                f"high {high} and low {low} do not enclose open {opening} and close {close}, "
                "or are zero; fetch that minute again",
            )
        return Candle(open_ms, opening, high, low, close, volume)

    def _time(self, number: int, text: str) -> int:
        try:
            open_ms = int(text)
        except ValueError:
            raise wrong_line(
                self._path, number, f"open_time_ms {text!r} is no whole number of milliseconds"
            ) from None
        if open_ms % MINUTE_MS:
            raise wrong_line(
                self._path,
                number,
                f"open_time_ms {open_ms} is no full minute; give 1-minute candles",
            )
        if self._last_ms is not None and open_ms <= self._last_ms:
            fault = "occurs twice" if open_ms == self._last_ms else "is before the row above it"
            raise wrong_line(
                self._path, number, f"open_time_ms {open_ms} {fault}; sort the rows, keep one each"
            )
        self._last_ms = open_ms
        return open_ms

    def _number(self, line: int, column: str, text: str, grid: DecimalGrid | None) -> float:
        increment = "step" if column == "volume" else "tick"
        return read_number(self._path, line, column, text, grid=grid, increment=increment)


@dataclass
class _PathWalker:
    """Turns candles into quotes; remembers the price passed last."""

    contract_id: ContractId
    market: Market
    last_price: float = 0.0
    last_ns: int = 0
    trades: int = 0

    def __post_init__(self) -> None:
        self._touch = OneTickTouch(self.market.tick)
        self._step = DecimalGrid(self.market.step)

    def walk(self, candle: Candle) -> Iterator[BestBidOffer | PublicTrade]:
        """Yield the quotes and trades of one candle."""
        steps = round(candle.volume * self._step.scale) // self._step.units
        quarter = steps // 4
        for point, (price, offset_ns) in enumerate(
            zip(candle.path(), POINT_OFFSETS_NS, strict=True)
        ):
            self.last_ns = candle.open_ms * MS + offset_ns
            traded = steps - 3 * quarter if point == 3 else quarter
            yield from self._point(price, traded)

    def _point(self, price: float, traded: int) -> Iterator[BestBidOffer | PublicTrade]:
        """Yield the quote at one price, and the trade of so many steps."""
        bid, ask = self._touch.around(price, as_bid=price < self.last_price)
        self.last_price = price
        size = max(traded, 1) * self._step.units / self._step.scale
        now_ns = self.last_ns
        yield BestBidOffer(self.contract_id, bid, size, ask, size, now_ns, now_ns)
        if traded:
            self.trades += 1
            side = Side.SELL if price == bid else Side.BUY
            yield PublicTrade(self.contract_id, price, size, side, now_ns, now_ns, str(self.trades))


def _rows(path: Path) -> Iterator[Row]:
    """Yield the rows below the header, which may be absent."""
    for number, line in read_lines(path):
        text = line.decode("utf-8", "replace").strip()
        fields = text.split(",")
        if number == 1 and fields[0] == COLUMNS[0]:
            continue
        if len(fields) < len(COLUMNS):
            raise wrong_line(
                path, number, f"{text[:60]!r} has {len(fields)} fields; needed: {','.join(COLUMNS)}"
            )
        yield number, fields


def _infer(path: Path) -> tuple[Instrument, int, int]:
    """Return the increments of all prices and volumes, and the first and last minute.

    All rows are looked at: a venue may print a few prices with more digits than the others.
    """
    prices: dict[str, None] = {}
    volumes: dict[str, None] = {}
    times = []
    for _, fields in _rows(path):
        times.append(fields[0])
        prices.update(dict.fromkeys(fields[1:5]))
        volumes[fields[5]] = None
    if not times:
        raise RecordingError(f"{path}: holds no candle; check the download")
    try:
        first, last = int(times[0]), int(times[-1])
        tick, step = common_increment(prices), common_increment(volumes)
    except (ValueError, ArithmeticError):
        # Read row by row, to name the line and the column at fault.
        for _ in map(_CandleReader(path).read, _rows(path)):
            pass
        raise
    return Instrument(tick=tick or Decimal(1), step=step or Decimal(1)), first, last
