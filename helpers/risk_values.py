"""What risk is spoken of in: limits, what is known of accounts, questions and answers.

Amounts are USD, shares are fractions (0.15 is 15 %), instants are epoch nanoseconds. A limit that
is None does not stand; a value that is None is not known, which is never taken for zero.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from exchange_clients.base_models import ZERO, ContractId, Side, Symbol


class RiskAction(StrEnum):
    """What the risk check asks for, mildest first."""

    NONE = "none"
    PAUSE_TRADING = "pause_trading"
    """Nothing new is opened; exits go on."""
    CLOSE_WORST_POSITIONS = "close_worst_positions"
    """The positions that lose most are closed, and nothing new is opened."""
    EMERGENCY_CLOSE_ALL = "emergency_close_all"
    """Everything of ours is closed and stays closed."""


class RiskState(StrEnum):
    """What may be sent at present."""

    ACTIVE = "active"
    """Entries and exits."""
    REDUCING = "reducing"
    """Exits alone, until the reason is gone."""
    HALTED = "halted"
    """Exits alone, until a person starts anew."""


class LossScope(StrEnum):
    """Whose value a loss is measured by, where there are several venues."""

    PORTFOLIO = "portfolio"
    """All venues' together: what one leg of a hedge loses, the other one makes."""
    VENUE = "venue"
    """Each venue's by itself."""


class DenialCode(StrEnum):
    """Why an entry was not sent."""

    NOT_ACTIVE = "not_active"
    ORDER_SIZE = "order_size"
    ORDER_NOTIONAL = "order_notional"
    PRICE_UNKNOWN = "price_unknown"
    PRICE_COLLAR = "price_collar"
    DATA_AGE = "data_age"
    ORDER_RATE = "order_rate"
    GROSS_EXPOSURE = "gross_exposure"
    NET_EXPOSURE = "net_exposure"
    PORTFOLIO_LEVERAGE = "portfolio_leverage"


@dataclass(frozen=True, slots=True)
class Denial:
    """An entry that is not sent: the code to match on, and the words for people."""

    code: DenialCode
    message: str

    def __str__(self) -> str:
        return f"risk {self.code.value}: {self.message}"


@dataclass(frozen=True, slots=True)
class RiskVerdict:
    """The present answer of the risk gate, with the reason for people."""

    action: RiskAction = RiskAction.NONE
    reason: str = ""

    @property
    def entries_allowed(self) -> bool:
        """Whether orders of purpose ENTRY may be sent."""
        return self.action is RiskAction.NONE


@dataclass(frozen=True, slots=True)
class RiskLimits:
    """Every limit; the defaults are those of a run that sets none."""

    emergency_loss: Decimal = Decimal("0.15")
    """Of the baseline: at this loss everything is closed."""
    reduce_loss: Decimal = Decimal("0.10")
    """Of the baseline: at this loss, while margin is refused, the worst positions are closed."""
    margin_failures: int = 15
    """In a row, for the worst positions to be closed."""
    margin_failure_s: float = 600.0
    """Since the first of those refusals."""
    worst_share: Decimal = Decimal("0.20")
    """Of the losing positions, at least one: how many are closed."""
    drawdown: Decimal | None = None
    """Of the highest value there was: from here on nothing is opened."""
    liquidation_distance: Decimal | None = Decimal("0.05")
    """Of the mark price: a position nearer to its liquidation stops entries."""
    account_age_s: float = 120.0
    """How old the value of an account may be for entries."""
    loss_scope: LossScope = LossScope.PORTFOLIO
    order_size: Decimal | None = None
    """Most of one entry, in units of its market."""
    order_notional: Decimal | None = None
    """Most of one entry, USD."""
    price_collar: Decimal | None = Decimal("0.05")
    """How much worse than the middle of the book an entry's price may be."""
    data_age_s: float | None = 60.0
    """How old the price of a market may be for entries."""
    orders_per_minute: int | None = 600
    """Entries in any minute, on all venues together."""
    gross_exposure: Decimal | None = None
    """Most of all positions together, USD, whichever way they stand."""
    net_exposure: Decimal | None = None
    """Most by which a symbol's positions on all venues do not cancel out, USD."""
    leverage: Decimal | None = None
    """Most of gross exposure by the value of all accounts."""


@dataclass(frozen=True, slots=True)
class HeldPosition:
    """One open position as its venue told it; ``quantity`` is signed."""

    venue: str
    symbol: Symbol
    contract_id: ContractId
    quantity: Decimal
    mark: Decimal | None = None
    unrealised: Decimal | None = None
    liquidation: Decimal | None = None

    @property
    def exposure(self) -> Decimal | None:
        """What it is worth, signed."""
        return None if self.mark is None else self.quantity * self.mark


@dataclass(frozen=True, slots=True)
class MarginFailures:
    """Refusals for want of margin in a row."""

    count: int = 0
    first_ns: int = 0


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """What is known of one account, or of several together."""

    baseline: Decimal
    """The value when the run began."""
    peak: Decimal
    """The highest value since."""
    value: Decimal
    """The latest value: balance and unrealised profit."""
    read_ns: int
    """When it was asked for, the oldest one of several."""
    positions: tuple[HeldPosition, ...] = ()
    failures: MarginFailures = field(default_factory=MarginFailures)

    @property
    def loss(self) -> Decimal:
        """Lost since the beginning, as a fraction of the baseline; below zero for a profit."""
        return _lost(self.baseline, self.value)

    @property
    def drawdown(self) -> Decimal:
        """Lost since the highest value, as a fraction of that."""
        return _lost(self.peak, self.value)


def _lost(before: Decimal, now: Decimal) -> Decimal:
    """An account that began with nothing has lost all as soon as it is below zero."""
    if before > 0:
        return (before - now) / before
    return ZERO if now >= before else Decimal(1)


@dataclass(frozen=True, slots=True)
class OrderQuestion:
    """An entry about to be sent, and what is known of its market."""

    venue: str
    symbol: Symbol
    side: Side
    size: Decimal
    price: Decimal | None
    """None for a market order."""
    middle: Decimal | None
    """Between best bid and best ask; None where there is no sound book."""
    age_s: float | None
    """How long ago the venue was last heard of this market; None for never."""
    priced_apart: bool = False
    """Whether who executes it reads the book anew and bounds its price: it is not judged here."""

    @property
    def exposure(self) -> Decimal | None:
        """What it would add at its worst price, signed; None where no price is known."""
        prices = [each for each in (self.price, self.middle) if each is not None]
        return self.side.sign * self.size * max(prices) if prices else None
