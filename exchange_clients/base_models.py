"""The values every venue and every strategy speaks in.

All are frozen. Money, prices and sizes are ``Decimal`` in base units of the market; a field that is
not known is ``None``, never zero. Enum members carry the lower-case word users type.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from enum import Enum, StrEnum
from typing import NamedTuple, NewType

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
NS = 1_000_000_000
"""Nanoseconds in a second."""


class Side(StrEnum):
    """Which way an order trades."""

    BUY = "buy"
    SELL = "sell"

    @property
    def opposite(self) -> Side:
        """The side that undoes this one."""
        return Side.SELL if self is Side.BUY else Side.BUY

    @property
    def sign(self) -> int:
        """1 for a buy, -1 for a sell: what a fill adds to a signed position."""
        return 1 if self is Side.BUY else -1

    @classmethod
    def _missing_(cls, value: object) -> Side | None:
        """Understand any letter case: ``Side("BUY") is Side.BUY``."""
        if isinstance(value, str) and value != value.lower():
            return cls(value.lower())
        return None


class OrderType(StrEnum):
    """How an order is priced and when it becomes active.

    STOP and TAKE_PROFIT become a limit order once triggered; the ``_MARKET`` forms a market order.
    """

    LIMIT = "limit"
    MARKET = "market"
    STOP = "stop"
    STOP_MARKET = "stop_market"
    TAKE_PROFIT = "take_profit"
    TAKE_PROFIT_MARKET = "take_profit_market"
    TRAILING_STOP = "trailing_stop"

    @property
    def conditional(self) -> bool:
        """Whether the order waits for a trigger before it can trade."""
        return self not in (OrderType.LIMIT, OrderType.MARKET)


class TimeInForce(StrEnum):
    """How long an order may rest; GTX is post-only."""

    GTC = "gtc"
    IOC = "ioc"
    FOK = "fok"
    GTX = "gtx"


class OrderStatus(StrEnum):
    """The life of an order; ``order_tracker`` holds the table of moves between these."""

    PENDING = "pending"
    OPEN = "open"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    CANCELED = "canceled"
    REJECTED = "rejected"
    EXPIRED = "expired"

    @property
    def terminal(self) -> bool:
        """Whether the order can no longer trade."""
        return self in _TERMINAL


_TERMINAL = frozenset(
    {OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.REJECTED, OrderStatus.EXPIRED}
)


class Reason(StrEnum):
    """Why an order was refused or ended without filling; matched by code, never by message."""

    POST_ONLY_WOULD_CROSS = "post_only_would_cross"
    INSUFFICIENT_MARGIN = "insufficient_margin"
    INVALID_ORDER = "invalid_order"
    BELOW_MINIMUM = "below_minimum"
    ORDER_NOT_FOUND = "order_not_found"
    REDUCE_ONLY_REJECTED = "reduce_only_rejected"
    MARKET_UNAVAILABLE = "market_unavailable"
    NOT_FILLED_IN_FULL = "not_filled_in_full"
    NO_LIQUIDITY = "no_liquidity"
    SELF_TRADE = "self_trade"
    DUPLICATE_CLIENT_ORDER_ID = "duplicate_client_order_id"
    RATE_LIMITED = "rate_limited"
    AUTHENTICATION_FAILED = "authentication_failed"
    ALREADY_TERMINAL = "already_terminal"
    USER_CANCELED = "user_canceled"
    LIQUIDATED = "liquidated"
    OUTCOME_UNKNOWN = "outcome_unknown"
    DENIED_LOCALLY = "denied_locally"
    OTHER = "other"


class Liquidity(StrEnum):
    """Whether a fill rested in the book before it traded."""

    MAKER = "maker"
    TAKER = "taker"


class Purpose(StrEnum):
    """What an order is for; ``should_execute`` gates ENTRY alone."""

    ENTRY = "entry"
    CLOSE = "close"
    HEDGE = "hedge"
    STOP = "stop"


class Feature(StrEnum):
    """What a client may or may not be able to do; ask ``client.supports(feature)``."""

    RISK_MANAGEMENT = "risk_management"
    ORDER_BOOK_DEPTH = "order_book_depth"
    CONDITIONAL_ORDERS = "conditional_orders"
    TRAILING_STOP = "trailing_stop"
    AMEND = "amend"
    CANCEL_ALL = "cancel_all"
    SET_LEVERAGE = "set_leverage"
    TRADE_HISTORY = "trade_history"
    LIQUIDATION_EVENTS = "liquidation_events"
    FUNDING_HISTORY = "funding_history"


class Rounding(Enum):
    """Which way a price or size may move when it is put on the venue's grid."""

    DOWN = ROUND_FLOOR
    UP = ROUND_CEILING
    NEAREST = ROUND_HALF_EVEN


class Level(NamedTuple):
    """One price level; ``level["price"]`` and ``level.price`` are the same."""

    price: Decimal
    size: Decimal

    def __getitem__(self, key: object) -> Decimal:  # type: ignore[override]  # also by word
        """Answer to a position or to a field's name."""
        index = self._fields.index(key) if isinstance(key, str) else key
        value = tuple.__getitem__(self, index)  # type: ignore[call-overload]  # int or error
        assert isinstance(value, Decimal)
        return value


class DepthView(dict[str, list[Level]]):
    """Bids (best first, descending) and asks (best first, ascending), by word or attribute."""

    @property
    def bids(self) -> list[Level]:
        """Buy levels, highest price first."""
        return self["bids"]

    @property
    def asks(self) -> list[Level]:
        """Sell levels, lowest price first."""
        return self["asks"]


def round_to_increment(value: Decimal, increment: Decimal, rounding: Rounding) -> Decimal:
    """Put ``value`` on the grid of ``increment`` exactly, for any grid (0.1, 0.25, 0.5, 5).

    >>> round_to_increment(Decimal("62000.3"), Decimal("0.5"), Rounding.UP)
    Decimal('62000.5')
    """
    if increment <= 0:
        raise ValueError(f"increment must be positive, got {increment}")
    steps = (value / increment).to_integral_value(rounding=rounding.value)
    return steps * increment


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
        """Return the exact tick price that a float of the book stands for."""
        return round(price / float(self.tick)) * self.tick

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

    @property
    def post_only(self) -> bool:
        """Whether the order must rest or die."""
        return self.time_in_force is TimeInForce.GTX


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
    """Sent again by the venue after a reconnect; counts once by ``trade_id`` all the same."""


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
