"""Through an account's own proxy: HTTP and WebSockets, and what is said where it fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest

from exchange_clients.errors import ClientConfigError, ExchangeError
from exchange_clients.shared.signing import WireRequest
from exchange_clients.shared.transport.direct_transport import DirectTransport
from exchange_clients.shared.transport.ports import NotSent, Timeouts
from exchange_clients.shared.transport.tunnel import Tunnel
from exchange_clients.shared.websocket.sockets import socket_transport

TIMES = Timeouts()
REQUEST = WireRequest("GET", "/time", {})
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]


@asynccontextmanager
async def serving(serve: Serve) -> AsyncIterator[int]:
    """Serve on loopback and yield the port."""
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


async def answer_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Be a venue that answers one request."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(ANSWER)
    await writer.drain()
    writer.close()


class Proxy:
    """An HTTP or SOCKS5 proxy that leads every name to one port, and notes what was asked of it."""

    def __init__(self, leads_to: int) -> None:
        self.leads_to = leads_to
        self.asked: list[str] = []

    async def http(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.asked.append(head.split()[1])
        if not self.leads_to:
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
            writer.close()
            return
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await self._relay(reader, writer)

    async def socks5(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, count = await reader.readexactly(2)
        await reader.readexactly(count)
        writer.write(b"\x05\x00")
        await reader.readexactly(4)
        name = await reader.readexactly((await reader.readexactly(1))[0])
        port = int.from_bytes(await reader.readexactly(2), "big")
        self.asked.append(f"{name.decode()}:{port}")
        writer.write(b"\x05\x00\x00\x01" + bytes(6))
        await self._relay(reader, writer)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.leads_to)
        far_writer.write(await reader.readuntil(b"\r\n\r\n"))
        while part := await far_reader.read(4096):
            writer.write(part)
        far_writer.close()
        writer.close()


@pytest.mark.parametrize("kind", ["http", "socks5"])
def test_a_request_goes_through_the_proxy_which_resolves_the_name(kind: str) -> None:
    async def main() -> None:
        async with serving(answer_once) as venue:
            proxy = Proxy(venue)
            async with serving(getattr(proxy, kind)) as port:
                transport = DirectTransport(tunnel=Tunnel(f"{kind}://127.0.0.1:{port}"))
                answer = await transport.send("http://venue.invalid:81", REQUEST, TIMES)
                await transport.close()
        assert (answer.status, answer.body) == (200, b"ok")
        assert proxy.asked == ["venue.invalid:81"]

    asyncio.run(main())


def test_a_stream_goes_through_the_proxy(caplog: pytest.LogCaptureFixture) -> None:
    """The venue answers no handshake, which proves that it was asked."""

    async def main() -> None:
        async with serving(answer_once) as venue:
            proxy = Proxy(venue)
            async with serving(proxy.socks5) as port:
                sockets = socket_transport(Tunnel(f"socks5://127.0.0.1:{port}"))
                with pytest.raises(ExchangeError, match=r"venue\.invalid"):
                    await sockets.open(
                        "ws://venue.invalid:82/x",
                        {},
                        lambda frame, kind: None,
                        lambda code, reason: None,
                        lambda: None,
                    )
        assert proxy.asked == ["venue.invalid:82"]

    asyncio.run(main())
    assert caplog.records == []


def test_a_proxy_that_refuses_means_not_sent_and_its_password_is_in_no_word() -> None:
    async def main() -> str:
        async with serving(Proxy(0).http) as port:
            tunnel = Tunnel(f"http://me:hidden-word@127.0.0.1:{port}")
            transport = DirectTransport(tunnel=tunnel)
            with pytest.raises(NotSent) as refused:
                await transport.send("http://venue.invalid:81", REQUEST, TIMES)
            await transport.close()
        assert refused.value.__cause__ is not None
        return f"{refused.value!r} {refused.value.__cause__!r} {tunnel!r}"

    said = asyncio.run(main())
    assert "hidden-word" not in said
    assert "proxy 127.0.0.1:" in said


@pytest.mark.parametrize("url", ["ftp://host:1", "socks5://host", "host:1", "http://:3128", ""])
def test_what_is_no_proxy_is_refused(url: str) -> None:
    with pytest.raises(ClientConfigError, match="the proxy is no address"):
        Tunnel(url)
