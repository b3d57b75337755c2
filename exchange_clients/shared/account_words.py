"""What an account may do beside trading: optional parts of a venue's ``AccountWords``.

A venue that has one implements its methods; ``isinstance`` tells, so nothing is declared twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol, runtime_checkable

from exchange_clients.base_models import ContractId, LeverageInfo
from exchange_clients.events import FundingPayment
from exchange_clients.shared.flow import Flow
from exchange_clients.shared.limits import RateLimits

LEVERAGE_ROUNDING = Decimal("0.005")
"""Venues that keep the margin in whole basis points make of 3 a 3.0003, and of 60 a 60.24."""


def same_leverage(now: Decimal, wanted: Decimal) -> bool:
    """Say whether a leverage is the one that is wanted, as far as the venue can write it."""
    return abs(now - wanted) <= wanted * LEVERAGE_ROUNDING


@runtime_checkable
class LeverageWords(Protocol):
    """The leverage of a market, where it can be set."""

    def leverage(self, contract_id: ContractId) -> Flow[Decimal]:
        """Return what is set now."""

    def set_leverage(self, contract_id: ContractId, leverage: Decimal) -> Flow[None]:
        """Set it; the caller reads it back."""


@runtime_checkable
class BracketWords(Protocol):
    """Leverage by size of position, where the venue lists it."""

    def brackets(self, contract_id: ContractId) -> Flow[LeverageInfo]:
        """Return the brackets of a contract, smallest first."""


@runtime_checkable
class FeeWords(Protocol):
    """The account's own fees."""

    def fees(self, contract_id: ContractId) -> Flow[tuple[Decimal, Decimal]]:
        """Return (maker, taker) as fractions of notional."""


@runtime_checkable
class PositionModeWords(Protocol):
    """One-way or hedge mode, where the venue has both.

    In hedge mode every order carries ``position_side``; ``PositionWords.all`` has a row for each
    side, with its ``position_side`` and a quantity signed by it.
    """

    def hedged(self) -> Flow[bool]:
        """Say whether the account is in hedge mode."""

    def set_hedged(self, hedged: bool) -> Flow[None]:
        """Change the mode; nothing where it is so already."""


@dataclass(frozen=True, slots=True)
class KeyRights:
    """What a key is allowed; None is what the venue does not tell."""

    trades: bool | None = None
    withdraws: bool | None = None

    @classmethod
    def listed(cls, words: str) -> KeyRights:
        """Return the rights that a venue lists by name: ``"read_only,trade"``."""
        allowed = words.split(",")
        return cls(trades="trade" in allowed, withdraws="withdraw" in allowed)


@runtime_checkable
class PermissionWords(Protocol):
    """What the key is allowed, where the venue tells."""

    def permissions(self) -> Flow[KeyRights]:
        """Return it."""


@runtime_checkable
class MarginModeWords(Protocol):
    """Cross or isolated margin, where a market's can be read."""

    def isolated(self, contract_id: ContractId) -> Flow[bool]:
        """Say whether a market's positions have margin of their own."""


@runtime_checkable
class LimitWords(Protocol):
    """What this account is allowed, where accounts differ in that."""

    def limits(self) -> Flow[RateLimits]:
        """Return what holds instead of ``Venue.limits``; asked once, when the account is opened."""


@runtime_checkable
class PaymentWords(Protocol):
    """Funding that was paid and received."""

    def payments(
        self, contract_id: ContractId, since_ns: int, until_ns: int
    ) -> Flow[Sequence[FundingPayment]]:
        """Return payments in [since, until), oldest first, every page; received above zero."""
