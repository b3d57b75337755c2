"""A soak tells whether what a process holds grows, and by how much."""

from __future__ import annotations

import gc
from collections.abc import Callable

import pytest

from exchange_clients.base_models import OrderInfo
from exchange_clients.shared.client.order_tracker import OrderTracker
from tests.simulation.soak import MB, Pace, Sample, per_day, play_soak, verdict
from tests.simulation.whole.holdings import held_by
from tests.simulation.whole.scenario import Strategy
from tests.simulation.whole.soak_scenes import DAY_S, soak_scenario

PACE = Pace(warm_up_s=900.0, sample_s=300.0, line_s=900.0)
AN_HOUR_S = 3_000.0
COLD_MAX = 40 * MB
"""What an hour may come to in a day: whatever remembers the last thousand is still filling up."""


def soaked() -> tuple[str, bool, list[str]]:
    """Play the better part of an hour; return what is said of it, whether well, and the lines."""
    told: list[str] = []
    samples, breaches = play_soak(soak_scenario(Strategy.GRID, 1, AN_HOUR_S), PACE, told.append)
    lines, well = verdict(samples, PACE, COLD_MAX)
    assert list(breaches) == []
    return "\n".join(lines), well, told


def test_a_short_soak_is_well_and_says_what_there_is() -> None:
    text, well, told = soaked()
    assert well, text
    assert len(told) == 3
    assert all(word in told[-1] for word in ("orders", "tasks", "held", "journal", "events"))


def test_a_list_that_grows_with_each_report_is_found_by_its_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    on_report: Callable[[OrderTracker, OrderInfo], OrderInfo | None] = OrderTracker.on_report

    def leaking(self: OrderTracker, info: OrderInfo) -> OrderInfo | None:
        self.__dict__.setdefault("leaked", []).append(bytes(10_000))
        return on_report(self, info)

    monkeypatch.setattr(OrderTracker, "on_report", leaking)
    text, well, _ = soaked()
    assert not well
    assert "BEYOND ITS CAP OrderTracker.leaked held" in text
    assert "GREW TOO MUCH" in text


def test_growth_counts_from_when_a_process_is_warm() -> None:
    def sample(day: float, life: int, age_days: float, held_mb: float) -> Sample:
        return Sample(day * DAY_S, life, age_days * DAY_S, 0, 9, int(held_mb * MB), {}, {}, 0, 0, 0)

    cold = [sample(day, 0, day, 10 * day) for day in (0.5, 1.0, 1.5)]
    warm = [sample(day, 0, day, 30 + 0.5 * day) for day in (2.0, 3.0, 4.0)]
    reborn = [sample(5.1, 1, 0.1, 90.0)]
    assert verdict([*cold, *warm, *reborn], Pace(), MB)[1]
    assert per_day(warm, lambda each: each.held) == pytest.approx(0.5 * MB)
    assert not verdict([*cold, *warm, sample(5.0, 0, 5.0, 39.0)], Pace(), MB)[1]


def test_what_is_held_is_counted_once_and_none_of_what_the_harness_holds() -> None:
    kept = [bytes(1_000), bytes(2_000)]
    held = held_by([kept, kept, lambda: kept])
    assert 3_000 < held.total < 4_000
    assert held.by_kind["bytes"] == pytest.approx(3_000, abs=100)
    assert held_by(PACE, gc, OrderTracker).total < 1_000
