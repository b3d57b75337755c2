"""Conditions that a person should know of: which of them hold is looked at, what is news is told.

All of it is pure: a look is a mapping of (kind, subject) to the words for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias

from exchange_clients.base_models import NS
from helpers.notices import Notice, NoticeKind
from helpers.risk_rules import near_liquidation
from helpers.risk_values import HeldPosition, RiskAction, RiskVerdict

Look: TypeAlias = Mapping[tuple[NoticeKind, str], str]
"""What holds at an instant: by kind and subject, in words."""


class Conditions:
    """Remembers since when each condition holds.

    Args:
        patience_s: By kind, how long a condition must hold before it is told; at once otherwise.
    """

    def __init__(self, patience_s: Mapping[NoticeKind, float]) -> None:
        self._patience_ns = {kind: round(each * NS) for kind, each in patience_s.items()}
        self._since_ns: dict[tuple[NoticeKind, str], int] = {}
        self._told: dict[tuple[NoticeKind, str], None] = {}

    def news(self, look: Look, now_ns: int) -> list[Notice]:
        """Return a notice for each condition that holds long enough, and for each that ceased.

        One that goes on is returned with every look: who tells them knows what was told lately.
        """
        notices = [
            Notice(key[0], key[1], "it is as it should be again", now_ns, over=True)
            for key in list(self._told)
            if key not in look
        ]
        for key in [each for each in self._since_ns if each not in look]:
            del self._since_ns[key]
            self._told.pop(key, None)
        for key, text in look.items():
            since_ns = self._since_ns.setdefault(key, now_ns)
            if now_ns - since_ns >= self._patience_ns.get(key[0], 0):
                self._told[key] = None
                notices.append(Notice(key[0], key[1], text, now_ns))
        return notices


def liquidations(positions: Sequence[HeldPosition], least: Decimal | None) -> Look:
    """Return the positions that are nearer to their liquidation than a fraction of the mark."""
    near = near_liquidation(positions, least)
    return {
        (NoticeKind.LIQUIDATION_RISK, f"{each.symbol} on {each.venue}"): why for each, why in near
    }


def asked_by_risk(verdict: RiskVerdict, state: str, entries_stopped: str) -> Look:
    """Return what the risk check asks for, if anything, and why no entry is sent any more."""
    look: dict[tuple[NoticeKind, str], str] = {}
    if verdict.action is not RiskAction.NONE:
        text = f"{verdict.action.value} ({state}): {verdict.reason}"
        look[NoticeKind.RISK_ACTION, ""] = text
    if entries_stopped:
        text = f"none is sent in this run any more: {entries_stopped}"
        look[NoticeKind.RISK_ACTION, "entries"] = text
    return look


def unverified(positions: Mapping[str, str]) -> Look:
    """Return the positions that are not known, as the strategy says."""
    return {(NoticeKind.LEG_UNVERIFIED, subject): text for subject, text in positions.items()}


def degraded(away: Mapping[str, str]) -> Look:
    """Return the venues that are away, with what is wrong."""
    return {(NoticeKind.VENUE_DEGRADED, venue): text for venue, text in away.items()}
