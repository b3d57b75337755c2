"""The control API: a request in, an answer out; nothing here knows of sockets.

Reads answer from local state. Commands answer when they are carried out, but for ``flatten``, which
answers at once and is followed by asking again.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

import msgspec

from app.control.guard import Guard
from app.control.metrics import CONTENT_TYPE, RunMetrics
from app.control.operator import Operator, Refused
from app.control.run_view import (
    balances_of,
    orders_of,
    overview_of,
    positions_of,
    report_of,
    status_of,
    venues_of,
)
from app.errors import did_you_mean
from app.session import Session
from reporting.json_form import encode

logger = logging.getLogger(__name__)

ROOT = "/api/v1/"
BODY_MAX = 10_000
CALLER_MAX = 60
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Question:
    """One request."""

    method: str
    path: str
    authorization: str = ""
    body: bytes = b""
    peer: str = ""
    """Where it comes from."""
    caller: str = ""
    """Who asks, as they call themselves (header X-Operator); believed, because they are let in."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered."""

    status: int
    body: bytes
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


_BodyT = TypeVar("_BodyT")
Command: TypeAlias = Callable[[Question], Awaitable[object]]


class _Wrong(Exception):
    """The request cannot be understood; the message says what is wrong with it."""


class _Close(msgspec.Struct, forbid_unknown_fields=True):
    symbol: str


class _Nothing(msgspec.Struct, forbid_unknown_fields=True):
    pass


class ControlApi:
    """Answers for one run.

    Args:
        session: The run.
        operator: Carries out commands.
        guard: Lets callers in.
        metrics: The run's figures.
    """

    def __init__(
        self, session: Session, operator: Operator, guard: Guard, metrics: RunMetrics
    ) -> None:
        self._guard = guard
        self._metrics = metrics
        self._operator = operator
        self._reads: Mapping[str, Callable[[], object]] = {
            "overview": lambda: overview_of(session, operator.owned),
            "status": lambda: status_of(session),
            "positions": lambda: positions_of(session, operator.owned),
            "orders": lambda: orders_of(session),
            "balances": lambda: balances_of(session),
            "venues": lambda: venues_of(session),
            "report": lambda: report_of(session),
            "flatten": operator.progress,
        }
        self._commands: Mapping[str, Command] = {
            "pause": self._pause,
            "resume": self._resume,
            "close": self._close,
            "flatten": self._flatten,
            "reload": self._reload,
        }

    async def answer(self, question: Question) -> Answer:
        """Answer one request."""
        refusal = self.refused(question)
        if refusal is not None:
            return refusal
        if question.path == "/health":
            return _told(200, {"ok": True})
        if question.path == "/metrics" and question.method == "GET":
            return Answer(200, self._metrics.text().encode(), CONTENT_TYPE)
        return await self._routed(question)

    def refused(self, question: Question) -> Answer | None:
        """Return what a stranger is answered, before any of the body is read; None for others."""
        health = question.path == "/health" and question.method == "GET"
        if health or self._guard.admits(question.authorization):
            return None
        logger.warning("event=control_refused peer=%s reason=token", question.peer)
        told = {"error": "a token is needed: Authorization: Bearer TOKEN"}
        return _told(401, told, {"WWW-Authenticate": "Bearer"})

    async def _routed(self, question: Question) -> Answer:
        name = question.path.removeprefix(ROOT)
        known = [*self._reads, *self._commands]
        if not question.path.startswith(ROOT) or name not in known:
            hint = did_you_mean(name, known, f"; there are {', '.join(dict.fromkeys(known))}")
            return _error(404, f"there is no {question.path}{hint}")
        allowed = ["GET"] * (name in self._reads) + ["POST"] * (name in self._commands)
        if question.method not in allowed:
            told = {"error": f"{question.path} is asked by {' or '.join(allowed)}"}
            return _told(405, told, {"Allow": ", ".join(allowed)})
        if question.method == "GET":
            return _told(200, self._reads[name]())
        try:
            return _told(200, await self._commands[name](question))
        except _Wrong as error:
            return _error(422, str(error))
        except Refused as error:
            return _error(409, str(error))

    # Commands -------------------------------------------------------------------------------------

    async def _pause(self, question: Question) -> object:
        _read(question, _Nothing)
        return self._operator.pause(_who(question))

    async def _resume(self, question: Question) -> object:
        _read(question, _Nothing)
        return self._operator.resume(_who(question))

    async def _close(self, question: Question) -> object:
        return await self._operator.close(_read(question, _Close).symbol, _who(question))

    async def _flatten(self, question: Question) -> object:
        _read(question, _Nothing)
        return self._operator.flatten(_who(question))

    async def _reload(self, question: Question) -> object:
        _read(question, _Nothing)
        return self._operator.reload(_who(question))


def _read(question: Question, kind: type[_BodyT]) -> _BodyT:
    try:
        return msgspec.json.decode(question.body or b"{}", type=kind)
    except msgspec.DecodeError as error:
        raise _Wrong(f"the body is not what is expected: {error}") from None


def _who(question: Question) -> str:
    """Return who asks: the name they give themselves, if any, and where they are."""
    name = "".join(each for each in question.caller if each.isprintable())[:CALLER_MAX].strip()
    return f"{name} ({question.peer})" if name else f"api ({question.peer})"


def _told(status: int, value: object, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, encode(value), headers=headers or {})


def _error(status: int, text: str) -> Answer:
    return _told(status, {"error": text})
