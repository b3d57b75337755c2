"""The markets that the served paper venue lists where no recording is played."""

from __future__ import annotations

from decimal import Decimal

from exchange_clients.base_models import ContractId, Market, Symbol
from exchange_clients.paper.config import PaperConfig
from exchange_clients.paper.sources.synthetic import DEFAULT_MARKETS, SyntheticMarket

_PEPE = Market(
    Symbol("PEPE"),
    ContractId("1000PEPE-PERP"),
    tick=Decimal("0.000001"),
    step=Decimal(100),
    min_size=Decimal(100),
    min_notional=Decimal(5),
    multiplier=Decimal(1000),
    maker_fee=Decimal("0.0002"),
    taker_fee=Decimal("0.0005"),
)

MARKETS = (*DEFAULT_MARKETS, SyntheticMarket(_PEPE, 0.009, 1.1))
PAPER = PaperConfig()
