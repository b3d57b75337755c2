"""When an execution is at its end, and that it stays there."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from exchange_clients.base_models import NS, Side
from execution.legs.events import Fact, OrderHeard, Place, StopAsked
from execution.legs.moves import hear
from execution.legs.phases import follow
from execution.legs.state import Execution, Outcome, Phase
from tests.execution.legs.legs_model import (
    A,
    B,
    Model,
    begin,
    book,
    later,
    leg,
    opened,
    plan,
    seen,
    told,
)

D = Decimal


def turning_back(*, rollback: bool = True) -> Model:
    """Return a model that is to sell the ten that it bought, as there is no other book."""
    model = opened(rollback=rollback)
    model.books = (book(), None)
    told(model, A, Fact.ENDED, "10")
    told(model, B, Fact.ENDED)
    seen(model)
    return model


def tell_of_undoing(model: Model, filled: str) -> None:
    (place,) = model.requests
    assert isinstance(place, Place)
    model.requests.clear()
    told(model, place.order.client_order_id, Fact.ENDED, filled)


def test_what_is_stopped_before_it_began_sends_nothing() -> None:
    model = Model(begin(plan()))
    model.hear(StopAsked())
    assert model.requests == []
    assert (model.execution.phase, model.execution.outcome) == (Phase.DONE, Outcome.NOTHING)


@pytest.mark.parametrize("rollback", [False, True])
def test_what_is_undone_is_at_its_end_at_once_and_stays_there(rollback: bool) -> None:
    model = turning_back(rollback=rollback)
    tell_of_undoing(model, "10")
    assert (model.execution.phase, model.execution.outcome) == (Phase.DONE, Outcome.UNWOUND)
    later(model, 1)
    assert (model.execution.phase, model.execution.outcome) == (Phase.DONE, Outcome.UNWOUND)


def test_what_could_not_be_undone_is_stranded_at_the_end_of_its_time_and_stays_so() -> None:
    model = turning_back()
    tell_of_undoing(model, "0")
    later(model, 59.9)
    assert model.execution.phase is Phase.UNWINDING
    later(model, 0.1)
    assert (model.execution.phase, model.execution.outcome) == (Phase.DONE, Outcome.STRANDED)
    assert model.execution.exposure.uneven_ns == 60 * NS
    later(model, 1)
    assert (model.execution.phase, model.execution.outcome) == (Phase.DONE, Outcome.STRANDED)


def test_legs_that_close_and_are_uneven_at_the_end_of_their_time_are_stranded() -> None:
    model = opened(leg("a", Side.BUY, reduce_only=True), leg("b", Side.SELL, reduce_only=True))
    model.books = (None, None)
    told(model, A, Fact.ENDED, "10")
    told(model, B, Fact.ENDED)
    seen(model)
    later(model, 60)
    assert (model.execution.phase, model.execution.outcome) == (Phase.DONE, Outcome.STRANDED)


def tired(execution: Execution) -> Execution:
    """Return the execution with tries in vain of each leg."""
    legs = tuple(replace(one, failures=2, weighed=1, retry_at_ns=9) for one in execution.legs)
    return replace(execution, legs=legs)


def tries(execution: Execution) -> list[tuple[int, int, int]]:
    return [(one.failures, one.weighed, one.retry_at_ns) for one in execution.legs]


def test_tries_in_vain_are_forgotten_at_the_turn() -> None:
    model = opened()
    told(model, A, Fact.RESTS, "3")
    turned = follow(tired(replace(model.execution, turned=True)), model.now_ns)
    assert turned.phase is Phase.UNWINDING
    assert tries(turned) == [(0, 0, 0)] * 2


def test_what_a_late_fill_takes_up_again_begins_anew() -> None:
    model = opened()
    told(model, A, Fact.ENDED, "10")
    told(model, B, Fact.ENDED, "10")
    assert model.execution.outcome is Outcome.HEDGED
    late_ns = model.now_ns + 3 * NS
    late = hear(model.execution, OrderHeard(A, Fact.ENDED, D(12)), late_ns)
    again = follow(tired(late), late_ns)
    assert (again.phase, again.outcome, again.since_ns) == (Phase.COVERING, None, late_ns)
    assert tries(again) == [(0, 0, 0)] * 2


def test_entries_of_unknown_fate_are_waited_for_from_when_they_are_given_up() -> None:
    model = opened()
    model.hear(OrderHeard(A, Fact.LOST))
    later(model, 10 + 59.9)
    assert model.execution.phase is Phase.STOPPING
    later(model, 0.1)
    assert (model.execution.phase, model.execution.outcome) == (Phase.DONE, Outcome.STRANDED)
