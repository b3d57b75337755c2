"""Several live markets of several venues, traded on paper at once, over a kill."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.support.bot_process import start_bot
from tests.support.live_process import Watched, simulator

LINE = (
    "--strategy funding_arbitrage --exchanges backpack,bybit --symbols BTC,ETH --environment paper "
    "--horizon-hours 720 --max-break-even-hours 720 --no-panel "
    "--log-level WARNING --report run.json"
)

pytestmark = pytest.mark.slow


def test_every_named_market_is_heard_and_found_again(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with simulator("backpack") as one, simulator("bybit") as two:
        urls = {name: url for name, url in (one | two).items() if name.endswith("_URL")}
        with Watched(start_bot(tmp_path, *LINE.split(), variables=urls)) as bot:
            bot.until("elapsed", 1)
            bot.end(signal.SIGKILL)
        heard = {path: len(path.read_bytes()) for path in sorted(state.glob("*.jsonl"))}
        with Watched(start_bot(tmp_path, *LINE.split(), variables=urls)) as bot:
            bot.until("elapsed", 2)
            code, said = bot.end(signal.SIGINT)
    assert code == 130
    assert said.startswith("going on with the unfinished run in state/funding_arbitrage-")
    assert [path.name.split("main.")[1] for path in heard] == [
        "backpack.ETH.jsonl",
        "backpack.jsonl",
        "bybit.ETH.jsonl",
        "bybit.jsonl",
    ]
    assert all(len(path.read_bytes()) > size > 1000 for path, size in heard.items())
