from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from exchange_clients.base_models import ContractId, Side, Symbol
from exchange_clients.events import BestBidOffer, PublicTrade, Signal, StreamSignal
from exchange_clients.paper.sources.base import Liquidity, RecordingError
from exchange_clients.paper.sources.touch import MADE_OF_TRADES
from exchange_clients.paper.sources.trade_table import TradeTableSource, is_trade_table
from tests.support.recordings import write_lines
from tests.support.trade_tables import HEADER, QUALITY_REPORT, START_MS, trade_row

TRX = ContractId("TRXUSDT")
FIRST = trade_row(0, "0.23103", "243.0")
SECOND = trade_row(10, "0.23102", "85.0", sold=True)
START_NS = START_MS * 1_000_000
REAL = "l2_sequence_cases/test_{}_binance_trade_stream_usd_m_futures_trxusdt_04-03-2025.csv.gz"


def source_of(folder: Path, *rows: str) -> TradeTableSource:
    return TradeTableSource(write_lines(folder / "trades.csv.gz", [HEADER, *rows]))


def trades_of(source: TradeTableSource) -> list[PublicTrade]:
    return [one for one in source.events() if isinstance(one, PublicTrade)]


def test_a_row_becomes_a_trade_and_the_touch_that_it_leaves(tmp_path: Path) -> None:
    later_ns = START_NS + 10_000_000

    assert list(source_of(tmp_path, FIRST, SECOND).events()) == [
        PublicTrade(TRX, 0.23103, 243.0, Side.BUY, START_NS - 3_000_000, START_NS, "548321769"),
        BestBidOffer(TRX, 0.23102, 243.0, 0.23103, 243.0, START_NS - 3_000_000, START_NS),
        PublicTrade(TRX, 0.23102, 85.0, Side.SELL, later_ns - 3_000_000, later_ns, "548321779"),
        BestBidOffer(TRX, 0.23102, 85.0, 0.23103, 85.0, later_ns - 3_000_000, later_ns),
        StreamSignal(Signal.ENDED, TRX, later_ns),
    ]


def test_the_source_says_what_it_is_and_what_was_assumed(tmp_path: Path) -> None:
    source = source_of(tmp_path, FIRST, SECOND)
    market = source.markets[TRX]

    assert (market.symbol, market.tick, market.step) == ("TRX", Decimal("0.00001"), Decimal(1))
    assert source.info.liquidity is Liquidity.QUOTES
    assert (source.info.start_ns, source.info.end_ns) == (START_NS, START_NS + 10_000_000)
    assert source.info.assumptions[0] == "tick 0.00001 inferred from the recording"
    assert source.info.assumptions[-1] == MADE_OF_TRADES


def test_a_quality_report_before_the_header_is_passed_over(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.csv", [*QUALITY_REPORT, HEADER, FIRST])

    assert len(trades_of(TradeTableSource(path))) == 1


def test_columns_are_found_by_their_names(tmp_path: Path) -> None:
    header = "Price,Symbol,Quantity,IsBuyerMarketMaker,TimestampOfReceive,TradeId"
    path = write_lines(tmp_path / "a.csv", [header, f"0.5,TRXUSDT,3,true,{START_MS},1"])

    assert is_trade_table(header.encode())
    assert trades_of(TradeTableSource(path)) == [
        PublicTrade(TRX, 0.5, 3.0, Side.SELL, None, START_NS, "1")
    ]


def test_a_header_without_one_of_the_columns_is_no_table_of_trades() -> None:
    assert is_trade_table(HEADER.encode())
    assert not is_trade_table(HEADER.replace("Price,", "").encode())


def test_trades_outside_the_book_are_left_out_and_counted(tmp_path: Path) -> None:
    outside = trade_row(5, "0.0", "0.0", XUnknownParameter="")
    source = source_of(tmp_path, FIRST, outside, SECOND)

    assert [one.price for one in trades_of(source)] == [0.23103, 0.23102]
    assert "1 of 3 rows traded outside the book: left out" in source.info.assumptions


def test_a_sidecar_names_the_instrument(tmp_path: Path) -> None:
    (tmp_path / "trades.csv.gz.yml").write_text("symbol: TRON\ntick: 0.000005\n")
    source = source_of(tmp_path, FIRST)

    assert source.markets[TRX].symbol == Symbol("TRON")
    assert source.markets[TRX].tick == Decimal("0.000005")


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (trade_row(9, "-1", "5"), "Price '-1' is negative or not finite"),
        (trade_row(9, "-1", "5", XUnknownParameter=""), "Price '-1' is negative"),
        (trade_row(9, "nan", "5"), "Price 'nan' is negative or not finite"),
        (trade_row(9, "dear", "5"), "Price 'dear' is no number"),
        (trade_row(9, "0.0", "5"), r"Price '0\.0' is not above zero"),
        (trade_row(9, "0.23", "0"), "Quantity '0' is not above zero"),
        (trade_row(9, "0.23", "-2"), "Quantity '-2' is negative"),
        (trade_row(9, "0.23", "5", IsBuyerMarketMaker="maybe"), "IsBuyerMarketMaker 'maybe' is n"),
        (trade_row(9, "0.23", "5", Symbol="BTCUSDT"), "Symbol 'BTCUSDT' is not TRXUSDT; keep one"),
        (trade_row(9, "0.23", "5", Symbol=""), "Symbol '' names no contract"),
        (trade_row(9, "0.23", "5", EventType="depthUpdate"), "EventType 'depthUpdate' is no trade"),
        (trade_row(9, "0.23", "5", TimestampOfReceive="soon"), "TimestampOfReceive 'soon' is no t"),
        (trade_row(9, "0.23", "5", TransactionTime="17"), "TransactionTime '17' is no time in mil"),
        (trade_row(-1, "0.23", "5"), "TimestampOfReceive '1741046403999' is before the row above"),
        ("1741046404352,trxusdt@trade", "has 2 fields, the header names 11; was the file cut"),
        ("", "has 1 fields"),
    ],
)
def test_a_spoilt_row_is_named_with_line_column_and_value(
    tmp_path: Path, row: str, sentence: str
) -> None:
    with pytest.raises(RecordingError, match=r"trades\.csv\.gz, line 3: " + sentence):
        source_of(tmp_path, FIRST, row)


def test_a_price_off_the_stated_grid_names_the_sidecar(tmp_path: Path) -> None:
    (tmp_path / "trades.csv.gz.yml").write_text("tick: 0.01\n")

    with pytest.raises(RecordingError, match=r"line 2: Price '0\.23103' is off the grid; state"):
        list(source_of(tmp_path, FIRST).events())


def test_a_table_without_a_trade_is_no_recording(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="holds no trade in the book"):
        source_of(tmp_path)


def test_a_real_table_is_read_whole_and_twice_the_same(market_data: Path) -> None:
    source = TradeTableSource(market_data / REAL.format("positive"))
    events = list(source.events())
    trades = [one for one in events if isinstance(one, PublicTrade)]

    assert len(trades) == 9999
    assert events == list(source.events())
    assert all(one.local_ns <= other.local_ns for one, other in pairwise(events))
    assert source.markets[TRX].tick == Decimal("0.00001")
    assert "1 of 10000 rows traded outside the book: left out" in source.info.assumptions


def test_a_real_table_with_a_negative_price_is_refused(market_data: Path) -> None:
    path = market_data / REAL.format("negative")

    with pytest.raises(RecordingError, match="line 2: Price '-1' is negative") as caught:
        TradeTableSource(path)
    assert str(path) in str(caught.value)


def test_a_real_table_of_depth_and_trades_is_refused(market_data: Path) -> None:
    (path,) = (market_data / "l2_sequence_cases").glob("merged_*_positive.csv.gz")

    with pytest.raises(RecordingError, match="line 145: EventType 'depthUpdate' is no trade"):
        TradeTableSource(path)
