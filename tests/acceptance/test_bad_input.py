"""Whatever is wrong on the command line is told in one message, before anything is done."""

from __future__ import annotations

from pathlib import Path

import pytest

import runbot
from tests.support.bot_process import run_bot

GOOD = {
    "--strategy": "grid",
    "--exchange": "paper",
    "--ticker": "BTC",
    "--direction": "buy",
    "--quantity": "0.01",
    "--take-profit": "0.1",
    "--max-orders": "5",
    "--wait-time": "1",
    "--duration": "10s",
    "--speed": "max",
    "--report": "r.json",
}


@pytest.fixture(autouse=True)
def a_clean_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def words(**changes: str | None) -> list[str]:
    """Return the good line with flags changed, added, or left out where they are None."""
    flags: dict[str, str | None] = dict(GOOD)
    flags.update({f"--{name.replace('_', '-')}": value for name, value in changes.items()})
    return [word for name, value in flags.items() if value is not None for word in (name, value)]


def test_the_line_that_the_mistakes_are_made_in_is_good(tmp_path: Path) -> None:
    assert runbot.main(words(), {}) == 0
    assert (tmp_path / "r.json").exists()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"exchange": "lighterr"}, ["there is no exchange lighterr", "known: ", "paper"]),
        ({"exchange": ""}, ["--exchange"]),
        ({"strategy": "gird"}, ["--strategy", "grid"]),
        ({"strategy": None}, ["--strategy is missing", "grid"]),
        ({"ticker": "DOGE"}, ["--ticker DOGE", "BTC, ETH, SOL"]),
        ({"ticker": "B T C"}, ["--ticker"]),
        ({"direction": "up"}, ["--direction", "up", "buy"]),
        ({"quantity": "-0.01"}, ["--quantity", "-0.01"]),
        ({"quantity": "0"}, ["--quantity", "0"]),
        ({"quantity": "nan"}, ["--quantity", "nan"]),
        ({"quantity": "inf"}, ["--quantity", "inf"]),
        ({"quantity": "1e400"}, ["--quantity", "1e400"]),
        ({"quantity": "a lot"}, ["--quantity", "a lot"]),
        ({"quantity": None}, ["quantity"]),
        ({"take_profit": "-1"}, ["--take-profit", "-1"]),
        ({"take_profit": None}, ["take"]),
        ({"take_profit": "1000000"}, ["--take-profit", "1000000"]),
        ({"max_orders": "0"}, ["--max-orders", "0"]),
        ({"max_orders": "2.5"}, ["--max-orders", "2.5"]),
        ({"max_orders": "99999999999999999999"}, ["--max-orders"]),
        ({"wait_time": "-3"}, ["--wait-time", "-3"]),
        ({"grid_step": "-0.5"}, ["--grid-step", "-0.5"]),
        ({"duration": "-1m"}, ["--duration"]),
        ({"duration": "soon"}, ["--duration", "soon"]),
        ({"speed": "0"}, ["--speed", "0"]),
        ({"speed": "fast"}, ["--speed", "fast", "max"]),
        ({"seed": "-1"}, ["--seed", "-1"]),
        ({"starting_balance": "-5"}, ["--starting-balance", "-5"]),
        ({"quantity": "1e30"}, ["--quantity", "1e30"]),
        ({"data": "nowhere.gz"}, ["--data", "nowhere.gz"]),
        ({"data": "."}, ["--data"]),
        ({"config": "nowhere.yml"}, ["--config", "nowhere.yml is not a file"]),
        ({"report": "r.txt"}, ["--report", ".json or .html"]),
        ({"report": "no/such/folder/r.json"}, ["--report", "no/such/folder"]),
        ({"tikcer": "BTC"}, ["--tikcer is not a flag", "did you mean --ticker?"]),
        ({"take-proft": "1"}, ["--take-proft is not a flag", "did you mean --take-profit?"]),
    ],
)
def test_a_mistake_is_told_once_and_nothing_is_done(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    changes: dict[str, str | None],
    told: list[str],
) -> None:
    assert runbot.main(words(**changes), {}) == 2

    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("runbot: ")
    assert "Traceback" not in said.err
    assert "internal error" not in said.err
    for word in told:
        assert word in said.err
    assert list(tmp_path.iterdir()) == [], "nothing was written"


def test_a_report_that_cannot_be_written_is_told_after_the_summary(tmp_path: Path) -> None:
    folder = tmp_path / "reports"
    folder.mkdir()
    (folder / ".r.json.part").mkdir()  # stands in the way, also for a user who may do anything

    done = run_bot(tmp_path, *words(report="reports/r.json"))

    assert done.returncode == 1
    assert "Net PnL" in done.stdout
    assert done.stderr.splitlines()[-1].startswith(
        "runbot: the report reports/r.json cannot be written: "
    )
    assert "Traceback" not in done.stderr
