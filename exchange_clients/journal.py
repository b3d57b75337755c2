"""What must be remembered so that no order is orphaned or doubled after a crash.

An intent is durable before its request leaves; an outcome and a fill are recorded when they are
known. The protocol is here, with an implementation in memory; ``database.journal`` keeps one in
SQLite.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from exchange_clients.base_models import (
    ClientOrderId,
    ContractId,
    Fill,
    FillIdentity,
    NewOrder,
    OrderInfo,
)
from exchange_clients.swift_values import swiftly_made


class IntentKind(StrEnum):
    """What the request would do."""

    PLACE = "place"
    CANCEL = "cancel"
    AMEND = "amend"
    CANCEL_ALL = "cancel_all"
    SET_LEVERAGE = "set_leverage"


@swiftly_made
@dataclass(frozen=True, slots=True)
class OrderIntent:
    """One request that may change the venue, as it stands before it is sent."""

    venue: str
    kind: IntentKind
    contract_id: ContractId
    client_order_id: ClientOrderId
    """Empty where the request names no order (CANCEL_ALL, SET_LEVERAGE)."""
    order: NewOrder | None
    """Set for PLACE."""
    at_ns: int
    reference: str = ""
    """What the venue's words want remembered: a transaction hash, a paper command."""


class Journal(Protocol):
    """Durable memory of orders. Every ``record_*`` is durable when it returns."""

    def record_intent(self, intent: OrderIntent) -> None:
        """Remember a request before it is sent.

        Raises:
            JournalError: nothing was written, so nothing may be sent.
        """

    def record_reference(self, venue: str, client_order_id: ClientOrderId, reference: str) -> None:
        """Remember what the venue calls a placement, known once it is signed and before it is sent.

        ``intents`` shows it as the intent's ``reference`` from then on; a later one replaces it.
        """

    def record_outcome(self, venue: str, info: OrderInfo, at_ns: int) -> None:
        """Remember the latest known state of one of our orders."""

    def record_fill(self, venue: str, fill: Fill) -> bool:
        """Remember a fill once by its identity; False if it was known already."""

    def next_order_number(self) -> int:
        """Return a number that no recorded intent carries, ascending over restarts."""

    def intents(self, venue: str) -> Sequence[OrderIntent]:
        """Every intent of the venue in the order of recording."""

    def outcomes(self, venue: str) -> Sequence[OrderInfo]:
        """The latest known state of every order of ours, oldest intent first."""

    def fills(self, venue: str) -> Sequence[Fill]:
        """Every fill of ours in the order of recording."""


class JournalError(Exception):
    """The journal cannot be written or read; says what to do about it."""


class MemoryJournal:
    """A journal that forgets with the process: for tests, dry runs and throw-away clients.

    Args:
        last_number: Order numbers go on from here, so that two processes need not use the same.
    """

    def __init__(self, last_number: int = 0) -> None:
        self._intents: list[OrderIntent] = []
        self._outcomes: dict[tuple[str, str], OrderInfo] = {}
        self._fills: dict[tuple[str, FillIdentity], Fill] = {}
        self._numbers = last_number

    def record_intent(self, intent: OrderIntent) -> None:
        """Append the intent."""
        self._intents.append(intent)

    def record_reference(self, venue: str, client_order_id: ClientOrderId, reference: str) -> None:
        """Put the reference into the placement's intent."""
        name = (venue, client_order_id, IntentKind.PLACE)
        for index in reversed(range(len(self._intents))):
            intent = self._intents[index]
            if (intent.venue, intent.client_order_id, intent.kind) == name:
                self._intents[index] = replace(intent, reference=reference)
                return

    def record_outcome(self, venue: str, info: OrderInfo, at_ns: int) -> None:
        """Keep the latest state by client order id."""
        del at_ns
        assert info.client_order_id is not None, "only our own orders are journalled"
        self._outcomes[(venue, info.client_order_id)] = info

    def record_fill(self, venue: str, fill: Fill) -> bool:
        """Keep the fill once by its identity."""
        key = (venue, fill.identity)
        if key in self._fills:
            return False
        self._fills[key] = fill
        return True

    def next_order_number(self) -> int:
        """Count up."""
        self._numbers += 1
        return self._numbers

    def intents(self, venue: str) -> Sequence[OrderIntent]:
        """Intents of the venue, oldest first."""
        return [intent for intent in self._intents if intent.venue == venue]

    def outcomes(self, venue: str) -> Sequence[OrderInfo]:
        """Latest states of the venue's orders, oldest first."""
        return [info for (name, _), info in self._outcomes.items() if name == venue]

    def fills(self, venue: str) -> Sequence[Fill]:
        """Fills of the venue, oldest first."""
        return [fill for (name, _), fill in self._fills.items() if name == venue]
