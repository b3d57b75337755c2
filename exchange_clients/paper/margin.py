"""How much of an account's equity its positions and orders bind, in integers.

Maintenance margin is progressive: each slice of a position's notional binds at its own bracket's
rate, so that it has no step where a bracket begins. Initial margin is the notional over the
leverage, which the bracket of the whole notional caps.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from exchange_clients.base_models import LeverageBracket, Market
from exchange_clients.errors import ClientConfigError
from exchange_clients.paper.units import share_of, to_atoms


class MarginSchedule:
    """The leverage brackets of one market, smallest notional first; the last has no limit."""

    def __init__(self, brackets: Sequence[LeverageBracket]) -> None:
        _check(brackets)
        self.brackets = tuple(brackets)
        self._limits = [
            None if bracket.max_notional is None else to_atoms(bracket.max_notional)
            for bracket in brackets
        ]
        self._rates = [bracket.maintenance_margin.as_integer_ratio() for bracket in brackets]

    @staticmethod
    def of(market: Market) -> MarginSchedule:
        """Return the single bracket that a market's own figures make."""
        return MarginSchedule(
            [LeverageBracket(None, market.max_leverage, market.maintenance_margin)]
        )

    @property
    def max_leverage(self) -> Decimal:
        """The highest leverage of the smallest positions."""
        return self.brackets[0].max_leverage

    def maintenance(self, notional_atoms: int) -> int:
        """Return the maintenance margin (atoms) of a position, rounded up."""
        bound, below = 0, 0
        for rate, limit in zip(self._rates, self._limits, strict=True):
            top = notional_atoms if limit is None else min(notional_atoms, limit)
            if top > below:
                bound += share_of(top - below, *rate)
                below = top
        return bound

    def steepest(self, notional_atoms: int) -> int:
        """Return the most (atoms) that so much more notional may add to the maintenance margin."""
        return max(share_of(notional_atoms, *rate) for rate in self._rates)

    def leverage(self, notional_atoms: int, wanted: Decimal) -> Decimal:
        """Return the leverage that a position of this size may use."""
        for bracket, limit in zip(self.brackets, self._limits, strict=True):
            if limit is None or notional_atoms <= limit:
                return min(wanted, bracket.max_leverage)
        raise AssertionError("the last bracket has no limit")

    def initial(self, notional_atoms: int, wanted: Decimal) -> int:
        """Return the initial margin (atoms) at the wanted leverage, rounded up."""
        numerator, denominator = self.leverage(notional_atoms, wanted).as_integer_ratio()
        return -(-notional_atoms * denominator // numerator)


def exposure(position_atoms: int, buys_atoms: int, sells_atoms: int) -> int:
    """Return the larger notional that filling all buys or all sells would leave.

    ``position_atoms`` is signed; orders on the side that closes the position bind nothing until
    they exceed it.
    """
    return max(abs(position_atoms + buys_atoms), abs(position_atoms - sells_atoms))


def _check(brackets: Sequence[LeverageBracket]) -> None:
    if not brackets or brackets[-1].max_notional is not None:
        raise ClientConfigError("brackets must end with one whose max_notional is None (no limit)")
    limits = [bracket.max_notional for bracket in brackets[:-1]]
    if any(limit is None for limit in limits) or limits != sorted(set(limits), key=_order):
        raise ClientConfigError(f"brackets must ascend by max_notional, got {limits}")
    for bracket in brackets:
        if bracket.max_leverage < 1 or not 0 < bracket.maintenance_margin < 1:
            raise ClientConfigError(
                f"a bracket needs max_leverage >= 1 and 0 < maintenance_margin < 1, got {bracket}"
            )


def _order(limit: Decimal | None) -> Decimal:
    assert limit is not None
    return limit
