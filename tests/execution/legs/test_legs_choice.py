"""Finishing or turning back: which is chosen, and at which cost."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from exchange_clients.base_models import DepthView, Side
from execution.legs.choice import choose
from execution.legs.state import Decision, Execution, LegState, Stage
from tests.execution.legs.legs_model import START_NS, an_order, begin, book, leg, plan

D = Decimal
DEAR = book(bid="90")


def uneven(first: str, second: str, failures: int = 0, **changes: Any) -> Execution:
    """Return an execution that bought and sold so much, with tries in vain."""
    legs = (leg("a", Side.BUY, **changes), leg("b", Side.SELL, **changes))
    states = tuple(
        LegState(
            D(0),
            orders=(msgspec.structs.replace(an_order(stage=Stage.ENDED), filled=D(filled)),),
            failures=failures,
        )
        for filled in (first, second)
    )
    return msgspec.structs.replace(begin(plan(*legs)), legs=states)


def chosen(execution: Execution, *books: DepthView | None) -> Decision:
    return choose(execution, books, START_NS)


@pytest.mark.parametrize(
    ("failures", "finish"), [(0, "30.30"), (1, "37.37"), (2, "44.43"), (3, "51.50"), (9, "51.50")]
)
def test_each_try_in_vain_makes_it_likelier_that_the_way_back_is_paid_too(
    failures: int, finish: str
) -> None:
    decision = chosen(uneven("10", "4", failures), book(), DEAR)
    assert decision.unwind_usd == D("1.00") + D("20.20")
    assert decision.finish_usd is not None
    assert round(decision.finish_usd, 2) == D(finish)


def test_the_cheaper_way_is_chosen_and_finishing_where_they_are_alike() -> None:
    assert chosen(uneven("10", "9"), book(), book()).choice == "finish"
    assert chosen(uneven("10", "4"), book(), DEAR).why == "turning back costs less"
    alike = chosen(uneven("10", "0"), book(), book())
    assert alike.finish_usd == alike.unwind_usd
    assert (alike.choice, alike.why) == ("finish", "finishing costs less")


def test_who_traded_nothing_thrice_turns_back_however_cheap_it_would_be() -> None:
    assert chosen(uneven("10", "9", 2), book(), book()).choice == "finish"
    tired = chosen(uneven("10", "9", 3), book(), book())
    assert (tired.choice, tired.why) == ("unwind", "a leg traded nothing in 3 tries")


def test_what_cannot_be_ordered_is_not_finished() -> None:
    for limit, least in (("min_size", D(2)), ("min_notional", D(101))):
        changes: dict[str, Any] = {limit: least}
        decision = chosen(uneven("10", "9", **changes), book(), book())
        assert (decision.choice, decision.finish_usd) == ("unwind", None)
        assert decision.why == "what is missing is below a market's step or minimum"
    assert chosen(uneven("10", "9", min_notional=D(100)), book(), book()).choice == "finish"


def test_what_is_less_than_a_step_is_not_finished_even_where_there_is_no_minimum() -> None:
    decision = chosen(uneven("4", "0", step=D(5), min_size=D(0)), book(), book())
    assert (decision.choice, decision.finish_usd) == ("unwind", None)


def test_without_books_there_is_nothing_to_choose_by() -> None:
    blind = chosen(uneven("10", "4"), None, None)
    assert (blind.choice, blind.finish_usd, blind.unwind_usd) == ("wait", None, None)
    ahead = chosen(uneven("10", "4"), None, book())
    assert (ahead.choice, ahead.unwind_usd) == ("finish", None)
    back = chosen(uneven("10", "0"), book(), None)
    assert (back.choice, back.finish_usd) == ("unwind", None)


def test_legs_that_close_are_finished_or_waited_for() -> None:
    closing = uneven("10", "4", 3, reduce_only=True, min_size=D(100))
    decision = chosen(closing, book(), book())
    assert (decision.choice, decision.unwind_usd) == ("finish", None)
    assert chosen(closing, book(), None).choice == "wait"


def test_turning_back_gives_the_edge_away_as_far_as_it_was_come() -> None:
    worth = uneven("5", "4")
    worth = msgspec.structs.replace(
        worth, plan=msgspec.structs.replace(worth.plan, edge_usd=D(100))
    )
    before = chosen(uneven("5", "4"), book(), book()).unwind_usd
    after = chosen(worth, book(), book()).unwind_usd
    assert before is not None
    assert after == before + D(50)
