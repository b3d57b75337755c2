"""A run on the live prices of venues, with orders filled on paper: needs no keys."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from contextlib import AsyncExitStack

from app.network import fast_loop, network_client
from app.public_paper import PublicPaperVenue, open_public_paper
from app.run_state import RunState
from app.settings import PROD, RunSettings
from app.steady_clock import SteadyClock
from exchange_clients.shared.assembly import open_link

logger = logging.getLogger(__name__)


class PublicPaperStage:
    """The public streams of the venues that a configuration names.

    Args:
        settings: The whole configuration.

    Raises:
        ClientConfigError: there is no such venue.
        UsageError: a venue has no live prices.
    """

    clock: SteadyClock
    keeps = True
    remembers = False

    def __init__(self, settings: RunSettings) -> None:
        self._settings = settings
        self._venues = {name: network_client(name).VENUE for name in settings.exchange}
        self._opened = AsyncExitStack()

        if settings.many_markets and not settings.symbols:
            logger.warning(
                "event=paper_markets traded=%s reason=a market is followed where it is named; "
                "name more with --symbols",
                settings.ticker,
            )

    def make_loop(self, state: RunState) -> asyncio.AbstractEventLoop:
        """Return the fastest loop there is; time begins no earlier than the journal ends."""
        self.clock = SteadyClock(state.journal.last_instant_ns())
        return fast_loop()

    async def open(self, state: RunState) -> Mapping[str, PublicPaperVenue]:
        """Reach the venues and claim their markets."""
        settings = self._settings
        state.claim(
            {
                "prices": list(self._venues),
                "seed": settings.seed,
                "paper": settings.paper.model_dump(mode="json"),
                **({"symbols": list(settings.symbols)} if settings.many_markets else {}),
            }
        )
        venues = {}
        for name, venue in self._venues.items():
            link = open_link(venue, PROD, settings.variables, clock=self.clock, private=False)
            link.acquire()
            self._opened.push_async_callback(link.close)
            venues[name] = opened = await open_public_paper(name, link, settings, state)
            self._opened.push_async_callback(opened.close)
        return venues

    def begin(self) -> None:
        """Do nothing: the machine's time goes on by itself."""

    async def close(self) -> None:
        """Stop listening and let the venues go."""
        await self._opened.aclose()
