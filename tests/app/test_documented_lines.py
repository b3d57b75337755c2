"""The command lines of the documentation, word for word."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

import runbot

FIRST_LINE = (
    "--ticker BTC --quantity 0.00273 --exchange lighter --strategy grid --take-profit 0.008 "
    "--direction buy --max-orders 25 --wait-time 35"
)
QUICKLY = "--speed max --duration 3m --no-panel --report run.json"
"""As in real time, but within a second, and written down."""


@pytest.fixture(autouse=True)
def a_clean_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_first_line_runs_on_the_paper_venue_and_opens_cycles(tmp_path: Path) -> None:
    line = f"{FIRST_LINE.replace('lighter', 'paper')} {QUICKLY}"
    assert runbot.main(line.split(), {}) == 0
    report = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    assert (report["strategy"], report["venue"], report["ticker"]) == ("grid", "paper", "BTC")
    entry, close = report["orders"][0], report["orders"][1]
    assert (entry["side"], entry["size"], entry["reduce_only"]) == ("buy", "0.00273", False)
    assert entry["filled_size"] == "0.00273"
    assert (close["side"], close["size"], close["reduce_only"]) == ("sell", "0.00273", True)
    assert Decimal(close["price"]) >= Decimal(entry["average_price"]) * Decimal("1.00008")
    assert report["cash_check"]["difference"] == "0"


@pytest.mark.parametrize("line", [FIRST_LINE, "--exchange lighter --strategy grid"])
def test_a_line_for_a_venue_whose_keys_are_missing_ends_with_lines_that_need_none(
    line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert runbot.main(line.split(), {}) == 3
    said = capsys.readouterr().err
    assert said.startswith("runbot: lighter needs credentials: API_KEY_PRIVATE_KEY (not set), ")
    assert f"  python runbot.py {line} --environment simulator\n" in said
    assert f"  python runbot.py {line} --environment paper\n" in said


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            FIRST_LINE.replace("lighter", "lihgter"),
            "--exchange: there is no exchange lihgter; did you mean lighter? "
            "(known: aster, backpack, binance, bybit, edgex, grvt, lighter, okx, paper, paradex)",
        ),
        (
            "--strategy funding_arbitrage --exchange dydx --ticker HYPE",
            "--exchange: there is no exchange dydx "
            "(known: aster, backpack, binance, bybit, edgex, grvt, lighter, okx, paper, paradex)",
        ),
    ],
)
def test_a_line_for_what_is_not_there_ends_with_the_known_names(
    line: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert runbot.main(line.split(), {}) == 2
    assert capsys.readouterr().err == f"runbot: {message}\n"
