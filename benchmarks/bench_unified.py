"""What the unified view adds to an order: ``place_order`` beside ``place_limit_order``.

Both place at the embedded paper venue on virtual time, where no socket blurs the difference, and
take turns at going first. A request is built before, as the other's arguments are; what that takes
is told apart. Between two orders the last one is cancelled, outside of both.

    python -m benchmarks.bench_unified
"""

from __future__ import annotations

import gc
import platform
import statistics
import time
from decimal import Decimal

from benchmarks.bench_paper_exchange import BTC, Quotes
from benchmarks.figures import Figure, conclude
from exchange_clients.base_models import Side
from exchange_clients.journal import MemoryJournal
from exchange_clients.paper.client import PaperClient
from exchange_clients.paper.config import PaperConfig
from exchange_clients.paper.exchange import PaperExchange
from exchange_clients.paper.feed import PaperFeed
from exchange_clients.paper.latency import NO_LATENCY
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual
from exchange_clients.unified import ClientAdapter, OrderRequest, OrderSide, OrderType

ORDERS, WARM_UP = 2000, 200
REQUIRED_US = 15
SIZE, PRICE = Decimal("0.5"), Decimal("90.0")


async def native(client: PaperClient, taken: list[float]) -> str:
    """Place by the library's own method."""
    start = time.perf_counter_ns()
    result = await client.place_limit_order(BTC, SIZE, PRICE, Side.BUY)
    taken.append((time.perf_counter_ns() - start) / 1000)
    return str(result.client_order_id)


async def unified(exchange: ClientAdapter, taken: list[float], built: list[float]) -> str:
    """Place by the unified view, from a request that is built for it."""
    begin = time.perf_counter_ns()
    request = OrderRequest(
        symbol="BTCUSDT",
        side=OrderSide.BUY,
        order_type=OrderType.LIMIT,
        quantity=SIZE,
        price=PRICE,
    )
    start = time.perf_counter_ns()
    built.append((start - begin) / 1000)
    result = await exchange.place_order(request)
    taken.append((time.perf_counter_ns() - start) / 1000)
    return str(result.client_order_id)


def race() -> tuple[list[float], list[float], list[float]]:
    """Return the times in us of both ways, in turns, and those of building a request."""
    ours: list[float] = []
    built: list[float] = []
    bare: list[float] = []

    async def main(loop: VirtualLoop) -> None:
        venue = PaperExchange(Quotes(2), PaperConfig(latency=NO_LATENCY))
        loop.add_feed(PaperFeed(venue, loop))
        clock = VirtualClock(loop)
        client = PaperClient(venue, clock=clock, journal=MemoryJournal())
        await client.connect()
        assert await client.stream.prepare_market_feed(BTC)
        exchange = ClientAdapter(client, clock=clock)
        for turn in range(ORDERS + WARM_UP):
            ways = [native(client, bare), unified(exchange, ours, built)]
            for way in ways if turn % 2 == 0 else reversed(ways):
                await client.cancel_order(await way)
        await client.disconnect()

    gc.disable()  # its pauses would fall on either way by chance
    run_virtual(main)
    gc.enable()
    return ours[WARM_UP:], bare[WARM_UP:], built[WARM_UP:]


def main() -> int:
    """Print both, and what the unified view adds."""
    print(f"{platform.machine()} Python {platform.python_version()}")
    ours, bare, built = race()
    for way, taken in (("unified place_order", ours), ("place_limit_order", bare)):
        p99 = sorted(taken)[len(taken) * 99 // 100]
        print(f"{way}: p50={statistics.median(taken):.1f} us p99={p99:.1f} us")
    added = statistics.median(ours) - statistics.median(bare)
    return conclude(
        [
            Figure("unified: what it adds to an order, p50", added, "us", at_most=REQUIRED_US),
            Figure("unified: building and checking a request, p50", statistics.median(built), "us"),
        ]
    )


if __name__ == "__main__":
    raise SystemExit(main())
