"""Rates of a market that lives: each contract's wanders around what its venue usually charges.

Slow waves carry hours and days, quick ones minutes, so that venues part and meet again. A rate is a
function of seed, contract and instant: it needs no history, and a world that begins again at an
instant has the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_models import NS, ContractId
from exchange_clients.paper.funding import HOUR_NS, FundingRule
from venue_simulators.chance import fraction, wander

WAVES = ((12 * HOUR_NS, 3.5), (2 * HOUR_NS, 2.0), (15 * 60 * NS, 0.8), (60 * NS, 0.15))
"""Time from one level to the next, and how far it leads away, in multiples of the usual rate."""
HOME = 1.5
"""How far the place around which a contract's rate wanders may lie from the usual rate."""


@dataclass(frozen=True, slots=True)
class LivingFunding:
    """What a venue usually charges, times a factor that moves.

    A rate of zero stays so: thus a venue marks the settlements that a market does not have.
    """

    usual: FundingRule
    seed: int

    def rate(self, contract_id: ContractId, settlement_ns: int) -> Decimal:
        """Return the fraction of notional that longs pay at ``settlement_ns``."""
        return self.forecast(contract_id, settlement_ns, settlement_ns)

    def forecast(self, contract_id: ContractId, settlement_ns: int, now_ns: int) -> Decimal:
        """Return the rate as if it were settled now."""
        usual = self.usual.rate(contract_id, settlement_ns)
        return usual * self._factor(contract_id, now_ns) if usual else usual

    def _factor(self, contract_id: ContractId, at_ns: int) -> Decimal:
        name = (self.seed, contract_id, "funding")
        home = HOME * (2 * fraction(*name, "home") - 1)
        temper = 0.5 + fraction(*name, "temper")
        factor = 1 + home
        for period_ns, height in WAVES:  # sum() rounds otherwise from Python 3.12 on
            factor += temper * height * wander(at_ns, period_ns, *name)
        # Four digits of a multiple of 0.0001 are the eight that venues tell.
        return Decimal(f"{factor:.4f}")
