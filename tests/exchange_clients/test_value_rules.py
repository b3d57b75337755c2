"""What holds for every value that crosses a public boundary."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

import pytest

from exchange_clients.base_models import (
    ExchangePositionSnapshot,
    Fill,
    LiquidationEvent,
    Market,
    NewOrder,
    OrderInfo,
    OrderResult,
    OrderStatus,
)

MONEY = {
    "price",
    "size",
    "quantity",
    "filled_size",
    "average_price",
    "entry_price",
    "unrealized_pnl",
    "fee",
    "tick",
    "step",
    "min_size",
    "min_notional",
}


@pytest.mark.parametrize(
    "kind",
    [ExchangePositionSnapshot, Fill, LiquidationEvent, Market, NewOrder, OrderInfo, OrderResult],
)
def test_values_are_frozen_and_their_money_is_decimal(kind: type) -> None:
    declared = {field.name: str(field.type) for field in dataclasses.fields(kind)}
    assert vars(kind)["__dataclass_params__"].frozen
    assert {declared[name].split(" ")[0] for name in MONEY & set(declared)} == {"Decimal"}


def test_money_that_is_not_said_is_a_decimal_zero_or_nothing() -> None:
    result = OrderResult(success=True, status=OrderStatus.OPEN)
    assert (result.size, result.filled_size, result.price) == (Decimal(0), Decimal(0), None)
    assert isinstance(result.filled_size, Decimal)
