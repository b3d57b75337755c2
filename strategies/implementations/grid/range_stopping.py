"""How a fixed range stops, and what it does with the truth after a start or a reconnect."""

from __future__ import annotations

from exchange_clients.base_models import ZERO, Purpose, Side
from strategies.base_strategy import Reconciled
from strategies.implementations.grid.range_orders import RangeDesk, apply_report
from strategies.implementations.grid.range_state import RangeOrder, RangeState
from strategies.implementations.grid.reports import report_of_info
from strategies.implementations.grid.sizes import smallest_close
from strategies.implementations.grid.state import CycleState


def advance_stop(desk: RangeDesk) -> None:
    """Take the next step of a stop: cancel, wait for the proofs, flatten, halt."""
    state = desk.state
    plan = state.stop
    if plan is None or state.cycle_state is CycleState.HALTED:
        return
    state.cycle_state = CycleState.STOPPING
    everything = plan.flatten or plan.cancel_closes
    for order in list(state.orders.values()):
        if order.cell is not None and (everything or order.key.startswith("entry")):
            desk.cancel(order.key)
    waiting = [o for o in state.orders.values() if everything or o.cancel_due_ns is not None]
    if waiting or (plan.flatten and not _flat(desk)):
        return
    if not desk.orders:
        state.cycle_state = CycleState.HALTED
        desk.halt = plan.ends_run
        desk.message = f"{plan.reason}: {abs(state.position)} held"


def _flat(desk: RangeDesk) -> bool:
    """Close what is held, reduce-only at market; tell whether nothing closable is left.

    What another hand has closed is not there to be closed again.
    """
    state = desk.state
    size = desk.market.round_size(max(abs(state.position) - state.missing, ZERO))
    if size < smallest_close(desk.market) or size <= state.refused_size:
        return True
    if desk.now_ns >= state.retry_ns:
        state.stops += 1
        side = Side.SELL if state.position > 0 else Side.BUY
        desk.place(RangeOrder(f"stop-{state.stops}", None, side, None, size), Purpose.STOP)
    return False


def reconcile(desk: RangeDesk, event: Reconciled) -> None:
    """Take up what is true at the venue; what was never sent is placed again."""
    state = desk.state
    known = list(state.orders)
    if event.restarted:
        _forget_intentions(desk)
    for key, info in event.orders.items():
        if key in known or key in state.ended:
            apply_report(desk, report_of_info(key, info))
        elif not info.status.terminal:
            desk.cancels.append(key)
            desk.message = f"{key} is not in the saved state: cancelled"
    state.awaiting_reconciliation = False
    if not event.restarted:
        return
    for key in known:
        if key in state.orders and key not in event.orders:
            order = state.orders.pop(key)
            for cell in state.cells:
                cell.entry = None if cell.entry == key else cell.entry
                cell.close = None if cell.close == key else cell.close
            assert not order.filled, f"{key} has filled, so the venue knows it"
    if state.cycle_state is CycleState.HALTED and state.stop is not None:
        desk.halt = True
        desk.message = f"{state.stop.reason}: still halted; start with rearm to trade again"


def _forget_intentions(desk: RangeDesk) -> None:
    state = desk.state
    if state.stop is not None and (not state.stop.stays or desk.settings.rearm):
        # One that died amid its stop still holds what the stop has not closed, and one that a
        # person has stopped holds everything.
        if state.stop.flatten and state.cycle_state is CycleState.HALTED:
            _forget_positions(state)
        state.stop, state.cycle_state = None, CycleState.READY
    state.retry_ns = 0
    for order in state.orders.values():
        order.cancel_due_ns = None
    for cell in state.cells:
        cell.due_ns = cell.refusals = 0
        cell.leaving = False


def _forget_positions(state: RangeState) -> None:
    """After a stop that flattened, every cell starts anew."""
    for cell in state.cells:
        cell.held, cell.trip = ZERO, None
    state.cash = state.position = ZERO
