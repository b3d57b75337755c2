"""Which venues are collected from, and how each is reached in an environment."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from exchange_clients.errors import ClientConfigError
from exchange_clients.factory import ExchangeFactory
from exchange_clients.paper.remote import RemotePaperClient
from exchange_clients.shared.assembly import SIMULATOR, is_pointed_at
from exchange_clients.shared.network import NetworkClient
from exchange_clients.shared.symbols import did_you_mean
from exchange_clients.shared.venue import Venue
from funding_rate_service.collection.venue_source import VenueSource
from venue_simulators.apart import start_apart
from venue_simulators.catalogue import PAPER

SIMULATED_SYMBOLS = ("BTC", "ETH", "SOL", "PEPE")
"""What every simulated venue lists."""


def venue_names(environment: str) -> list[str]:
    """Return everyone that can be asked; the paper venue exists only where it is served."""
    names = list(ExchangeFactory.names())
    return names if environment == SIMULATOR else [each for each in names if each != PAPER]


def chosen_venues(text: str | None, environment: str) -> list[str]:
    """Return the venues of a comma-separated list; all of them for None.

    Raises:
        ClientConfigError: a name is none of a venue; names near ones.
    """
    known = venue_names(environment)
    if text is None:
        return known
    names = list(dict.fromkeys(each.strip().lower() for each in text.split(",")))
    for name in names:
        if name not in known:
            hint = did_you_mean(name, known)
            raise ClientConfigError(
                f"--venues: no {name or 'name'}{hint} (known: {', '.join(known)})"
            )
    return names


def venue_words(name: str) -> Venue:
    """Return a venue's words; the paper venue's are those of its served form."""
    client = RemotePaperClient if name == PAPER else ExchangeFactory.client_class(name)
    assert issubclass(client, NetworkClient), f"{name} is not reached over a network"
    return client.VENUE


@asynccontextmanager
async def open_sources(
    names: Sequence[str], environment: str, variables: Mapping[str, str]
) -> AsyncIterator[list[VenueSource]]:
    """Return a source for each venue, for as long as the block lasts.

    In the simulator environment every venue that the variables do not reach is simulated, in a
    process of its own for all of them: what this one costs is then what it costs anywhere.

    Raises:
        ClientConfigError: a venue has no such environment, or the simulators did not start.
    """
    venues = [venue_words(name) for name in names]
    missing = [each.name for each in venues if not is_pointed_at(each, variables)]
    if environment != SIMULATOR or not missing:
        yield [VenueSource.of(each, environment, variables) for each in venues]
        return
    async with start_apart(missing, SIMULATED_SYMBOLS) as simulated:
        known = {**variables, **simulated}
        yield [VenueSource.of(each, environment, known) for each in venues]
