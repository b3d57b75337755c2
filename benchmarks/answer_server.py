"""A process that answers HTTP requests with prepared bodies: a venue that takes no time.

It reads its answers from standard input as JSON, ``{"POST /api/v1/order": {"body": "...",
"headers": {...}}}`` by method and path, prints its port and serves until killed. ``@ID@`` in a body
becomes our name of the order as the request has it, ``@N@`` a number that counts.
"""

from __future__ import annotations

import asyncio
import re
import sys
from itertools import count

import msgspec

OUR_ID = re.compile(
    rb'"(?:clientId|clientOrderId|client_order_id|clOrdId|orderLinkId)":"?(\w+)'
    rb"|newClientOrderId=(\w+)"
)
MISSING = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


class Answer(msgspec.Struct):
    """What one kind of request is answered with."""

    body: str
    headers: dict[str, str] = {}


class Prepared(asyncio.Protocol):
    """One connection, kept alive."""

    def __init__(self, answers: dict[str, Answer], numbers: count[int]) -> None:
        self._answers = answers
        self._numbers = numbers
        self._received = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each request that is whole."""
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            head = self._received[:end].decode()
            length = re.search(r"(?i)content-length: (\d+)", head)
            size = end + 4 + (int(length[1]) if length else 0)
            if len(self._received) < size:
                return
            body, self._received = self._received[end + 4 : size], self._received[size:]
            assert self._transport is not None
            self._transport.write(self._answer(head, body))

    def _answer(self, head: str, sent: bytes) -> bytes:
        method, target, _ = head.split(" ", 2)
        answer = self._answers.get(f"{method} {target.partition('?')[0]}")
        if answer is None:
            print(f"no answer to {method} {target}", file=sys.stderr, flush=True)
            return MISSING
        name = OUR_ID.search(sent) or OUR_ID.search(target.encode())
        body = answer.body.encode().replace(b"@ID@", name[1] or name[2] if name else b"0")
        body = body.replace(b"@N@", str(next(self._numbers)).encode())
        headers = {"Content-Type": "application/json", **answer.headers}
        lines = "".join(f"{key}: {value}\r\n" for key, value in headers.items())
        return f"HTTP/1.1 200 OK\r\n{lines}Content-Length: {len(body)}\r\n\r\n".encode() + body


async def main() -> None:
    """Serve until killed."""
    answers = msgspec.json.decode(sys.stdin.buffer.read(), type=dict[str, Answer])
    numbers = count(1)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Prepared(answers, numbers), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
