"""What a grid does with the truth after a start or a reconnect.

After a start, every order is either found or was never sent, since its name was saved before it
could be. What was never sent, or has ended meanwhile, gives its lots back, and they are covered
again at their first price. After a reconnect, an order that is not found may still be on its way.
"""

from __future__ import annotations

from decimal import Decimal

from strategies.base_strategy import Reconciled
from strategies.implementations.grid import exits
from strategies.implementations.grid.desk import Desk
from strategies.implementations.grid.overruled import UNCOVERED_NS
from strategies.implementations.grid.reports import apply_report, report_of_info
from strategies.implementations.grid.state import CycleState, Fate, PositionKey


def reconcile(desk: Desk, event: Reconciled, position_key: PositionKey) -> None:
    """Take up the truth; afterwards entries are allowed where it agrees with what we booked."""
    state = desk.state
    if event.restarted:
        _forget_intentions(desk)
    known = _known_keys(desk)
    for key, info in event.orders.items():
        if key in known or key in state.ended:
            apply_report(desk, report_of_info(key, info))
        elif not info.status.terminal:
            desk.cancels.append(key)
            desk.message = f"{key} is not in the saved state: cancelled"
    if event.restarted:
        _drop_unsent(desk, [key for key in known if key not in event.orders])
        _resume(desk)
    state.awaiting_reconciliation = False
    state.reconciled_ns = event.now_ns
    _compare(desk, event.position.get(position_key))


def _known_keys(desk: Desk) -> list[str]:
    state = desk.state
    keys = list(state.active_close_orders)
    if state.entry is not None:
        keys.append(state.entry.key)
    if state.hedge.order is not None:
        keys.append(state.hedge.order.key)
    return keys


def _forget_intentions(desk: Desk) -> None:
    """Forget what the last process was about to do: pauses, cancels, an operator's stop."""
    state = desk.state
    if state.stop is not None and (not state.stop.stays or desk.settings.rearm):
        state.stop = None
    state.paused_until_ns = state.refusals = 0
    state.hedge.due_ns = min(state.hedge.due_ns, desk.now_ns + UNCOVERED_NS)
    if state.entry is not None:
        state.entry.cancel_due_ns = None
    for close in state.live_closes():
        close.cancel_due_ns = None
        # Whoever ended it while we were away, it is no fault of its price.
        close.fate = Fate.MERGE if close.price is not None else close.fate
    for retry in state.retries:
        state.residual.extend(retry.lots)
    state.retries.clear()


def _drop_unsent(desk: Desk, unsent: list[str]) -> None:
    """Give back the lots of what was never sent."""
    state = desk.state
    if state.entry is not None and state.entry.key in unsent:
        state.remember_end(state.entry.key, state.entry.filled)
        state.entry = None
    for close in state.live_closes():
        if close.key in unsent:
            state.active_close_orders.pop(close.key)
            exits.add_lots(desk, close.lots)
        elif close.price is not None:
            close.fate = Fate.REPOST
    if state.hedge.order is not None and state.hedge.order.key in unsent:
        state.hedge.order = None


def _resume(desk: Desk) -> None:
    """Stand where the saved state stood; with closes open, the cooldown starts anew."""
    state = desk.state
    if state.stop is None:
        waiting = state.entry is not None
        state.cycle_state = CycleState.WAITING_FOR_FILL if waiting else CycleState.READY
    elif state.cycle_state is CycleState.HALTED:
        desk.halt = True
        desk.message = f"{state.stop.reason}: still halted; start with rearm to trade again"
    exits.cover(desk)
    exits.free_lots(desk)
    if state.active_close_orders:
        state.last_opened_ns = desk.now_ns
        state.cooldown_waived = False
    else:
        state.last_opened_ns = None


def _compare(desk: Desk, position: Decimal | None) -> None:
    """Compare the position at the venue with our own fills; an unknown one changes nothing."""
    state = desk.state
    if position is None:
        return
    ours = state.held * desk.settings.side.sign
    if state.baseline is None:
        state.baseline = position - ours
    state.mismatch = position - state.baseline - ours
    if state.mismatch:
        desk.message = (
            f"position differs from our own fills by {state.mismatch}: no entries until it agrees"
        )
