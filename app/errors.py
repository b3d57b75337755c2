"""What ends a run early, each with its exit code and one line that a user can act on."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum


class ExitCode(IntEnum):
    """What the process tells its caller."""

    DONE = 0
    FAILED = 1
    """It started and could not go on."""
    USAGE = 2
    """Wrong usage or configuration; nothing was started."""
    CREDENTIALS = 3
    """Credentials are missing; nothing was started."""
    INTERRUPTED = 130


class AppError(Exception):
    """An error of the user or of the surroundings: shown as its message, without a traceback."""

    exit_code = ExitCode.FAILED


class RunFailed(AppError):
    """The run started and could not go on."""


class UsageError(AppError):
    """A flag, a variable or a line of a file is wrong; names it, its value and what is allowed."""

    exit_code = ExitCode.USAGE


class MissingCredentials(AppError):
    """A venue needs keys that are not there; names the variables, never a value."""

    exit_code = ExitCode.CREDENTIALS


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that ``word`` was probably meant to be, None where none is close."""
    from difflib import get_close_matches  # noqa: PLC0415  # only a mistake pays for it

    # Replacing _ and - lets "take-profit" find take_profit and keeps the first of equal matches.
    by_shape = {name.lower().replace("_", "-"): name for name in known}
    matches = get_close_matches(word.lower().replace("_", "-"), by_shape, n=1, cutoff=0.6)
    return by_shape[matches[0]] if matches else None


def did_you_mean(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """Return ``"; did you mean X?"``, or ``otherwise`` where nothing is close.

    >>> did_you_mean("tiker", ["ticker", "strategy"])
    '; did you mean ticker?'
    """
    match = nearest(word, known)
    return f"; did you mean {match}?" if match else otherwise
