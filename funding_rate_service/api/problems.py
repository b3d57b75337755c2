"""How a request is refused: in one shape, naming the parameter and what would do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from funding_rate_service.api.models import Problem
from funding_rate_service.api.state import Unknown
from funding_rate_service.core.engine import StoreError

RESPONSES: dict[int | str, dict[str, Any]] = {  # as FastAPI declares it
    401: {"model": Problem, "description": "A token is needed."},
    404: {"model": Problem, "description": "A venue or symbol is not known."},
    422: {"model": Problem, "description": "A parameter is wrong."},
    503: {"model": Problem, "description": "The store does not answer."},
}


class Refused(Exception):
    """There is no such parameter, or it does not go with another."""

    def __init__(self, parameter: str, message: str, near: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.parameter = parameter
        self.near = list(near)


def answer_problems(app: FastAPI) -> None:
    """Let every refusal of ``app`` be a ``Problem``."""

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        place = [str(part) for part in first["loc"][1:] if not isinstance(part, int)]
        name = place[0] if place else str(first["loc"][0])
        given = "" if first["type"] == "missing" else f" (given: {str(first['input'])[:40]!r})"
        return _answer(422, Problem(error=f"{name}: {first['msg']}{given}", parameter=name))

    @app.exception_handler(Refused)
    async def refused(_: Request, error: Refused) -> JSONResponse:
        told = f"{error.parameter}: {error}"
        return _answer(422, Problem(error=told, parameter=error.parameter, near=error.near))

    @app.exception_handler(Unknown)
    async def unknown(_: Request, error: Unknown) -> JSONResponse:
        return _answer(404, Problem(error=str(error), parameter=error.parameter, near=error.near))

    @app.exception_handler(StoreError)
    async def no_store(_: Request, error: StoreError) -> JSONResponse:
        return _answer(503, Problem(error=str(error)))

    @app.exception_handler(HTTPException)
    async def other(_: Request, error: HTTPException) -> JSONResponse:
        where = ": what can be asked stands at /docs" if error.status_code == 404 else ""
        problem = Problem(error=f"{error.detail}{where}")
        told = JSONResponse(problem.model_dump(), error.status_code)
        told.headers.update(error.headers or {})
        return told


def _answer(status: int, problem: Problem) -> JSONResponse:
    return JSONResponse(problem.model_dump(), status)
