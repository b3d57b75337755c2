"""Measure an order over HTTP and over the venue's order socket, in turns, on loopback.

The venue is its simulator in a process of its own, so that both ways meet the same checks and the
same matching; what differs is how the order gets there. Bybit and OKX log the socket in once and
sign no order after that; each order is cancelled before the next.

    python -m benchmarks.bench_order_entry [--venue bybit]
"""

from __future__ import annotations

import argparse
import asyncio
import platform
import shlex
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from importlib import import_module

from benchmarks.figures import Figure, conclude
from exchange_clients.base_models import Side
from exchange_clients.journal import MemoryJournal
from exchange_clients.shared.assembly import SIMULATOR, open_link
from exchange_clients.shared.client.venue_client import VenueClient
from exchange_clients.shared.venue import Venue

VENUES = ("binance", "bybit", "okx")
ORDERS, WARM_UP = 200, 20
LAST = {"binance": "WS_API_URL", "bybit": "WS_TRADE_URL", "okx": "WS_BUSINESS_URL"}
"""The variable that each simulator prints last."""
PAUSE_S = 0.12
"""Between orders, so that no rate limit is waited for."""


@contextmanager
def serving(name: str) -> Iterator[Mapping[str, str]]:
    """Run a simulator in a process of its own; return the variables that it prints."""
    command = [sys.executable, "-m", "venue_simulators", name, "--symbol", "BTC"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        variables: dict[str, str] = {}
        try:
            for line in process.stdout:
                key, found, value = line.strip().removeprefix("export ").partition("=")
                if found and key.isupper():
                    variables[key] = shlex.split(value)[0]
                if key.endswith(LAST[name]):
                    break
            yield variables
        finally:
            process.terminate()


def words_of(name: str) -> Venue:
    """Return a venue's words."""
    venue: Venue = import_module(f"exchange_clients.{name}.client.core").VENUE
    return venue


async def race(name: str, variables: Mapping[str, str]) -> dict[bool, list[float]]:
    """Return the times in us of orders over HTTP (False) and over the socket (True)."""
    clients = {}
    for by_socket in (False, True):
        link = open_link(words_of(name), SIMULATOR, variables, order_socket=by_socket)
        clients[by_socket] = VenueClient(link, journal=MemoryJournal(), name=f"{name}-{by_socket}")
        await clients[by_socket].connect()
    await asyncio.sleep(1)  # the order socket opens behind
    contract_id, tick = await clients[True].get_contract_attributes("BTC")
    bid, _ = await clients[True].fetch_bbo_prices(contract_id)
    price = (bid * Decimal("0.97") // tick) * tick
    size = clients[True].market(contract_id).smallest_size(price) * 2
    times: dict[bool, list[float]] = {False: [], True: []}
    for turn in range(ORDERS + WARM_UP):
        for by_socket in (False, True) if turn % 2 else (True, False):
            client = clients[by_socket]
            start = time.perf_counter_ns()
            result = await client.place_limit_order(contract_id, size, price, Side.BUY)
            times[by_socket].append((time.perf_counter_ns() - start) / 1000)
            assert result.client_order_id is not None, result
            await client.cancel_order(result.client_order_id)
            await asyncio.sleep(PAUSE_S)
    for client in clients.values():
        await client.disconnect()
    return {way: taken[WARM_UP:] for way, taken in times.items()}


def main() -> int:
    """Print both ways at each venue; figures alone, without a goal."""
    parser = argparse.ArgumentParser(description="Orders over HTTP and over the order socket")
    parser.add_argument("--venue", action="append", choices=VENUES)
    options = parser.parse_args()
    print(f"{platform.machine()} Python {platform.python_version()}")
    figures = []
    for name in options.venue or VENUES:
        with serving(name) as variables:
            times = asyncio.run(race(name, variables))
        http, socket = (statistics.median(times[way]) for way in (False, True))
        print(f"{name}: HTTP p50={http:.0f} us, order socket p50={socket:.0f} us")
        figures.append(Figure(f"orders: socket / HTTP, {name}, p50", socket / http, "x"))
    return conclude(figures)


if __name__ == "__main__":
    raise SystemExit(main())
