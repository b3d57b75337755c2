"""What positions pay each other at fixed hours: longs pay shorts while the rate is positive.

Settlements stand on multiples of the interval since the epoch, as venues' do (00:00, 08:00 UTC).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Protocol, runtime_checkable

from exchange_clients.base_models import NS, ContractId
from exchange_clients.errors import ClientConfigError
from exchange_clients.paper.units import share
from exchange_clients.shared.clock import Rng

HOUR_NS = 3600 * NS
DAY_NS = 24 * HOUR_NS
_RATE_STEP = Decimal("1e-8")


class FundingRule(Protocol):
    """Which rate a settlement has; a function of its arguments alone."""

    def rate(self, contract_id: ContractId, settlement_ns: int) -> Decimal:
        """Return the fraction of notional that longs pay at ``settlement_ns``."""


@runtime_checkable
class MovingRule(FundingRule, Protocol):
    """A rule whose rate is estimated before it is settled, as most venues do."""

    def forecast(self, contract_id: ContractId, settlement_ns: int, now_ns: int) -> Decimal:
        """Return what is told of a settlement's rate at ``now_ns``; in the end it is the rate."""


@dataclass(frozen=True, slots=True)
class ConstantFunding:
    """The same rate at every settlement."""

    per_interval: Decimal = Decimal("0.0001")

    def rate(self, contract_id: ContractId, settlement_ns: int) -> Decimal:
        """Return the constant."""
        del contract_id, settlement_ns
        return self.per_interval


class ScheduledFunding:
    """Recorded rates: the last one stated at or before the settlement; zero before the first."""

    def __init__(self, rates: Mapping[ContractId, Sequence[tuple[int, Decimal]]]) -> None:
        self._rates = {contract: sorted(rows) for contract, rows in rates.items()}

    def rate(self, contract_id: ContractId, settlement_ns: int) -> Decimal:
        """Look the rate up."""
        rows = self._rates.get(contract_id, [])
        index = bisect_right(rows, settlement_ns, key=_instant)
        return rows[index - 1][1] if index else Decimal(0)


@dataclass(frozen=True, slots=True)
class InventedFunding:
    """Rates that wander from day to day, drawn from a seed: what an invented venue pays.

    Each day has a level; a settlement between two of them has what lies between the levels. They
    are per eight hours, and a shorter interval pays its share.
    """

    seed: int
    interval_ns: int = 8 * HOUR_NS
    lowest: int = -100
    """Of notional per eight hours, in parts of 100,000: 0.1 % is paid by the shorts."""
    highest: int = 200

    def rate(self, contract_id: ContractId, settlement_ns: int) -> Decimal:
        """Return what lies between the levels of the day and the next one."""
        return _invented(self, contract_id, settlement_ns)

    def level(self, contract_id: ContractId, day: int) -> int:
        """Return the level of a day since the epoch, in parts of 100,000 per eight hours."""
        draw = Rng(self.seed, f"funding/{contract_id}/{day}")
        return draw.randint(self.lowest, self.highest)


@lru_cache(maxsize=1024)
def _invented(rule: InventedFunding, contract_id: ContractId, settlement_ns: int) -> Decimal:
    """Return an invented rate: the next one is announced with every ticker until it is paid."""
    day, within_ns = divmod(settlement_ns, DAY_NS)
    now, then = (rule.level(contract_id, each) for each in (day, day + 1))
    level = now * (DAY_NS - within_ns) + then * within_ns
    exact = Decimal(level) / DAY_NS * rule.interval_ns / (8 * HOUR_NS) / 10**5
    return exact.quantize(_RATE_STEP)


@dataclass(frozen=True, slots=True)
class FundingTerms:
    """How often a venue settles, and by which rule."""

    interval_ns: int = 8 * HOUR_NS
    rule: FundingRule = ConstantFunding()
    moving: MovingRule | None = field(init=False, repr=False, compare=False)
    """The rule, where it is one that estimates."""

    def __post_init__(self) -> None:
        if self.interval_ns <= 0:
            raise ClientConfigError(f"interval_ns must be positive, got {self.interval_ns}")
        # Looked up once: asking a protocol costs more than the rate itself.
        moving = self.rule if isinstance(self.rule, MovingRule) else None
        object.__setattr__(self, "moving", moving)

    @property
    def interval_hours(self) -> Decimal:
        """The interval as venues state it."""
        return Decimal(self.interval_ns) / HOUR_NS

    def next_settlement_ns(self, after_ns: int) -> int:
        """Return the first settlement after an instant."""
        return (after_ns // self.interval_ns + 1) * self.interval_ns

    def forecast(self, contract_id: ContractId, settlement_ns: int, now_ns: int) -> Decimal:
        """Return the rate of a settlement as it is told at an instant before it."""
        if self.moving is not None:
            return self.moving.forecast(contract_id, settlement_ns, now_ns)
        return self.rule.rate(contract_id, settlement_ns)


def payment_atoms(value_atoms: int, rate: Decimal) -> int:
    """Return what a position of signed value pays (above zero) or receives (below), rounded up."""
    return share(value_atoms, rate)


def payment_id(contract_id: ContractId, settlement_ns: int, account: str) -> str:
    """Return the name under which a payment counts once."""
    return f"{contract_id}:{settlement_ns}:{account}"


def _instant(row: tuple[int, Decimal]) -> int:
    return row[0]
