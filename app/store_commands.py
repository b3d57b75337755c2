"""``runbot.py positions``, ``pnl`` and ``explain``: what runs wrote down; no venue is asked."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from app import store_views, values
from app.arguments import Given
from app.configuration import env_file_layer
from app.errors import ExitCode, RunFailed, UsageError
from app.past_runs import PastRun, read_runs
from app.precedence import variables_layer
from database.store_address import SQLITE, STORE_FILE, StoreAddress

FORMATS = ("table", "json")


@dataclass(frozen=True, slots=True)
class Question:
    """Which runs are asked for, and how they are shown."""

    address: StoreAddress
    state_dir: Path
    as_json: bool
    symbol: str | None
    strategy: str | None
    account: str | None
    run: str
    """What the run's id begins with."""

    def concerns(self, run: PastRun) -> bool:
        """Whether a run is asked for."""
        symbols = {*run.ticker.split(","), *(position["symbol"] for position in run.positions)}
        return (
            run.run_id.startswith(self.run)
            and self.strategy in (None, run.strategy)
            and self.account in (None, run.account)
            and (self.symbol is None or self.symbol in symbols)
        )


def positions(given: Mapping[str, Given], environment: Mapping[str, str]) -> int:
    """Print what runs hold and why; return the exit code.

    Raises:
        UsageError: something given is wrong.
        RunFailed: no run was kept, or the store cannot be used.
    """
    question = read_question(given, environment)
    runs, ended = _runs(question), "all" in given
    shown = runs if ended else [run for run in runs if run.holds or run.state != "ended"]
    text = store_views.positions_text(shown, ended=ended)
    _print(question, store_views.positions_rows(shown), text)
    return ExitCode.DONE


def pnl(given: Mapping[str, Given], environment: Mapping[str, str]) -> int:
    """Print what runs made, seen three ways; return the exit code.

    Raises:
        UsageError: something given is wrong.
        RunFailed: no run was kept, or the store cannot be used.
    """
    question = read_question(given, environment)
    runs = _runs(question)
    _print(question, store_views.pnl_rows(runs), store_views.pnl_text(runs))
    return ExitCode.DONE


def explain(given: Mapping[str, Given], environment: Mapping[str, str]) -> int:
    """Print why a market is not traded right now; return the exit code.

    Raises:
        UsageError: something given is wrong or missing.
        RunFailed: no run trades it, or the store cannot be used.
    """
    question = read_question(given, environment)
    symbol = question.symbol
    if symbol is None:
        raise UsageError("--symbol is missing: which market, such as BTC")
    # A strategy over many markets judges more of them than it holds.
    told = [run for run in _runs(question, any_symbol=True) if store_views.judged(run, symbol)]
    live = [run for run in told if run.state != "ended"] or told[:1]
    if not live:
        raise RunFailed(
            f"no run has judged {symbol}; without one, judge it by "
            f"runbot.py opportunities --symbol {symbol} --refused"
        )
    rows = store_views.explain_rows(live, symbol)
    _print(question, rows, store_views.explain_text(live, symbol))
    return ExitCode.DONE


def read_question(given: Mapping[str, Given], environment: Mapping[str, str]) -> Question:
    """Read and check what was asked.

    Raises:
        UsageError: something is wrong; a URL is not repeated.
    """
    process = {name: Given(value, name) for name, value in environment.items()}
    variables = variables_layer(process, env_file_layer(given.get("env_file")))
    state_dir = Path(_word(given.get("state_dir") or variables.get("run.state_dir")) or "state")
    form = _word(given.get("format")) or FORMATS[0]
    if form not in FORMATS:
        raise UsageError(f"--format: {form} is not allowed: one of {', '.join(FORMATS)}")
    return Question(
        address=_address(given.get("database") or variables.get("run.database"), state_dir),
        state_dir=state_dir,
        as_json=form == "json",
        symbol=_symbol(given.get("symbol")),
        strategy=_word(given.get("strategy")),
        account=_word(given.get("account")),
        run=_word(given.get("run")) or "",
    )


def _address(given: Given | None, state_dir: Path) -> StoreAddress:
    if given is None:
        return StoreAddress(SQLITE, state_dir / STORE_FILE)
    try:
        return StoreAddress.of(str(given.value))
    except ValueError as error:
        raise UsageError(f"{given.origin}: what was given is not allowed: {error}") from error


def _symbol(given: Given | None) -> str | None:
    if given is None:
        return None
    try:
        return values.ticker(str(given.value))
    except ValueError as error:
        raise UsageError(f"{given.origin}: not allowed: {error}") from error


def _word(given: Given | None) -> str | None:
    return None if given is None else str(given.value)


def _runs(question: Question, *, any_symbol: bool = False) -> list[PastRun]:
    found = read_runs(question.address, question.state_dir)
    if any_symbol:
        question = replace(question, symbol=None)
    return [run for run in found if question.concerns(run)]


def _print(question: Question, rows: Sequence[object], text: str) -> None:
    if question.as_json:
        text = msgspec.json.format(msgspec.json.encode(rows), indent=2).decode() + "\n"
    sys.stdout.write(text)
