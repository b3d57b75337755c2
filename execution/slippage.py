"""How much worse a price was than another: signed, so that an improvement counts as one."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from exchange_clients.base_models import ZERO, Side
from execution.execution_values import BPS


class SlippageCalculator:
    """Compares what was paid or got with a reference price.

    >>> SlippageCalculator().bps(Side.SELL, Decimal(100), Decimal("99.9"))
    Decimal('10')
    """

    def bps(self, side: Side, reference: Decimal, price: Decimal) -> Decimal:
        """Return the slippage in basis points of the reference; above zero is worse for us.

        Args:
            side: Which way we traded: a buy is worse above the reference, a sell below it.
            reference: The price compared with, as the arrival mid (USD).
            price: What was paid or got for each unit (USD).
        """
        _check_reference(reference)
        return side.sign * (price - reference) * BPS / reference

    def cost_usd(self, side: Side, reference: Decimal, price: Decimal, size: Decimal) -> Decimal:
        """Return what the slippage of ``size`` base units cost; below zero is a gain."""
        _check_reference(reference)
        return side.sign * (price - reference) * size

    def worst_price(self, side: Side, reference: Decimal, max_bps: Decimal) -> Decimal:
        """Return the price at which the slippage is exactly ``max_bps``, not yet on a tick."""
        _check_reference(reference)
        return reference * (1 + side.sign * max_bps / BPS)

    def average_price(self, trades: Iterable[tuple[Decimal, Decimal]]) -> Decimal | None:
        """Return the average of (price, size) weighted by size (VWAP); None without size."""
        size = notional = ZERO
        for price, traded in trades:
            size += traded
            notional += price * traded
        return notional / size if size > 0 else None


def _check_reference(reference: Decimal) -> None:
    if reference <= 0:
        raise ValueError(f"the reference price must be above zero, got {reference}")
