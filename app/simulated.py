"""Simulators of venues: those that a run starts by itself, and those that run already.

A simulator in this process lives as long as the run: its market, account and orders are gone with
it. To take a run up again, start the simulator by itself and set what it prints.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from decimal import Decimal

from app.settings import RunSettings
from exchange_clients.shared.assembly import is_pointed_at
from exchange_clients.shared.venue import Venue
from venue_simulators.catalogue import start
from venue_simulators.options import DEFAULT_SYMBOLS, SharedWorld, SimulatorOptions
from venue_simulators.server import SimulatorServer

USUAL_BALANCE = Decimal(10_000)


def is_running(venue: Venue, variables: Mapping[str, str]) -> bool:
    """Say whether the variables name a simulator."""
    return is_pointed_at(venue, variables)


def simulator_of(
    name: str,
    *symbols: str,
    seed: int,
    balance: Decimal = USUAL_BALANCE,
    shared: SharedWorld | None = None,
) -> AbstractAsyncContextManager[SimulatorServer]:
    """Return a block that serves a venue with some markets, and one account with ``balance`` USD.

    Args:
        name: The venue.
        symbols: Its markets.
        seed: Of all that is drawn.
        balance: USD on the account.
        shared: The world that it has in common with other venues.

    Raises:
        ClientConfigError: on entering; the venue, or a symbol there, is not simulated.
    """
    options = SimulatorOptions(seed=seed, symbols=symbols, balance=balance, shared=shared)
    return start(name, options)


def simulated_symbols(settings: RunSettings) -> tuple[str, ...]:
    """Return what simulators of a run list: what it trades, and the market that it shows."""
    if not settings.many_markets:
        return (settings.ticker,)
    return tuple(dict.fromkeys((settings.ticker, *(settings.symbols or DEFAULT_SYMBOLS))))


def shared_world(settings: RunSettings, name: str) -> SharedWorld | None:
    """Return the world of a run's venues; None where each may make up its own prices."""
    if not settings.many_markets:
        return None
    return SharedWorld(settings.seed, settings.exchange.index(name))
