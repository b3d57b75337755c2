"""The values every venue and every strategy speaks in.

All are frozen. Money, prices and sizes are ``Decimal`` in base units of the market; a field that is
not known is ``None``, never zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import NewType, TypeAlias

from exchange_clients.depth import DepthView, Level
from exchange_clients.rounding import Rounding, round_to_increment
from exchange_clients.swift_values import swiftly_made
from exchange_clients.words import (
    Feature,
    Liquidity,
    OrderStatus,
    OrderType,
    PositionSide,
    Purpose,
    Reason,
    Side,
    TimeInForce,
)

__all__ = [
    "NS",
    "ONE",
    "ZERO",
    "Candle",
    "ClientIdSpace",
    "ClientOrderId",
    "ContractId",
    "DepthView",
    "ExchangePositionSnapshot",
    "Feature",
    "Fill",
    "Level",
    "LeverageBracket",
    "LeverageInfo",
    "LiquidationEvent",
    "Liquidity",
    "Market",
    "NewOrder",
    "OrderInfo",
    "OrderResult",
    "OrderStatus",
    "OrderType",
    "PositionSide",
    "Purpose",
    "Reason",
    "Rounding",
    "Side",
    "Symbol",
    "TimeInForce",
    "TradeId",
    "VenueOrderId",
    "round_to_increment",
]

Symbol = NewType("Symbol", str)
"""The base asset as people write it: ``"BTC"``."""
ContractId = NewType("ContractId", str)
"""The venue's own spelling of one contract: ``"BTC_USDC_PERP"``."""
ClientOrderId = NewType("ClientOrderId", str)
"""Our name of an order, made before it is sent; within the venue's ``ClientIdSpace``."""
VenueOrderId = NewType("VenueOrderId", str)
"""The venue's name of an order."""
TradeId = NewType("TradeId", str)
"""The venue's name of one fill; a fill counts once by it."""

ZERO = Decimal(0)
ONE = Decimal(1)
OFF_TICK = 0.05
"""Which part of a tick a float is beside one that stands for another price: of a tick that was ten
times finer a tenth. What is nearer is noise, of scaled prices for example."""
NS = 1_000_000_000
"""Nanoseconds in a second."""


@dataclass(frozen=True, slots=True)
class Market:
    """One contract as the venue lists it; sizes in base units, notionals in USD."""

    symbol: Symbol
    contract_id: ContractId
    tick: Decimal
    step: Decimal
    min_size: Decimal = ZERO
    min_notional: Decimal = ZERO
    max_leverage: Decimal = Decimal(20)
    maintenance_margin: Decimal = Decimal("0.005")
    multiplier: Decimal = ONE
    """Tokens in one base unit: 1000 for 1000PEPE."""
    maker_fee: Decimal = ZERO
    """As a fraction of notional; negative is a rebate."""
    taker_fee: Decimal = ZERO

    def __post_init__(self) -> None:
        assert self.tick > 0, f"tick of {self.contract_id} must be positive, got {self.tick}"
        assert self.step > 0, f"step of {self.contract_id} must be positive, got {self.step}"

    def round_price(self, price: Decimal, side: Side) -> Decimal:
        """Round in the user's favour: a buy never pays more, a sell never takes less."""
        return round_to_increment(
            price, self.tick, Rounding.DOWN if side is Side.BUY else Rounding.UP
        )

    def price_of(self, price: float) -> Decimal:
        """Return the exact price that a float of the book stands for.

        Where a venue has made its tick coarser, older orders stand between the new ticks.
        """
        ticks = price / float(self.tick)
        whole = round(ticks)
        return whole * self.tick if abs(ticks - whole) < OFF_TICK else Decimal(repr(price))

    def size_of(self, size: float) -> Decimal:
        """Return the exact multiple of the step that a float of the book stands for."""
        return round(size / float(self.step)) * self.step

    def nearest_tick(self, price: Decimal) -> Decimal:
        """Round to the nearest tick, halves to even."""
        return round_to_increment(price, self.tick, Rounding.NEAREST)

    def round_size(self, size: Decimal) -> Decimal:
        """Round down to the step: rounding never increases a size."""
        return round_to_increment(size, self.step, Rounding.DOWN)

    def smallest_size(self, price: Decimal) -> Decimal:
        """Return the least size on the step that meets both minimums at ``price``."""
        by_notional = self.min_notional / price if price > 0 else ZERO
        floor = max(self.min_size, by_notional, self.step)
        return round_to_increment(floor, self.step, Rounding.UP)


@swiftly_made
@dataclass(frozen=True, slots=True)
class NewOrder:
    """An order about to be sent: already rounded, named and checked."""

    client_order_id: ClientOrderId
    contract_id: ContractId
    side: Side
    size: Decimal
    price: Decimal | None
    """None only for the market types."""
    order_type: OrderType = OrderType.LIMIT
    time_in_force: TimeInForce = TimeInForce.GTC
    reduce_only: bool = False
    trigger_price: Decimal | None = None
    trailing_fraction: Decimal | None = None
    """Callback of a trailing stop as a fraction of the best price reached: 0.01 is 1 %."""
    position_side: PositionSide | None = None
    """Which position it changes on an account in hedge mode; None in one-way mode."""
    take_profit_price: Decimal | None = None
    stop_loss_price: Decimal | None = None
    """Triggers of exits that come with the order, where the venue has ATTACHED_EXITS."""

    @property
    def post_only(self) -> bool:
        """Whether the order must rest or die."""
        return self.time_in_force is TimeInForce.GTX


@swiftly_made
@dataclass(frozen=True, slots=True)
class OrderInfo:
    """One order as a report from the venue shows it. ``filled_size`` is cumulative."""

    order_id: VenueOrderId
    client_order_id: ClientOrderId | None
    contract_id: ContractId
    side: Side
    size: Decimal
    price: Decimal | None
    status: OrderStatus
    filled_size: Decimal = ZERO
    average_price: Decimal | None = None
    order_type: OrderType = OrderType.LIMIT
    reduce_only: bool = False
    reason: Reason | None = None
    created_ns: int | None = None
    updated_ns: int | None = None

    @property
    def remaining_size(self) -> Decimal:
        """What could still trade; zero once terminal."""
        return ZERO if self.status.terminal else max(self.size - self.filled_size, ZERO)


@swiftly_made
@dataclass(frozen=True, slots=True)
class OrderResult:
    """What a place, cancel or amend came to.

    ``outcome_known`` False means that the answer was lost: the order is PENDING and is looked up by
    its client order id; it is never sent a second time.
    """

    success: bool
    status: OrderStatus
    order_id: VenueOrderId | None = None
    client_order_id: ClientOrderId | None = None
    side: Side | None = None
    size: Decimal = ZERO
    price: Decimal | None = None
    filled_size: Decimal = ZERO
    average_price: Decimal | None = None
    reason: Reason | None = None
    error_message: str | None = None
    outcome_known: bool = True


FillIdentity: TypeAlias = tuple[ContractId, TradeId, Side]
"""Market, trade and side."""
VOIDED = "voided-"
"""How the trade ids of reversing entries begin: ``"voided-17"`` takes the fill 17 back."""


@swiftly_made
@dataclass(frozen=True, slots=True)
class Fill:
    """One trade of one of our orders. ``fee`` is positive when paid, negative when received."""

    trade_id: TradeId
    order_id: VenueOrderId
    client_order_id: ClientOrderId | None
    contract_id: ContractId
    side: Side
    price: Decimal
    size: Decimal
    fee: Decimal
    fee_asset: str
    liquidity: Liquidity
    venue_ns: int
    replayed: bool = False
    """Sent again by the venue after a reconnect; counts once by ``identity`` all the same."""

    @property
    def voids(self) -> TradeId | None:
        """The fill that this one takes back, which its venue has voided; None of a trade.

        It is an entry of the books and no trade of its order, whose own figures stay. Its name says
        so, wherever fills are kept.
        """
        name = self.trade_id
        return TradeId(name.removeprefix(VOIDED)) if name.startswith(VOIDED) else None

    @property
    def order_side(self) -> Side:
        """The side of its order."""
        return self.side if self.voids is None else self.side.opposite

    def taken_back(self, at_ns: int) -> Fill:
        """Return what takes this fill back: as much, as dear, on the other side, its fee returned.

        Args:
            at_ns: When the venue voided it (epoch ns).
        """
        assert self.voids is None, f"{self.trade_id} is no trade"
        return replace(
            self,
            trade_id=TradeId(f"{VOIDED}{self.trade_id}"),
            side=self.side.opposite,
            fee=-self.fee,
            venue_ns=at_ns,
            replayed=False,
        )

    @property
    def identity(self) -> FillIdentity:
        """What no other fill of an account has.

        Some venues number the trades of each market by itself, and a trade with oneself has a fill
        on either side.
        """
        return self.contract_id, self.trade_id, self.side


@dataclass(frozen=True, slots=True)
class ExchangePositionSnapshot:
    """One position now. ``quantity`` is signed: long above zero."""

    symbol: Symbol
    contract_id: ContractId
    quantity: Decimal
    entry_price: Decimal | None = None
    mark_price: Decimal | None = None
    unrealized_pnl: Decimal | None = None
    cumulative_funding: Decimal | None = None
    margin_used: Decimal | None = None
    leverage: Decimal | None = None
    liquidation_price: Decimal | None = None
    metadata: Mapping[str, object] = field(default_factory=dict)
    position_side: PositionSide | None = None
    """Which of the market's two positions on an account in hedge mode; None in one-way mode."""
    legs: tuple[ExchangePositionSnapshot, ...] = ()
    """The market's positions that this one nets, on an account in hedge mode; else empty."""


@dataclass(frozen=True, slots=True)
class Candle:
    """Prices and base volume of one interval from ``start_ns``."""

    start_ns: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal


@dataclass(frozen=True, slots=True)
class LeverageInfo:
    """What leverage a market allows; ``error`` is set, and the rest None, for an unknown symbol."""

    max_leverage: Decimal | None
    max_notional: Decimal | None
    margin_requirement: Decimal | None
    brackets: tuple[LeverageBracket, ...] = ()
    error: str | None = None

    def __getitem__(self, key: str) -> object:
        """Answer by word as well: ``info["max_leverage"]``."""
        if key not in self.__slots__:
            raise KeyError(key)
        return getattr(self, key)


@dataclass(frozen=True, slots=True)
class LeverageBracket:
    """Up to ``max_notional`` (None: no limit) a position may use ``max_leverage``."""

    max_notional: Decimal | None
    max_leverage: Decimal
    maintenance_margin: Decimal


@dataclass(frozen=True, slots=True)
class LiquidationEvent:
    """A liquidation in the market it happened in, whichever market is in view."""

    contract_id: ContractId
    symbol: Symbol
    side: Side
    """The side of the liquidating order: SELL closes a long."""
    size: Decimal
    price: Decimal
    venue_ns: int
    ours: bool
    """Whether it was our own position."""


@dataclass(frozen=True, slots=True)
class ClientIdSpace:
    """Which client order ids a venue takes: a number of ``bits``, or ``length`` characters."""

    length: int
    alphabet: str
    bits: int | None = None
    """Set where the id must be a number below 2**bits."""
