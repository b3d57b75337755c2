"""An order as the venue knows it: what the client asked for, and what has become of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from exchange_clients.base_models import (
    ZERO,
    ContractId,
    Fill,
    Market,
    OrderInfo,
    OrderStatus,
    Reason,
    Side,
)

LIMIT, MARKET = "LIMIT", "MARKET"
STOP, STOP_MARKET = "STOP", "STOP_MARKET"
TAKE_PROFIT, TAKE_PROFIT_MARKET = "TAKE_PROFIT", "TAKE_PROFIT_MARKET"
TRAILING = "TRAILING_STOP_MARKET"
CONDITIONAL = (STOP, STOP_MARKET, TAKE_PROFIT, TAKE_PROFIT_MARKET, TRAILING)
PRICED = (LIMIT, STOP, TAKE_PROFIT)
LIQUIDATION_PREFIX = "autoclose-"
DELEVERAGED_ID = "adl_autoclose"
"""The whole name of each order by which a position is deleveraged."""
SETTLEMENT_PREFIX = "settlement_autoclose-"
FORCED = (LIQUIDATION_PREFIX, DELEVERAGED_ID, SETTLEMENT_PREFIX)
HIDDEN = "HIDDEN"
"""The time in force of an order that rests without being shown."""
BY_MARK = "MARK_PRICE"
BY_LAST = "CONTRACT_PRICE"

SIDE_WORDS: Mapping[Side, str] = {Side.BUY: "BUY", Side.SELL: "SELL"}
SIDES: Mapping[str, Side] = {word: side for side, word in SIDE_WORDS.items()}
_STATUS_WORDS: Mapping[OrderStatus, str] = {
    OrderStatus.PENDING: "NEW",
    OrderStatus.OPEN: "NEW",
    OrderStatus.PARTIALLY_FILLED: "PARTIALLY_FILLED",
    OrderStatus.FILLED: "FILLED",
    OrderStatus.CANCELED: "CANCELED",
    OrderStatus.EXPIRED: "EXPIRED",
    OrderStatus.REJECTED: "EXPIRED",
}
_BY_USER = (None, Reason.USER_CANCELED)


@dataclass(frozen=True, slots=True)
class Asked:
    """An order in the client's own words."""

    symbol: ContractId
    side: Side
    type: str
    client_id: str
    price: Decimal | None = None
    quantity: Decimal | None = None
    """None where the whole position is to be closed."""
    time_in_force: str = "GTC"
    reduce_only: bool = False
    close_position: bool = False
    stop_price: Decimal | None = None
    activation_price: Decimal | None = None
    callback_rate: Decimal | None = None
    """In percent."""
    working_type: str = BY_LAST
    price_protect: bool = False
    wants_result: bool = False
    """Whether the answer shows what the order has come to."""
    position_side: str = "BOTH"
    """Which of two positions it is about, where longs and shorts are kept apart."""

    @property
    def conditional(self) -> bool:
        """Whether the order waits for a price."""
        return self.type in CONDITIONAL


@dataclass(slots=True, eq=False)
class OrderRecord:
    """One order from its acceptance on; ``info`` is the world's latest word on it."""

    asked: Asked
    info: OrderInfo
    market: Market
    filled: Decimal = ZERO
    quote_filled: Decimal = ZERO
    announced: bool = False
    """Whether the stream has told of the order."""
    triggered_ns: int | None = None
    amendments: int = 0
    modify_id: int | None = None
    """What its owner called the last amendment."""
    held_fills: list[FillRecord] = field(default_factory=list)
    """Fills whose effect on the order's state the world has not told yet."""

    @property
    def waits(self) -> bool:
        """Whether the order is held back by its trigger."""
        return self.asked.conditional and self.triggered_ns is None

    @property
    def liquidation(self) -> bool:
        """Whether the venue has placed it to close a position by force."""
        return self.asked.client_id.startswith(FORCED)

    @property
    def deleveraged(self) -> bool:
        """Whether that was because others could not pay."""
        return self.asked.client_id == DELEVERAGED_ID

    @property
    def type(self) -> str:
        """The type as it is now: a trigger that fires leaves a limit or market order."""
        if not self.asked.conditional or self.triggered_ns is None:
            return self.asked.type
        return LIMIT if self.asked.type in PRICED else MARKET

    @property
    def status(self) -> str:
        """The venue's word for the order's state; only its owner's cancels are cancels."""
        info = self.info
        if info.status is OrderStatus.CANCELED and info.reason not in _BY_USER:
            return "EXPIRED"
        return _STATUS_WORDS[info.status]

    @property
    def open(self) -> bool:
        """Whether the order can still trade."""
        return not self.info.status.terminal


@dataclass(frozen=True, slots=True)
class FillRecord:
    """A fill with the profit that it realised, before fees."""

    fill: Fill
    profit: Decimal
    record: OrderRecord
