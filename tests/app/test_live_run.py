"""The grid on venues that are reached over sockets, as users run it."""

from __future__ import annotations

import json
import signal
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.bot_process import assert_told_in_a_line, run_bot, start_bot
from tests.support.live_process import Watched, simulator
from venue_simulators.catalogue import VENUES

RESUMED = ("backpack", "lighter")
"""Runs are killed here and taken up again; what each venue makes of that is tried in memory."""
STARTED = tuple(venue for venue in VENUES if venue not in RESUMED)
LINE = (
    "--strategy grid --ticker BTC --quantity 0.01 --take-profit 0.01 --direction buy "
    "--max-orders 5 --wait-time 0 --no-panel --log-level WARNING --report run.json"
)
GRID = LINE.split()

pytestmark = pytest.mark.slow


def report(folder: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    return document


def assert_books_agree(told: dict[str, Any], said: str) -> None:
    """Assert that our cash and the venue's agree to the cent, where a venue rounds each fee.

    A close that stays may trade while the run ends: then it says so, and nothing is compared.
    """
    difference = told["cash_check"]["difference"]
    if difference is None:
        assert "event=traded_while_ending" in said
    else:
        assert abs(Decimal(difference)) < Decimal("0.005"), told["cash_check"]


@pytest.mark.parametrize("venue", STARTED)
def test_a_grid_trades_on_a_simulator_that_it_starts_itself(tmp_path: Path, venue: str) -> None:
    line = [*GRID, "--exchange", venue, "--environment", "simulator"]
    with Watched(start_bot(tmp_path, *line)) as bot:
        bot.until("fills", 2)
        code, said = bot.end(signal.SIGINT)
    assert code == 130
    assert f"grid BTC on {venue}, before the start" in said
    assert "Ended: stopped by SIGINT" in said
    assert "keeps this run" not in said, "the venue is gone with the process"
    told = report(tmp_path)
    assert told["venue"] == venue
    assert told["source"]["name"] == f"{venue} simulator"
    assert told["counts"]["fills"] >= 2
    assert_books_agree(told, said)


def test_what_is_left_of_a_simulator_is_set_aside(tmp_path: Path) -> None:
    line = [*GRID, "--exchange", "backpack", "--environment", "simulator", "--duration", "1s"]
    for _ in range(2):
        done = run_bot(tmp_path, *line)
        assert done.returncode == 0, done.stderr
        assert "going on with" not in done.stdout
    kept = sorted(path.name for path in (tmp_path / "state").glob("grid-*.db"))
    assert len(kept) == 2
    assert "grid-backpack_simulator-BTC-main.db" in kept


@pytest.mark.parametrize("venue", RESUMED)
def test_a_killed_run_goes_on_with_what_the_venue_has(tmp_path: Path, venue: str) -> None:
    line = [*GRID, "--exchange", venue, "--environment", "simulator"]
    with simulator(venue) as variables:
        with Watched(start_bot(tmp_path, *line, variables=variables)) as bot:
            bot.until("fills", 1)
            bot.end(signal.SIGKILL)
        with Watched(start_bot(tmp_path, *line, variables=variables)) as bot:
            bot.until("fills", 3)
            code, said = bot.end(signal.SIGTERM)
    assert code == 130
    assert said.startswith("going on with the unfinished run in state/")
    assert "keeps this run; the same command goes on with it" in said
    told = report(tmp_path)
    assert told["counts"]["fills"] >= 3
    assert_books_agree(told, said)


def test_an_env_file_tells_where_the_venue_is_and_who_trades(tmp_path: Path) -> None:
    with simulator("backpack") as variables:
        lines = [f"export {name}={value}\n" for name, value in variables.items()]
        (tmp_path / "keys.env").write_text("".join(lines), encoding="utf-8")
        # Whatever the environment is called, the URLs decide which venue it is.
        words = ["--exchange", "backpack", "--env-file", "keys.env", "--duration", "1s"]
        done = run_bot(tmp_path, *GRID, *words)
    assert done.returncode == 0, done.stderr
    assert report(tmp_path)["source"]["name"] == "backpack prod"


def test_keys_that_were_never_filled_in_are_missing(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "BACKPACK_PUBLIC_KEY=your_public_key\nBACKPACK_SECRET_KEY=\n", encoding="utf-8"
    )
    done = run_bot(tmp_path, *GRID, "--exchange", "backpack")
    assert_told_in_a_line(
        done,
        3,
        "BACKPACK_PUBLIC_KEY (still a placeholder)",
        "BACKPACK_SECRET_KEY (not set)",
    )
    assert "--environment simulator" in done.stderr
    assert not (tmp_path / "state").exists()


def test_a_market_that_the_venue_does_not_have_is_a_mistake_in_the_line(tmp_path: Path) -> None:
    words = [word if word != "BTC" else "DOGE" for word in GRID]
    with simulator("backpack") as variables:
        (tmp_path / ".env").write_text(
            "".join(f"{name}={value}\n" for name, value in variables.items()), encoding="utf-8"
        )
        done = run_bot(tmp_path, *words, "--exchange", "backpack", "--environment", "simulator")
    assert_told_in_a_line(done, 2, "--ticker DOGE: ", "backpack")


def test_prices_of_a_venue_are_traded_on_paper_without_keys_and_over_a_crash(
    tmp_path: Path,
) -> None:
    line = [*GRID, "--exchange", "backpack", "--environment", "paper"]
    with simulator("backpack") as variables:
        urls = {name: value for name, value in variables.items() if name.endswith("_URL")}
        with Watched(start_bot(tmp_path, *line, variables=urls)) as bot:
            bot.until("fills", 1)
            bot.end(signal.SIGKILL)
        with Watched(start_bot(tmp_path, *line, variables=urls)) as bot:
            bot.until("fills", 3)
            code, said = bot.end(signal.SIGINT)
    assert code == 130
    assert said.startswith("going on with the unfinished run in state/grid-backpack_paper-BTC")
    told = report(tmp_path)
    assert told["cash_check"]["difference"] == "0"
    assert told["source"]["name"] == "backpack prod, live"
    assert "nothing was heard between two processes" in [gap["text"] for gap in told["data_gaps"]]
    tape = tmp_path / "state" / "grid-backpack_paper-BTC-main.backpack.jsonl"
    replay = run_bot(
        tmp_path, *GRID, "--exchange", "paper", "--data", tape, "--speed", "max", "--fresh"
    )
    assert replay.returncode == 0, replay.stderr
