"""Finish or turn back: the choice by what each is expected to cost."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum

from exchange_clients.base_models import ONE, ZERO, DepthView
from execution.legs.costs import taking_cost
from execution.legs.state import Decision, Execution


class Choice(StrEnum):
    """What an execution does about legs that are not even."""

    FINISH = "finish"
    UNWIND = "unwind"
    WAIT = "wait"


def choose(execution: Execution, books: Sequence[DepthView | None], now_ns: int) -> Decision:
    """Return the cheaper of finishing and turning back, with both costs.

    Finishing costs what the missing quantities cost against the mid price, fees included; each try
    that has traded nothing makes it likelier that the way back must be paid as well. Turning back
    costs what the traded quantities cost to undo, and the part of the caller's edge that is lost.
    """
    tries = execution.plan.times.hedge_tries
    failures = max(state.failures for state in execution.legs)
    back = None if execution.plan.closes else _unwind_usd(execution, books)
    ahead = _finish_usd(execution, books) if _finishable(execution) else None
    if ahead is not None and back is not None:
        ahead += back * min(Decimal(failures) / tries, ONE)
    choice, why = _cheaper(execution, failures, ahead, back)
    return Decision(now_ns, choice, ahead, back, why)


def _cheaper(
    execution: Execution, failures: int, ahead: Decimal | None, back: Decimal | None
) -> tuple[Choice, str]:
    if execution.plan.closes:
        choice = Choice.WAIT if ahead is None else Choice.FINISH
        why = "legs that close are only finished"
    elif failures >= execution.plan.times.hedge_tries:
        choice, why = Choice.UNWIND, f"a leg traded nothing in {failures} tries"
    elif not _finishable(execution):
        choice, why = Choice.UNWIND, "what is missing is below a market's step or minimum"
    elif ahead is None and back is None:
        choice, why = Choice.WAIT, "no book is known that would tell a cost"
    elif ahead is None:
        choice, why = Choice.UNWIND, "a book is not known, or too thin to finish at the price"
    elif back is None or ahead <= back:
        choice, why = Choice.FINISH, "finishing costs less"
    else:
        choice, why = Choice.UNWIND, "turning back costs less"
    return choice, why


def _finish_usd(execution: Execution, books: Sequence[DepthView | None]) -> Decimal | None:
    total = ZERO
    for index, (leg, book) in enumerate(zip(execution.plan.legs, books, strict=True)):
        cost = taking_cost(book, leg.side, execution.missing(index), leg.taker_fee, leg.worst_price)
        if cost is None:
            return None
        total += cost
    return total


def _unwind_usd(execution: Execution, books: Sequence[DepthView | None]) -> Decimal | None:
    total = ZERO
    for index, (leg, book) in enumerate(zip(execution.plan.legs, books, strict=True)):
        cost = taking_cost(book, leg.side.opposite, execution.excess(index), leg.taker_fee)
        if cost is None:
            return None
        total += cost
    done = max(
        state.net / leg.quantity
        for leg, state in zip(execution.plan.legs, execution.legs, strict=True)
    )
    return total + execution.plan.edge_usd * done


def _finishable(execution: Execution) -> bool:
    """Tell whether what each leg lacks can be ordered, or is within the tolerance."""
    for index, leg in enumerate(execution.plan.legs):
        if execution.level(index):
            continue
        missing = execution.missing(index)
        below = missing < leg.min_size or missing * execution.mids[index] < leg.min_notional
        if missing <= 0 or (below and not leg.reduce_only):
            return False
    return True
