"""How a one-sided grid takes over a position that a person has named: as one filled entry.

It is covered at once like any fill, at the take-profit from the price that the venue opened it at.
What another hand has closed, and the person accepts, is taken from the lots like a late close.
"""

from __future__ import annotations

from collections.abc import Sequence

from exchange_clients.base_models import ZERO, Side
from execution.adoption import AdoptedPosition
from strategies.implementations.grid import exits
from strategies.implementations.grid.desk import Desk
from strategies.implementations.grid.state import Cycle, PositionKey

BY_HAND = "another hand"


def refusal(positions: Sequence[AdoptedPosition], market: PositionKey, side: Side) -> str:
    """Say why a grid cannot take positions over; empty where it can."""
    for each in positions:
        if (each.venue, each.fill.contract_id) != market:
            return f"this grid trades {market[1]} on {market[0]} alone"
        if each.fill.side is not (side.opposite if each.gone else side):
            return f"it is not on the side of this grid, whose direction is {side}"
    return ""


def adopt(desk: Desk, positions: Sequence[AdoptedPosition]) -> bool:
    """Take positions over, each once; return whether any was new."""
    state = desk.state
    new = [each for each in positions if each.fill.trade_id not in state.adopted]
    for each in new:
        state.adopted[each.fill.trade_id] = str(each)
        if each.gone:
            state.missing = max(state.missing - each.fill.size, ZERO)
            exits.on_late_close_fill(desk, each.fill.price, each.fill.size, BY_HAND)
            continue
        state.entries += 1
        # A close that is told late, of more than was held, may take what is taken over at once.
        state.cycles[state.entries] = Cycle(state.entries, desk.now_ns, origin=each.fill.trade_id)
        exits.on_entry_fill(desk, state.entries, each.fill.price, each.fill.size)
    if new:
        desk.message = f"taken over: {', '.join(map(str, new))}"
    return bool(new)
