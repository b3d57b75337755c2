"""How a venue's words ask for something without waiting for it.

A flow yields what to send and is sent the answer; ``drive`` runs one with canned answers.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import TypeAlias, TypeVar

T = TypeVar("T")
RequestT = TypeVar("RequestT")
ResponseT = TypeVar("ResponseT")

Flow: TypeAlias = Generator[RequestT, ResponseT, T]
"""Yields requests, is sent responses, returns a model."""


def drive(
    flow: Flow[RequestT, ResponseT, T], answers: Sequence[ResponseT]
) -> tuple[list[RequestT], T]:
    """Run a flow with prepared answers; return the requests it made and its result.

    Raises:
        AssertionError: the flow asked for more, or for fewer, answers than were prepared.
    """
    requests: list[RequestT] = []
    remaining = iter(answers)
    try:
        requests.append(next(flow))
        while True:
            try:
                answer = next(remaining)
            except StopIteration:
                raise AssertionError(
                    f"the flow asked for an answer to {requests[-1]!r}, but none was prepared"
                ) from None
            requests.append(flow.send(answer))
    except StopIteration as end:
        unused = len(list(remaining))
        assert not unused, f"the flow ended without using {unused} prepared answers"
        result: T = end.value
        return requests, result
