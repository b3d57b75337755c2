"""A venue that does next to nothing: enough to see how things travel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.support.scripted_world import scripted_world
from venue_simulators.scripted_source import START_NS
from venue_simulators.simulator import Service
from venue_simulators.wire import Connection, Frame, HttpRequest, HttpResponse

TICK_NS = 100_000_000


class EchoVenue:
    """Counts requests in its answers, echoes frames and says ``tick <n>`` ten times a second."""

    name = "echo"
    services: Sequence[Service] = (
        Service("rest", ("api.echo.example",)),
        Service("ws", ("ws.echo.example",)),
    )

    def __init__(self, start_ns: int = START_NS) -> None:
        self.world = scripted_world(start_ns=start_ns)
        self.now_ns = start_ns
        self.asked = 0
        self.requests: list[HttpRequest] = []
        self.connections: dict[int, Connection] = {}
        self.frames: list[Frame] = []
        self._tick = 0
        self._start_ns = start_ns

    def environment(self, urls: Mapping[str, str]) -> dict[str, str]:
        return {f"PERP_ECHO_{name.upper()}_URL": url for name, url in urls.items()}

    def advance(self, now_ns: int) -> None:
        while (due_ns := self.next_ns()) <= now_ns:
            self.now_ns = due_ns
            self._tick += 1
            for connection in list(self.connections.values()):
                connection.send(f"tick {self._tick}")
        self.now_ns = max(self.now_ns, now_ns)

    def next_ns(self) -> int:
        return self._start_ns + (self._tick + 1) * TICK_NS

    def handle(self, request: HttpRequest) -> HttpResponse:
        self.asked += 1
        self.requests.append(request)
        if request.path == "/missing":
            return HttpResponse(404, b'{"missing":true}')
        return HttpResponse(200, b'{"asked":%d}' % self.asked, {"x-asked": str(self.asked)})

    def on_open(self, connection: Connection) -> HttpResponse | None:
        if connection.request.path == "/private":
            return HttpResponse(401, b"who are you")
        self.connections[connection.number] = connection
        return None

    def on_frame(self, connection: Connection, frame: Frame) -> None:
        self.frames.append(frame)
        if frame == "bye":
            connection.close(4000, "as you wish")
        else:
            connection.send(frame)

    def on_close(self, connection: Connection) -> None:
        del self.connections[connection.number]
