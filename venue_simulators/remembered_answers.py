"""What was answered to the same question before, for reads that lag behind."""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import TypeAlias

from venue_simulators.wire import HttpRequest, HttpResponse

QUESTIONS_MAX = 256
ANSWERS_MAX = 64
"""Kept of each question."""

_SIGNING = ("timestamp", "nonce", "signature", "auth")

Question: TypeAlias = tuple[str, str, str, str, bytes]


class RememberedAnswers:
    """Answers by question; a question is all of a request but what signs it."""

    def __init__(self) -> None:
        self._answers: OrderedDict[Question, deque[tuple[int, HttpResponse]]] = OrderedDict()
        self._first: dict[Question, HttpResponse] = {}

    def keep(self, request: HttpRequest, response: HttpResponse, now_ns: int) -> None:
        """Remember an answer."""
        question = _question(request)
        self._first.setdefault(question, response)
        answers = self._answers.setdefault(question, deque(maxlen=ANSWERS_MAX))
        answers.append((now_ns, response))
        self._answers.move_to_end(question)
        if len(self._answers) > QUESTIONS_MAX:
            oldest, _ = self._answers.popitem(last=False)
            del self._first[oldest]

    def as_of(self, request: HttpRequest, at_ns: int) -> HttpResponse | None:
        """Return the last answer to the same question until an instant, None without one."""
        answers = self._answers.get(_question(request), ())
        return next((told for given_ns, told in reversed(answers) if given_ns <= at_ns), None)

    def first(self, request: HttpRequest) -> HttpResponse | None:
        """Return the first answer to the same question, None without one."""
        return self._first.get(_question(request))


def _question(request: HttpRequest) -> Question:
    return (request.service, request.method, request.path, _asked(request.query), request.body)


def _asked(query: str) -> str:
    """Return what a query asks, without what signs it, which is never the same twice."""
    parts = query.split("&")
    return "&".join(part for part in parts if part.partition("=")[0] not in _SIGNING)
