"""Tasks that somebody owns, in an order that repeats.

``asyncio.wait``, ``gather`` and ``TaskGroup`` finish and cancel in an order that depends on object
addresses; these do it in the order of starting.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Generator, Mapping, Sequence
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

        Its first step is taken within the caller's, so that what it sends is sent now and not
        behind whatever else the loop has to do. Its end is told a turn of the loop sooner than
        ``asyncio.shield`` would.
        """
        if self._closing:
            coroutine.close()
            raise asyncio.CancelledError
        told: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        begun = _Begun(_telling(coroutine, told))
        begun.begin(self.start(begun, name))
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


async def run_all(coroutines: Mapping[str, Coroutine[Any, Any, object]]) -> None:
    """Run several at once, by name, until all have ended; cancelled, they are cancelled as well.

    What fails is logged as an ERROR, and keeps no other from its end.
    """
    scope = TaskScope()
    try:
        for name, coroutine in coroutines.items():
            scope.start(coroutine, name)
        await scope.join()
    finally:
        await scope.close()


class _Begun(Coroutine[Any, Any, T]):
    """A coroutine whose first step is taken before its task takes the others.

    Python 3.12 has eager tasks for it; this is the same on every version.
    """

    def __init__(self, coroutine: Coroutine[Any, Any, T]) -> None:
        self._coroutine = coroutine
        self._first: Any = None
        self._ended: BaseException | None = None
        self._told = True

    def begin(self, task: asyncio.Task[T]) -> None:
        """Take the first step as ``task``, within the step of another."""
        loop, caller = task.get_loop(), asyncio.current_task()
        assert caller is not None, "a step is taken within a task's"
        # Whoever asks for the current task, as a deadline does to cancel it, is told the new one.
        asyncio._leave_task(loop, caller)
        asyncio._enter_task(loop, task)
        try:
            self._first = self._coroutine.send(None)
        except BaseException as end:  # StopIteration as well  # noqa: BLE001
            self._ended = end
        finally:
            asyncio._leave_task(loop, task)
            asyncio._enter_task(loop, caller)
        self._told = False

    def send(self, value: Any) -> Any:
        """Tell the task what the first step came to, once; then take the next one."""
        if self._told:
            return self._coroutine.send(value)
        self._told = True
        if self._ended is not None:
            raise self._ended
        return self._first

    def throw(self, *error: Any) -> Any:
        """Raise within the coroutine, which may have been begun though its task was not."""
        self._told = True
        return self._coroutine.throw(*error)

    def close(self) -> None:
        """Close it."""
        self._coroutine.close()

    def __await__(self) -> Generator[Any, Any, T]:
        return self._coroutine.__await__()


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
