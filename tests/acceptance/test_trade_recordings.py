"""The grid on recordings that hold trades and no book, by the command line."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import runbot
from exchange_clients.paper.sources.touch import MADE_OF_TRADES
from tests.support.recordings import write_lines
from tests.support.run_judge import read_report
from tests.support.trade_tables import HEADER, trade_row, waves

REAL = "l2_sequence_cases/test_{}_binance_trade_stream_usd_m_futures_trxusdt_04-03-2025.csv.gz"
LINE = (
    "--strategy grid --exchange paper --data {data} --speed max --ticker TRX --quantity 500 "
    "--take-profit 0.08 --grid-step 0.04 --direction buy --max-orders 10 --wait-time 5 "
    "--report out.json"
)


@pytest.fixture(autouse=True)
def a_clean_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(data: Path) -> int:
    return runbot.main(LINE.format(data=data).split(), {})


def assert_adds_up(report: dict[str, Any]) -> None:
    assert report["cash_check"]["difference"] == "0"
    assert report["counts"]["data_gaps"] == 0
    assert MADE_OF_TRADES in report["assumptions"]
    assert (report["ticker"], report["venue"]) == ("TRX", "paper")


def test_a_grid_earns_on_a_table_of_trades_that_goes_down_and_up(tmp_path: Path) -> None:
    assert run(write_lines(tmp_path / "trades.csv.gz", waves(1600))) == 0

    report = read_report(tmp_path / "out.json")
    assert_adds_up(report)
    assert Decimal(report["duration_s"]) >= 1599 * Decimal("0.5") - 1
    assert report["counts"]["cycles"] >= 10
    assert Decimal(report["net_pnl"]) > 0
    assert all(Decimal(order["size"]) <= 500 for order in report["orders"])


def test_a_grid_trades_a_real_table_of_trades(tmp_path: Path, market_data: Path) -> None:
    assert run(market_data / REAL.format("positive")) == 0

    report = read_report(tmp_path / "out.json")
    assert_adds_up(report)
    assert report["counts"]["cycles"] >= 10
    assert Decimal(report["net_pnl"]) > 0
    bought = [Decimal(order["price"]) for order in report["orders"] if order["side"] == "buy"]
    assert all(Decimal("0.225") < price < Decimal("0.235") for price in bought)


def refused(data: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """Return the one line with which a recording is refused."""
    assert run(data) == 1
    told = capsys.readouterr().err
    assert told.startswith(f"runbot: {data}, line ")
    assert told.count("\n") == 1
    assert not Path("out.json").exists()
    assert not Path("state").exists()
    return told


def test_a_negative_price_is_refused_before_anything_is_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [HEADER, trade_row(0, "0.23103", "243.0"), trade_row(1, "-1", "85.0")]
    told = refused(write_lines(tmp_path / "trades.csv", rows), capsys)

    assert "line 3: Price '-1' is negative or not finite" in told


def test_a_negative_price_in_a_real_table_is_refused(
    market_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = refused(market_data / REAL.format("negative"), capsys)

    assert "line 2: Price '-1' is negative or not finite" in told
