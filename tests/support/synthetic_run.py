"""A grid on the invented market, as a command line and as what its venue is made of."""

from __future__ import annotations

import sqlite3
import subprocess
import time
from contextlib import closing
from decimal import Decimal
from pathlib import Path

from exchange_clients.paper.config import PaperConfig
from exchange_clients.paper.sources.base import MarketSource
from exchange_clients.paper.sources.synthetic import (
    DEFAULT_MARKETS,
    SyntheticConfig,
    SyntheticSource,
)

SEED = 3
START = "2025-01-01T00:00:00.000000Z"
"""The market's first instant, as a report words it."""
LINE = (
    "--strategy grid --exchange paper --ticker BTC --direction buy --quantity 0.01 "
    "--take-profit 0.05 --grid-step 0.02 --max-orders 12 --wait-time 5 "
    f"--duration 60m --seed {SEED} --state-dir state --report r.json"
).split()
STATE = Path("state/grid-paper-BTC-main.db")
THE_VENUE = PaperConfig(starting_balance=Decimal(10_000), leverage=Decimal(10), seed=SEED)
POLL_S = 0.05
POLLS_MAX = 600


def the_market() -> MarketSource:
    """Return the market that the command line runs on."""
    return SyntheticSource(SyntheticConfig(seed=SEED, markets=DEFAULT_MARKETS[:1]))


def wait_for_orders(state_path: Path, process: subprocess.Popen[str], count: int = 1) -> None:
    """Wait, bounded, until a run has sent that many requests."""
    for _ in range(POLLS_MAX):
        if requests_sent(state_path) >= count:
            return
        assert process.poll() is None, process.communicate()
        time.sleep(POLL_S)  # another process cannot be awaited by its database
    raise AssertionError(f"the run did not send {count} requests in {POLLS_MAX * POLL_S:g} s")


def requests_sent(state_path: Path) -> int:
    """Count what a run has sent, as a reader beside it; 0 before there is a journal."""
    if not state_path.exists():
        return 0
    with closing(sqlite3.connect(f"file:{state_path}?mode=ro", uri=True, timeout=5)) as database:
        try:
            (count,) = database.execute("SELECT count(*) FROM intents").fetchone()
        except sqlite3.OperationalError:
            return 0  # the tables are about to be made
    return int(count)
