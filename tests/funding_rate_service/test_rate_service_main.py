from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from database.lease import Lease
from exchange_clients.shared.clock import ManualClock
from funding_rate_service.collection.venues import venue_names
from funding_rate_service.core.queries import Kind, RateReader, ToldPoint
from funding_rate_service.core.store import RateStore
from funding_rate_service.core.values import SeriesKey
from funding_rate_service.main import main
from tests.support.rate_stage import NOON_NS

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--host", "0.0.0.0"], "set PERP_FUNDING_SERVICE_TOKEN to a token of your choice"),
        (["--venues", "lightr"], "no lightr; did you mean lighter?"),
        (["--period", "1"], "--period: 1 s is not allowed; give 5"),
        (["--period", "nan"], "--period: nan s is not allowed; give 5"),
        (["--stale-after", "30"], "--stale-after: 30 s is not allowed; give at least --period (60"),
        (["--stale-after", "nan"], "--stale-after: nan s is not allowed"),
        (["--keep-samples", "0"], "0 and 400 days are not allowed; give 1 to 36500"),
        (["--port", "70000"], "--port: 70000 is none"),
        (["--database", "oracle://x"], "oracle is not known"),
        (["import", "missing.csv"], "missing.csv: there is no such file or folder"),
        (["import", "."], "no CSV with the columns symbol, funding_time_ms, funding_rate"),
    ],
)
def test_what_cannot_be_done_is_told_before_anything_is(
    words: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(words, {}) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--dtabase", "x"], "--dtabase is not a flag; did you mean --database?"),
        (["export", "--out", "x", "--format", "xml"], "(choose from "),
    ],
)
def test_a_word_that_is_none_of_those_known_is_told_with_those(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(words, {})
    assert said in capsys.readouterr().err


def test_an_address_that_is_taken_is_told_with_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        words = ["--database", str(tmp_path / "rates.sqlite"), "--port", port]
        assert main(words, {}) == 1
    told = f"Address already in use: 127.0.0.1:{port}; end who answers there, or give another --p"
    assert told in capsys.readouterr().err


def test_a_second_service_does_not_collect_into_the_same_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database = tmp_path / "rates.sqlite"
    with Lease.lock(tmp_path / "rates.sqlite.lock", "rates"):
        assert main(["--database", str(database), "--venues", "lighter"], {}) == 2
    told = capsys.readouterr().err
    assert "is in use by pid" in told
    assert "stop it first, or name another file with --database" in told
    assert not database.exists()


def test_files_go_in_and_come_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    lines = ["symbol,funding_time_ms,funding_rate"]
    lines += [f"1000PEPEUSDT,{1741276800003 + n * 14_400_000},-1.5e-05" for n in range(3)]
    Path("binance_settled.csv").write_text("\n".join(lines))
    assert main(["import", "binance_settled.csv"], {}) == 0
    assert main(["import", "binance_settled.csv"], {}) == 0
    assert capsys.readouterr().out == "3 settled rates were new\n0 settled rates were new\n"
    assert main(["export", "--out", "out.csv"], {}) == 0
    assert Path("out.csv").read_text().splitlines()[1:] == [
        "2025-03-06T16:00:00.000000Z,binance,PEPE,-0.000015,,",
        "2025-03-06T20:00:00.000000Z,binance,PEPE,-0.000015,4,-0.000030",
        "2025-03-07T00:00:00.000000Z,binance,PEPE,-0.000015,4,-0.000030",
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("BTC,1741276800000,NaN,8", " line 2: funding_rate 'NaN' cannot be true; give a fraction"),
        ("BTC,1741276800000,50,8", " line 2: funding_rate '50' cannot be true; give a fraction"),
        ("BTC,1741276800000,0.0001,0", " line 2: interval_hours '0' is not between a minute and a"),
        ("BTC,1741276800,0.0001,8", " line 2: funding_time_ms '1741276800' is no time of 2010 to"),
        ("BTC,yesterday,0.0001,8", " line 2: funding_time_ms 'yesterday' is no time of 2010 to"),
        ("BTC,1741276800000", " line 2: fewer columns than the heading"),
        ("BTC,1741276800000,0.0001,8\n\xff", ": cannot be read: 'utf-8' codec"),
    ],
)
def test_a_file_whose_lines_cannot_be_true_is_refused_by_line_and_value(
    line: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.csv"
    heading = "symbol,funding_time_ms,funding_rate,interval_hours"
    bad.write_bytes(f"{heading}\n{line}\n".encode("latin-1"))
    assert main(["import", str(bad), "--database", str(tmp_path / "rates.sqlite")], {}) == 2
    assert f"bad.csv{said}" in capsys.readouterr().err


def test_recordings_of_real_venues_are_taken_in(tmp_path: Path, market_data: Path) -> None:
    database = str(tmp_path / "recorded.sqlite")
    assert main(["import", str(market_data / "funding"), "--database", database], {}) == 0
    store = RateStore.open(database, ManualClock(NOON_NS))
    reader = RateReader(store)
    layer = reader.history(
        SeriesKey("binance", "LAYER"), Kind.SETTLEMENTS, 0, NOON_NS, limit=10_000
    )
    store.close()
    assert len(store.series()) > 25
    hours = [point.interval_hours for point in layer if isinstance(point, ToldPoint)]
    assert {Decimal(1), Decimal(4)} <= set(hours), "its interval changed between the two"


def test_one_command_collects_from_simulated_venues_until_it_is_told_to_end(tmp_path: Path) -> None:
    words = ["--environment", "simulator", "--port", "0", "--venues", "lighter,paper"]
    process = subprocess.Popen(
        [sys.executable, "-m", "funding_rate_service", *words],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        url = process.stdout.readline().split(" at ")[1].split()[0]
        end_s = time.monotonic() + 30
        while not (told := read(f"{url}api/v1/funding-rates?symbol=BTC")) or told["total"] < 2:
            assert time.monotonic() < end_s, told
            time.sleep(0.1)
        assert [row["dex"] for row in told["rates"]] == ["lighter", "paper"]
        process.send_signal(signal.SIGTERM)
        _, complaints = process.communicate(timeout=20)
        assert (process.returncode, complaints) == (0, "")
    finally:
        process.kill()
        process.communicate()


def read(url: str) -> Any:  # JSON
    """Ask the service; None while it does not know what is asked for."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        error.close()
        return None


def test_every_venue_is_collected_from_and_paper_only_where_it_is_simulated() -> None:
    assert len(venue_names("prod")) == 9
    assert venue_names("simulator") == sorted([*venue_names("prod"), "paper"])
