"""The command line: what to do, where, and with which database."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from exchange_clients.shared.assembly import PROD, SIMULATOR
from exchange_clients.shared.symbols import did_you_mean
from funding_rate_service.core.export import Format
from funding_rate_service.core.queries import Kind

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8000
DEFAULT_DATABASE = Path("state") / "funding-rates.sqlite"
SIMULATED_DATABASE = Path("state") / "funding-rates-simulator.sqlite"
"""Made-up rates are never mixed with true ones."""
SIMULATED_BACKFILL = 30
"""Days: so that a demonstration has a past to show; true venues have thousands of series."""
TOKEN_VARIABLE = "PERP_FUNDING_SERVICE_TOKEN"

EPILOG = """\
examples:
  python -m funding_rate_service --environment simulator
  python -m funding_rate_service --venues binance,bybit,lighter --backfill 30
  python -m funding_rate_service import FOLDER
  python -m funding_rate_service export --format parquet --out settled.parquet

No keys are needed. Any address but this machine's needs a token of your choice in the variable
PERP_FUNDING_SERVICE_TOKEN; who asks then sends "Authorization: Bearer TOKEN"."""


def parse_arguments(words: Sequence[str] | None) -> argparse.Namespace:
    """Read a command line; ends the process with 2 where it is wrong, with 0 after ``--help``."""
    parser = argparse.ArgumentParser(
        "python -m funding_rate_service",
        description="Collect every venue's funding rates; serve them as an API and a page.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    _serve_flags(parser)
    _common_flags(parser)
    parser.set_defaults(command="serve")
    commands = parser.add_subparsers(title="other commands", metavar="")
    importer = commands.add_parser("import", help="take settled rates in from files (CSV, .gz)")
    importer.add_argument("path", type=Path, help="a file, or a folder of them")
    importer.set_defaults(command="import")
    exporter = commands.add_parser("export", help="write histories to a file")
    exporter.add_argument("--out", type=Path, required=True, help="the file to write")
    exporter.add_argument("--format", choices=[each.value for each in Format], default="csv")
    exporter.add_argument("--kind", choices=[each.value for each in Kind], default="settlements")
    exporter.set_defaults(command="export")
    for each in (importer, exporter):
        _common_flags(each)
    given = sys.argv[1:] if words is None else words
    _check_flags(given, parser, importer, exporter)
    asked = parser.parse_args(given)
    if asked.backfill is None:
        asked.backfill = SIMULATED_BACKFILL if asked.environment == SIMULATOR else 0
    return asked


def _check_flags(
    words: Sequence[str], parser: argparse.ArgumentParser, *others: argparse.ArgumentParser
) -> None:
    """Refuse a misspelt flag, whose value would else be taken for a command."""
    actions = [action for each in (parser, *others) for action in each._actions]
    known = [name for action in actions for name in action.option_strings]
    for word in words:
        flag = word.partition("=")[0]
        if flag.startswith("--") and flag not in known:
            parser.error(f"{flag} is not a flag{did_you_mean(flag, known) or '; see --help'}")


def _serve_flags(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--host", default=DEFAULT_HOST, help="address to answer on (%(default)s)")
    add("--port", type=int, default=DEFAULT_PORT, help="0 takes a free one (%(default)s)")
    add("--venues", metavar="NAMES", help="separated by commas; all of them by default")
    add("--period", type=float, default=60.0, metavar="S", help="seconds between collections (60)")
    add(
        "--backfill", type=int, metavar="DAYS",
        help="ask venues for rates settled in the last days, where they tell them (0; "
        f"{SIMULATED_BACKFILL} where they are simulated)",
    )  # fmt: skip
    add("--keep-samples", type=int, default=7, metavar="DAYS", help="(%(default)s)")
    add("--keep-hours", type=int, default=400, metavar="DAYS", help="(%(default)s)")
    add(
        "--stale-after", type=float, default=300.0, metavar="S",
        help="older rates are marked, and make no pair (300)",
    )  # fmt: skip
    add("--cors-origin", action="append", default=[], metavar="ORIGIN", help="may read answers")


def _common_flags(parser: argparse.ArgumentParser) -> None:
    # A flag of a subcommand that is not given must not hide the one before it.
    missing = argparse.SUPPRESS if parser.prog.split()[-1] in ("import", "export") else None
    parser.add_argument(
        "--database", default=missing, metavar="URL",
        help=f"a file or postgresql://user@host/name ({DEFAULT_DATABASE})",
    )  # fmt: skip
    parser.add_argument(
        "--environment", choices=(PROD, "testnet", SIMULATOR), default=missing or PROD,
        help="the venues themselves, or simulators that are started here (prod)",
    )  # fmt: skip
    parser.add_argument(
        "--log-level", default=missing or "WARNING",
        choices=("DEBUG", "INFO", "WARNING", "ERROR"), help="(WARNING)",
    )  # fmt: skip
