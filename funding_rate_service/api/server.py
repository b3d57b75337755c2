"""Running the API: uvicorn on the loop that also collects, ended by a signal or by cancellation."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass

import uvicorn
from starlette.types import ASGIApp

GRACE_S = 2
"""How long requests under way may take at the end; listeners never end by themselves."""


@dataclass(frozen=True, slots=True)
class Server:
    """What is served, and where."""

    app: ASGIApp
    host: str
    port: int


async def serve(server: Server, announce: Callable[[str, int], None]) -> None:
    """Answer until a signal comes.

    Args:
        server: What and where.
        announce: Told the address once it is taken.

    Raises:
        OSError: the address is not free.
    """
    listener = _listen(server)
    config = uvicorn.Config(
        server.app,
        log_level="warning",
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=GRACE_S,
        server_header=False,
    )
    announce(*listener.getsockname()[:2])
    with listener:
        await uvicorn.Server(config).serve(sockets=[listener])


def _listen(server: Server) -> socket.socket:
    family = socket.AF_INET6 if ":" in server.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((server.host, server.port))
    except OSError as error:
        listener.close()
        raise OSError(error.errno, error.strerror, f"{server.host}:{server.port}") from error
    return listener
