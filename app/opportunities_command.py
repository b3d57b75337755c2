"""``runbot.py opportunities``: which pairs of venues funding would pay for holding; no order.

Only public data is asked for, so that no keys are needed. Rates of all markets come first; the
books of those pairs alone that could still earn their costs are asked for then.
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app import catalogue, values
from app.arguments import Given
from app.configuration import env_file_layer
from app.errors import ExitCode, UsageError, did_you_mean
from app.funding_survey import Survey, VenueDesk, survey
from app.network import fast_loop
from app.precedence import plain_variables
from app.settings import PAPER, PROD
from exchange_clients.shared.assembly import SIMULATOR
from exchange_clients.shared.clock import SystemClock
from strategies.implementations.funding_arbitrage.parameters import Selection, arbitrage_settings
from strategies.implementations.funding_arbitrage.scanner import Opportunity, percent

if TYPE_CHECKING:
    from rich.table import Table

SHOWN = 20
TABLE_WIDTH = 112
SIMULATED_NOTE = "Simulated venues invent their prices and rates.\n"


@dataclass(frozen=True, slots=True)
class Question:
    """Where to look, and for what."""

    desks: Sequence[VenueDesk]
    selection: Selection
    symbol: str | None
    limit: int
    refused: bool
    """Whether to tell of each pair that was refused."""
    environment: str


def opportunities(given: Mapping[str, Given], environment: Mapping[str, str]) -> int:
    """Print the ranked pairs; return the exit code.

    Raises:
        UsageError: something given is wrong; nothing was asked.
        ParameterError: a rule of the strategy has a wrong value.
    """
    question = read_question(given, environment)
    with asyncio.Runner(loop_factory=fast_loop) as runner:
        work = survey(question.desks, question.selection, question.symbol, clock=SystemClock())
        found = runner.run(work)
    _print(found, question)
    return ExitCode.DONE if len(found.answered) > 1 else ExitCode.FAILED


def read_question(given: Mapping[str, Given], environment: Mapping[str, str]) -> Question:
    """Read and check what was asked.

    Raises:
        UsageError: something is wrong.
        ParameterError: a rule of the strategy has a wrong value.
    """
    process = {name: Given(value, name) for name, value in environment.items()}
    variables = plain_variables(process, env_file_layer(given.get("env_file")))
    name = _word(given, "environment", PROD).lower()
    symbol = _symbol(given)
    prefix = "strategy."
    rules = {
        key.removeprefix(prefix): str(item.value)
        for key, item in given.items()
        if key.startswith(prefix)
    }
    parameters = catalogue.parse_parameters("funding_arbitrage", rules)
    return Question(
        desks=[
            VenueDesk(venue, name, variables, symbol, place)
            for place, venue in enumerate(_exchanges(given))
        ],
        selection=arbitrage_settings(parameters).selection,
        symbol=symbol,
        limit=_limit(_word(given, "limit", str(SHOWN))),
        refused="refused" in given,
        environment=name,
    )


def _word(given: Mapping[str, Given], key: str, default: str) -> str:
    return str(given[key].value) if key in given else default


def _symbol(given: Mapping[str, Given]) -> str | None:
    if "symbol" not in given:
        return None
    try:
        return values.ticker(str(given["symbol"].value))
    except ValueError as error:
        raise UsageError(f"--symbol: not allowed: {error}") from error


def _limit(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise UsageError(f"--limit: {text} is not allowed; use a whole number above zero")
    return int(text)


def _exchanges(given: Mapping[str, Given]) -> list[str]:
    known = [each for each in catalogue.exchange_names() if each != PAPER]
    text = _word(given, "exchanges", ",".join(known))
    names = list(dict.fromkeys(each.strip().lower() for each in text.split(",")))
    for name in names:
        if name not in known:
            hint = did_you_mean(name, known)
            raise UsageError(f"--exchanges: no {name or 'name'}{hint} (known: {', '.join(known)})")
    if len(names) == 1:
        raise UsageError(f"--exchanges: {names[0]} alone makes no pair; give two or more")
    return names


# Telling ------------------------------------------------------------------------------------------


def _print(found: Survey, question: Question) -> None:
    from rich.console import Console  # noqa: PLC0415  # costs 50 ms, which --help need not pay

    selection = question.selection
    sys.stdout.write(
        f"{found.markets} markets of {len(found.answered)} venues; each leg "
        f"{selection.notional:.0f} USD for {selection.horizon_hours} h, "
        f"{'maker' if selection.maker_fees else 'taker'} fees\n"
    )
    pairs = found.scan.opportunities
    if pairs:
        # A narrower table would break its numbers; where there is no terminal, rich takes 80.
        console = Console(file=sys.stdout)
        console.width = max(console.width, TABLE_WIDTH)
        console.print(_table(pairs[: question.limit]))
    else:
        sys.stdout.write("no pair earns its costs\n")
    for name, trouble in found.failed:
        sys.stdout.write(f"{name} was left out: {trouble}\n")
    _print_refusals(found, each=question.refused)
    if question.environment == SIMULATOR:
        sys.stdout.write(SIMULATED_NOTE)


def _print_refusals(found: Survey, *, each: bool) -> None:
    refusals = found.scan.refusals
    counts = Counter(refusal.rule.value for refusal in refusals)
    if counts:
        told = ", ".join(f"{count} for {rule}" for rule, count in counts.most_common())
        hint = "" if each else "; --refused tells each"
        sys.stdout.write(f"refused: {told}{hint}\n")
    if not each:
        return
    for refusal in refusals:
        pair = f"{refusal.symbol} {refusal.long} / {refusal.short}"
        sys.stdout.write(f"  {pair}: {refusal.rule.value}: {refusal.detail}\n")


def _table(pairs: Sequence[Opportunity]) -> Table:
    from rich import box  # noqa: PLC0415  # as above
    from rich.table import Table  # noqa: PLC0415  # as above

    table = Table(box=box.SIMPLE_HEAD)
    for title in ("symbol", "long", "short"):
        table.add_column(title)
    for title in ("funding", "costs", "edge", "a year", "break-even h", "capacity USD"):
        table.add_column(title, justify="right")
    for pair in pairs:
        edge, room = pair.edge, pair.capacity
        table.add_row(
            *pair.pair,
            percent(edge.funding),
            percent(edge.costs.total),
            percent(edge.net),
            f"{edge.annual * 100:.1f} %",
            f"{pair.break_even_hours:.1f}",
            f"{room.notional:,.0f}{'+' if room.shown_depth_used else ''}",
        )
    return table
