"""What a quote costs in the paper venue, its listener called, beside iterating the same quotes.

Quotes wander through a band that no resting order stands in, so that all of them are quiet; then
orders rest at the lowest bid, which every seventh quote reaches. Times are of the processor.

    python -m benchmarks.bench_paper_exchange [--quotes 300000] [--repeats 5]
"""

from __future__ import annotations

import argparse
import platform
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from benchmarks.figures import Figure, conclude
from exchange_clients.base_models import (
    NS,
    ClientOrderId,
    ContractId,
    Market,
    NewOrder,
    Side,
    Symbol,
)
from exchange_clients.events import BestBidOffer
from exchange_clients.journal import IntentKind
from exchange_clients.paper.commands import Command
from exchange_clients.paper.config import PaperConfig
from exchange_clients.paper.exchange import PaperExchange
from exchange_clients.paper.latency import NO_LATENCY
from exchange_clients.paper.sources.base import Liquidity, SourceEvent, SourceInfo
from exchange_clients.paper.timeline import NEVER_NS

BTC = ContractId("BTC-PERP")
RESTING = 20


class Quotes:
    """The same quotes every time they are read."""

    def __init__(self, count: int) -> None:
        self.markets: Mapping[ContractId, Market] = {
            BTC: Market(Symbol("BTC"), BTC, Decimal("0.1"), Decimal("0.001"))
        }
        self.info = SourceInfo("quotes", Liquidity.QUOTES, 0, None, count)
        self._quotes = [
            BestBidOffer(BTC, price, 5.0, price + 0.1, 5.0, None, number * NS // 10)
            for number in range(count)
            for price in [100 + number % 7 / 10]
        ]

    def events(self) -> Iterator[SourceEvent]:
        """Yield the quotes."""
        return iter(self._quotes)


@dataclass
class Unbounded:
    """A run that ends with its source."""

    until_ns: int = NEVER_NS
    now_ns: int = 0


def iterate(source: Quotes) -> float:
    """Return seconds for reading every quote's time."""
    started = time.process_time()
    for event in source.events():
        assert event.local_ns >= 0
    return time.process_time() - started


def run(source: Quotes, price: str) -> float:
    """Return seconds for a run with orders resting at a price."""
    exchange = PaperExchange(source, PaperConfig(latency=NO_LATENCY))
    exchange.open_account("me")
    for number in range(1, RESTING + 1):
        name = ClientOrderId(str(number))
        order = NewOrder(name, BTC, Side.BUY, Decimal("0.01"), Decimal(price))
        exchange.submit(Command(number, 0, IntentKind.PLACE, "me", BTC, name, order))
    heard = [0]

    def on_quote(quote: BestBidOffer) -> None:
        heard[0] += 1

    exchange.markets[BTC].quote_listeners.append(on_quote)
    exchange.open()
    started = time.process_time()
    exchange.run(Unbounded(), 0)
    spent = time.process_time() - started
    assert exchange.ended
    assert heard[0] == source.info.total_events
    return spent


def main() -> int:
    """Print microseconds a quote, best of the repeats."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quotes", type=int, default=300_000)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    source = Quotes(arguments.quotes)
    print(f"python {platform.python_version()}, {arguments.quotes} quotes")
    cases: dict[str, Callable[[], float]] = {
        "iterated only": lambda: iterate(source),
        f"quiet, {RESTING} orders rest": lambda: run(source, "90"),
        f"{RESTING} orders rest where 1 in 7 touches": lambda: run(source, "100"),
    }
    figures = []
    for name, case in cases.items():
        best = min(case() for _ in range(arguments.repeats))
        figures.append(Figure(f"a quote, {name}", best / arguments.quotes * 1e6, "us"))
    return conclude(figures)


if __name__ == "__main__":
    sys.exit(main())
