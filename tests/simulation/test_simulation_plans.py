"""What seeds draw, and what a file of a plan holds."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import msgspec

from tests.simulation.drawing import TARGETS, TOGETHER, draw
from tests.simulation.plan import HALT, Plan, Trouble, encode, load
from tests.simulation.shrinking import shrink
from tests.simulation.spans import excused_spans
from tests.simulation.truth import merged
from venue_simulators.faults import Fault

PLANS = [draw(seed) for seed in range(1, 121)]


def test_a_seed_draws_one_plan_and_a_file_holds_it_whole(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text(encode(draw(7)))
    assert load(path) == draw(7)
    assert draw(7) == PLANS[6] != PLANS[7]


def test_every_kind_of_trouble_is_drawn_and_none_is_always_there() -> None:
    drawn = Counter(kind for plan in PLANS for kind in {each.kind for each in plan.troubles})
    together = {kind for rows in TOGETHER.values() for kind, _ in rows}
    single = {kind for kind in TARGETS if kind in set(Fault)} | together | {HALT, "rp.status"}
    assert set(drawn) == single
    assert max(drawn.values()) < len(PLANS) * 0.8
    assert sum(bool(plan.kills) for plan in PLANS) > len(PLANS) / 5


def test_every_trouble_ends_before_a_plan_does() -> None:
    for plan in PLANS:
        assert all(each.at_s + each.for_s <= plan.heal_s + 0.1 for each in plan.troubles)


def test_spans_that_overlap_are_one() -> None:
    assert merged([(5, 9), (0, 3), (2, 4), (9, 10)]) == [(0, 4), (5, 10)]


def test_an_executor_is_excused_while_a_venue_does_not_answer_and_not_while_it_repeats() -> None:
    lost = Trouble("rp.drop", "paper", 1.0, 2.0)
    twice = Trouble("ws.dup", "paper", 30.0, 2.0)
    plan = msgspec.structs.replace(PLANS[0], troubles=(lost, twice), moves=())
    assert excused_spans(plan, 0) == [(1_000_000_000, 53_000_000_000)]


def test_a_plan_in_breach_shrinks_to_what_it_takes() -> None:
    plan = next(plan for plan in PLANS if len(plan.troubles) > 8 and plan.kills)
    culprit = plan.troubles[3]

    def red(tried: Plan) -> bool:
        return any(
            (each.kind, each.at_s) == (culprit.kind, culprit.at_s) for each in tried.troubles
        )

    least = shrink(plan, red=red)
    assert least is not None
    assert [each.kind for each in least.troubles] == [culprit.kind]
    assert (least.kills, least.own, least.moves, len(least.rounds)) == ((), (), (), 1)
    assert shrink(least, red=lambda _: False) is None
