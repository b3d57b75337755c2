"""The one-sided grid as a state machine: ready -> waiting_for_fill -> ready, stopping -> halted.

Invariants, after every event:

- the open closes cover the position, but for lots that wait for a time or for the least size;
- at most one entry is pending, and none is sent while any gate says no;
- exits ask no gate;
- an order whose outcome is unknown is never sent again: it stays until a report or a
  reconciliation tells.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import msgspec

from exchange_clients.base_models import ZERO, Market, Side
from execution.adoption import AdoptedPosition
from execution.readings import FillVoided, MarketChanged
from strategies.base_strategy import (
    UNMOVED,
    MarketData,
    Overruled,
    PositionsAdopted,
    PositionsRead,
    Reconciled,
    StopRequested,
    StrategyAction,
    StrategyEvent,
    StrategyResult,
    TimerFired,
    WakeBand,
)
from strategies.holdings import Explanation
from strategies.implementations.grid import (
    adopting,
    entries,
    exits,
    missing,
    overruled,
    recovery,
    stopping,
    voided,
)
from strategies.implementations.grid.cycle_log import CycleLog
from strategies.implementations.grid.desk import Desk, SecondMarket
from strategies.implementations.grid.explaining import explain_entry
from strategies.implementations.grid.parameters import CycleSettings
from strategies.implementations.grid.reconcile import reconcile
from strategies.implementations.grid.reports import apply_report, report_of
from strategies.implementations.grid.sizes import Least
from strategies.implementations.grid.state import CycleState, GridState, PositionKey

MICROSECOND_NS = 1_000


class CycleGrid:
    """The machine: quotes and events in, results out."""

    def __init__(
        self,
        settings: CycleSettings,
        market: Market,
        position_key: PositionKey,
        second: SecondMarket | None,
    ) -> None:
        self.state = GridState(least=Least.of(market))
        self.revision = 0
        self._settings = settings
        self._market = self._begun = market
        self._position_key = position_key
        self._second = second
        self._completed = CycleLog()

    def may_enter(self, quote: MarketData) -> bool:
        """Tell whether every gate agrees to an entry now."""
        return entries.entry_block(self._desk(quote.now_ns), quote) is None

    def enter(self, quote: MarketData) -> StrategyResult:
        """Open the next cycle where the gates agree."""
        desk = self._desk(quote.now_ns)
        if entries.entry_block(desk, quote) is None:
            entries.open_entry(desk, quote)
        return self._result(desk, quote)

    def explain(self, quote: MarketData) -> Sequence[Explanation]:
        """Return what each gate says to an entry now."""
        return explain_entry(self._desk(quote.now_ns), quote)

    def refuse_adoption(self, positions: Sequence[AdoptedPosition]) -> str:
        """Say why positions cannot be taken over; empty where they can."""
        return adopting.refusal(positions, self._position_key, self._settings.side)

    def on_quote(self, quote: MarketData) -> StrategyResult:
        """Watch stops, losses and the pending entry."""
        desk = self._desk(quote.now_ns)
        state = desk.state
        if state.cycle_state is not CycleState.HALTED and not state.awaiting_reconciliation:
            if state.stop is None:
                stopping.check_stop(desk, quote)
            if state.stop is None:
                recovery.check_losses(desk, quote)
                entries.reprice_entry(desk, quote)
            if any(due_ns <= desk.now_ns for due_ns in self._tasks_due(desk)):
                self._advance(desk)
        return self._result(desk, quote)

    def on_event(self, event: StrategyEvent) -> StrategyResult:
        """Book what happened and do what follows from it; no gate is asked."""
        if isinstance(event, MarketChanged):
            self._go_by(event)
        desk = self._desk(event.now_ns)
        if isinstance(event, Reconciled):
            reconcile(desk, event, self._position_key)
        elif isinstance(event, StopRequested):
            stopping.on_stop_request(desk)
        elif isinstance(event, Overruled):
            overruled.note(desk, event, self._position_key)
        elif not isinstance(event, TimerFired | MarketChanged) and not self._book(desk, event):
            return UNMOVED
        if not desk.state.awaiting_reconciliation:
            self._advance(desk)
        self.revision += not isinstance(event, TimerFired)
        return self._result(desk, None)

    def _go_by(self, event: MarketChanged) -> None:
        """Take other rules of a market: what was refused by the old ones may be taken now."""
        second = self._second
        if (event.venue, event.market.contract_id) == self._position_key:
            self._market = event.market
            self.state.refused_size = ZERO
            self.state.paused_until_ns = self.state.refusals = 0
        elif second is not None and second.venue == event.venue:
            self._second = replace(second, market=event.market)

    def _book(self, desk: Desk, event: StrategyEvent) -> bool:
        """Book what an event tells of orders or of the position; return whether it was news."""
        if isinstance(event, PositionsAdopted):
            return adopting.adopt(desk, event.positions)
        if isinstance(event, FillVoided):
            return voided.take_back(desk, event)
        if isinstance(event, PositionsRead):
            return missing.note(desk, event, self._position_key)
        report = report_of(event)
        return report is not None and apply_report(desk, report)

    def _advance(self, desk: Desk) -> None:
        """Do what is due: retries, cancels to ask again, ages, hedges, the next step of a stop."""
        state = desk.state
        if state.stop is not None and (state.stop.flatten or state.stop.cancel_closes):
            stopping.run_flatten_retries(desk)
        else:
            exits.run_retries(desk)
            exits.cover(desk)
        for order in state.live_orders():
            if order.cancel_due_ns is not None:
                desk.cancel(order)
        if state.stop is None:
            recovery.check_ages(desk)
            recovery.balance_hedge(desk)
        stopping.advance_stop(desk)

    def _desk(self, now_ns: int) -> Desk:
        return Desk(
            self._settings, self._market, self.state, now_ns, self._second, begun=self._begun
        )

    def _result(self, desk: Desk, quote: MarketData | None) -> StrategyResult:
        """Word the decision, with the quotes and the time that cannot change it."""
        self._completed.extend(desk.completed)
        if desk.orders or desk.cancels or desk.halt:
            self.revision += 1
        until_ns, wake = self._sleep(desk, quote)
        wait_ns = 0 if until_ns is None else max(until_ns - desk.now_ns, 0)
        # A whole number of microseconds, so that as a float it never lasts too long.
        wait_s = wait_ns // MICROSECOND_NS / 1_000_000
        return StrategyResult(
            action=_action(desk, wait_s),
            orders=tuple(desk.orders),
            cancels=tuple(dict.fromkeys(desk.cancels)),
            message=desk.message,
            wait_time=wait_s,
            wake=wake if until_ns is None or wait_s > 0 else None,
        )

    def _sleep(self, desk: Desk, quote: MarketData | None) -> tuple[int | None, WakeBand | None]:
        """Return until when, and inside which band, quotes change nothing."""
        dues = self._tasks_due(desk)
        if desk.state.cycle_state is CycleState.HALTED:
            return min(dues, default=None), WakeBand()
        block = None if quote is None else entries.entry_block(desk, quote)
        if block is not None and block.until_ns is not None:
            dues.append(block.until_ns)
        until_ns = min(dues, default=None)
        if block is None or block.band is None:
            return until_ns, None
        lows, highs = self._bounds(desk)
        return until_ns, _narrowed(block.band, lows, highs)

    def _tasks_due(self, desk: Desk) -> list[int]:
        """Return the instants at which something has to be done without a quote."""
        state, settings = desk.state, desk.settings
        dues = [retry.due_ns for retry in state.retries]
        dues += [
            order.cancel_due_ns for order in state.live_orders() if order.cancel_due_ns is not None
        ]
        age_ns = recovery.next_age_ns(desk)
        if age_ns is not None:
            dues.append(age_ns)
        if desk.now_ns < state.overruled_until_ns:
            dues.append(state.overruled_until_ns)
        if desk.now_ns < state.hedge.due_ns:
            dues.append(state.hedge.due_ns)
        entry = state.entry
        if entry is not None and desk.now_ns <= entry.sent_ns + settings.entry_timeout_ns:
            dues.append(entry.sent_ns + settings.entry_timeout_ns)
        return dues

    def _bounds(self, desk: Desk) -> tuple[list[Decimal], list[Decimal]]:
        """Return what bids must stay above and asks below for no exit to be due."""
        lows, highs = (list(bounds) for bounds in stopping.stop_bounds(desk))
        buying = desk.settings.side is Side.BUY
        (lows if buying else highs).extend(recovery.loss_bounds(desk))
        left = entries.reprice_bound(desk)
        if left is not None:
            (highs if buying else lows).append(left)
        return lows, highs

    # State and report ----------------------------------------------------------------------------

    @property
    def doubtful(self) -> bool:
        """Whether the position at the venue differs from what our own fills explain."""
        return bool(self.state.mismatch)

    @property
    def stays_halted(self) -> bool:
        """Whether a stop has halted the grid until it is re-armed."""
        stop = self.state.stop
        return self.state.cycle_state is CycleState.HALTED and stop is not None and stop.stays

    def state_dict(self) -> dict[str, Any]:
        """Return the state as JSON values."""
        saved: dict[str, Any] = msgspec.to_builtins(self.state, str_keys=True)
        return saved

    def load_state(self, saved: Mapping[str, Any]) -> None:
        """Take up a saved state; nothing is sent before ``Reconciled``."""
        self.state = msgspec.convert(saved, GridState, str_keys=True, strict=False)
        self.state.refused_size = ZERO  # the market may have other rules since
        self.state.least = self.state.least or Least.of(self._market)
        self._begun = self.state.least.on(self._market)
        self.state.awaiting_reconciliation = True
        self.revision += 1

    def report(self) -> dict[str, object]:
        """Return what the run came to, for people and tests."""
        state = self.state
        return {
            "state": state.cycle_state.value,
            "cycles": self._completed,
            "cycles_completed": state.completed_count,
            "cycles_open": len(state.cycles),
            "gross_profit": state.gross_profit,
            "held": state.held,
            "residual": exits.lot_size(state.residual),
            "open_closes": len(state.active_close_orders),
            "hedged": state.hedge.held,
        }


def _narrowed(band: WakeBand, lows: Iterable[Decimal], highs: Iterable[Decimal]) -> WakeBand:
    """Return the part of ``band`` above every low and below every high."""
    low = [*lows, *([] if band.low is None else [band.low])]
    high = [*highs, *([] if band.high is None else [band.high])]
    return WakeBand(max(low, default=None), min(high, default=None))


def _action(desk: Desk, wait_s: float) -> StrategyAction:
    if desk.halt:
        return StrategyAction.HALT
    if desk.orders:
        return StrategyAction.PLACE_ORDER
    if desk.cancels:
        return StrategyAction.CANCEL_ORDER
    return StrategyAction.WAIT if wait_s > 0 else StrategyAction.NONE
