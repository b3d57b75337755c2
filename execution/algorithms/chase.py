"""An order that follows the touch: always the best price of its side, for as long as it takes."""

from __future__ import annotations

from dataclasses import dataclass

from execution.algorithms.following import FollowingPlan
from execution.plan_values import Plan, Terms


@dataclass(frozen=True, slots=True)
class Chase:
    """Rest with the whole quantity and follow when others better the price.

    The request's ``timeout_s`` bounds the time, its ``max_slippage_bps`` how far the price is
    followed: beyond it the order rests at the bound.
    """

    reprice_s: float = 1.0
    """An order rests at least so long before it is replaced."""
    fallback: bool = True
    """Whether what is left when the time is up is taken."""
    name: str = "chase"

    def __post_init__(self) -> None:
        if self.reprice_s <= 0:
            raise ValueError(f"reprice_s must be above zero, got {self.reprice_s}")

    def plan(self, terms: Terms) -> Plan:
        """Return the plan of one execution."""
        return FollowingPlan(terms, terms.quantity, self.reprice_s, self.fallback)
