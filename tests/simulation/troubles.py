"""Every kind of trouble with the rows that a seed draws of it, and the draws that are in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from exchange_clients.shared.clock import Rng
from tests.simulation.combined import flap, swizzle
from tests.simulation.plan import HALT, Trouble

T = TypeVar("T")
FIRST_S = 10.0
"""When the first execution begins: by then every client is connected."""
ROTATION_S = 3.0
"""How long sockets that are all replaced at once are refused at most."""
LONGEST_S = 150.0
"""Of a trouble: a venue that is down for minutes."""

DEEDS = ("create", "create", "create", "cancel", "find", "*")
ANSWERS = ("create", "create", "cancel", "find", "*")
CHANNELS = ("orders", "fills", "*", "*")
TARGETS: Mapping[str, Sequence[str]] = {
    "rq.drop": DEEDS,
    "rq.delay": ("create", "cancel", "*"),
    "rp.drop": DEEDS,
    "rp.reset": DEEDS,
    "rp.delay": ANSWERS,
    "rp.slow": ANSWERS,
    "throttled": ("create", "cancel", "*"),
    "unavailable": ANSWERS,
    "rp.error_after": ("create", "cancel"),
    "rp.html": ANSWERS,
    "rp.trunc": ANSWERS,
    "rp.empty": ("create", "cancel"),
    "rp.stale": ("find", "active", "fills", "positions"),
    "rp.first": ("active", "fills", "positions"),
    "unauthorised": ("create", "cancel", "positions"),
    "ws.mute": CHANNELS,
    "ws.drop": CHANNELS,
    "ws.dup": CHANNELS,
    "ws.swap": CHANNELS,
    "ws.delay": CHANNELS,
    "ws.junk": CHANNELS,
    "ws.stall": (*CHANNELS, "book"),
    "ws.echo": ("orders", "fills"),
    "ws.cut": ("*",),
    "ws.refuse": ("*",),
    "ws.ignore_sub": ("*",),
    "ws.blackhole": ("*",),
    "v.maintenance": ("*",),
    "clk.skew": ("*",),
    HALT: ("*",),
    "dark": ("*",),
    "dark to orders": ("*",),
    "down": ("*",),
    "october": ("*",),
    "rotation": ("*",),
    "flap": ("*",),
    "swizzle": ("*",),
    "gone": ("bid", "ask", "both"),
    "thin": ("bid", "ask", "both"),
    "jump": ("up", "down"),
    "kill": ("*",),
}
"""Every kind of trouble, with what it may befall."""
OF_BOOKS = ("gone", "thin", "jump")
TOGETHER: Mapping[str, Sequence[tuple[str, str]]] = {
    "dark": (("rp.drop", "*"), ("ws.mute", "*")),
    "dark to orders": (("rp.drop", "create"), ("ws.mute", "*")),
    "down": (("rq.drop", "*"), ("ws.blackhole", "*")),
    "october": (("rp.delay", "*"), ("ws.delay", "*")),
    "rotation": (("ws.cut", "*"),),
}
"""Troubles that come together at a venue."""
EVERYWHERE = ("october", "rotation")
"""Those that come at every venue at once."""
STATUSES = {"throttled": (429,), "unavailable": (503, 500, 502), "unauthorised": (401,)}
ONCE = ("rp.first", "unauthorised")
"""Troubles that befall an answer or two: no program survives a venue that goes on so."""
LATEST_S = {
    "rq.delay": 10.0,
    "rp.delay": 25.0,
    "rp.slow": 25.0,
    "ws.delay": 20.0,
    "ws.swap": 5.0,
    "ws.echo": 60.0,
}
"""How late something comes at most."""
WHOLE = ("ws.cut", "ws.blackhole", "v.maintenance", "clk.skew", HALT)
"""Troubles that befall everything while they last."""


def troubles_of(
    kind: str, rng: Rng, venues: Sequence[str], starts: Sequence[float], heal_s: float
) -> list[Trouble]:
    """Return the rows of one trouble: those that come together have one window."""
    if kind not in (*TOGETHER, "flap", "swizzle"):
        return [_trouble(kind, rng, venues, starts, heal_s)]
    at_s, for_s = window(rng, starts, heal_s)
    if kind == "flap":
        return flap(rng, pick(rng, venues), at_s, for_s)
    if kind == "swizzle":
        return swizzle(rng, venues, at_s, for_s)
    befallen = venues if kind in EVERYWHERE else [pick(rng, venues)]
    for_s = min(for_s, ROTATION_S) if kind == "rotation" else for_s
    strength = round(log_uniform(rng, 0.5, 20), 3)
    return [
        Trouble(
            each,
            venue,
            at_s,
            for_s,
            target,
            seconds=strength if each.endswith("delay") else None,
        )
        for venue in befallen
        for each, target in TOGETHER[kind]
    ]


def _trouble(
    kind: str, rng: Rng, venues: Sequence[str], starts: Sequence[float], heal_s: float
) -> Trouble:
    at_s, for_s = window(rng, starts, heal_s)
    statuses = STATUSES.get(kind)
    whole = kind in WHOLE
    return Trouble(
        kind="rp.status" if statuses else kind,
        venue=pick(rng, venues),
        at_s=at_s,
        for_s=for_s,
        target=pick(rng, TARGETS[kind]),
        probability=1.0 if whole or rng.random() < 0.5 else round(log_uniform(rng, 0.05, 1), 3),
        times=_times(kind, rng),
        seconds=_seconds(kind, rng),
        status=pick(rng, statuses) if statuses else 0,
    )


def _times(kind: str, rng: Rng) -> int | None:
    """Return how often something is befallen at most."""
    if kind in ONCE:
        return rng.randint(1, 2)
    return None if kind in WHOLE or rng.random() < 0.6 else rng.randint(1, 4)


def _seconds(kind: str, rng: Rng) -> float | None:
    """Return how strong a trouble is, where that is a matter of seconds."""
    longest = LATEST_S.get(kind)
    if longest is not None:
        return round(log_uniform(rng, 0.05, longest), 3)
    if kind in ("rp.stale", "throttled"):
        return round(log_uniform(rng, 0.5, 8), 3)
    if kind == "clk.skew":
        return round(rng.uniform(-4, 4), 3)
    return None


def window(rng: Rng, starts: Sequence[float], heal_s: float) -> tuple[float, float]:
    """Return from when and for how long: mostly about the beginning of an execution."""
    at_s = rng.uniform(FIRST_S, heal_s)
    if rng.random() < 0.8:
        at_s = min(pick(rng, starts) + rng.uniform(-0.3, 0.7), heal_s)
    return round(at_s, 3), round(min(log_uniform(rng, 0.3, LONGEST_S), max(heal_s - at_s, 0.1)), 3)


def pick(rng: Rng, values: Sequence[T]) -> T:
    """Return one of some values, all as likely."""
    return values[rng.randint(0, len(values) - 1)]


def log_uniform(rng: Rng, low: float, high: float) -> float:
    """Return a number between two others, as likely in each decade."""
    return float(low * (high / low) ** rng.random())
