"""Let bots trade over loopback sockets at all venues at once, while everything between misbehaves.

python -m tests.survival.soak --minutes 30

Every simulated venue is a server behind proxies of its own, which are slow, stingy, deaf or gone as
a seed draws it. Real processes of the bot trade there: grids, and funding arbitrage over the other
venues. Some are stopped, killed and started again. They are looked at from outside.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from tempfile import mkdtemp

from tests.support.soak_bots import SoakBot
from tests.support.soak_run import SoakPlan, soak
from tests.support.soak_verdicts import LIMITS, series, slope_per_minute, warm

GRIDS = ("backpack", "grvt", "lighter")
PAIRS = (("aster", "bybit", "paradex"), ("binance", "okx", "edgex"))
QUIET_SHARE = 0.1
END_EVERY_S = 480.0
"""How often a restless bot is ended."""
HEAD = ("bot", "fills", "lost", "stopped", "killed", "not started", "agreed", *LIMITS)


def main(arguments: Sequence[str]) -> int:
    """Run it; the exit code is 1 when something ought not to have been."""
    given = _parser().parse_args(arguments)
    folder = given.folder or Path(mkdtemp(prefix="soak-"))
    folder.mkdir(parents=True, exist_ok=True)
    seconds = given.minutes * 60.0
    quiet_s = seconds * QUIET_SHARE
    trouble_s = seconds - quiet_s
    times = max(round(trouble_s / END_EVERY_S), 2)
    ends = [(signal.SIGTERM, signal.SIGKILL)[number % 2] for number in range(times)]
    plan = SoakPlan(given.seed, trouble_s, quiet_s, GRIDS, PAIRS, given.pause, ends)
    began = time.monotonic()
    soaked = asyncio.run(soak(plan, folder))
    red = list(soaked.breaches())
    sys.stdout.write(_table(soaked.bots))
    toxics = sum((venue.poured for bot in soaked.bots for venue in bot.venues), Counter[str]())
    sys.stdout.write(f"toxics: {dict(sorted(toxics.items()))}; all in {folder}\n")
    sys.stdout.writelines(f"BREACH {text}\n" for text in red)
    verdict = f"{len(red)} breaches" if red else "sound"
    sys.stdout.write(f"{verdict}, {(time.monotonic() - began) / 60:.1f} minutes\n")
    return int(bool(red))


def _table(bots: Sequence[SoakBot]) -> str:
    rows = [HEAD, *(_row(bot) for bot in bots)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(HEAD))]
    return "".join(
        "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)) + "\n"
        for row in rows
    )


def _row(bot: SoakBot) -> tuple[str, ...]:
    used, events = [], Counter(str(row.get("event", "")) for row in bot.logged())
    for what in LIMITS:
        points = series(bot.longest.samples[1:], what)  # the first is of a process that starts
        judged = warm(points)
        slope = f" {slope_per_minute(judged):+.2f}/min" if judged else ""
        used.append(f"{points[0][1]:.0f}-{points[-1][1]:.0f}{slope}" if points else "-")
    return (
        bot.name,
        str(bot.fills),
        str(events["connection_lost"] + events["connect_failed"]),
        str(bot.counts["SIGTERM"]),
        str(bot.counts["SIGKILL"]),
        str(bot.counts["not started"]),
        "never" if bot.agreed_s is None else f"{bot.agreed_s:.0f} s",
        *used,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.survival.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0, help="of trouble and of quiet")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pause", type=float, default=20.0, help="s from toxic to toxic, at each")
    parser.add_argument("--folder", type=Path, help="where bots run; a temporary one unless told")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
