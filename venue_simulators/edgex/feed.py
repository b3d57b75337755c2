"""What the sockets of one account are told: numbered events that hold rows of many kinds.

The number rises by one with each event, whether anybody listens or not, and is the ``version`` of
the account that REST tells.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TypeAlias

from venue_simulators.edgex.account_rows import BARE
from venue_simulators.edgex.authentication import Member
from venue_simulators.edgex.terms import EdgexTerms
from venue_simulators.edgex.wording import MS, Words

Publish: TypeAlias = Callable[[str], None]
ORDER_UPDATE, ACCOUNT_UPDATE = "ORDER_UPDATE", "ACCOUNT_UPDATE"
FUNDING_SETTLEMENT = "FUNDING_SETTLEMENT"
START_LIQUIDATING, FINISH_LIQUIDATING = "START_LIQUIDATING", "FINISH_LIQUIDATING"
FIRST_VERSION = 1000
_DOCUMENTED = {
    "order": {
        "cumFillSize": "filledSize",
        "cumFillValue": "filledValue",
        "cumFillFee": "filledFee",
    },
    "orderFillTransaction": {
        "orderSide": "side",
        "fillPrice": "price",
        "fillSize": "size",
        "fillFee": "fee",
    },
    "collateral": {"legacyAmount": "totalAmount"},
}
"""Names that the page about the stream prints, by the group of the row."""


class Feed:
    """One account's events."""

    def __init__(self, member: Member, terms: EdgexTerms) -> None:
        self._member = member
        self._terms = terms
        self.version = FIRST_VERSION
        self.listeners: dict[int, Publish] = {}
        """By the number of the connection."""

    def tell(self, event: str, data: Words, now_ns: int) -> None:
        """Number an event and send it to every socket of the account."""
        self.version += 1
        if not self.listeners:
            return
        frame = self.frame(event, data, now_ns)
        for publish in list(self.listeners.values()):
            publish(frame)

    def frame(self, event: str, data: Words, now_ns: int) -> str:
        """Return an event as it travels, under the present version."""
        documented = self._terms.documents_spelling
        version, at_ms = self.version, now_ns // MS
        content: Words = {
            "event": event,
            "version": str(version) if documented else version,
            "time": str(at_ms) if documented else at_ms,
            # Recorded frames hold no account here.
            "accountId": self._member.account_id if documented else 0,
            "data": {group: self._pushed(group, rows) for group, rows in data.items()},
        }
        return json.dumps({"type": "trade-event", "content": content}, separators=(",", ":"))

    def _pushed(self, group: str, rows: object) -> object:
        assert isinstance(rows, list), f"{group} is a list of rows"
        if self._terms.documents_spelling:
            return [_documented(group, row) for row in rows]
        if group == "orderFillTransaction" and self._terms.bare_pushed_fills:
            return [{name: row[name] for name in row if name not in BARE} for row in rows]
        return rows


def _documented(group: str, row: Words) -> Words:
    names = _DOCUMENTED.get(group, {})
    told = {names.get(name, name): value for name, value in row.items()}
    if group == "orderFillTransaction":
        told["isMaker"] = row["direction"] == "MAKER"
    if group == "collateral":
        told["lockedAmount"] = "0"
    return told
