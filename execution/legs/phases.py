"""The phases of an execution, as a table, and how one leads to the next.

In each phase the first situation that holds leads on. A situation is a question to what is known
now; none of them remembers an event, so that they hold after a restart as they did before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec.structs import replace

from exchange_clients.base_models import NS
from execution.legs.state import Execution, Outcome, Phase, exposed


def _first_fill(execution: Execution, now_ns: int) -> bool:
    """Something has traded."""
    return execution.traded


def _empty(execution: Execution, now_ns: int) -> bool:
    """No order is live, and none has traded."""
    return not execution.busy and not execution.traded and execution.phase is not Phase.PLANNED


def _stopped(execution: Execution, now_ns: int) -> bool:
    """No entry may be sent any more."""
    return execution.stopping


def _always(execution: Execution, now_ns: int) -> bool:
    """There is nothing to wait for."""
    return True


def _hopeless(execution: Execution, now_ns: int) -> bool:
    """Time is up, it was asked to stop, or a leg has ended without a fill."""
    late_ns = execution.started_ns + round(execution.plan.times.open_s * NS)
    return (
        execution.stopping
        or now_ns >= late_ns
        or any(state.orders and state.live is None for state in execution.legs)
    )


def _even(execution: Execution, now_ns: int) -> bool:
    """No order is live, and the legs are even."""
    return not execution.busy and execution.even


def _turned(execution: Execution, now_ns: int) -> bool:
    """It was chosen to turn back, or the legs are uneven too late; closing legs never turn."""
    late = now_ns >= execution.since_ns + round(execution.plan.times.cover_s * NS)
    return not execution.plan.closes and (execution.turned or (late and not execution.even))


def _undone(execution: Execution, now_ns: int) -> bool:
    """No order is live, and nothing is left to undo."""
    return not execution.busy and not any(
        execution.excess(index) for index in range(len(execution.legs))
    )


def _spent(execution: Execution, now_ns: int) -> bool:
    """The venue did not answer, or did not trade, for all of the time there is."""
    return now_ns >= give_up_ns(execution)


def _more_has_traded(execution: Execution, now_ns: int) -> bool:
    """A fill was told after the end, so that the legs are not even any more."""
    if execution.outcome in (None, Outcome.STRANDED) or not execution.traded:
        return False
    return not execution.even and not _undone(execution, now_ns)


def give_up_ns(execution: Execution) -> int:
    """Return the instant at which an execution ends, whatever is left of it."""
    times = execution.plan.times
    opened_ns = execution.started_ns + round(times.open_s * NS)
    begun_ns = execution.since_ns if execution.traded else max(opened_ns, execution.since_ns)
    return begun_ns + round(times.give_up_s * NS)


Situation = Callable[[Execution, int], bool]
PHASES: Mapping[Phase, Sequence[tuple[Situation, Phase]]] = {
    Phase.PLANNED: [(_stopped, Phase.DONE), (_always, Phase.OPENING)],
    Phase.OPENING: [(_first_fill, Phase.COVERING), (_hopeless, Phase.STOPPING)],
    Phase.STOPPING: [(_first_fill, Phase.COVERING), (_empty, Phase.DONE), (_spent, Phase.DONE)],
    Phase.COVERING: [
        (_even, Phase.DONE),
        (_turned, Phase.UNWINDING),
        (_spent, Phase.DONE),
    ],
    Phase.UNWINDING: [(_undone, Phase.DONE), (_spent, Phase.DONE)],
    Phase.DONE: [(_more_has_traded, Phase.COVERING)],
}


def follow(execution: Execution, now_ns: int) -> Execution:
    """Follow the table until no situation holds."""
    for holds, phase in PHASES[execution.phase]:
        if holds(execution, now_ns):
            entered = _entered(execution, phase, now_ns)
            # What has just ended stays so: only news may take it up again.
            return entered if phase is Phase.DONE else follow(entered, now_ns)
    return execution


def _entered(execution: Execution, phase: Phase, now_ns: int) -> Execution:
    if phase is Phase.DONE:
        outcome = _outcome(execution)
        return replace(execution, phase=phase, outcome=outcome, exposure=exposed(execution, now_ns))
    fresh = tuple(replace(state, failures=0, weighed=0, retry_at_ns=0) for state in execution.legs)
    if execution.phase is Phase.DONE:
        return replace(execution, phase=phase, outcome=None, legs=fresh, since_ns=now_ns)
    if phase is Phase.UNWINDING:
        return replace(execution, phase=phase, turned=True, legs=fresh)
    return replace(execution, phase=phase)


def _outcome(execution: Execution) -> Outcome:
    if execution.busy:
        return Outcome.STRANDED
    if not execution.traded:
        return Outcome.NOTHING
    if execution.phase is Phase.COVERING:
        if any(execution.left(index) > 0 for index in range(len(execution.legs))):
            return Outcome.LEFT if execution.even else Outcome.STRANDED
        return Outcome.HEDGED if execution.even else Outcome.STRANDED
    if any(execution.excess(index) for index in range(len(execution.legs))):
        return Outcome.STRANDED
    return Outcome.UNWOUND if execution.plan.rollback or not execution.even else Outcome.EVENED
