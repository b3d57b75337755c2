"""``runbot.py doctor``: looks at each leg before money moves; sends no order, changes nothing."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from app import catalogue, values
from app.accounts import MAIN, accounts_by_label
from app.arguments import Given
from app.configuration import env_file_layer
from app.doctor_checks import Finding, Intent, LegFacts, Level, findings_between, findings_of
from app.doctor_reading import LegDesk, read_leg
from app.errors import ExitCode, UsageError, did_you_mean
from app.network import fast_loop, network_client
from app.precedence import plain_variables
from app.settings import PAPER, PROD, venue_kind
from exchange_clients.base_models import Symbol
from exchange_clients.shared.clock import SystemClock

if TYPE_CHECKING:
    from rich.table import Table

TABLE_WIDTH = 112
STYLES: Mapping[Level, str] = {
    Level.OK: "green",
    Level.UNKNOWN: "dim",
    Level.WARN: "yellow",
    Level.FAIL: "bold red",
}


def doctor(given: Mapping[str, Given], environment: Mapping[str, str]) -> int:
    """Print what is found of each leg; return 1 where something would keep a bot from trading.

    Raises:
        UsageError: something given is wrong, or the account is not known; nothing was asked.
        MissingCredentials: the account is sealed and its passphrase is not told.
    """
    process = {name: Given(value, name) for name, value in environment.items()}
    variables = plain_variables(process, env_file_layer(given.get("env_file")))
    intent = read_intent(given)
    desks = _desks(given, variables)
    with asyncio.Runner(loop_factory=fast_loop) as runner:
        legs = runner.run(_read(desks, intent))
    found = [each for leg in legs for each in findings_of(leg, intent)] + findings_between(legs)
    _print(found)
    failed = any(each.level is Level.FAIL for each in found)
    return ExitCode.FAILED if failed else ExitCode.DONE


def read_intent(given: Mapping[str, Given]) -> Intent:
    """Return what is going to be traded.

    Raises:
        UsageError: a value is wrong.
    """
    try:
        symbol = values.ticker(_word(given, "symbol", "BTC"))
    except ValueError as error:
        raise UsageError(f"--symbol: not allowed: {error}") from error
    return Intent(Symbol(symbol), _amount(given, "notional"), _amount(given, "leverage"))


async def _read(desks: Sequence[LegDesk], intent: Intent) -> list[LegFacts]:
    clock = SystemClock()
    return [await read_leg(desk, intent, clock) for desk in desks]


def _desks(given: Mapping[str, Given], variables: Mapping[str, str]) -> list[LegDesk]:
    names = _exchanges(given)
    environment = _word(given, "environment", PROD).lower()
    accounts = accounts_by_label(
        account=_word(given, "account", MAIN),
        environment=environment,
        variables=variables,
        state_dir=Path(_word(given, "state_dir", "state")),
        venues={name: network_client(name).VENUE for name in names},
    )
    return [
        LegDesk(name, environment, variables, accounts.get(name), place)
        for place, name in enumerate(names)
    ]


def _exchanges(given: Mapping[str, Given]) -> list[str]:
    known = [each for each in catalogue.exchange_names() if each != PAPER]
    if "exchanges" not in given:
        raise UsageError(f"--exchanges is not given; name one or more of {', '.join(known)}")
    text = _word(given, "exchanges", "")
    names = list(dict.fromkeys(each.strip().lower() for each in text.split(",")))
    for name in names:
        if venue_kind(name) not in known:
            hint = did_you_mean(name, known)
            raise UsageError(f"--exchanges: no {name or 'name'}{hint} (known: {', '.join(known)})")
    return names


def _amount(given: Mapping[str, Given], key: str) -> Decimal | None:
    if key not in given:
        return None
    try:
        amount = values.finite(str(given[key].value))
    except ValueError as error:
        raise UsageError(f"--{key}: not allowed: {error}") from error
    if amount <= 0:
        raise UsageError(f"--{key}: {amount} is not allowed; use a number above zero")
    return amount


def _word(given: Mapping[str, Given], key: str, default: str) -> str:
    return str(given[key].value) if key in given else default


def _print(found: Sequence[Finding]) -> None:
    from rich.console import Console  # noqa: PLC0415  # costs 50 ms, which --help need not pay

    console = Console(file=sys.stdout)
    console.width = max(console.width, TABLE_WIDTH)
    console.print(_table(found))
    counts = [f"{sum(each.level is level for each in found)} {level.value}" for level in Level]
    sys.stdout.write(", ".join(counts) + "\n")


def _table(found: Sequence[Finding]) -> Table:
    from rich import box  # noqa: PLC0415  # as above
    from rich.table import Table  # noqa: PLC0415  # as above
    from rich.text import Text  # noqa: PLC0415  # as above

    table = Table(box=box.SIMPLE_HEAD)
    for title in ("venue", "check", "", "found", "fix"):
        table.add_column(title, overflow="fold")
    for each in found:
        # What a venue said is text and no markup.
        level = Text(each.level.value, STYLES[each.level])
        table.add_row(each.venue, each.check, level, Text(each.found), Text(each.fix))
    return table
