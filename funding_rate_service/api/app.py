"""The API as a whole: routes under /api/v1, the page at /, and what stands before them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from funding_rate_service.api.answers import AnswerCache
from funding_rate_service.api.guard import Guard
from funding_rate_service.api.history_routes import history_routes
from funding_rate_service.api.pair_routes import pair_routes
from funding_rate_service.api.problems import RESPONSES, answer_problems
from funding_rate_service.api.rate_routes import rate_routes
from funding_rate_service.api.service_routes import service_routes
from funding_rate_service.api.state import ServiceState
from funding_rate_service.api.stream import RateStream, stream_routes

VERSION = "1.0"
PREFIX = "/api/v1"
PAGE = Path(__file__).with_name("page")
_PAGE_FILES = {
    "/": ("page.html", "text/html; charset=utf-8"),
    "/page.css": ("page.css", "text/css; charset=utf-8"),
    "/page.js": ("page.js", "text/javascript; charset=utf-8"),
    "/view.js": ("view.js", "text/javascript; charset=utf-8"),
    "/chart.js": ("chart.js", "text/javascript; charset=utf-8"),
    "/docs": ("docs.html", "text/html; charset=utf-8"),
    "/docs.js": ("docs.js", "text/javascript; charset=utf-8"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
}
_PAGE_HEADERS = {
    "cache-control": "no-cache",
    # Nothing from anywhere else is ever loaded, whatever a venue's symbols may spell.
    "content-security-policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


@dataclass(frozen=True, slots=True)
class Access:
    """Who may ask."""

    token: str | None = None
    """Asked of everyone; None lets this machine in, and nobody else."""
    cors_origins: Sequence[str] = ()
    """Origins of other pages that may read answers; none by default."""

    def __repr__(self) -> str:
        told = "set" if self.token else "none"
        return f"Access(token={told}, cors_origins={tuple(self.cors_origins)})"


@dataclass(frozen=True, slots=True)
class Api:
    """What a server runs, and how its listeners are let go."""

    app: ASGIApp
    stream: RateStream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        await self.app(scope, receive, send)


def build_app(state: ServiceState, access: Access | None = None) -> Api:
    """Return what a server runs."""
    access = access or Access()
    stream = RateStream(state)
    routes = build_routes(state, stream)
    app: ASGIApp = AnswerCache(routes, state, boot=state.clock.now_ns() // 1_000_000)
    app = Guard(app, access.token, open_paths=list(_PAGE_FILES))
    if access.cors_origins:
        app = CORSMiddleware(
            app,
            allow_origins=list(access.cors_origins),
            allow_methods=["GET"],
            allow_headers=["authorization"],
        )
    return Api(app, stream)


def build_routes(state: ServiceState, stream: RateStream) -> FastAPI:
    """Return the routes alone."""
    app = FastAPI(
        title="Funding rates",
        version=VERSION,
        description="Funding rates of perpetual futures at every venue, how old each number is, "
        "and what a pair of venues would earn after costs. Rates are fractions, amounts USD.",
        docs_url=None,  # FastAPI's own page is loaded from elsewhere; ours needs no network
        redoc_url=None,
    )
    answer_problems(app)
    api = APIRouter(prefix=PREFIX, responses=RESPONSES)
    api.include_router(rate_routes(state))
    api.include_router(pair_routes(state))
    api.include_router(history_routes(state))
    api.include_router(service_routes(state, stream))
    api.include_router(stream_routes(stream))
    app.include_router(api)
    _serve_page(app)
    return app


def _serve_page(app: FastAPI) -> None:
    for path, (name, media_type) in _PAGE_FILES.items():
        content = (PAGE / name).read_bytes()
        app.add_api_route(path, _file(content, media_type), include_in_schema=False)


def _file(content: bytes, media_type: str) -> Callable[[], Awaitable[Response]]:
    async def send() -> Response:
        return Response(content, media_type=media_type, headers=_PAGE_HEADERS)

    return send
