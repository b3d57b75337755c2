"""A connected paper client on a loop of its own, for tests that say what it then does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal

import pytest

from exchange_clients.base_models import ContractId, Market, OrderInfo, OrderStatus, Side
from exchange_clients.journal import Journal, MemoryJournal
from exchange_clients.paper.client import PaperClient, PaperClientOptions
from exchange_clients.paper.config import Acknowledge, PaperConfig
from exchange_clients.paper.exchange import PaperExchange
from exchange_clients.paper.feed import PaperFeed
from exchange_clients.paper.sources.base import Liquidity, SourceEvent
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual
from tests.exchange_clients.paper.venue_stage import BTC, START_NS, ListSource, market, quote

Play = Callable[[PaperClient, VirtualLoop], Awaitable[None]]
BOTH = pytest.mark.parametrize(
    "config", [PaperConfig(acknowledge=each) for each in Acknowledge], ids=list(Acknowledge)
)
QUOTES: list[SourceEvent] = [quote(second / 2, 100.0, 100.1) for second in range(400)]


def play(
    act: Play,
    events: Sequence[SourceEvent] = QUOTES,
    *,
    markets: Sequence[Market] = (market(),),
    liquidity: Liquidity = Liquidity.QUOTES,
    config: PaperConfig | None = None,
    journal: Journal | None = None,
    epoch_ns: int = START_NS,
    options: PaperClientOptions | None = None,
) -> None:
    """Run ``act`` with a client that is connected and whose first market is ready."""

    async def main(loop: VirtualLoop) -> None:
        exchange = PaperExchange(ListSource(events, *markets, liquidity=liquidity), config)
        loop.add_feed(PaperFeed(exchange, loop))
        client = PaperClient(
            exchange,
            clock=VirtualClock(loop),
            journal=journal or MemoryJournal(),
            options=options,
        )
        await client.connect()
        assert await client.stream.prepare_market_feed(markets[0].contract_id)
        await act(client, loop)
        await client.disconnect()

    run_virtual(main, epoch_ns=epoch_ns)


async def filled(client: PaperClient, side: Side, size: str) -> None:
    """Trade at the market and wait for the end of the order."""
    result = await client.place_market_order(BTC, Decimal(size), side)
    assert result.client_order_id is not None
    info = await client.await_order_update(result.client_order_id)
    assert info.status is OrderStatus.FILLED


async def settled(client: PaperClient, contract_id: ContractId = BTC) -> list[OrderInfo]:
    """Return the open orders once what is on its way has arrived."""
    await asyncio.sleep(1)
    return await client.get_active_orders(contract_id)
