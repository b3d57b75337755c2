"""The one thread on which slow signers sign, so that the loop never waits for a curve.

It is started with the first signature and serves every loop of the process. Virtual time never uses
it: there a signature takes no time.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(eq=False, slots=True)
class _Job:
    work: Callable[[], Any]
    loop: asyncio.AbstractEventLoop
    done: asyncio.Future[Any]


class SigningThread:
    """Runs pieces of work one after the other, away from the loop."""

    def __init__(self) -> None:
        self._jobs: SimpleQueue[_Job] = SimpleQueue()
        self._thread: threading.Thread | None = None

    async def run(self, work: Callable[[], T]) -> T:
        """Return what ``work`` returns, or raise what it raises; the loop runs on meanwhile."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        self._jobs.put(_Job(work, loop, done))
        # After a fork the child has the object and no thread.
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(
                target=_sign, args=(self._jobs,), name="signing", daemon=True
            )
            self._thread.start()
        return await done


def _sign(jobs: SimpleQueue[_Job]) -> None:
    while True:
        job = jobs.get()
        result: Any = None
        error: Exception | None = None
        try:
            result = job.work()
        except Exception as raised:  # noqa: BLE001 - told to whoever waits for the signature
            error = raised
        with suppress(RuntimeError):  # the loop was closed: nobody waits
            job.loop.call_soon_threadsafe(_tell, job.done, result, error)


def _tell(done: asyncio.Future[Any], result: Any, error: Exception | None) -> None:
    if done.done():
        return  # whoever waited was cancelled
    if error is None:
        done.set_result(result)
    else:
        done.set_exception(error)


PROCESS_SIGNING_THREAD = SigningThread()
"""Native signers hold state that is not made for several threads, so a process has one."""
