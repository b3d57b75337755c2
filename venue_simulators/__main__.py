"""``python -m venue_simulators lighter --port 9001``: a venue to trade on, until Ctrl-C.

Prints the environment variables with which to trade there, as lines for a shell.
"""

from __future__ import annotations

import argparse
import asyncio
import shlex
import signal
import sys
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

from exchange_clients.errors import ClientConfigError
from exchange_clients.paper.sources.base import MarketSource, RecordingError
from exchange_clients.paper.sources.open import open_source
from venue_simulators.catalogue import PAPER, SERVED, start
from venue_simulators.fault_plan import FaultPlan
from venue_simulators.faults import parse_row
from venue_simulators.options import DEFAULT_SYMBOLS, SimulatorOptions

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
        )
        plan = FaultPlan([parse_row(text) for text in chosen.fault], chosen.seed)
        return asyncio.run(_serve(chosen.venue, options, plan, chosen.port))
    except (ClientConfigError, RecordingError) as error:
        parser.error(str(error))
    except OSError as error:
        sys.stderr.write(f"port {chosen.port} and those after it are not free: {error}\n")
        return PORT_TAKEN


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("venue_simulators", description=__doc__)
    parser.add_argument("venue", choices=SERVED)
    parser.add_argument("--port", type=int, default=0, help="of the first service; 0 for free ones")
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


def _recording(venue: str, names: Sequence[str] | None) -> MarketSource | None:
    """Open the recording whose market is served; its contracts are the paper venue's own."""
    if not names:
        return None
    if venue != PAPER:
        raise ClientConfigError(f"--data is played on the {PAPER} venue alone, not on {venue}")
    return open_source(names)


def _usd(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise argparse.ArgumentTypeError(f"{text} is not an amount") from None


async def _serve(venue: str, options: SimulatorOptions, plan: FaultPlan, port: int) -> int:
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, over.set)
    async with start(venue, options, plan=plan, port=port) as server:
        for name, value in server.environment().items():
            sys.stdout.write(f"export {name}={shlex.quote(value)}\n")
        sys.stdout.flush()
        await over.wait()
    for kind, count in sorted(plan.counts.items()):
        sys.stderr.write(f"{kind}: {count}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
