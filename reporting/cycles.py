"""Round trips as a strategy tells them, read into rows of the report."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import cast

from exchange_clients.base_models import Side
from reporting.numbers import significant
from reporting.rows import CycleRow

PRICE_DIGITS = 10
"""Decimals of an average price, which a division may have made endless."""


def read_cycle(told: CycleRow | Mapping[str, object]) -> CycleRow:
    """Return a round trip as a row.

    Args:
        told: number, quantity, entry_price, exit_price, opened_ns, closed_ns, gross_profit; and
            side and fees where the strategy knows them.

    Raises:
        ValueError: a key is missing; names it and those that are there.
    """
    if isinstance(told, CycleRow):
        return told
    try:
        return _row(told)
    except KeyError as error:
        raise ValueError(f"a cycle lacks the key {error}: it has {', '.join(told)}") from None


def _row(told: Mapping[str, object]) -> CycleRow:
    # What a strategy reports is untyped by contract; its own tests hold the kinds.
    number, opened_ns, closed_ns = (
        cast(int, told[key]) for key in ("number", "opened_ns", "closed_ns")
    )
    size, entry, exit_, gross = (
        cast(Decimal, told[key])
        for key in ("quantity", "entry_price", "exit_price", "gross_profit")
    )
    side, fees = cast("str | None", told.get("side")), cast("Decimal | None", told.get("fees"))
    return CycleRow(
        number=number,
        side=side if side is not None else _side(exit_ - entry, gross),
        opened_ns=opened_ns,
        closed_ns=closed_ns,
        size=size,
        entry_price=significant(entry, PRICE_DIGITS),
        exit_price=significant(exit_, PRICE_DIGITS),
        gross_pnl=gross,
        fees=fees,
    )


def _side(rise: Decimal, gross: Decimal) -> str | None:
    """Return the side of the entry: a long gains when the price rises; None where it stood."""
    if not rise or not gross:
        return None
    return (Side.BUY if (rise > 0) is (gross > 0) else Side.SELL).value
