"""The control API on a socket, on the loop that trades; refuses more than a few callers at once."""

from __future__ import annotations

import asyncio

from aiohttp import web

from app.control.api import BODY_MAX, Answer, ControlApi, Question
from app.errors import RunFailed

CALLS_MAX = 16
"""Calls at once; of more each is told to come again. A bot serves few people."""
SHUTDOWN_S = 1.0
BUSY = Answer(503, b'{"error": "too many calls at once: ask again"}\n')


class ControlServer:
    """Serves an API.

    Args:
        api: Answers.
        host: Where.
        port: Which; 0 for a free one.
    """

    def __init__(self, api: ControlApi, host: str, port: int) -> None:
        self._api = api
        self._host = host
        self._port = port
        self._calls = asyncio.Semaphore(CALLS_MAX)
        self._runner: web.AppRunner | None = None
        self.url = ""
        """Where it answers; known once it is open."""

    async def open(self) -> None:
        """Take the port.

        Raises:
            RunFailed: it is not free.
        """
        application = web.Application(client_max_size=BODY_MAX)
        application.router.add_route("*", "/{path:.*}", self._handle)
        # Signals are the bot's, and what is asked of it stands in no access log.
        runner = web.AppRunner(
            application, access_log=None, handle_signals=False, shutdown_timeout=SHUTDOWN_S
        )
        await runner.setup()
        self._runner = runner
        try:
            await web.TCPSite(runner, self._host, self._port).start()
        except OSError as error:
            raise RunFailed(
                f"control.port: {self._host}:{self._port} cannot be taken ({error.strerror}): "
                "name another one, or 0 for a free one"
            ) from error
        port = runner.addresses[0][1]
        host = f"[{self._host}]" if ":" in self._host else self._host
        self.url = f"http://{host}:{port}"

    async def close(self) -> None:
        """Let callers and the port go."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _handle(self, request: web.Request) -> web.Response:
        if self._calls.locked():
            return _response(BUSY)
        async with self._calls:
            try:
                body = await request.read()
            except web.HTTPRequestEntityTooLarge:
                told = f'{{"error": "a body has at most {BODY_MAX} bytes"}}\n'
                return _response(Answer(413, told.encode()))
            question = Question(
                method=request.method,
                path=request.path,
                authorization=request.headers.get("Authorization", ""),
                body=body,
                peer=request.remote or "",
                caller=request.headers.get("X-Operator", ""),
            )
            return _response(await self._api.answer(question))


def _response(answer: Answer) -> web.Response:
    kind = {"Content-Type": answer.content_type}
    return web.Response(status=answer.status, body=answer.body, headers={**kind, **answer.headers})
