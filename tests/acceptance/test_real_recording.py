"""The grid on real recordings, by the command line that the documents show."""

from __future__ import annotations

import gzip
import json
import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import runbot
from tests.support.bot_process import run_bot, run_here
from tests.support.run_judge import read_report

BTC = Path("l2_binance_raw/usdm_btcusdt_20240808.gz")
LINE = (
    "--strategy grid --exchange paper --data {data} --speed {speed} --ticker BTC --quantity 0.01 "
    "--take-profit 0.02 --grid-step 0.01 --direction buy --max-orders 10 --wait-time 5 "
    "--report out.json"
)


def line(data: Path, speed: str = "max", *more: str) -> list[str]:
    return [*LINE.format(data=data, speed=speed).split(), *more]


def comparable_quotes(recording: Path) -> int:
    """Count the quotes that name the last update of a depth message heard with a sound book."""
    snapshot, ends, quotes = None, set(), []
    with gzip.open(recording, "rt") as lines:
        for text in lines:
            body = json.loads(text.partition(" ")[2])
            data = body.get("data", {})
            if snapshot is None and "lastUpdateId" in body:
                snapshot = body["lastUpdateId"]
            elif data.get("e") == "depthUpdate":
                ends.add(data["u"])
            elif data.get("e") == "bookTicker":
                quotes.append(data["u"])
    assert snapshot is not None
    return sum(quote in ends and quote > snapshot for quote in quotes)


def written(state: Path) -> list[tuple[Any, ...]]:
    """Return every request, fill and order's last state that a journal holds."""
    rows: list[tuple[Any, ...]] = []
    with closing(sqlite3.connect(f"file:{state}?mode=ro", uri=True)) as database:
        for table in ("intents", "fills", "outcomes"):
            rows += database.execute(f"SELECT * FROM {table} ORDER BY sequence").fetchall()
    return rows


@pytest.fixture(autouse=True)
def a_clean_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_recording_is_traded_without_a_gap_and_adds_up(tmp_path: Path, market_data: Path) -> None:
    done = run_bot(tmp_path, *line(market_data / BTC))

    assert done.returncode == 0, done.stderr
    report = read_report(tmp_path / "out.json")
    assert report["counts"]["data_gaps"] == 0
    assert report["data_quality"] == {
        "quotes_checked": comparable_quotes(market_data / BTC),
        "quotes_mismatched": 0,
    }
    assert report["data_quality"]["quotes_checked"] > 500
    assert report["counts"]["fills"] > 20
    assert report["counts"]["cycles"] > 0
    assert report["cash_check"]["difference"] == "0"
    parts = (report["starting_balance"], report["realised_pnl"], report["funding"])
    cash = sum(map(Decimal, parts)) - Decimal(report["fees"])
    assert cash == Decimal(report["cash_check"]["venue"])


def test_one_command_twice_gives_one_report_but_for_the_clock(
    tmp_path: Path, market_data: Path
) -> None:
    documents = []
    for _ in range(2):
        assert run_bot(tmp_path, *line(market_data / BTC)).returncode == 0
        document = read_report(tmp_path / "out.json")
        del document["clock"]
        documents.append(json.dumps(document))
    assert documents[0] == documents[1]


def test_any_pace_writes_the_same_journal(tmp_path: Path, market_data: Path) -> None:
    journals = []
    for name, speed, market_time in (("max", "max", "40s"), ("paced", "20", "40s")):
        words = line(market_data / BTC, speed, "--duration", market_time, "--state-dir", name)
        assert runbot.main(words, {}) == 0
        journals.append(written(tmp_path / name / "grid-paper-BTC-main.db"))
    assert len(journals[0]) > 10
    assert journals[0] == journals[1]


def test_one_second_of_market_lasts_one_second_at_speed_1(
    tmp_path: Path, market_data: Path
) -> None:
    journals = []
    for name, speed in (("max", "max"), ("real", "1")):
        words = line(market_data / BTC, speed, "--duration", "3s", "--state-dir", name)
        assert runbot.main(words, {}) == 0
        journals.append(written(tmp_path / name / "grid-paper-BTC-main.db"))
        seconds = Decimal(read_report(tmp_path / "out.json")["clock"]["wall_seconds"])
    assert seconds >= 2, "the paced run took its time"
    assert journals[0]
    assert journals[0] == journals[1]


def test_candles_are_replayed_over_days(
    tmp_path: Path, market_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    candles = market_data / "klines_1m_binance_usdm" / "BTCUSDT-1m.csv.gz"
    done = run_here(capsys, *line(candles, "max", "--duration", "3d"))

    assert done.returncode == 0, done.stderr
    report = read_report(tmp_path / "out.json")
    assert Decimal(report["duration_s"]) >= 3 * 24 * 3600 - 60
    assert report["counts"]["fills"] > 20
    assert report["cash_check"]["difference"] == "0"
    assert any("candle" in text for text in report["assumptions"])


def test_an_inverse_recording_is_not_traded(
    market_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recording = market_data / "l2_binance_raw" / "cm_btcusd_perp_20240808.gz"
    assert runbot.main(line(recording), {}) == 2
    told = capsys.readouterr()
    assert told.err.count("\n") == 1
    assert "BTCUSD_PERP is an inverse contract" in told.err
    assert not Path("out.json").exists()
