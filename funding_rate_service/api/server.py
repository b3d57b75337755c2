"""Running the API: uvicorn on the loop that also collects, until it is told to end."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn

from exchange_clients.shared.tasks import TaskScope
from funding_rate_service.api.app import Api

GRACE_S = 1
"""How long requests under way may take at the end; listeners never end by themselves."""


@dataclass(frozen=True, slots=True)
class Server:
    """What is served, and where."""

    app: Api
    listener: socket.socket


class _Runner(uvicorn.Server):
    """A server that leaves signals to whoever runs it, who has more to end than the server."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


async def serve(server: Server, announce: Callable[[str, int], None], over: asyncio.Event) -> None:
    """Answer until ``over`` is set.

    Args:
        server: What and where.
        announce: Told the address.
        over: Ends it; requests under way have ``GRACE_S``.
    """
    listener = server.listener
    config = uvicorn.Config(
        server.app,
        log_level="warning",
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=GRACE_S,
        server_header=False,
    )
    announce(*listener.getsockname()[:2])
    runner = _Runner(config)
    scope = TaskScope()
    scope.start(_end(runner, server, over), "end the server")
    try:
        await runner.serve(sockets=[listener])
    finally:
        await scope.close()


async def _end(runner: _Runner, server: Server, over: asyncio.Event) -> None:
    await over.wait()
    server.app.stream.end()
    runner.should_exit = True


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """Take an address for as long as the block lasts.

    Raises:
        OSError: it is not free, or none of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host, port))
            listener.listen()  # whoever hears the address may ask at once, and waits for the rest
        except OSError as error:
            raise OSError(error.errno, error.strerror, f"{host}:{port}") from error
        yield listener
