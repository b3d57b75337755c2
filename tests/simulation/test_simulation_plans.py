"""What seeds draw, and what a file of a plan holds."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from pathlib import Path

import msgspec

from exchange_clients.shared.clock import Rng
from tests.simulation.bursts import WITHIN_S, bursts
from tests.simulation.drawing import draw
from tests.simulation.narrowing import Case
from tests.simulation.plan import HALT, Plan, Trouble, encode, load
from tests.simulation.shrinking import shrink
from tests.simulation.spans import excused_spans
from tests.simulation.troubles import TARGETS, TOGETHER
from tests.simulation.truth import merged
from tests.simulation.whole.scenario import Scenario
from tests.simulation.whole.scenes import draw_scenario
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


def test_markets_of_thousands_sockets_rebates_and_bursts_are_drawn_in_many_plans() -> None:
    many = len(PLANS) / 5
    assert sum(plan.symbol == "PEPE" for plan in PLANS) > many
    assert sum(plan.sockets for plan in PLANS) > many
    assert sum(bool(plan.rebates) for plan in PLANS) > many
    assert sum(any(kill.at_s for kill in plan.kills) for plan in PLANS) > many
    drawn = [bursts(Rng(seed, "bursts"), ("okx", "grvt"), (10.0,), 60.0, 2) for seed in range(120)]
    assert many < sum(bool(rows) for rows, _ in drawn) < len(PLANS) / 2
    for rows, _ in drawn:
        assert not rows or min(abs(a.at_s - b.at_s) for a, b in pairwise(rows)) <= WITHIN_S


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

    def red(tried: Case) -> str | None:
        there = [(each.kind, each.at_s) for each in tried.troubles]
        return "I1: twice (7.000 s)" if (culprit.kind, culprit.at_s) in there else None

    least = shrink(plan, red=red)
    assert isinstance(least, Plan)
    assert [each.kind for each in least.troubles] == [culprit.kind]
    assert (least.kills, least.own, least.moves, len(least.rounds)) == ((), (), (), 1)
    assert shrink(least, red=lambda _: None) is None


def test_a_run_in_breach_shrinks_to_its_venue_its_market_and_the_time_it_takes() -> None:
    scenario = next(each for each in map(draw_scenario, range(2, 60, 2)) if len(each.venues) == 3)
    culprit = next(each for each in scenario.troubles if 100 < each.at_s < 2000)

    def red(tried: Case) -> str | None:
        there = [(each.kind, each.at_s) for each in tried.troubles]
        is_there = (culprit.kind, culprit.at_s) in there
        return f"I16: uneven ({culprit.at_s + 30:.3f} s)" if is_there else None

    least = shrink(scenario, red=red)
    assert isinstance(least, Scenario)
    assert [each.at_s for each in least.troubles] == [culprit.at_s]
    assert (least.kills, least.happenings, len(least.symbols)) == ((), (), 1)
    assert culprit.venue in least.venues
    assert len(least.venues) == 2
    assert least.chaos_s <= culprit.at_s + 32
    assert least.why == f"I16: uneven ({culprit.at_s + 30:.3f} s)"
