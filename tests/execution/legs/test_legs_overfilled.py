"""What a venue fills beyond an order of an execution."""

from __future__ import annotations

from decimal import Decimal

from exchange_clients.base_models import Side
from execution.legs.events import Fact
from execution.legs.state import Job, Outcome
from tests.execution.legs.legs_model import A, B, leg, opened, placed, seen, told

D = Decimal


def test_what_is_closed_beyond_an_order_is_not_opened_again() -> None:
    legs = (leg("a", Side.SELL, "10", reduce_only=True), leg("b", Side.BUY, "9", reduce_only=True))
    model = opened(*legs, whole=True)
    told(model, A, Fact.ENDED, "10.5")
    told(model, B, Fact.ENDED, "9")
    assert (placed(model), model.execution.outcome) == ([], Outcome.HEDGED)
    assert model.execution.unhedged_usd == D(0), "nothing is left to close"


def test_a_leg_that_was_closed_beyond_its_order_is_followed_as_far_as_was_asked() -> None:
    legs = (leg("a", Side.SELL, reduce_only=True), leg("b", Side.BUY, reduce_only=True))
    model = opened(*legs)
    told(model, B, Fact.ENDED, "4")
    told(model, A, Fact.ENDED, "10.5")
    seen(model)
    assert [each[1:4] for each in placed(model)] == [(Job.HEDGE, Side.BUY, D(6))]


def test_what_is_opened_beyond_an_order_is_trimmed() -> None:
    model = opened(leg("a", Side.BUY), leg("b", Side.SELL))
    told(model, B, Fact.ENDED, "10")
    told(model, A, Fact.ENDED, "12")
    ((_, job, side, size, reduce_only),) = placed(model)
    assert (job, side, size, reduce_only) == (Job.UNWIND, Side.SELL, D(2), True)
