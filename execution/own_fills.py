"""Which fills are ours: of orders that we have named, and what stands for what was accepted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from exchange_clients.base_client import BaseExchangeClient
from exchange_clients.base_models import NS, ContractId, Fill
from execution.bot_state import FillStore, is_remembered

EARLIER_NS = 3600 * NS
"""How far a venue's clock may be behind ours, with much to spare."""
PREFIX = "adopted-"
"""How the trade ids of adopted positions begin."""


def is_adopted(fill: Fill) -> bool:
    """Tell whether a fill stands for a position that was taken over: no venue has it."""
    return fill.trade_id.startswith(PREFIX)


async def read_history(
    client: BaseExchangeClient, venue: str, contract_id: ContractId, store: FillStore, until_ns: int
) -> Sequence[Fill]:
    """Return what a venue tells of a market since our first order there; nothing before it.

    Raises:
        ExchangeError: the venue could not be asked.
    """
    first_ns = store.first_order_ns(venue)
    if first_ns is None:
        return ()
    symbol = client.market(contract_id).symbol
    return await client.get_user_trade_history(symbol, max(first_ns - EARLIER_NS, 0), until_ns)


def ours_of_history(
    venue: str, contract_id: ContractId, told: Iterable[Fill], store: FillStore
) -> list[Fill]:
    """Return the fills of a market that are ours, and those that stand for what was taken over.

    An account's history has the fills of all who trade on it. Ours are those of orders that we have
    named, and those that our journal has: some venues do not repeat our name of an order.
    """
    kept = [each for each in store.fills(venue) if each.contract_id == contract_id]
    known = {(each.trade_id, each.side): None for each in kept}
    ours = [
        each
        for each in told
        if (each.trade_id, each.side) in known
        or (each.client_order_id is not None and is_remembered(store, venue, each.client_order_id))
    ]
    return [*ours, *(each for each in kept if is_adopted(each))]
