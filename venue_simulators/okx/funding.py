"""When each instrument settles funding, and at which rate: most every 8 hours, some oftener.

The engine settles all markets at one interval. It is given the shortest, and a rate of zero at the
instants that an instrument does not have; those are no settlements here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_models import ContractId
from exchange_clients.paper.config import PaperConfig
from exchange_clients.paper.funding import HOUR_NS, FundingTerms
from venue_simulators.world import FundingRate, World

RATE_8H = Decimal("0.0001")
_HOURS = {"SOL-USDT-SWAP": 4}
"""Of those that do not settle every 8 hours."""
_SHORTEST_HOURS = min(_HOURS.values())


@dataclass(frozen=True, slots=True)
class ListedFunding:
    """One rate for all instruments, which each settles at its own hours only."""

    def rate(self, contract_id: ContractId, settlement_ns: int) -> Decimal:
        """Return the fraction of notional that longs pay at ``settlement_ns``."""
        hours = _HOURS.get(contract_id, 8)
        return Decimal(0) if settlement_ns % (hours * HOUR_NS) else RATE_8H * hours / 8


VENUE_FUNDING = FundingTerms(_SHORTEST_HOURS * HOUR_NS, ListedFunding())


@dataclass(frozen=True, slots=True)
class Settlement:
    """The coming settlement of an instrument."""

    rate: Decimal
    at_ns: int
    interval_ns: int


class Funding:
    """A world's funding as OKX words it.

    Args:
        world: Whose funding it is.
        config: What the world was built with; one with another interval than the venue's own
            settles every instrument at that.
    """

    def __init__(self, world: World, config: PaperConfig) -> None:
        self._world = world
        self._terms = config.funding
        self._interval_ns = config.funding.interval_ns
        self._listed = config.funding.interval_ns == VENUE_FUNDING.interval_ns

    def coming(self, contract_id: ContractId) -> Settlement:
        """Return the next settlement."""
        span_ns = self._span_ns(contract_id)
        if not self._listed:
            ticker = self._world.ticker(contract_id)
            return Settlement(ticker.funding_rate, ticker.next_funding_ns, span_ns)
        now_ns = self._world.now_ns
        at_ns = (now_ns // span_ns + 1) * span_ns
        return Settlement(self._terms.forecast(contract_id, at_ns, now_ns), at_ns, span_ns)

    def settled(self, contract_id: ContractId, since_ns: int) -> Sequence[FundingRate]:
        """Return settled rates from an instant on, oldest first."""
        span_ns = self._span_ns(contract_id)
        rates = self._world.funding_rates(contract_id, since_ns, self._world.now_ns + 1)
        return [one for one in rates if one.at_ns % span_ns == 0]

    def _span_ns(self, contract_id: ContractId) -> int:
        return _HOURS.get(contract_id, 8) * HOUR_NS if self._listed else self._interval_ns
