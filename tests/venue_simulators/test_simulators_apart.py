"""Simulators in a process of their own."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from exchange_clients.errors import ClientConfigError
from venue_simulators.apart import READY, start_apart

ROOT = Path(__file__).parents[2]


def test_what_cannot_be_simulated_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    async def main() -> None:
        async with start_apart(["paper"], ["NOPE"]):
            pytest.fail("there is no such symbol")

    with pytest.raises(ClientConfigError, match="what they said stands above"):
        asyncio.run(main())
    assert "symbols NOPE are not simulated" in capfd.readouterr().err


def test_they_do_not_outlive_who_asked_for_them() -> None:
    """A process that is killed closes its pipes, and no more is needed."""
    command = [sys.executable, "-m", "venue_simulators", "paper", "--symbol", "BTC", "--piped"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=dict(os.environ), text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    lines = iter(process.stdout.readline, "")
    assert any(line.strip() == READY for line in lines)
    process.stdin.close()
    assert process.wait(20) == 0
    process.stdout.close()
