"""Simulators of venues: those that a run starts by itself, and those that run already.

A simulator in this process lives as long as the run: its market, account and orders are gone with
it. To take a run up again, start the simulator by itself and set what it prints.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from decimal import Decimal

from exchange_clients.shared.assembly import url_variables
from exchange_clients.shared.venue import Venue
from venue_simulators.catalogue import start
from venue_simulators.options import SimulatorOptions
from venue_simulators.server import SimulatorServer

USUAL_BALANCE = Decimal(10_000)


def is_running(venue: Venue, variables: Mapping[str, str]) -> bool:
    """Say whether the variables name a simulator; some of its URLs are enough to mean one."""
    return any(variables.get(name) for name in url_variables(venue).values())


def simulator_of(
    name: str, ticker: str, *, seed: int, balance: Decimal = USUAL_BALANCE
) -> AbstractAsyncContextManager[SimulatorServer]:
    """Return a block that serves a venue with one market, and one account with ``balance`` USD.

    Raises:
        ClientConfigError: on entering; the venue, or the ticker there, is not simulated.
    """
    return start(name, SimulatorOptions(seed=seed, symbols=(ticker,), balance=balance))
