"""The control API on a socket, on the loop that trades; refuses more than a few callers at once."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from aiohttp import web

from app.control.api import BODY_MAX, Answer, ControlApi, Question
from app.errors import RunFailed
from exchange_clients.shared.clock import Clock

CALLS_MAX = 16
"""Calls at once; of more each is told to come again. A bot serves few people."""
SHUTDOWN_S = 1.0
LINGER_S = 0.2
"""How long a body that nobody wants is let run out, so that the caller reads the answer."""
BODY_S = 5.0
"""A body that takes longer is not waited for."""
TOO_LARGE = Answer(413, f'{{"error": "a body has at most {BODY_MAX} bytes"}}\n'.encode())
TOO_SLOW = Answer(408, b'{"error": "the body did not come in time"}\n')
BUSY = Answer(503, b'{"error": "too many calls at once: ask again"}\n')


class ControlServer:
    """Serves an API.

    Args:
        api: Answers.
        host: Where.
        port: Which; 0 for a free one.
        clock: Time and waiting.
    """

    def __init__(self, api: ControlApi, host: str, port: int, clock: Clock) -> None:
        self._api = api
        self._host = host
        self._port = port
        self._clock = clock
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
            application,
            access_log=None,
            handle_signals=False,
            shutdown_timeout=SHUTDOWN_S,
            lingering_time=LINGER_S,
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
        question = Question(
            method=request.method,
            path=request.path,
            authorization=request.headers.get("Authorization", ""),
            peer=request.remote or "",
            caller=request.headers.get("X-Operator", ""),
        )
        # A stranger takes no place from those who are let in.
        refusal = self._api.refused(question)
        if refusal is not None:
            return _response(refusal)
        if self._calls.locked():
            return _response(BUSY)
        async with self._calls:
            try:
                async with self._clock.deadline(BODY_S):
                    body = await request.read()
            except web.HTTPRequestEntityTooLarge:
                return _response(TOO_LARGE)
            except (TimeoutError, ConnectionError):  # the caller may have gone
                return _response(TOO_SLOW)
            return _response(await self._api.answer(replace(question, body=body)))


def _response(answer: Answer) -> web.Response:
    kind = {"Content-Type": answer.content_type}
    return web.Response(status=answer.status, body=answer.body, headers={**kind, **answer.headers})
