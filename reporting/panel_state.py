"""What the live panel shows: one frozen picture of a run."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_models import ZERO


@dataclass(frozen=True, slots=True)
class Vitals:
    """What only the running bot can tell a recorder."""

    state: str = ""
    """The strategy's own word for what it does: ``"waiting for fill"``."""
    cycles: int = 0
    """Completed round trips."""
    progress: float | None = None
    """Share of a replay that is done, 0 to 1; None where there is no known end."""
    data_age_s: float | None = None
    """Seconds since the book was last heard, in the run's own time."""
    speed: float = 0.0
    """Market seconds played per machine second, by this process; 0 where it is not known."""


@dataclass(frozen=True, slots=True)
class OpenOrderLine:
    """One resting order."""

    key: str
    purpose: str
    side: str
    price: Decimal | None
    remaining: Decimal


@dataclass(frozen=True, slots=True)
class FillLine:
    """One recent fill."""

    at_ns: int
    purpose: str
    side: str
    price: Decimal
    size: Decimal


@dataclass(frozen=True, slots=True)
class PanelState:
    """One picture of a run; money in USD, sizes in base units, times of the run's own clock."""

    now_ns: int
    elapsed_s: float
    vitals: Vitals
    bid: Decimal | None = None
    ask: Decimal | None = None
    position: Decimal = ZERO
    average_cost: Decimal | None = None
    unrealised: Decimal = ZERO
    realised: Decimal = ZERO
    fees: Decimal = ZERO
    funding: Decimal = ZERO
    pnl_after_fees: Decimal = ZERO
    """Realised price PnL less fees plus funding."""
    equity: Decimal = ZERO
    max_drawdown: Decimal = ZERO
    fills: int = 0
    gaps: int = 0
    warnings: int = 0
    open_orders: tuple[OpenOrderLine, ...] = ()
    """Highest price first."""
    recent_fills: tuple[FillLine, ...] = ()
    """Latest first."""
    price_line: tuple[float, ...] = ()
    """Mid prices at equal distances over the run so far, oldest first."""

    @property
    def price(self) -> Decimal | None:
        """The middle between bid and ask; None before the first price."""
        return None if self.bid is None or self.ask is None else (self.bid + self.ask) / 2
