"""What was read of markets and accounts between two decisions, for strategies over several venues.

A reading says of each value whether it is known: None is what could not be read, never zero. Reads
of a venue fail one by one, so a reading of a market may know its rate and not its position.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeAlias

from exchange_clients.base_funding_adapter import FundingRateSample, MarketStats
from exchange_clients.base_models import (
    ContractId,
    DepthView,
    Fill,
    LeverageInfo,
    LiquidationEvent,
    Market,
    Symbol,
)
from exchange_clients.events import FundingPayment

MarketKey: TypeAlias = tuple[str, ContractId]
"""Which market of which venue."""


@dataclass(frozen=True, slots=True)
class PositionReading:
    """A position as its venue told it; ``quantity`` is signed, zero when flat."""

    quantity: Decimal
    read_ns: int
    mark_price: Decimal | None = None
    liquidation_price: Decimal | None = None
    """None where the venue tells none: nothing can liquidate it, or it does not say."""
    unrealized_pnl: Decimal | None = None


@dataclass(frozen=True, slots=True)
class MarketReading:
    """One market at one venue; instants are when each value was read (epoch ns)."""

    venue: str
    market: Market
    funding: FundingRateSample | None = None
    funding_ns: int = 0
    stats: MarketStats | None = None
    book: DepthView | None = None
    book_ns: int = 0
    leverage: LeverageInfo | None = None
    available: Decimal | None = None
    """USD that can be bound as margin."""
    position: PositionReading | None = None
    trouble: str = ""
    """Why the venue is not sound just now; empty while it is."""
    collateral_price: Decimal | None = None
    """USD for one unit of the collateral."""

    @property
    def symbol(self) -> Symbol:
        """The plain symbol: two venues' markets of one symbol can be paired."""
        return self.market.symbol

    @property
    def key(self) -> MarketKey:
        """Which market of which venue."""
        return self.venue, self.market.contract_id


@dataclass(frozen=True, slots=True)
class View:
    """Which markets a strategy wants to know whole."""

    markets: Sequence[MarketKey] = ()
    """Their books and leverage are read too, the first ones first."""
    paid_since_ns: Mapping[MarketKey, int] = field(default_factory=dict)
    """Whose funding payments are asked for, and from which instant (epoch ns) on."""


@dataclass(frozen=True, slots=True)
class Payment:
    """A funding payment and where it was made."""

    venue: str
    payment: FundingPayment


@dataclass(frozen=True, slots=True)
class Surveyed:
    """All markets in view were read once more, in whatever part that succeeded."""

    readings: Sequence[MarketReading]
    now_ns: int
    payments: Sequence[Payment] = ()
    """Payments that may be new; the same one may come again."""


@dataclass(frozen=True, slots=True)
class MarketChanged:
    """A venue lists the bot's own market by other rules than it did."""

    venue: str
    market: Market
    now_ns: int


@dataclass(frozen=True, slots=True)
class FillVoided:
    """A fill of one of the strategy's orders was voided by its venue; it may be told again.

    ``fill`` takes it back: ``fill.voids`` names it, ``fill.order_side`` is the order's own.
    """

    key: str
    fill: Fill
    now_ns: int


@dataclass(frozen=True, slots=True)
class Liquidated:
    """A liquidation was told by a venue, of whichever market and account."""

    venue: str
    event: LiquidationEvent
    now_ns: int
