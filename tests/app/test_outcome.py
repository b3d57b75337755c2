"""Which exit code an exception means, and what the user reads of it."""

from __future__ import annotations

import pytest

from app.errors import ExitCode, MissingCredentials, RunFailed, UsageError, did_you_mean, nearest
from app.outcome import Outcome, outcome_of, wants_traceback
from exchange_clients.errors import (
    ClientConfigError,
    MissingCredentialsError,
    NotConnectedError,
)
from exchange_clients.journal import JournalError
from exchange_clients.paper.sources.base import RecordingError
from strategies.base_strategy import ParameterError
from trading_bot import BotError


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (UsageError("--x: no"), Outcome(ExitCode.USAGE, "--x: no")),
        (RunFailed("held by 12"), Outcome(ExitCode.FAILED, "held by 12")),
        (
            ParameterError("levels", "3 is odd"),
            Outcome(ExitCode.USAGE, "levels: 3 is odd"),
        ),
        (ClientConfigError("leverage 0"), Outcome(ExitCode.USAGE, "leverage 0")),
        (JournalError("disk full"), Outcome(ExitCode.FAILED, "disk full")),
        (RecordingError("a.gz:3: cut off"), Outcome(ExitCode.FAILED, "a.gz:3: cut off")),
        (BotError("no book"), Outcome(ExitCode.FAILED, "no book")),
        (NotConnectedError("connect first"), Outcome(ExitCode.FAILED, "connect first")),
        (
            OSError(28, "No space left on device", "out.json"),
            Outcome(ExitCode.FAILED, "No space left on device: out.json"),
        ),
        (KeyboardInterrupt(), Outcome(ExitCode.INTERRUPTED, "interrupted")),
        (
            ZeroDivisionError("by zero"),
            Outcome(
                ExitCode.FAILED, "internal error, please report it: ZeroDivisionError: by zero"
            ),
        ),
    ],
)
def test_each_error_has_its_exit_code_and_words(error: BaseException, outcome: Outcome) -> None:
    assert outcome_of(error, []) == outcome


@pytest.mark.parametrize("kind", [MissingCredentials, MissingCredentialsError])
def test_missing_keys_are_named_with_two_ways_to_go_on_without(kind: type[Exception]) -> None:
    words = ["--strategy", "grid", "--environment", "testnet", "--exchange", "a", "--quantity=1"]
    code, message = outcome_of(kind("A_KEY and A_SECRET are not set"), words)
    assert code is ExitCode.CREDENTIALS
    assert message.splitlines() == [
        "A_KEY and A_SECRET are not set",
        "without keys, try:",
        "  python runbot.py --strategy grid --exchange a --quantity=1 --environment simulator",
        "  python runbot.py --strategy grid --exchange a --quantity=1 --environment paper",
    ]


def test_an_environment_joined_by_an_equals_sign_is_replaced_too() -> None:
    _, message = outcome_of(MissingCredentials("K"), ["--environment=prod", "--exchange", "a b"])
    assert message.splitlines()[-1] == ("  python runbot.py --exchange 'a b' --environment paper")


def test_the_traceback_is_for_those_who_ask_for_debug() -> None:
    assert wants_traceback(["--log-level", "debug"], {})
    assert wants_traceback(["--log-level=DEBUG"], {})
    assert wants_traceback([], {"PERP__LOGGING__LEVEL": "DEBUG"})
    assert not wants_traceback(["--log-level", "INFO"], {"PERP__LOGGING__LEVEL": "DEBUG"})
    assert not wants_traceback(["--log-level"], {})


def test_the_nearest_word_ignores_case_and_the_kind_of_dash() -> None:
    assert nearest("--Take_Profit", ["--ticker", "--take-profit"]) == "--take-profit"
    assert nearest("zebra", ["ticker"]) is None
    assert did_you_mean("zebra", ["ticker"], "; see --help") == "; see --help"
