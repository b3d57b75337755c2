"""Measure frame bytes -> decode -> OrderBook.apply -> best bid and ask, against ``orjson.loads``.

Both run over the same frames, taking turns, so that a slow moment of the machine hits both. The
top is compared with a plain dict for the first 3,000 frames. Trust ratios, not microseconds.

    python -m benchmarks.bench_order_book [--messages 20000] [--repetitions 7]
"""

from __future__ import annotations

import argparse
import gc
import json
import platform
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from importlib import import_module
from typing import Any, Literal

import msgspec
import orjson

from benchmarks.book_streams import SHAPES, Sides, frames
from benchmarks.figures import Figure, conclude
from exchange_clients.base_models import ContractId, Market, Symbol
from exchange_clients.events import (
    BookDelta,
    BookSnapshot,
    FloatLevel,
    LabelledBookDelta,
    LabelledLevel,
)
from exchange_clients.shared.websocket.order_book import Applied, OrderBook

GOALS = {"binance": 2.2, "lighter": 1.5, "paradex": 1.7}
"""Time per frame as a multiple of ``orjson.loads`` of the same bytes."""
CHECKED_FRAMES = 3000
CONTRACT = ContractId("BTC")
MARKET = Market(Symbol("BTC"), CONTRACT, tick=Decimal("0.1"), step=Decimal("0.001"))
Decode = Callable[[bytes], BookDelta | LabelledBookDelta]
Work = Callable[[Sequence[bytes]], object]


class _BinanceDepth(msgspec.Struct, gc=False):
    T: int
    U: int
    u: int
    pu: int
    b: list[tuple[float, float]]
    a: list[tuple[float, float]]


class _BinanceFrame(msgspec.Struct, gc=False):
    data: _BinanceDepth


class _LighterBook(msgspec.Struct, gc=False):
    asks: list[LabelledLevel]
    bids: list[LabelledLevel]
    nonce: int
    begin_nonce: int


class _LighterFrame(msgspec.Struct, gc=False):
    order_book: _LighterBook
    timestamp: int


class _Change(msgspec.Struct, gc=False):
    side: Literal["BUY", "SELL"]
    price: float
    size: float


class _ParadexBook(msgspec.Struct, gc=False):
    seq_no: int
    last_updated_at: int
    inserts: list[_Change]
    updates: list[_Change]
    deletes: list[_Change]


class _ParadexParams(msgspec.Struct, gc=False):
    data: _ParadexBook


class _ParadexFrame(msgspec.Struct, gc=False):
    params: _ParadexParams


_binance = msgspec.json.Decoder(_BinanceFrame, strict=False).decode
_lighter = msgspec.json.Decoder(_LighterFrame, strict=False).decode
_paradex = msgspec.json.Decoder(_ParadexFrame, strict=False).decode


def decode_binance(frame: bytes) -> BookDelta:
    """Read one combined-stream depth update."""
    data = _binance(frame).data
    return BookDelta(CONTRACT, data.b, data.a, data.U, data.u, data.pu, data.T * 1_000_000, 0)


def decode_lighter(frame: bytes) -> LabelledBookDelta:
    """Read one order-book update."""
    message = _lighter(frame)
    book = message.order_book
    stamp = message.timestamp * 1_000_000
    return LabelledBookDelta(CONTRACT, book.bids, book.asks, book.nonce, book.begin_nonce, stamp, 0)


def decode_paradex(frame: bytes) -> BookDelta:
    """Read one order-book delta."""
    data = _paradex(frame).params.data
    bids: list[FloatLevel] = []
    asks: list[FloatLevel] = []
    for change in data.inserts:
        (bids if change.side == "BUY" else asks).append((change.price, change.size))
    for change in data.updates:
        (bids if change.side == "BUY" else asks).append((change.price, change.size))
    for change in data.deletes:
        (bids if change.side == "BUY" else asks).append((change.price, 0.0))
    number = data.seq_no
    stamp = data.last_updated_at * 1_000_000
    return BookDelta(CONTRACT, bids, asks, number, number, None, stamp, 0)


DECODERS: dict[str, Decode] = {
    "binance": decode_binance,
    "lighter": decode_lighter,
    "paradex": decode_paradex,
}


def snapshot_of(sides: Sides, decode: Decode, first: bytes) -> BookSnapshot:
    """Return the opening book as the snapshot that the first frame continues."""
    delta = decode(first)
    last = delta.last - 1 if delta.previous is None else delta.previous
    bids = [(ticks / 10, lots / 1000) for ticks, lots in sides[0].items()]
    asks = [(ticks / 10, lots / 1000) for ticks, lots in sides[1].items()]
    return BookSnapshot(CONTRACT, bids, asks, last, None, 0)


def pairs(levels: Sequence[FloatLevel] | Sequence[LabelledLevel]) -> list[FloatLevel]:
    """Return levels of either form as pairs."""
    return [
        (level.price, level.size) if isinstance(level, LabelledLevel) else level for level in levels
    ]


def check_top(start: BookSnapshot, decode: Decode, stream: Sequence[bytes]) -> None:
    """Compare the top after every frame with a dict searched whole."""
    book = OrderBook(MARKET)
    book.apply(start)
    bids, asks = dict(start.bids), dict(start.asks)
    for frame in stream[:CHECKED_FRAMES]:
        delta = decode(frame)
        assert book.apply(delta) is Applied.APPLIED
        bids.update(pairs(delta.bids))
        asks.update(pairs(delta.asks))
        assert book.best_bid == max(price for price, size in bids.items() if size)
        assert book.best_ask == min(price for price, size in asks.items() if size)
        assert book.ready


def book_work(start: BookSnapshot, decode: Decode) -> Work:
    """Return the production path, which knows a delta's form, as a function of the frames."""

    def run(stream: Sequence[bytes]) -> object:
        book = OrderBook(MARKET)
        book.apply(start)
        labelled = type(decode(stream[0])) is LabelledBookDelta
        apply: Callable[[Any], Applied] = book.apply_labelled if labelled else book.apply
        bid = ask = 0.0
        for frame in stream:
            apply(decode(frame))
            bid, ask = book.best_bid, book.best_ask
        return bid, ask

    return run


def floor_work(stream: Sequence[bytes]) -> object:
    """Only parse the frames."""
    loads = orjson.loads
    message: object = None
    for frame in stream:
        message = loads(frame)
    return message


def peer_work(start: BookSnapshot) -> Work | None:
    """Return a book of Decimal keys in ``SortedDict``, for Binance frames; None where not had."""
    try:
        sorted_dict: Any = import_module("sortedcontainers").SortedDict
    except ImportError:
        return None

    def run(stream: Sequence[bytes]) -> object:
        bids = sorted_dict((Decimal(repr(price)), size) for price, size in start.bids)
        asks = sorted_dict((Decimal(repr(price)), size) for price, size in start.asks)
        top: object = None
        for frame in stream:
            data = orjson.loads(frame)["data"]
            for side, rows in ((bids, data["b"]), (asks, data["a"])):
                for price_text, size_text in rows:
                    price, size = Decimal(price_text), Decimal(size_text)
                    if size:
                        side[price] = size
                    else:
                        side.pop(price, None)
            top = (bids.peekitem(-1)[0], asks.peekitem(0)[0])
        return top

    return run


def seconds(work: Work, stream: Sequence[bytes]) -> float:
    """Return the CPU time of one pass."""
    before = time.process_time()
    work(stream)
    return time.process_time() - before


def measure(shape: str, count: int, repetitions: int) -> dict[str, float]:
    """Return microseconds a frame and the median ratio to the floor."""
    decode = DECODERS[shape]
    opening, made = frames(shape, seed=1, count=count)
    stream = list(made)
    start = snapshot_of(opening, decode, stream[0])
    check_top(start, decode, stream)
    book, peer = book_work(start, decode), peer_work(start) if shape == "binance" else None
    rounds = []
    for _ in range(repetitions):
        floor = seconds(floor_work, stream)
        rounds.append((floor, seconds(book, stream), seconds(peer, stream[:2000]) if peer else 0.0))
    result = {
        "bytes": statistics.mean(map(len, stream)),
        "floor_us": statistics.median(row[0] for row in rounds) / count * 1e6,
        "book_us": statistics.median(row[1] for row in rounds) / count * 1e6,
        "ratio": statistics.median(row[1] / row[0] for row in rounds),
    }
    if peer:
        share = count / min(count, 2000)
        result["sorted_decimal_ratio"] = statistics.median(
            row[2] * share / row[0] for row in rounds
        )
    return result


def main() -> int:
    """Print one line a shape."""
    parser = argparse.ArgumentParser(description="Order book speed")
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--repetitions", type=int, default=7)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    gc.freeze()
    results = {shape: measure(shape, options.messages, options.repetitions) for shape in SHAPES}
    if options.json:
        print(json.dumps(results))
        return 0
    print(f"Python {platform.python_version()}, {platform.machine()}")
    found = []
    for shape, result in results.items():
        print(f"{shape:8}", "  ".join(f"{name} {value:.2f}" for name, value in result.items()))
        name, unit, most = f"order book: {shape} frames", "x orjson.loads", GOALS[shape]
        found.append(Figure(name, result["ratio"], unit, at_most=most, goal=True))
    return conclude(found)


if __name__ == "__main__":
    sys.exit(main())
