"""``runbot.py flatten``: cancels and closes what runs have at venues, and says when it is gone."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from app import catalogue, values
from app.accounts import MAIN
from app.arguments import Given
from app.configuration import env_file_layer
from app.errors import ExitCode, UsageError, did_you_mean
from app.network import fast_loop
from app.precedence import plain_variables
from app.safety.accounts_at_hand import AccountsAtHand
from app.safety.flatten_runs import Flattening, RunFlatness
from app.safety.kept_runs import Wanted, kept_runs
from app.settings import PAPER, PROD
from exchange_clients.shared.assembly import SIMULATOR
from exchange_clients.shared.clock import SystemClock

if TYPE_CHECKING:
    from rich.table import Table

WITHIN_S = 300.0
"""How long the command goes on where none is given."""
TABLE_WIDTH = 112
FORMATS = ("table", "json")
ENVIRONMENTS = (PROD, "testnet", "demo", SIMULATOR, PAPER)


@dataclass(frozen=True, slots=True)
class FlattenRequest:
    """What is to become flat, and how it is shown."""

    wanted: Wanted
    variables: Mapping[str, str]
    within_s: float = WITHIN_S
    everything: bool = False
    """Whether to close what others opened on the accounts, too."""
    as_json: bool = False


def flatten_command(given: Mapping[str, Given], environment: Mapping[str, str]) -> int:
    """Bring runs to flat, print what became of each, and return 1 where one is not.

    Raises:
        UsageError: something given is wrong; nothing was done.
    """
    request = read_request(given, environment)
    with asyncio.Runner(loop_factory=fast_loop) as runner:
        results = runner.run(carry_out(request))
    _print(request, results)
    return ExitCode.DONE if all(each.flat for each in results) else ExitCode.FAILED


async def carry_out(request: FlattenRequest) -> Sequence[RunFlatness]:
    """Bring what is asked for to flat, and return what became of it."""
    clock, wanted = SystemClock(), request.wanted
    runs, unread = kept_runs(wanted)
    accounts = AccountsAtHand(request.variables, wanted.state_dir, wanted.environment, clock)
    flattening = Flattening(wanted, accounts, clock, request.within_s)
    try:
        results = await flattening.bring(runs, unread)
        if request.everything:
            results = await flattening.sweep(wanted.exchanges, wanted.account or MAIN)
    finally:
        await accounts.close()
    return results


def read_request(given: Mapping[str, Given], environment: Mapping[str, str]) -> FlattenRequest:
    """Read and check what was asked.

    Raises:
        UsageError: something is wrong.
    """
    process = {name: Given(value, name) for name, value in environment.items()}
    exchanges = _exchanges(given)
    everything = "everything" in given
    if everything and not exchanges:
        raise UsageError("--everything needs --exchanges: name the venues that it empties")
    if everything and "yes" not in given:
        raise UsageError(
            "--everything closes what other programs and people opened on these accounts as well; "
            "add --yes if that is what you want"
        )
    wanted = Wanted(
        state_dir=_state_dir(given),
        environment=_environment(given),
        account=_word(given, "account"),
        exchanges=exchanges,
        run=_word(given, "run") or "",
    )
    form = _word(given, "format") or FORMATS[0]
    if form not in FORMATS:
        raise UsageError(f"--format: {form} is not allowed: one of {', '.join(FORMATS)}")
    return FlattenRequest(
        wanted,
        plain_variables(process, env_file_layer(given.get("env_file"))),
        _within_s(given),
        everything,
        form == "json",
    )


def _state_dir(given: Mapping[str, Given]) -> Path:
    """Return where the runs are; a folder that is not there would look as if all were flat."""
    told = _word(given, "state_dir")
    if told is not None and not Path(told).is_dir():
        raise UsageError(f"--state-dir: there is no folder {told}")
    return Path(told or "state")


def _environment(given: Mapping[str, Given]) -> str:
    told = (_word(given, "environment") or PROD).lower()
    if told not in ENVIRONMENTS:
        raise UsageError(
            f"--environment: {told} is not allowed: one of {', '.join(ENVIRONMENTS)}"
            f"{did_you_mean(told, ENVIRONMENTS)}"
        )
    return told


def _within_s(given: Mapping[str, Given]) -> float:
    text = _word(given, "within")
    if text is None:
        return WITHIN_S
    try:
        return values.duration(text).total_seconds()
    except ValueError as error:
        raise UsageError(f"--within: not allowed: {error}") from error


def _exchanges(given: Mapping[str, Given]) -> tuple[str, ...]:
    text = _word(given, "exchanges")
    if text is None:
        return ()
    known = [each for each in catalogue.exchange_names() if each != PAPER]
    names = tuple(dict.fromkeys(each.strip().lower() for each in text.split(",")))
    for name in names:
        if name.partition(":")[0] not in known:
            hint = did_you_mean(name, known)
            raise UsageError(f"--exchanges: no {name or 'name'}{hint} (known: {', '.join(known)})")
    return names


def _word(given: Mapping[str, Given], key: str) -> str | None:
    return str(given[key].value) if key in given else None


# Showing ------------------------------------------------------------------------------------------


def _print(request: FlattenRequest, results: Sequence[RunFlatness]) -> None:
    if request.as_json:
        text = msgspec.json.format(msgspec.json.encode(results), indent=2).decode()
        sys.stdout.write(text + "\n")
        return
    if not results:
        wanted = request.wanted
        sys.stdout.write(
            f"no unfinished run of {wanted.environment} in {wanted.state_dir} is meant: "
            "nothing to do\n"
        )
    else:
        from rich.console import Console  # noqa: PLC0415  # costs 50 ms, which --help need not pay

        console = Console(file=sys.stdout)
        console.width = max(console.width, TABLE_WIDTH)
        console.print(_table(results))
        sys.stdout.write(summary(results) + "\n")


def summary(results: Sequence[RunFlatness]) -> str:
    """Return what it came to, in a line."""
    left = [each.run_id for each in results if not each.flat]
    if left:
        return f"NOT FLAT: {', '.join(left)}; the same command goes on with what is left"
    times = [each.seconds for run in results for each in run.venues if each.seconds is not None]
    return f"flat after {max(times, default=0.0):.1f} s; runs stay halted until --fresh"


def _table(results: Sequence[RunFlatness]) -> Table:
    from rich import box  # noqa: PLC0415  # as above
    from rich.table import Table  # noqa: PLC0415  # as above
    from rich.text import Text  # noqa: PLC0415  # as above

    table = Table(box=box.SIMPLE_HEAD)
    for title in ("run", "venue", "found", "left", "flat after", "what happened"):
        table.add_column(title, overflow="fold")
    for run in results:
        rows = [
            (
                each.venue,
                each.found,
                each.left,
                "NOT FLAT" if each.seconds is None else f"{each.seconds:.1f} s",
                each.trouble or run.course.value,
            )
            for each in run.venues
        ]
        # What a venue said is text and no markup.
        for row in rows or [("", "", "not known", "NOT FLAT", run.trouble or run.course.value)]:
            table.add_row(*(Text(cell) for cell in (run.run_id, *row)))
    return table
