"""How the paper venue behaves, as one frozen value that is checked when it is built."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from exchange_clients.base_models import ContractId, LeverageBracket, Market
from exchange_clients.errors import ClientConfigError
from exchange_clients.paper.funding import FundingTerms
from exchange_clients.paper.latency import Latency
from exchange_clients.paper.margin import MarginSchedule
from exchange_clients.paper.queue_model import QueueModel
from exchange_clients.paper.rules import VenueRules


class Acknowledge(StrEnum):
    """What the answer to a command says."""

    IMMEDIATE = "immediate"
    """What became of it."""
    ASYNCHRONOUS = "asynchronous"
    """That it was received; the verdict follows as an order report."""


@dataclass(frozen=True, slots=True)
class PaperConfig:
    """Money in USD, fees and fractions of notional (0.0005 is 5 bp)."""

    starting_balance: Decimal = Decimal(10_000)
    leverage: Decimal = Decimal(10)
    """Of every market until ``set_leverage``; a market's own maximum caps it."""
    maker_fee: Decimal | None = None
    """Negative is a rebate; None takes each market's own."""
    taker_fee: Decimal | None = None
    fee_step: Decimal = Decimal("1e-12")
    """Every fee of a fill is a whole multiple of it (USD), rounded up."""
    liquidation_fee: Decimal = Decimal("0.005")
    acknowledge: Acknowledge = Acknowledge.IMMEDIATE
    latency: Latency = field(default_factory=Latency)
    funding: FundingTerms = field(default_factory=FundingTerms)
    rules: VenueRules = field(default_factory=VenueRules)
    queue_model: QueueModel | None = None
    """None takes the engine's own."""
    brackets: Mapping[ContractId, Sequence[LeverageBracket]] = field(default_factory=dict)
    """Leverage brackets by contract; others have the single one of their market."""
    seed: int = 0

    def __post_init__(self) -> None:
        if self.starting_balance < 0:
            raise ClientConfigError(
                f"starting_balance must not be negative, got {self.starting_balance}"
            )
        if self.leverage < 1:
            raise ClientConfigError(f"leverage must be at least 1, got {self.leverage}")
        for name in ("maker_fee", "taker_fee", "liquidation_fee"):
            value = getattr(self, name)
            if value is not None and not -1 < value < 1:
                raise ClientConfigError(f"{name} is a fraction of notional, got {value}")

    def schedule(self, market: Market) -> MarginSchedule:
        """Return the leverage brackets of a market."""
        brackets = self.brackets.get(market.contract_id)
        return MarginSchedule.of(market) if brackets is None else MarginSchedule(brackets)

    def fees(self, market: Market) -> tuple[Decimal, Decimal]:
        """Return (maker, taker) of a market."""
        maker = market.maker_fee if self.maker_fee is None else self.maker_fee
        taker = market.taker_fee if self.taker_fee is None else self.taker_fee
        return maker, taker
