"""What a world says of its markets, accounts and orders, as values.

Sizes are base units, money is USD, instants are epoch nanoseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from exchange_clients.base_models import (
    ONE,
    ZERO,
    ContractId,
    OrderInfo,
    OrderType,
    Reason,
    Side,
    TimeInForce,
)
from exchange_clients.events import PrivateEvent
from exchange_clients.swift_values import swiftly_made


@swiftly_made
@dataclass(frozen=True, slots=True)
class Wanted:
    """An order as a client asked for it, before it is judged."""

    contract_id: ContractId
    side: Side
    size: Decimal
    price: Decimal | None
    order_type: OrderType = OrderType.LIMIT
    time_in_force: TimeInForce = TimeInForce.GTC
    reduce_only: bool = False
    trigger_price: Decimal | None = None
    trailing_fraction: Decimal | None = None
    tag: str = ""
    """The simulator's own note, as the client's order id; ``World.wanted`` gives it back, also from
    within a listener that hears of the order before ``place`` has returned."""


@swiftly_made
@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a command; ``reason`` is set when it was refused and nothing changed."""

    order: OrderInfo | None
    reason: Reason | None = None
    message: str = ""


@swiftly_made
@dataclass(frozen=True, slots=True)
class BookChange:
    """Levels of one contract that changed since the change before; a size of zero removes one.

    ``first`` and ``last`` number the venue's updates of this contract: each is one above the last
    of the change before. Own resting orders are part of the book, as on any venue.
    """

    contract_id: ContractId
    bids: Sequence[tuple[Decimal, Decimal]]
    asks: Sequence[tuple[Decimal, Decimal]]
    first: int
    last: int
    at_ns: int


@swiftly_made
@dataclass(frozen=True, slots=True)
class MarketTrade:
    """One trade of the public market, ours among them; a contract's numbers have no gap."""

    contract_id: ContractId
    number: int
    price: Decimal
    size: Decimal
    aggressor: Side
    at_ns: int


@swiftly_made
@dataclass(frozen=True, slots=True)
class Candle:
    """Open, high, low, close and base volume of ``interval_s`` seconds from ``start_ns``."""

    contract_id: ContractId
    start_ns: int
    interval_s: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    quote_volume: Decimal
    trades: int


def merged(minutes: Iterable[Candle]) -> Candle:
    """Return adjoining candles as one."""
    rows = list(minutes)
    first, last = rows[0], rows[-1]
    return Candle(
        first.contract_id,
        first.start_ns,
        sum(row.interval_s for row in rows),
        first.open,
        max(row.high for row in rows),
        min(row.low for row in rows),
        last.close,
        sum((row.volume for row in rows), ZERO),
        sum((row.quote_volume for row in rows), ZERO),
        sum(row.trades for row in rows),
    )


@swiftly_made
@dataclass(frozen=True, slots=True)
class FundingRate:
    """A settled rate, as a fraction of notional per ``interval_hours``."""

    contract_id: ContractId
    rate: Decimal
    interval_hours: Decimal
    at_ns: int


@swiftly_made
@dataclass(frozen=True, slots=True)
class Prices:
    """Mark and index of one market as its venue tells them."""

    mark: Decimal
    index: Decimal


@swiftly_made
@dataclass(frozen=True, slots=True)
class Ticker:
    """The state of one market; ``open_interest`` is in base units of one side."""

    contract_id: ContractId
    mark: Decimal
    index: Decimal
    last: Decimal
    open_24h: Decimal
    high_24h: Decimal
    low_24h: Decimal
    volume_24h: Decimal
    quote_volume_24h: Decimal
    trades_24h: int
    open_interest: Decimal
    funding_rate: Decimal
    """The running estimate for the interval that ends at ``next_funding_ns``."""
    funding_interval_hours: Decimal
    next_funding_ns: int


@swiftly_made
@dataclass(frozen=True, slots=True)
class HeldPosition:
    """An open position; ``size`` is signed."""

    contract_id: ContractId
    size: Decimal
    entry_price: Decimal
    mark: Decimal
    unrealised: Decimal
    realised: Decimal
    funding: Decimal
    """Cumulative, positive when received."""
    leverage: Decimal
    margin_used: Decimal
    liquidation_price: Decimal | None


@swiftly_made
@dataclass(frozen=True, slots=True)
class Funds:
    """An account's money, in units of the collateral, which are dollars while it keeps its peg."""

    cash: Decimal
    equity: Decimal
    available: Decimal
    initial_margin: Decimal
    maintenance_margin: Decimal
    price: Decimal = ONE
    """USD for one unit."""


@swiftly_made
@dataclass(frozen=True, slots=True)
class PublicLiquidation:
    """A liquidation that the venue publishes."""

    contract_id: ContractId
    side: Side
    size: Decimal
    price: Decimal
    at_ns: int


BookListener: TypeAlias = Callable[[BookChange], None]
TradeListener: TypeAlias = Callable[[MarketTrade], None]
PrivateListener: TypeAlias = Callable[[PrivateEvent], None]
"""Hears OrderInfo (every change), Fill, PositionUpdate after a fill, FundingPayment and
LiquidationEvent; ``order_id`` is the world's, ``client_order_id`` is None."""
LiquidationListener: TypeAlias = Callable[[PublicLiquidation], None]
