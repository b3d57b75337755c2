"""Say whether a bot, or the rate service, is well: for the health checks of containers.

    python scripts/health.py bot state
    python scripts/health.py rates http://127.0.0.1:8000

Ends with 0 where it is, and with 1 and a line that says why where it is not. A bot is well whose
loop wrote its pulse within the last seconds; the service, while at least one venue is fresh.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

sys.path.insert(0, str(Path(__file__).parents[1]))

from app.safety.pulse import STILL_S, read_pulse
from exchange_clients.shared.clock import SystemClock
from funding_rate_service.arguments import TOKEN_VARIABLE

ANSWER_S = 5.0


def trouble_of_bot(folder: Path, now_ns: int) -> str:
    """Return what is wrong with the bots of a state folder; empty where one runs and none hangs."""
    told = [(path.stem, read_pulse(path)) for path in sorted(folder.glob("*.pulse"))]
    running = [(name, pulse) for name, pulse in told if pulse is not None and not pulse.ended]
    if not running:
        return f"no bot runs in {folder}"
    still = [(name, pulse.age_s(now_ns)) for name, pulse in running]
    return ", ".join(f"{name} stands still for {age:.0f} s" for name, age in still if age > STILL_S)


def trouble_of_rates(url: str, variables: Mapping[str, str]) -> str:
    """Return what is wrong with the rate service; empty where it is well."""
    token = variables.get(TOKEN_VARIABLE)
    headers = {"authorization": f"Bearer {token}"} if token else {}
    try:
        # The address is the one that whoever starts this gives.
        with urlopen(
            Request(f"{url.rstrip('/')}/api/v1/health", headers=headers),
            timeout=ANSWER_S,
        ):
            return ""
    except HTTPError as error:
        error.close()
        return f"{url} answers {error.code}"
    except (OSError, HTTPException) as error:
        return f"{url} does not answer: {error}"


def main(words: Sequence[str] | None, variables: Mapping[str, str]) -> int:
    """Look once and return the exit code."""
    parser = argparse.ArgumentParser("scripts/health.py", description=__doc__)
    kinds = parser.add_subparsers(dest="kind", required=True)
    kinds.add_parser("bot").add_argument("folder", type=Path, help="its --state-dir")
    kinds.add_parser("rates").add_argument("url", help="where the service answers")
    asked = parser.parse_args(words)
    if asked.kind == "bot":
        trouble = trouble_of_bot(asked.folder, SystemClock().now_ns())
    else:
        trouble = trouble_of_rates(asked.url, variables)
    sys.stdout.write(f"{trouble or 'well'}\n")
    return 1 if trouble else 0


if __name__ == "__main__":
    sys.exit(main(None, os.environ))
