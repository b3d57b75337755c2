"""``python -m venue_simulators lighter --port 9001``: a venue to trade on, until Ctrl-C.

Several names are venues of one world, with one price of each symbol. Prints the environment
variables with which to trade there, as lines for a shell.
"""

from __future__ import annotations

import argparse
import asyncio
import shlex
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from decimal import Decimal, InvalidOperation

from exchange_clients.errors import ClientConfigError
from exchange_clients.paper.sources.base import MarketSource, RecordingError
from exchange_clients.paper.sources.open import open_source
from venue_simulators.apart import READY
from venue_simulators.catalogue import PAPER, SERVED, start
from venue_simulators.fault_plan import FaultPlan
from venue_simulators.faults import parse_row
from venue_simulators.options import DEFAULT_SYMBOLS, SharedWorld, SimulatorOptions

PORT_TAKEN = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve a venue until a signal comes; return the exit code."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    try:
        options = SimulatorOptions(
            seed=chosen.seed,
            symbols=tuple(chosen.symbol),
            balance=chosen.balance,
            source=_recording(chosen.venue, chosen.data),
            living=chosen.living,
        )
        faults = [parse_row(text) for text in chosen.fault]
        plans = {name: FaultPlan(faults, chosen.seed) for name in chosen.venue}
        return asyncio.run(_serve(plans, options, chosen.port, piped=chosen.piped))
    except (ClientConfigError, RecordingError) as error:
        parser.error(str(error))
    except OSError as error:
        sys.stderr.write(f"port {chosen.port} and those after it are not free: {error}\n")
        return PORT_TAKEN


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("venue_simulators", description=__doc__)
    parser.add_argument("venue", choices=SERVED, nargs="+")
    parser.add_argument("--port", type=int, default=0, help="of the first service; 0 for free ones")
    parser.add_argument(
        "--living", action="store_true", help="funding rates and open interest that move"
    )
    parser.add_argument(
        "--piped", action="store_true", help="end when standard input does: a program began this"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the invented market and of faults")
    parser.add_argument("--symbol", nargs="+", default=DEFAULT_SYMBOLS, help="BTC ETH ...")
    parser.add_argument("--balance", type=_usd, default=Decimal(10_000), help="USD to begin with")
    parser.add_argument(
        "--data", nargs="+", metavar="FILE", help="a recording to play, on the paper venue"
    )
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="ROW",
        help="what goes wrong: rp.drop,path=/api/v1/order,probability=0.1,from=10,for=60",
    )
    return parser


def _recording(venues: Sequence[str], names: Sequence[str] | None) -> MarketSource | None:
    """Open the recording whose market is served; its contracts are the paper venue's own."""
    if not names:
        return None
    if list(venues) != [PAPER]:
        told = ", ".join(venues)
        raise ClientConfigError(f"--data is played on the {PAPER} venue alone, not on {told}")
    return open_source(names)


def _usd(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise argparse.ArgumentTypeError(f"{text} is not an amount") from None


async def _serve(
    plans: Mapping[str, FaultPlan], options: SimulatorOptions, port: int, *, piped: bool
) -> int:
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, over.set)
    if piped:
        # Readable means closed: nothing is ever written there.
        loop.add_reader(sys.stdin.fileno(), over.set)
    async with AsyncExitStack() as stack:
        for place, (venue, plan) in enumerate(plans.items()):
            own = options if len(plans) == 1 else _of_one_world(options, place)
            server = await stack.enter_async_context(start(venue, own, plan=plan, port=port))
            port = port and port + len(server.urls)
            for name, value in server.environment().items():
                sys.stdout.write(f"export {name}={shlex.quote(value)}\n")
        sys.stdout.write(f"{READY}\n")
        sys.stdout.flush()
        await over.wait()
    for venue, plan in plans.items():
        for kind, count in sorted(plan.counts.items()):
            sys.stderr.write(f"{venue} {kind}: {count}\n")
    return 0


def _of_one_world(options: SimulatorOptions, place: int) -> SimulatorOptions:
    """Return the options of one of several venues: prices in common, draws of its own."""
    world = SharedWorld(options.seed, place)
    return replace(options, seed=options.seed + place, shared=world)


if __name__ == "__main__":
    sys.exit(main())
