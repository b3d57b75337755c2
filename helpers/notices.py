"""What a person is told of while a bot runs: kinds of news, and how each is worded.

A condition (a venue is degraded, a liquidation is near) lasts: told again within a while it is the
same news. An occurrence (a position was closed) is news each time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from exchange_clients.shared.clock import to_iso


class Urgency(StrEnum):
    """How soon a person should look, least first."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class NoticeKind(StrEnum):
    """What there is to be told."""

    RUN_STARTED = "run_started"
    RUN_ENDED = "run_ended"
    POSITION_OPENED = "position_opened"
    POSITION_CLOSED = "position_closed"
    LIQUIDATION_RISK = "liquidation_risk"
    LIQUIDATED = "liquidated"
    """The venue has closed a position of ours; the parts that it is closed in are one news."""
    INSUFFICIENT_MARGIN = "insufficient_margin"
    LEG_UNVERIFIED = "leg_unverified"
    """A position is not known, or is not the one that the strategy has in its books."""
    RISK_ACTION = "risk_action"
    VENUE_DEGRADED = "venue_degraded"
    OPERATOR = "operator"
    """Somebody told the bot to do something, and who."""
    DAILY_SUMMARY = "daily_summary"

    @property
    def urgency(self) -> Urgency:
        """How soon a person should look."""
        return _URGENCIES.get(self, Urgency.INFO)

    @property
    def lasting(self) -> bool:
        """Whether it is a condition, which is the same news when it is told again."""
        return self in _URGENCIES

    @property
    def words(self) -> str:
        """Return it for people: ``"position opened"``."""
        return self.value.replace("_", " ")


_URGENCIES: Mapping[NoticeKind, Urgency] = {
    NoticeKind.LIQUIDATION_RISK: Urgency.ERROR,
    NoticeKind.LIQUIDATED: Urgency.ERROR,
    NoticeKind.INSUFFICIENT_MARGIN: Urgency.WARNING,
    NoticeKind.LEG_UNVERIFIED: Urgency.ERROR,
    NoticeKind.RISK_ACTION: Urgency.ERROR,
    NoticeKind.VENUE_DEGRADED: Urgency.WARNING,
}
"""Of the kinds that are conditions; all others are of no urgency."""
_MARKS = {Urgency.INFO: "", Urgency.WARNING: "(!) ", Urgency.ERROR: "(!!) "}


@dataclass(frozen=True, slots=True)
class Notice:
    """One piece of news."""

    kind: NoticeKind
    subject: str
    """What it is about: a market, a venue, a pair."""
    text: str
    at_ns: int
    over: bool = False
    """Whether a condition has ceased, which is never the same news as that it holds."""

    def __str__(self) -> str:
        """Return it as one line for people."""
        mark = "" if self.over else _MARKS[self.kind.urgency]
        ended = " over" if self.over else ""
        subject = f" {self.subject}" if self.subject else ""
        return f"{mark}{self.kind.words}{ended}{subject}: {self.text}"


@dataclass(frozen=True, slots=True)
class Digest:
    """What goes out as one message: everything that waited, oldest first."""

    title: str
    """Which bot tells it."""
    notices: tuple[Notice, ...]
    dropped: int = 0
    """How many before them were let go because too many waited."""

    def __str__(self) -> str:
        """Return the message for people."""
        lines = [self.title, *map(str, self.notices)]
        if self.dropped:
            lines.append(f"({self.dropped} older notices were dropped: too many waited)")
        return "\n".join(lines)

    def as_json(self) -> dict[str, object]:
        """Return the message for programs."""
        return {
            "bot": self.title,
            "dropped": self.dropped,
            "notices": [
                {
                    "kind": each.kind.value,
                    "urgency": each.kind.urgency.value,
                    "subject": each.subject,
                    "text": each.text,
                    "over": each.over,
                    "at": to_iso(each.at_ns),
                }
                for each in self.notices
            ],
        }
