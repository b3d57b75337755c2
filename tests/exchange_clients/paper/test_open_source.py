from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from exchange_clients.base_models import ContractId, Market, Side, Symbol
from exchange_clients.events import BestBidOffer, BookDelta, PublicTrade, Signal, StreamSignal
from exchange_clients.paper.sources.base import Liquidity, RecordingError
from exchange_clients.paper.sources.binance_quotes import BinanceQuoteSource
from exchange_clients.paper.sources.binance_raw import BinanceRawSource
from exchange_clients.paper.sources.candles import CandleSource
from exchange_clients.paper.sources.merged import MergedSource
from exchange_clients.paper.sources.open import open_source
from exchange_clients.paper.sources.quotes import QuoteSource
from exchange_clients.paper.sources.trade_table import TradeTableSource
from tests.support.recordings import (
    depth_line,
    snapshot_line,
    ticker_line,
    trade_line,
    write_lines,
)
from tests.support.trade_tables import HEADER, QUALITY_REPORT, trade_row

CANDLES = ("open_time_ms,open,high,low,close,volume", "1746372780000,10.0,10.5,9.9,10.4,1.00")


def raw_file(folder: Path, name: str, symbol: str, first: int = 1) -> Path:
    lines = [
        depth_line(first, [("61800.10", "1.000")], symbol=symbol),
        *([snapshot_line(first)] if first == 1 else []),
        depth_line(first + 1, symbol=symbol),
    ]
    return write_lines(folder / name, lines)


def test_raw_lines_are_known_by_their_content(tmp_path: Path) -> None:
    source = open_source(str(raw_file(tmp_path, "any.name", "BTCUSDT")))

    assert isinstance(source, BinanceRawSource)


@pytest.mark.parametrize("lines", [CANDLES, CANDLES[1:]])
def test_candles_are_known_by_their_content(tmp_path: Path, lines: tuple[str, ...]) -> None:
    source = open_source(str(write_lines(tmp_path / "SOLUSDT.csv", lines)))

    assert isinstance(source, CandleSource)
    assert source.info.liquidity is Liquidity.QUOTES


@pytest.mark.parametrize("before", [(), QUALITY_REPORT])
def test_a_table_of_trades_is_known_by_its_content(tmp_path: Path, before: tuple[str, ...]) -> None:
    rows = [*before, HEADER, trade_row(0, "0.23103", "243.0")]
    source = open_source(str(write_lines(tmp_path / "any.name", rows)))

    assert isinstance(source, TradeTableSource)


@pytest.mark.parametrize(
    "line", [trade_line(1, "61800.30", "0.006"), ticker_line(1, "61800.00", "61800.30")]
)
def test_raw_lines_without_depth_are_a_recording_of_quotes(tmp_path: Path, line: str) -> None:
    source = open_source(str(write_lines(tmp_path / "any.name", [line])))

    assert isinstance(source, BinanceQuoteSource)


def test_a_file_of_comments_is_refused_by_its_first(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "notes.txt", ["# one", "# two"])

    with pytest.raises(RecordingError, match=r"notes\.txt: starts with b'# one"):
        open_source(str(path))


def test_what_is_neither_is_refused_with_the_known_forms(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "notes.txt", ["hello"])

    with pytest.raises(RecordingError, match=r"notes\.txt: starts with b'hello.*known are raw"):
        open_source(str(path))


def test_parts_of_one_recording_are_put_in_order(tmp_path: Path) -> None:
    late = raw_file(tmp_path, "a.gz", "BTCUSDT", first=3)
    early = raw_file(tmp_path, "b.gz", "BTCUSDT")
    numbers = [
        one.last
        for one in open_source([str(late), str(early)]).events()
        if isinstance(one, BookDelta)
    ]

    assert numbers == [1, 2, 3, 4]


def test_contracts_are_read_side_by_side_and_end_once(tmp_path: Path) -> None:
    raw_file(tmp_path, "a.gz", "BTCUSDT")
    raw_file(tmp_path, "b.gz", "ETHUSDT")
    (tmp_path / "a.gz.yml").write_text("min_notional: 100\n")
    source = open_source(str(tmp_path))
    events = list(source.events())

    assert set(source.markets) == {"BTCUSDT", "ETHUSDT"}
    assert source.markets[ContractId("BTCUSDT")].min_notional == 100
    assert all(one.local_ns <= other.local_ns for one, other in pairwise(events))
    assert events[-1] == StreamSignal(Signal.ENDED, None, events[-2].local_ns)
    assert sum(isinstance(one, StreamSignal) for one in events) == 1
    assert source.info.name == "a.gz, b.gz"
    assert "b.gz: min_notional 5 assumed" in source.info.assumptions


@pytest.mark.parametrize("ticker", ["ETH", "eth", "ETHUSDT"])
def test_a_ticker_chooses_its_recording(tmp_path: Path, ticker: str) -> None:
    raw_file(tmp_path, "a.gz", "BTCUSDT")
    raw_file(tmp_path, "b.gz", "ETHUSDT")

    assert list(open_source(str(tmp_path), ticker=ticker).markets) == ["ETHUSDT"]


def test_an_absent_ticker_is_refused_with_those_there_are(tmp_path: Path) -> None:
    raw_file(tmp_path, "a.gz", "BTCUSDT")

    with pytest.raises(RecordingError, match="no recording of SOL; there is BTC"):
        open_source(str(tmp_path), ticker="SOL")


def test_an_empty_folder_and_no_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="no recording in this folder"):
        open_source(str(tmp_path))
    with pytest.raises(RecordingError, match="no recording named"):
        open_source([])


def test_depth_and_candles_are_not_mixed(tmp_path: Path) -> None:
    raw_file(tmp_path, "a.gz", "BTCUSDT")
    write_lines(tmp_path / "SOLUSDT.csv", CANDLES)

    with pytest.raises(RecordingError, match="depth and quotes cannot be read as one"):
        open_source(str(tmp_path))


def test_two_files_of_one_contract_that_are_no_parts_are_refused(tmp_path: Path) -> None:
    one = write_lines(tmp_path / "SOLUSDT-1.csv", CANDLES)
    other = write_lines(tmp_path / "SOLUSDT-2.csv", CANDLES)

    with pytest.raises(RecordingError, match="SOLUSDT is told of by two recordings"):
        open_source([str(one), str(other)])


BTC = Market(Symbol("BTC"), ContractId("BTC"), tick=Decimal("0.1"), step=Decimal("0.001"))


def test_a_quote_source_gives_back_its_events_and_ends() -> None:
    events: list[BestBidOffer | PublicTrade] = [
        BestBidOffer(BTC.contract_id, 99.9, 1.0, 100.0, 1.0, 5, 5),
        PublicTrade(BTC.contract_id, 100.0, 0.1, Side.BUY, 6, 6),
    ]
    source = QuoteSource([BTC], events, name="walk")

    assert list(source.events()) == [*events, StreamSignal(Signal.ENDED, None, 6)]
    assert list(source.events()) == list(source.events())
    assert (source.info.start_ns, source.info.end_ns, source.info.total_events) == (5, 6, 2)
    assert source.info.liquidity is Liquidity.QUOTES


def test_merged_sources_add_up_what_they_know() -> None:
    eth = Market(Symbol("ETH"), ContractId("ETH"), tick=BTC.tick, step=BTC.step)
    merged = MergedSource(
        [
            QuoteSource([BTC], [BestBidOffer(BTC.contract_id, 1.0, 1.0, 2.0, 1.0, 7, 7)]),
            QuoteSource([eth], [BestBidOffer(eth.contract_id, 1.0, 1.0, 2.0, 1.0, 3, 3)]),
        ]
    )

    assert (merged.info.start_ns, merged.info.end_ns, merged.info.total_events) == (3, 7, 2)
    assert [one.local_ns for one in merged.events()] == [3, 7, 7]
