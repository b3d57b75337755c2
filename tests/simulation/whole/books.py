"""I26: a book that a client shows as sound is one that its venue has published, level by level.

Clients number updates each in its venue's own way, so books are compared by what they hold: the
best levels that a client shows were all published together, and not long ago.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import partial
from typing import TypeAlias

from exchange_clients.base_models import NS, ContractId, DepthView, Side
from exchange_clients.base_websocket import BaseWebSocketManager
from tests.simulation.whole.venues import WorldVenue
from venue_simulators.world import BookChange

LEVELS = 3
KEPT_S = 120.0
"""How long a book may be on its way, and be shown before it is called stale."""
State: TypeAlias = tuple[tuple[tuple[Decimal, Decimal], ...], ...]


class PublishedBooks:
    """What every venue has published of late.

    Args:
        venues: All of them.
        now_ns: Returns the present instant.
    """

    def __init__(self, venues: Mapping[str, WorldVenue], now_ns: Callable[[], int]) -> None:
        self._venues = venues
        self._now_ns = now_ns
        self._states: dict[tuple[str, ContractId], dict[State, int]] = {}
        """By market: until when each state stood; those that stood last come last."""
        for name, venue in venues.items():
            for contract_id in venue.traded:
                self._states[name, contract_id] = {self._state(name, contract_id): 0}
                venue.world.listen_book(contract_id, partial(self._on_change, name))

    def agrees(self, venue: str, stream: BaseWebSocketManager, contract_id: ContractId) -> bool:
        """Tell whether what a client shows of a book, if anything, was published lately."""
        shown = stream.get_order_book(contract_id, LEVELS)
        return shown is None or self.knows(venue, contract_id, shown)

    def over_s(
        self, venue: str, stream: BaseWebSocketManager, contract_id: ContractId, heard_ns: int
    ) -> float:
        """Return for how long the book that a client shows had been another one when it was told.

        Args:
            venue: The venue.
            stream: The client's.
            contract_id: The market.
            heard_ns: When the client heard of it last, in true time.
        """
        shown = stream.get_order_book(contract_id, LEVELS)
        stood_ns = 0 if shown is None else self._states[venue, contract_id].get(_best(shown), 0)
        return (heard_ns - stood_ns) / NS if stood_ns else 0.0

    def knows(self, venue: str, contract_id: ContractId, shown: DepthView) -> bool:
        """Tell whether a venue has published the best levels of a book lately."""
        states = self._states[venue, contract_id]
        stood_ns = states.get(_best(shown))
        if stood_ns is None:
            return False
        return stood_ns == 0 or self._now_ns() - stood_ns <= KEPT_S * NS

    def far_touches(self, venue: str, contract_id: ContractId, side: Side) -> Iterator[Decimal]:
        """Yield each price that an order of a side would have met lately, the latest first."""
        for state in reversed(self._states[venue, contract_id]):
            levels = state[1 if side is Side.BUY else 0]
            if levels:
                yield levels[0][0]

    def _on_change(self, venue: str, change: BookChange) -> None:
        now_ns = self._now_ns()
        states = self._states[venue, change.contract_id]
        before = next(reversed(states))
        states[before] = now_ns
        state = self._state(venue, change.contract_id)
        states.pop(state, None)
        states[state] = 0  # it stands
        while 0 < states[oldest := next(iter(states))] < now_ns - KEPT_S * NS:
            del states[oldest]

    def _state(self, venue: str, contract_id: ContractId) -> State:
        shown, _ = self._venues[venue].world.depth(contract_id, LEVELS)
        return _best(shown)


def _best(shown: DepthView) -> State:
    return tuple(
        tuple((level.price, level.size) for level in side[:LEVELS])
        for side in (shown.bids, shown.asks)
    )
