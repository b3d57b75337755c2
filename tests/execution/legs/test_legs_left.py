"""A rest that its venue takes no order for: it is left where it is, and told."""

from __future__ import annotations

from decimal import Decimal

from exchange_clients.base_models import ClientOrderId, Reason, Side
from execution.legs.events import Fact, Held, OrderHeard, Place
from execution.legs.moves import finished_for_good
from execution.legs.report import make_report
from execution.legs.state import Job, Outcome
from tests.execution.legs.legs_model import A, B, Model, later, leg, opened, placed, seen, told

D = Decimal


def call_too_small(model: Model, name: ClientOrderId) -> None:
    """Let the venue refuse an order because of its size."""
    model.orders[name].over = True
    model.hear(OrderHeard(name, Fact.ENDED, D(0), Reason.BELOW_MINIMUM))


def test_a_rest_that_its_venue_refuses_as_too_small_is_left_and_told() -> None:
    """A venue has taken nearly all of one leg: the other is closed, and the execution is over."""
    legs = (
        leg("a", Side.SELL, "1000", reduce_only=True),
        leg("b", Side.BUY, "9", reduce_only=True),
    )
    model = opened(*legs, whole=True)
    told(model, A, Fact.ENDED, "1000")
    call_too_small(model, B)
    seen(model)
    ((_, job, _, size, _),) = placed(model)
    assert (job, size) == (Job.HEDGE, D(9))
    (again,) = [one.order.client_order_id for one in model.requests if isinstance(one, Place)]
    call_too_small(model, again)
    assert model.execution.outcome is Outcome.LEFT
    assert finished_for_good(model.execution)
    report = make_report(model.execution, {})
    assert not report.success
    assert report.message == f"b: 9 of {legs[1].contract_id} is left, too small an order there"


def test_more_than_was_refused_as_too_small_is_ordered() -> None:
    legs = (leg("a", Side.SELL, reduce_only=True), leg("b", Side.BUY, reduce_only=True))
    model = opened(*legs, whole=True)
    told(model, A, Fact.RESTS, "1")
    told(model, B, Fact.ENDED, "0")
    seen(model)
    (small,) = [one.order.client_order_id for one in model.requests if isinstance(one, Place)]
    model.requests.clear()
    call_too_small(model, small)
    told(model, A, Fact.ENDED, "10")
    later(model, 2)
    model.requests.clear()
    model.hear(Held(1, D(-10)))
    seen(model)
    assert placed(model) == [(1, Job.HEDGE, Side.BUY, D(10), True)]
