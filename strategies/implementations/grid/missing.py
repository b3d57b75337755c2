"""What a one-sided grid does where another hand has closed a part of what it holds.

Nothing is opened until that is resolved: the person restores the position, or accepts the smaller
one. The grid's books stay as its own fills made them, since nobody has told it at which price a
part of them ended. Closes that rest are reduce-only, so the venue keeps them within what is really
there; none is placed beyond it. Nothing is opened either beside a position of another hand on the
other side: one account nets both, so that it would be closed by what is opened. Of hedges on a
second venue the same is true.
"""

from __future__ import annotations

from decimal import Decimal

from exchange_clients.base_models import ZERO, ContractId
from strategies.base_strategy import PositionsRead
from strategies.implementations.grid.desk import Desk
from strategies.implementations.grid.state import GridState, PositionKey


def note(desk: Desk, event: PositionsRead, market: PositionKey) -> bool:
    """Take what a reading found to be gone; return whether that is news."""
    venue, contract_id = market
    if desk.second is not None and event.venue == desk.second.venue:
        return _note_hedge(desk, event, desk.second.contract_id)
    if event.venue != venue:
        return False
    state = desk.state
    gone = event.missing.get(contract_id, ZERO)
    against = max(-event.others.get(contract_id, ZERO) * desk.settings.side.sign, ZERO)
    if (gone, against) == (state.missing, state.against):
        return False
    state.missing, state.against = gone, against
    if (gone or against) and state.entry is not None:
        desk.cancel(state.entry)
    desk.message = "all that our own fills hold is there again"
    if gone:
        desk.message = (
            f"another hand has closed {gone} of {state.held}: no entries until it is resolved"
        )
    elif against:
        desk.message = f"another hand holds {against} on the other side: entries would take of it"
    return True


def _note_hedge(desk: Desk, event: PositionsRead, contract_id: ContractId) -> bool:
    """Take what is gone of the hedge: it is not closed again, and what is new is hedged as ever.

    Unless another hand holds what a hedge would take of: nothing is added to it then.
    """
    hedge = desk.state.hedge
    gone = event.missing.get(contract_id, ZERO)
    against = max(event.others.get(contract_id, ZERO) * desk.settings.side.sign, ZERO)
    if (gone, against) == (hedge.missing, hedge.against):
        return False
    if against != hedge.against:
        desk.message = f"another hand holds {against} where hedges go: they would take of it"
    if gone != hedge.missing:
        desk.message = f"another hand has closed {gone} of the hedge of {hedge.held}"
    hedge.missing, hedge.against = gone, against
    return True


def room(state: GridState) -> Decimal:
    """Return how much more may be closed than live closes do already."""
    live = sum((close.remaining for close in state.live_closes()), start=ZERO)
    return max(state.held - state.missing - live, ZERO)
