"""What a grid does where its venue voids a fill: the books go back by it, at its own price.

What an entry had opened is held no more, and its close is withdrawn. What a close had closed is
held again and gets a close again, at about the price at which it had gone.
"""

from __future__ import annotations

from decimal import Decimal

from exchange_clients.base_models import ONE, ZERO, Fill
from execution.readings import FillVoided
from strategies.implementations.grid import exits
from strategies.implementations.grid.desk import Desk
from strategies.implementations.grid.range_orders import RangeDesk, book_position, cover
from strategies.implementations.grid.range_state import Cell
from strategies.implementations.grid.state import Cycle, Fate

BY_VENUE = "voided by the venue"


def take_back(desk: Desk, event: FillVoided) -> bool:
    """Take a fill of the one-sided grid back, once; return whether it was news."""
    state, fill = desk.state, event.fill
    if fill.trade_id in state.voided:
        return False
    state.voided.append(fill.trade_id)
    kind, _, number = event.key.partition("-")
    desk.message = f"the venue has voided {fill.size} of {event.key}"
    if kind == "entry":
        _withdraw(desk, int(number))
        exits.on_late_close_fill(desk, fill.price, fill.size, BY_VENUE)
    elif kind in ("hedge", "unhedge") or event.key in state.hedge.closings:
        state.hedge.held += -fill.size if kind == "hedge" else fill.size
    else:
        _hold_again(desk, fill)
    return True


def take_back_of_range(desk: RangeDesk, event: FillVoided) -> bool:
    """Take a fill of a range back, once; return whether it was news."""
    state, fill = desk.state, event.fill
    if fill.trade_id in state.voided:
        return False
    state.voided.append(fill.trade_id)
    desk.message = f"the venue has voided {fill.size} of {event.key}"
    book_position(desk, fill.side, fill.size, fill.price)
    cell = _cell_of(desk, event)
    if cell is None:
        return True
    if fill.side is cell.side:
        _reopen(desk, cell, fill)
    else:
        _empty(cell, fill)
    cell.due_ns = 0
    cover(desk, cell)
    return True


def _withdraw(desk: Desk, number: int) -> None:
    """Cancel a close of what an entry had opened, so that its lots are there to be given up."""
    placed = [order.key for order in desk.orders]
    for close in reversed(desk.state.live_closes()):
        of_entry = any(lot.entry == number for lot in close.lots)
        if of_entry and close.price is not None and close.key not in placed:
            close.fate = Fate.MERGE
            desk.cancel(close)
            return


def _hold_again(desk: Desk, fill: Fill) -> None:
    """Hold again what a close had closed, as dear as makes its next close about the same."""
    state, side = desk.state, desk.settings.side
    target = fill.price / (ONE + side.sign * desk.settings.take_profit)
    price = desk.market.nearest_tick(target)
    state.gross_profit -= (fill.price - price) * fill.size * side.sign
    state.entries += 1
    # What is to be given up already, as after a voided entry, may take it at once.
    state.cycles[state.entries] = Cycle(state.entries, desk.now_ns, origin=fill.trade_id)
    exits.on_entry_fill(desk, state.entries, price, fill.size)


def _cell_of(desk: RangeDesk, event: FillVoided) -> Cell | None:
    """Return the cell of an order; of one that closed whatever was held the first that may hold."""
    state = desk.state
    order = state.orders.get(event.key) or state.ended.get(event.key)
    if order is not None and order.cell is not None:
        return desk.cell(order.cell)
    entry = event.key.startswith("entry")
    way = event.fill.side.opposite if entry else event.fill.side
    mine = [cell for cell in state.cells if cell.side is way]
    return next((cell for cell in mine if cell.held or not entry), None)


def _reopen(desk: RangeDesk, cell: Cell, fill: Fill) -> None:
    """Let a cell hold again what its close had closed; an entry of it is not wanted meanwhile."""
    cell.held += fill.size
    cell.cash -= cell.side.sign * fill.size * fill.price
    if cell.trip is None:
        desk.state.trips += 1
        cell.round_trips = max(cell.round_trips - 1, 0)
        cell.trip = Cycle(desk.state.trips, desk.now_ns)
        cell.trip.entry_size, cell.trip.entry_value = fill.size, fill.size * cell.entry_price
    else:
        cell.trip.exit_size -= fill.size
        cell.trip.exit_value -= fill.size * fill.price
    if cell.entry is not None:
        desk.cancel(cell.entry)


def _empty(cell: Cell, fill: Fill) -> None:
    """Let a cell hold no more what its entry had opened, as far as it still did."""
    part: Decimal = min(cell.held, fill.size)
    cell.held -= part
    cell.cash += cell.side.sign * part * fill.price
    trip = cell.trip
    if trip is not None:
        trip.entry_size -= part
        trip.entry_value -= part * fill.price
        if trip.entry_size <= ZERO or not cell.held:
            cell.trip = None
