"""One position of an account, as it is told, and which order is about which of two."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_models import ZERO, ContractId
from venue_simulators.fapi.orders import Asked

BOTH, LONG, SHORT = "BOTH", "LONG", "SHORT"


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


def closes(asked: Asked) -> bool:
    """Say whether an order can only close, by the position that it names."""
    return (asked.position_side, asked.side.value) in ((LONG, "sell"), (SHORT, "buy"))
