"""How old a feed is, and when its age means that something is wrong: pure arithmetic on stamps.

A feed has two ages. By receipt: how long ago its last frame came; a socket may be alive while one
of its channels is silent. By venue time: how old that frame was when it came; a reader that is too
slow hears frames all the time, of minutes ago. What counts is the sum. Where a venue stamps no
frames, one may be as old as the silence before it: nothing else says when it was sent.

A channel that falls silent may be dead, or its market quiet: nothing changed, so nothing is told.
That is asked of the venue before the silence has lasted so long that the book is not believed.

The venue's clock and ours differ by an unknown bias, besides the offset that is already taken out.
It is at most the smallest delay ever seen on the connection, so that much is subtracted, within
bounds: a connection that was late from its first frame on must not pass as punctual.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from exchange_clients.base_models import NS

BIAS_MAX_NS = 2 * NS
"""More delay than this is never taken for a difference of clocks."""


@dataclass(frozen=True, slots=True)
class AgeLimits:
    """Seconds after which a book feed is not believed any more."""

    first_data_s: float = 10.0
    """After subscribing without any frame: the venue ignored it."""
    quiet_s: float = 15.0
    """Without any further frame: the venue is asked whether the book is still right."""
    silence_s: float = 30.0
    """Without any further frame, or proof: the book is not believed any more."""
    behind_s: float = 5.0
    """Delay by venue time: we read too slowly, or the venue sends too late."""


class Verdict(Enum):
    """What a feed's age means."""

    FINE = "fine"
    QUIET = "nothing was told for a while"
    UNHEARD = "nothing came since it was subscribed"
    SILENT = "it fell silent"
    BEHIND = "it is far behind the venue's time"


class Delay:
    """How late frames come, beyond the bias of the clocks."""

    __slots__ = ("_bias_ns", "behind_ns")

    def __init__(self) -> None:
        self._bias_ns = BIAS_MAX_NS
        self.behind_ns = 0

    def measure(self, received_ns: int, venue_ns: int | None, offset_ns: int) -> None:
        """Take one frame: when it came, what it was stamped, and venue minus local time."""
        if venue_ns is None:
            return
        delay_ns = received_ns + offset_ns - venue_ns
        self._bias_ns = min(self._bias_ns, delay_ns)
        self.behind_ns = delay_ns - self._bias_ns

    def late_ns(self, offset_ns: int, limits: AgeLimits) -> int:
        """Return how much later than its stamp a frame may come, by local time."""
        return round(limits.behind_s * NS) + self._bias_ns - offset_ns


def judge(
    asked_ns: int, known_ns: int | None, behind_ns: int, now_ns: int, limits: AgeLimits
) -> Verdict:
    """Say what the age of a feed means.

    Args:
        asked_ns: When it was subscribed.
        known_ns: When the last frame, snapshot or proof came; None if none came since.
        behind_ns: How late the last frame was.
        now_ns: Present instant, of the same clock as both.
        limits: Bounds.
    """
    if known_ns is None:
        overdue = now_ns - asked_ns > limits.first_data_s * NS
        return Verdict.UNHEARD if overdue else Verdict.FINE
    if behind_ns > limits.behind_s * NS:
        return Verdict.BEHIND
    age_ns = now_ns - known_ns
    if age_ns > limits.silence_s * NS:
        return Verdict.SILENT
    return Verdict.QUIET if age_ns > limits.quiet_s * NS else Verdict.FINE
