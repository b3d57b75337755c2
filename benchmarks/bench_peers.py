"""The same grid on the same quotes: this bot beside nautilus_trader's backtest engine, in one run.

Both sides get the quotes of ``benchmarks/quote_walk.py`` in memory, the same rules (entry two ticks
inside the ask and post-only, take-profit 0.02 %, grid step 0.01 %, at most ten closes, the same
waits), fees of 2 and 5 basis points and no latency, and trade the same fills: their counts must
agree, or the comparison is void. Processes take turns, so that a slow moment of the machine hits
both. Times are of the processor; each side measures its run, not its imports or its data.

What each does on top differs. This bot runs what a live run would: every order, outcome and fill
goes to a journal on disk and the strategy's state with it, equity is sampled every second. The
peer, with its logging off, keeps a cache, a message bus, accounts and a portfolio in memory; its
core is compiled, its strategy is Python.

    make bench-peers        or: python -m benchmarks.bench_peers PEER_PYTHON [--quotes 300000]
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import sys
from pathlib import Path

from benchmarks.figures import Figure, conclude

ROOT = Path(__file__).resolve().parent.parent
PEER = ROOT / "benchmarks" / "peers" / "nautilus_grid.py"
RATIO_REQUIRED = 1.0
FILLS_APART_MAX = 0.02
"""Share by which the fills may differ before the comparison counts for nothing."""


def main() -> int:
    """Print both rates, their ratio and the fills; 1 if this bot is slower."""
    parser = argparse.ArgumentParser(description="This bot beside nautilus_trader")
    parser.add_argument("peer_python", help="interpreter of an environment with nautilus_trader")
    parser.add_argument("--quotes", type=int, default=300_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    quotes = str(options.quotes)
    ours, theirs = [], []
    for _ in range(options.rounds):
        theirs.append(_run(options.peer_python, str(PEER), quotes))
        ours.append(
            _run(
                *(sys.executable, "-m", "benchmarks.bench_replay", "--quotes-only", "--json"),
                *("--repeats", "1", "--quotes", quotes),
            )
        )
    return _show(ours, theirs)


def _run(*command: str) -> dict[str, float]:
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def _show(ours: list[dict[str, float]], theirs: list[dict[str, float]]) -> int:
    ratio = statistics.median(
        our["quotes_per_s"] / their["quotes_per_s"] for our, their in zip(ours, theirs, strict=True)
    )
    print(f"{platform.machine()} Python {platform.python_version()}, {len(ours)} rounds in turns")
    for name, results in (("this bot", ours), ("nautilus_trader", theirs)):
        rate = statistics.median(each["quotes_per_s"] for each in results)
        print(f"{name:16} {rate:10,.0f} quotes/s   {results[0]['fills']:.0f} fills")
    apart = abs(ours[0]["fills"] - theirs[0]["fills"]) / theirs[0]["fills"]
    if apart > FILLS_APART_MAX:
        print(f"the fills are {apart:.1%} apart: these are not the same runs")
        return 1
    return conclude([Figure("this bot beside nautilus_trader", ratio, "x", RATIO_REQUIRED)])


if __name__ == "__main__":
    sys.exit(main())
