"""I22: who opens has read lately that the account can carry it, with the leverage that it wants."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fnmatch import fnmatchcase
from functools import partial

from exchange_clients.base_models import NS, ONE, ZERO, ContractId, NewOrder
from tests.conformance.venues import Deed
from tests.simulation.whole.venues import WorldVenue
from tests.support.wire_orders import ACCOUNT
from venue_simulators.request_log import Logged

READ_S = 45.0
"""How old the last reading of a pair may be: it is read first, and orders may wait for fills."""
RISK_S = 120.0
"""How old a reading may be on which the risk check lets single orders through."""
DEPEG_MAX = Decimal("0.02")
"""How far from a dollar the collateral may be, by the configuration that no scenario changes."""
LEVERAGE_PART = Decimal("0.001")
"""Venues that keep margins in basis points have 3 as 3.0003."""


@dataclass(slots=True)
class Reading:
    """The latest that a venue has told of an account's money."""

    at_ns: int = 0
    available: Decimal = ZERO
    depegged_ns: int | None = None
    """Since when each reading has told that the collateral is too far from a dollar."""


class Means:
    """What venues have told of the money and the leverage there, by their own truth.

    Args:
        venues: All of them.
        now_ns: Returns the present instant.
    """

    def __init__(self, venues: Mapping[str, WorldVenue], now_ns: Callable[[], int]) -> None:
        self._venues = venues
        self._now_ns = now_ns
        self._read: dict[str, Reading] = {}
        self.oldest_s = 0.0
        """The oldest reading on which anything was opened."""
        for name, venue in venues.items():
            log, reading = venue.venue.log, Reading()
            self._read[name] = reading
            log.keep = partial(_kept, log.keep, venue, reading)  # type: ignore[method-assign]

    def lacks(self, venue: str, order: NewOrder, leverage: Decimal | None) -> Iterator[str]:
        """Yield what speaks against an order that opens.

        Args:
            venue: Where.
            order: What is about to be sent.
            leverage: What the strategy counts with; None takes what is set.
        """
        world, reading = self._venues[venue].world, self._read[venue]
        there = world.leverage(ACCOUNT, order.contract_id)
        if leverage is not None and not self._has(venue, order.contract_id, there, leverage):
            yield f"I22: the leverage is {there}, {leverage} is counted with"
        age_s = (self._now_ns() - reading.at_ns) / NS
        self.oldest_s = max(self.oldest_s, age_s)
        if age_s > (RISK_S if leverage is None else READ_S):
            yield f"I22: the money was read {age_s:.0f} s ago"
        if leverage is not None and reading.depegged_ns is not None:
            told_s = (self._now_ns() - reading.depegged_ns) / NS
            if told_s > READ_S:
                yield f"I22: the collateral has been too far from 1 USD for {told_s:.0f} s"
        price = order.price or world.mark(order.contract_id)
        need = order.size * price / (leverage or there)
        if reading.available < need:
            yield f"I22: {reading.available:.2f} USD were free, {need:.2f} are needed"

    def _has(self, venue: str, contract_id: ContractId, there: Decimal, wanted: Decimal) -> bool:
        """Tell whether a leverage is there, or was until its user chose another one just now."""
        at_ns, before = self._venues[venue].chosen.get(contract_id, (0, there))
        lately = self._venues[venue].world.now_ns - at_ns <= READ_S * NS
        known = (there, before) if lately else (there,)
        return any(abs(each - wanted) <= LEVERAGE_PART * wanted for each in known)


def depegged(venue: WorldVenue) -> bool:
    """Tell whether a venue's collateral is too far from a dollar, as the venue tells it."""
    return abs(venue.world.deeds.collateral_price - ONE) > DEPEG_MAX


def _kept(
    keep: Callable[[Logged], None], venue: WorldVenue, reading: Reading, entry: Logged
) -> None:
    keep(entry)
    terms = venue.facts.deeds[Deed.BALANCE]
    if entry.status == 200 and fnmatchcase(entry.path, terms["path"]):
        reading.at_ns = entry.at_ns
        reading.available = venue.world.funds(ACCOUNT).available
        if not depegged(venue):
            reading.depegged_ns = None
        elif reading.depegged_ns is None:
            reading.depegged_ns = entry.at_ns
