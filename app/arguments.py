"""The command line as text: which flags exist, which key each of them sets, and ``--help``.

Values stay text here; ``app.settings`` is the one place that judges them, whether they come from a
flag, a variable or a file. Nothing heavier than argparse is imported, so that help is instant.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from typing import Any, NamedTuple

from app.errors import UsageError, did_you_mean
from app.flags import (
    DOCTOR_FLAGS,
    EXPLAIN_FLAGS,
    FLATTEN_FLAGS,
    INIT_FLAGS,
    OPPORTUNITIES_FLAGS,
    PNL_FLAGS,
    POSITIONS_FLAGS,
    RECORD_FLAGS,
    ROUTE_FLAGS,
    RUN_FLAGS,
    WATCH_FLAGS,
    WATCHDOG_FLAGS,
    Flag,
    selection_flags,
    strategy_flags,
)


class Command(NamedTuple):
    """A command beside ``run``, as its help tells it."""

    summary: str
    usage: str
    """What follows its name."""
    description: str
    title: str
    """Of its group of flags."""
    flags: Sequence[Flag]


OTHERS = {
    "init": Command(
        "write a commented configuration and a .env template",
        "[--strategy NAME] [--config FILE] [--env-file FILE] [--force]",
        "Write a commented configuration file and a .env template to start from.",
        "what to write",
        INIT_FLAGS,
    ),
    "record": Command(
        "write a venue's book, trades and funding to a file that --data replays",
        "--exchange NAME --ticker SYMBOL --out FILE [--duration SECONDS]",
        "Write what a venue's public streams say of one market to a file. Needs no "
        "keys; the file is replayed by --exchange paper --data FILE.",
        "what to record",
        RECORD_FLAGS,
    ),
    "route": Command(
        "compare what an order would cost at several venues, all in",
        "--symbol SYMBOL --side SIDE --notional USD --exchanges NAME[,NAME]",
        "Compare what an order would cost at several venues: the book, the fee and "
        "the next funding. Needs no keys and sends no order.",
        "what to compare",
        ROUTE_FLAGS,
    ),
    "doctor": Command(
        "look at each venue's account, market and stream before money moves",
        "--exchanges NAME[,NAME] [--symbol SYMBOL] [--notional USD] [flags]",
        "Look at each leg before money moves: keys, clock, market, modes, margin, "
        "fees, funding and stream, with the fix for each failure. Changes nothing.",
        "what to look at",
        DOCTOR_FLAGS,
    ),
    "flatten": Command(
        "cancel and close everything of ours at once, and see it gone",
        "[--exchanges NAME[,NAME]] [--account NAME] [--within SECONDS] [flags]",
        "Bring every unfinished run to flat: its bot is stopped, its orders are cancelled, what it "
        "holds is closed reduce-only, and the venues are asked until they say that it is gone.",
        "what is to become flat",
        FLATTEN_FLAGS,
    ),
    "watchdog": Command(
        "act for bots that died or hang, from a process of its own",
        "[--after SECONDS] [--then flatten|cancel] [flags]",
        "Watch the bots of a state folder until interrupted: one that died and is not back in "
        "time, or that hangs, is ended, and its orders and positions are cancelled and closed.",
        "which bots",
        WATCHDOG_FLAGS,
    ),
    "watch": Command(
        "show running bots on one screen, and command them by keys",
        "[--bots URL[,URL]] [--state-dir DIR[,DIR]]",
        "Show running bots on one screen: positions, orders, funding and health. Keys pause, "
        "resume, close and flatten. Needs control.port in each bot's configuration.",
        "which bots",
        WATCH_FLAGS,
    ),
    "opportunities": Command(
        "rank the pairs of venues that funding would pay for holding",
        "[--exchanges NAME[,NAME]] [--symbol SYMBOL] [flags]",
        "Rank the pairs of venues that funding would pay for holding, after fees, "
        "slippage and basis. Needs no keys and sends no order.",
        "where to look",
        OPPORTUNITIES_FLAGS,
    ),
    "positions": Command(
        "what runs hold, and why",
        "[--symbol SYMBOL] [--all] [--format json] [flags]",
        "Tell what runs hold and why, from what they wrote down. Asks no venue.",
        "which runs",
        POSITIONS_FLAGS,
    ),
    "pnl": Command(
        "what runs made: by venue, together, and by where it came from",
        "[--run ID] [--format json] [flags]",
        "Tell what runs made: by venue, together, and split into price, funding and "
        "fees, beside what the venues' own balances changed by. Asks no venue.",
        "which runs",
        PNL_FLAGS,
    ),
    "explain": Command(
        "why a market is not traded right now, with the numbers",
        "--symbol SYMBOL [--format json] [flags]",
        "Tell why a market is not traded right now, as each run found by the rules it "
        "decides with. Asks no venue; opportunities --refused judges markets without a run.",
        "what to explain",
        EXPLAIN_FLAGS,
    ),
}
COMMANDS = {
    "run": "run a strategy (the command when none is named)",
    **{name: each.summary for name, each in OTHERS.items()},
}
HELP_WIDTH_MAX = 100

EXAMPLES = """\
examples:
  python runbot.py --strategy grid --exchange paper
  python runbot.py --config configs/grid/demo.yml
  python runbot.py --strategy grid --exchange lighter --environment simulator
  python runbot.py record --exchange lighter --ticker BTC --duration 60 --out btc.jsonl.gz
  python runbot.py route --symbol ETH --side buy --notional 5000 --exchanges binance,okx
  python runbot.py --strategy grid --exchange paper --data FILE.gz --speed max --ticker BTC \\
      --quantity 0.01 --take-profit 0.1 --direction buy --max-orders 10 --wait-time 5 \\
      --report out.json

A value comes from its flag, else from the variable PERP__SECTION__KEY, else from the file of
--config, else from its default. docs/configuration.md lists every key.
Exit codes: 0 done, 1 failed while running, 2 wrong usage or configuration, 3 missing credentials,
130 interrupted."""


class Given(NamedTuple):
    """One value as the user gave it, and where: ``--ticker`` or ``configs/a.yml:7 run.ticker``."""

    value: str | tuple[str, ...]
    origin: str


class Arguments(NamedTuple):
    """What the command line says: a command, and values by dotted key (``run.ticker``)."""

    command: str
    given: dict[str, Given]
    words: tuple[str, ...]
    """The command line itself, to show a corrected one."""


def parse_arguments(words: Sequence[str]) -> Arguments:
    """Read a command line.

    Raises:
        UsageError: a command or flag is unknown, lacks its value or is given twice.
        SystemExit: with 0, after ``--help``.
    """
    command, rest = _split_command(words)
    parser = run_parser() if command == "run" else command_parser(command)
    namespace, unknown = parser.parse_known_args(rest)
    if unknown:
        raise UsageError(_unknown_argument(unknown[0], parser))
    return Arguments(command, vars(namespace), tuple(words))


def run_parser() -> argparse.ArgumentParser:
    """Return the parser of ``run``: the general flags, then a group for each strategy."""
    commands = "\n".join(f"  {name:<13} {text}" for name, text in COMMANDS.items())
    parser = _Parser(
        prog="runbot.py",
        usage="runbot.py [COMMAND] [--strategy NAME --exchange NAME] [flags]",
        description=f"Trade perpetual futures with a strategy.\n\ncommands:\n{commands}",
        epilog=EXAMPLES,
    )
    for title, flags in (*RUN_FLAGS, *strategy_flags()):
        _add(parser, title, flags)
    return parser


def command_parser(name: str) -> argparse.ArgumentParser:
    """Return the parser of a command beside ``run``."""
    command = OTHERS[name]
    parser = _Parser(
        prog=f"runbot.py {name}",
        usage=f"runbot.py {name} {command.usage}",
        description=command.description,
    )
    _add(parser, command.title, command.flags)
    if name == "opportunities":  # whose rules are the strategy's own, loaded for them alone
        _add(parser, "which pairs count", selection_flags())
    return parser


class _Parser(argparse.ArgumentParser):
    """argparse that raises instead of exiting, guesses no abbreviation and keeps every text."""

    def __init__(self, **words: str) -> None:
        super().__init__(
            **words,  # type: ignore[arg-type]  # only the text arguments are given
            allow_abbrev=False,
            argument_default=argparse.SUPPRESS,
            formatter_class=_HelpFormatter,
        )

    def error(self, message: str) -> Any:  # never returns; typed as the base allows
        raise UsageError(message.removeprefix("argument "))


class _HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Knows its width without shutil, whose archive modules would cost a tenth of ``--help``."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=30, width=_terminal_width())


class _Keep(argparse.Action):
    """Keep a flag's text and its spelling under its key; a second value must be asked for."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,  # argparse's: text, or an empty list for a switch
        option_string: str | None = None,
    ) -> None:
        assert option_string is not None, "no positional argument is declared"
        value: str | tuple[str, ...] = self.const if self.nargs == 0 else values
        earlier = getattr(namespace, self.dest, None)
        if self.metavar == REPEATABLE_FILE:
            value = (*(earlier.value if earlier else ()), str(value))
        elif earlier is not None:
            raise UsageError(f"{option_string} is given twice (before as {earlier.origin})")
        setattr(namespace, self.dest, Given(value, option_string))


REPEATABLE_FILE = "FILE ..."


def _add(parser: argparse.ArgumentParser, title: str, flags: Sequence[Flag]) -> None:
    group = parser.add_argument_group(title)
    for flag in flags:
        group.add_argument(
            *flag.names,
            dest=flag.key,
            action=_Keep,
            help=flag.help.replace("%", "%%"),
            metavar=REPEATABLE_FILE if flag.repeatable else flag.metavar or None,
            nargs=None if flag.sets is None else 0,
            const=flag.sets,
        )


def _split_command(words: Sequence[str]) -> tuple[str, Sequence[str]]:
    if not words or words[0].startswith("-"):
        return "run", words
    if words[0] in COMMANDS:
        return words[0], words[1:]
    hint = did_you_mean(words[0], COMMANDS, f"; there are {', '.join(COMMANDS)}")
    raise UsageError(f"{words[0]} is not a command{hint}")


def _unknown_argument(word: str, parser: argparse.ArgumentParser) -> str:
    if not word.startswith("-"):
        return f"{word} stands where a flag is expected"
    flag = word.split("=", 1)[0]
    known = [name for action in parser._actions for name in action.option_strings]
    return f"{flag} is not a flag{did_you_mean(flag, known, '; see --help')}"


def _terminal_width() -> int:
    try:
        columns = os.get_terminal_size().columns
    except OSError:
        columns = 0
    return min(columns or HELP_WIDTH_MAX, HELP_WIDTH_MAX) - 2
