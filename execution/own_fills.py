"""Which fills are ours: of orders that we have named, and what stands for what was accepted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from exchange_clients.base_client import BaseExchangeClient
from exchange_clients.base_models import NS, ContractId, Fill
from execution.bot_state import FillStore, is_remembered

EARLIER_NS = 3600 * NS
"""How far a venue's clock may be behind ours, with much to spare."""
READ_AGAIN_NS = 24 * 3600 * NS
"""How long before our newest fill a venue is asked what it traded; before that we have its word."""
PREFIX = "adopted-"
"""How the trade ids of adopted positions begin."""


def is_adopted(fill: Fill) -> bool:
    """Tell whether a fill stands for a position that was taken over: no venue has it."""
    return fill.trade_id.startswith(PREFIX)


async def read_history(
    client: BaseExchangeClient,
    venue: str,
    contract_id: ContractId,
    store: FillStore,
    until_ns: int,
    since_ns: int = 0,
) -> Sequence[Fill]:
    """Return what a venue tells of a market since our first order there; nothing before it.

    Raises:
        ExchangeError: the venue could not be asked.
    """
    first_ns = store.first_order_ns(venue)
    if first_ns is None:
        return ()
    symbol = client.market(contract_id).symbol
    return await client.get_user_trade_history(
        symbol, max(first_ns - EARLIER_NS, since_ns, 0), until_ns
    )


async def read_ours(
    client: BaseExchangeClient, venue: str, contract_id: ContractId, store: FillStore, until_ns: int
) -> Sequence[Fill]:
    """Return our fills of a market, which a venue is asked for as far as one may be missing.

    What was filled long before the newest fill that we have was compared with the venue's list
    again and again. To read it anew with each reconnect would take more requests every day, until
    the venue refuses them and nothing is known any more.

    Raises:
        ExchangeError: the venue could not be asked.
    """
    kept = [each for each in store.fills(venue) if each.contract_id == contract_id]
    newest_ns = max((each.venue_ns for each in kept if not is_adopted(each)), default=0)
    again_ns = newest_ns - READ_AGAIN_NS
    old = [each for each in kept if each.venue_ns < again_ns]
    since_ns = again_ns - EARLIER_NS
    told = await read_history(client, venue, contract_id, store, until_ns, since_ns)
    counted = {(each.trade_id, each.side): None for each in old}
    late = ours_of_history(venue, contract_id, told, store)
    return [*old, *(each for each in late if (each.trade_id, each.side) not in counted)]


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
