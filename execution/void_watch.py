"""Tells a bot of fills that a venue has voided, whoever's order it was and however long ago.

What takes a fill back is heard from the clients, and was written down before. So each start tells
again what the journal has: a process may have died between that and its strategy's own state, and a
strategy takes each up once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from exchange_clients.base_client import BaseExchangeClient
from exchange_clients.base_models import Fill, Purpose
from exchange_clients.shared.clock import Clock
from execution.bot_ports import BotObserver
from execution.bot_state import FillStore, name_of
from execution.order_desk import OrderDesk
from execution.readings import FillVoided


class VoidWatch:
    """Listens to several clients.

    Args:
        clients: By the venues' names.
        store: Where names of orders and fills survive.
        desk: The bot's orders, whose positions are without it again.
        observer: Books it for people.
        tell: Takes each.
        clock: When.
    """

    def __init__(
        self,
        clients: Mapping[str, BaseExchangeClient],
        store: FillStore,
        desk: OrderDesk,
        observer: BotObserver,
        tell: Callable[[FillVoided], None],
        clock: Clock,
    ) -> None:
        self._clients = clients
        self._store = store
        self._desk = desk
        self._observer = observer
        self._tell = tell
        self._clock = clock

    def open(self) -> None:
        """Tell what was voided before, which is in the books already; listen from now on."""
        for venue, client in self._clients.items():
            for fill in self._store.fills(venue):
                named = self._name_of(venue, fill)
                if named is not None:
                    self._tell(FillVoided(named[0], fill, self._clock.now_ns()))
            client.setup_fill_handler(partial(self._hear, venue))

    def _hear(self, venue: str, fill: Fill) -> None:
        if fill.voids is None:
            return
        now_ns, named = self._clock.now_ns(), self._name_of(venue, fill)
        text = f"{venue} has voided {fill.voids}: {fill.order_side} {fill.size} at {fill.price}"
        self._observer.on_note(now_ns, text)
        if named is not None:
            self._desk.on_voided(venue, fill)
            self._observer.on_fill(venue, *named, fill)
            self._tell(FillVoided(named[0], fill, now_ns))

    def _name_of(self, venue: str, fill: Fill) -> tuple[str, Purpose] | None:
        """Return key and purpose of the order of which a fill takes something back."""
        if fill.voids is None or fill.client_order_id is None:
            return None
        return name_of(self._store, venue, fill.client_order_id)
