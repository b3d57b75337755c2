from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from exchange_clients.base_models import ContractId, Side
from exchange_clients.events import BestBidOffer, PublicTrade, Signal, StreamSignal
from exchange_clients.paper.sources.base import Liquidity, RecordingError
from exchange_clients.paper.sources.candles import CandleSource
from tests.support.recordings import write_lines

ETH = ContractId("ETHUSDT")
HEADER = "open_time_ms,open,high,low,close,volume"
UP = "1746372780000,2000.0,2000.5,1999.9,2000.4,0.010"
DOWN = "1746372840000,2000.4,2000.6,1999.0,1999.1,0.001"
START_NS = 1_746_372_780_000_000_000


def source_of(folder: Path, *rows: str, header: str = HEADER) -> CandleSource:
    lines = [header, *rows] if header else list(rows)
    return CandleSource(write_lines(folder / "ETHUSDT-1m.csv.gz", lines))


def quotes_of(source: CandleSource) -> list[tuple[float, float]]:
    return [(one.bid, one.ask) for one in source.events() if isinstance(one, BestBidOffer)]


def test_a_candle_is_walked_through_its_range_with_one_tick_of_spread(tmp_path: Path) -> None:
    assert quotes_of(source_of(tmp_path, UP, DOWN)) == [
        (1999.9, 2000.0),
        (1999.9, 2000.0),
        (2000.4, 2000.5),
        (2000.4, 2000.5),
        (2000.3, 2000.4),
        (2000.5, 2000.6),
        (1999.0, 1999.1),
        (1999.0, 1999.1),
    ]


def test_the_volume_trades_at_the_points_on_the_side_that_moved(tmp_path: Path) -> None:
    trades = [one for one in source_of(tmp_path, UP, DOWN).events() if isinstance(one, PublicTrade)]

    assert [(one.price, one.size, one.aggressor) for one in trades] == [
        (2000.0, 0.002, Side.BUY),
        (1999.9, 0.002, Side.SELL),
        (2000.5, 0.002, Side.BUY),
        (2000.4, 0.004, Side.SELL),
        (1999.1, 0.001, Side.BUY),
    ]
    assert [one.local_ns - START_NS for one in trades] == [
        0,
        20_000_000_000,
        40_000_000_000,
        59_999_000_000,
        119_999_000_000,
    ]
    assert [one.trade_id for one in trades] == ["1", "2", "3", "4", "5"]


def test_the_source_says_what_it_is(tmp_path: Path) -> None:
    source = source_of(tmp_path, UP, DOWN)
    *_, ended = source.events()

    assert source.info.liquidity is Liquidity.QUOTES
    assert (source.info.start_ns, source.info.end_ns) == (START_NS, START_NS + 119_999_000_000)
    assert ended == StreamSignal(Signal.ENDED, ETH, START_NS + 119_999_000_000)
    assert source.markets[ETH].tick == Decimal("0.1")
    assert source.markets[ETH].step == Decimal("0.001")
    assert source.info.assumptions[0] == "tick 0.1 inferred from the recording"
    assert source.info.assumptions[-1].startswith("the path within each candle")


def test_missing_minutes_are_reported_before_the_next_candle(tmp_path: Path) -> None:
    later = "1746373020000,2000.4,2000.6,1999.0,1999.1,0.000"
    signals = [
        one for one in source_of(tmp_path, UP, later).events() if isinstance(one, StreamSignal)
    ]

    assert signals[0] == StreamSignal(
        Signal.GAP, ETH, 1_746_373_020_000_000_000, "3 minutes missing"
    )


def test_a_file_without_a_header_is_read(tmp_path: Path) -> None:
    assert len(list(source_of(tmp_path, UP, DOWN, header="").candles())) == 2


def test_a_sidecar_sets_the_tick(tmp_path: Path) -> None:
    (tmp_path / "ETHUSDT-1m.csv.gz.yml").write_text("tick: 0.01\nstep: 0.001\n")
    source = source_of(tmp_path, UP)

    assert source.markets[ETH].tick == Decimal("0.01")
    assert quotes_of(source)[0] == (1999.99, 2000.0)


def row(**changes: str) -> str:
    """Return the second row with some fields replaced."""
    names = HEADER.split(",")
    fields = dict(zip(names, DOWN.split(","), strict=True)) | changes
    return ",".join(fields[name] for name in names)


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        (row(high="2000.3"), r"high 2000\.3 and low 1999\.0 do not enclose open 2000\.4"),
        (row(low="1999.5"), r"low 1999\.5 do not enclose"),
        (row(low="-1.0"), r"low '-1\.0' is negative"),
        (row(volume="-2"), "volume '-2' is negative"),
        (row(volume="inf"), "volume 'inf' is negative or not finite"),
        (row(close="nan"), "close 'nan' is negative or not finite"),
        (row(open="abc"), "open 'abc' is no number"),
        (row(low="0"), "or are zero"),
        (row(open_time_ms="soon"), "open_time_ms 'soon' is no whole number"),
        (row(open_time_ms="1746372780000"), "open_time_ms 1746372780000 occurs twice"),
        (row(open_time_ms="1746372720000"), "is before the row above it"),
        (row(open_time_ms="1746372840001"), "is no full minute"),
        ("1746372840000,2000.4", "has 2 fields; needed: open_time_ms,open"),
        ("", "has 1 fields"),
    ],
)
def test_a_spoilt_row_is_named_with_line_and_column(
    tmp_path: Path, bad: str, sentence: str
) -> None:
    with pytest.raises(RecordingError, match=r"ETHUSDT-1m\.csv\.gz, line 3: .*" + sentence):
        list(source_of(tmp_path, UP, bad).events())


def test_a_price_off_the_stated_grid_names_the_sidecar(tmp_path: Path) -> None:
    (tmp_path / "ETHUSDT-1m.csv.gz.yml").write_text("tick: 0.5\n")

    with pytest.raises(RecordingError, match=r"line 2: low '1999\.9' is off the grid; state the t"):
        list(source_of(tmp_path, UP).events())


def test_a_header_alone_is_no_recording(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="holds no candle"):
        source_of(tmp_path)


REAL = ("BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT", "BNBUSDT", "ADAUSDT", "LTCUSDT")


@pytest.mark.parametrize("name", REAL)
def test_a_real_file_adds_up(market_data: Path, name: str) -> None:
    folder = market_data / "klines_1m_binance_usdm"
    expected = json.loads((folder / "expected.json").read_text())[name]
    candles = list(CandleSource(folder / f"{name}-1m.csv.gz").candles())

    assert len(candles) == expected["rows"]
    assert sum(one.volume for one in candles) == pytest.approx(expected["sum_volume"])
    assert min(one.low for one in candles) == expected["min_low"]
    assert max(one.high for one in candles) == expected["max_high"]
    assert missing(candles) == expected["missing_minutes"]


def missing(candles: Sequence[tuple[int, float, float, float, float, float]]) -> int:
    return sum((later[0] - one[0]) // 60_000 - 1 for one, later in pairwise(candles))


def test_a_real_file_never_quotes_outside_its_candles(market_data: Path) -> None:
    path = market_data / "klines_1m_binance_usdm" / "ADAUSDT-1m.csv.gz"
    source = CandleSource(path)
    traded = [one.price for one in source.events() if isinstance(one, PublicTrade)]
    candles = list(source.candles())

    assert min(traded) == min(one.low for one in candles)
    assert max(traded) == max(one.high for one in candles)
