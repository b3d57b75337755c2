"""An order is put on the grid and named; whatever else it says goes on as it is."""

from __future__ import annotations

from dataclasses import fields, replace
from decimal import Decimal

import pytest

from exchange_clients.base_models import (
    ClientOrderId,
    ContractId,
    Market,
    NewOrder,
    OrderType,
    PositionSide,
    Side,
    Symbol,
    TimeInForce,
)
from exchange_clients.errors import InvalidOrder
from exchange_clients.shared.client.order_rules import fit

SOL = Market(
    Symbol("SOL"), ContractId("SOL-PERP"), Decimal("0.5"), Decimal("0.1"), min_size=Decimal("0.2")
)
UNUSUAL = NewOrder(
    client_order_id=ClientOrderId("c1"),
    contract_id=SOL.contract_id,
    side=Side.SELL,
    size=Decimal("1.27"),
    price=Decimal("180.3"),
    order_type=OrderType.TRAILING_STOP,
    time_in_force=TimeInForce.FOK,
    reduce_only=True,
    trigger_price=Decimal("181.2"),
    trailing_fraction=Decimal("0.01"),
    position_side=PositionSide.LONG,
    take_profit_price=Decimal("190.1"),
    stop_loss_price=Decimal("170.2"),
)


def mint() -> ClientOrderId:
    return ClientOrderId("minted")


def test_only_prices_and_size_of_an_order_are_changed() -> None:
    defaults = NewOrder(ClientOrderId(""), ContractId(""), Side.BUY, Decimal(0), None)
    for field in fields(NewOrder):
        assert getattr(UNUSUAL, field.name) != getattr(defaults, field.name), "it could get lost"
    rounded = replace(
        UNUSUAL,
        size=Decimal("1.2"),
        price=Decimal("180.5"),
        trigger_price=Decimal("181.0"),
        take_profit_price=Decimal("190.0"),
        stop_loss_price=Decimal("170.0"),
    )
    assert fit(UNUSUAL, SOL, None, mint) == rounded


def test_an_order_without_a_name_is_named_once_nothing_is_wrong_with_it() -> None:
    minted: list[ClientOrderId] = []

    def count() -> ClientOrderId:
        minted.append(mint())
        return minted[-1]

    unnamed = replace(UNUSUAL, client_order_id=ClientOrderId(""), reduce_only=False)
    with pytest.raises(InvalidOrder, match=r"below the minimum 0\.2"):
        fit(replace(unnamed, size=Decimal("0.1")), SOL, None, count)
    assert minted == []
    assert fit(unnamed, SOL, None, count).client_order_id == "minted"
