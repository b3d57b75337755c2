"""What seeds draw for runs of the whole program, and what is counted over them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from exchange_clients.base_models import ClientOrderId
from exchange_clients.shared.client.order_tracker import OrderTracker
from strategies.implementations.grid.strategy import GridStrategy
from strategies.parsing import parse_parameters
from tests.simulation.crash_plans import CRASH_PLANS
from tests.simulation.whole.limits import LIMITS
from tests.simulation.whole.marks import FAULTS, SOMETIMES, missed
from tests.simulation.whole.passing import WAYS, counting
from tests.simulation.whole.scenario import Faults, Strategy, encode, load
from tests.simulation.whole.scenes import draw_scenario
from venue_simulators.catalogue import VENUES

SCENARIOS = [draw_scenario(seed) for seed in range(1, 61)]


def test_a_seed_draws_one_scenario_and_a_file_holds_it_whole(tmp_path: Path) -> None:
    path = tmp_path / "scenario.json"
    path.write_text(encode(draw_scenario(7)))
    assert load(path) == draw_scenario(7) == SCENARIOS[6] != SCENARIOS[7]


def test_seeds_take_turns_at_strategies_and_venues() -> None:
    by_strategy = Counter(each.strategy for each in SCENARIOS)
    assert by_strategy == {Strategy.GRID: 30, Strategy.ARBITRAGE: 30}
    assert {venue for each in SCENARIOS for venue in each.venues} == set(VENUES)
    pairs = [each for each in SCENARIOS if each.strategy is Strategy.ARBITRAGE]
    assert {len(each.venues) for each in pairs} == {2, 3}


def test_grids_are_ranges_at_times_and_hedged_at_others_and_all_can_run() -> None:
    grids = [draw_scenario(seed, chaos_s=60.0) for seed in range(1, 401, 2)]
    ranges = [each for each in grids if "strategy.grid_kind" in each.settings]
    hedged = [each for each in grids if each.settings.get("strategy.recovery_mode") == "hedge"]
    assert 0.2 < len(ranges) / len(grids) < 0.3
    assert [each for each in grids if len(each.venues) == 2] == hedged
    assert 0.05 < len(hedged) / len(grids) < 0.2
    for name in ("trail_up_to", "trail_down_to", "trigger_price", "ceiling_price", *LIMITS):
        assert any(f"strategy.{name}" in each.settings for each in grids), name
    for each in grids:
        told = {name.removeprefix("strategy."): value for name, value in each.settings.items()}
        given = {name: value for name, value in told.items() if "." not in name}
        assert GridStrategy(parse_parameters(GridStrategy, given)).get_parameter("max_orders")


def test_a_run_enables_some_kinds_of_trouble_and_each_ends_in_time() -> None:
    for each in SCENARIOS:
        assert all(row.at_s + row.for_s <= each.chaos_s + 0.1 for row in each.troubles)
    drawn = Counter(kind for each in SCENARIOS for kind in {str(row.kind) for row in each.troubles})
    assert set(FAULTS) == set(drawn)
    assert max(drawn.values()) < len(SCENARIOS) * 0.9
    assert not draw_scenario(7, Faults.NONE).troubles


def test_what_never_came_to_pass_is_said() -> None:
    every = [dict.fromkeys(SOMETIMES, 1)]
    assert missed(every, [dict.fromkeys(FAULTS, 1)]) == []
    assert missed([{"agreed": 1}], every)[0] == f"trouble {FAULTS[0]}"
    assert "agreed" not in missed([{"agreed": 1}], [])


def test_ways_through_the_program_are_counted_from_outside_while_a_run_lasts() -> None:
    marks: Counter[str] = Counter()
    before = OrderTracker.mark_unknown
    with counting(marks), pytest.raises(KeyError):
        OrderTracker().mark_unknown(ClientOrderId("unheard of"), 0)
    assert marks == {"way: an order's fate is unknown": 1}
    assert OrderTracker.mark_unknown is before
    assert set(WAYS) <= set(SOMETIMES)


def test_executions_are_interrupted_on_every_venue() -> None:
    venues = {name.rstrip("2") for plan in CRASH_PLANS.values() for name in plan.venues}
    assert venues == {*VENUES, "paper"}
    assert len(CRASH_PLANS) >= 12
