"""Which exit code an exception means, and what the user reads of it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from app.errors import AppError, ExitCode

OFFERED_ENVIRONMENTS = ("simulator", "paper")
"""Where a venue can be tried without keys."""


class Outcome(NamedTuple):
    """How the process ends."""

    exit_code: ExitCode
    message: str


def outcome_of(error: BaseException, words: Sequence[str]) -> Outcome:
    """Sort an exception that ended the command line ``words``.

    A bug is told as one, with its type: hiding it behind a soft sentence would help nobody.
    """
    if isinstance(error, KeyboardInterrupt):
        return Outcome(ExitCode.INTERRUPTED, "interrupted")
    code = error.exit_code if isinstance(error, AppError) else _code_of_library_error(error)
    if code is ExitCode.CREDENTIALS:
        return Outcome(code, f"{error}\n{without_keys(words)}")
    if isinstance(error, AppError) or _expected(error):
        return Outcome(code, str(error))
    if isinstance(error, OSError):
        place = f": {error.filename}" if error.filename else ""
        return Outcome(code, f"{error.strerror or error}{place}")
    return Outcome(code, f"internal error, please report it: {type(error).__name__}: {error}")


def without_keys(words: Sequence[str]) -> str:
    """Return the same command line for each environment that needs no keys."""
    kept = _without_environment(words)
    lines = [
        shlex.join(["python", "runbot.py", *kept, "--environment", name])
        for name in OFFERED_ENVIRONMENTS
    ]
    return "\n".join(["without keys, try:", *(f"  {line}" for line in lines)])


def _without_environment(words: Sequence[str]) -> list[str]:
    kept: list[str] = []
    skip = False
    for word in words:
        if not skip and not word.startswith("--environment="):
            skip = word == "--environment"
            if not skip:
                kept.append(word)
        else:
            skip = False
    return kept


def _code_of_library_error(error: BaseException) -> ExitCode:
    # Only a run that fails pays for these; help and good runs never load them here.
    from exchange_clients.errors import (  # noqa: PLC0415
        ClientConfigError,
        MissingCredentialsError,
    )
    from strategies.base_strategy import ParameterError  # noqa: PLC0415

    if isinstance(error, MissingCredentialsError):
        return ExitCode.CREDENTIALS
    if isinstance(error, ClientConfigError | ParameterError):
        return ExitCode.USAGE
    return ExitCode.FAILED


def _expected(error: BaseException) -> bool:
    """Whether an error's message was written for people."""
    from exchange_clients.errors import ExchangeError  # noqa: PLC0415
    from exchange_clients.journal import JournalError  # noqa: PLC0415
    from exchange_clients.paper.sources.base import RecordingError  # noqa: PLC0415
    from strategies.base_strategy import ParameterError  # noqa: PLC0415
    from trading_bot import BotError  # noqa: PLC0415

    return isinstance(
        error, ExchangeError | JournalError | RecordingError | ParameterError | BotError
    )


def wants_traceback(words: Sequence[str], environment: Mapping[str, str]) -> bool:
    """Whether DEBUG was asked for, judged without the configuration, which may be what failed."""
    level = environment.get("PERP__LOGGING__LEVEL", "")
    for index, word in enumerate(words):
        following = words[index + 1] if index + 1 < len(words) else ""
        if word == "--log-level":
            level = following
        elif word.startswith("--log-level="):
            level = word.partition("=")[2]
    return level.upper() == "DEBUG"
