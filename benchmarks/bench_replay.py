"""How fast the whole bot runs on one core: market data, book, paper venue, bot, grid and journal.

Two cases, each assembled as the command line assembles it:

- the raw recording of ``$PERP_MARKETDATA``, its JSON decoded on the way: a snapshot, depth updates,
  best bids and asks, trades. Its floor, taken in turns with it, is ``orjson.loads`` of the same
  lines and nothing else;
- quotes that are in memory already, from ``benchmarks/quote_walk.py``: what a backtest runs on.
  Orders arrive without latency and the journal writes to memory, as its process durability allows.

Times are of the processor, medians of the repeats; the first run warms up and is not counted.

    PERP_MARKETDATA=... python -m benchmarks.bench_replay [--repeats 5] [--quotes 300000] [--json]
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import orjson

from app.paper_market import open_sources
from benchmarks.bot_runs import GRID, Played, play
from benchmarks.figures import Figure, conclude
from benchmarks.quote_walk import quote_ticks
from exchange_clients.base_models import ContractId, Market, Symbol
from exchange_clients.events import BestBidOffer
from exchange_clients.paper.sources.quotes import QuoteSource

MESSAGES_REQUIRED = 40_000
"""Messages of the raw recording a second."""
RECORDING = Path("l2_binance_raw", "usdm_btcusdt_20240808.gz")
BTC = Market(
    symbol=Symbol("BTC"),
    contract_id=ContractId("BTCUSDT"),
    tick=Decimal("0.1"),
    step=Decimal("0.001"),
)
QUOTE_RUN = (
    *GRID,
    # The peer's entry waits where it is for as long as it takes, and its account never runs dry.
    "--entry-timeout-s=1000000",
    "--starting-balance=1000000",
)
NO_LATENCY = {
    "PERP__PAPER__LATENCY_UP_MS": "0",
    "PERP__PAPER__LATENCY_DOWN_MS": "0",
    "PERP__PAPER__MAKER_FEE_PERCENT": "0.02",
    "PERP__PAPER__TAKER_FEE_PERCENT": "0.05",
}


def main() -> int:
    """Print both cases; 1 if the requirement is missed."""
    parser = argparse.ArgumentParser(description="Speed of the whole bot")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--quotes", type=int, default=300_000)
    parser.add_argument("--quotes-only", action="store_true", help="leave the recording out")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    result: dict[str, float] = {}
    folder = os.environ.get("PERP_MARKETDATA")
    if folder and not options.quotes_only:
        result |= measure_recording(Path(folder) / RECORDING, options.repeats)
    result |= measure_quotes(options.quotes, options.repeats)
    if options.json:
        print(json.dumps(result))
        return 0
    return show(result)


def measure_recording(path: Path, repeats: int) -> dict[str, float]:
    """Return messages a second, and the time as a multiple of parsing alone."""
    words = [*GRID, f"--data={path}"]
    with gzip.open(path) as lines:
        bodies = [line.partition(b" ")[2] for line in lines]
    runs = []
    for _ in range(repeats + 1):
        floor_s = parse_only(bodies)
        runs.append((play(words, open_sources).cpu_s, floor_s))
    cpu_s = statistics.median(run_s for run_s, _ in runs[1:])
    return {
        "messages": len(bodies),
        "messages_per_s": len(bodies) / cpu_s,
        "floor_ratio": statistics.median(run_s / floor_s for run_s, floor_s in runs[1:]),
    }


def parse_only(bodies: Sequence[bytes]) -> float:
    """Return the seconds that parsing takes."""
    loads = orjson.loads
    started = time.process_time()
    for body in bodies:
        loads(body)
    return time.process_time() - started


def measure_quotes(count: int, repeats: int) -> dict[str, float]:
    """Return quotes a second, and the fills, which are those of every run."""
    source = walked_quotes(count)
    runs = [play_quotes(source) for _ in range(repeats + 1)][1:]
    assert len({run.fills for run in runs}) == 1, "equal runs have equal fills"
    return {
        "quotes": count,
        "quotes_per_s": statistics.median(run.rate for run in runs),
        "fills": runs[0].fills,
    }


def walked_quotes(count: int) -> QuoteSource:
    """Return the quotes that the peers run on too."""
    contract_id = BTC.contract_id
    quotes = [
        BestBidOffer(contract_id, bid / 10, 5.0, ask / 10, 5.0, at_ns, at_ns)
        for at_ns, bid, ask in quote_ticks(count)
    ]
    return QuoteSource([BTC], quotes)


def play_quotes(source: QuoteSource) -> Played:
    """Run the bot on quotes in memory."""
    return play(QUOTE_RUN, lambda settings: {settings.exchange[0]: source}, NO_LATENCY)


def show(result: dict[str, float]) -> int:
    """Print what was measured, and what was not."""
    print(f"{platform.machine()} Python {platform.python_version()}, one core, processor time")
    figures = []
    if "messages" in result:
        rate = result["messages_per_s"]
        figures = [
            Figure("the bot on a raw recording", rate, "messages/s", MESSAGES_REQUIRED),
            Figure("  the same as a multiple", result["floor_ratio"], "x orjson.loads"),
        ]
    else:
        print("the raw recording was skipped: PERP_MARKETDATA does not name the folder it is in")
    print(f"{result['quotes']:.0f} quotes, {result['fills']:.0f} fills")
    figures.append(Figure("the bot on quotes in memory", result["quotes_per_s"], "quotes/s"))
    return conclude(figures)


if __name__ == "__main__":
    sys.exit(main())
