"""Let every official SDK judge the simulated venues and our signatures; print one table.

    make judges            or: python -m judges [--judge bpx-py] [--venue backpack] [--orders 1000]

Each judge gets a venue of its own that begins now. Nothing but loopback is contacted, besides the
package index when an environment is built.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from exchange_clients.shared.native_library import native_library
from judges import environments
from judges.comparison import differences
from judges.orders import SampleOrder, random_orders
from judges.ours import markets_of, venue_of
from judges.steps import CANNOT, FAIL, PASS, STEPS
from judges.verdicts import SIGN, Testimony, Verdict, failed, read_testimony, table
from venue_simulators import catalogue
from venue_simulators.options import SimulatorOptions

HERE = Path(__file__).resolve().parent
OPTIONS = SimulatorOptions(symbols=("BTC", "ETH", "SOL", "PEPE"))
PATIENCE_S = 300.0
"""For one judge on one venue; one takes less than a minute, and three where others work as well."""
LAST_WORDS_S = 10.0
"""For what a judge that was killed has said until then to come out."""
DIFFERENCES_SHOWN = 3
NOWHERE = "http://127.0.0.1:9"
"""Where requests to other hosts end that an SDK might make: nobody listens there."""


@dataclass(frozen=True, slots=True)
class Bench:
    """One judge on one venue."""

    judge: str
    venue: str
    script: str
    signs: bool
    """Whether it is asked to sign; ccxt is no official SDK, and its signatures judge nothing."""


BENCHES = (
    Bench(environments.CCXT, "aster", "judge_ccxt.py", signs=False),
    Bench(environments.BPX, "backpack", "judge_backpack.py", signs=True),
    Bench(environments.CCXT, "backpack", "judge_ccxt.py", signs=False),
    Bench(environments.BINANCE_SDK, "binance", "judge_binance_sdk.py", signs=True),
    Bench(environments.BINANCE, "binance", "judge_binance.py", signs=True),
    Bench(environments.CCXT, "binance", "judge_ccxt.py", signs=False),
    Bench(environments.PYBIT, "bybit", "judge_bybit.py", signs=True),
    Bench(environments.CCXT, "bybit", "judge_ccxt.py", signs=False),
    Bench(environments.EDGEX, "edgex", "judge_edgex.py", signs=True),
    Bench(environments.LIGHTER, "lighter", "judge_lighter.py", signs=True),
    Bench(environments.CCXT, "lighter", "judge_ccxt.py", signs=False),
    Bench(environments.GRVT, "grvt", "judge_grvt.py", signs=True),
    Bench(environments.CCXT, "grvt", "judge_ccxt.py", signs=False),
    Bench(environments.OKX, "okx", "judge_okx.py", signs=True),
    Bench(environments.CCXT, "okx", "judge_ccxt.py", signs=False),
    Bench(environments.PARADEX, "paradex", "judge_paradex.py", signs=True),
    Bench(environments.CCXT, "paradex", "judge_ccxt.py", signs=False),
)


def main() -> int:
    """Build what is missing, let the judges work, print the table; 1 if any step failed."""
    options = _options()
    benches = [
        each
        for each in BENCHES
        if options.judge in (None, each.judge) and options.venue in (None, each.venue)
    ]
    for judge in dict.fromkeys(each.judge for each in benches):
        if environments.interpreter_of(judge) is None:
            continue
        built = environments.build(judge)
        _tell(f"{judge} {environments.version_of(judge)}: {'built' if built else 'stands'}")
    verdicts: list[Verdict] = []
    for bench in benches:
        began = time.monotonic()
        if environments.interpreter_of(bench.judge) is None:
            verdicts += _unjudged(bench)
            continue
        verdicts += asyncio.run(_judge(bench, options.orders, options.seed))
        _tell(f"{bench.judge} on {bench.venue}: {time.monotonic() - began:.0f} s")
    print(
        f"Python {platform.python_version()}, {options.orders:,} orders signed, seed {options.seed}"
    )
    print(table(verdicts))
    return int(failed(verdicts))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="judges", description="Official SDKs as judges")
    parser.add_argument("--judge", choices=environments.PACKAGES)
    parser.add_argument("--venue", choices=catalogue.VENUES)
    parser.add_argument("--orders", type=int, default=1000, help="how many to sign")
    parser.add_argument("--seed", type=int, default=1, help="what the orders are drawn from")
    return parser.parse_args()


def _unjudged(bench: Bench) -> list[Verdict]:
    """Return what is told of a judge that cannot be asked on this machine."""
    reason = f"there is no Python {environments.PYTHONS[bench.judge]} here"
    notes = [reason, *["not reached"] * (len(STEPS) - 1)]
    return [
        Verdict(bench.venue, bench.judge, step, CANNOT, note)
        for step, note in zip(STEPS, notes, strict=True)
    ]


async def _judge(bench: Bench, count: int, seed: int) -> list[Verdict]:
    venue = venue_of(bench.venue)
    markets = markets_of(venue, catalogue.build(bench.venue, OPTIONS))
    listed = [listing.market for listing in markets]
    now_ms = time.time_ns() // 1_000_000
    samples = random_orders(venue, listed, count, seed, now_ms) if bench.signs else []
    async with catalogue.start(bench.venue, OPTIONS) as server:
        variables = server.environment()
        testimony = await _heard(bench, variables, samples)
    verdicts = list(testimony.verdicts)
    if bench.signs:
        found = differences(venue, markets, variables, samples, testimony.signed)
        shown = list(islice(found, DIFFERENCES_SHOWN))
        outcome = FAIL if shown else PASS
        verdicts.append(Verdict(bench.venue, bench.judge, SIGN, outcome, "; ".join(shown)))
    return verdicts


async def _heard(
    bench: Bench, variables: Mapping[str, str], samples: Sequence[SampleOrder]
) -> Testimony:
    """Run a judge in its own environment and return what it said."""
    library = native_library("lighter", "signers", "lighter-signer", "'exchange_clients[lighter]'")
    job = {
        "venue": bench.venue,
        "environment": {**variables, "LIGHTER_SIGNER_LIBRARY": str(library)},
        "orders": [sample.words() for sample in samples],
    }
    process = await asyncio.create_subprocess_exec(
        environments.python_of(bench.judge),
        HERE / bench.script,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={"HTTP_PROXY": NOWHERE, "HTTPS_PROXY": NOWHERE, "NO_PROXY": "127.0.0.1"},
        start_new_session=True,
    )
    hearing = asyncio.create_task(process.communicate(json.dumps(job).encode()))
    done, _ = await asyncio.wait([hearing], timeout=PATIENCE_S)
    if not done:
        # What it has told until now comes out all the same, unless a process that the SDK has
        # started holds the pipe open: so all of them are ended, and none is waited for for ever.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await asyncio.wait([hearing], timeout=LAST_WORDS_S)
    if not hearing.done():
        hearing.cancel()
        return read_testimony(
            bench.venue, bench.judge, [], f"nothing came out of it in {PATIENCE_S:g} s"
        )
    said, complained = hearing.result()
    last = complained.decode(errors="replace").strip().splitlines()[-1:]
    ended = f"it ended with {process.returncode} {' '.join(last)}"
    ending = ended if done else f"still at it after {PATIENCE_S:g} s, and ended by us"
    return read_testimony(bench.venue, bench.judge, said.decode().splitlines(), ending)


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
