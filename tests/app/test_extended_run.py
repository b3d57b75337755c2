"""A run whose time is up while it holds something is not forgotten."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from app.ending import show_kept_state
from app.settings import RunSettings
from exchange_clients.base_models import NS
from tests.support.arbitrage_run import strategy_of
from tests.support.memory_stage import ACCOUNT, SimulatedVenues, play, run_settings

VENUES = ("lighter", "grvt")


def short_arbitrage(tmp_path: Path) -> RunSettings:
    """Return a run that opens a pair and ends before it pays."""
    return run_settings(
        tmp_path,
        "funding_arbitrage",
        ",".join(VENUES),
        run__duration="40s",
        run__ticker="BTC",
        strategy__horizon_hours=240,
        strategy__max_break_even_hours=240,
    )


def test_a_pair_held_at_the_end_of_the_duration_is_found_by_the_next_start_for_as_long_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = short_arbitrage(tmp_path)
    venues = SimulatedVenues(settings)
    first = play(settings, venues)
    held = {name: venues.positions(name) for name in VENUES}
    assert first.ending.extended
    assert all(held.values())
    show_kept_state(first)
    assert "still holds positions" in capsys.readouterr().out
    second = play(settings, venues)
    pairs = [
        [pair.key for pair in strategy_of(each).machine.state.pairs] for each in (first, second)
    ]
    assert pairs[0] == pairs[1] != []
    assert {name: venues.positions(name) for name in VENUES} == held
    assert second.ending.reason == "the duration is over"
    assert second.clock.now_ns() - first.clock.now_ns() >= 40 * 10**9


def test_funding_that_was_paid_while_no_process_ran_is_told_by_the_next(tmp_path: Path) -> None:
    settings = short_arbitrage(tmp_path)
    venues = SimulatedVenues(settings)
    first = play(settings, venues)
    assert first.ending.extended
    for name in VENUES:
        venues.world(name).advance(first.clock.now_ns() + 3600 * NS)
    paid = [each.amount for name in VENUES for each in venues.world(name).payments(ACCOUNT)]
    assert any(paid), "Lighter settles every hour"
    second = play(settings, venues)
    told = second.recorder.ledger.funding
    assert told == pytest.approx(sum(paid), abs=Decimal("0.00001")), "Lighter tells six decimals"


def test_a_run_that_holds_nothing_is_set_aside_when_its_time_is_up(tmp_path: Path) -> None:
    settings = run_settings(
        tmp_path,
        "grid",
        "backpack",
        run__duration="5s",
        run__ticker="BTC",
        strategy__take_profit=5,
        strategy__direction="buy",
        strategy__quantity=Decimal("0.01"),
        strategy__pause_price=1,
    )
    venues = SimulatedVenues(settings)
    first, second = play(settings, venues), play(settings, venues)
    assert not first.ending.extended
    assert second.started_ns > first.started_ns, "the second began anew"
