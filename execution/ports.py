"""What the bot needs of the layers below it, as narrow protocols.

``OrderPort`` carries out one order to an outcome; ``RiskGate`` says what may be opened; both answer
from local state or wait in a task of their own, never on the decision path.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from exchange_clients.base_models import ClientOrderId, ContractId, OrderResult
from execution.order_params import OrderParams


class RiskAction(StrEnum):
    """What the risk check asks of the bot."""

    NONE = "none"
    PAUSE_TRADING = "pause_trading"
    """Nothing new is opened; exits go on."""


@dataclass(frozen=True, slots=True)
class RiskVerdict:
    """The present answer of the risk gate, with the reason for people."""

    action: RiskAction = RiskAction.NONE
    reason: str = ""

    @property
    def entries_allowed(self) -> bool:
        """Whether orders of purpose ENTRY may be sent."""
        return self.action is RiskAction.NONE


class RiskGate(Protocol):
    """Limits that stand above any strategy. Reads local state only, never waits."""

    def check(self, now_ns: int) -> RiskVerdict:
        """Say whether entries are allowed at this instant."""


class OpenRiskGate:
    """A gate that allows everything: for venues and runs without risk limits."""

    def check(self, now_ns: int) -> RiskVerdict:
        """Allow."""
        del now_ns
        return _ALLOW


_ALLOW = RiskVerdict()


class OrderPort(Protocol):
    """Carries out single orders. Outcomes of every kind are results, not exceptions."""

    def mint(self, venue: str) -> ClientOrderId:
        """Return a new client order id for an order at ``venue``."""

    async def place(
        self,
        venue: str,
        contract_id: ContractId,
        order: OrderParams,
        client_order_id: ClientOrderId,
    ) -> OrderResult:
        """Place the order once and return what became of it."""

    async def cancel(self, venue: str, client_order_id: ClientOrderId) -> OrderResult:
        """Cancel the order and return its final state."""
