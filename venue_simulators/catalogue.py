"""Which venues are simulated, and the one function by which programs start a simulator."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING

from exchange_clients.errors import ClientConfigError
from venue_simulators.fault_plan import FaultPlan
from venue_simulators.misbehaviour import Misbehaving
from venue_simulators.options import SimulatorOptions
from venue_simulators.simulator import VenueSimulator

if TYPE_CHECKING:
    from venue_simulators.server import SimulatorServer

VENUES = ("aster", "backpack", "binance", "bybit", "edgex", "grvt", "lighter", "okx", "paradex")
"""Names of the simulated venues."""
PAPER = "paper"
"""No simulation of another: the paper venue itself, served."""
SERVED = (*VENUES, PAPER)


def build(venue: str, options: SimulatorOptions | None = None) -> VenueSimulator:
    """Return a simulator by its venue's name; no other venue is imported.

    Raises:
        ClientConfigError: there is none of that name, or the options do not fit it.
    """
    if venue not in SERVED:
        raise ClientConfigError(f"venue {venue} is not simulated: choose from {', '.join(SERVED)}")
    # A venue's own signing library is loaded only by whoever simulates that venue.
    module = import_module(f"venue_simulators.{venue}.simulator")
    simulator: VenueSimulator = module.build(options or SimulatorOptions())
    return simulator


@asynccontextmanager
async def start(
    venue: str,
    options: SimulatorOptions | None = None,
    *,
    plan: FaultPlan | None = None,
    port: int = 0,
) -> AsyncIterator[SimulatorServer]:
    """Serve a simulated venue on loopback for as long as the block lasts.

    ``server.environment()`` returns the variables with which a client trades there.

    Args:
        venue: Its name.
        options: What to simulate; a world without a beginning begins now.
        plan: What goes wrong.
        port: Of the venue's first service, the others follow; 0 takes free ports.

    Raises:
        ClientConfigError: there is none of that name, or the options do not fit it.
        OSError: a port is taken.
    """
    # Whoever simulates in memory needs no server library.
    from venue_simulators.server import SimulatorServer, wall_ns  # noqa: PLC0415

    options = options or SimulatorOptions()
    if options.start_ns is None:
        options = replace(options, start_ns=wall_ns())
    async with SimulatorServer(Misbehaving(build(venue, options), plan), port) as server:
        yield server
