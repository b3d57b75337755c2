"""How an execution takes in what it hears: facts change what is known, and decide nothing.

``STAGES`` is the life of one order. What it keeps: an order that is over stays over (its fills may
still grow, where the venue tells them late), and an order whose fate is not known is neither live
nor over until the venue has said so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from msgspec.structs import replace

from exchange_clients.base_models import NS, ZERO, DepthView, Market, Reason
from execution.legs.costs import mid_price
from execution.legs.events import (
    BooksSeen,
    Event,
    Fact,
    Held,
    OrderHeard,
    OrderVoided,
    Restarted,
)
from execution.legs.state import (
    Execution,
    Job,
    LegOrder,
    LegState,
    Outcome,
    Phase,
    Stage,
    exposed,
)
from execution.legs.values import Plan, Times

STAGES: Mapping[Stage, Mapping[Fact, Stage]] = {
    Stage.SENDING: {
        Fact.RESTS: Stage.LIVE,
        Fact.KEPT: Stage.LIVE,
        Fact.LOST: Stage.UNKNOWN,
        Fact.ENDED: Stage.ENDED,
    },
    Stage.LIVE: {
        Fact.RESTS: Stage.LIVE,
        Fact.KEPT: Stage.LIVE,
        Fact.LOST: Stage.UNKNOWN,
        Fact.ENDED: Stage.ENDED,
    },
    Stage.ENDING: {
        # A report of before the cancellation's effect; the cancellation is still under way.
        Fact.RESTS: Stage.ENDING,
        Fact.KEPT: Stage.LIVE,
        Fact.LOST: Stage.UNKNOWN,
        Fact.ENDED: Stage.ENDED,
    },
    Stage.UNKNOWN: {
        Fact.RESTS: Stage.LIVE,
        Fact.KEPT: Stage.LIVE,
        Fact.LOST: Stage.UNKNOWN,
        Fact.ENDED: Stage.ENDED,
    },
    Stage.ENDED: dict.fromkeys(Fact, Stage.ENDED),
}

FINAL = (
    Reason.MARKET_UNAVAILABLE,
    Reason.AUTHENTICATION_FAILED,
    Reason.INVALID_ORDER,
    Reason.BELOW_MINIMUM,
)
"""Refusals that another try of the same order would meet again."""
TOO_SMALL_PAUSE_NS = 30 * NS
"""After an order that its venue calls too small: only the price or the position changes that."""


@dataclass(frozen=True, slots=True)
class Books:
    """What was last seen of each leg's market; known to this process alone."""

    books: tuple[DepthView | None, ...] = ()
    at_ns: int = -1


def hear(execution: Execution, event: Event, now_ns: int) -> Execution:
    """Return the execution as it stands once an event is taken in."""
    dead = isinstance(event, Restarted)
    known = replace(execution, exposure=exposed(execution, now_ns, dead=dead))
    if isinstance(event, OrderHeard):
        known = _on_order(known, event, now_ns)
    elif isinstance(event, OrderVoided):
        known = _on_voided(known, event)
    elif isinstance(event, BooksSeen):
        known = replace(known, mids=_mids(known, event.books))
    elif isinstance(event, Held):
        known = _on_held(known, event)
    elif isinstance(event, Restarted):
        known = _on_restart(known, now_ns)
    else:
        known = replace(known, stopping=True)
    if known.first_fill_ns is None and known.traded:
        known = replace(known, first_fill_ns=now_ns, since_ns=now_ns)
    return known


def pause_ns(times: Times, failures: int) -> int:
    """Return how long to wait after so many tries in vain (ns)."""
    doubled: float = times.pause_s * 2 ** min(failures - 1, 16)
    return round(min(doubled, times.pause_max_s) * NS)


def failed(state: LegState, times: Times, now_ns: int, *, for_good: bool = False) -> LegState:
    """Return a leg after a try that has traded nothing."""
    failures = max(state.failures + 1, times.hedge_tries if for_good else 0)
    return replace(state, failures=failures, retry_at_ns=now_ns + pause_ns(times, failures))


def with_leg(execution: Execution, index: int, state: LegState) -> Execution:
    """Return the execution with another state of one leg."""
    legs = execution.legs
    return replace(execution, legs=(*legs[:index], state, *legs[index + 1 :]))


def _on_order(execution: Execution, heard: OrderHeard, now_ns: int) -> Execution:
    for index, state in enumerate(execution.legs):
        for place, order in enumerate(state.orders):
            if order.client_order_id == heard.client_order_id:
                changed = _changed(order, heard)
                orders = (*state.orders[:place], changed, *state.orders[place + 1 :])
                after = replace(state, orders=orders)
                after = _judged(after, order, changed, execution.plan, now_ns)
                known = with_leg(execution, index, after)
                return known if heard.fact is Fact.LOST else _answered(known, index)
    return execution


def _on_voided(execution: Execution, event: OrderVoided) -> Execution:
    """Count less of an order; its leg lacks that much again."""
    for index, state in enumerate(execution.legs):
        for place, order in enumerate(state.orders):
            if order.client_order_id == event.client_order_id and event.voided > order.voided:
                less = replace(order, voided=min(event.voided, order.filled))
                orders = (*state.orders[:place], less, *state.orders[place + 1 :])
                return with_leg(execution, index, replace(state, orders=orders))
    return execution


def _answered(execution: Execution, index: int) -> Execution:
    """Note that a leg's venue owes nothing just now; what it is asked next counts from here."""
    since = execution.exposure.waits_since_ns
    told = (*since[:index], 0, *since[index + 1 :])
    return replace(execution, exposure=replace(execution.exposure, waits_since_ns=told))


def _changed(order: LegOrder, heard: OrderHeard) -> LegOrder:
    filled = max(order.filled, heard.filled)
    whole = filled >= order.quantity
    return replace(
        order,
        stage=Stage.ENDED if whole else STAGES[order.stage][heard.fact],
        filled=filled,
        reason=heard.reason or order.reason,
    )


def _judged(
    state: LegState, before: LegOrder, after: LegOrder, plan: Plan, now_ns: int
) -> LegState:
    """Count tries that traded nothing, and put off the next one."""
    times = plan.times
    if after.filled > before.filled:
        return replace(state, failures=0, retry_at_ns=0)
    ended = after.stage is Stage.ENDED and before.stage is not Stage.ENDED
    if ended and after.filled == ZERO and after.job is not Job.ENTRY:
        return _refused(state, after, plan, now_ns)
    if after.stage is Stage.UNKNOWN and before.stage is not Stage.UNKNOWN:
        return replace(state, retry_at_ns=now_ns)
    if before.stage is Stage.UNKNOWN and after.stage is Stage.LIVE:
        return replace(state, retry_at_ns=now_ns)
    if before.stage is Stage.ENDING and after.stage is Stage.LIVE:
        return replace(state, retry_at_ns=now_ns + pause_ns(times, 1))
    return state


def _refused(state: LegState, order: LegOrder, plan: Plan, now_ns: int) -> LegState:
    tired = failed(state, plan.times, now_ns, for_good=order.reason in FINAL)
    if order.reason is not Reason.BELOW_MINIMUM:
        return tired
    if plan.whole:  # it was the whole rest: no smaller order would be taken
        return replace(tired, too_small=order.quantity)
    return replace(tired, retry_at_ns=now_ns + TOO_SMALL_PAUSE_NS)


def _mids(execution: Execution, books: tuple[DepthView | None, ...]) -> tuple[Decimal, ...]:
    return tuple(
        mid if book is not None and (mid := mid_price(book)) is not None else known
        for book, known in zip(books, execution.mids, strict=True)
    )


def _on_held(execution: Execution, held: Held) -> Execution:
    """Take what is not there any more for done: no order that reduces it could ever trade.

    An opened leg counts on from where it stands; one that closes has that much less to close.
    """
    if held.market is not None:
        execution = _by_rules(execution, held.leg, held.market)
    leg, state = execution.plan.legs[held.leg], execution.legs[held.leg]
    state = replace(state, weighed=state.failures)
    if held.quantity is not None and state.live is None:
        along = held.quantity * leg.side.sign
        if leg.reduce_only:
            gone = max(execution.missing(held.leg) - max(-along, ZERO), ZERO)
        else:
            there = max(along - state.baseline * leg.side.sign, ZERO)
            gone = -max(state.net - there, ZERO)
        if gone:
            settled = state.settled + gone
            state = replace(state, settled=settled, failures=0, weighed=0, retry_at_ns=0)
    return with_leg(execution, held.leg, state)


def _by_rules(execution: Execution, index: int, market: Market) -> Execution:
    """Take it that a leg's orders must meet the rules by which its venue lists the market now."""
    legs = execution.plan.legs
    leg = replace(
        legs[index],
        step=market.step,
        min_size=market.min_size,
        min_notional=market.min_notional,
    )
    plan = replace(execution.plan, legs=(*legs[:index], leg, *legs[index + 1 :]))
    return replace(execution, plan=plan)


def _on_restart(execution: Execution, now_ns: int) -> Execution:
    """Forget what only the dead process could know, and count the time for covering anew."""
    legs = tuple(
        replace(
            state,
            retry_at_ns=now_ns,
            failures=0,
            weighed=0,
            orders=tuple(
                one if one.stage is Stage.ENDED else replace(one, stage=Stage.UNKNOWN)
                for one in state.orders
            ),
        )
        for state in execution.legs
    )
    phase, outcome = execution.phase, execution.outcome
    if outcome is Outcome.STRANDED:
        outcome = None
        phase = Phase.UNWINDING if execution.turned else Phase.COVERING
        phase = phase if execution.traded else Phase.STOPPING
    return replace(
        execution,
        legs=legs,
        phase=phase,
        outcome=outcome,
        since_ns=now_ns,
        stopping=True,
        restarts=execution.restarts + 1,
    )


def finished_for_good(execution: Execution) -> bool:
    """Tell whether nothing is left of the execution that a restart should take up."""
    return execution.phase is Phase.DONE and execution.outcome is not Outcome.STRANDED
