"""The words that orders are spoken of in; members carry the lower-case word users type."""

from __future__ import annotations

from enum import StrEnum


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
        return self in _CONDITIONAL

    @property
    def priced(self) -> bool:
        """Whether the order names a limit price; the others trade at whatever the book has."""
        return self in _PRICED


_PRICED = frozenset({OrderType.LIMIT, OrderType.STOP, OrderType.TAKE_PROFIT})
_CONDITIONAL = frozenset(OrderType) - {OrderType.LIMIT, OrderType.MARKET}


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


class PositionSide(StrEnum):
    """Which of a market's two positions, on an account in hedge mode."""

    LONG = "long"
    SHORT = "short"


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
    HEDGE_MODE = "hedge_mode"
    """A long and a short position of one market side by side."""
    ATTACHED_EXITS = "attached_exits"
    """A take-profit and a stop-loss that come with an order and live with its position."""
    DEAD_MAN = "dead_man"
    """The venue cancels what is open unless it is told in time not to."""
