"""One position of an account, as it is told."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_models import ZERO, ContractId


@dataclass(frozen=True, slots=True)
class Leg:
    """One position; ``size`` is signed."""

    symbol: ContractId
    side: str
    size: Decimal
    entry: Decimal
    unrealised: Decimal
    liquidation_price: Decimal


def flat(symbol: ContractId, side: str) -> Leg:
    """Return a position of nothing."""
    return Leg(symbol, side, ZERO, ZERO, ZERO, ZERO)
