"""Tasks that somebody owns, in an order that repeats.

``asyncio.wait``, ``gather`` and ``TaskGroup`` finish and cancel in an order that depends on object
addresses; these do it in the order of starting.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

T = TypeVar("T")
logger = logging.getLogger(__name__)


class TaskScope:
    """The owner of background tasks: none is lost, none outlives the scope.

    A task that fails is handed to ``on_error``; without one the failure is logged as an ERROR.
    """

    def __init__(self, on_error: Callable[[str, BaseException], None] | None = None) -> None:
        self._tasks: dict[asyncio.Task[Any], None] = {}
        self._on_error = on_error
        self._closing = False

    def __len__(self) -> int:
        return len(self._tasks)

    def start(self, coroutine: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
        """Start a task that this scope owns; one started while it closes is cancelled at once."""
        task = asyncio.get_running_loop().create_task(coroutine, name=name)
        self._tasks[task] = None
        task.add_done_callback(self._finished)
        if self._closing:
            task.cancel()
        return task

    async def uninterrupted(self, coroutine: Coroutine[Any, Any, T], name: str) -> T:
        """Run a coroutine to its end even if the caller is cancelled, and return its result.

        Its end is told a turn of the loop sooner than ``asyncio.shield`` would.
        """
        told: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self.start(_telling(coroutine, told), name)
        return await told

    async def join(self) -> None:
        """Wait until every task has ended, those started meanwhile included."""
        assert asyncio.current_task() not in self._tasks, "a task cannot wait for its own end"
        while self._tasks:
            await wait_first(list(self._tasks))

    def reopen(self) -> None:
        """Let tasks be started again after ``close``."""
        assert not self._tasks, "a scope is reopened once its tasks have ended"
        self._closing = False

    async def close(self) -> None:
        """Cancel every task in the order of starting and wait for all of them."""
        self._closing = True
        for task in list(self._tasks):
            task.cancel()
        await self.join()

    def _finished(self, task: asyncio.Task[Any]) -> None:
        self._tasks.pop(task, None)
        if task.cancelled():
            return
        error = task.exception()
        if error is None:
            return
        if self._on_error is not None:
            self._on_error(task.get_name(), error)
        else:
            logger.error("event=task_failed task=%s", task.get_name(), exc_info=error)


async def _telling(coroutine: Coroutine[Any, Any, T], told: asyncio.Future[T]) -> None:
    try:
        result = await coroutine
    except asyncio.CancelledError:
        told.cancel()
        raise
    except BaseException as error:
        if told.done():
            raise  # nobody waits any more: the scope says it
        told.set_exception(error)
    else:
        if not told.done():
            told.set_result(result)


async def wait_first(tasks: Sequence[asyncio.Future[Any]]) -> asyncio.Future[Any]:
    """Return the first of ``tasks``, by position, among those that are done; waits for one."""
    assert tasks, "nothing to wait for"
    waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def wake(_: asyncio.Future[Any]) -> None:
        if not waiter.done():
            waiter.set_result(None)

    for task in tasks:
        task.add_done_callback(wake)
    try:
        await waiter
    finally:
        for task in tasks:
            task.remove_done_callback(wake)
    return next(task for task in tasks if task.done())
