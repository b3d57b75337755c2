"""Measure how many book frames a second each venue's own decoder and the book take.

Counted is the production path from a frame's bytes to the new best bid and ask: the venue's stream
words and ``OrderBook``. All venues are told of the same changes, 4.4 levels a frame, each in its
own shape: JSON, or the binary frames that Paradex's simulator makes. Beside it, in turns, stands
``orjson.loads`` of the same bytes, where they are JSON. At the end the top is what was sent.

    python -m benchmarks.bench_venue_books [--messages 20000] [--repetitions 5]
"""

from __future__ import annotations

import argparse
import gc
import platform
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence

import orjson

from benchmarks.answer_server import Answer
from benchmarks.book_streams import BookModel, Touch
from benchmarks.figures import Figure, conclude
from benchmarks.order_courses import COURSES, sample
from benchmarks.venue_frames import SHAPES, Rows
from exchange_clients.base_models import Market
from exchange_clients.events import BookDelta, BookSnapshot, LabelledBookDelta
from exchange_clients.paradex.client.core import VENUE as PARADEX
from exchange_clients.shared.clock import Rng
from exchange_clients.shared.flow import Flow, Response
from exchange_clients.shared.market_table import Listing, MarketTable
from exchange_clients.shared.stream import ConnectionInfo, FrameKind, StreamWords
from exchange_clients.shared.venue import Venue
from exchange_clients.shared.websocket.order_book import Applied, OrderBook

Venues = Mapping[str, tuple[Venue, Mapping[str, Answer]]]
VENUES: Venues = {course.venue.name: (course.venue, course.answers) for course in COURSES} | {
    "paradex": (PARADEX, {"GET /v1/markets": Answer(sample("paradex/http_get_markets"))})
}
"""Each venue, and what it answers when its markets are asked for."""
FIRST = 1000
"""Number of the first frame; one venue begins anew with 1."""
SYMBOLS = ("BTC", "ETH", "SOL")
"""The first that is in a venue's sample is followed; all have a tick that divides the prices."""


def markets(flow: Flow[Sequence[Listing]], answers: Mapping[str, Answer]) -> MarketTable:
    """Return the markets of prepared answers."""
    try:
        request = next(flow)
        while True:
            body = answers[f"{request.method.value} {request.path}"].body.encode()
            request = flow.send(Response(200, body))
    except StopIteration as end:
        listings: Sequence[Listing] = end.value
        return MarketTable(listings)


def rows_of(touches: Sequence[Touch]) -> Rows:
    """Return touched levels as venues write them; zero removes a level."""
    return [(f"{ticks / 10:.1f}", f"{lots / 1000:.3f}") for ticks, lots in touches]


class Followed:
    """One venue's book and the frames that change it.

    Args:
        name: The venue's.
        count: How many frames.
    """

    def __init__(self, name: str, count: int) -> None:
        venue, answers = VENUES[name]
        table = markets(venue.markets.list(), answers)
        self.market: Market = next(row.market for row in map(table.find, SYMBOLS) if row)
        self.words: StreamWords = venue.stream(table, {}, None)
        model = BookModel(Rng(1, "books"))  # the same changes at every venue
        bids = [(ticks / 10, lots / 1000) for ticks, lots in model.bids.items()]
        asks = [(ticks / 10, lots / 1000) for ticks, lots in model.asks.items()]
        self.start = BookSnapshot(self.market.contract_id, bids, asks, FIRST - 1, None, 0)
        self.frames = []
        for number in range(FIRST, FIRST + count):
            touched = map(rows_of, model.touch(model.rng.randint(2, 7)))
            self.frames.append(SHAPES[name](self.market.contract_id, number, *touched))
        self.top = (model.best_bid / 10, model.best_ask / 10)
        self.kind = FrameKind.BINARY if name == "paradex" else FrameKind.TEXT

    def follow(self) -> None:
        """Take every frame from its bytes to the new top.

        Raises:
            AssertionError: a frame changed nothing, or the last top is not what was sent.
        """
        book = OrderBook(self.market)
        book.apply(self.start)
        decode, kind = self.words.decode, self.kind
        connection = ConnectionInfo("market", received_ns=1)
        top = (0.0, 0.0)
        for frame in self.frames:
            for event in decode(frame, kind, connection):
                if type(event) is LabelledBookDelta:
                    applied = book.apply_labelled(event)
                else:
                    assert type(event) is BookDelta, event
                    applied = book.apply(event)
                assert applied is Applied.APPLIED, frame
            top = (book.best_bid, book.best_ask)
        assert top == self.top, f"{top} instead of {self.top}"

    def parse(self) -> None:
        """Only parse every frame."""
        loads = orjson.loads
        for frame in self.frames:
            loads(frame)


def seconds(work: Callable[[], None]) -> float:
    """Return the CPU time of one pass."""
    before = time.process_time()
    work()
    return time.process_time() - before


def measured(followed: Followed, repetitions: int) -> tuple[float, str]:
    """Return the seconds of following all frames, and how that compares with parsing them."""
    if followed.kind is FrameKind.BINARY:
        return statistics.median(seconds(followed.follow) for _ in range(repetitions)), ", binary"
    rounds = [(seconds(followed.follow), seconds(followed.parse)) for _ in range(repetitions)]
    ratio = statistics.median(book_s / parsed_s for book_s, parsed_s in rounds)
    return statistics.median(book_s for book_s, _ in rounds), f", {ratio:.2f}x orjson.loads"


def main() -> int:
    """Print each venue's figures; told, without a goal."""
    parser = argparse.ArgumentParser(description="Book frames of each venue")
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--repetitions", type=int, default=5)
    options = parser.parse_args()
    print(f"{platform.machine()} Python {platform.python_version()}")
    figures = []
    for name in SHAPES:
        followed = Followed(name, options.messages)
        followed.follow()
        gc.freeze()
        taken_s, beside = measured(followed, options.repetitions)
        size, frame_us = (
            statistics.mean(map(len, followed.frames)),
            taken_s / options.messages * 1e6,
        )
        print(f"{name}: {size:.0f} bytes, {frame_us:.2f} us a frame{beside}")
        figures.append(Figure(f"book frames of {name}, a second", 1000 / frame_us, "thousand"))
    return conclude(figures)


if __name__ == "__main__":
    sys.exit(main())
