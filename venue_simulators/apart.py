"""Simulated venues in a process of their own, so that what they cost is not charged to who asks."""

from __future__ import annotations

import asyncio
import shlex
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from exchange_clients.errors import ClientConfigError

READY = "# They run until Ctrl-C."
"""What the program prints after the last variable."""
START_S = 60.0
END_S = 10.0
_HOME = Path(__file__).resolve().parents[1]
"""Where the program is found, whatever folder its user stands in."""


@asynccontextmanager
async def start_apart(
    venues: Sequence[str], symbols: Sequence[str], *, seed: int = 1
) -> AsyncIterator[dict[str, str]]:
    """Serve venues of one living world for as long as the block lasts.

    They end with the process that asked for them, however that ends.

    Yields:
        The variables with which a client trades on them.

    Raises:
        ClientConfigError: they did not start; the program has said why.
    """
    words = ["--seed", str(seed), "--symbol", *symbols, "--living", "--piped"]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "venue_simulators", *venues, *words,
        stdin=PIPE, stdout=PIPE, cwd=_HOME,
        start_new_session=True,  # a Ctrl-C is told to who asked, who then ends them
    )  # fmt: skip
    try:
        yield await _variables(process)
    finally:
        await _end(process)


async def _variables(process: Process) -> dict[str, str]:
    """Read what is printed until all of them run."""
    assert process.stdout is not None
    found: dict[str, str] = {}
    try:
        async with asyncio.timeout(START_S):
            async for line in process.stdout:
                words = shlex.split(line.decode(), comments=True)
                if not words:
                    return found
                name, _, value = words[-1].partition("=")
                found[name] = value
    except TimeoutError:
        raise ClientConfigError(f"the simulators did not start within {START_S:g} s") from None
    raise ClientConfigError("the simulators did not start; what they said stands above")


async def _end(process: Process) -> None:
    assert process.stdin is not None
    process.stdin.close()
    try:
        async with asyncio.timeout(END_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
