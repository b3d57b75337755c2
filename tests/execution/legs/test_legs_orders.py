"""What the orders of an execution say, and how long each may rest."""

from __future__ import annotations

from decimal import Decimal

from exchange_clients.base_models import NS, Side
from execution.legs.events import Ask, Cancel, Fact, OrderHeard, Place
from execution.legs.state import Job, LegOrder, Outcome, Phase
from tests.execution.legs.legs_model import (
    START_NS,
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


def the_order(model: Model) -> LegOrder:
    """Return the one order that is to be sent; it arrives and rests."""
    (place,) = model.requests
    assert isinstance(place, Place)
    model.arrive(0)
    model.hear(model.news.pop(0))
    assert model.requests == [], "it has only just been sent"
    return place.order


def test_an_entry_says_its_price_and_that_it_may_not_take() -> None:
    resting = leg("a", Side.BUY, price=D("99.5"), post_only=True)
    model = Model(begin(plan(resting, leg("b", Side.SELL))))
    model.think()
    orders = [one.order for one in model.requests if isinstance(one, Place)]
    assert [(one.price, one.post_only) for one in orders] == [(D("99.5"), True), (None, False)]


def test_an_entry_whose_answer_is_lost_is_asked_for_while_the_others_rest() -> None:
    model = opened()
    model.hear(OrderHeard(A, Fact.LOST))
    assert model.execution.phase is Phase.OPENING
    assert model.requests == [Ask(0, A)]


def test_a_hedge_goes_to_its_bound_and_may_rest_for_two_seconds() -> None:
    model = opened(leg("a", Side.BUY), leg("b", Side.SELL, worst_price=D(95)))
    told(model, A, Fact.ENDED, "10")
    told(model, B, Fact.ENDED)
    seen(model)
    hedge = the_order(model)
    assert (hedge.job, hedge.price, hedge.reduce_only) == (Job.HEDGE, D(95), False)
    later(model, 1.9)
    assert model.requests == []
    later(model, 0.1)
    assert model.requests == [Cancel(1, hedge.client_order_id)]
    assert [one.client_order_id for one in model.execution.legs[1].orders] == [
        B,
        hedge.client_order_id,
    ]


def test_what_undoes_takes_what_there_is_and_may_rest_for_two_seconds() -> None:
    model = opened(leg("a", Side.BUY, worst_price=D(105)), leg("b", Side.SELL))
    model.books = (book(), None)  # nothing to finish with
    told(model, A, Fact.ENDED, "10")
    told(model, B, Fact.ENDED)
    seen(model)
    undoing = the_order(model)
    assert (undoing.job, undoing.price, undoing.reduce_only) == (Job.UNWIND, None, True)
    later(model, 1.9)
    assert model.requests == []
    later(model, 0.1)
    assert model.requests == [Cancel(0, undoing.client_order_id)]


def test_what_would_trade_further_is_cancelled_at_the_turn() -> None:
    model = opened()
    told(model, A, Fact.ENDED, "10")
    told(model, B, Fact.ENDED)
    later(model, 4.9)
    model.requests.pop()  # the books were asked for twice
    seen(model)
    hedge = the_order(model)
    later(model, 0.1)
    assert model.execution.phase is Phase.UNWINDING
    assert Cancel(1, hedge.client_order_id) in model.requests


def test_what_could_not_be_undone_in_all_its_time_is_left_stranded() -> None:
    model = opened()
    model.books = (book(), None)  # nothing to finish with
    told(model, A, Fact.ENDED, "10")
    told(model, B, Fact.ENDED)
    seen(model)
    undoing = the_order(model)
    told(model, undoing.client_order_id, Fact.ENDED)
    later(model, 61)
    assert model.execution.phase is Phase.DONE
    assert model.execution.outcome is Outcome.STRANDED
    assert model.net(0) == D(10)


def wakes_at_s(model: Model) -> float | None:
    """Return when it decides again by itself, in seconds from the beginning."""
    return None if model.wake_ns is None else (model.wake_ns - START_NS) / NS


def test_it_wakes_when_time_alone_changes_what_is_to_be_done() -> None:
    model = opened()
    assert wakes_at_s(model) == 2.0, "what should trade at once has rested too long"
    later(model, 3.0)
    assert wakes_at_s(model) == 10.0, "what rests is given up"
    told(model, A, Fact.RESTS, "3")
    assert wakes_at_s(model) == 3.2, "the other leg's patience is at its end"
    later(model, 0.2)
    assert wakes_at_s(model) == 8.0, "it turns back"
    model.hear(OrderHeard(B, Fact.LOST))
    assert wakes_at_s(model) == 3.7, "it asks again"


def test_it_sleeps_once_it_is_done() -> None:
    model = opened()
    told(model, A, Fact.ENDED, "10")
    told(model, B, Fact.ENDED, "10")
    assert (model.execution.outcome, model.wake_ns) == (Outcome.HEDGED, None)
