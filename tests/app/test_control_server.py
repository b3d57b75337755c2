"""The socket of the control API: what strangers, large bodies and slow callers come to."""

from __future__ import annotations

import asyncio
from typing import cast

from app.control import server as served
from app.control.api import BODY_MAX, Answer, ControlApi, Question
from app.control.server import CALLS_MAX, ControlServer
from exchange_clients.shared.clock import SystemClock


class Api:
    """Lets ``Bearer friend`` in, and answers what it was sent."""

    def refused(self, question: Question) -> Answer | None:
        stranger = question.authorization != "Bearer friend"
        return Answer(401, b"who are you") if stranger else None

    async def answer(self, question: Question) -> Answer:
        told = f"{question.method} {question.path} {question.caller} {len(question.body)}"
        return Answer(200, told.encode(), headers={"X-Peer": question.peer})


class HurriedClock(SystemClock):
    """A clock whose deadlines come soon."""

    def deadline(self, seconds: float | None) -> asyncio.Timeout:
        assert seconds == served.BODY_S
        return super().deadline(0.3)


class Caller:
    """A raw connection, so that a body can be late."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def send(self, head: str, body: bytes = b"") -> asyncio.StreamReader:
        reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._writer.write(f"{head}\r\nHost: 127.0.0.1\r\n\r\n".encode() + body)
        return reader

    async def ask(self, head: str, body: bytes = b"") -> str:
        """Return status line and body of an answer."""
        reader = await self.send(f"{head}\r\nConnection: close", body)
        told = (await reader.read()).decode()
        self._writer.close()
        return f"{told.split(' ')[1]} {told.rpartition(chr(10))[2] or told.splitlines()[-1]}"


def test_strangers_are_not_read_and_friends_are_answered_within_bounds() -> None:
    friend = "Authorization: Bearer friend\r\nX-Operator: ann"
    slow = f"POST /late HTTP/1.1\r\n{friend}\r\nContent-Length: 5"
    told: dict[str, str] = {}

    async def main() -> None:
        server = ControlServer(cast(ControlApi, Api()), "127.0.0.1", 0, HurriedClock())
        await server.open()
        caller = Caller(int(server.url.rpartition(":")[2]))
        told["friend"] = await caller.ask(f"GET /x HTTP/1.1\r\n{friend}")
        told["stranger"] = await caller.ask("POST /x HTTP/1.1\r\nContent-Length: 100000")
        large = b"x" * (BODY_MAX + 1)
        told["large"] = await caller.ask(
            f"POST /x HTTP/1.1\r\n{friend}\r\nContent-Length: {len(large)}", large
        )
        callers = [Caller(caller._port) for _ in range(CALLS_MAX)]
        waiting = [await each.send(slow) for each in callers]
        await asyncio.sleep(0.1)
        told["one more"] = await caller.ask(f"GET /x HTTP/1.1\r\n{friend}")
        told["stranger then"] = await caller.ask("GET /x HTTP/1.1")
        told["slow"] = (await waiting[0].readline()).decode().split(" ")[1]
        told["after"] = await caller.ask(f"GET /x HTTP/1.1\r\n{friend}")
        for each in callers:
            each._writer.close()
        await server.close()

    asyncio.run(main())
    assert told["friend"] == "200 GET /x ann 0"
    assert told["stranger"] == told["stranger then"] == "401 who are you"
    assert told["large"].startswith("413 ")
    assert told["one more"].startswith("503 ")
    assert told["slow"] == "408"
    assert told["after"] == "200 GET /x ann 0"
