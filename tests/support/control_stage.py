"""A run on the paper venue with a visitor who asks its control API, on the run's own loop."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from app.control.api import ControlApi, Question
from app.control.guard import Guard, digest_of
from app.control.metrics import RunMetrics
from app.control.operator import Operator
from app.session import Session
from exchange_clients.base_models import Fill, OrderInfo, Purpose
from exchange_clients.shared.tasks import TaskScope
from helpers.notices import Notice
from tests.support.grid_run import seconds

TOKEN = "a-token-for-this-test-alone"


@dataclass(frozen=True)
class Told:
    """An answer as a caller sees it."""

    status: int
    value: Any  # JSON
    headers: dict[str, str]


class Visitor:
    """A companion of a run that asks what a script says.

    Args:
        session: The run.
        script: Asks; it is cut off where the run ends first.
    """

    def __init__(self, session: Session, script: Callable[[Visitor], Awaitable[None]]) -> None:
        self.session = session
        self.notices: list[Notice] = []
        self.operator = Operator(session, self.notices.append)
        self.metrics = RunMetrics(session)
        self.api = ControlApi(session, self.operator, Guard(digest_of(TOKEN)), self.metrics)
        self._script = script
        self._tasks = TaskScope(self._on_error)
        self.error: BaseException | None = None

    async def open(self) -> None:
        self.metrics.open()

    def on_start(self) -> None:
        self.operator.owned.load(self.session)
        self._tasks.start(self._visit(), "visit")

    async def _visit(self) -> None:
        await self._script(self)

    def _on_error(self, name: str, error: BaseException) -> None:
        self.error = error

    def on_order(self, venue: str, purpose: Purpose, info: OrderInfo) -> None:
        self.metrics.on_order(venue, info)

    def on_fill(self, venue: str, fill: Fill) -> None:
        self.metrics.on_fill(venue, fill)
        self.operator.owned.on_fill(venue, fill)

    async def close(self) -> None:
        await self._tasks.close()
        await self.operator.end()
        await self.metrics.close()

    async def at(self, second: float) -> None:
        """Wait for a second of the script of the market."""
        clock = self.session.clock
        await clock.sleep(max(second - seconds(clock.now_ns()), 0.0))

    async def get(self, path: str) -> Any:
        """Return what a read tells."""
        told = await self.ask("GET", f"/api/v1/{path}")
        assert told.status == 200, told
        return told.value

    async def post(self, path: str, **body: object) -> Told:
        """Return what came of a command."""
        return await self.ask("POST", f"/api/v1/{path}", json.dumps(body).encode())

    async def ask(
        self, method: str, path: str, body: bytes = b"", authorization: str = f"Bearer {TOKEN}"
    ) -> Told:
        """Return an answer."""
        question = Question(method, path, authorization, body, peer="127.0.0.1", caller="ann")
        answer = await self.api.answer(question)
        text = answer.content_type.startswith("text/")
        value = answer.body.decode() if text else json.loads(answer.body)
        return Told(answer.status, value, dict(answer.headers))


def visited(
    script: Callable[[Visitor], Awaitable[None]], visitors: list[Visitor] | None = None
) -> Callable[[Session], None]:
    """Return a preparation by which a run is visited; the visitor is handed out as well."""

    def prepare(session: Session) -> None:
        visitor = Visitor(session, script)
        session.companions.append(visitor)
        if visitors is not None:
            visitors.append(visitor)

    return prepare
