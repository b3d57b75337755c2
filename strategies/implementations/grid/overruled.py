"""What a one-sided grid does where something above it closes what it holds.

Closes that are withdrawn give their lots back and are not placed anew meanwhile. What the closing
fills is taken from the lots, oldest first, and their cycles say who closed them and why. When it
has ended, or after a time in any case, what is left is covered again. What is closed of the hedge
on the second venue is hedged no more, and until that has ended nothing is sent there.
"""

from __future__ import annotations

from exchange_clients.base_models import NS, ZERO
from strategies.base_strategy import Overruled
from strategies.implementations.grid.desk import CANCEL_REPEAT_NS, Desk
from strategies.implementations.grid.state import Fate, PositionKey

CLOSINGS_KEPT = 8
"""Closings of a hedge whose late fills are still known."""
UNCOVERED_NS = 30 * NS
"""How long lots may wait uncovered for a closing that does not come."""


def note(desk: Desk, event: Overruled, market: PositionKey) -> None:
    """Make way for orders from above."""
    state = desk.state
    withdrawn = [close for close in state.live_closes() if close.key in event.cancels]
    closing = [order for order in event.orders if (order.venue, order.contract_id) == market]
    for close in withdrawn:
        close.fate, close.cancel_due_ns = Fate.MERGE, desk.now_ns + CANCEL_REPEAT_NS
    if state.entry is not None and state.entry.key in event.cancels:
        state.entry.cancel_due_ns = desk.now_ns + CANCEL_REPEAT_NS
    for order in closing:
        state.overruled[order.key] = event.reason
        state.remember_end(order.key, ZERO)
    if withdrawn or closing:
        state.overruled_until_ns = desk.now_ns + UNCOVERED_NS
        desk.message = event.reason
    _note_hedge(desk, event)


def _note_hedge(desk: Desk, event: Overruled) -> None:
    """Send nothing where hedges go until what closes them there has ended."""
    hedge, second = desk.state.hedge, desk.second
    if second is None:
        return
    for order in event.orders:
        if (order.venue, order.contract_id) == second.key:
            hedge.closings = [*hedge.closings, order.key][-CLOSINGS_KEPT:]
            hedge.due_ns = desk.now_ns + UNCOVERED_NS
            desk.state.remember_end(order.key, ZERO)


def on_end(desk: Desk, key: str) -> None:
    """Note that a closing from above has ended; with the last one, what is left is covered."""
    state = desk.state
    if key in state.hedge.closings:
        state.hedge.due_ns = min(state.hedge.due_ns, desk.now_ns)
        return
    state.overruled.pop(key, None)
    if not state.overruled:
        state.overruled_until_ns = 0
