"""When each market settles funding and at which rate: GRVT's markets have marks of their own.

The engine settles all of its markets at one interval. It is given the shortest, and a rate of zero
at the marks that a market does not have; those are no settlements here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_models import ContractId
from exchange_clients.paper.config import PaperConfig
from exchange_clients.paper.funding import HOUR_NS, FundingTerms
from venue_simulators.grvt.instruments import LISTINGS
from venue_simulators.world import FundingRate, World

RATE_8H = Decimal("0.0001")
SHORTEST_HOURS = 4


@dataclass(frozen=True, slots=True)
class MarkedFunding:
    """One rate for all markets, which each settles at its own marks only."""

    rate_8h: Decimal = RATE_8H

    def rate(self, contract_id: ContractId, settlement_ns: int) -> Decimal:
        """Return the fraction of notional that longs pay at ``settlement_ns``."""
        hours = _listed_hours(contract_id)
        return Decimal(0) if settlement_ns % (hours * HOUR_NS) else self.rate_8h * hours / 8


VENUE_FUNDING = FundingTerms(SHORTEST_HOURS * HOUR_NS, MarkedFunding())


class FundingMarks:
    """A world's funding as GRVT words it.

    Args:
        world: Whose funding it is.
        config: What the world was built with; one with another interval than GRVT's own settles
            every market at that.
    """

    def __init__(self, world: World, config: PaperConfig) -> None:
        self._world = world
        self._terms = config.funding
        self._marked = config.funding.interval_ns == VENUE_FUNDING.interval_ns
        self._interval_ns = config.funding.interval_ns

    def interval_ns(self, contract_id: ContractId) -> int:
        """Return the time between two settlements of a market."""
        return _listed_hours(contract_id) * HOUR_NS if self._marked else self._interval_ns

    def hours(self, contract_id: ContractId) -> int:
        """Return the same as GRVT states it; less than an hour reads as one."""
        return max(self.interval_ns(contract_id) // HOUR_NS, 1)

    def next_ns(self, contract_id: ContractId) -> int:
        """Return the instant of the settlement that comes next."""
        interval_ns = self.interval_ns(contract_id)
        return (self._world.now_ns // interval_ns + 1) * interval_ns

    def rate(self, contract_id: ContractId) -> Decimal:
        """Return the rate of that settlement, as a fraction of notional."""
        return self._terms.forecast(contract_id, self.next_ns(contract_id), self._world.now_ns)

    def settled(self, contract_id: ContractId, start_ns: int, end_ns: int) -> Sequence[FundingRate]:
        """Return the settlements in [start, end), oldest first."""
        interval_ns = self.interval_ns(contract_id)
        rates = self._world.funding_rates(contract_id, start_ns, end_ns)
        return [each for each in rates if each.at_ns % interval_ns == 0]


def _listed_hours(contract_id: str) -> int:
    listing = LISTINGS.get(contract_id)
    return listing.funding_interval_hours if listing else 2 * SHORTEST_HOURS
