"""What a judge does on a venue, step by step, and how it tells of it: a line of JSON each.

Runs inside a judge's environment, so it uses the standard library alone. A step that fails makes
those that build on it fail as well: they are told as not reached.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Protocol, TextIO, TypeVar

T = TypeVar("T")

PASS, FAIL, CANNOT = "pass", "fail", "cannot"
STEPS = (
    "list markets",
    "read the book",
    "log in",
    "rest an order",
    "see it open",
    "fill an order",
    "see the fill",
    "cancel",
    "see it gone",
    "hear the book",
)
NOTE_MAX = 300
"""Characters of an explanation; SDKs put whole answers into their errors."""

PATIENCE_S, PAUSE_S = 10.0, 0.3
"""How long a venue may take to show what it accepted, and how often it is asked meanwhile."""

Json = dict[str, Any]  # what an SDK, or a job, says has no type that we could know


class CannotError(Exception):
    """A judge cannot do this step, for a reason of its own; the venue is not to blame."""


class Limited(str):
    """A note on a step that passed, though not the way that its judge would go by itself."""

    __slots__ = ()


class Judge(Protocol):
    """One SDK on one venue: a method for each step, its spaces written as underscores.

    Each returns what was seen, for people, and raises where something is not as it must be.
    ``sign`` yields what the SDK would send of each order.
    """

    def sign(self, orders: Iterable[Json]) -> Iterable[Json]:
        """Yield one signed request for each order."""


def run_steps(judge: object, tell: Callable[[Json], None]) -> None:
    """Take every step in turn and tell its verdict."""
    stopped = ""
    for step in STEPS:
        if stopped:
            tell(
                {
                    "step": step,
                    "verdict": CANNOT if stopped == CANNOT else FAIL,
                    "note": "not reached",
                }
            )
            continue
        try:
            note = getattr(judge, step.replace(" ", "_"))()
        except CannotError as reason:
            stopped = CANNOT
            tell({"step": step, "verdict": CANNOT, "note": str(reason)[:NOTE_MAX]})
        except Exception as error:  # noqa: BLE001  # an SDK may raise anything; the verdict says what
            stopped = FAIL
            told = f"{type(error).__name__}: {error}"
            tell({"step": step, "verdict": FAIL, "note": told[:NOTE_MAX]})
        else:
            limited = isinstance(note, Limited)
            note = str(note or "")[:NOTE_MAX]
            tell({"step": step, "verdict": PASS, "note": note, "limited": limited})


def expect(found: object, wanted: object, what: str) -> None:
    """Raise unless what was found is what must be."""
    if found != wanted:
        raise AssertionError(f"{what} is {found!r}, expected {wanted!r}")


def eventually(ask: Callable[[], Any], what: str) -> Any:
    """Return the first answer that is not empty; venues show some things only after a while."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        found = ask()
        if found:
            return found
        time.sleep(PAUSE_S)
    raise AssertionError(f"{what} did not show within {PATIENCE_S:.0f} s")


async def within(awaited: Awaitable[T], what: str) -> T:
    """Return what is awaited, or fail naming it; an SDK may wait for an answer without an end."""
    try:
        return await asyncio.wait_for(awaited, PATIENCE_S)
    except asyncio.TimeoutError as error:  # noqa: UP041  # another type until Python 3.11, and a judge has 3.10
        raise AssertionError(f"{what} did not come within {PATIENCE_S:.0f} s") from error


def main(judge_of: Callable[[Mapping[str, str], str], Judge]) -> None:
    """Read the job from the standard input, do it, and tell of it on the standard output.

    Args:
        judge_of: Builds the judge from the environment variables of a client of the simulator and
            the name of the venue.
    """
    tell = _teller(_own_output())
    job = json.load(sys.stdin)
    judge = judge_of(job["environment"], job["venue"])
    run_steps(judge, tell)
    if job["orders"]:
        for signed in judge.sign(job["orders"]):
            tell({"signed": signed})


def _own_output() -> TextIO:
    """Return the standard output, kept from what an SDK prints: that goes to standard error."""
    own = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    os.dup2(2, 1)
    return own


def _teller(output: TextIO) -> Callable[[Json], None]:
    def tell(line: Json) -> None:
        output.write(json.dumps(line) + "\n")

    return tell
