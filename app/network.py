"""What every command that reaches a real venue begins with: its class, a loop, its market."""

from __future__ import annotations

import asyncio

from app.errors import UsageError
from app.settings import PAPER
from exchange_clients.base_models import Market
from exchange_clients.factory import ExchangeFactory
from exchange_clients.paper.remote import RemotePaperClient
from exchange_clients.shared.link import VenueLink
from exchange_clients.shared.network import NetworkClient
from exchange_clients.shared.symbols import did_you_mean


def network_client(name: str, *, paper_served: bool = False) -> type[NetworkClient]:
    """Return a venue's client class.

    Args:
        name: The venue.
        paper_served: Whether ``paper`` is the one that another process serves.

    Raises:
        ClientConfigError: there is no such venue.
        UsageError: it is not reached over the network.
    """
    if paper_served and name == PAPER:
        return RemotePaperClient
    client_class = ExchangeFactory.client_class(name)
    if not issubclass(client_class, NetworkClient):
        raise UsageError(f"--exchange: {name} cannot stand beside a venue that trades live")
    return client_class


def fast_loop() -> asyncio.AbstractEventLoop:
    """Return the fastest loop there is."""
    try:
        import uvloop  # noqa: PLC0415  # an extra, and not on every platform
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


def listed_market(link: VenueLink, ticker: str) -> Market:
    """Return the market of a ticker; the link is open.

    Raises:
        UsageError: the venue does not trade it.
    """
    listing = link.table.find(ticker)
    if listing is None or not listing.tradable:
        known = [each.market.symbol for each in link.table if each.tradable]
        raise UsageError(
            f"--ticker {ticker}: {link.venue.name} does not trade it{did_you_mean(ticker, known)}"
        )
    return listing.market
