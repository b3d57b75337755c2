"""The bot as users run it: a process of its own, watched and ended from outside."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

import runbot

PROGRAM = Path(runbot.__file__)
RUN_TIMEOUT_S = 120
"""Longer than any run here takes on a busy machine; a run that hangs fails instead."""


def command(*words: object) -> list[str]:
    """Return a command line of the bot."""
    return [sys.executable, str(PROGRAM), *(str(word) for word in words)]


def run_bot(
    folder: Path,
    *words: object,
    before: Sequence[str] = (),
    timeout_s: float = RUN_TIMEOUT_S,
    variables: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run the bot in ``folder`` to its end; ``before`` stands before the command line."""
    return subprocess.run(
        [*before, *command(*words)],
        cwd=folder,
        env=environment() | dict(variables or {}),
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )


def run_here(
    capsys: pytest.CaptureFixture[str], *words: object
) -> subprocess.CompletedProcess[str]:
    """Run the bot in this process and folder to its end, which spares what a start costs."""
    line = [str(word) for word in words]
    code = runbot.main(line, {})
    told = capsys.readouterr()
    return subprocess.CompletedProcess(line, code, told.out, told.err)


def start_bot(
    folder: Path, *words: object, variables: Mapping[str, str] | None = None
) -> subprocess.Popen[str]:
    """Start the bot in ``folder``; its output can be read, and there is no terminal."""
    return subprocess.Popen(
        command(*words),
        cwd=folder,
        env=environment() | dict(variables or {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def environment() -> dict[str, str]:
    """Return this process's variables without any that configure the bot or measure tests."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PERP_", "COV_", "PYTEST_"))
    }


def assert_told_in_a_line(done: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    """Assert an exit code, each of ``words`` in the one message, and no traceback."""
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    messages = [line for line in done.stderr.splitlines() if line.startswith("runbot: ")]
    assert len(messages) == 1, done.stderr
    for word in words:
        assert word in messages[0], messages[0]
