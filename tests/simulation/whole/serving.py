"""The funding rate service of a run: collector, store on the run's disk and API, all in memory.

It lives and dies with the process that asks it, and asks the same venues over ways of its own,
under the same trouble. Now and then it is down by itself, and finds its store when it begins again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from starlette.types import Message

from exchange_clients.funding_rate_client import FundingRateClient
from exchange_clients.shared.tasks import TaskScope
from exchange_clients.shared.transport.memory_transport import (
    Answered,
    MemoryHttpTransport,
    MemoryRequest,
    Opened,
)
from exchange_clients.shared.transport.ports import OnClose, OnPong
from exchange_clients.shared.virtual_time import VirtualClock
from funding_rate_service.api.app import Api, build_app
from funding_rate_service.api.state import ServiceState
from funding_rate_service.collection.orchestrator import Collector, Habits
from funding_rate_service.collection.upkeep import Keeping, Upkeep
from funding_rate_service.collection.venue_source import VenueSource
from funding_rate_service.core.board import Board
from funding_rate_service.core.queries import RateReader
from funding_rate_service.core.store import RateStore
from funding_rate_service.core.store_desk import InlineDesk
from tests.simulation.whole.scenario import Serving
from venue_simulators.wire import HttpResponse

URL = "http://127.0.0.1:8000"
FILE = "rates.sqlite"


@dataclass(frozen=True, slots=True)
class Around:
    """What a service has around it."""

    clock: VirtualClock
    left_s: Callable[[float], float]
    """Returns how long it is until an instant of the run."""
    latency_s: float
    """One way to its API."""
    on_answer: Callable[[bytes], None]
    """Hears each whole answer as it leaves."""


class RateHouse:
    """The service of one process.

    Args:
        serving: How it is run, and when it is not there.
        sources: Returns those of a beginning, by venue.
        folder: Where its store is.
        around: Time, and the way to it.
    """

    def __init__(
        self,
        serving: Serving,
        sources: Callable[[], Mapping[str, VenueSource]],
        folder: Path,
        around: Around,
    ) -> None:
        self._serving = serving
        self._sources = sources
        self._folder = folder
        self._clock = around.clock
        self._left_s = around.left_s
        self._latency_s = around.latency_s
        self._on_answer = around.on_answer
        self._tasks = TaskScope()
        self._answering = TaskScope()
        self._api: Api | None = None
        self._store: RateStore | None = None
        self._parts: list[Upkeep | Collector] = []

    async def begin(self) -> None:
        """Begin, unless it is down just now; come and go as it is written."""
        now_down = any(self._is_within(begin_s, for_s) for begin_s, for_s in self._serving.down)
        if not now_down:
            self._rise()
        self._tasks.start(self._come_and_go(), "rate service comes and goes")

    async def end(self) -> None:
        """End, in good order."""
        await self._tasks.close()
        await self._fall()

    def client(self) -> FundingRateClient:
        """Return a client of the service."""
        return FundingRateClient(URL, transport=MemoryHttpTransport(self._resolve, self._clock))

    # Coming and going -----------------------------------------------------------------------------

    def _is_within(self, begin_s: float, for_s: float) -> bool:
        return not self._left_s(begin_s) and self._left_s(begin_s + for_s) > 0

    async def _come_and_go(self) -> None:
        for begin_s, for_s in self._serving.down:
            if self._left_s(begin_s + for_s):
                await self._clock.sleep(self._left_s(begin_s))
                await self._fall()
                await self._clock.sleep(self._left_s(begin_s + for_s))
                self._rise()

    def _rise(self) -> None:
        clock, sources = self._clock, self._sources()
        self._store = store = RateStore.open(str(self._folder / FILE), clock)
        board, desk, asked = Board(list(sources), store.latest()), InlineDesk(), [*sources.values()]
        habits = Habits(self._serving.period_s, self._serving.period_s * 0.75)
        collector = Collector(asked, store, board, desk, clock=clock, habits=habits)
        upkeep = Upkeep(store, board, asked, desk, clock=clock, keeping=Keeping())
        collector.start()
        upkeep.start()
        self._parts = [upkeep, collector]
        state = ServiceState(board, RateReader(store), clock, self._serving.stale_s)
        self._api = build_app(state)

    async def _fall(self) -> None:
        self._api = None
        await self._answering.close()
        self._answering.reopen()
        parts, self._parts = self._parts, []
        for part in parts:
            await part.close()
        if self._store is not None:
            self._store.close()
            self._store = None

    # The way to its API ---------------------------------------------------------------------------

    def _resolve(self, base_url: str) -> RateHouse | None:
        """Find it, unless it is down: then the connection is refused."""
        assert base_url == URL, "the client asks nobody else"
        return None if self._api is None else self

    def request(self, request: MemoryRequest, deliver: Answered) -> None:
        """Take a request; one that arrives where nobody is has no answer."""
        self._clock.call_later(self._latency_s, lambda: self._arrive(request, deliver))

    def open(
        self,
        request: MemoryRequest,
        deliver: Opened,
        on_frame: Callable[[str | bytes], None],
        on_close: OnClose,
        on_pong: OnPong,
    ) -> None:
        """Take no WebSocket: nobody asks for one."""
        del request, on_frame, on_close, on_pong
        deliver(None, None)

    def _arrive(self, request: MemoryRequest, deliver: Answered) -> None:
        if self._api is None:
            deliver(None)
            return
        self._answering.start(self._answer(self._api, request, deliver), "answer rates")

    async def _answer(self, api: Api, request: MemoryRequest, deliver: Answered) -> None:
        answer = await asked_of(api, request)
        if answer.status == 200:
            self._on_answer(answer.body)
        self._clock.call_later(self._latency_s, lambda: deliver(answer))


async def asked_of(api: Api, request: MemoryRequest) -> HttpResponse:
    """Ask the routes of a service, as a server would."""
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": request.path,
        "raw_path": request.path.encode(),
        "query_string": request.query.encode(),
        "root_path": "",
        "headers": [(b"host", b"127.0.0.1")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8000),
    }
    told: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        told.append(message)

    await api(scope, receive, send)
    begin, *rest = told
    return HttpResponse(begin["status"], b"".join(each.get("body", b"") for each in rest))


def served_by(house: RateHouse | None) -> AbstractContextManager[object]:
    """Let the program find the service of its process, where there is one."""
    if house is None:
        return nullcontext()
    return patch.object(FundingRateClient, "from_variables", lambda variables: house.client())
