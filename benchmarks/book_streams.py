"""Seeded order-book frames in the shapes of three venues, as bytes off a socket.

About 1,000 levels a side around a slowly moving price; 80 % of the touched levels lie within some
15 ticks of the top, a third of the touches near it remove a level. No stream is ever crossed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from exchange_clients.shared.clock import Rng

LEVELS_A_SIDE = 1000
NEAR_TICKS = 15
NEAR_SHARE = 0.8
START_TICKS = 618_000
STEP_LOTS_MAX = 20_000
Touch = tuple[int, int]
"""Price in ticks of 0.1 and size in lots of 0.001; zero lots remove the level."""
Sides = tuple[dict[int, int], dict[int, int]]
"""Bids and asks, lots by price in ticks."""


@dataclass
class BookModel:
    """A plain book in integers that invents the next touches, and so knows the true top."""

    rng: Rng
    bids: dict[int, int] = field(default_factory=dict)
    asks: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for distance in range(1, LEVELS_A_SIDE + 1):
            self.bids[START_TICKS - distance] = self._lots()
            self.asks[START_TICKS + distance] = self._lots()
        self.best_bid, self.best_ask = START_TICKS - 1, START_TICKS + 1

    def touch(self, count: int) -> tuple[list[Touch], list[Touch]]:
        """Change ``count`` levels, some on each side, and return the changes."""
        bids: dict[int, int] = {}
        asks: dict[int, int] = {}
        for _ in range(count):
            if self.rng.random() < 0.5:
                price, lots = self._pick(self.best_bid, -1, self.best_ask)
                bids[price] = self.bids[price] = lots
                self.best_bid = self._top(self.bids, max(self.best_bid, price), -1)
            else:
                price, lots = self._pick(self.best_ask, 1, self.best_bid)
                asks[price] = self.asks[price] = lots
                self.best_ask = self._top(self.asks, min(self.best_ask, price), 1)
        return sorted(bids.items()), sorted(asks.items())

    def _lots(self) -> int:
        return self.rng.randint(1, STEP_LOTS_MAX)

    def _pick(self, best: int, outward: int, other_best: int) -> Touch:
        """Choose a price near the top, or anywhere on the side, short of the other side's best."""
        near = self.rng.random() < NEAR_SHARE
        distance = self.rng.randint(-2, NEAR_TICKS) if near else self.rng.randint(0, LEVELS_A_SIDE)
        price = best + outward * distance
        if (other_best - price) * outward >= 0:
            price = best
        return price, 0 if self.rng.random() < 0.35 else self._lots()

    def _top(self, side: dict[int, int], start: int, outward: int) -> int:
        while not side.get(start):
            start += outward
        return start


def _price(ticks: int) -> str:
    return f"{ticks // 10}.{ticks % 10}"


def _size(lots: int) -> str:
    return f"{lots // 1000}.{lots % 1000:03d}"


def binance_frame(model: BookModel, number: int) -> bytes:
    """Return a combined-stream depth update of about 32 levels and 850 bytes."""
    bids, asks = model.touch(model.rng.randint(38, 56))
    stamp = 1_723_161_257_440 + number
    data = {
        "e": "depthUpdate",
        "E": stamp,
        "T": stamp - 8,
        "s": "BTCUSDT",
        "U": number,
        "u": number,
        "pu": number - 1,
        "b": [[_price(price) + "0", _size(lots)] for price, lots in bids],
        "a": [[_price(price) + "0", _size(lots)] for price, lots in asks],
    }
    return _compact({"stream": "btcusdt@depth@0ms", "data": data})


def lighter_frame(model: BookModel, number: int) -> bytes:
    """Return an order-book update of about 4.4 levels and 380 bytes."""
    bids, asks = model.touch(model.rng.randint(2, 7))
    book = {
        "code": 0,
        "asks": [{"price": _price(price), "size": _size(lots)} for price, lots in asks],
        "bids": [{"price": _price(price), "size": _size(lots)} for price, lots in bids],
        "offset": number,
        "nonce": 5_123_107_832_000 + number,
        "begin_nonce": 5_123_107_832_000 + number - 1,
    }
    return _compact(
        {
            "channel": "order_book:1",
            "offset": number,
            "order_book": book,
            "last_updated_at": 1_723_161_257_440_123 + number,
            "timestamp": 1_723_161_257_440 + number,
            "type": "update/order_book",
        }
    )


def paradex_frame(model: BookModel, number: int) -> bytes:
    """Return an order-book delta of about 4.4 levels and 445 bytes."""
    bids, asks = model.touch(model.rng.randint(2, 7))
    changes = [("BUY", *touch) for touch in bids] + [("SELL", *touch) for touch in asks]
    rows = [
        {"side": side, "price": _price(price), "size": _size(lots)} for side, price, lots in changes
    ]
    data = {
        "seq_no": number,
        "market": "BTC-USD-PERP",
        "last_updated_at": 1_723_161_257_440 + number,
        "update_type": "d",
        "inserts": [],
        "updates": [row for row in rows if row["size"] != "0.000"],
        "deletes": [row for row in rows if row["size"] == "0.000"],
    }
    channel = "order_book.BTC-USD-PERP.deltas"
    params = {"channel": channel, "data": data}
    return _compact({"jsonrpc": "2.0", "method": "subscription", "params": params})


def _compact(message: object) -> bytes:
    return json.dumps(message, separators=(",", ":")).encode()


FrameMaker = Callable[[BookModel, int], bytes]
SHAPES: dict[str, FrameMaker] = {
    "binance": binance_frame,
    "lighter": lighter_frame,
    "paradex": paradex_frame,
}


def frames(shape: str, seed: int, count: int) -> tuple[Sides, Iterator[bytes]]:
    """Return the bids and asks at the start, and the next ``count`` frames, numbered from 1."""
    model = BookModel(Rng(seed, shape))
    make = SHAPES[shape]
    start = dict(model.bids), dict(model.asks)
    return start, (make(model, number) for number in range(1, count + 1))
