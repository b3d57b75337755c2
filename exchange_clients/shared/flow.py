"""How a venue's words ask for something without waiting for it.

A flow yields requests, is sent a response to each, and returns a model. It holds at most one
request that may not be repeated, as its last: so a failure before it changed nothing, and a failure
after it leaves one outcome unknown. ``drive`` runs a flow with canned answers.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias, TypeVar

from exchange_clients.errors import ExchangeError
from exchange_clients.swift_values import swiftly_made

T = TypeVar("T")


class Method(StrEnum):
    """An HTTP method."""

    GET = "GET"
    POST = "POST"
    PUT = "PUT"
    PATCH = "PATCH"
    DELETE = "DELETE"


@swiftly_made
@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request as a venue's words ask for it, before it is signed and paced."""

    method: Method
    path: str
    params: Mapping[str, object] = field(default_factory=dict)
    """The query in this order; None is left out, booleans are spelt ``true`` and ``false``."""
    body: object = None
    """Sent as JSON by msgspec (Decimal as text); None sends no body."""
    form: Mapping[str, str] | None = None
    """Sent url-encoded instead of a JSON body."""
    headers: Mapping[str, str] = field(default_factory=dict)
    service: str = "rest"
    """Which of the environment's URLs it goes to."""
    scope: str = ""
    """The row of the venue's cost table; the default row where empty."""
    instrument: str = ""
    """The contract that buckets of scope INSTRUMENT are counted by."""
    private: bool = False
    """Whether the signer prepares it and the session's headers go with it."""
    intent: object = None
    """What is signed inside the body, as the venue's own type; its signer builds the body."""
    repeatable: bool = True
    """Whether sending it twice is the same as once; otherwise a lost answer is an unknown outcome,
    and the request is never sent again."""
    urgent: bool = False
    """A cancel or a reduce-only order: may use the reserve of the rate limits."""
    entry: str = ""
    """What the venue's order socket calls it; empty where HTTP alone carries it."""
    answers: tuple[type[ExchangeError], ...] = ()
    """Errors that are sent into the flow, as ``Response.error``, instead of ending it."""


@swiftly_made
@dataclass(frozen=True, slots=True)
class Response:
    """The venue's answer; header names are lower-case, repeated headers are one, a line each."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    error: ExchangeError | None = None
    """Set only to one of the kinds that the request lists in ``answers``."""
    received_ns: int = 0
    reference: str = field(default="", repr=False)
    """What the signer said of the request: a transaction hash, or a new token."""


Flow: TypeAlias = Generator[Request, Response, T]
"""Yields requests, is sent responses, returns a model."""


def drive(flow: Flow[T], answers: Sequence[Response]) -> tuple[list[Request], T]:
    """Run a flow with prepared answers; return the requests it made and its result.

    Raises:
        AssertionError: the flow asked for more, or for fewer, answers than were prepared.
    """
    requests: list[Request] = []
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
