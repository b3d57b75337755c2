"""Requests that mean nothing are refused where they are made."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exchange_clients.base_models import ContractId, Side
from execution.execution_values import ExecutionLimits, ExecutionRequest

D = Decimal


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"max_slippage_bps": D(0)}, "max_slippage_bps must be above zero, got 0; None for none"),
        ({"timeout_s": 0}, "timeout_s must be above zero, got 0"),
        ({"limit_offset_bps": D(-1)}, "limit_offset_bps must not be negative, got -1"),
    ],
)
def test_a_limit_out_of_range_names_itself(limits: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ExecutionLimits(**limits)  # type: ignore[arg-type]  # of each field


def test_a_quantity_is_above_zero() -> None:
    with pytest.raises(ValueError, match="quantity must be above zero, got -1"):
        ExecutionRequest("paper", ContractId("BTC"), Side.BUY, D(-1))
