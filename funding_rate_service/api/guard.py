"""Who may ask: everyone on this machine, and elsewhere only who has the token.

Without a token the service is bound to this machine, and answers only under this machine's names:
else a page from anywhere could reach it by a name that it lets point here.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from helpers.loopback import is_loopback


class Guard:
    """Lets through what may pass.

    Args:
        app: What is guarded.
        token: Asked of everyone; None lets this machine in, and nobody else.
        open_paths: The page itself holds no data; it asks for the token when it is refused.
    """

    def __init__(self, app: ASGIApp, token: str | None, open_paths: Collection[str]) -> None:
        self._app = app
        self._token = token
        self._open_paths = frozenset(open_paths)

    def __repr__(self) -> str:
        return f"Guard(token={'set' if self._token else 'none'})"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on or refuse it."""
        if scope["type"] != "http" or scope["path"] in self._open_paths:
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        if self._token is None:
            if is_loopback(_host(headers.get(b"host", b""))):
                await self._app(scope, receive, send)
                return
            refusal = JSONResponse({"error": "ask by a name of this machine: 127.0.0.1"}, 403)
        elif hmac.compare_digest(headers.get(b"authorization", b""), self._expected()):
            await self._app(scope, receive, send)
            return
        else:
            told = {"error": "a token is needed: Authorization: Bearer TOKEN"}
            refusal = JSONResponse(told, 401, {"www-authenticate": "Bearer"})
        await refusal(scope, receive, send)

    def _expected(self) -> bytes:
        return f"Bearer {self._token}".encode()


def _host(header: bytes) -> str:
    """Return the host of ``host:port``, without the brackets of an IPv6 address."""
    try:
        return urlsplit(f"//{header.decode('latin-1')}").hostname or ""
    except ValueError:
        return ""
