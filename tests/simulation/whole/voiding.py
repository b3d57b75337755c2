"""A venue takes a fill back that it has told: position and money are without it again."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from exchange_clients.base_models import NS, Fill
from tests.simulation.plan import Trouble
from tests.simulation.whole.venues import BEGIN_NS
from tests.support.venue_books import voided_of
from tests.support.wire_orders import ACCOUNT

if TYPE_CHECKING:
    from tests.simulation.whole.playing import WholeRun

LOOKS_S = 1.0
"""How often it is looked for a fill that a venue may void."""
MOVES = {"strategy.trail_up_to", "strategy.trail_down_to"}
"""Settings of a range that moves: what it gets back of a cell that it has given up it closes at
another one's level, and nobody but itself knows at which."""
VOIDING = ("paradex",)
"""Venues that void fills, and tell so."""


def void_one(run: WholeRun, trouble: Trouble, counts: Counter[str]) -> None:
    """Void one fill of ours that comes within the row, once it is as old as the row says.

    None whose absence would turn what is held round: the chain of a venue takes a close that
    follows no more than the opening before it.
    """
    until_s = min(trouble.at_s + trouble.for_s, run.scenario.chaos_s)
    if trouble.venue not in VOIDING or run.now_s >= until_s or MOVES & {*run.scenario.settings}:
        return
    venue = run.venues[trouble.venue]
    venue.venue.advance(run.now_ns())
    fill = next(
        (each for each in venue.world.fills(ACCOUNT) if _may_void(run, trouble, each)), None
    )
    if fill is None:
        run.stage.loop.call_later(LOOKS_S, partial(void_one, run, trouble, counts))
        return
    venue.world.deeds.void(ACCOUNT, fill, venue.world.now_ns)
    venue.world.advance(venue.world.now_ns)
    counts[trouble.kind] += 1


def _may_void(run: WholeRun, trouble: Trouble, fill: Fill) -> bool:
    """Tell whether a fill is one that a row voids now."""
    venue = run.venues[trouble.venue]
    age_ns = venue.world.now_ns - fill.venue_ns
    begun = fill.venue_ns >= BEGIN_NS + trouble.at_s * NS
    book = run.truth.books.get((venue.name, fill.contract_id))
    ours = book is not None and venue.is_ours(fill.order_id)
    if book is None or not ours or not begun or age_ns < (trouble.seconds or 0.0) * NS:
        return False
    if any(each == fill.taken_back(each.venue_ns) for each in voided_of(venue.world)):
        return False
    held = book.net * fill.side.sign
    if book.past:
        return False
    closes = venue.world.wanted(ACCOUNT, fill.order_id).reduce_only
    return held <= 0 if closes else held >= fill.size
