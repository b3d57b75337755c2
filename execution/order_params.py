"""One order as a strategy wants it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_models import ContractId, OrderType, Purpose, Side


@dataclass(frozen=True, slots=True)
class OrderParams:
    """One order as a strategy wants it; the bot fills in venue and contract where there is one."""

    side: Side
    quantity: Decimal
    price: Decimal | None = None
    """None for a market order."""
    order_type: OrderType = OrderType.LIMIT
    key: str = ""
    """The strategy's own name of the order; the bot makes one where it is empty."""
    purpose: Purpose = Purpose.ENTRY
    reduce_only: bool = False
    post_only: bool = False
    venue: str | None = None
    contract_id: ContractId | None = None
