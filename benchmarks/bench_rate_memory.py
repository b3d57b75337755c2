"""Measure what the rate service holds in memory while it collects for days, on virtual time.

Run: python -m benchmarks.bench_rate_memory [--days 30]
Hours are summarised and old samples forgotten on the way, as the service does it.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from benchmarks.figures import Figure, conclude
from exchange_clients.base_funding_adapter import FundingRateSample
from exchange_clients.base_models import NS, DepthView
from exchange_clients.errors import UnsupportedFeature
from exchange_clients.shared.clock import Clock
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual
from funding_rate_service.collection.base_adapter import Told
from funding_rate_service.collection.orchestrator import Collector
from funding_rate_service.collection.upkeep import Keeping, Upkeep
from funding_rate_service.core.board import Board
from funding_rate_service.core.store import RateStore
from funding_rate_service.core.store_desk import InlineDesk
from funding_rate_service.core.values import MarketRate

SYMBOLS = 50
DAY_S = 86_400
GROWTH_LIMIT = 1.1
START_NS = 1_795_262_400 * NS


@dataclass
class WalkingVenue:
    """A venue whose rates change with every look."""

    venue: str
    clock: Clock
    asked: int = 0

    async def rates(self) -> Told:
        self.asked += 1
        rates = [
            MarketRate(
                f"S{number}",
                Decimal((self.asked * 7919 + number * 104_729) % 9999).scaleb(-7),
                Decimal(8),
                None,
                taker_fee=Decimal("0.0005"),
                mark_price=Decimal(100),
            )
            for number in range(SYMBOLS)
        ]
        return Told(rates)

    async def history(
        self, symbol: str, since: datetime, until: datetime
    ) -> list[FundingRateSample]:
        raise UnsupportedFeature(self.venue, "past funding rates")

    async def book(self, symbol: str) -> DepthView:
        raise UnsupportedFeature(self.venue, "books")

    async def close(self) -> None:
        pass


def main() -> int:
    """Print what is held after a tenth of the time and at the end; 1 if it grew."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--days", type=int, default=2)
    days = parser.parse_args().days
    held: list[int] = []
    started = time.perf_counter()

    async def collect(loop: VirtualLoop) -> None:
        clock = VirtualClock(loop)
        with tempfile.TemporaryDirectory() as folder:
            store = RateStore.open(str(Path(folder) / "rates.sqlite"), clock)
            sources = [WalkingVenue(name, clock) for name in ("one", "two")]
            board, desk = Board(["one", "two"]), InlineDesk()
            collector = Collector(sources, store, board, desk, clock=clock)
            keeping = Keeping(samples_days=1, hours_days=400)
            upkeep = Upkeep(store, board, sources, desk, clock=clock, keeping=keeping)
            collector.start()
            upkeep.start()
            for part in (0.1, 0.9):
                await asyncio.sleep(days * DAY_S * part)
                gc.collect()
                held.append(sys.getallocatedblocks())
            await upkeep.close()
            await collector.close()
            store.close()

    run_virtual(collect, epoch_ns=START_NS)
    early, late = held
    print(f"{days} days in {time.perf_counter() - started:.0f} s: {early:,} objects, then {late:,}")
    name = "rates: objects held after days, beside the start"
    return conclude([Figure(name, late / early, "x", at_most=GROWTH_LIMIT)])


if __name__ == "__main__":
    raise SystemExit(main())
