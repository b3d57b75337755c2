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
    Reason,
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


@pytest.mark.parametrize(
    ("price", "size", "why"),
    [
        ("0.3", "1", r"price 0\.3 of SOL-PERP is not above zero on tick 0\.5"),
        ("180", "0.04", r"size 0\.04 of SOL-PERP is not above zero on step 0\.1; .* least 0\.2"),
    ],
)
def test_what_is_nothing_on_the_grid_is_refused_even_where_it_reduces(
    price: str, size: str, why: str
) -> None:
    order = replace(UNUSUAL, side=Side.BUY, price=Decimal(price), size=Decimal(size))
    with pytest.raises(InvalidOrder, match=why):
        fit(order, SOL)


def test_the_least_price_and_the_least_that_reduces_are_taken() -> None:
    least = replace(UNUSUAL, price=Decimal("0.5"), size=Decimal("0.1"))
    assert (fit(least, SOL).price, fit(least, SOL).size) == (Decimal("0.5"), Decimal("0.1"))
    opening = replace(least, reduce_only=False, size=Decimal("0.2"))
    assert fit(opening, SOL).size == Decimal("0.2")


@pytest.mark.parametrize(
    ("price", "trigger", "reference"),
    [("50", None, None), (None, "50", None), (None, None, "50"), ("50", "900", "900")],
)
def test_an_order_is_worth_its_price_or_its_trigger_or_what_trades_now(
    price: str | None, trigger: str | None, reference: str | None
) -> None:
    worth = replace(SOL, min_notional=Decimal(50))
    order = NewOrder(
        ClientOrderId("c1"),
        SOL.contract_id,
        Side.BUY,
        Decimal(1),
        None if price is None else Decimal(price),
        trigger_price=None if trigger is None else Decimal(trigger),
    )
    judged_at = None if reference is None else Decimal(reference)
    assert fit(order, worth, judged_at).size == 1
    with pytest.raises(
        InvalidOrder, match=r"below the minimum 50; .* a size of at least 1"
    ) as told:
        fit(replace(order, size=Decimal("0.9")), worth, judged_at)
    assert told.value.reason is Reason.BELOW_MINIMUM


def test_an_order_that_nothing_is_known_of_is_judged_by_its_size_alone() -> None:
    order = NewOrder(ClientOrderId("c1"), SOL.contract_id, Side.BUY, Decimal("0.2"), None)
    assert fit(order, replace(SOL, min_notional=Decimal(50))).price is None
    with pytest.raises(InvalidOrder, match=r"below the minimum 0\.2") as told:
        fit(replace(order, size=Decimal("0.1")), SOL)
    assert told.value.reason is Reason.BELOW_MINIMUM
