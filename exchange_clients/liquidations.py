"""How liquidations that a client hears of are handed on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from exchange_clients.base_models import LiquidationEvent

LIQUIDATION_EVENTS_MAX = 1000

LiquidationListener = Callable[[LiquidationEvent], None]


class Liquidations:
    """A queue for one reader, and listeners beside it."""

    def __init__(self) -> None:
        self.liquidation_events_queue: asyncio.Queue[LiquidationEvent] = asyncio.Queue(
            LIQUIDATION_EVENTS_MAX
        )
        self._liquidation_listeners: list[LiquidationListener] = []

    def add_liquidation_listener(self, listener: LiquidationListener) -> None:
        """Call ``listener`` with each liquidation as it is heard, of whichever account."""
        self._liquidation_listeners.append(listener)

    def emit_liquidation_event(self, event: LiquidationEvent) -> None:
        """Hand a liquidation to listeners, and to whoever reads the queue.

        The queue's oldest is dropped when it is full.
        """
        for listener in self._liquidation_listeners:
            listener(event)
        if self.liquidation_events_queue.full():
            self.liquidation_events_queue.get_nowait()
        self.liquidation_events_queue.put_nowait(event)
