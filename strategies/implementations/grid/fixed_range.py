"""The fixed-range grid as a state machine: levels between two prices, one cell between each two.

Invariants, after every event:

- each cell has at most one entry and one close, so no level ever has two of a kind;
- a fill at a level is answered by the opposite order at the neighbouring level, of the same size;
- the range opens no position by itself at the start: a cell opens when the price comes to it;
- the range moves only by cells that hold nothing and whose orders are proven to have ended.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from exchange_clients.base_models import ZERO, Market, Purpose, Side
from strategies.base_strategy import (
    MarketData,
    Reconciled,
    StopRequested,
    StrategyAction,
    StrategyEvent,
    StrategyResult,
    TimerFired,
    WakeBand,
)
from strategies.implementations.grid.range_orders import (
    RangeDesk,
    apply_report,
    cover,
    place_entry,
)
from strategies.implementations.grid.range_settings import (
    RangeSettings,
    level_prices,
    next_level,
)
from strategies.implementations.grid.range_state import Cell, RangeOrder, RangeState
from strategies.implementations.grid.reports import report_of, report_of_info
from strategies.implementations.grid.state import CycleState, StopPlan


class FixedRangeGrid:
    """The machine: quotes and events in, results out."""

    def __init__(self, settings: RangeSettings, market: Market) -> None:
        self.state = RangeState()
        self.revision = 0
        self._settings = settings
        self._market = market
        self._levels = level_prices(settings, market)

    def may_enter(self, quote: MarketData) -> bool:
        """Tell whether a cell may open now."""
        return bool(_openable(self._desk(quote.now_ns), quote))

    def enter(self, quote: MarketData) -> StrategyResult:
        """Open every cell whose level is on the passive side of the market."""
        desk = self._desk(quote.now_ns)
        for cell in _openable(desk, quote):
            place_entry(desk, cell)
        return self._result(desk, quote)

    def on_quote(self, quote: MarketData) -> StrategyResult:
        """Watch the trigger, the limits of the whole range, and its edges."""
        desk = self._desk(quote.now_ns)
        state = desk.state
        if state.cycle_state is not CycleState.HALTED and not state.awaiting_reconciliation:
            if not state.started:
                self._await_trigger(desk, quote)
            if state.started and state.stop is None:
                _check_limits(desk, quote)
            if state.started and state.stop is None:
                _trail(desk, quote)
            self._advance(desk)
        return self._result(desk, quote)

    def on_event(self, event: StrategyEvent) -> StrategyResult:
        """Book what happened and do what follows from it; no gate is asked."""
        desk = self._desk(event.now_ns)
        if isinstance(event, Reconciled):
            _reconcile(desk, event)
        elif isinstance(event, StopRequested):
            if desk.state.stop is None:
                cancel = desk.settings.cancel_on_stop
                desk.state.stop = StopPlan("stop requested", False, cancel, False, False)
        elif not isinstance(event, TimerFired):
            report = report_of(event)
            if report is not None and not report.unknown:
                apply_report(desk, report)
        if not desk.state.awaiting_reconciliation:
            self._advance(desk)
        if not isinstance(event, TimerFired):
            self.revision += 1
        return self._result(desk, None)

    def _await_trigger(self, desk: RangeDesk, quote: MarketData) -> None:
        """Start at once, or when mid has come to the trigger from where it was first seen."""
        state, trigger = desk.state, desk.settings.trigger_price
        mid = quote.mid_price
        if state.trigger_from is None:
            state.trigger_from = mid
            self.revision += 1
        first = state.trigger_from
        if trigger is not None and not min(first, mid) <= trigger <= max(first, mid):
            return
        state.started = True
        for low, high in zip(self._levels, self._levels[1:], strict=False):
            _add_cell(desk, low, high, _side_of_cell(desk.settings, low, high, mid), top=True)
        self.revision += 1

    def _advance(self, desk: RangeDesk) -> None:
        """Do what is due: closes to place again, cancels to ask again, the steps of a stop."""
        state = desk.state
        for cell in state.cells:
            if cell.held and cell.close is None:
                cover(desk, cell)
        for order in list(state.orders.values()):
            if order.cancel_due_ns is not None:
                desk.cancel(order.key)
        _advance_stop(desk)

    def _desk(self, now_ns: int) -> RangeDesk:
        return RangeDesk(self._settings, self._market, self.state, now_ns)

    def _result(self, desk: RangeDesk, quote: MarketData | None) -> StrategyResult:
        """Word the decision, with the quotes and the time that cannot change it."""
        if desk.orders or desk.cancels or desk.halt:
            self.revision += 1
        state = desk.state
        dues = [cell.due_ns for cell in state.cells if cell.due_ns > desk.now_ns]
        dues += [o.cancel_due_ns for o in state.orders.values() if o.cancel_due_ns is not None]
        dues += [state.retry_ns] if state.retry_ns > desk.now_ns else []
        wait_s = max(min(dues) - desk.now_ns, 0) // 1000 / 1_000_000 if dues else 0.0
        wake = None
        if quote is not None and state.started and (wait_s > 0 or not dues):
            # A range about to move may have to turn back at any quote.
            awake = any(cell.leaving for cell in state.cells) or _openable(desk, quote)
            wake = None if awake else _band(desk)
        action = StrategyAction.WAIT if wait_s > 0 else StrategyAction.NONE
        if desk.halt:
            action = StrategyAction.HALT
        elif desk.orders:
            action = StrategyAction.PLACE_ORDER
        elif desk.cancels:
            action = StrategyAction.CANCEL_ORDER
        return StrategyResult(
            action, tuple(desk.orders), tuple(desk.cancels), desk.message, wait_s, wake
        )

    # State and report ----------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """Return the state as JSON values."""
        saved: dict[str, Any] = msgspec.to_builtins(self.state)
        return saved

    def load_state(self, saved: Mapping[str, Any]) -> None:
        """Take up a saved state; nothing is sent before ``Reconciled``."""
        self.state = msgspec.convert(saved, RangeState)
        self.state.awaiting_reconciliation = True
        self.revision += 1

    def report(self) -> dict[str, object]:
        """Return what the run came to: each cell with its round trips and its profit."""
        state = self.state
        return {
            "state": state.cycle_state.value,
            "cells": [_cell_row(cell) for cell in state.cells],
            "gross_profit": sum((_closed_profit(cell) for cell in state.cells), start=ZERO),
            "cash": state.cash,
            "held": abs(state.position),
            "position": state.position,
            "open_closes": sum(cell.close is not None for cell in state.cells),
        }


# Decisions ---------------------------------------------------------------------------------------


def _side_of_cell(settings: RangeSettings, low: Decimal, high: Decimal, mid: Decimal) -> Side:
    """Return which way a cell opens; a neutral range buys below the market and sells above."""
    if settings.side == "neutral":
        return Side.BUY if low + high <= 2 * mid else Side.SELL
    return Side.BUY if settings.side == "long" else Side.SELL


def _add_cell(desk: RangeDesk, low: Decimal, high: Decimal, side: Side, *, top: bool) -> None:
    state = desk.state
    state.cells_made += 1
    cell = Cell(state.cells_made, low, high, side)
    state.cells.insert(len(state.cells) if top else 0, cell)


def _wants_entry(desk: RangeDesk, cell: Cell) -> bool:
    """Whether it has no order and nothing to close; dust goes along with the next fill."""
    free = cell.entry is None and cell.close is None and not cell.leaving
    closable = desk.market.round_size(cell.held) >= desk.smallest_close()
    return free and not closable and desk.now_ns >= cell.due_ns


def _openable(desk: RangeDesk, quote: MarketData) -> list[Cell]:
    """Return the cells that may open now: idle ones that would rest in the book."""
    state = desk.state
    if state.stop is not None or state.awaiting_reconciliation:
        return []
    return [
        cell
        for cell in state.cells
        if _wants_entry(desk, cell)
        and (cell.low < quote.best_ask if cell.side is Side.BUY else cell.high > quote.best_bid)
    ]


def _check_limits(desk: RangeDesk, quote: MarketData) -> None:
    """Stop the whole range at its stop price, its profit or its loss."""
    settings, state, mid = desk.settings, desk.state, quote.mid_price
    profit = state.cash + state.position * mid
    stop, reason = settings.stop_price, ""
    if stop is not None and (mid < stop if settings.side == "long" else mid > stop):
        reason = f"stop_price {stop} reached at mid {mid}"
    elif settings.take_profit_usd is not None and profit >= settings.take_profit_usd:
        reason = f"range_take_profit_usd {settings.take_profit_usd} reached at mid {mid}"
    elif settings.stop_loss_usd is not None and profit <= -settings.stop_loss_usd:
        reason = f"range_stop_loss_usd {settings.stop_loss_usd} reached at mid {mid}"
    if reason:
        desk.message = reason
        state.stop = StopPlan(reason, flatten=True, cancel_closes=True, stays=True)


def _edges(desk: RangeDesk) -> list[tuple[int, Decimal]]:
    """Return the levels the range could move to: (1, above the top), (-1, below the bottom)."""
    settings, cells = desk.settings, desk.state.cells
    prices = [cells[0].low, *(cell.high for cell in cells)]
    edges = []
    for sign, cap in ((1, settings.trail_up_to), (-1, settings.trail_down_to)):
        beyond = next_level(settings, desk.market, prices, sign)
        if cap is not None and beyond > 0 and beyond * sign <= cap * sign:
            edges.append((sign, beyond))
    return edges


def _trail(desk: RangeDesk, quote: MarketData) -> None:
    """Move the range by one cell when the market is a whole cell beyond it.

    The cell at the far end is given up; one that holds a position does not move.
    """
    state = desk.state
    for cell in state.cells:
        cell.leaving = False
    for sign, beyond in _edges(desk):
        passed = quote.best_bid >= beyond if sign > 0 else quote.best_ask <= beyond
        far = state.cells[0] if sign > 0 else state.cells[-1]
        if not passed or far.held or far.close is not None:
            continue
        far.leaving = True
        if far.entry is not None:
            desk.cancel(far.entry)
            continue
        state.cells.remove(far)
        near = state.cells[-1] if sign > 0 else state.cells[0]
        low, high = (near.high, beyond) if sign > 0 else (beyond, near.low)
        side = _side_of_cell(desk.settings, low, high, quote.mid_price)
        _add_cell(desk, low, high, side, top=sign > 0)
        desk.message = f"range moved to {state.cells[0].low} - {state.cells[-1].high}"
        return


def _advance_stop(desk: RangeDesk) -> None:
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
    """Close what is held, reduce-only at market; tell whether nothing closable is left."""
    state = desk.state
    size = desk.market.round_size(abs(state.position))
    if size < desk.smallest_close():
        return True
    if desk.now_ns >= state.retry_ns:
        state.stops += 1
        side = Side.SELL if state.position > 0 else Side.BUY
        desk.place(RangeOrder(f"stop-{state.stops}", None, side, None, size), Purpose.STOP)
    return False


def _reconcile(desk: RangeDesk, event: Reconciled) -> None:
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
        state.stop, state.cycle_state = None, CycleState.READY
        if desk.settings.rearm:
            _forget_positions(state)
    state.retry_ns = 0
    for order in state.orders.values():
        order.cancel_due_ns = None
    for cell in state.cells:
        cell.due_ns = cell.refusals = 0
        cell.leaving = False


def _forget_positions(state: RangeState) -> None:
    """After a stop that flattened, every cell starts anew."""
    for cell in state.cells:
        cell.held = ZERO
    state.cash = state.position = ZERO


# Bands -------------------------------------------------------------------------------------------


def _band(desk: RangeDesk) -> WakeBand:
    """Return the quotes that change nothing: no level, limit or edge is reached inside."""
    if desk.state.cycle_state is CycleState.HALTED:
        return WakeBand()
    lows, highs = _limit_bounds(desk)
    for sign, beyond in _edges(desk):
        (highs if sign > 0 else lows).append(beyond)
    for cell in desk.state.cells:
        if _wants_entry(desk, cell):
            (highs if cell.side is Side.BUY else lows).append(cell.entry_price)
    return WakeBand(max(lows, default=None), min(highs, default=None))


def _limit_bounds(desk: RangeDesk) -> tuple[list[Decimal], list[Decimal]]:
    """Return the prices that bids must stay above, and asks below, for no limit to be reached."""
    settings, state, tick = desk.settings, desk.state, desk.market.tick
    lows: list[Decimal] = []
    highs: list[Decimal] = []
    if settings.stop_price is not None:
        (lows if settings.side == "long" else highs).append(settings.stop_price)
    if state.position:
        gain, loss = (highs, lows) if state.position > 0 else (lows, highs)
        for bounds, profit in ((gain, settings.take_profit_usd), (loss, settings.stop_loss_usd)):
            if profit is not None:
                wanted = profit if bounds is gain else -profit
                price = (wanted - state.cash) / state.position
                # A tick nearer covers the rounding of the division.
                bounds.append(price + tick if bounds is lows else price - tick)
    return lows, highs


def _closed_profit(cell: Cell) -> Decimal:
    """Return what the cell earned before fees, its open part valued at its own level."""
    return cell.cash + cell.held * cell.entry_price * cell.side.sign


def _cell_row(cell: Cell) -> dict[str, object]:
    return {
        "low": cell.low,
        "high": cell.high,
        "side": cell.side.value,
        "held": cell.held,
        "round_trips": cell.round_trips,
        "gross_profit": _closed_profit(cell),
    }
