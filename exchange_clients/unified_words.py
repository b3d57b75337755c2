"""The unified view's words and the library's, each in terms of the other; nothing waits here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from exchange_clients import base_models as native
from exchange_clients.base_models import NS, Feature
from exchange_clients.errors import (
    ClientConfigError,
    ExchangeError,
    InvalidOrder,
    UnsupportedFeature,
    VenueRejected,
)
from exchange_clients.unified_models import (
    Kline,
    OrderRequest,
    OrderResult,
    OrderSide,
    OrderStatus,
    OrderType,
    Position,
    PositionSide,
    TimeInForce,
)

SIDES = {each: native.Side(each.value.lower()) for each in OrderSide}
KINDS = {each: native.OrderType(each.value.lower()) for each in OrderType}
TIMES = {each: native.TimeInForce(each.value.lower()) for each in TimeInForce}
SIDE_WORDS = {mine: word for word, mine in SIDES.items()}
KIND_WORDS = {mine: word for word, mine in KINDS.items()}
STATUS_WORDS = {each: OrderStatus(each.value.upper()) for each in native.OrderStatus}
POSITION_SIDES = {
    None: None,
    PositionSide.BOTH: None,
    PositionSide.LONG: native.PositionSide.LONG,
    PositionSide.SHORT: native.PositionSide.SHORT,
}
POSITION_WORDS = {
    None: PositionSide.BOTH,
    native.PositionSide.LONG: PositionSide.LONG,
    native.PositionSide.SHORT: PositionSide.SHORT,
}
PLAIN_FIELDS = frozenset({"symbol", "side", "order_type", "quantity", "price"})
PRICED = (OrderType.LIMIT, OrderType.STOP, OrderType.TAKE_PROFIT)
WAITING_MARKET = (TimeInForce.GTC, TimeInForce.IOC)
PERCENT = Decimal(100)
LEVERAGE_TOLERANCE = Decimal("0.001")
"""Some exchanges keep a leverage as the margin's share in basis points: 3 is 1 / 0.3333 there."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


class UnsupportedField(UnsupportedFeature):
    """A field of a request has no way to reach this exchange; nothing was sent."""

    def __init__(self, venue: str, field: str, value: object, why: str):
        Exception.__init__(self, f"{field} {value} is unsupported on {venue}: {why}")
        self.venue = venue
        self.feature = field


class ExchangeAPIError(ExchangeError):
    """What an exchange refused or did not answer, whichever it was.

    Args:
        message: For people.
        exchange: Who said it.
        code: The exchange's own code, where it gave one.
        original_error: The error underneath; its type says what may be done next.
    """

    def __init__(
        self,
        message: str,
        exchange: str,
        code: str | None = None,
        original_error: Exception | None = None,
    ):
        super().__init__(message)
        self.exchange = exchange
        self.code = code
        self.original_error = original_error

    @property
    def reason(self) -> native.Reason | None:
        """The code to match on, where the exchange refused."""
        error = self.original_error
        return error.reason if isinstance(error, VenueRejected) else None


# Asking -------------------------------------------------------------------------------------------


def check_request(request: OrderRequest, venue: str, supports: Callable[[Feature], bool]) -> None:
    """Check that every field that is set has a way to the exchange.

    Raises:
        UnsupportedField: one has none; the first of them is named.
    """
    if request.order_type is OrderType.LIMIT and request.model_fields_set <= PLAIN_FIELDS:
        return  # what nearly every order is, and every exchange can
    for field, value, why in _without_effect(request):
        raise UnsupportedField(venue, field, value, why)
    for field, value, feature in _needed(request):
        if not supports(feature):
            why = f"it has no {feature.value.replace('_', ' ')}"
            raise UnsupportedField(venue, field, value, why)


def _without_effect(request: OrderRequest) -> Iterator[tuple[str, object, str]]:
    kind, time_in_force = request.order_type, request.time_in_force
    conditional = kind not in (OrderType.LIMIT, OrderType.MARKET)
    if request.price is not None and kind not in PRICED:
        yield "price", request.price, f"a {kind} order has none"
    if request.stop_price is not None and not conditional:
        yield "stop_price", request.stop_price, f"a {kind} order waits for none"
    if request.trailing_stop_pct is not None and kind is not OrderType.TRAILING_STOP:
        yield "trailing_stop_pct", request.trailing_stop_pct, "place a TRAILING_STOP order"
    if time_in_force is not None:
        if kind is OrderType.MARKET and time_in_force is not TimeInForce.IOC:
            yield "time_in_force", time_in_force, "a MARKET order is IOC"
        if conditional and kind not in PRICED and time_in_force not in WAITING_MARKET:
            yield "time_in_force", time_in_force, f"a {kind} order waits and is then IOC"


def _needed(request: OrderRequest) -> Iterator[tuple[str, object, Feature]]:
    kind = request.order_type
    if kind is OrderType.TRAILING_STOP:
        yield "order_type", kind, Feature.TRAILING_STOP
    elif kind not in (OrderType.LIMIT, OrderType.MARKET):
        yield "order_type", kind, Feature.CONDITIONAL_ORDERS
    if request.take_profit_price is not None:
        yield "take_profit_price", request.take_profit_price, Feature.ATTACHED_EXITS
    if request.stop_loss_price is not None:
        yield "stop_loss_price", request.stop_loss_price, Feature.ATTACHED_EXITS
    if request.position_side not in (None, PositionSide.BOTH):
        yield "position_side", request.position_side, Feature.HEDGE_MODE
    if request.leverage is not None:
        yield "leverage", request.leverage, Feature.SET_LEVERAGE


def native_order(
    request: OrderRequest, contract_id: native.ContractId, *, hedged: bool
) -> native.NewOrder:
    """Return a request in the library's words.

    Raises:
        InvalidOrder: it means the one position of a market, on an account that has two.
    """
    if hedged and request.position_side is PositionSide.BOTH:
        raise InvalidOrder(
            "position_side BOTH is given, and the account is in hedge mode: say LONG or SHORT, or "
            "leave it out"
        )
    time_in_force = native.TimeInForce.GTC
    if request.time_in_force is not None:
        time_in_force = TIMES[request.time_in_force]
    elif request.order_type is OrderType.MARKET:
        time_in_force = native.TimeInForce.IOC
    trailing = request.trailing_stop_pct
    # By position, which takes a fifth less: every order comes by here.
    return native.NewOrder(
        native.ClientOrderId(request.client_order_id or ""),
        contract_id,
        native.Side.BUY if request.side is OrderSide.BUY else native.Side.SELL,
        request.quantity,
        request.price,
        KINDS[request.order_type],
        time_in_force,
        request.reduce_only,
        request.stop_price,
        None if trailing is None else trailing / PERCENT,
        POSITION_SIDES[request.position_side],
        request.take_profit_price,
        request.stop_loss_price,
    )


# Telling ------------------------------------------------------------------------------------------


def placed(
    request: OrderRequest, result: native.OrderResult, exchange: str, now_ns: int
) -> OrderResult:
    """Tell what a placement came to."""
    return OrderResult.trusted(
        {
            "order_id": result.order_id or "",
            "client_order_id": result.client_order_id,
            "symbol": request.symbol,
            "side": request.side,
            "order_type": request.order_type,
            "quantity": result.size or request.quantity,
            "filled_quantity": result.filled_size,
            "price": result.price,
            "average_price": result.average_price,
            "status": STATUS_WORDS[result.status],
            "timestamp": instant(now_ns),
            "exchange": exchange,
            "reason": None if result.reason is None else result.reason.value,
            "error_message": result.error_message,
            "outcome_known": result.outcome_known,
            "raw_response": result,
        }
    )


def shown(symbol: str, info: native.OrderInfo, exchange: str, now_ns: int) -> OrderResult:
    """Tell an order as it is now."""
    return OrderResult(
        order_id=info.order_id,
        client_order_id=info.client_order_id,
        symbol=symbol,
        side=SIDE_WORDS[info.side],
        order_type=KIND_WORDS[info.order_type],
        quantity=info.size,
        filled_quantity=info.filled_size,
        price=info.price,
        average_price=info.average_price,
        status=STATUS_WORDS[info.status],
        timestamp=instant(info.updated_ns or info.created_ns or now_ns),
        exchange=exchange,
        reason=None if info.reason is None else info.reason.value,
        raw_response=info,
    )


def position(
    symbol: str, held: native.ExchangePositionSnapshot, mark: Decimal | None, exchange: str
) -> Position:
    """Tell one position, which is not zero."""
    return Position(
        symbol=symbol,
        side=OrderSide.BUY if held.quantity > 0 else OrderSide.SELL,
        quantity=abs(held.quantity),
        entry_price=held.entry_price,
        mark_price=mark,
        liquidation_price=held.liquidation_price,
        unrealized_pnl=held.unrealized_pnl,
        realized_pnl=None,
        leverage=held.leverage,
        margin=held.margin_used,
        take_profit=None,
        stop_loss=None,
        exchange=exchange,
        position_side=POSITION_WORDS[held.position_side],
    )


def kline(symbol: str, interval: str, candle: native.Candle, exchange: str) -> Kline:
    """Tell one candle."""
    return Kline(
        symbol=symbol,
        interval=interval,
        open_time=instant(candle.start_ns),
        close_time=instant(candle.start_ns + interval_ns(interval)),
        open=candle.open,
        high=candle.high,
        low=candle.low,
        close=candle.close,
        volume=candle.volume,
        exchange=exchange,
    )


def interval_ns(interval: str) -> int:
    """Return how long an interval is, in nanoseconds: ``"15m"``, ``"4h"``, ``"1d"``.

    Raises:
        ClientConfigError: it is none.
    """
    count, unit = interval[:-1], interval[-1:]
    if not (count.isascii() and count.isdigit() and int(count)) or unit not in _UNITS_S:
        raise ClientConfigError(f"interval {interval!r} is none: use a number and s, m, h, d or w")
    return int(count) * _UNITS_S[unit] * NS


def same_leverage(now: Decimal, wanted: int) -> bool:
    """Whether a leverage is the wanted one, as far as the exchange can tell it."""
    return abs(now - wanted) <= wanted * LEVERAGE_TOLERANCE


def instant(epoch_ns: int) -> datetime:
    """Return an instant (nanoseconds since the epoch) in UTC."""
    return _EPOCH + timedelta(0, 0, epoch_ns // 1000)
