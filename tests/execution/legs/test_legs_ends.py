"""When an execution is at its end, and that it stays there."""

from __future__ import annotations

from decimal import Decimal

from execution.legs.events import Fact, OrderHeard, Place, StopAsked
from execution.legs.state import Outcome, Phase
from tests.execution.legs.legs_model import (
    A,
    B,
    Model,
    begin,
    book,
    later,
    opened,
    plan,
    seen,
    told,
)

D = Decimal


def turning_back() -> Model:
    """Return a model that is to sell the ten that it bought, as there is no other book."""
    model = opened()
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


def test_what_is_undone_is_at_its_end_at_once_and_stays_there() -> None:
    model = turning_back()
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
    later(model, 1)
    assert (model.execution.phase, model.execution.outcome) == (Phase.DONE, Outcome.STRANDED)


def test_entries_of_unknown_fate_are_waited_for_from_when_they_are_given_up() -> None:
    model = opened()
    model.hear(OrderHeard(A, Fact.LOST))
    later(model, 10 + 59.9)
    assert model.execution.phase is Phase.STOPPING
    later(model, 0.1)
    assert (model.execution.phase, model.execution.outcome) == (Phase.DONE, Outcome.STRANDED)
