"""The book against recorded streams of several venues' numbering rules."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from decimal import Decimal
from itertools import groupby
from pathlib import Path

import msgspec

from exchange_clients.base_models import ContractId, Market, Symbol
from exchange_clients.events import BookDelta, BookSnapshot, FloatLevel
from exchange_clients.shared.websocket.order_book import Applied, OrderBook

FOLDER = "l2_sequence_cases"
TRX = "test_positive_binance_difference_depth_stream_usd_m_futures_trxusdt_04-03-2025.csv.gz"


def market(contract: str, tick: str, step: str) -> Market:
    return Market(Symbol(contract), ContractId(contract), tick=Decimal(tick), step=Decimal(step))


def trx_deltas(path: Path) -> Iterator[BookDelta]:
    """Yield the recorded deltas, whose levels stand one a row."""
    with gzip.open(path, "rt") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        for last, group in groupby(rows, key=lambda row: int(row["FinalUpdateId"])):
            levels: tuple[list[FloatLevel], list[FloatLevel]] = ([], [])
            for row in group:
                levels[row["IsAsk"] == "1"].append((float(row["Price"]), float(row["Quantity"])))
                first, previous = int(row["FirstUpdateId"]), int(row["FinalUpdateIdInLastStream"])
            yield BookDelta(ContractId("TRX"), *levels, first, last, previous, None, 0)


def test_six_hundred_recorded_deltas_join_and_each_lost_one_is_noticed(market_data: Path) -> None:
    deltas = list(trx_deltas(market_data / FOLDER / TRX))
    start = deltas[0].previous
    assert start is not None
    snapshot = BookSnapshot(ContractId("TRX"), [], [], start, None, 0)
    book = OrderBook(market("TRX", "0.00001", "1"))
    book.apply(snapshot)

    assert len(deltas) == 600
    assert [book.apply(one) for one in deltas] == [Applied.APPLIED] * 600
    assert book.ready
    for lost in range(1, 599, 23):
        book.reset()
        book.apply(snapshot)
        outcomes = [book.apply(one) for one in (*deltas[:lost], *deltas[lost + 1 : lost + 2])]
        assert outcomes[-1] is Applied.GAP


def test_bybit_counts_by_one_from_its_snapshot(market_data: Path) -> None:
    path = market_data / FOLDER / "bybit_v5_XRPUSDT_ob500_20241201_first50.jsonl"
    contract = ContractId("XRPUSDT")
    book = OrderBook(market(contract, "0.0001", "1"))
    for line in path.read_bytes().splitlines():
        message = msgspec.json.decode(line)
        data = message["data"]
        bids, asks = (
            msgspec.convert(data[side], list[tuple[float, float]], strict=False) for side in "ba"
        )
        if message["type"] == "snapshot":
            outcome = book.apply(BookSnapshot(contract, bids, asks, data["u"], None, 0))
        else:
            number = data["u"]
            outcome = book.apply(BookDelta(contract, bids, asks, number, number, None, None, 0))
        assert outcome is Applied.APPLIED
        assert book.ready


def test_a_snapshot_from_an_earlier_hour_does_not_join(market_data: Path) -> None:
    def rows(name: str) -> list[dict[str, str]]:
        with (market_data / FOLDER / name).open() as file:
            return list(csv.DictReader(file))

    snap, update = rows("btcusdt-depth-snap.csv"), rows("btcusdt-depth-update.csv")[0]
    levels: dict[str, list[FloatLevel]] = {"b": [], "a": []}
    for row in snap:
        levels[row["side"]].append((float(row["price"]), float(row["qty"])))
    contract = ContractId("BTCUSDT")
    book = OrderBook(market(contract, "0.1", "0.001"))
    last = int(snap[0]["last_update_id"])
    book.apply(BookSnapshot(contract, levels["b"], levels["a"], last, None, 0))
    delta = BookDelta(
        contract,
        [],
        [(float(update["price"]), float(update["qty"]))],
        int(update["first_update_id"]),
        int(update["last_update_id"]),
        int(update["pu"]),
        None,
        0,
    )

    assert book.ready
    assert book.apply(delta) is Applied.GAP
    assert not book.ready
