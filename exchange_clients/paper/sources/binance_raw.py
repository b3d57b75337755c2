"""Replay of raw Binance futures recordings: lines of ``<local ns> <json>``, in one or more files.

A recording is read once, line by line: it costs no more memory than its longest line. Numbers are
parsed to floats in C; each price and size is seen to be on the instrument's grid the first time it
occurs, so that a wrong tick is an error and never a wrong book.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import inf
from pathlib import Path

import msgspec

from exchange_clients.base_models import ContractId, Market, Side
from exchange_clients.events import (
    BestBidOffer,
    BookDelta,
    BookSnapshot,
    FloatLevel,
    PublicTrade,
    Signal,
    StreamSignal,
)
from exchange_clients.paper.sources.base import (
    Liquidity,
    RecordingError,
    SourceEvent,
    SourceInfo,
)
from exchange_clients.paper.sources.binance_head import (
    HEAD_LINES_MAX,
    describe,
    explain,
    read_head,
)
from exchange_clients.paper.sources.binance_wire import Depth, Frame, Ticker, Trade
from exchange_clients.paper.sources.recording import read_lines, wrong_line
from exchange_clients.shared.decimal_grid import DecimalGrid

MS = 1_000_000
"""Nanoseconds in a millisecond."""
KNOWN_MAX = 200_000
"""Prices and sizes remembered as being on the grid; beyond it they are checked again."""
_decode = msgspec.json.Decoder(Frame, strict=False).decode


class BinanceRawSource:
    """One contract's depth, best prices and trades, from the parts of one recording in order."""

    def __init__(self, paths: Sequence[Path]) -> None:
        assert paths, "a recording has at least one file"
        self._paths = paths
        head = read_head(paths[0])
        if head.snapshot_line is None:
            raise RecordingError(
                f"{paths[0]}: no depth snapshot in its first {HEAD_LINES_MAX} lines, so no book "
                "can be built; put the answer of GET /fapi/v1/depth there as a line of its own, "
                "after its time"
            )
        self._market, assumptions = describe(paths, head)
        self.markets: Mapping[ContractId, Market] = {self._market.contract_id: self._market}
        self.info = SourceInfo(
            name=", ".join(path.name for path in paths),
            liquidity=Liquidity.DEPTH,
            start_ns=head.start_ns,
            end_ns=None,
            total_events=None,
            assumptions=assumptions,
            inverse=head.inverse,
        )

    def events(self) -> Iterator[SourceEvent]:
        """Yield the frames of all files in order; the file is opened anew each time."""
        return Replay(self._market, self._paths).events()


class Replay:
    """One pass over the files."""

    def __init__(self, market: Market, paths: Sequence[Path]) -> None:
        self._paths = paths
        self._contract_id = market.contract_id
        self._prices = DecimalGrid(market.tick)
        self._sizes = DecimalGrid(market.step)
        self._known_prices: set[float] = set()
        self._known_sizes: set[float] = set()
        self._last = -1
        """Number of the last update, while deltas have followed a snapshot without a hole."""

    def events(self) -> Iterator[SourceEvent]:
        """Yield what was recorded, frame by frame, and ENDED."""
        last_ns = 0
        for path in self._paths:
            for number, line in read_lines(path):
                head, _, body = line.partition(b" ")
                try:
                    local_ns = int(head)
                    frame = _decode(body)
                except (msgspec.MsgspecError, ValueError) as error:
                    if _of_another_kind(body):
                        continue
                    raise explain(path, number, line, error) from None
                if local_ns < last_ns:
                    raise _backwards(path, number, local_ns, last_ns)
                last_ns = local_ns
                try:
                    event = self._event(frame, local_ns)
                except _Wrong as wrong:
                    raise wrong_line(path, number, str(wrong)) from None
                if event is not None:
                    yield event
        yield StreamSignal(Signal.ENDED, self._contract_id, last_ns)

    def _event(self, frame: Frame, local_ns: int) -> SourceEvent | None:
        data = frame.data
        if data is None:
            return self._snapshot(frame, local_ns)
        if data.s != self._contract_id:
            raise _Wrong(
                f"is of {data.s}, the recording is of {self._contract_id}; "
                "keep one file for each contract"
            )
        if isinstance(data, Ticker):
            self._check(((data.b, data.B), (data.a, data.A)))
            return BestBidOffer(
                self._contract_id, data.b, data.B, data.a, data.A, data.T * MS, local_ns, data.u
            )
        if isinstance(data, Depth):
            return self._delta(data, local_ns)
        return self._trade(data, local_ns)

    def _delta(self, data: Depth, local_ns: int) -> BookDelta:
        self._check(data.b)
        self._check(data.a)
        if self._last != -1:
            joins = self._last in (data.pu, data.U - 1) or self._last >= data.U
            self._last = max(data.u, self._last) if joins else -1
        return BookDelta(
            self._contract_id, data.b, data.a, data.U, data.u, data.pu, data.T * MS, local_ns
        )

    def _trade(self, data: Trade, local_ns: int) -> PublicTrade | None:
        if data.X != "MARKET":
            return None  # the insurance fund and auto-deleveraging trade outside the book
        self._check(((data.p, data.q),))
        aggressor = Side.SELL if data.m else Side.BUY
        return PublicTrade(
            self._contract_id, data.p, data.q, aggressor, data.T * MS, local_ns, str(data.t)
        )

    def _snapshot(self, frame: Frame, local_ns: int) -> BookSnapshot | None:
        """Pass a snapshot on where the book needs one.

        A recorder may ask for snapshots all the time; by the time the answer is written the deltas
        are ahead of it, and a whole book would be thrown back.
        """
        if frame.lastUpdateId is None:
            return None  # an answer to a subscription, or another stream's frame
        if frame.symbol not in (None, self._contract_id):
            raise _Wrong(
                f"is a snapshot of {frame.symbol}, the recording is of {self._contract_id}; "
                "keep one file for each contract"
            )
        self._check(frame.bids)
        self._check(frame.asks)
        if self._last >= frame.lastUpdateId:
            return None
        self._last = frame.lastUpdateId
        venue_ns = None if frame.T is None else frame.T * MS
        return BookSnapshot(
            self._contract_id, frame.bids, frame.asks, frame.lastUpdateId, venue_ns, local_ns
        )

    def _check(self, levels: Sequence[FloatLevel]) -> None:
        prices, sizes = self._known_prices, self._known_sizes
        for price, size in levels:
            if price not in prices or size not in sizes:
                self._learn(price, size)

    def _learn(self, price: float, size: float) -> None:
        """Remember a price and a size that are on the grid; complain of any other."""
        if not 0.0 < price < inf:
            raise _Wrong(f"price {price!r} is not above zero; remove the line or record anew")
        if not 0.0 <= size < inf:
            raise _Wrong(f"size {size!r} is below zero; remove the line or record anew")
        for value, grid, word in ((price, self._prices, "tick"), (size, self._sizes, "step")):
            if not grid.holds(value):
                raise _Wrong(
                    f"{value!r} is no multiple of the {word} {grid.exact(grid.units / grid.scale)};"
                    f" state the {word} in {self._paths[0].name}.yml"
                )
        if len(self._known_prices) >= KNOWN_MAX:
            self._known_prices.clear()
        if len(self._known_sizes) >= KNOWN_MAX:
            self._known_sizes.clear()
        self._known_prices.add(price)
        self._known_sizes.add(size)


class _Wrong(Exception):
    """A frame that was read and cannot be; the caller adds file and line."""


def _of_another_kind(body: bytes) -> bool:
    """Say whether a frame is well-formed but of a stream that is not read (``aggTrade``)."""
    try:
        kind = msgspec.json.decode(body)["data"]["e"]
    except (msgspec.MsgspecError, KeyError, TypeError, UnicodeDecodeError):
        return False
    return kind not in ("depthUpdate", "bookTicker", "trade")


def _backwards(path: Path, number: int, local_ns: int, last_ns: int) -> RecordingError:
    return wrong_line(
        path,
        number,
        f"local time {local_ns} is {last_ns - local_ns} ns before the line before it; sort the "
        "lines by time, or give the parts of a recording in order",
    )
