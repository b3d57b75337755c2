"""Funding that accrues continuously: an index per market, sampled, never settled at an hour.

Between two instants a long pays the difference of the index, in USDC per base unit. The engine
moves the money in small steps (a minute each, unless a test has terms of its own), so that equity
accrues; the wire tells of it as unrealised until a fill makes it real.

A published rate is a fraction per the market's own period. Samples older than a month lack the
8-hour rate and the period, as old rows of the venue do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_models import NS, ContractId
from exchange_clients.paper.config import PaperConfig
from exchange_clients.paper.funding import HOUR_NS, ConstantFunding, FundingTerms
from venue_simulators.agenda import Agenda
from venue_simulators.candles import HISTORY_NS
from venue_simulators.paradex.listing import listing_of
from venue_simulators.paradex.terms import MS
from venue_simulators.paradex.wording import Words, number
from venue_simulators.world import World

STEP_NS = 60 * NS
RATE_8H = Decimal("0.00012")
VENUE_FUNDING = FundingTerms(STEP_NS, ConstantFunding(RATE_8H / 480))
FIRST_INDEX = Decimal(1000)
COMPLETE_NS = 30 * 24 * HOUR_NS
"""How far back rows have all their fields."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The funding of one market at an instant; ``premium`` is in USDC per base unit and period."""

    contract_id: ContractId
    at_ns: int
    rate: Decimal
    index: Decimal
    premium: Decimal
    period_hours: int
    complete: bool = True

    @property
    def rate_8h(self) -> Decimal:
        """The rate per 8 hours."""
        return self.rate * 8 / self.period_hours

    def words(self) -> Words:
        """Return the sample as a row."""
        return {
            "market": self.contract_id,
            "funding_index": number(self.index),
            "funding_premium": number(self.premium),
            "funding_rate": number(self.rate),
            "funding_rate_8h": number(self.rate_8h) if self.complete else "",
            "funding_period_hours": self.period_hours if self.complete else 0,
            "created_at": self.at_ns // MS,
        }


class Funding:
    """The indices of a world's markets.

    Args:
        world: Whose funding it is.
        config: With what the world was built: how often its engine moves money, and by which rule.
        agenda: Where the steps are planned.
    """

    def __init__(self, world: World, config: PaperConfig, agenda: Agenda) -> None:
        self._world = world
        self._terms = config.funding
        self._agenda = agenda
        self._start_ns = world.now_ns
        self._first = world.now_ns // self.step_ns + 1
        """The number of the first step that the engine takes."""
        self._prices: Mapping[ContractId, Decimal] = {
            contract_id: world.mark(contract_id) for contract_id in world.markets
        }
        self._taken: dict[ContractId, list[Sample]] = {name: [] for name in world.markets}
        agenda.plan(self._first * self.step_ns, self._step)

    @property
    def step_ns(self) -> int:
        """The time between two samples."""
        return self._terms.interval_ns

    def now(self, contract_id: ContractId) -> Sample:
        """Return the funding as it is."""
        index = self.index(contract_id)
        return self._sample(contract_id, self._world.now_ns, index, self._mark(contract_id))

    def index(self, contract_id: ContractId) -> Decimal:
        """Return the present index."""
        taken = self._taken[contract_id]
        return taken[-1].index if taken else FIRST_INDEX

    def rate(self, contract_id: ContractId, at_ns: int) -> Decimal:
        """Return the rate per the market's own period."""
        steps = Decimal(self._period_ns(contract_id)) / self.step_ns
        settlement_ns = self._terms.next_settlement_ns(max(at_ns, self._start_ns) - 1)
        return self._terms.rule.rate(contract_id, settlement_ns) * steps

    def samples(self, contract_id: ContractId, start_ns: int, end_ns: int) -> range:
        """Return the numbers of the samples in [start, end], ascending; see ``sample``."""
        listed_ns = self._start_ns - HISTORY_NS
        first = -(-max(start_ns, listed_ns) // self.step_ns)
        last = min(end_ns, self._world.now_ns) // self.step_ns
        return range(first, min(last, self._first + len(self._taken[contract_id]) - 1) + 1)

    def sample(self, contract_id: ContractId, number: int) -> Sample:
        """Return the sample of a number."""
        if number >= self._first:
            return self._taken[contract_id][number - self._first]
        # Before the world began the rate and the price stood still.
        at_ns = number * self.step_ns
        price = self._prices[contract_id]
        periods = Decimal(self._start_ns - at_ns) / self._period_ns(contract_id)
        index = FIRST_INDEX - periods * price * self.rate(contract_id, at_ns)
        return self._sample(contract_id, at_ns, index, price)

    def _step(self) -> None:
        now_ns = self._world.now_ns
        for contract_id, taken in self._taken.items():
            mark = self._mark(contract_id)
            share = Decimal(self.step_ns) / self._period_ns(contract_id)
            gained = self.rate(contract_id, now_ns) * share * mark
            index = self.index(contract_id) + gained
            taken.append(self._sample(contract_id, now_ns, index, mark))
        self._agenda.plan((now_ns // self.step_ns + 1) * self.step_ns, self._step)

    def _sample(
        self, contract_id: ContractId, at_ns: int, index: Decimal, price: Decimal
    ) -> Sample:
        rate = self.rate(contract_id, at_ns)
        hours = listing_of(contract_id).funding_hours
        complete = at_ns > self._start_ns - COMPLETE_NS
        return Sample(contract_id, at_ns, rate, index, rate * price, hours, complete)

    def _mark(self, contract_id: ContractId) -> Decimal:
        return self._world.mark(contract_id)

    def _period_ns(self, contract_id: ContractId) -> int:
        return listing_of(contract_id).funding_hours * HOUR_NS
