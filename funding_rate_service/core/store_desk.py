"""Doing the store's work one piece after another: on a thread of its own, or at once.

A disk or a database server may take its time; the loop that answers requests does not wait for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


class ThreadDesk:
    """Works on one thread, in the order of asking."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(1, "rate-store")

    async def do(self, work: Callable[[], T]) -> T:
        """Run ``work`` after what was given before; return what it returns."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    def close(self) -> None:
        """Finish what was given."""
        self._executor.shutdown()


class InlineDesk:
    """Works at once: for commands that do nothing else, and for runs on virtual time."""

    async def do(self, work: Callable[[], T]) -> T:
        """Run ``work``; return what it returns."""
        return work()
