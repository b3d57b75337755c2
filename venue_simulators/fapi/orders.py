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
from venue_simulators.fapi.wording import Row, averaged, ms, on_grid, plain, to_eight

LIMIT, MARKET = "LIMIT", "MARKET"
STOP, STOP_MARKET = "STOP", "STOP_MARKET"
TAKE_PROFIT, TAKE_PROFIT_MARKET = "TAKE_PROFIT", "TAKE_PROFIT_MARKET"
TRAILING = "TRAILING_STOP_MARKET"
CONDITIONAL = (STOP, STOP_MARKET, TAKE_PROFIT, TAKE_PROFIT_MARKET, TRAILING)
PRICED = (LIMIT, STOP, TAKE_PROFIT)
LIQUIDATION_PREFIX = "autoclose-"
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
    held_fills: list[FillRecord] = field(default_factory=list)
    """Fills whose effect on the order's state the world has not told yet."""

    @property
    def waits(self) -> bool:
        """Whether the order is held back by its trigger."""
        return self.asked.conditional and self.triggered_ns is None

    @property
    def liquidation(self) -> bool:
        """Whether the venue has placed it to close a position by force."""
        return self.asked.client_id.startswith(LIQUIDATION_PREFIX)

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


def order_row(record: OrderRecord) -> Row:
    """Return an order as REST answers with it."""
    asked, info, market = record.asked, record.info, record.market
    step, tick = market.step, market.tick
    row: Row = {
        "orderId": int(info.order_id),
        "clientOrderId": asked.client_id,
        "symbol": asked.symbol,
        "status": record.status,
        "side": SIDE_WORDS[asked.side],
        "positionSide": "BOTH",
        "type": record.type,
        "origType": asked.type,
        "timeInForce": asked.time_in_force,
        "price": _price(info.price, tick),
        "avgPrice": averaged(info.average_price),
        "origQty": on_grid(_quantity(record), step),
        "executedQty": on_grid(info.filled_size, step),
        "cumQty": on_grid(info.filled_size, step),
        "cumQuote": plain(record.quote_filled),
        "reduceOnly": asked.reduce_only,
        "closePosition": asked.close_position,
        "stopPrice": _price(asked.stop_price, tick),
        "workingType": asked.working_type,
        "priceProtect": asked.price_protect,
        "updateTime": ms(info.updated_ns or 0),
    }
    if asked.type == TRAILING:
        row["activatePrice"] = _price(asked.activation_price, tick)
        row["priceRate"] = plain(asked.callback_rate or ZERO)
    return row


def told_row(record: OrderRecord) -> Row:
    """Return an order as a query answers with it: its age is told too."""
    return order_row(record) | {"time": ms(record.info.created_ns or 0)}


def acknowledgement(record: OrderRecord) -> Row:
    """Return the answer to an order whose sender did not ask what it came to."""
    zero = on_grid(ZERO, record.market.step)
    return order_row(record) | {
        "status": "NEW",
        "type": record.asked.type,
        "origQty": on_grid(record.asked.quantity or ZERO, record.market.step),
        "avgPrice": averaged(None),
        "executedQty": zero,
        "cumQty": zero,
        "cumQuote": "0",
        "updateTime": ms(record.info.created_ns or 0),
    }


def update_data(record: OrderRecord, execution: str, filled: FillRecord | None = None) -> Row:
    """Return the ``o`` of an ORDER_TRADE_UPDATE; a fill belongs to executions alone."""
    fill, profit = (None, ZERO) if filled is None else (filled.fill, filled.profit)
    asked, info, market = record.asked, record.info, record.market
    tick, step = market.tick, market.step
    average = record.quote_filled / record.filled if record.filled else ZERO
    at_ms = ms((info.updated_ns or 0) if fill is None else fill.venue_ns)
    data: Row = {
        "s": asked.symbol,
        "c": asked.client_id,
        "S": SIDE_WORDS[asked.side],
        "o": record.type,
        "f": asked.time_in_force,
        "q": on_grid(_quantity(record), step),
        "p": _price(info.price, tick),
        "ap": plain(average),
        "sp": _price(asked.stop_price, tick),
        "x": execution,
        "X": _state(record, fill),
        "i": int(info.order_id),
        "l": on_grid(ZERO if fill is None else fill.size, step),
        "z": on_grid(record.filled, step),
        "L": "0" if fill is None else on_grid(fill.price, tick),
        "T": at_ms,
        "t": 0 if fill is None else int(fill.trade_id),
        "b": "0",
        "a": "0",
        "m": fill is not None and fill.liquidity.value == "maker",
        "R": asked.reduce_only,
        "wt": asked.working_type,
        "ot": asked.type,
        "ps": "BOTH",
        "cp": asked.close_position,
        "rp": to_eight(profit) if profit else "0",
    }
    if fill is not None and fill.fee:
        data |= {"N": "USDT", "n": to_eight(fill.fee)}
    if asked.type == TRAILING:
        data |= {
            "AP": _price(asked.activation_price, tick),
            "cr": plain(asked.callback_rate or ZERO),
        }
    return data


def _state(record: OrderRecord, fill: Fill | None) -> str:
    """Return the state after this fill: others of the same instant may have followed already."""
    if fill is not None:
        return "FILLED" if record.filled >= record.info.size else "PARTIALLY_FILLED"
    if record.info.status is OrderStatus.PARTIALLY_FILLED and not record.filled:
        return "NEW"
    return record.status


def _quantity(record: OrderRecord) -> Decimal:
    """Return the size, zero as long as it is that of a position to be closed."""
    return ZERO if record.asked.close_position and record.waits else record.info.size


def _price(price: Decimal | None, tick: Decimal) -> str:
    return "0" if price is None else on_grid(price, tick)
