"""What is to come to pass now and then over many runs: what never does was never tried.

Each run counts what happened to it; a sweep says what of this list no run of it has seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from tests.simulation.troubles import TARGETS, TOGETHER
from tests.simulation.whole.beyond import BEYOND
from tests.simulation.whole.limits import LIMITS
from tests.simulation.whole.passing import WAYS
from tests.simulation.whole.scenes import NOT_DRAWN
from venue_simulators.faults import Fault

_TOGETHER = [kind for rows in TOGETHER.values() for kind, _ in rows]
_KINDS = [kind for kind in (*TARGETS, *_TOGETHER) if kind not in NOT_DRAWN and kind in set(Fault)]
FAULTS = tuple(dict.fromkeys([*_KINDS, str(Fault.STATUS), *BEYOND]))
"""Kinds of trouble that a run may draw."""
SOMETIMES = (
    "a person: close",
    "a person: close what is held",
    "a person: flatten",
    "a person: resume",
    "agreed",
    "by hand: cancel",
    "by hand: close",
    "by hand: halt",
    "by hand: hold",
    "event=answer_lost",
    "event=connect_failed",
    "event=connection_lost",
    "event=close_made_smaller",
    "event=fills_missing",
    "event=malformed_frame",
    "event=order_returned",
    "event=order_vanished",
    "event=outcome_unknown",
    "event=position_not_explained",
    "event=proof_failed",
    "event=reconcile_failed",
    "event=retry",
    "event=risk_action",
    "event=snapshot_failed",
    "event=survey_late",
    "event=value_not_read",
    "execution evened",
    "execution hedged",
    "execution nothing",
    "execution stranded",
    "execution unwound",
    "exit DEPEG",
    "exit IMBALANCE",
    "exit LEG_GONE",
    "exit MAX_AGE",
    "exit NOT_OPENED",
    "exit VENUE_DEGRADED",
    "hedge: closed",
    "hedge: opened",
    "life ended: killed",
    "life ended: not started",
    "life ended: over",
    "life ended: stopped",
    "order canceled",
    "order canceled user_canceled",
    "order filled",
    "order open",
    "order partially_filled",
    "order pending",
    "order rejected market_unavailable",
    "order rejected post_only_would_cross",
    "payments: asked for in vain",
    "range: a cell has turned round",
    "range: moved down",
    "range: moved up",
    *(f"run ended by {limit}" for limit in LIMITS),
    *WAYS,
)


def missed(marks: Iterable[Mapping[str, int]], faults: Iterable[Mapping[str, int]]) -> list[str]:
    """Return what no run has seen, in the order of the list."""
    seen = sum((Counter(each) for each in marks), Counter[str]())
    befell = sum((Counter(each) for each in faults), Counter[str]())
    return [
        *(f"trouble {kind}" for kind in FAULTS if not befell[kind]),
        *(mark for mark in SOMETIMES if not seen[mark]),
    ]
