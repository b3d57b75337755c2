"""I33, I15: what a process has asked a venue since that last began to tell it of its account.

While nobody listens, orders end and fills happen that are told to nobody. So whoever is subscribed
again asks for orders, fills and positions, and enters nothing before it was answered. A connection
that is replaced while the old one still tells has missed nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import partial
from typing import TypeAlias

from exchange_clients.base_models import NS, OrderInfo, OrderStatus, VenueOrderId
from exchange_clients.events import PrivateEvent
from tests.conformance.venues import Deed
from tests.simulation.whole.scenario import Scenario
from tests.simulation.whole.venues import WorldVenue
from tests.support.wire_orders import ACCOUNT
from venue_simulators.faults import Fault
from venue_simulators.request_log import ANSWERED, FRAME, Logged
from venue_simulators.wire import Connection, Frame, HttpResponse

BY_HANDSHAKE: Mapping[str, str] = {
    "aster": "/ws/?*",
    "binance": "/private/ws",
    "edgex": "*/private/ws",
}
"""Venues that tell a connection of its account from its handshake on, with its path."""
BY_FRAME: Mapping[str, str] = {
    "backpack": '"account.orderUpdate',
    "bybit": '"order.linear"',
    "grvt": '"v1.order"',
    "lighter": '"account_all_orders/',
    "okx": '"channel":"orders"',
    "paradex": '"orders.ALL"',
}
"""Venues that are asked to do so, with what such a frame holds."""
ANSWERED_WELL = (ANSWERED, Fault.STALE, Fault.FIRST, Fault.EMPTY)
"""What befell an answer of which a client cannot tell that it is none."""
GOOD, TOO_MANY = 200, 429
"""Statuses of an answer; below the second one it is said that there is no such order."""
READ_S = 6.0
"""How long it may take to ask once all is well: the longest pause between two attempts, a look."""

OnOpen: TypeAlias = Callable[[Connection], HttpResponse | None]
OnFrame: TypeAlias = Callable[[Connection, Frame], None]
OnClose: TypeAlias = Callable[[Connection], None]


@dataclass(slots=True)
class Heard:
    """One account at one venue: who is told of it, and what was asked since."""

    connections: dict[int, None] = field(default_factory=dict)
    """Those that are subscribed."""
    since_ns: int | None = None
    """Since when one or another of them always was; None while none is."""
    asked_ns: dict[Deed, int] = field(default_factory=dict)
    """When each list was first asked for since then, and answered."""
    found: int = 0
    """How many questions about single orders were answered since then; or, while nobody listens,
    since the last one did."""
    open: dict[VenueOrderId, None] = field(default_factory=dict)
    """Our orders that are open, or that ended while nobody listened."""
    owed: dict[VenueOrderId, None] = field(default_factory=dict)
    """Those of them that were there as it began to tell, and of which it has told no end."""
    positions_ns: int = 0
    """When positions were last asked for, and told."""
    traded: bool = False
    """Whether any order of ours was ever there."""
    asks: tuple[Deed, ...] = ()
    """Which lists are to be read; fills where there was an order before it began to tell."""


class Knowing:
    """What each venue was asked since it last began to tell of the account.

    Args:
        scenario: Says how long answers travel.
        venues: All of them.
        now_ns: Returns the present instant.
    """

    def __init__(
        self, scenario: Scenario, venues: Mapping[str, WorldVenue], now_ns: Callable[[], int]
    ) -> None:
        self._venues = venues
        self._now_ns = now_ns
        self._latency_ns = scenario.latency_ms * NS // 1000
        self._heard: dict[str, Heard] = {}
        for name, venue in venues.items():
            heard = self._heard[name] = Heard()
            simulator, log = venue.venue.simulator, venue.venue.log
            simulator.on_open = partial(self._opened, simulator.on_open, venue, heard)  # type: ignore[method-assign]
            simulator.on_frame = partial(self._framed, simulator.on_frame, venue, heard)  # type: ignore[method-assign]
            simulator.on_close = partial(self._closed, simulator.on_close, heard)  # type: ignore[method-assign]
            log.keep = partial(self._kept, log.keep, venue, heard)  # type: ignore[method-assign]
            venue.world.listen_private(ACCOUNT, partial(self._told, venue, heard))

    def unread(self, name: str) -> str:
        """Return what of an account is not known again; empty where all was asked for.

        Nothing is missing while nobody is subscribed: who enters then goes by what was told before.
        """
        venue, heard = self._venues[name], self._heard[name]
        if heard.since_ns is None:
            return ""
        arrived_ns = self._now_ns() - self._latency_ns
        for deed in heard.asks:
            if heard.asked_ns.get(deed, arrived_ns + 1) > arrived_ns:
                return deed.value
        orders = (venue.world.order(ACCOUNT, order_id) for order_id in heard.owed)
        # Of one that was filled the fills are read.
        owed = [each for each in orders if each and each.status is not OrderStatus.FILLED]
        listed = Deed.ACTIVE in heard.asked_ns
        return "orders" if len(owed) > heard.found and not listed else ""

    def positions_ns(self, name: str) -> int:
        """Return when a venue was last asked for positions, and told them (epoch ns)."""
        return self._heard[name].positions_ns

    # What a venue sees ----------------------------------------------------------------------------

    def _opened(
        self, on_open: OnOpen, venue: WorldVenue, heard: Heard, connection: Connection
    ) -> HttpResponse | None:
        refusal = on_open(connection)
        path = BY_HANDSHAKE.get(venue.name)
        if refusal is None and path is not None and fnmatchcase(connection.request.path, path):
            self._begin(venue, heard, connection)
        return refusal

    def _framed(
        self,
        on_frame: OnFrame,
        venue: WorldVenue,
        heard: Heard,
        connection: Connection,
        frame: Frame,
    ) -> None:
        on_frame(connection, frame)
        mark = BY_FRAME.get(venue.name)
        if mark is not None and isinstance(frame, str) and mark in frame:
            self._begin(venue, heard, connection)

    def _closed(self, on_close: OnClose, heard: Heard, connection: Connection) -> None:
        on_close(connection)
        heard.connections.pop(connection.number, None)
        if not heard.connections and heard.since_ns is not None:
            heard.since_ns, heard.found = None, 0

    def _begin(self, venue: WorldVenue, heard: Heard, connection: Connection) -> None:
        heard.connections[connection.number] = None
        if heard.since_ns is None:
            heard.since_ns = self._now_ns()
            heard.asked_ns.clear()
            heard.asks = (Deed.FILLS, Deed.POSITIONS) if heard.traded else (Deed.POSITIONS,)
            orders = {each: venue.world.order(ACCOUNT, each) for each in heard.open}
            live = {
                each: None for each, info in orders.items() if info and not info.status.terminal
            }
            ended = [each for each in heard.open if each not in live]
            heard.owed = {**dict.fromkeys(ended[heard.found :]), **live}
            heard.open, heard.found = live.copy(), 0

    def _told(self, venue: WorldVenue, heard: Heard, event: PrivateEvent) -> None:
        if not isinstance(event, OrderInfo) or not venue.is_ours(event.order_id):
            return
        heard.traded = True
        if event.status.terminal and heard.since_ns is not None:
            heard.open.pop(event.order_id, None)
            heard.owed.pop(event.order_id, None)
        else:
            heard.open[event.order_id] = None

    def _kept(
        self, keep: Callable[[Logged], None], venue: WorldVenue, heard: Heard, entry: Logged
    ) -> None:
        keep(entry)
        if entry.verdict not in ANSWERED_WELL or entry.method == FRAME or entry.status is None:
            return
        ends = heard.since_ns is None and _is_of(venue, entry, Deed.CANCEL)
        if entry.status < TOO_MANY and (ends or _is_of(venue, entry, Deed.FIND)):
            heard.found += 1
        good = entry.status == GOOD
        if good and _is_of(venue, entry, Deed.POSITIONS):
            heard.positions_ns = entry.at_ns
        if heard.since_ns is None or not good:
            return
        for deed in (Deed.ACTIVE, Deed.FILLS, Deed.POSITIONS):
            if deed not in heard.asked_ns and _is_of(venue, entry, deed):
                heard.asked_ns[deed] = entry.at_ns


def _is_of(venue: WorldVenue, entry: Logged, deed: Deed) -> bool:
    terms = venue.facts.deeds[deed]
    return fnmatchcase(entry.path, terms["path"]) and entry.method == terms["method"]
