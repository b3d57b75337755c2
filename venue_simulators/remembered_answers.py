"""What was answered to the same question before, for reads that lag behind."""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import TypeAlias

from venue_simulators.wire import HttpRequest, HttpResponse

QUESTIONS_MAX = 256
ANSWERS_MAX = 64
"""Kept of each question."""

Question: TypeAlias = tuple[str, str, str, str, bytes]


class RememberedAnswers:
    """Answers by question; a question is all of a request but its headers."""

    def __init__(self) -> None:
        self._answers: OrderedDict[Question, deque[tuple[int, HttpResponse]]] = OrderedDict()

    def keep(self, request: HttpRequest, response: HttpResponse, now_ns: int) -> None:
        """Remember an answer."""
        question = _question(request)
        answers = self._answers.setdefault(question, deque(maxlen=ANSWERS_MAX))
        answers.append((now_ns, response))
        self._answers.move_to_end(question)
        if len(self._answers) > QUESTIONS_MAX:
            self._answers.popitem(last=False)

    def as_of(self, request: HttpRequest, at_ns: int) -> HttpResponse | None:
        """Return the last answer to the same question until an instant, None without one."""
        answers = self._answers.get(_question(request), ())
        return next((told for given_ns, told in reversed(answers) if given_ns <= at_ns), None)


def _question(request: HttpRequest) -> Question:
    return (request.service, request.method, request.path, request.query, request.body)
