"""What an execution makes of it that a leg is gone by no order of its own."""

from __future__ import annotations

from decimal import Decimal

from exchange_clients.base_models import Side
from execution.legs.events import Fact, Held, Look, Place, Weigh
from execution.legs.state import Job, Outcome
from tests.execution.legs.legs_model import (
    A,
    B,
    book,
    later,
    leg,
    opened,
    placed,
    seen,
    told,
)

D = Decimal


def test_what_the_venue_has_taken_itself_is_not_undone_and_the_other_leg_is() -> None:
    model = opened()
    told(model, A, Fact.ENDED, "10")
    told(model, B, Fact.ENDED, "4")
    model.seized[0] = D(7)
    model.books = (book(), book("99.9", "100.1", "1"))  # too thin to finish
    model.heal()
    assert model.execution.outcome is Outcome.UNWOUND
    assert [model.net(0), model.net(1)] == [D(7), D(0)]
    assert model.execution.legs[0].settled == D(-7)
    assert [state.net for state in model.execution.legs] == [D(0), D(0)]


def test_what_is_held_is_read_once_for_each_order_that_reduced_nothing() -> None:
    model = opened()
    told(model, A, Fact.ENDED, "10")
    told(model, B, Fact.ENDED)
    model.books = (book(), book("99.9", "100.1", "1"))
    seen(model)
    undoing = next(one for one in model.requests if isinstance(one, Place) and one.leg == 0)
    model.requests.remove(undoing)
    told(model, undoing.client_order_id, Fact.ENDED)
    later(model, 1)
    assert Weigh(0) in model.requests
    model.requests.remove(Weigh(0))
    model.hear(Held(0, None))  # nothing is proven: it is tried again
    assert (0, Job.UNWIND, Side.SELL, D(10), True) in placed(model)


def test_a_leg_that_was_to_be_closed_and_is_gone_counts_as_closed() -> None:
    model = opened(leg("a", Side.BUY, reduce_only=True), leg("b", Side.SELL, reduce_only=True))
    told(model, A, Fact.ENDED, "10")
    told(model, B, Fact.ENDED)
    for _ in range(9):
        if Weigh(1) in model.requests:
            break
        seen(model) if Look() in model.requests else later(model, 1)
        for one in [each for each in model.requests if isinstance(each, Place)]:
            model.requests.remove(one)
            told(model, one.client_order_id, Fact.ENDED)
    model.requests.remove(Weigh(1))
    model.hear(Held(1, D(0)))
    assert model.execution.outcome is Outcome.HEDGED
    assert model.execution.legs[1].settled == D(10)
