"""Whole runs drawn from a seed: faults, lost logins and deaths of the process."""

from __future__ import annotations

from collections.abc import Callable

from exchange_clients.shared.clock import Rng
from tests.support.drawn_faults import CALM_S, PAUSE_S, draw_faults
from tests.support.venue_life import VenueStage
from tests.support.venue_survival import Course, Death, Moment
from venue_simulators.grvt.simulator import GrvtSimulator

QUIET_S = 720.0
"""How long a run goes on after the last fault: ten minutes are promised for a round trip."""


def draw_course(
    venue: str, seed: int, chaos_s: float, *, deaths: int = 0, pause_s: float = PAUSE_S
) -> Course:
    """Return a run of that much trouble, and a quiet phase.

    Args:
        venue: Which.
        seed: Of all draws.
        chaos_s: How long there is trouble.
        deaths: How often the process is killed meanwhile.
        pause_s: Mean time between the beginnings of two faults.
    """
    rng = Rng(seed, f"course of {venue}")
    moments = list(Moment)
    ends = sorted(rng.uniform(CALM_S, chaos_s) for _ in range(deaths))
    return Course(
        faults=draw_faults(seed, chaos_s, pause_s),
        chaos_s=chaos_s,
        quiet_s=QUIET_S,
        deaths=[Death(at_s, moments[rng.randint(0, len(moments) - 1)]) for at_s in ends],
        happenings=_lost_logins(rng, chaos_s),
    )


def _lost_logins(rng: Rng, chaos_s: float) -> list[tuple[float, Callable[[VenueStage], None]]]:
    """Return when a venue with logins forgets them all."""
    return [(rng.uniform(CALM_S, chaos_s), _revoke) for _ in range(max(int(chaos_s / 1200), 1))]


def _revoke(stage: VenueStage) -> None:
    if isinstance(stage.simulator, GrvtSimulator):
        stage.simulator.logins.revoke()
