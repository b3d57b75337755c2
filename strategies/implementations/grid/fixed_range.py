"""The fixed-range grid as a state machine: levels between two prices, one cell between each two.

Invariants, after every event:

- each cell has at most one entry and one close, so no level ever has two of a kind;
- a fill at a level is answered by the opposite order at the neighbouring level, of the same size;
- the range opens no position by itself at the start: a cell opens when the price comes to it;
- the range moves only by cells that hold nothing and whose orders are proven to have ended.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from exchange_clients.base_models import ZERO, Market
from execution.adoption import AdoptedPosition
from execution.readings import FillVoided, MarketChanged
from strategies.base_strategy import (
    UNMOVED,
    MarketData,
    Overruled,
    PositionsRead,
    Reconciled,
    StopRequested,
    StrategyAction,
    StrategyEvent,
    StrategyResult,
    TimerFired,
)
from strategies.holdings import Explanation
from strategies.implementations.grid.cycle_log import CycleLog
from strategies.implementations.grid.explaining import explain_range
from strategies.implementations.grid.range_orders import (
    RangeDesk,
    apply_report,
    cover,
    make_way,
    place_entry,
)
from strategies.implementations.grid.range_rules import (
    add_cell,
    band,
    check_limits,
    held_against,
    openable,
    side_of_cell,
    trail,
)
from strategies.implementations.grid.range_settings import (
    RangeSettings,
    level_prices,
)
from strategies.implementations.grid.range_state import Cell, RangeState
from strategies.implementations.grid.range_stopping import advance_stop, reconcile
from strategies.implementations.grid.reports import report_of
from strategies.implementations.grid.sizes import Least
from strategies.implementations.grid.state import CycleState, StopPlan
from strategies.implementations.grid.voided import take_back_of_range


class FixedRangeGrid:
    """The machine: quotes and events in, results out."""

    def __init__(self, settings: RangeSettings, market: Market) -> None:
        self.state = RangeState(least=Least.of(market))
        self.revision = 0
        self._settings = settings
        self._market = self._begun = market
        self._completed = CycleLog()
        self._levels = level_prices(settings, market)

    def may_enter(self, quote: MarketData) -> bool:
        """Tell whether a cell may open now."""
        return bool(openable(self._desk(quote.now_ns), quote))

    def enter(self, quote: MarketData) -> StrategyResult:
        """Open every cell whose level is on the passive side of the market."""
        desk = self._desk(quote.now_ns)
        for cell in openable(desk, quote):
            place_entry(desk, cell)
        return self._result(desk, quote)

    def explain(self, quote: MarketData) -> Sequence[Explanation]:
        """Return why its cells do not open now."""
        return explain_range(self._desk(quote.now_ns), quote)

    def refuse_adoption(self, positions: Sequence[AdoptedPosition]) -> str:
        """Say that none can be taken over: a range holds by cells, and opens each at its level."""
        del positions
        return "a fixed range opens each cell at its own level; trade it back by hand"

    def on_quote(self, quote: MarketData) -> StrategyResult:
        """Watch the trigger, the limits of the whole range, and its edges."""
        desk = self._desk(quote.now_ns)
        state = desk.state
        if state.cycle_state is not CycleState.HALTED and not state.awaiting_reconciliation:
            if not state.started:
                self._await_trigger(desk, quote)
            if state.started and state.stop is None:
                check_limits(desk, quote)
            if state.started and state.stop is None:
                trail(desk, quote)
            self._advance(desk)
        return self._result(desk, quote)

    def on_event(self, event: StrategyEvent) -> StrategyResult:
        """Book what happened and do what follows from it; no gate is asked."""
        if isinstance(event, MarketChanged):
            self._market = event.market  # the levels stay: cells are open between them
            self._forget_refusals()
        desk = self._desk(event.now_ns)
        if isinstance(event, PositionsRead | FillVoided) and not self._is_news(desk, event):
            return UNMOVED
        if isinstance(event, Reconciled):
            reconcile(desk, event)
        elif isinstance(event, Overruled):
            make_way(desk, event)
        elif isinstance(event, StopRequested):
            if desk.state.stop is None:
                cancel = desk.settings.cancel_on_stop
                desk.state.stop = StopPlan("stop requested", False, cancel, False, False)
        else:
            report = report_of(event)
            if report is not None and not report.unknown:
                apply_report(desk, report)
        if not desk.state.awaiting_reconciliation:
            self._advance(desk)
        if not isinstance(event, TimerFired):
            self.revision += 1
        return self._result(desk, None)

    def _forget_refusals(self) -> None:
        """What was refused as too small may be taken by other rules."""
        self.state.refused_size = ZERO
        for cell in self.state.cells:
            cell.refused_size = ZERO

    def _is_news(self, desk: RangeDesk, event: PositionsRead | FillVoided) -> bool:
        """Take up what was found of positions, or what was voided; return whether it is news."""
        if isinstance(event, FillVoided):
            return take_back_of_range(desk, event)
        return self._note_missing(desk, event)

    def _note_missing(self, desk: RangeDesk, event: PositionsRead) -> bool:
        """Open nothing while another hand has closed a part, or holds what cells would take of.

        Return whether that is news.
        """
        state, gone = desk.state, event.missing.get(self._market.contract_id, ZERO)
        against = held_against(desk.settings.side, event.others.get(self._market.contract_id, ZERO))
        news = (gone, against) != (state.missing, state.against)
        state.missing, state.against = gone, against
        if gone or against:
            for cell in state.cells:
                if cell.entry is not None:
                    desk.cancel(cell.entry)
        return news

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
            add_cell(desk, low, high, side_of_cell(desk.settings, low, high, mid), top=True)
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
        advance_stop(desk)

    def _desk(self, now_ns: int) -> RangeDesk:
        return RangeDesk(self._settings, self._market, self.state, now_ns, begun=self._begun)

    def _result(self, desk: RangeDesk, quote: MarketData | None) -> StrategyResult:
        """Word the decision, with the quotes and the time that cannot change it."""
        if desk.orders or desk.cancels or desk.halt:
            self.revision += 1
        self._completed.extend(desk.completed)
        state = desk.state
        dues = [cell.due_ns for cell in state.cells if cell.due_ns > desk.now_ns]
        dues += [o.cancel_due_ns for o in state.orders.values() if o.cancel_due_ns is not None]
        dues += [state.overruled_until_ns] if state.overruled_until_ns > desk.now_ns else []
        dues += [state.retry_ns] if state.retry_ns > desk.now_ns else []
        wait_s = max(min(dues) - desk.now_ns, 0) // 1000 / 1_000_000 if dues else 0.0
        wake = None
        if quote is not None and state.started and (wait_s > 0 or not dues):
            # A range about to move may have to turn back at any quote.
            awake = any(cell.leaving for cell in state.cells) or openable(desk, quote)
            wake = None if awake else band(desk)
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

    @property
    def doubtful(self) -> bool:
        """Never: a range compares its orders with the venue's, not positions."""
        return False

    @property
    def stays_halted(self) -> bool:
        """Whether a stop has halted the grid until it is re-armed."""
        stop = self.state.stop
        return self.state.cycle_state is CycleState.HALTED and stop is not None and stop.stays

    def state_dict(self) -> dict[str, Any]:
        """Return the state as JSON values."""
        saved: dict[str, Any] = msgspec.to_builtins(self.state)
        return saved

    def load_state(self, saved: Mapping[str, Any]) -> None:
        """Take up a saved state; nothing is sent before ``Reconciled``."""
        self.state = msgspec.convert(saved, RangeState)
        self._forget_refusals()
        self.state.least = self.state.least or Least.of(self._market)
        self._begun = self.state.least.on(self._market)
        self.state.awaiting_reconciliation = True
        self.revision += 1

    def report(self) -> dict[str, object]:
        """Return what the run came to: each cell with its round trips and its profit."""
        state = self.state
        return {
            "state": state.cycle_state.value,
            "cells": [_cell_row(cell) for cell in state.cells],
            "cycles": self._completed,
            "cycles_completed": sum(cell.round_trips for cell in state.cells),
            "gross_profit": sum((_closed_profit(cell) for cell in state.cells), start=ZERO),
            "cash": state.cash,
            "held": abs(state.position),
            "position": state.position,
            "closed_from_above": state.overruled,
            "open_closes": sum(cell.close is not None for cell in state.cells),
        }


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
