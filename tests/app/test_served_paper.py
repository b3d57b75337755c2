"""The paper venue that another process serves, as users run on it."""

from __future__ import annotations

import json
import shlex
import signal
from decimal import Decimal
from pathlib import Path

import pytest

from app.arguments import parse_arguments
from app.configuration import build_settings
from app.network import network_client
from app.served_paper import URL_VARIABLES, paper_is_served
from exchange_clients.factory import ExchangeFactory
from exchange_clients.paper.client import PaperClient
from exchange_clients.paper.remote import RemotePaperClient
from tests.support.bot_process import assert_told_in_a_line, run_bot, start_bot
from tests.support.live_process import Watched, simulator

LINE = (
    "--strategy grid --ticker BTC --quantity 0.01 --take-profit 0.01 --direction buy "
    "--max-orders 5 --wait-time 0 --no-panel --log-level WARNING --report run.json"
)
GRID = LINE.split()
SERVED = ["--exchange", "paper", "--environment", "simulator"]
URLS = dict.fromkeys(URL_VARIABLES, "http://127.0.0.1:9")


@pytest.mark.parametrize(
    ("words", "variables", "served"),
    [
        ("--exchange paper --environment simulator", URLS, True),
        ("--exchange paper,backpack --environment simulator", URLS, True),
        ("--exchange paper --environment simulator", {}, False),
        ("--exchange paper", URLS, False),
        ("--exchange paper:one --environment simulator", URLS, False),
    ],
)
def test_variables_and_environment_say_which_paper_venue_is_meant(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: str,
    variables: dict[str, str],
    served: bool,
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = parse_arguments(shlex.split(f"--strategy grid {words}"))
    assert paper_is_served(build_settings(arguments, variables)) is served


def test_the_factory_makes_the_embedded_one() -> None:
    assert ExchangeFactory.client_class("paper") is PaperClient
    assert network_client("paper", paper_served=True) is RemotePaperClient


@pytest.mark.slow
def test_a_killed_grid_goes_on_with_what_the_served_paper_venue_has(tmp_path: Path) -> None:
    line = [*GRID, *SERVED]
    with simulator("paper") as variables:
        with Watched(start_bot(tmp_path, *line, variables=variables)) as bot:
            bot.until("fills", 1)
            bot.end(signal.SIGKILL)
        with Watched(start_bot(tmp_path, *line, variables=variables)) as bot:
            bot.until("fills", 3)
            code, said = bot.end(signal.SIGTERM)
    assert code == 130
    assert said.startswith("going on with the unfinished run in state/grid-paper_simulator-BTC")
    told = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    assert told["source"]["name"] == "paper simulator"
    assert told["counts"]["fills"] >= 3
    assert Decimal(told["cash_check"]["difference"]) == 0


@pytest.mark.slow
def test_recordings_and_speeds_belong_to_the_embedded_one(tmp_path: Path) -> None:
    lines = "".join(f"{name}={url}\n" for name, url in URLS.items())
    (tmp_path / ".env").write_text(lines, encoding="utf-8")
    done = run_bot(tmp_path, *GRID, *SERVED, "--speed", "max")
    assert_told_in_a_line(done, 2, "--speed", "PERP_PAPER_REST_URL")


@pytest.mark.slow
def test_a_key_that_is_not_set_is_missing(tmp_path: Path) -> None:
    lines = "".join(f"{name}={url}\n" for name, url in URLS.items())
    (tmp_path / ".env").write_text(lines, encoding="utf-8")
    done = run_bot(tmp_path, *GRID, *SERVED)
    assert_told_in_a_line(done, 3, "PAPER_API_KEY (not set)")
