"""The command line of the bot: parse, build one frozen configuration, run, say how it ended.

    python runbot.py --strategy grid --exchange paper

Exit codes: 0 done, 1 failed while running, 2 wrong usage or configuration, 3 missing credentials,
130 interrupted. ``--help`` lists the flags.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from app.arguments import Arguments, parse_arguments

if TYPE_CHECKING:
    from app.settings import RunSettings

Runner: TypeAlias = "Callable[[RunSettings], int]"


def main(
    words: Sequence[str] | None = None,
    environment: Mapping[str, str] | None = None,
    runner: Runner | None = None,
) -> int:
    """Run a command line and return the exit code.

    Args:
        words: the command line without the program's name; the process's own by default.
        environment: variables; the process's own by default.
        runner: what runs a configuration; the real assembly by default.
    """
    words = sys.argv[1:] if words is None else words
    environment = os.environ if environment is None else environment
    try:
        return _dispatch(parse_arguments(words), environment, runner)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  # the outermost one
        return _report(error, words, environment)


def _dispatch(arguments: Arguments, environment: Mapping[str, str], runner: Runner | None) -> int:
    # Each import waits for its command, so that help and mistakes in flags are instant.
    if arguments.command != "run":
        return _run_tool(arguments, environment)
    from app.configuration import build_settings  # noqa: PLC0415

    settings = build_settings(arguments, environment)
    if runner is not None:
        return runner(settings)
    from app.assembly import run  # noqa: PLC0415

    return run(settings)


def _run_tool(arguments: Arguments, environment: Mapping[str, str]) -> int:
    """Run a command that runs no strategy."""
    if arguments.command == "init":
        from app.init_command import write_templates  # noqa: PLC0415

        sys.stdout.write(write_templates(arguments.given))
        return 0
    if arguments.command == "record":
        from app.record_command import record  # noqa: PLC0415

        return record(arguments.given, environment)
    if arguments.command == "route":
        from app.route_command import route  # noqa: PLC0415

        return route(arguments.given, environment)
    if arguments.command == "opportunities":
        from app.opportunities_command import opportunities  # noqa: PLC0415

        return opportunities(arguments.given, environment)
    return _guard(arguments, environment)


def _guard(arguments: Arguments, environment: Mapping[str, str]) -> int:
    """Look after accounts, before and after a bot trades on them."""
    if arguments.command == "doctor":
        from app.doctor_command import doctor  # noqa: PLC0415

        return doctor(arguments.given, environment)
    if arguments.command == "flatten":
        from app.flatten_command import flatten_command  # noqa: PLC0415

        return flatten_command(arguments.given, environment)
    if arguments.command == "watch":
        from app.watch_command import watch  # noqa: PLC0415

        return watch(arguments.given, environment)
    if arguments.command == "watchdog":
        from app.watchdog_command import watchdog_command  # noqa: PLC0415

        return watchdog_command(arguments.given, environment)
    return _show(arguments, environment)


def _show(arguments: Arguments, environment: Mapping[str, str]) -> int:
    """Show what was written down of runs."""
    from app import store_commands  # noqa: PLC0415

    show = {
        "positions": store_commands.positions,
        "pnl": store_commands.pnl,
        "explain": store_commands.explain,
    }[arguments.command]
    return show(arguments.given, environment)


def _report(error: BaseException, words: Sequence[str], environment: Mapping[str, str]) -> int:
    """Tell the user what ended the run; the traceback only for those who asked for DEBUG."""
    from app.outcome import outcome_of, wants_traceback  # noqa: PLC0415

    if wants_traceback(words, environment):
        import traceback  # noqa: PLC0415

        traceback.print_exception(error)
    outcome = outcome_of(error, words)
    sys.stderr.write(f"runbot: {outcome.message}\n")
    return outcome.exit_code


if __name__ == "__main__":
    sys.exit(main())
