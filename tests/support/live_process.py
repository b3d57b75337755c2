"""A simulated venue in a process of its own, and a bot that is watched until something is so."""

from __future__ import annotations

import re
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from tests.support.bot_process import PROGRAM, environment
from venue_simulators.catalogue import build

PATIENCE_S = 120.0
"""Longer than anything here takes on a busy machine; what hangs fails instead."""


@contextmanager
def simulator(venue: str) -> Iterator[dict[str, str]]:
    """Serve a venue and give the variables with which to trade there."""
    process = subprocess.Popen(
        [sys.executable, "-m", "venue_simulators", venue],
        cwd=PROGRAM.parent,
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    known = build(venue)
    expected = len(known.environment({service.name: "" for service in known.services}))
    try:
        variables: dict[str, str] = {}
        while len(variables) < expected:
            line = process.stdout.readline()
            assert line, "the simulator ended"
            name, _, value = line.removeprefix("export ").strip().partition("=")
            variables[name] = "".join(shlex.split(value))
        yield variables
    finally:
        process.terminate()
        process.wait(PATIENCE_S)
        process.stdout.close()


class Watched:
    """A running bot whose progress is read as it is printed; killed if it hangs or is left."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.said: list[str] = []
        self._alarm = threading.Timer(PATIENCE_S, process.kill)

    def __enter__(self) -> Self:
        self._alarm.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._alarm.cancel()
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def until(self, name: str, least: int) -> None:
        """Read progress until a count is at least so high."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)
            found = re.search(rf"\b{name}=(\d+)", line)
            if found is not None and int(found[1]) >= least:
                return
        raise AssertionError(f"ended before {name} was {least}: {self.text}")

    def until_said(self, words: str) -> None:
        """Read what is logged until a line has these words."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said.append(line)
            if words in line:
                return
        raise AssertionError(f"ended before it said {words}: {self.text}")

    def end(self, number: signal.Signals) -> tuple[int, str]:
        """Send a signal and return the exit code and all that was said."""
        self.process.send_signal(number)
        return self.finish()

    def finish(self) -> tuple[int, str]:
        """Wait for the end and return the exit code and all that was said."""
        out, err = self.process.communicate(timeout=PATIENCE_S)
        self.said += [out, err]
        return self.process.returncode, self.text

    @property
    def text(self) -> str:
        """Everything that was said so far."""
        return "".join(self.said)
