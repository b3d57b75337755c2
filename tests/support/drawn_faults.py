"""Plans of trouble drawn from a seed: every kind of fault, in windows spread over a run."""

from __future__ import annotations

from collections.abc import Mapping

from exchange_clients.base_models import NS
from exchange_clients.shared.clock import Rng
from venue_simulators.faults import Fault, FaultRow

CALM_S = 60.0
"""Nothing goes wrong before: a run that cannot start tells nothing."""
PAUSE_S = 20.0
"""Mean time between the beginnings of two windows."""

_HTTP: Mapping[Fault, tuple[int, ...]] = {
    Fault.REQUEST_LOST: (),
    Fault.REPLY_LOST: (),
    Fault.REPLY_RESET: (),
    Fault.REPLY_DELAYED: (),
    Fault.REPLY_SLOW: (),
    Fault.STATUS: (429, 503, 500, 502),
    Fault.ERROR_AFTER: (500, 502, 504),
    Fault.HTML: (200, 502, 503),
    Fault.TRUNCATED: (),
    Fault.EMPTY: (),
    Fault.STALE: (),
}
"""Faults of requests, with the statuses that they come with."""
_FRAMES = (
    Fault.MUTE,
    Fault.DROP,
    Fault.DUPLICATE,
    Fault.SWAP,
    Fault.DELAY,
    Fault.JUNK,
    Fault.IGNORE,
)
"""Faults of frames."""
_CONNECTIONS = (Fault.CUT, Fault.REFUSE, Fault.BLACKHOLE, Fault.MAINTENANCE)
_CLOCK = (Fault.SKEW,)
KINDS = (*_HTTP, *_FRAMES, *_CONNECTIONS, *_CLOCK)


def draw_faults(seed: int, duration_s: float, pause_s: float = PAUSE_S) -> list[FaultRow]:
    """Return windows of trouble over a run; every kind comes before any comes again.

    Args:
        seed: Of all draws.
        duration_s: When the last window ends.
        pause_s: Mean time between the beginnings of two windows.
    """
    rng = Rng(seed, "drawn faults")
    rows: list[FaultRow] = []
    left: list[Fault] = []
    at_s = CALM_S
    while at_s < duration_s:
        left = left or list(KINDS)
        kind = left.pop(rng.randint(0, len(left) - 1))
        for_s = min(_length_s(kind, rng), duration_s - at_s)
        rows.append(_row(kind, at_s, for_s, rng))
        at_s += rng.uniform(0.2, 1.8) * pause_s
    return rows


def _length_s(kind: Fault, rng: Rng) -> float:
    """Return how long a window lasts: mostly short, now and then more than a minute."""
    longest_s = 40.0 if kind in _CONNECTIONS else 90.0
    return float(2.0 * (longest_s / 2.0) ** rng.random())


def _row(kind: Fault, at_s: float, for_s: float, rng: Rng) -> FaultRow:
    certain = kind in _CONNECTIONS or kind in (Fault.MUTE, Fault.IGNORE, *_CLOCK)
    return FaultRow(
        kind,
        from_ns=round(at_s * NS),
        for_ns=round(for_s * NS),
        probability=1.0 if certain else _probability(kind, rng),
        seconds=_seconds(kind, rng),
        status=_status(kind, rng),
    )


def _probability(kind: Fault, rng: Rng) -> float:
    if kind in _FRAMES:
        return rng.uniform(0.01, 0.3)
    return rng.uniform(0.2, 1.0)


def _seconds(kind: Fault, rng: Rng) -> float | None:
    """Return how strong a fault is, None where that is no matter of seconds."""
    if kind in (Fault.REPLY_DELAYED, Fault.REPLY_SLOW):
        return rng.uniform(0.5, 20.0)
    if kind in (Fault.STALE, Fault.STATUS):
        return rng.uniform(1.0, 5.0)
    if kind in (Fault.SWAP, Fault.DELAY):
        return rng.uniform(0.1, 3.0)
    if kind in _CLOCK:
        return rng.uniform(-4.0, 4.0)
    return None


def _status(kind: Fault, rng: Rng) -> int:
    statuses = _HTTP.get(kind, ())
    return statuses[rng.randint(0, len(statuses) - 1)] if statuses else 0
