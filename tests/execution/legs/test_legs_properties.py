"""Whatever is heard, in whatever order, the machine of legs keeps its rules and comes to an end."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.base_models import Side
from execution.legs.state import Outcome
from execution.legs.values import Plan
from tests.execution.legs.legs_model import Model, begin, book, leg, plan

D = Decimal
PLANS: list[Plan] = [
    plan(),
    plan(rollback=False),
    plan(leg("a", Side.BUY, "10", price=D(100)), leg("b", Side.SELL, "10", price=D(100))),
    plan(leg("a", Side.BUY, "8"), leg("b", Side.SELL, "4"), leg("c", Side.SELL, "4")),
    plan(
        leg("a", Side.BUY, "10000"),
        leg("b", Side.SELL, "10", multiplier=D(1000)),
    ),
    plan(
        leg("a", Side.BUY, "10", reduce_only=True),
        leg("b", Side.SELL, "10", reduce_only=True),
    ),
]
DEEDS = st.tuples(
    st.sampled_from(
        [
            "arrive",
            "unanswered",
            "refuse",
            "lose",
            "trade",
            "hear",
            "hear again",
            "wait",
            "restart",
            "thin",
            "dark",
            "clear",
        ]
    ),
    st.integers(0, 9),
)


def do(model: Model, deed: str, number: int) -> None:
    """Let one thing happen to the model, where it can."""
    if deed in ("arrive", "unanswered", "refuse", "lose") and model.requests:
        place = number % len(model.requests)
        if deed == "lose":
            model.lose(place)
        else:
            model.arrive(place, answered=deed != "unanswered", refused=deed == "refuse")
    elif deed == "trade" and (live := model.live()):
        name = live[number % len(live)]
        model.trade(name, max(model.orders[name].order.quantity * number // 9, D(1)))
    elif deed in ("hear", "hear again") and model.news:
        place = number % len(model.news)
        event = model.news[place] if deed == "hear again" else model.news.pop(place)
        model.hear(event)
    elif deed == "wait":
        model.now_ns += number**3 * 10_000_000
        model.think()
    elif deed == "restart" and number < 3:
        model.restart()
    elif deed == "thin":
        model.books = tuple(book(size="1") for _ in model.books)
    elif deed == "dark":
        model.books = (None, *model.books[1:])
    elif deed == "clear":
        model.books = tuple(book() for _ in model.books)


@settings(deadline=None, derandomize=True, max_examples=300)
@given(chosen=st.sampled_from(PLANS), deeds=st.lists(DEEDS, max_size=60))
def test_no_order_of_events_doubles_an_order_or_leaves_a_leg_alone(
    chosen: Plan, deeds: list[tuple[str, int]]
) -> None:
    model = Model(begin(chosen))
    model.think()
    for deed, number in deeds:
        do(model, deed, number)
        model.check()
    model.books = tuple(book() for _ in model.books)
    model.heal()
    if model.execution.outcome is Outcome.STRANDED:  # time was up; the next start takes it up
        model.restart()
        model.heal()
    execution = model.execution
    truths = [model.net(index) for index in range(len(execution.legs))]
    assert truths == [state.net for state in execution.legs]
    assert not model.live()
    tolerance = max(execution.furthest_tokens / 100, execution.step_tokens)
    assert abs(execution.unhedged_tokens) <= tolerance * (len(truths) - 1)
    if execution.outcome in (Outcome.UNWOUND, Outcome.NOTHING):
        assert truths == [D(0)] * len(truths)
    else:
        assert execution.outcome in (Outcome.HEDGED, Outcome.EVENED)
