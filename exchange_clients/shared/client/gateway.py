"""The narrow way from the order manager to a venue: prepare, journal, send, look up.

A network venue implements it by running its words over a transport, the paper venue by handing
commands to the embedded exchange. ``prepare_*`` is pure and says what must be remembered before
``send`` may act; ``send`` acts at most once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol, TypeAlias, runtime_checkable

from exchange_clients.base_models import ClientOrderId, ContractId, Fill, NewOrder, OrderInfo
from exchange_clients.events import Unreadable, VoidedFill
from exchange_clients.journal import IntentKind, OrderIntent
from exchange_clients.swift_values import swiftly_made


@swiftly_made
@dataclass(frozen=True, slots=True)
class Prepared:
    """A request that is ready to be journalled and then sent once."""

    kind: IntentKind
    contract_id: ContractId
    client_order_id: ClientOrderId
    order: NewOrder | None
    payload: object
    """The gateway's own form of the request."""
    reference: str = ""
    """What the journal must keep beside the intent."""

    def intent(self, venue: str, at_ns: int) -> OrderIntent:
        """Return what the journal is told before anything is sent."""
        return OrderIntent(
            venue=venue,
            kind=self.kind,
            contract_id=self.contract_id,
            client_order_id=self.client_order_id,
            order=self.order,
            at_ns=at_ns,
            reference=self.reference,
        )


@dataclass(frozen=True, slots=True)
class Found:
    """The order exists, or existed, at the venue."""

    info: OrderInfo


@dataclass(frozen=True, slots=True)
class ProvenAbsent:
    """The venue has never accepted the order, and no longer will."""


@dataclass(frozen=True, slots=True)
class NotYetKnown:
    """It cannot be told yet; ask again."""

    reason: str = ""
    proof_in_s: float | None = None
    """After how long an answer may prove the order absent; None where none ever does."""


Lookup: TypeAlias = Found | ProvenAbsent | NotYetKnown


class OrderGateway(Protocol):
    """What an order manager needs of a venue."""

    def prepare_place(self, order: NewOrder) -> Prepared:
        """Word a placement."""

    def prepare_cancel(self, order: OrderInfo) -> Prepared:
        """Word a cancellation."""

    def prepare_amend(
        self, order: OrderInfo, *, price: Decimal | None, size: Decimal | None
    ) -> Prepared:
        """Word a change in place.

        Raises:
            UnsupportedFeature: the venue cannot amend.
        """

    async def send(self, prepared: Prepared) -> OrderInfo:
        """Act once and return the order as the venue then shows it.

        On a venue that only acknowledges, the returned status is PENDING.

        Raises:
            VenueRejected: nothing was changed (ALREADY_TERMINAL for a cancel that came too late).
            RateLimited: nothing was done.
            OutcomeUnknown: it may or may not have acted.
        """

    async def find(self, client_order_id: ClientOrderId, contract_id: ContractId) -> Lookup:
        """Look an order up by our own name of it."""

    async def active(self, contract_id: ContractId) -> Sequence[OrderInfo | Unreadable]:
        """Return every open order of the account in one market, oldest first."""

    async def fills(
        self, contract_id: ContractId, start_ns: int, end_ns: int
    ) -> Sequence[Fill | Unreadable]:
        """Return the account's fills in [start, end), oldest first."""


@runtime_checkable
class VoidingGateway(Protocol):
    """A gateway to a venue that may take fills back."""

    @property
    def voids_fills(self) -> bool:
        """Whether the venue ever does that."""

    async def voided(self, start_ns: int, end_ns: int) -> Sequence[VoidedFill | Unreadable]:
        """Return which of the account's fills were voided in [start, end); none where none can be.

        Raises:
            ExchangeError: it could not be read.
        """
