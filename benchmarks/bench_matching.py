"""How many operations a second the matching engine does: 55 % limit, 40 % cancel, 5 % market.

The stream is seeded, over about a thousand price levels. More orders come than go, so a longer run
works on a larger book, and is slower for the memory it touches: state the operations with the rate.
The absolute figure moves with the machine; the ratio to a bare dict loop of the same run is what
can be compared. Times are of the processor, so that other programs count as little as they can.

    python -m benchmarks.bench_matching [--operations 50000] [--repeats 9]
"""

from __future__ import annotations

import argparse
import gc
import platform
import random
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from benchmarks.figures import Figure, conclude
from exchange_clients.base_models import OrderType, Side
from exchange_clients.paper.matching import MatchingEngine
from exchange_clients.paper.orders import EngineOrder, Trade
from exchange_clients.paper.rules import VenueRules

T = TypeVar("T")

OPERATIONS_REQUIRED = 600_000
"""A second, orders built beforehand."""
MID_TICKS = 100_000
LEVELS_A_SIDE = 500
BATCH = 500
OWNERS = [f"owner{number}" for number in range(20)]


class Positions:
    """The least a listener must do: keep the positions."""

    def __init__(self) -> None:
        self.lots = dict.fromkeys(OWNERS, 0)
        self.traded = 0

    def on_trade(self, trade: Trade) -> None:
        """Book both sides."""
        self.traded += 1
        for order in (trade.maker, trade.taker):
            if order is not None:
                self.lots[order.owner] += order.side.sign * trade.lots

    def on_order(self, order: EngineOrder) -> None:
        """Take no note."""


@dataclass(frozen=True, slots=True)
class Step:
    """One operation: place what the fields say, or cancel order ``order_id``."""

    order_id: int
    cancel: bool
    owner: str = ""
    side: Side = Side.BUY
    lots: int = 0
    ticks: int = 0
    order_type: OrderType = OrderType.LIMIT

    def order(self) -> EngineOrder:
        """Build the order to place."""
        return EngineOrder(
            self.order_id, self.owner, str(self.order_id), self.side, self.lots, self.ticks,
            self.order_type,
        )  # fmt: skip


def make_stream(operations: int, seed: int) -> tuple[list[Step], list[Step]]:
    """Return the orders that fill the book to begin with, and the measured operations."""
    rng = random.Random(seed)
    opening = [
        Step(number, False, rng.choice(OWNERS), side, rng.randint(1, 20), ticks)
        for number, (side, ticks) in enumerate(
            (side, MID_TICKS - side.sign * away)
            for side in Side
            for away in range(1, LEVELS_A_SIDE + 1)
        )
    ]
    live = [step.order_id for step in opening]
    steps = []
    for order_id in range(len(opening), len(opening) + operations):
        draw = rng.random()
        side = rng.choice((Side.BUY, Side.SELL))
        owner = rng.choice(OWNERS)
        if draw < 0.55:
            ticks = MID_TICKS - side.sign * rng.randint(1, LEVELS_A_SIDE)
            steps.append(Step(order_id, False, owner, side, rng.randint(1, 20), ticks))
            live.append(order_id)
        elif draw < 0.95:
            place = rng.randrange(len(live))
            live[place], live[-1] = live[-1], live[place]
            steps.append(Step(live.pop(), True))
        else:
            lots = rng.randint(1, 30)
            steps.append(Step(order_id, False, owner, side, lots, order_type=OrderType.MARKET))
    return opening, steps


def run_engine(opening: list[Step], steps: list[Step]) -> tuple[float, float]:
    """Return the seconds that ``steps`` take, without and with the building of their orders.

    Orders are built in batches shortly before they are placed, as they would be in use: building
    all of them first would measure how fast the machine's memory is.
    """
    positions = Positions()
    rules = VenueRules(max_open_orders=len(opening) + len(steps))
    engine = MatchingEngine(rules, positions, positions.lots.__getitem__)
    for step in opening:
        engine.place(step.order(), 0)
    matching_s = building_s = 0.0
    for start in range(0, len(steps), BATCH):
        batch = steps[start : start + BATCH]
        started = time.process_time()
        orders = [None if step.cancel else step.order() for step in batch]
        built = time.process_time()
        operate(engine, batch, orders, start)
        matching_s += time.process_time() - built
        building_s += built - started
    assert positions.traded > 0
    assert sum(positions.lots.values()) == 0
    return matching_s, matching_s + building_s


def operate(
    engine: MatchingEngine, batch: list[Step], orders: list[EngineOrder | None], now_ns: int
) -> None:
    """Place the orders; where there is none, cancel."""
    place, cancel = engine.place, engine.cancel
    for step, order in zip(batch, orders, strict=True):
        if order is None:
            cancel(step.order_id, now_ns)
        else:
            place(order, now_ns)


def run_baseline(operations: int) -> float:
    """Return the seconds of as many inserts into a dict, each with a pop, as operations."""
    table: dict[int, int] = {}
    started = time.process_time()
    for number in range(operations):
        table[number] = number
        table.pop(number)
    return time.process_time() - started


def without_collector(run: Callable[[], T]) -> T:
    """Run with the garbage collector held off: its pauses belong to whoever makes the garbage."""
    gc.collect()
    gc.disable()
    try:
        return run()
    finally:
        gc.enable()


def main() -> int:
    """Print the rates; 1 if the requirement is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--operations", type=int, default=50_000)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    count, repeats = arguments.operations, arguments.repeats
    opening, steps = make_stream(count, arguments.seed)
    baseline = statistics.median(
        count / without_collector(lambda: run_baseline(count)) for _ in range(repeats)
    )
    runs = [without_collector(lambda: run_engine(opening, steps)) for _ in range(repeats)]
    engine = statistics.median(count / matching for matching, _ in runs)
    built = statistics.median(count / total for _, total in runs)
    print(f"python {platform.python_version()}, {count} operations, median of {repeats}")
    print(f"dict insert and pop        {baseline / 1e6:7.2f} M/s")
    print(f"matching engine            {engine / 1e6:7.2f} M ops/s  ({engine / baseline:.3f}x)")
    print(f"  with building the orders {built / 1e6:7.2f} M ops/s  ({built / baseline:.3f}x)")
    return conclude([Figure("matching engine", engine, "operations/s", OPERATIONS_REQUIRED)])


if __name__ == "__main__":
    sys.exit(main())
