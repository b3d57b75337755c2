"""Recorded frames of the venue itself make sound books, whose tops are the venue's own."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import chain
from pathlib import Path

import msgspec
import pytest

from exchange_clients.base_models import ContractId, Market, Symbol
from exchange_clients.binance.common import DIALECT
from exchange_clients.binance.websocket.message_handler import BinanceStream
from exchange_clients.events import BestBidOffer, BookDelta, BookSnapshot
from exchange_clients.paper.top_check import TopCheck
from exchange_clients.shared.dialects.fapi.market_data import FapiMarkets
from exchange_clients.shared.flow import Response, drive
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.stream import ConnectionInfo, FrameKind
from exchange_clients.shared.websocket.order_book import Applied, OrderBook
from tests.exchange_clients.binance.binance_samples import TABLE

STREAM = BinanceStream(TABLE)
CONNECTION = ConnectionInfo("public")
SMALL = {"SUSHIUSDT": "0.001", "AKROUSDT": "0.00001", "KEEPUSDT": "0.0001", "CTKUSDT": "0.00001"}


class _Line(msgspec.Struct):
    data: msgspec.Raw = msgspec.Raw(b"{}")
    lastUpdateId: int | None = None


class _Course:
    """One market's book, fed as a client feeds it."""

    def __init__(self, name: str, tick: str) -> None:
        self.contract_id = ContractId(name)
        self.book = OrderBook(Market(Symbol(name), self.contract_id, Decimal(tick), Decimal(1)))
        self.top = TopCheck(self.book)
        self.deltas = 0
        self.gaps = 0
        self.unjoined = False

    def snapshot(self, body: bytes) -> None:
        """Take an answer to the question for a snapshot."""
        flow = FapiMarkets(DIALECT).depth(MarketTable([]), self.contract_id, 1000)
        event = drive(flow, [Response(200, body)])[1]
        assert isinstance(event, BookSnapshot)
        self.unjoined = self.book.apply(event) is Applied.GAP
        self.top.on_update()

    def frame(self, body: bytes) -> None:
        """Take a frame of the stream."""
        for event in STREAM.decode(body, FrameKind.TEXT, CONNECTION):
            if isinstance(event, BestBidOffer) and event.contract_id == self.contract_id:
                self.top.on_quote(event)
            elif isinstance(event, BookDelta) and event.contract_id == self.contract_id:
                self.deltas += 1
                self.gaps += self.book.apply(event) is Applied.GAP
                self.top.on_update()


def _lines(path: Path) -> Iterator[str]:
    with gzip.open(path, "rt") as lines:
        yield from lines


@pytest.mark.parametrize(
    ("names", "contract", "tick", "deltas", "checked"),
    [
        (["usdm_btcusdt_20240808"], "BTCUSDT", "0.1", 6551, 629),
        (["usdm_ethusdt_20240808"], "ETHUSDT", "0.01", 6586, 551),
        (
            ["cm_btcusd_perp_20240808", "cm_btcusd_perp_20240809"],
            "BTCUSD_PERP",
            "0.1",
            44_795,
            1885,
        ),
    ],
    ids=["BTC", "ETH", "coin-margined, over midnight"],
)
def test_minutes_of_a_busy_market_replay_without_a_gap(
    market_data: Path, names: list[str], contract: str, tick: str, deltas: int, checked: int
) -> None:
    course = _Course(contract, tick)
    folder = market_data / "l2_binance_raw"
    for line in chain.from_iterable(_lines(folder / f"{name}.gz") for name in names):
        body = line.partition(" ")[2].encode()
        told = msgspec.json.decode(body, type=_Line)
        if told.lastUpdateId is None:
            course.frame(bytes(told.data))
        else:
            course.snapshot(body)
    assert (course.gaps, course.book.gaps, course.unjoined) == (0, 0, False)
    assert course.book.ready
    assert (course.deltas, course.top.checked, course.top.mismatched) == (deltas, checked, 0)


@pytest.mark.parametrize("contract", sorted(SMALL))
def test_markets_of_one_connection_join_their_snapshots(market_data: Path, contract: str) -> None:
    folder = market_data / "ws_captures_2021_2022"
    course = _Course(contract, SMALL[contract])
    timed: list[tuple[float, str, str]] = []
    for line in _lines(folder / "BINANCE_FUTURES.http.0.0.gz"):
        if match := re.match(rf"\S*/depth\?symbol={contract}\S* -> ([\d.]+): (.*)", line):
            timed.append((float(match[1]), "snapshot", match[2]))
    for line in _lines(folder / "BINANCE_FUTURES.ws.1.0.gz"):
        if match := re.match(r"(\d+\.\d+): (.*)", line):
            timed.append((float(match[1]), "frame", match[2]))
    for _, kind, text in sorted(timed, key=lambda each: each[0]):
        if kind == "snapshot":
            course.snapshot(text.encode())
        else:
            course.frame(bytes(msgspec.json.decode(text, type=_Line).data))
    assert (course.gaps, course.book.gaps, course.unjoined) == (0, 0, False)
    assert course.book.ready
    assert course.top.mismatched == 0
    assert course.deltas > 100
