"""What legs make of positions that are read, of tries in vain, and of a restart."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from exchange_clients.base_models import NS, Market, Reason, Side
from execution.legs.events import Fact, Held, OrderHeard, Restarted
from execution.legs.moves import FINAL, finished_for_good, hear
from execution.legs.state import Execution, Job, LegState, Outcome, Phase, Stage
from tests.execution.legs.legs_model import START_NS, X, an_order, begin, leg, plan

D = Decimal
NOW_NS = START_NS + 7 * NS


def second_leg(state: LegState, *, reduce_only: bool = False) -> Execution:
    """Return an execution that bought ten on ``a``, and stands so on ``b``, where it sells."""
    legs = (
        leg("a", Side.BUY, reduce_only=reduce_only),
        leg("b", Side.SELL, reduce_only=reduce_only),
    )
    bought = LegState(D(0), orders=(an_order(Job.ENTRY, Stage.ENDED, "10"),))
    bought = msgspec.structs.replace(
        bought, orders=(msgspec.structs.replace(bought.orders[0], client_order_id="a1"),)
    )
    return msgspec.structs.replace(begin(plan(*legs)), legs=(bought, state), phase=Phase.COVERING)


# What is held -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("baseline", "held", "settled"),
    [
        ("0", "-10", "0"),
        ("0", "-4", "-6"),
        ("0", "0", "-10"),
        ("0", "3", "-10"),  # beyond flat is not ours
        ("0", "-12", "0"),
        ("-5", "-15", "0"),
        ("-5", "-9", "-6"),
        ("5", "-5", "0"),
        ("5", "1", "-6"),
    ],
)
def test_an_opened_leg_counts_on_from_what_is_there(baseline: str, held: str, settled: str) -> None:
    sold = LegState(
        D(baseline), orders=(an_order(Job.ENTRY, Stage.ENDED, "10"),), failures=2, retry_at_ns=9
    )
    after = hear(second_leg(sold), Held(1, D(held)), NOW_NS).legs[1]
    assert after.settled == D(settled)
    gone = after.settled != 0
    assert (after.failures, after.weighed, after.retry_at_ns) == ((0, 0, 0) if gone else (2, 2, 9))


@pytest.mark.parametrize(
    ("held", "settled"), [("10", "0"), ("4", "6"), ("0", "10"), ("-3", "10"), ("12", "0")]
)
def test_a_leg_that_closes_has_what_is_gone_less_to_close(held: str, settled: str) -> None:
    closing = LegState(D(10), orders=(an_order(stage=Stage.ENDED),), failures=2)
    after = hear(second_leg(closing, reduce_only=True), Held(1, D(held)), NOW_NS).legs[1]
    assert after.settled == D(settled)


def test_a_leg_goes_by_the_rules_that_were_read_with_it() -> None:
    closing = LegState(D(10), orders=(an_order(stage=Stage.ENDED),), failures=2)
    before = second_leg(closing, reduce_only=True)
    rules = Market(
        before.plan.legs[1].symbol,
        before.plan.legs[1].contract_id,
        tick=D(1),
        step=D(3),
        min_size=D(6),
        min_notional=D(7),
    )
    after = hear(before, Held(1, D(10), rules), NOW_NS)
    assert [(leg.step, leg.min_size, leg.min_notional) for leg in after.plan.legs[1:]] == [
        (D(3), D(6), D(7))
    ]
    assert after.plan.legs[0] == before.plan.legs[0]
    assert (before.missing(1), after.missing(1)) == (D(10), D(9))


def test_nothing_is_concluded_from_what_is_held_while_an_order_may_trade() -> None:
    after = hear(second_leg(LegState(D(0), orders=(an_order(filled="5"),))), Held(1, D(0)), NOW_NS)
    assert after.legs[1].settled == 0


# Tries in vain ------------------------------------------------------------------------------------


@pytest.mark.parametrize("job", [Job.HEDGE, Job.UNWIND])
def test_an_order_that_ends_without_a_fill_is_one_try_in_vain(job: Job) -> None:
    execution = second_leg(LegState(D(0), orders=(an_order(job),)))
    for fact, failures in ((Fact.RESTS, 0), (Fact.ENDED, 1), (Fact.ENDED, 1)):
        execution = hear(execution, OrderHeard(X, fact), NOW_NS)
        assert execution.legs[1].failures == failures
    assert execution.legs[1].retry_at_ns == NOW_NS + NS // 4


@pytest.mark.parametrize("reason", [*FINAL, Reason.OTHER])
def test_a_refusal_for_good_is_as_many_tries_as_there_are(reason: Reason) -> None:
    execution = second_leg(LegState(D(0), orders=(an_order(),)))
    after = hear(execution, OrderHeard(X, Fact.ENDED, D(0), reason), NOW_NS)
    assert after.legs[1].failures == (3 if reason in FINAL else 1)


def test_what_a_venue_calls_too_small_is_tried_seldom() -> None:
    execution = second_leg(LegState(D(0), orders=(an_order(),)))
    after = hear(execution, OrderHeard(X, Fact.ENDED, D(0), Reason.BELOW_MINIMUM), NOW_NS)
    assert after.legs[1].retry_at_ns == NOW_NS + 30 * NS


def test_an_order_whose_fate_becomes_unknown_or_known_is_looked_at_at_once() -> None:
    execution = second_leg(LegState(D(0), orders=(an_order(),), retry_at_ns=3))
    instants = []
    for second, fact in enumerate((Fact.RESTS, Fact.LOST, Fact.LOST, Fact.RESTS, Fact.RESTS), 1):
        execution = hear(execution, OrderHeard(X, fact), START_NS + second * NS)
        instants.append(execution.legs[1].retry_at_ns)
    at_2, at_4 = START_NS + 2 * NS, START_NS + 4 * NS
    assert instants == [3, at_2, at_2, at_4, at_4]


# A restart ----------------------------------------------------------------------------------------


def test_a_restarted_process_knows_no_fate_and_counts_anew() -> None:
    ended = an_order(Job.ENTRY, Stage.ENDED, "4")
    state = LegState(D(0), (ended, an_order()), failures=2, retry_at_ns=3, weighed=1)
    after = hear(second_leg(state), Restarted(), NOW_NS)
    known = after.legs[1]
    assert [one.stage for one in known.orders] == [Stage.ENDED, Stage.UNKNOWN]
    assert (known.failures, known.weighed, known.retry_at_ns) == (0, 0, NOW_NS)
    assert (after.phase, after.since_ns, after.stopping) == (Phase.COVERING, NOW_NS, True)
    assert after.restarts == 1
    assert hear(after, Restarted(), NOW_NS).restarts == 2


@pytest.mark.parametrize(
    ("turned", "filled", "phase"),
    [
        (True, "10", Phase.UNWINDING),
        (False, "10", Phase.COVERING),
        (False, "0", Phase.STOPPING),
        (True, "0", Phase.STOPPING),
    ],
)
def test_what_was_stranded_is_taken_up_where_it_was(
    turned: bool, filled: str, phase: Phase
) -> None:
    state = LegState(D(0), orders=(an_order(Job.ENTRY, Stage.ENDED, filled),))
    stranded = msgspec.structs.replace(
        begin(plan()),
        legs=(state, LegState(D(0))),
        phase=Phase.DONE,
        outcome=Outcome.STRANDED,
        turned=turned,
    )
    assert not finished_for_good(stranded)
    after = hear(stranded, Restarted(), NOW_NS)
    assert (after.phase, after.outcome) == (phase, None)


def test_what_came_to_its_end_stays_there() -> None:
    hedged = msgspec.structs.replace(
        second_leg(LegState(D(0))), phase=Phase.DONE, outcome=Outcome.HEDGED
    )
    after = hear(hedged, Restarted(), NOW_NS)
    assert (after.phase, after.outcome) == (Phase.DONE, Outcome.HEDGED)
    assert finished_for_good(after)
    assert not finished_for_good(second_leg(LegState(D(0))))
