"""When an answer is given up, on virtual time and without a socket."""

from __future__ import annotations

import asyncio

import pytest

from exchange_clients.shared.flow import Response
from exchange_clients.shared.transport.http_connection import HttpConnection
from exchange_clients.shared.transport.ports import AnswerLost
from exchange_clients.shared.virtual_time import VirtualLoop, run_virtual

FIRST_BYTE_S, TOTAL_S = 5.0, 10.0
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi"


class Answering(asyncio.Transport):
    """Answers each request by pieces, each so many seconds after it."""

    def __init__(self, connection: HttpConnection, *pieces: tuple[float, bytes]) -> None:
        super().__init__()
        self._connection = connection
        self._pieces = pieces
        connection.connection_made(self)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Take a request."""
        for after_s, piece in self._pieces:
            loop = asyncio.get_running_loop()
            loop.call_later(after_s, self._connection.data_received, piece)

    def is_closing(self) -> bool:
        """Say no."""
        return False

    def abort(self) -> None:
        """Take it."""


async def asked(connection: HttpConnection) -> Response:
    now = asyncio.get_running_loop().time()
    return await connection.exchange(b"GET", FIRST_BYTE_S, now + TOTAL_S)


def test_each_request_has_all_of_its_own_time() -> None:
    async def main(loop: VirtualLoop) -> tuple[list[bytes], int]:
        connection = HttpConnection("venue", lambda: 0)
        Answering(connection, (4.0, OK))
        bodies = []
        for _ in range(3):
            bodies.append((await asked(connection)).body)
            await asyncio.sleep(0.5)
        return bodies, loop.now_ns

    assert run_virtual(main) == ([b"hi"] * 3, 13_500_000_000)


@pytest.mark.parametrize(
    ("pieces", "lost_at_s", "why"),
    [
        ((), 5, "no answer in time"),
        (((4.0, OK[:-10]),), 10, "no answer in time"),
        (((4.0, OK[:-1]),), 10, "did not end in time"),
    ],
    ids=["nothing came", "half a head came", "half a body came"],
)
@pytest.mark.parametrize("earlier", [False, True], ids=["first request", "second request"])
def test_an_answer_is_given_up_when_it_is_due(
    pieces: tuple[tuple[float, bytes], ...], lost_at_s: int, why: str, *, earlier: bool
) -> None:
    async def main(loop: VirtualLoop) -> float:
        connection = HttpConnection("venue", lambda: 0)
        if earlier:
            Answering(connection, (0.0, OK))
            await asked(connection)
            await asyncio.sleep(2.0)
        begun_s = loop.time()
        Answering(connection, *pieces)
        with pytest.raises(AnswerLost, match=why):
            await asked(connection)
        return loop.time() - begun_s

    assert run_virtual(main) == lost_at_s
