"""What the bot needs of the layers below it, as narrow protocols.

``OrderPort`` carries out one order to an outcome, ``LegsPort`` orders at several venues to one
outcome; ``RiskGate`` says what may be opened; ``SurveyPort`` reads markets and accounts. All of
them answer from local state or wait in a task of their own, never on the decision path.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from exchange_clients.base_models import (
    ClientOrderId,
    ContractId,
    Fill,
    OrderInfo,
    OrderResult,
    Purpose,
)
from execution.legs_order import LegsFinished, LegsOrder
from execution.order_params import OrderParams
from execution.readings import Liquidated, MarketReading, Surveyed, View
from helpers.risk_values import RiskVerdict


class RiskGate(Protocol):
    """Limits that stand above any strategy; a check reads local state only, and never waits."""

    async def initialize(self) -> None:
        """Learn what the accounts are worth, before anything is decided."""

    def check(self, now_ns: int) -> RiskVerdict:
        """Say whether entries are allowed at this instant."""


class OpenRiskGate:
    """A gate that allows everything: for venues and runs without risk limits."""

    async def initialize(self) -> None:
        """Do nothing: no value matters."""

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


@dataclass(frozen=True, slots=True)
class LegsEars:
    """Who hears of executions of several legs; each is cheap and never waits."""

    on_finished: Callable[[LegsFinished], None]
    """It is over; told again where a fill came late, and after a restart."""
    on_order: Callable[[str, str, Purpose, OrderInfo], None]
    """Venue, key and purpose of one of its orders, which has changed."""
    on_fill: Callable[[str, str, Purpose, Fill], None]
    """Venue, key and purpose of one of its orders, which has traded."""


class LegsPort(Protocol):
    """Carries out orders at several venues as one. Whatever it came to is told as finished."""

    able: bool
    """Whether it can, so that a strategy may ask."""

    def listen(self, ears: LegsEars) -> None:
        """Tell ``ears`` from now on; called once, before anything else."""

    def accept(self, order: LegsOrder) -> None:
        """Note an execution that will be asked for, so that a restart knows of it."""

    def send(self, order: LegsOrder) -> None:
        """Start an accepted execution."""

    def forget(self, key: str) -> None:
        """Drop one whose end was taken in."""

    def rows(self) -> Sequence[str]:
        """Return what a restart needs: the keys of those accepted and not forgotten."""

    def load(self, rows: Iterable[str]) -> None:
        """Take up saved rows."""

    async def resume(self) -> None:
        """Finish or undo what an earlier process left; each key loaded is told as finished."""

    async def stop(self) -> None:
        """Send no entry any more, and wait until what has traded is hedged or undone."""

    async def close(self) -> None:
        """End at once; a restart takes up what is left."""


@dataclass(frozen=True, slots=True)
class SurveyEars:
    """Who is asked what to read, and who hears what was read."""

    in_view: Callable[[Sequence[MarketReading], int], View | None]
    """Of markets with their rates and positions, at an instant: which to read whole."""
    on_survey: Callable[[Surveyed], None]
    on_liquidation: Callable[[Liquidated], None]


class SurveyPort(Protocol):
    """Reads all markets and accounts again and again."""

    able: bool
    """Whether it can, so that a strategy may wait for it."""

    def start(self, ears: SurveyEars) -> None:
        """Begin, with the first survey at once."""

    def hurry(self) -> None:
        """Make the next survey now: something has changed."""

    async def close(self) -> None:
        """Read nothing more."""
