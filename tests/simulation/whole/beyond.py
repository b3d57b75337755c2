"""Which troubles beyond the network's a run draws: of venues, books, the machine and its clock.

Each kind is enabled in a random third of all runs, where no other share is said, and draws from
streams of its own, so that a kind more moves no other. Each trouble ends before the chaos does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from exchange_clients.shared.clock import Rng
from tests.simulation.plan import OVERFILL, Trouble
from tests.simulation.troubles import log_uniform, pick
from tests.simulation.whole import rules

SIDES = ("bid", "ask", "both")
BEFORE_PAYDAY_S = (60.0, 175.0)
"""Three minutes after its beginning a run is paid funding at every venue, and an hour later."""
CLOSING = "ws.closing"
SUCCESSORS = (("ws.ignore_sub", 1), ("ws.ignore_sub", 2), ("ws.refuse", 1), ("ws.cut", 1))
"""What befalls the first of the connections that follow those which are closed, and how often."""
BELATED: Mapping[str, tuple[Sequence[str], float, float]] = {
    "rq.delay": (("create", "cancel", "*"), 30.0, 200.0),
    "ws.delay": (("fills",), 20.0, 180.0),
}
"""What comes minutes late: of what, and between how many seconds."""
UNANSWERED = ("rp.drop", "rp.reset", "rp.html", "rp.trunc", "rp.empty", "rp.status")
"""What befalls the question for what was paid."""


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
    among: Sequence[str] = ()
    """At which venues alone, where others have nothing of it."""
    begins_s: tuple[float, float] | None = None
    """When it begins, where it would befall nothing at most instants."""
    share: float = 1 / 3
    """Of all runs, those that enable it."""


BEYOND: Mapping[str, Drawn] = {
    "v.take": Drawn(strength=(0.2, 1.0)),
    "v.delisted": Drawn((10.0, 300.0), strength=(1.0, 1.0), most=1),
    "v.bust": Drawn((150.0, 300.0), seconds=(5.0, 120.0), among=("paradex",)),
    "v.fees": Drawn((30.0, 600.0), strength=(2.0, 5.0), whole=True),
    "v.reduce_only": Drawn(),
    "v.post_only": Drawn(),
    "v.no_margin": Drawn(),
    "v.mark": Drawn(strength=(0.02, 5.0)),
    "v.rules": Drawn((30.0, 900.0), times=(2.0, 5.0, 10.0), targets=rules.TARGETS),
    "v.eaten": Drawn((10.0, 60.0), strength=(2.0, 30.0)),
    OVERFILL: Drawn(
        (20.0, 300.0), seconds=(0.005, 1.0), strength=(0.001, 0.05), most=5, share=1 / 6
    ),
    "v.leverage": Drawn((0.0, 0.0), times=(1.0, 2.0, 3.0, 5.0, 10.0)),
    "v.interval": Drawn((60.0, 1800.0), times=(1.0, 2.0, 4.0)),
    "v.crossed": Drawn((0.5, 20.0), times=(0.0, 1.0, 5.0, 50.0), targets=SIDES[:2]),
    "v.depeg": Drawn((60.0, 900.0), times=(0.65, 0.965, 0.99, 1.035), most=1),
    "v.late_payments": Drawn(
        (130.0, 900.0), seconds=(20.0, 240.0), most=1, begins_s=BEFORE_PAYDAY_S
    ),
    "ws.closing": Drawn((5.0, 60.0)),
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
        there = [each for each in venues if each in (how.among or venues)]
        if of_kind.random() >= how.share or not there:
            continue
        for number in range(of_kind.randint(1, min(how.most, most))):
            one = of_kind.stream(str(number))
            row = _row(kind, how, one, there, (begin_s, chaos_s))
            yield row
            if kind == CLOSING:
                yield from _beside(row, one.stream("beside"))


def _beside(row: Trouble, rng: Rng) -> Iterator[Trouble]:
    """Yield at times what befalls the connections that are opened in the place of others."""
    if rng.random() < 0.5:
        kind, times = pick(rng, SUCCESSORS)
        end_s = row.at_s + row.for_s
        at_s = round(row.at_s + rng.uniform(0.0, min(row.for_s, 1.0)), 3)
        for_s = round(min(log_uniform(rng, 0.5, 10), max(end_s - at_s, 0.0)), 3)
        yield Trouble(kind, row.venue, at_s, for_s, times=times)


def belated(
    rng: Rng, venues: Sequence[str], begin_s: float, chaos_s: float, most: int
) -> Iterator[Trouble]:
    """Yield the rows of requests, and of frames about fills, that arrive minutes late.

    Of a third of all runs each. A request that late is refused where it expires, and done where it
    does not; both happen before the chaos ends.
    """
    for kind, (targets, low, high) in BELATED.items():
        of_kind = rng.stream(kind)
        for number in range(of_kind.randint(1, most) if of_kind.random() < 1 / 3 else 0):
            one = of_kind.stream(str(number))
            at_s, for_s = round(one.uniform(begin_s, chaos_s), 3), round(one.uniform(1, 30), 3)
            seconds = round(log_uniform(one, low, high), 3)
            row = Trouble(
                kind,
                pick(one, venues),
                at_s,
                for_s,
                pick(one, targets),
                times=one.randint(1, 3),
                seconds=seconds,
            )
            if at_s + for_s + seconds < chaos_s:
                yield row


def unpaid(
    rng: Rng, venues: Sequence[str], begin_s: float, chaos_s: float, most: int
) -> Iterator[Trouble]:
    """Yield the rows that befall questions for payments alone, in a third of all runs.

    Such a question comes every five minutes, so that a row lasts as long.
    """
    for number in range(rng.randint(1, most) if rng.random() < 1 / 3 else 0):
        one = rng.stream(str(number))
        at_s = round(one.uniform(begin_s, chaos_s), 3)
        kind, venue = pick(one, UNANSWERED), pick(one, venues)
        for_s = round(min(log_uniform(one, 30, 600), max(chaos_s - at_s, 0.0)), 3)
        yield Trouble(kind, venue, at_s, for_s, "payments", times=pick(one, (None, 1, 2)))


def _row(
    kind: str, how: Drawn, rng: Rng, venues: Sequence[str], within_s: tuple[float, float]
) -> Trouble:
    at_s = round(min(rng.uniform(*(how.begins_s or within_s)), within_s[1]), 3)
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
