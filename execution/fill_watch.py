"""Hands each fill to whom its order belongs, also when it comes after the order's end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeAlias

from exchange_clients.base_client import BaseExchangeClient
from exchange_clients.base_models import ClientOrderId, Fill

FillListener: TypeAlias = Callable[[Fill], None]
FOLLOWED_MAX = 10_000
"""Orders whose fills are listened to; of more, the oldest are let go."""


class FillWatch:
    """Listens to the fills of several clients.

    A client keeps its handlers for good, so this is made once for each set of clients.
    """

    def __init__(self, clients: Mapping[str, BaseExchangeClient]) -> None:
        """Take the clients by the name of their venue."""
        self._listeners: dict[tuple[str, ClientOrderId], FillListener] = {}
        for venue, client in clients.items():
            client.setup_fill_handler(partial(self._on_fill, venue))

    def follow(self, venue: str, client_order_id: ClientOrderId, listener: FillListener) -> None:
        """Call ``listener`` with each fill of an order from now on."""
        self._listeners[venue, client_order_id] = listener
        if len(self._listeners) > FOLLOWED_MAX:
            del self._listeners[next(iter(self._listeners))]

    def _on_fill(self, venue: str, fill: Fill) -> None:
        # What its venue voids later is no matter of the execution, which has traded it.
        if fill.client_order_id is not None and fill.voids is None:
            listener = self._listeners.get((venue, fill.client_order_id))
            if listener is not None:
                listener(fill)
