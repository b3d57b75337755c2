"""What an execution takes from each thing that it hears, before anything is decided."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from exchange_clients.base_models import NS, ClientOrderId, Reason
from execution.legs.events import BooksSeen, Fact, Held, OrderHeard, Restarted
from execution.legs.moves import FINAL, failed, hear, pause_ns
from execution.legs.state import Execution, LegState, Stage
from execution.legs.values import Times
from tests.execution.legs.legs_model import START_NS, A, B, Model, book, opened, told

D = Decimal
TIMES = Times()


def heard(
    execution: Execution, fact: Fact, filled: str = "0", reason: Reason | None = None
) -> Execution:
    """Return the execution once something was heard of the first leg's order."""
    return hear(execution, OrderHeard(A, fact, D(filled), reason), START_NS + NS)


def test_the_mids_are_those_of_the_books_that_were_last_seen() -> None:
    execution = opened().execution
    seen = hear(execution, BooksSeen((book("109.9", "110.1"), None), START_NS), START_NS)
    assert seen.mids == (D(110), D(100))


def test_pauses_double_up_to_their_longest() -> None:
    assert [pause_ns(TIMES, tries) / NS for tries in (1, 2, 3, 4, 5, 5000)] == [
        0.25,
        0.5,
        1.0,
        2.0,
        2.0,
        2.0,
    ]


def test_a_try_in_vain_counts_once_and_one_for_good_as_all_of_them() -> None:
    once = failed(LegState(D(0)), TIMES, START_NS)
    assert (once.failures, once.retry_at_ns) == (1, START_NS + NS // 4)
    for_good = failed(once, TIMES, START_NS, for_good=True)
    assert for_good.failures == TIMES.hedge_tries
    assert failed(for_good, TIMES, START_NS, for_good=True).failures == TIMES.hedge_tries + 1


def test_an_order_of_nobody_changes_no_leg() -> None:
    execution = opened().execution
    told_of = OrderHeard(ClientOrderId("zz"), Fact.ENDED, D(5))
    assert hear(execution, told_of, START_NS).legs == execution.legs


def test_an_order_that_is_filled_whole_is_over_whatever_the_report_says() -> None:
    execution = opened().execution
    (whole,) = heard(execution, Fact.RESTS, "10").legs[0].orders
    (part,) = heard(execution, Fact.RESTS, "9").legs[0].orders
    assert (whole.stage, part.stage) == (Stage.ENDED, Stage.LIVE)


def test_the_last_reason_that_was_told_of_an_order_stays() -> None:
    execution = heard(opened().execution, Fact.RESTS, "1", Reason.RATE_LIMITED)
    (order,) = heard(execution, Fact.RESTS, "2").legs[0].orders
    assert order.reason is Reason.RATE_LIMITED


def test_a_fill_forgives_what_was_tried_in_vain() -> None:
    execution = opened().execution
    tired = failed(execution.legs[0], TIMES, START_NS)
    execution = hear(_with_first(execution, tired), OrderHeard(A, Fact.RESTS, D(1)), START_NS)
    assert (execution.legs[0].failures, execution.legs[0].retry_at_ns) == (0, 0)


@pytest.mark.parametrize("reason", [*FINAL, Reason.OTHER])
def test_an_entry_that_is_refused_is_no_try_to_hedge(reason: Reason) -> None:
    refused = heard(opened().execution, Fact.ENDED, reason=reason)
    assert refused.legs[0].failures == 0


def test_a_venue_that_has_told_anything_owes_its_next_answer_from_then_on() -> None:
    model = opened()
    told(model, A, Fact.ENDED, "10")
    model.now_ns += NS // 5
    model.think()  # the other entry is cancelled
    for seconds, fact in ((5, Fact.RESTS), (2, Fact.ENDED)):
        model.now_ns += seconds * NS
        _only_hear(model, fact)
    assert model.execution.exposure.away_ns == 4_200_000_000 + NS, "but for a second each"


def test_a_cancellation_that_a_venue_did_not_take_is_tried_again_after_a_pause() -> None:
    model = opened()
    told(model, A, Fact.ENDED, "10")
    model.now_ns += NS // 5
    model.think()  # the other entry is cancelled
    _only_hear(model, Fact.KEPT)
    (order,) = model.execution.legs[1].orders
    assert order.stage is Stage.LIVE
    assert model.execution.legs[1].retry_at_ns == model.now_ns + NS // 4


@pytest.mark.parametrize("held", [D(10), None])
def test_a_leg_that_is_all_there_is_left_as_it_is(held: Decimal | None) -> None:
    execution = heard(opened().execution, Fact.ENDED, "10")
    tired = failed(execution.legs[0], TIMES, START_NS)
    after = hear(_with_first(execution, tired), Held(0, held), START_NS + NS).legs[0]
    assert (after.settled, after.net) == (D(0), D(10))
    assert (after.failures, after.weighed) == (1, 1), "it is not weighed again for this try"


def test_while_no_process_is_there_nobody_could_have_hedged() -> None:
    model = opened()
    told(model, A, Fact.ENDED, "10")
    after = hear(model.execution, Restarted(), model.now_ns + 2 * NS)
    assert (after.exposure.uneven_ns, after.exposure.away_ns) == (2 * NS, 2 * NS)


def _with_first(execution: Execution, state: LegState) -> Execution:
    return msgspec.structs.replace(execution, legs=(state, *execution.legs[1:]))


def _only_hear(model: Model, fact: Fact) -> None:
    """Let something be heard of the second leg's entry, and nothing be decided."""
    model.execution = hear(model.execution, OrderHeard(B, fact), model.now_ns)
