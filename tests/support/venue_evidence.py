"""What is seen of a simulated venue and of who trades there, from outside of both."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from exchange_clients.base_models import ContractId, Market
from exchange_clients.journal import OrderIntent
from tests.support.wire_orders import WireOrder, wire_order
from venue_simulators.fault_plan import FaultPlan
from venue_simulators.faulty_connection import BROKEN
from venue_simulators.misbehaviour import Misbehaving
from venue_simulators.request_log import Logged, RequestLog
from venue_simulators.simulator import VenueSimulator
from venue_simulators.wire import HttpRequest, HttpResponse

REFUSED_NONCE = b'"code":21104'
"""By which a venue says that the number of a transaction is not the next one."""


@dataclass(frozen=True, slots=True)
class LoggedLine:
    """A warning or worse, with the venue's time."""

    at_ns: int
    level: int
    text: str


@dataclass(slots=True)
class Evidence:
    """What was seen of all lives, from outside."""

    intents: dict[str, OrderIntent] = field(default_factory=dict)
    """Placements that were journalled, by our name of the order."""
    decided_ns: dict[str, int] = field(default_factory=dict)
    """When each of them was (epoch ns), where somebody notes it."""
    unannounced: list[WireOrder] = field(default_factory=list)
    """Orders on the wire that no journalled intent accounts for."""
    placements: list[tuple[Logged, WireOrder]] = field(default_factory=list)
    arrived: dict[str, None] = field(default_factory=dict)
    """Our names of the orders that were on the wire, lost ones included."""
    refusals: list[HttpResponse] = field(default_factory=list)
    """What the venue itself answered other than with success."""
    refused_numbers_ns: list[int] = field(default_factory=list)
    """When it refused the number of a transaction (epoch ns)."""
    lines: list[LoggedLine] = field(default_factory=list)
    unretrieved: list[str] = field(default_factory=list)
    failed_starts: list[str] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)
    """Why lives ended that were to go on."""
    births: list[int] = field(default_factory=list)
    """When each life began (epoch ns)."""

    def on_exception(self, loop: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
        """Note an exception that nobody took."""
        del loop
        self.unretrieved.append(str(context))


class WitnessedVenue(Misbehaving):
    """A venue whose every request is compared with the journal, at the instant of its arrival.

    Args:
        simulator: The venue as it would be alone.
        plan: What goes wrong.
        evidence: Takes what is seen.
        market: What is traded.
        markets: What else may be, by its contract.
    """

    def __init__(
        self,
        simulator: VenueSimulator,
        plan: FaultPlan,
        evidence: Evidence,
        market: Market,
        markets: Mapping[ContractId, Market] | None = None,
    ) -> None:
        super().__init__(simulator, plan)
        self.log = _WatchedLog(self._witness)
        self.on_placement: Callable[[], None] = lambda: None
        """Called when an order has reached the venue, or got lost before."""
        self._evidence = evidence
        self._market = market
        self._markets = markets or {}
        self._belated = False
        """Whether what comes now was asked long ago: its number is an old one, and nobody waits."""
        handle = simulator.handle

        def watched(request: HttpRequest) -> HttpResponse:
            response = handle(request)
            if response.status != 200:
                evidence.refusals.append(response)
                if REFUSED_NONCE in response.body and not self._belated:
                    evidence.refused_numbers_ns.append(self._now_ns)
            return response

        simulator.handle = watched  # type: ignore[method-assign]

    def _arrive(self, request: HttpRequest) -> None:
        self._belated = True
        super()._arrive(request)
        self._belated = False

    def _witness(self, entry: Logged) -> None:
        order = wire_order(self.name, entry, self._market)
        if order is None:
            return
        intent = self._evidence.intents.get(order.client_order_id)
        if intent is not None:  # units differ by market, and names do not
            market = self._markets.get(intent.contract_id, self._market)
            order = wire_order(self.name, entry, market) or order
        self._evidence.placements.append((entry, order))
        self._evidence.arrived[order.client_order_id] = None
        if not _announced(intent, order):
            self._evidence.unannounced.append(order)
        self.on_placement()

    def lose_clients(self) -> None:
        """Take it that whoever was connected is gone."""
        for connection in list(self._connections.values()):
            connection.close(BROKEN)
            self.on_close(connection)


class _WatchedLog(RequestLog):
    def __init__(self, witness: Callable[[Logged], None]) -> None:
        super().__init__()
        self._witness = witness

    def keep(self, entry: Logged) -> None:
        super().keep(entry)
        self._witness(entry)


def _announced(intent: OrderIntent | None, wire: WireOrder) -> bool:
    if intent is None or intent.order is None:
        return False
    order = intent.order
    known = (order.side, order.size, order.price, order.reduce_only)
    return known == (wire.side, wire.size, wire.price, wire.reduce_only)
