"""Funding as the venue tells it: settled rates, the running one, and a row for every minute.

A rate belongs to the boundary that ended its interval; rows within the next interval still carry
that boundary and that rate, and tell in ``forecastFundingRate`` what the coming settlement will be.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_models import NS, ZERO, ContractId
from exchange_clients.paper.funding import HOUR_NS, ConstantFunding, FundingTerms
from venue_simulators.candles import HISTORY_NS
from venue_simulators.chance import fraction
from venue_simulators.world import World

MINUTE_NS = 60 * NS
FLAT_RATE = Decimal("0.00005")
"""The interest of a day, spread over its six settlements."""
_SPREAD = Decimal("0.00012")
_DIGITS = Decimal("0.00000001")
_PIECE = 16
"""Settlements that are looked up at once."""


@dataclass(frozen=True, slots=True)
class WanderingFunding:
    """A rate of its own for each settlement, around the flat one; some are below zero."""

    def rate(self, contract_id: ContractId, settlement_ns: int) -> Decimal:
        """Return the fraction of notional that longs pay at ``settlement_ns``."""
        strayed = Decimal(str(2 * fraction("funding", contract_id, settlement_ns) - 1))
        return (FLAT_RATE + strayed * _SPREAD).quantize(_DIGITS)


VENUE_FUNDING = FundingTerms(4 * HOUR_NS, WanderingFunding())


STEADY_FUNDING = FundingTerms(VENUE_FUNDING.interval_ns, ConstantFunding(FLAT_RATE))
"""Around this a market that lives wanders by itself."""


@dataclass(frozen=True, slots=True)
class RatePoint:
    """What the venue knew of a contract's funding at one minute."""

    boundary_ns: int
    """The settlement that has passed; zero before a contract's first."""
    told_ns: int
    rate: Decimal
    coming: Decimal
    settlement: bool


class FundingTable:
    """The funding of a world.

    Args:
        world: Whose.
        terms: How often it settles, and by which rule.
        delay_ns: How long after its boundary a settled rate is booked.
    """

    def __init__(self, world: World, terms: FundingTerms, delay_ns: int) -> None:
        self._world = world
        self._terms = terms
        self._delay_ns = delay_ns

    @property
    def hours(self) -> Decimal:
        """The time between two settlements."""
        return self._terms.interval_hours

    def boundaries(self, contract_id: ContractId) -> tuple[int, int]:
        """Return the settlement that has passed and the one that comes."""
        coming_ns = self._world.ticker(contract_id).next_funding_ns
        return coming_ns - self._terms.interval_ns, coming_ns

    def latest(self, contract_id: ContractId) -> RatePoint:
        """Return the row of the running minute."""
        return self._minute(contract_id, self._world.now_ns // MINUTE_NS * MINUTE_NS)

    def settled(self, contract_id: ContractId, start_ns: int, end_ns: int) -> Iterator[RatePoint]:
        """Yield the settlements in [start, end) that are booked, newest first."""
        until_ns = min(end_ns, self._world.now_ns - self._delay_ns + 1)
        oldest_ns = max(start_ns, self._world.now_ns - HISTORY_NS)
        while until_ns > oldest_ns:
            # Most pages are short, so the history is gone through in pieces.
            since_ns = max(until_ns - _PIECE * self._terms.interval_ns, oldest_ns)
            yield from self._piece(contract_id, since_ns, until_ns)
            until_ns = since_ns

    def _piece(self, contract_id: ContractId, start_ns: int, end_ns: int) -> list[RatePoint]:
        found = self._world.funding_rates(contract_id, start_ns, end_ns)
        return [
            RatePoint(
                each.at_ns, each.at_ns + self._delay_ns, each.rate, each.rate, settlement=True
            )
            for each in reversed(found)
        ]

    def minutes(self, contract_id: ContractId, start_ns: int, end_ns: int) -> Iterator[RatePoint]:
        """Yield a row for each minute in [start, end), and the settlements, newest first."""
        now_ns = self._world.now_ns
        oldest_ns = max(start_ns, now_ns - HISTORY_NS)
        at_ns = (min(end_ns - 1, now_ns) // MINUTE_NS) * MINUTE_NS
        booked_ns = -(-self._delay_ns // MINUTE_NS) * MINUTE_NS
        while at_ns >= oldest_ns:
            boundary_ns = at_ns - booked_ns
            if boundary_ns % self._terms.interval_ns == 0:
                yield from self.settled(contract_id, boundary_ns, boundary_ns + 1)
            yield self._minute(contract_id, at_ns)
            at_ns -= MINUTE_NS

    def _minute(self, contract_id: ContractId, at_ns: int) -> RatePoint:
        boundary_ns = at_ns // self._terms.interval_ns * self._terms.interval_ns
        rates = self._world.funding_rates(contract_id, boundary_ns, boundary_ns + 1)
        coming_ns = boundary_ns + self._terms.interval_ns
        coming = self._terms.forecast(contract_id, coming_ns, at_ns)
        if not rates:
            return RatePoint(0, at_ns, ZERO, coming, settlement=False)
        return RatePoint(boundary_ns, at_ns, rates[0].rate, coming, settlement=False)
