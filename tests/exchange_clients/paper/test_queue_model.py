"""Queue estimates against values worked out by hand, and what holds for every model."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.paper.queue_model import (
    FrontOfQueue,
    ProbabilisticQueue,
    QueueModel,
    RiskAverseQueue,
    logarithmic_weight,
    proportional_weight,
    squared_weight,
)

MODELS: list[QueueModel] = [
    RiskAverseQueue(),
    ProbabilisticQueue(),
    ProbabilisticQueue(logarithmic_weight),
    ProbabilisticQueue(squared_weight),
    FrontOfQueue(),
]


def test_risk_averse_queue_moves_only_as_far_as_the_level_shrinks_below_it() -> None:
    model = RiskAverseQueue()
    assert model.joined(10) == 10
    assert model.restated(10, before=30, after=15) == 10
    assert model.restated(10, before=15, after=4) == 4


@pytest.mark.parametrize(
    ("weight", "expected"),
    [
        (proportional_weight, 20 - 10 * 20 / 50),
        (logarithmic_weight, 20 - 10 * math.log(21) / (math.log(21) + math.log(31))),
        (squared_weight, 20 - 10 * 400 / (400 + 900)),
    ],
)
def test_decrease_is_shared_by_the_weights_of_both_parts(weight: object, expected: float) -> None:
    assert callable(weight)
    model = ProbabilisticQueue(weight)
    assert model.restated(20, before=50, after=40) == pytest.approx(expected)


def test_decrease_comes_from_ahead_where_nothing_stands_behind() -> None:
    assert ProbabilisticQueue().restated(20, before=20, after=13) == 13


def test_what_the_part_behind_cannot_give_comes_from_ahead() -> None:
    assert ProbabilisticQueue(logarithmic_weight).restated(10, before=12, after=4) == 4


def test_front_of_queue_has_nobody_ahead() -> None:
    assert FrontOfQueue().joined(50) == FrontOfQueue().restated(0, before=50, after=90) == 0


@pytest.mark.parametrize("model", MODELS)
@settings(deadline=None, derandomize=True, max_examples=100)
@given(st.lists(st.integers(0, 200), min_size=2, max_size=20))
def test_estimate_never_grows_and_stays_within_the_level(
    model: QueueModel, shown: list[int]
) -> None:
    ahead = model.joined(shown[0])
    for before, after in pairwise(shown):
        moved = model.restated(ahead, before, after)
        assert 0 <= moved <= min(ahead, after)
        ahead = moved
