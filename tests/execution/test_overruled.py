"""What stands above a strategy names its own orders."""

from __future__ import annotations

from decimal import Decimal

from exchange_clients.base_models import ContractId, Side
from execution.order_params import OrderParams
from execution.overruled import overruling


def close(venue: str, contract_id: str) -> OrderParams:
    return OrderParams(
        Side.SELL, Decimal(1), key="", venue=venue, contract_id=ContractId(contract_id)
    )


def test_markets_closed_at_one_instant_have_orders_of_their_own_names() -> None:
    apart = [
        overruling([close(venue, contract_id)], (), "halt", 1_767_228_036_601_000_000)
        for venue, contract_id in (("lighter", "1"), ("lighter", "2"), ("grvt", "1"))
    ]
    together = overruling([close("okx", "1"), close("okx", "1")], (), "halt", 5)
    keys = [order.key for event in (*apart, together) for order in event.orders]
    assert len(set(keys)) == len(keys) == 5
    assert all(key.split("-")[1].isdigit() for key in keys), "strategies read it as a number"
