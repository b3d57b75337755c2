"""Funding arbitrage as a state machine: readings and events in, executions out.

Invariants, after every event:

- a pair is in the state, to be saved, before its first order is asked for;
- a market belongs to one live pair at most, and one execution of a pair is under way at most;
- exits ask no gate and happen before entries;
- nothing is closed because something could not be read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from exchange_clients.base_models import NS, ContractId, OrderInfo, OrderResult, Reason
from execution.adoption import AdoptedPosition
from execution.legs_order import LegsFinished, LegsOrder, LegsOutcome
from execution.order_params import OrderParams
from execution.readings import FillVoided, Liquidated, MarketChanged, MarketReading, Surveyed, View
from strategies.base_strategy import (
    NOTHING,
    UNMOVED,
    OrderChanged,
    OrderFilled,
    OrderOutcome,
    Overruled,
    PositionsAdopted,
    PositionsRead,
    Reconciled,
    StopRequested,
    StrategyAction,
    StrategyEvent,
    StrategyResult,
    TimerFired,
)
from strategies.implementations.funding_arbitrage import adopting, bookkeeping, closing
from strategies.implementations.funding_arbitrage.closing import Asked
from strategies.implementations.funding_arbitrage.early import promising
from strategies.implementations.funding_arbitrage.exits import RATES_STALE, PairView, notes
from strategies.implementations.funding_arbitrage.opening import Held, open_pair
from strategies.implementations.funding_arbitrage.parameters import ArbitrageSettings
from strategies.implementations.funding_arbitrage.scanner import (
    Refusal,
    Scan,
    scan,
)
from strategies.implementations.funding_arbitrage.state import (
    ArbitrageState,
    Pair,
    PairStatus,
)
from strategies.implementations.funding_arbitrage.watching import take_up, view_of

OPENINGS_MAX = 3
"""How often in a row an opening may be refused, or its orders trade nothing, before it rests."""
REFUSED_REST_MAX_NS = 15 * 60 * NS
"""The longest rest of what is refused again and again, unless the cooldown is longer."""
CANDIDATES_MAX = 20
"""Pairs whose books are asked for in each survey; those after them have less edge."""


class ArbitrageMachine:
    """Pairs over any venues: opened on the best edges, watched, closed for a reason."""

    def __init__(self, settings: ArbitrageSettings) -> None:
        self.settings = settings
        self.state = ArbitrageState()
        self.revision = 0
        self.scan: Scan | None = None
        self.held: dict[tuple[str, str, str], str] = {}
        """Why the opportunities of the latest survey were not taken."""
        self.alerts: dict[int, tuple[str, ...]] = {}
        """What a person should know of each live pair, by its number."""
        self.refusals: Iterable[Refusal] = ()
        """What the latest look at all markets refused before any book was read."""
        self._readings: dict[tuple[str, ContractId], MarketReading] = {}
        self._entries_due = self._stopping = False

    # Entries -------------------------------------------------------------------------------------

    def may_enter(self) -> bool:
        """Tell whether the latest survey holds something that was not looked at for entries."""
        found = self.scan is not None and bool(self.scan.opportunities)
        return found and self._entries_due and not self._stopping

    def enter(self, now_ns: int) -> StrategyResult:
        """Open the best pairs that every limit allows, once for each survey."""
        self._entries_due = False
        opened: list[LegsOrder] = []
        self.held = {}
        for opportunity in self.scan.opportunities if self.scan is not None else ():
            if len(opened) == self.settings.size.max_new_per_cycle:
                break
            opening = open_pair(opportunity, self.settings, self.state, now_ns)
            if isinstance(opening, Held):
                self.held[opportunity.pair] = opening.reason
                continue
            self.state.numbers += 1
            self.state.pairs.append(opening.pair)
            opened.append(opening.order)
        if not opened:
            return UNMOVED
        self.revision += 1
        return _result(opened, ())

    def refuse_adoption(self, positions: Sequence[AdoptedPosition]) -> str:
        """Say why positions make no pairs; empty where they do."""
        return adopting.refusal(positions, self.state, self.settings.exits.max_imbalance)

    # What to read --------------------------------------------------------------------------------

    def in_view(self, readings: Sequence[MarketReading], now_ns: int) -> View:
        """Return the legs of live pairs, then those of the most promising ones to open."""
        keys = [leg.key for pair in self.state.live() for leg in pair.legs]
        self.refusals = ()
        if not self._stopping:
            early = promising(readings, self.settings.selection, now_ns)
            self.refusals = early.refusals
            keys += [leg.key for legs in early.pairs[:CANDIDATES_MAX] for leg in legs]
        return View(tuple(dict.fromkeys(keys)), bookkeeping.paid_since(self.state, now_ns))

    # Events --------------------------------------------------------------------------------------

    def on_event(self, event: StrategyEvent) -> StrategyResult:
        """Book what happened, then close what is due; no gate is asked."""
        if isinstance(event, StopRequested):
            self._stopping = True
            return UNMOVED
        if isinstance(event, PositionsRead | MarketChanged):
            return UNMOVED  # surveys read the position of each leg, and the rules of each market
        if isinstance(event, Overruled):
            closing.overruled(self.state.live(), event)
            self.revision += 1
            return UNMOVED
        if isinstance(event, PositionsAdopted):
            adopting.adopt(self.state, event.positions, event.now_ns)
            self.revision += 1
            return NOTHING
        if isinstance(event, Surveyed):
            self._take_up(event)
        elif not isinstance(event, TimerFired) and not self._note(event):
            return UNMOVED
        return self._review(event.now_ns)

    def _take_up(self, event: Surveyed) -> None:
        """Take over what was read; a market that the survey lacks is not known any more."""
        self._readings = {reading.key: reading for reading in event.readings}
        self.scan = scan(event.readings, self.settings.selection, event.now_ns)
        self._entries_due = True
        bookkeeping.book_payments(self.state, event.payments)
        for pair in self.state.live():
            take_up(pair, self._readings)
            adopting.measure_from_now(pair, self.view(pair, event.now_ns).divergence_8h)

    def _note(
        self,
        event: (
            OrderFilled
            | OrderChanged
            | OrderOutcome
            | Reconciled
            | Liquidated
            | FillVoided
            | LegsFinished
        ),
    ) -> bool:
        """Note one event; return whether it was news of a pair."""
        if isinstance(event, Reconciled):
            return self._on_reconciled(event)
        if isinstance(event, Liquidated):
            return bookkeeping.note_liquidation(self.state, event)
        pair = self.state.pair_of_key(event.key)
        if pair is None:
            return False
        if isinstance(event, OrderFilled | FillVoided):
            return self._on_fill(pair, event)
        if isinstance(event, LegsFinished):
            self._on_legs(pair, event)
            return True
        return self._on_order(pair, event)

    def _on_legs(self, pair: Pair, event: LegsFinished) -> None:
        bookkeeping.book_leg_fills(pair, event.fills)
        if event.key != pair.busy_key:
            return
        if pair.status is PairStatus.OPENING:
            self._on_opening(pair, event)
        unsent = event.outcome in (LegsOutcome.REFUSED, LegsOutcome.WITHHELD)
        closing.finished(pair, event.now_ns, refused=unsent)

    def _on_fill(self, pair: Pair, event: OrderFilled | FillVoided) -> bool:
        """Book a fill, or take one back: then a pair that had ended holds something again."""
        if isinstance(event, OrderFilled):
            return bookkeeping.book_order_fill(pair, event)
        if not bookkeeping.take_back(pair, event, event.now_ns):
            return False
        if not pair.live:
            closing.reopened(pair, event.now_ns)
            self.state.ended -= 1
        return True

    def _on_opening(self, pair: Pair, event: LegsFinished) -> None:
        """Note how an opening ended."""
        legs, refused = pair.name_of_legs, self.state.refused
        if event.outcome is LegsOutcome.REFUSED:
            pair.status, pair.ended_ns = PairStatus.CLOSED, event.now_ns
            self.state.ended += 1
            refused[legs] = refused.get(legs, 0) + 1
            self._let_rest(legs, refused[legs], event.now_ns)
            return
        refused.pop(legs, None)
        if event.outcome is LegsOutcome.COMPLETED:
            pair.status = PairStatus.OPEN
        elif event.outcome is LegsOutcome.WITHHELD:
            self._end(pair, event.now_ns)
        else:
            closing.not_opened(pair, event.now_ns)

    def _let_rest(self, legs: str, tries: int, now_ns: int) -> None:
        """Leave alone what is refused each time, twice as long each time.

        A price may have been too old just then, and so it is tried anew at first. Where a venue
        keeps its leverage it is refused for as long as a person does nothing.
        """
        if tries >= OPENINGS_MAX:
            cooldown_ns = self.settings.size.cooldown_ns
            rest_ns = cooldown_ns * 2 ** min(tries - OPENINGS_MAX, 16)
            self.state.rests[legs] = now_ns + min(rest_ns, max(cooldown_ns, REFUSED_REST_MAX_NS))

    def _on_order(self, pair: Pair, event: OrderChanged | OrderOutcome) -> bool:
        """Note that the single order of a closing has ended."""
        if event.key != pair.busy_key:
            return False
        told: OrderInfo | OrderResult
        if isinstance(event, OrderChanged):
            over, told = event.info.status.terminal, event.info
        else:
            over = not event.cancel and event.result.outcome_known and not event.result.success
            told = event.result
        if over and told.reason is Reason.BELOW_MINIMUM:
            closing.refused_as_too_small(pair, event.key)
        if over:
            closing.finished(pair, event.now_ns, refused=not told.filled_size)
        return over

    def _on_reconciled(self, event: Reconciled) -> bool:
        """Trust no position that was read before; a closing order that was never sent is over."""
        for pair in self.state.live():
            for leg in pair.legs:
                leg.seen, leg.zero_reads = None, 0
            single = f"pair-{pair.number}-close-{pair.closings}-"
            if pair.busy_key.startswith(single) or pair.busy_key in pair.above:
                info = event.orders.get(pair.busy_key)
                if info is None or info.status.terminal:
                    untraded = info is None or not info.filled_size
                    closing.finished(pair, event.now_ns, refused=untraded)
        return True

    # Exits ---------------------------------------------------------------------------------------

    def _review(self, now_ns: int) -> StrategyResult:
        """Look at every live pair, and ask for what closes those that are due."""
        legs: list[LegsOrder] = []
        orders: list[OrderParams] = []
        for pair in self.state.live():
            asked = self._review_pair(pair, now_ns)
            legs.extend(asked.legs)
            orders.extend(asked.orders)
            if not pair.live:
                self._end(pair, now_ns)
        self._drop_alerts()
        self.state.forget_old()
        self.revision += 1
        return _result(legs, orders, self._alert(), self._wait_s(now_ns))

    def _review_pair(self, pair: Pair, now_ns: int) -> Asked:
        if pair.status is PairStatus.OPENING:
            return closing.NOTHING_ASKED
        view = self.view(pair, now_ns)
        self.alerts[pair.number] = notes(view)
        if pair.status is PairStatus.OPEN:
            return closing.review_open(pair, view, self.settings.exits, now_ns)
        return closing.review_closing(pair, now_ns)

    def _end(self, pair: Pair, now_ns: int) -> None:
        """Let the symbol rest, unless the market has only run away from the first orders."""
        pair.status, pair.ended_ns = PairStatus.CLOSED, now_ns
        self.state.ended += 1
        if pair.settled_ns and not pair.traded:
            tries = self.state.missed.get(pair.symbol, 0) + 1
            self.state.missed[pair.symbol] = tries
            if tries < OPENINGS_MAX:
                return
        self.state.missed.pop(pair.symbol, None)
        self.state.cooldowns[pair.symbol] = now_ns + self.settings.size.cooldown_ns

    def view(self, pair: Pair, now_ns: int) -> PairView:
        """Return what is known of a pair."""
        return view_of(pair, self._readings, self.scan, self.settings.exits, now_ns)

    @property
    def depeg_off(self) -> tuple[str, ...]:
        """Venues of the latest survey that tell no price of their collateral: no DEPEG there."""
        readings = self._readings.values()
        return tuple(sorted({each.venue for each in readings if each.collateral_price is None}))

    def _wait_s(self, now_ns: int) -> float:
        """Return the seconds until the first exit has waited enough; 0 where none waits."""
        ends = [
            pair.trigger.first_ns + self.settings.exits.wait_ns - now_ns
            for pair in self.state.live()
            if pair.status is PairStatus.OPEN and pair.trigger is not None
        ]
        coming = [end for end in ends if end > 0]
        return min(coming) / NS if coming else 0.0

    def _alert(self) -> str:
        return "; ".join(
            f"pair {number}: {note}" for number, told in self.alerts.items() for note in told
        )

    def unverified(self) -> Mapping[str, str]:
        """Return the pairs with a leg whose position is not freshly known, and why, for people."""
        symbols = {pair.number: pair.symbol for pair in self.state.live()}
        return {
            f"pair {number} {symbols[number]}": "; ".join(why)
            for number, told in self.alerts.items()
            if (why := [each for each in told if each != RATES_STALE])
        }

    def _drop_alerts(self) -> None:
        live = {pair.number: True for pair in self.state.live()}
        self.alerts = {number: told for number, told in self.alerts.items() if number in live}

    # State ---------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """Return the state as JSON values."""
        saved: dict[str, Any] = msgspec.to_builtins(self.state, str_keys=True)
        return saved

    def load_state(self, saved: Any) -> None:
        """Take up a saved state; positions count again once they were read."""
        self.state = msgspec.convert(saved, ArbitrageState, str_keys=True, strict=False)
        for pair in self.state.live():
            for leg in pair.legs:
                leg.seen, leg.zero_reads = None, 0


def _result(
    legs: Sequence[LegsOrder],
    orders: Sequence[OrderParams],
    message: str = "",
    wait_s: float = 0.0,
) -> StrategyResult:
    """Return what is asked for; the action names the weightier part of it."""
    action = StrategyAction.WAIT if wait_s else StrategyAction.NONE
    if orders:
        action = StrategyAction.PLACE_ORDER
    if legs:
        action = StrategyAction.EXECUTE_LEGS
    return StrategyResult(action, orders, (), message, wait_s, legs=legs)
