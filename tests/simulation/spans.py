"""When nothing can be asked of an executor: its bound in time holds while every venue answers."""

from __future__ import annotations

from collections.abc import Iterator

from exchange_clients.base_models import NS
from tests.simulation.plan import Plan, Trouble
from tests.simulation.truth import Span

SILENCE_S = 50.0
"""How long after a trouble an order may be unknown that was sent while it stood: the longest
time-out of a request, and the longest time after which a venue shows what it has (30 s)."""
ANSWERING = ("ws.dup", "ws.swap", "ws.junk")
"""Troubles of the streams alone, in which nothing is lost."""
LATE = ("rp.delay", "rp.slow", "ws.delay")
BRIEF_S = 1.0
"""What comes so late is an answer all the same."""
BOOK_S = 5.0
"""How long it takes until a book that was empty is known to be there again."""


def excused_spans(plan: Plan, start_ns: int) -> list[Span]:
    """Return when a trouble of a plan stands, or a side of a book is gone (epoch ns)."""
    seconds = [*_troubles(plan), *_gone_books(plan)]
    return [(start_ns + round(a * NS), start_ns + round(b * NS)) for a, b in seconds]


def _troubles(plan: Plan) -> Iterator[tuple[float, float]]:
    for each in (each for each in plan.troubles if not _harmless(each)):
        until_s = min(each.at_s + each.for_s, plan.heal_s)
        yield each.at_s, until_s + (each.seconds or 0.0) + SILENCE_S
    if plan.failure is not None:
        yield 0.0, plan.heal_s + SILENCE_S


def _harmless(trouble: Trouble) -> bool:
    """Tell whether a venue answers all the same while a trouble stands."""
    briefly = trouble.seconds is not None and trouble.seconds <= BRIEF_S
    return trouble.kind in ANSWERING or (trouble.kind in LATE and briefly)


def _gone_books(plan: Plan) -> Iterator[tuple[float, float]]:
    for venue in plan.venues:
        moves = sorted((each for each in plan.moves if each.venue == venue), key=lambda m: m.at_s)
        ends = [each.at_s for each in moves[1:]] + [plan.heal_s]
        for move, until_s in zip(moves, ends, strict=False):
            if not move.bid or not move.ask:
                yield move.at_s, until_s + BOOK_S
