"""A grid on simulated network venues survives what networks and venues do to it.

Everything is in memory and on virtual time; one seed is the market, the faults and the processes.
`python -m tests.survival.venues --venue lighter --seed 7` runs more of them.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.support.drawn_courses import draw_course
from tests.support.socket_survival import survive_on_sockets
from tests.support.venue_survival import survive
from tests.support.venue_verdicts import breaches
from venue_simulators.catalogue import VENUES

MINUTE_S = 60.0
DIFFERENT = ("backpack", "grvt", "lighter", "paradex")
"""These differ most: plain, a login, numbered transactions, binary frames. Over sockets, which take
real time, the others are left to `python -m tests.survival.venues --sockets`."""


@pytest.mark.slow
@pytest.mark.parametrize("venue", VENUES)
def test_an_hour_of_faults_leaves_no_order_and_no_cent_unexplained(
    venue: str, tmp_path: Path
) -> None:
    survival = survive(venue, 1, tmp_path, draw_course(venue, 1, 60 * MINUTE_S))
    assert breaches(survival) == []
    assert len(survival.stage.plan.counts) >= 15, "most kinds of fault have befallen it"


@pytest.mark.parametrize("venue", VENUES)
def test_a_few_minutes_of_faults_leave_no_order_and_no_cent_unexplained(
    venue: str, tmp_path: Path
) -> None:
    survival = survive(venue, 2, tmp_path, draw_course(venue, 2, 5 * MINUTE_S, pause_s=10.0))
    assert breaches(survival) == []


@pytest.mark.slow
@pytest.mark.parametrize("venue", VENUES)
def test_a_process_killed_anywhere_is_taken_up_again_without_orphan_or_double(
    venue: str, tmp_path: Path
) -> None:
    survival = survive(venue, 3, tmp_path, draw_course(venue, 3, 10 * MINUTE_S, deaths=6))
    assert breaches(survival) == []
    assert len(survival.stage.evidence.births) >= 7


@pytest.mark.slow
def test_real_sockets_that_are_slow_deaf_or_gone_lose_no_order_and_no_cent(tmp_path: Path) -> None:
    """Five minutes of it: `python -m tests.survival.venues --sockets --minutes 5`."""
    runs = asyncio.run(survive_on_sockets(DIFFERENT, 1, tmp_path, trouble_s=8.0, quiet_s=5.0))
    assert [survival.stage.name for survival, _ in runs] == list(DIFFERENT)
    for survival, poured in runs:
        found = [each for each in breaches(survival) if "round trip" not in each]
        assert found == [], "in so short a time no price need have come back"
        assert poured
