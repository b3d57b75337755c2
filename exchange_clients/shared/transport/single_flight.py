"""One piece of work at a time, shared by everyone who asks for it meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from exchange_clients.errors import NotConnectedError
from exchange_clients.shared.tasks import TaskScope

T = TypeVar("T")


class SingleFlight(Generic[T]):
    """Runs ``work`` in a task of its own: a caller who leaves takes nobody's answer along.

    Args:
        work: What is done.
        scope: Owns the task.
        name: The task's name.
    """

    def __init__(self, work: Callable[[], Awaitable[T]], scope: TaskScope, name: str) -> None:
        self._work = work
        self._scope = scope
        self._name = name
        self._present: asyncio.Future[T] | None = None

    @property
    def flying(self) -> bool:
        """Whether the work is being done now."""
        return self._present is not None

    def start(self) -> asyncio.Future[T]:
        """Return the present piece of work, begun now if there is none; do not cancel it."""
        if self._present is None:
            self._present = asyncio.get_running_loop().create_future()
            task = self._scope.start(self._fly(self._present), self._name)
            task.add_done_callback(self._landed)
        return self._present

    async def run(self) -> T:
        """Wait for the present piece of work, begun now if there is none.

        Raises:
            NotConnectedError: its scope was closed meanwhile.
        """
        return await asyncio.shield(self.start())

    async def _fly(self, present: asyncio.Future[T]) -> None:
        try:
            result = await self._work()
        except Exception as error:  # noqa: BLE001 - told to everyone who asked
            present.set_exception(error)
            present.exception()  # nobody need have asked
        else:
            present.set_result(result)

    def _landed(self, task: asyncio.Task[None]) -> None:
        present, self._present = self._present, None
        if task.cancelled() and present is not None and not present.done():
            present.set_exception(NotConnectedError(f"{self._name} was cut short by a close"))
            present.exception()
