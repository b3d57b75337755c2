"""How a grid stops: first every order is proven to have ended, then the rest is sold, then halt.

There are three ways. The stop price flattens and stays halted until re-armed. The ceiling and an
operator's stop only end the run; they leave the closes open, or cancel them, as configured. A
pending entry is cancelled always, since nobody would cover its fill.
"""

from __future__ import annotations

from decimal import Decimal

from exchange_clients.base_models import NS, ZERO, Purpose, Reason, Side
from strategies.base_strategy import MarketData
from strategies.implementations.grid import recovery
from strategies.implementations.grid.desk import Desk
from strategies.implementations.grid.exits import take_size
from strategies.implementations.grid.firm_price import firm_prices
from strategies.implementations.grid.sizes import smallest_close
from strategies.implementations.grid.state import CloseOrder, CycleState, Retry, StopPlan

FLATTEN_RETRY_NS = 2 * NS
"""Between two market orders of a stop, when the first did not close everything."""


def check_stop(desk: Desk, quote: MarketData) -> None:
    """Start to stop when the price says so."""
    settings = desk.settings
    buying, (least, most) = settings.side is Side.BUY, firm_prices(quote)
    stop, ceiling = settings.stop_price, settings.ceiling_price
    if stop is not None and (most < stop if buying else least > stop):
        reason = f"stop_price {stop} reached at mid {quote.mid_price}"
        begin_stop(desk, StopPlan(reason, flatten=True, cancel_closes=True, stays=True))
    elif ceiling is not None and (
        quote.best_ask >= ceiling if buying else quote.best_bid <= ceiling
    ):
        reason = f"ceiling_price {ceiling} reached at {quote.best_bid} / {quote.best_ask}"
        begin_stop(desk, _ending(desk, reason, ends_run=True))


def on_stop_request(desk: Desk) -> None:
    """Stop because the operator asked for it."""
    if desk.state.stop is None:
        # Whoever asks for the stop also ends the run, once every cancel is confirmed.
        begin_stop(desk, _ending(desk, "stop requested", ends_run=False))


def begin_stop(desk: Desk, plan: StopPlan) -> None:
    """Enter the stop; ``advance_stop`` does its steps as proofs come in."""
    state = desk.state
    state.stop = plan
    state.cycle_state = CycleState.STOPPING
    desk.message = plan.reason
    if plan.flatten or plan.cancel_closes:
        for retry in state.retries:
            state.residual.extend(retry.lots)
        state.retries.clear()
    advance_stop(desk)


def advance_stop(desk: Desk) -> None:
    """Take the next step: cancel, wait for the proofs, flatten, halt."""
    state = desk.state
    plan = state.stop
    if plan is None or state.cycle_state is CycleState.HALTED:
        return
    if state.entry is not None:
        desk.cancel(state.entry)
    if plan.flatten or plan.cancel_closes:
        for close in state.live_closes():
            if close.price is not None:
                desk.cancel(close)
    if state.entry is not None or state.retries or _waiting_for_closes(desk, plan):
        return
    if plan.flatten and not _flat(desk):
        return
    if not desk.orders:
        state.cycle_state = CycleState.HALTED
        desk.halt = plan.ends_run
        desk.message = _farewell(desk, plan)


def on_flatten_end(desk: Desk, order: CloseOrder, reason: Reason | None) -> None:
    """A market order of the stop has ended; what it did not close is tried again after a pause.

    What its venue refused as too small is left.
    """
    state = desk.state
    state.active_close_orders.pop(order.key)
    state.remember_end(order.key, order.filled)
    if reason is Reason.BELOW_MINIMUM:
        state.refused_size = max(state.refused_size, order.size)
        state.residual.extend(order.lots)
    elif order.filled < order.size:
        due_ns = desk.now_ns + FLATTEN_RETRY_NS
        state.retries.append(Retry(order.lots, order.entry, 0, due_ns))
        desk.message = f"{order.key} closed {order.filled} of {order.size}: tried again in 2 s"


def run_flatten_retries(desk: Desk) -> None:
    """Give back what has waited for its next market order."""
    state = desk.state
    for retry in state.retries:
        if retry.due_ns <= desk.now_ns:
            state.residual.extend(retry.lots)
    state.retries = [retry for retry in state.retries if retry.due_ns > desk.now_ns]


def stop_bounds(desk: Desk) -> tuple[list[Decimal], list[Decimal]]:
    """Return the prices that bids must stay above, and asks below, for nothing to happen."""
    settings = desk.settings
    stop = [] if settings.stop_price is None else [settings.stop_price]
    ceiling = [] if settings.ceiling_price is None else [settings.ceiling_price]
    # A bid above the stop means a mid above it; the ceiling is compared with the touch itself.
    return (stop, ceiling) if settings.side is Side.BUY else (ceiling, stop)


def _ending(desk: Desk, reason: str, *, ends_run: bool) -> StopPlan:
    cancel = desk.settings.cancel_on_stop
    return StopPlan(reason, flatten=False, cancel_closes=cancel, stays=False, ends_run=ends_run)


def _waiting_for_closes(desk: Desk, plan: StopPlan) -> bool:
    live = desk.state.live_closes()
    if plan.flatten or plan.cancel_closes:
        return bool(live)
    return any(close.price is None or close.cancel_due_ns is not None for close in live)


def _flat(desk: Desk) -> bool:
    """Sell what is held, reduce-only at market; tell whether nothing sellable is left."""
    state = desk.state
    recovery.balance_hedge(desk)
    size = desk.market.round_size(state.held - state.missing)
    if size < smallest_close(desk.market) or size <= state.refused_size:
        return recovery.hedge_settled(desk)
    state.stops += 1
    lots = take_size(state.residual, size)
    entry = lots[0].entry if lots else state.entries
    order = CloseOrder(key=f"stop-{state.stops}", entry=entry, size=size, price=None, lots=lots)
    desk.place_close(order, Purpose.STOP)
    return False


def _farewell(desk: Desk, plan: StopPlan) -> str:
    """Say why the run ends and what is left."""
    state = desk.state
    if plan.flatten:
        left = "flat" if state.held == ZERO else f"{state.held} left, below the least order"
        return f"{plan.reason}: {left}; halted until re-armed (rearm)"
    closes = len(state.active_close_orders)
    return f"{plan.reason}: {closes} closes stay open, {state.held} held"
