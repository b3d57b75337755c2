"""A client of the toy venue on virtual time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from exchange_clients.base_models import NS, ONE, Fill, OrderInfo, OrderResult, Side
from exchange_clients.journal import Journal, MemoryJournal
from exchange_clients.shared.client.venue_client import VenueClient, VenueClientOptions
from exchange_clients.shared.clock import Rng
from exchange_clients.shared.credentials import Credentials
from exchange_clients.shared.link import VenueLink
from exchange_clients.shared.signing import simulated_seal
from exchange_clients.shared.venue import Venue
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual
from tests.support.toy_host import BTC, ToyHost
from tests.support.toy_venue import VENUE

PRICE = Decimal(100)
EPOCH_NS = 1_790_000_000 * NS


@dataclass
class ToyStage:
    """A venue, one account's client, and what its handlers heard."""

    clock: VirtualClock
    host: ToyHost
    client: VenueClient
    heard: list[OrderInfo | Fill]

    def order(self, number: int = 0) -> str:
        """Return our name of the n-th order that the venue took."""
        return list(self.host.orders)[number]


def toy_link(
    clock: VirtualClock, host: ToyHost, venue: Venue = VENUE, *, private: bool = True
) -> VenueLink:
    """Return a link to a toy host."""
    credentials = Credentials(venue.fields, {"key": "k", "secret": "s"})
    return VenueLink(
        venue,
        venue.environments["prod"],
        credentials if private else None,
        http=host,
        sockets=host,
        clock=clock,
        rng=Rng(7),
        seal=simulated_seal,
    )


def play(
    scene: Callable[[ToyStage], Awaitable[object]],
    *,
    venue: Venue = VENUE,
    journal: Journal | None = None,
    host: Callable[[ToyHost], object] = lambda host: None,
    connects: bool = True,
    **options: Any,
) -> ToyStage:
    """Run a scene with a connected client; return what is left of it."""
    stages: list[ToyStage] = []

    async def main(loop: VirtualLoop) -> None:
        clock = VirtualClock(loop)
        toy = ToyHost(clock)
        host(toy)
        client = VenueClient(
            toy_link(clock, toy, venue),
            journal=journal or MemoryJournal(),
            options=VenueClientOptions(**options),
        )
        stage = ToyStage(clock, toy, client, [])
        client.setup_fill_handler(stage.heard.append)
        client.setup_order_update_handler(stage.heard.append)
        stages.append(stage)
        if connects:
            await client.connect()
        await scene(stage)
        await client.disconnect()

    run_virtual(main, epoch_ns=EPOCH_NS)
    return stages[0]


async def buy(stage: ToyStage, *, post_only: bool = False) -> OrderResult:
    """Place a buy of one at 100."""
    return await stage.client.place_limit_order(BTC, ONE, PRICE, Side.BUY, post_only=post_only)


async def state(stage: ToyStage, placed: OrderResult) -> OrderInfo:
    """Return an order as the client knows it."""
    assert placed.client_order_id is not None
    info = await stage.client.get_order_info(placed.client_order_id)
    assert info is not None
    return info
