"""Frames of the venue itself, of the days when each book came with a checksum.

Frames of 2022 have no numbers, so that they are numbered here, contract by contract, in the order
in which they were sent. The checksum, which the venue has given up since, is computed by this test:
of the best 25 levels a side in turns, as price and size were written.
"""

from __future__ import annotations

import gzip
import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from zlib import crc32

import msgspec

from exchange_clients.base_models import ContractId, Market, Side, Symbol
from exchange_clients.events import BookDelta, BookSnapshot
from exchange_clients.okx.websocket.message_handler import OkxStream
from exchange_clients.shared.market_table import Listing, MarketTable
from exchange_clients.shared.stream import ConnectionInfo, FrameKind
from exchange_clients.shared.websocket.order_book import Applied, OrderBook

TICKS = {"BTC-USD-220527": "0.1", "UNI-USD-SWAP": "0.001", "BTC-USDT": "0.1"}
CHECKED = 25


def _market(name: str) -> Market:
    return Market(Symbol(name), ContractId(name), Decimal(TICKS[name]), Decimal("1e-8"))


class _Course:
    """One contract's book, fed as a client feeds it, and its levels as they were written."""

    def __init__(self, name: str) -> None:
        self.book = OrderBook(_market(name))
        self.outcomes: Counter[Applied] = Counter()
        self.number = 0
        self._written: dict[Side, dict[float, str]] = {Side.BUY: {}, Side.SELL: {}}

    def numbered(self, frame: dict[str, Any]) -> bytes:
        """Return a frame as the venue sends it today."""
        (row,) = frame["data"]
        before = -1 if frame["action"] == "snapshot" else self.number
        self.number += 1
        row |= {"prevSeqId": before, "seqId": self.number}
        for side, name in ((Side.BUY, "bids"), (Side.SELL, "asks")):
            for price, size, *_ in row[name]:
                self._written[side][float(price)] = f"{price}:{size}"
        return msgspec.json.encode(frame)

    def checksum(self) -> int:
        """Return the checksum of the book as it stands, with its sign."""
        best = [
            [self._written[side][price] for price, _ in list(self.book.walk(side))[:CHECKED]]
            for side in (Side.BUY, Side.SELL)
        ]
        turns = [rows[at] for at in range(CHECKED) for rows in best if at < len(rows)]
        code = crc32(":".join(turns).encode())
        return code - (1 << 32) if code >= 1 << 31 else code


def _frames(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt") as lines:
        for line in lines:
            match = re.match(r"\d+\.\d+: (.*)", line)
            frame = msgspec.json.decode(match[1]) if match else {}
            if frame.get("arg", {}).get("channel") == "books" and "data" in frame:
                yield frame


def test_books_of_2022_replay_without_a_gap_and_every_checksum_holds(market_data: Path) -> None:
    table = MarketTable(
        [Listing(_market(name), details={"contract_size": Decimal(1)}) for name in TICKS]
    )
    stream, courses = OkxStream(table, None), {name: _Course(name) for name in TICKS}
    checked = Counter[bool]()
    for frame in _frames(market_data / "ws_captures_2021_2022" / "OKX.ws.1.0.gz"):
        course, told = courses[frame["arg"]["instId"]], frame["data"][0]["checksum"]
        body = course.numbered(frame)
        (event,) = stream.decode(body, FrameKind.TEXT, ConnectionInfo("market"))
        assert isinstance(event, BookSnapshot | BookDelta)
        course.outcomes[course.book.apply(event)] += 1
        checked[course.checksum() == told] += 1
    assert checked == {True: 290}
    assert all(set(course.outcomes) == {Applied.APPLIED} for course in courses.values())
    assert all(course.book.ready and course.book.gaps == 0 for course in courses.values())
