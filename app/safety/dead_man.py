"""Keeps the venues' dead-man switches armed while the bot runs, and takes them back at its end.

A switch cancels whatever an account has open, so that it is armed on accounts that are ours alone.
It works where nothing of ours does any more: the machine is lost, or its network.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from exchange_clients.base_client import BaseExchangeClient
from exchange_clients.base_models import Feature, Fill, OrderInfo, Purpose
from exchange_clients.errors import ExchangeError
from exchange_clients.shared.client.venue_client import VenueClient
from exchange_clients.shared.clock import Clock
from exchange_clients.shared.tasks import TaskScope

logger = logging.getLogger(__name__)

RENEWALS = 3
"""How often a switch is renewed in its time: two renewals may fail."""
RENEW_MAX_S = 30.0
"""A venue may take a shorter time than it is asked for; none takes less than three of these."""
ARM_TIMEOUT_S = 10.0


class DeadMan:
    """The switches of a run's accounts.

    Args:
        clients: By venue.
        seconds: After how long without a word a venue cancels.
        clock: Time and waiting.
    """

    def __init__(
        self, clients: Mapping[str, BaseExchangeClient], seconds: float, clock: Clock
    ) -> None:
        self._switches: dict[str, VenueClient] = {}
        self._clients = clients
        self._seconds = seconds
        self._clock = clock
        self._tasks = TaskScope()

    async def open(self) -> None:
        """Do nothing yet: the clients are connected by the bot."""

    def on_start(self) -> None:
        """Arm what there is, and renew it from now on."""
        for name, client in self._clients.items():
            if isinstance(client, VenueClient) and client.supports(Feature.DEAD_MAN):
                self._switches[name] = client
                self._tasks.start(self._keep_armed(name, client), f"dead man {name}")
            else:
                logger.warning("event=no_dead_man venue=%s next=orders_outlive_a_crash", name)

    def on_order(self, venue: str, purpose: Purpose, info: OrderInfo) -> None:
        """Do nothing: a switch covers every order."""

    def on_fill(self, venue: str, fill: Fill) -> None:
        """Do nothing, likewise."""

    async def close(self) -> None:
        """Take the switches back: what is left open on purpose is to stay."""
        await self._tasks.close()
        for name, client in self._switches.items():
            await self._arm(name, client, 0.0)

    async def _keep_armed(self, name: str, client: VenueClient) -> None:
        while True:
            await self._arm(name, client, self._seconds)
            await self._clock.sleep(min(self._seconds / RENEWALS, RENEW_MAX_S))

    async def _arm(self, name: str, client: VenueClient, seconds: float) -> None:
        try:
            async with self._clock.deadline(ARM_TIMEOUT_S):
                await client.arm_dead_man(seconds)
        except (ExchangeError, OSError) as error:  # a time-out is an OSError
            logger.warning(
                "event=dead_man_not_told venue=%s seconds=%g error=%r", name, seconds, error
            )
