"""Which troubles beyond the network's a run draws: of venues, books, the machine and its clock.

Each kind is enabled in a random third of all runs, and draws from streams of its own, so that a
kind more moves no other. Each trouble ends before the chaos does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from exchange_clients.shared.clock import Rng
from tests.simulation.plan import Trouble
from tests.simulation.troubles import log_uniform, pick
from tests.simulation.whole import rules

SIDES = ("bid", "ask", "both")


@dataclass(frozen=True, slots=True)
class Drawn:
    """Between which bounds a kind of trouble is drawn."""

    lasts_s: tuple[float, float] = (1.0, 120.0)
    seconds: tuple[float, float] | None = None
    """How strong it is, where that is a matter of seconds."""
    either_way: bool = False
    """Whether those may be below zero."""
    strength: tuple[float, float] | None = None
    whole: bool = False
    """Whether that is a whole number: fees by any other have more digits than venues tell."""
    times: Sequence[float] = ()
    """How strong it is, where there are but a few ways."""
    targets: Sequence[str] = ("*",)
    most: int = 3
    """How often in an hour."""


BEYOND: Mapping[str, Drawn] = {
    "v.take": Drawn(strength=(0.2, 1.0)),
    "v.delisted": Drawn((10.0, 300.0), strength=(1.0, 1.0), most=1),
    "v.fees": Drawn((30.0, 600.0), strength=(2.0, 5.0), whole=True),
    "v.reduce_only": Drawn(),
    "v.post_only": Drawn(),
    "v.no_margin": Drawn(),
    "v.mark": Drawn(strength=(0.02, 5.0)),
    "v.rules": Drawn((30.0, 900.0), times=(2.0, 5.0, 10.0), targets=rules.TARGETS),
    "v.eaten": Drawn((10.0, 60.0), strength=(2.0, 30.0)),
    "v.leverage": Drawn((0.0, 0.0), times=(1.0, 2.0, 3.0, 5.0, 10.0)),
    "v.interval": Drawn((60.0, 1800.0), times=(1.0, 2.0, 4.0)),
    "v.crossed": Drawn((0.5, 20.0), times=(0.0, 1.0, 5.0, 50.0), targets=SIDES[:2]),
    "v.depeg": Drawn((60.0, 900.0), times=(0.65, 0.965, 0.99, 1.035), most=1),
    "gone": Drawn((0.5, 40.0), strength=(0.0, 0.0), targets=SIDES),
    "thin": Drawn((1.0, 60.0), strength=(0.001, 0.05), targets=SIDES),
    "jump": Drawn((0.5, 40.0), strength=(5.0, 200.0), targets=("up", "down")),
    "proc.freeze": Drawn((0.0, 0.0), seconds=(0.2, 30.0), most=5),
    "proc.sleep": Drawn((0.0, 0.0), seconds=(1.0, 60.0), most=2),
    "clk.drift": Drawn(
        (300.0, 3600.0), strength=(20.0, 500.0), whole=True, targets=("fast", "slow"), most=1
    ),
    "clk.step": Drawn((5.0, 300.0), seconds=(0.1, 8.0), either_way=True),
}
"""By kind."""


def troubles_beyond(
    rng: Rng, venues: Sequence[str], begin_s: float, chaos_s: float, most: int
) -> Iterator[Trouble]:
    """Yield the rows of the kinds that a run enables.

    Args:
        rng: Of all draws.
        venues: Of the run.
        begin_s: Nothing begins before.
        chaos_s: Everything has ended by then.
        most: How often a kind comes at most, where its own bound is not lower.
    """
    for kind, how in BEYOND.items():
        of_kind = rng.stream(kind)
        if of_kind.random() >= 1 / 3:
            continue
        for number in range(of_kind.randint(1, min(how.most, most))):
            yield _row(kind, how, of_kind.stream(str(number)), venues, (begin_s, chaos_s))


def _row(
    kind: str, how: Drawn, rng: Rng, venues: Sequence[str], within_s: tuple[float, float]
) -> Trouble:
    at_s = round(rng.uniform(*within_s), 3)
    longest_s = max(within_s[1] - at_s, 0.0)
    lasts_s = log_uniform(rng, *how.lasts_s) if how.lasts_s[0] else 0.0
    seconds = None if how.seconds is None else round(log_uniform(rng, *how.seconds), 3)
    if seconds is not None and how.either_way and rng.random() < 0.5:
        seconds = -seconds
    return Trouble(
        kind,
        pick(rng, venues),
        at_s,
        round(min(lasts_s, longest_s), 3),
        pick(rng, how.targets),
        seconds=seconds,
        strength=_strength(how, rng),
    )


def _strength(how: Drawn, rng: Rng) -> float | None:
    if how.times:
        return pick(rng, how.times)
    bounds = how.strength
    if bounds is None or not bounds[0]:
        return None if bounds is None else 0.0
    return round(log_uniform(rng, *bounds), 0 if how.whole else 3)
