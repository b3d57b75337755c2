"""What an execution does next, as a table of phases.

``decide`` looks at what is known and moves along ``PHASES`` as far as it leads, then says what is
to be done there. It reads a state, not an event: events may come late, twice and in any order, and
a restarted process that has read the record decides as the dead one would have. What it keeps:

- a leg has one order at most that is not proven to be over;
- nothing is hedged beyond the leg that is furthest along, nothing undone beyond the baseline, and
  what undoes is reduce-only;
- an entry is sent once, in the beginning, and never after a restart;
- the legs are uneven for ``cover_s + unwind_s`` at most while every venue answers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from msgspec.structs import replace

from exchange_clients.base_models import NS, ZERO, ClientOrderId
from execution.legs.choice import Choice, choose
from execution.legs.events import Ask, Cancel, Command, Look, Place, Weigh
from execution.legs.moves import Books, failed, pause_ns, with_leg
from execution.legs.phases import follow, give_up_ns
from execution.legs.state import (
    Execution,
    Job,
    LegOrder,
    LegState,
    Phase,
    Stage,
)

BOOK_AGE_NS = NS // 10
"""Older books are read again before a choice is made of them."""
ASKED_LESS = 10
"""An order whose fate is unknown is asked for again after this part of the time it is unknown."""
MARKET_JOBS = (Job.HEDGE, Job.UNWIND)
Mint = Callable[[str], ClientOrderId]
"""Names a new order at a venue."""


@dataclass(frozen=True, slots=True)
class Step:
    """What ``decide`` came to."""

    execution: Execution
    commands: tuple[Command, ...]
    wake_ns: int | None
    """When to decide again if nothing is heard before; None where only news can change it."""


@dataclass(frozen=True, slots=True)
class Now:
    """What a decision may read beside the execution itself."""

    now_ns: int
    books: Books
    mint: Mint


# Deciding -----------------------------------------------------------------------------------------


def decide(execution: Execution, books: Books, now_ns: int, mint: Mint) -> Step:
    """Return what is to be done now, with the execution as it stands once it is recorded."""
    now = Now(now_ns, books, mint)
    moved = follow(execution, now_ns)
    commands: list[Command] = []
    act = _ACTS.get(moved.phase)
    if act is not None:
        moved, commands = act(moved, now)
        after = follow(moved, now_ns)
        if after.phase is not moved.phase:  # what was chosen led on
            again = decide(after, books, now_ns, mint)
            return Step(again.execution, (*commands, *again.commands), again.wake_ns)
    return Step(moved, tuple(commands), _wake_ns(moved, now_ns))


# What is done in each phase -----------------------------------------------------------------------


def _open(execution: Execution, now: Now) -> tuple[Execution, list[Command]]:
    """Send the first order of each leg, in the order of the plan."""
    commands: list[Command] = []
    for index, (leg, state) in enumerate(zip(execution.plan.legs, execution.legs, strict=True)):
        if not state.orders:
            order = LegOrder(
                client_order_id=now.mint(leg.venue),
                job=Job.ENTRY,
                side=leg.side,
                quantity=leg.quantity,
                price=leg.price,
                reduce_only=leg.reduce_only,
                at_ns=now.now_ns,
                post_only=leg.post_only,
            )
            execution = with_leg(execution, index, replace(state, orders=(order,)))
            commands.append(Place(index, order))
        else:  # it is live: an entry that has ended ends the opening
            execution, more = _watch(execution, index, now, wanted=True)
            commands += more
    return execution, commands


def _stop(execution: Execution, now: Now) -> tuple[Execution, list[Command]]:
    """Cancel what is live."""
    commands: list[Command] = []
    for index, state in enumerate(execution.legs):
        if state.live is not None:
            execution, more = _watch(execution, index, now, wanted=False)
            commands += more
    return execution, commands


def _cover(execution: Execution, now: Now) -> tuple[Execution, list[Command]]:
    """Let the legs that are behind follow, or choose to turn back."""
    commands: list[Command] = []
    patient = now.now_ns < execution.since_ns + round(execution.plan.times.patience_s * NS)
    patient = patient and not execution.stopping
    for index, state in enumerate(execution.legs):
        if state.live is not None:
            wanted = state.live.job is Job.HEDGE or (state.live.job is Job.ENTRY and patient)
            execution, more = _watch(execution, index, now, wanted=wanted)
            commands += more
    behind = []
    for index, state in enumerate(execution.legs):
        if state.live is not None or now.now_ns < state.retry_at_ns or execution.level(index):
            continue
        if _in_vain(state):
            commands.append(Weigh(index))
        elif surplus := execution.surplus(index):
            execution, more = _send(execution, index, Job.UNWIND, surplus, now)
            commands += more
        else:
            behind.append(index)
    if behind:
        execution, more = _choose(execution, behind, now)
        commands += more
    return execution, commands


def _choose(
    execution: Execution, behind: Sequence[int], now: Now
) -> tuple[Execution, list[Command]]:
    if now.now_ns - now.books.at_ns > BOOK_AGE_NS or not now.books.books:
        return execution, [Look()]
    decision = choose(execution, now.books.books, now.now_ns)
    execution = replace(execution, decisions=(*execution.decisions, decision))
    times = execution.plan.times
    if decision.choice == Choice.UNWIND:
        return replace(execution, turned=True), []
    commands: list[Command] = []
    for index in behind:
        if decision.choice == Choice.WAIT:
            state = failed(execution.legs[index], times, now.now_ns)
            execution = with_leg(execution, index, state)
            continue
        execution, more = _send(execution, index, Job.HEDGE, execution.missing(index), now)
        commands += more
    return execution, commands


def _unwind(execution: Execution, now: Now) -> tuple[Execution, list[Command]]:
    """Cancel what would trade further, and undo what has traded, each leg by itself."""
    commands: list[Command] = []
    for index, state in enumerate(execution.legs):
        if state.live is not None:
            wanted = state.live.job is Job.UNWIND
            execution, more = _watch(execution, index, now, wanted=wanted)
            commands += more
        elif now.now_ns >= state.retry_at_ns and (excess := execution.excess(index)):
            if _in_vain(state):
                commands.append(Weigh(index))
                continue
            execution, more = _send(execution, index, Job.UNWIND, excess, now)
            commands += more
    return execution, commands


_ACTS: Mapping[Phase, Callable[[Execution, Now], tuple[Execution, list[Command]]]] = {
    Phase.OPENING: _open,
    Phase.STOPPING: _stop,
    Phase.COVERING: _cover,
    Phase.UNWINDING: _unwind,
}


# One order ----------------------------------------------------------------------------------------


def _send(
    execution: Execution, index: int, job: Job, quantity: Decimal, now: Now
) -> tuple[Execution, list[Command]]:
    """Enter an order that takes what the book offers, a hedge up to its bound; want it sent."""
    leg, state = execution.plan.legs[index], execution.legs[index]
    assert state.live is None, f"leg {index} has a live order"
    assert quantity > ZERO, f"leg {index} has nothing to {job.value}"
    undoes = job is Job.UNWIND
    order = LegOrder(
        client_order_id=now.mint(leg.venue),
        job=job,
        side=leg.side.opposite if undoes else leg.side,
        quantity=quantity,
        price=None if undoes else leg.worst_price,
        reduce_only=undoes or leg.reduce_only,
        at_ns=now.now_ns,
    )
    entered = replace(state, orders=(*state.orders, order))
    return with_leg(execution, index, entered), [Place(index, order)]


def _in_vain(state: LegState) -> bool:
    """Tell whether an order that reduces has traded nothing, and it was not looked why.

    There may be nothing left to reduce: a venue that has liquidated the position refuses for ever.
    """
    last = state.orders[-1] if state.orders else None
    reduced = last is not None and last.reduce_only and not last.filled
    return reduced and state.failures > state.weighed


def _watch(
    execution: Execution, index: int, now: Now, *, wanted: bool
) -> tuple[Execution, list[Command]]:
    """Ask for an order whose fate is not known; cancel one not wanted, or that rests too long."""
    state = execution.legs[index]
    order = state.live
    assert order is not None, f"leg {index} has no live order"
    times = execution.plan.times
    name = order.client_order_id
    if order.stage is Stage.UNKNOWN:
        if now.now_ns < state.retry_at_ns:
            return execution, []
        # The longer it is not known, the more seldom it is asked: venues count requests.
        waited_ns = (now.now_ns - order.at_ns) // ASKED_LESS
        pause = min(max(pause_ns(times, 2), waited_ns), round(times.pause_max_s * NS))
        later = replace(state, retry_at_ns=now.now_ns + pause)
        return with_leg(execution, index, later), [Ask(index, name)]
    if order.stage is not Stage.LIVE or now.now_ns < state.retry_at_ns:
        return execution, []
    rests_ns = round(times.rest_s * NS)
    overdue = order.job in MARKET_JOBS and now.now_ns >= order.at_ns + rests_ns
    if wanted and not overdue:
        return execution, []
    ending = replace(order, stage=Stage.ENDING)
    after = replace(state, orders=(*state.orders[:-1], ending))
    return with_leg(execution, index, after), [Cancel(index, name)]


# When next ----------------------------------------------------------------------------------------


def _wake_ns(execution: Execution, now_ns: int) -> int | None:
    """Return the next instant at which time alone changes a decision."""
    if execution.phase is Phase.DONE:
        return None
    times = execution.plan.times
    since_ns = execution.since_ns
    ends = [execution.started_ns + round(times.open_s * NS), give_up_ns(execution)]
    if execution.traded:
        ends += [since_ns + round(span * NS) for span in (times.patience_s, times.cover_s)]
    for state in execution.legs:
        ends.append(state.retry_at_ns)
        if state.live is not None:
            ends.append(state.live.at_ns + round(times.rest_s * NS))
    later = [at_ns for at_ns in ends if at_ns > now_ns]
    return min(later) if later else None
