"""What a recording of public streams says is what a replay tells."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from exchange_clients.base_models import ContractId, Market, Side, Symbol
from exchange_clients.events import BookDelta, BookSnapshot, PublicTrade, Signal, StreamSignal
from exchange_clients.paper.funding import HOUR_NS
from exchange_clients.paper.sources.base import RecordingError
from exchange_clients.paper.sources.open import open_source
from exchange_clients.paper.sources.sidecar import write_sidecar
from exchange_clients.paper.sources.stream_recording import StreamRecordingSource
from exchange_clients.paper.sources.stream_rows import (
    BookRow,
    ChangeRow,
    FundingRow,
    GapRow,
    Row,
    TradeRow,
    header_line,
    read_row,
    row_line,
)

BTC = ContractId("BTC_USDC_PERP")
START_NS = 10 * HOUR_NS
ROWS: list[Row] = [
    FundingRow(START_NS, Decimal("0.0000125"), Decimal(1), None),
    BookRow(START_NS, START_NS - 5, [(100.0, 1.5)], [(100.5, 2.0)]),
    ChangeRow(START_NS + 1, None, [(100.0, 0.0), (99.5, 1.0)], []),
    TradeRow(START_NS + 2, None, 100.5, 0.25, Side.BUY, "7"),
    GapRow(START_NS + 3, "lost"),
    BookRow(START_NS + 4, None, [(99.0, 1.0)], [(99.5, 1.0)]),
]


def written(folder: Path, rows: list[Row] = ROWS, extra: bytes = b"") -> Path:
    path = folder / "btc.jsonl"
    lines = [header_line("backpack prod", BTC, "BTC"), *map(row_line, rows)]
    path.write_bytes(b"".join(lines) + extra)
    return path


@pytest.mark.parametrize("row", ROWS, ids=lambda row: type(row).__name__)
def test_a_row_is_read_as_it_was_written(row: Row) -> None:
    assert read_row(row_line(row)) == row


def test_rows_are_told_as_events_that_join(tmp_path: Path) -> None:
    source = StreamRecordingSource(written(tmp_path))
    assert list(source.events()) == [
        BookSnapshot(BTC, [(100.0, 1.5)], [(100.5, 2.0)], 1, START_NS - 5, START_NS),
        BookDelta(BTC, [(100.0, 0.0), (99.5, 1.0)], [], 2, 2, 1, None, START_NS + 1),
        PublicTrade(BTC, 100.5, 0.25, Side.BUY, None, START_NS + 2, "7"),
        StreamSignal(Signal.GAP, BTC, START_NS + 3, "lost"),
        BookSnapshot(BTC, [(99.0, 1.0)], [(99.5, 1.0)], 3, None, START_NS + 4),
        StreamSignal(Signal.ENDED, BTC, START_NS + 4),
    ]


def test_reading_twice_tells_the_same(tmp_path: Path) -> None:
    source = StreamRecordingSource(written(tmp_path))
    assert list(source.events()) == list(source.events())


def test_the_sidecar_says_what_the_venue_listed(tmp_path: Path) -> None:
    path = written(tmp_path)
    listed = Market(
        Symbol("BTC"),
        BTC,
        tick=Decimal("0.5"),
        step=Decimal("0.00001"),
        min_size=Decimal("0.001"),
        min_notional=Decimal(10),
        maker_fee=Decimal("-0.00002"),
        taker_fee=Decimal("0.0004"),
    )
    write_sidecar(path, listed)
    source = open_source(str(path), ticker="BTC")
    assert source.markets == {BTC: listed}
    assert source.info.assumptions == ()


def test_without_a_sidecar_the_grid_is_inferred_and_said_to_be(tmp_path: Path) -> None:
    source = StreamRecordingSource(written(tmp_path))
    market = source.markets[BTC]
    assert (market.tick, market.step) == (Decimal("0.5"), Decimal("0.5"))
    assert "tick 0.5 inferred from the recording" in source.info.assumptions


def test_funding_is_settled_as_recorded_at_the_last_rate_heard(tmp_path: Path) -> None:
    later = FundingRow(START_NS + HOUR_NS, Decimal("0.0003"), Decimal(1), None)
    source = StreamRecordingSource(written(tmp_path, [*ROWS, later]))
    assert source.funding is not None
    assert list(source.events())
    assert source.funding.interval_ns == HOUR_NS
    rates = [
        source.funding.rule.rate(BTC, START_NS + offset_ns)
        for offset_ns in (-1, 0, HOUR_NS - 1, HOUR_NS)
    ]
    assert rates == [0, Decimal("0.0000125"), Decimal("0.0000125"), Decimal("0.0003")]


def test_a_recording_without_rates_says_nothing_of_funding(tmp_path: Path) -> None:
    assert StreamRecordingSource(written(tmp_path, ROWS[1:])).funding is None


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b'["book",1', "line 8: .*truncated"),
        (b'["bok",1,null,[],[]]\n', "line 8: Invalid value 'bok'"),
        (b'["trade",1,null,1.0,1.0,"up"]\n', "line 8: Invalid enum value 'up'"),
        (row_line(TradeRow(START_NS + 9, None, -1.0, 1.0, Side.BUY)), "price -1.0 is not above"),
        (row_line(ChangeRow(START_NS + 9, None, [(1.0, -2.0)], [])), "size -2.0 is below zero"),
        (row_line(GapRow(START_NS)), "line 8: was heard at .* 4 ns before the line before it"),
    ],
)
def test_a_line_that_cannot_be_is_named(tmp_path: Path, line: bytes, why: str) -> None:
    source_path = written(tmp_path, extra=line)
    with pytest.raises(RecordingError, match=why):
        list(StreamRecordingSource(source_path).events())


def test_a_file_of_a_later_version_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path)
    path.write_bytes(path.read_bytes().replace(b"stream 1", b"stream 2"))
    with pytest.raises(RecordingError, match=r"line 1: recording 'stream 2' is not 'stream 1'"):
        open_source(str(path))


def test_a_file_without_a_row_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="holds no row yet"):
        StreamRecordingSource(written(tmp_path, []))
