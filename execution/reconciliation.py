"""What is true at the venues of the bot's own orders and holdings, asked order by order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from exchange_clients.base_client import BaseExchangeClient
from exchange_clients.base_models import ZERO, ContractId, OrderInfo
from exchange_clients.errors import OrderNotFound, OutcomeUnknown
from execution.key_book import KeyedOrder

Clients = Mapping[str, BaseExchangeClient]


async def orders_now(clients: Clients, orders: Iterable[KeyedOrder]) -> dict[str, OrderInfo]:
    """Return by key what became of orders; one that was never sent, or never arrived, is absent.

    An order of which the venue cannot tell yet is there as PENDING.

    Raises:
        ExchangeError: a venue could not be asked.
    """
    known: dict[str, OrderInfo] = {}
    for order in orders:
        info = await _order_now(clients[order.venue], order)
        if info is not None:
            known[order.key] = info
    return known


async def positions_now(
    clients: Clients, contracts: Mapping[str, ContractId], now_ns: int
) -> dict[tuple[str, ContractId], Decimal]:
    """Return the signed position by venue and contract that our own fills add up to.

    Raises:
        ExchangeError: a venue could not be asked.
    """
    positions = {}
    for venue, contract_id in contracts.items():
        client = clients[venue]
        symbol = client.market(contract_id).symbol
        fills = await client.get_user_trade_history(symbol, 0, now_ns + 1)
        signed = (fill.side.sign * fill.size for fill in fills)
        positions[venue, contract_id] = sum(signed, start=ZERO)
    return positions


async def _order_now(client: BaseExchangeClient, order: KeyedOrder) -> OrderInfo | None:
    try:
        return await client.get_order_info(order.client_order_id)
    except OrderNotFound:
        return None
    except OutcomeUnknown:
        return order.pending()
