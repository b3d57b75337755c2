"""How long funding arbitrage holds the loop to judge every pair of nine venues' markets.

Nine venues with two hundred markets each are 7,200 pairs, looked at in each survey on the loop that
trades; books are asked for afterwards, of the best of them. Times are of the processor.

    python -m benchmarks.bench_pairs [--symbols 200] [--repeats 15]
"""

from __future__ import annotations

import argparse
import platform
import random
import statistics
import sys
import time
from decimal import Decimal

from benchmarks.figures import Figure, conclude
from exchange_clients.base_funding_adapter import FundingRateSample, MarketStats
from exchange_clients.base_models import NS, ContractId, Market, Symbol
from exchange_clients.shared.clock import to_datetime
from execution.readings import MarketReading
from strategies.implementations.funding_arbitrage.early import promising
from strategies.implementations.funding_arbitrage.strategy import FundingArbitrageStrategy

VENUES = "abcdefghi"
NOW_NS = 1_700_000_000 * NS
MOST_MS = 30
"""Of the loop's time, for two hundred markets."""


def readings(symbols: int, seed: int) -> list[MarketReading]:
    """Return what a survey knows before any book, at rates that differ."""
    rng = random.Random(seed)
    found = []
    for venue in VENUES:
        for number in range(symbols):
            symbol = Symbol(f"S{number}")
            rate = Decimal(f"{rng.uniform(-0.0003, 0.0003):.8f}")
            hours = rng.choice([1, 4, 8])
            upcoming = to_datetime(NOW_NS + hours * 1800 * NS)
            found.append(
                MarketReading(
                    venue,
                    Market(symbol, ContractId(symbol), tick=Decimal("0.1"), step=Decimal("0.01")),
                    funding=FundingRateSample(symbol, rate, Decimal(hours), upcoming),
                    funding_ns=NOW_NS,
                    stats=MarketStats(symbol, Decimal(10**8), Decimal(10**7)),
                )
            )
    return found


def main() -> int:
    """Print the time of one look; 1 if it is longer than it may be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--symbols", type=int, default=200)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    markets = readings(arguments.symbols, arguments.seed)
    selection = FundingArbitrageStrategy({}).settings.selection
    taken = []
    for _ in range(arguments.repeats):
        begun = time.process_time()
        found = promising(markets, selection, NOW_NS)
        taken.append((time.process_time() - begun) * 1e3)
    print(
        f"python {platform.python_version()}, {len(markets)} markets, {len(found.pairs)} worth it"
    )
    at_most = MOST_MS if arguments.symbols == 200 else None
    look = statistics.median(taken)
    return conclude([Figure("a look at all pairs of nine venues", look, "ms", at_most=at_most)])


if __name__ == "__main__":
    sys.exit(main())
