"""What goes wrong with one effect of a process that lives on: each way for each kind of effect."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import partial

from exchange_clients.base_models import NS
from exchange_clients.journal import JournalError
from exchange_clients.shared.virtual_time import VirtualLoop
from venue_simulators.memory import Arriving, Deliver, MemoryService
from venue_simulators.wire import HttpResponse


class EffectKind(StrEnum):
    """What a process does to the world."""

    WRITE = "write"
    """Of the journal."""
    REQUEST = "request"
    HANDSHAKE = "handshake"
    FRAME = "frame"
    LEASE = "lease"
    """The taking of a lock, with the text of who holds it."""


class Ruin(StrEnum):
    """How an effect fails."""

    LOST = "lost on its way"
    ANSWER_LOST = "done, the answer lost"
    UNDONE_ERROR = "an error, nothing done"
    DONE_ERROR = "an error, and done"
    SILENCE = "done, never answered"
    CUT_BEFORE = "cut before the frame"
    CUT_AFTER = "cut behind the frame"
    FULL = "the disk is full, once"
    FULL_ON = "the disk is full, until the next process"
    SLOW = "the disk takes 5 s"


RUINS: Mapping[EffectKind, tuple[Ruin, ...]] = {
    EffectKind.WRITE: (Ruin.FULL, Ruin.FULL_ON, Ruin.SLOW),
    EffectKind.REQUEST: (
        Ruin.LOST,
        Ruin.ANSWER_LOST,
        Ruin.UNDONE_ERROR,
        Ruin.DONE_ERROR,
        Ruin.SILENCE,
    ),
    EffectKind.HANDSHAKE: (Ruin.LOST, Ruin.SILENCE),
    EffectKind.FRAME: (Ruin.CUT_BEFORE, Ruin.CUT_AFTER),
    EffectKind.LEASE: (),
}
"""A lease that cannot be taken only keeps a process from its start."""
ERROR = HttpResponse(503, b"<html><body>503 Service Unavailable</body></html>")
SLOW_S = 5.0
WAY_S = 0.01
"""How long it takes until a broken connection is told."""
FULL_TEXT = "database or disk is full"


def ask(
    service: MemoryService, ruin: Ruin, request: Arriving, deliver: Deliver, loop: VirtualLoop
) -> None:
    """Send a request with which something goes wrong."""
    if ruin in (Ruin.LOST, Ruin.UNDONE_ERROR):
        answer = None if ruin is Ruin.LOST else ERROR
        loop.call_later(WAY_S, deliver, answer)
        return
    after: Callable[[HttpResponse | None], None]
    if ruin is Ruin.SILENCE:
        after = _keep_silent
    else:
        after = partial(_answer, deliver, None if ruin is Ruin.ANSWER_LOST else ERROR)
    service.request(request, after)


def _answer(deliver: Deliver, answer: HttpResponse | None, _: HttpResponse | None) -> None:
    deliver(answer)


def _keep_silent(_: HttpResponse | None) -> None:
    """Let an answer be."""


def refuse_write(ruin: Ruin, loop: VirtualLoop) -> None:
    """Let a write be slow, or fail.

    Raises:
        JournalError: nothing is written.
    """
    if ruin is Ruin.SLOW:
        loop._horizon.now_ns += round(SLOW_S * NS)
        return
    raise JournalError(f"the journal cannot be written ({FULL_TEXT}); nothing was kept of this")
