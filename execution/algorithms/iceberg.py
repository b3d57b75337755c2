"""An order of which only a part is shown at a time; the next part follows when one has filled."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from execution.algorithms.following import FollowingPlan
from execution.plan_values import Plan, Terms


@dataclass(frozen=True, slots=True)
class Iceberg:
    """Rest at the touch with at most ``visible`` base units, one part after the other.

    A part that others better the price of is replaced at the touch. The request's ``timeout_s``
    bounds the time of the whole.
    """

    visible: Decimal
    """In base units; a part below the market's minimum is raised to it."""
    reprice_s: float = 1.0
    """A part rests at least so long before it is replaced."""
    fallback: bool = False
    """Whether what is left when the time is up is taken."""
    name: str = "iceberg"

    def __post_init__(self) -> None:
        if self.visible <= 0:
            raise ValueError(f"visible must be above zero base units, got {self.visible}")
        if self.reprice_s <= 0:
            raise ValueError(f"reprice_s must be above zero, got {self.reprice_s}")

    def plan(self, terms: Terms) -> Plan:
        """Return the plan of one execution."""
        market = terms.market
        visible = max(market.round_size(self.visible), market.min_size, market.step)
        return FollowingPlan(terms, visible, self.reprice_s, self.fallback)
