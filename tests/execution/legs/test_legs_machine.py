"""What an execution does in each situation, one at a time."""

from __future__ import annotations

import itertools
from decimal import Decimal

import pytest

from exchange_clients.base_models import NS, ClientOrderId, Reason, Side
from execution.legs.events import (
    Ask,
    Cancel,
    Fact,
    Look,
    OrderHeard,
    OrderVoided,
    Place,
    StopAsked,
)
from execution.legs.machine import decide
from execution.legs.moves import STAGES, hear
from execution.legs.state import Job, Outcome, Phase, Stage
from execution.legs.values import Times
from tests.execution.legs.legs_model import (
    A,
    B,
    Model,
    begin,
    book,
    later,
    leg,
    opened,
    placed,
    plan,
    seen,
    told,
)

D = Decimal


def test_all_first_orders_are_sent_together_in_the_order_of_the_plan() -> None:
    model = Model(begin(plan()))
    model.think()
    assert placed(model) == [
        (0, Job.ENTRY, Side.BUY, D(10), False),
        (1, Job.ENTRY, Side.SELL, D(10), False),
    ]
    assert model.execution.phase is Phase.OPENING


def test_both_filled_is_hedged_without_a_further_order() -> None:
    model = opened()
    told(model, A, Fact.ENDED, "10")
    told(model, B, Fact.ENDED, "10")
    assert (model.execution.outcome, model.requests) == (Outcome.HEDGED, [])


def test_siblings_have_a_little_patience_and_are_then_cancelled() -> None:
    model = opened()
    told(model, A, Fact.RESTS, "3")
    assert model.requests == []
    later(model, 0.2)
    assert model.requests == [Cancel(0, A), Cancel(1, B)]


def test_exactly_what_the_other_leg_traded_is_hedged() -> None:
    model = opened()
    told(model, A, Fact.RESTS, "3")
    later(model, 0.2)
    model.requests.clear()
    told(model, A, Fact.ENDED, "3")
    assert model.requests == [], "leg b may still trade: it is not hedged beside a live order"
    told(model, B, Fact.ENDED, "2")
    seen(model)
    assert placed(model) == [(1, Job.HEDGE, Side.SELL, D(1), False)]


def test_a_hedge_is_counted_in_tokens_over_multipliers() -> None:
    """X8."""
    model = opened(leg("a", Side.BUY, "84", multiplier=D(1000)), leg("b", Side.SELL, "84000"))
    model.books = (book("99900", "100100"), book(size="100000"))
    told(model, A, Fact.ENDED, "84")
    told(model, B, Fact.ENDED, "0")
    seen(model)
    assert placed(model) == [(1, Job.HEDGE, Side.SELL, D(84_000), False)]


def test_it_turns_back_where_that_costs_less() -> None:
    model = opened()
    model.books = (book(), book(bid="90"))
    told(model, A, Fact.ENDED, "10")
    told(model, B, Fact.ENDED, "4")
    seen(model)
    assert placed(model) == [
        (0, Job.UNWIND, Side.SELL, D(10), True),
        (1, Job.UNWIND, Side.BUY, D(4), True),
    ]
    decision = model.execution.decisions[-1]
    assert (decision.choice, decision.finish_usd) == ("unwind", D("30.30"))
    assert decision.unwind_usd == D("1.00") + D("20.20")


def test_without_rollback_only_what_has_no_match_is_undone() -> None:
    model = opened(rollback=False)
    model.books = (book(), None)
    told(model, A, Fact.ENDED, "10")
    told(model, B, Fact.ENDED, "4")
    seen(model)
    assert placed(model) == [(0, Job.UNWIND, Side.SELL, D(6), True)]
    model.heal()
    assert model.execution.outcome is Outcome.EVENED
    assert [model.net(0), model.net(1)] == [D(4), D(4)]


def test_an_order_whose_fate_is_unknown_is_asked_for_and_never_doubled() -> None:
    model = opened()
    told(model, A, Fact.ENDED, "10")
    model.hear(OrderHeard(B, Fact.LOST))
    assert model.requests == [Ask(1, B)]
    later(model, 1)
    assert placed(model) == []


def test_an_order_that_stays_unknown_is_asked_for_ever_more_seldom() -> None:
    model = opened()
    told(model, A, Fact.ENDED, "10")
    told(model, B, Fact.LOST)
    asked: list[int] = []
    for _ in range(60 * 4):
        if Ask(1, B) in model.requests:
            asked.append(model.now_ns)
            model.requests.clear()
            model.hear(OrderHeard(B, Fact.LOST))
        later(model, 0.25)
    pauses = [after - before for before, after in itertools.pairwise(asked)]
    assert pauses[0] == NS / 2
    assert pauses == sorted(pauses)
    assert pauses[-1] == 2 * NS


def test_it_turns_back_once_the_time_for_covering_is_up() -> None:
    model = opened()
    told(model, A, Fact.ENDED, "10")
    model.hear(OrderHeard(B, Fact.LOST))
    model.requests.clear()
    later(model, 4.9)
    assert placed(model) == []
    later(model, 0.1)
    assert placed(model) == [(0, Job.UNWIND, Side.SELL, D(10), True)]
    assert model.execution.phase is Phase.UNWINDING


def test_a_leg_that_traded_nothing_thrice_is_given_up() -> None:
    model = opened()
    model.books = (book(bid="99"), book())  # so that turning back is dear
    told(model, A, Fact.ENDED, "10")
    told(model, B, Fact.ENDED, "0")
    names = []
    for number in range(3):
        seen(model)
        (hedge,) = [one for one in model.requests if isinstance(one, Place)]
        names.append(hedge.order.client_order_id)
        model.requests.clear()
        told(model, names[-1], Fact.ENDED)
        later(model, 0.25 * 2**number)
    if model.requests == [Look()]:
        seen(model)
    assert len(set(names)) == 3
    assert placed(model) == [(0, Job.UNWIND, Side.SELL, D(10), True)]


def test_a_refusal_for_good_is_not_tried_again() -> None:
    """X8 of the faults: leg b refuses for good."""
    model = opened()
    told(model, A, Fact.ENDED, "10")
    told(model, B, Fact.ENDED, "0")
    seen(model)
    (hedge,) = [one for one in model.requests if isinstance(one, Place)]
    model.requests.clear()
    name = hedge.order.client_order_id
    model.orders[name].over = True
    model.hear(OrderHeard(name, Fact.ENDED, reason=Reason.MARKET_UNAVAILABLE))
    later(model, 1)
    seen(model)
    assert placed(model) == [(0, Job.UNWIND, Side.SELL, D(10), True)]


def test_a_leg_that_ends_without_a_fill_stops_the_others() -> None:
    model = opened()
    told(model, B, Fact.ENDED)
    assert model.requests == [Cancel(0, A)]
    told(model, A, Fact.ENDED)
    assert model.execution.outcome is Outcome.NOTHING


def test_orders_that_rest_too_long_are_cancelled() -> None:
    model = opened()
    later(model, 9.9)
    assert model.requests == []
    later(model, 0.1)
    assert model.requests == [Cancel(0, A), Cancel(1, B)]


def test_asked_to_stop_it_cancels_and_still_sees_to_what_has_traded() -> None:
    model = opened()
    model.hear(StopAsked())
    assert model.requests == [Cancel(0, A), Cancel(1, B)]
    model.requests.clear()
    told(model, A, Fact.ENDED, "10")
    told(model, B, Fact.ENDED, "0")
    seen(model)
    assert placed(model) == [(1, Job.HEDGE, Side.SELL, D(10), False)]


def test_after_a_restart_entries_that_rest_are_cancelled() -> None:
    model = opened()
    model.restart()
    assert model.requests == [Ask(0, A), Ask(1, B)]
    for _ in range(2):
        model.arrive(0)
        model.hear(model.news.pop(0))
    assert model.requests == [Cancel(0, A), Cancel(1, B)]


def test_an_older_report_takes_no_fill_back() -> None:
    model = opened()
    told(model, A, Fact.RESTS, "5")
    model.hear(OrderHeard(A, Fact.RESTS, D(3)))
    assert model.execution.legs[0].net == D(5)


def test_a_hedge_that_rests_is_cancelled_before_the_next_one() -> None:
    model = opened()
    told(model, A, Fact.ENDED, "10")
    told(model, B, Fact.ENDED, "0")
    seen(model)
    model.arrive(0)
    model.hear(model.news.pop(0))
    later(model, 2.0)
    (cancel,) = model.requests
    assert isinstance(cancel, Cancel)
    assert placed(model) == []


def test_what_a_venue_filled_beyond_the_order_is_trimmed_and_not_followed() -> None:
    model = opened()
    told(model, B, Fact.ENDED, "10")
    model.orders[A].over = True
    heard = OrderHeard(A, Fact.ENDED, D(12))
    step = decide(hear(model.execution, heard, model.now_ns), model.seen, model.now_ns, model.mint)
    (trim,) = step.commands
    assert isinstance(trim, Place)
    assert (trim.leg, trim.order.job, trim.order.side) == (0, Job.UNWIND, Side.SELL)
    assert (trim.order.quantity, trim.order.reduce_only) == (D(2), True)


def test_a_fill_that_is_told_after_the_end_is_seen_to() -> None:
    model = opened()
    told(model, A, Fact.ENDED, "10")
    told(model, B, Fact.ENDED, "4")
    model.books = (book(), book(bid="90"))
    model.heal()
    assert model.execution.outcome is Outcome.UNWOUND
    model.orders[B].filled = D(6)
    model.hear(OrderHeard(B, Fact.ENDED, D(6)))
    assert placed(model) == [(1, Job.UNWIND, Side.BUY, D(2), True)]


def test_a_leg_lacks_again_what_its_venue_voids_while_the_other_is_on_its_way() -> None:
    model = opened()
    told(model, A, Fact.ENDED, "10")
    model.hear(OrderVoided(A, D(4)))
    model.hear(OrderVoided(A, D(4)))
    told(model, B, Fact.ENDED, "10")
    seen(model)
    assert placed(model) == [(0, Job.HEDGE, Side.BUY, D(4), False)]
    assert model.execution.legs[0].orders[0].filled == D(10), "what it had filled stays proven"


def test_legs_that_close_are_finished_and_never_undone() -> None:
    model = opened(leg("a", Side.SELL, reduce_only=True), leg("b", Side.BUY, reduce_only=True))
    told(model, A, Fact.ENDED, "10")
    told(model, B, Fact.ENDED, "4")
    model.books = (book(), None)
    model.requests.clear()
    later(model, 20)
    seen(model)
    assert placed(model) == []
    model.books = (book(), book())
    later(model, 2)
    seen(model)
    assert placed(model) == [(1, Job.HEDGE, Side.BUY, D(6), True)]


def test_of_legs_that_are_closed_whole_no_rest_is_left_that_can_be_ordered() -> None:
    """Not even what would count as even: it may be too small to be ordered by itself later."""
    legs = (
        leg("a", Side.SELL, "1000", reduce_only=True),
        leg("b", Side.BUY, "800", reduce_only=True),
    )
    model = opened(*legs, whole=True)
    told(model, A, Fact.ENDED, "1000")
    assert model.execution.unhedged_tokens == D(-800), "what is left, not what was closed"
    told(model, B, Fact.ENDED, "799")
    seen(model)
    assert placed(model) == [(1, Job.HEDGE, Side.BUY, D(1), True)]


def test_what_cannot_be_ordered_is_undone() -> None:
    model = opened(leg("a", Side.BUY), leg("b", Side.SELL, min_size=D(5)))
    told(model, A, Fact.ENDED, "3")
    told(model, B, Fact.ENDED, "0")
    seen(model)
    assert placed(model) == [(0, Job.UNWIND, Side.SELL, D(3), True)]


def test_time_up_with_an_order_unproven_is_stranded_until_it_is_taken_up_again() -> None:
    model = opened()
    told(model, A, Fact.ENDED, "10")
    model.hear(OrderHeard(B, Fact.LOST))
    model.requests.clear()
    later(model, 5)
    model.arrive(0)
    model.trade(ClientOrderId("a3"), D(10))
    while model.news:
        model.hear(model.news.pop(0))
    later(model, 60)
    outcomes = [model.execution.outcome]
    model.requests.clear()
    model.recorded = model.execution
    model.orders[B].filled = D(4)
    model.restart()
    model.heal()
    outcomes.append(model.execution.outcome)
    assert outcomes == [Outcome.STRANDED, Outcome.UNWOUND]
    assert model.net(1) == 0


def test_an_entry_of_which_nothing_is_known_does_not_keep_the_caller_for_ever() -> None:
    model = opened(leg("a", Side.BUY, price=D(100)), leg("b", Side.SELL, price=D(100)))
    told(model, A, Fact.ENDED)
    model.hear(OrderHeard(B, Fact.LOST))
    for _ in range(200):
        model.requests.clear()
        later(model, 0.5)
    outcomes = [model.execution.outcome]
    model.recorded = model.execution
    model.restart()
    assert model.requests == [Ask(1, B)]
    model.heal()
    outcomes.append(model.execution.outcome)
    assert outcomes == [Outcome.STRANDED, Outcome.NOTHING]


def test_the_exposure_is_added_up_over_time() -> None:
    model = opened()
    told(model, A, Fact.RESTS, "5")
    model.now_ns += NS // 10
    told(model, B, Fact.RESTS, "2")
    model.now_ns += NS // 20
    told(model, B, Fact.RESTS, "5")
    exposure = model.execution.exposure
    assert (exposure.usd_seconds, exposure.peak_usd) == (D(50) + D(15), D(500))
    assert exposure.uneven_ns == 150_000_000


def test_time_in_which_a_venue_owes_an_answer_is_not_counted_against_the_bound() -> None:
    model = opened()
    told(model, B, Fact.RESTS)
    told(model, A, Fact.ENDED, "10")
    model.now_ns += NS // 10
    told(model, B, Fact.LOST)
    model.now_ns += 30 * NS
    told(model, B, Fact.LOST)
    model.now_ns += 4 * NS
    told(model, B, Fact.ENDED)
    exposure = model.execution.exposure
    assert exposure.away_ns == 33 * NS, "but for the second that any answer may take"
    assert exposure.longest_ns == 1_100_000_000
    assert exposure.stretch_ns == 0, "it is counted anew from the answer on"


@pytest.mark.parametrize("stage", Stage)
def test_every_stage_takes_every_fact_and_an_end_is_an_end(stage: Stage) -> None:
    assert set(STAGES[stage]) == set(Fact)
    assert STAGES[stage][Fact.ENDED] is Stage.ENDED
    assert STAGES[Stage.ENDED][Fact(Fact.RESTS)] is Stage.ENDED


def test_times_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(ValueError, match="patience_s must be below cover_s"):
        Times(patience_s=5.0)
    with pytest.raises(ValueError, match="give_up_s must be at least"):
        Times(give_up_s=9.0)
    with pytest.raises(ValueError, match="open_s must be above zero"):
        Times(open_s=0)
