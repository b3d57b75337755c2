"""Which orders close what is ours of the positions at a venue, as pure functions.

Only quantity that our own fills explain is closed, and never more than there is: what a person
holds beside us on the same account is left alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import TypeAlias

from exchange_clients.base_models import ZERO, ContractId, Fill, OrderType, Purpose, Side
from execution.order_params import OrderParams
from helpers.risk_values import HeldPosition

Owned: TypeAlias = Mapping[ContractId, Decimal]
"""Signed quantities that our own fills at a venue add up to, by contract."""


def owned_quantities(fills: Iterable[Fill]) -> dict[ContractId, Decimal]:
    """Return what our own fills at a venue add up to."""
    owned: dict[ContractId, Decimal] = {}
    for fill in fills:
        owned[fill.contract_id] = owned.get(fill.contract_id, ZERO) + fill.side.sign * fill.size
    return owned


def ours_of(positions: Iterable[HeldPosition], owned: Owned) -> tuple[HeldPosition, ...]:
    """Return a venue's positions as far as they are ours, each with its share of the profit."""
    ours = []
    for each in positions:
        mine = owned.get(each.contract_id, ZERO)
        if mine * each.quantity <= 0:
            continue
        quantity = each.quantity if abs(each.quantity) <= abs(mine) else mine
        share = quantity / each.quantity
        profit = None if each.unrealised is None else each.unrealised * share
        ours.append(replace(each, quantity=quantity, unrealised=profit))
    return tuple(ours)


def closing_order(position: HeldPosition) -> OrderParams:
    """Return the order that closes a position at once and can open nothing."""
    return OrderParams(
        side=Side.SELL if position.quantity > 0 else Side.BUY,
        quantity=abs(position.quantity),
        order_type=OrderType.MARKET,
        purpose=Purpose.STOP,
        reduce_only=True,
        venue=position.venue,
        contract_id=position.contract_id,
    )
