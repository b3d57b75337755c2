"""A conditional order as Binance knows it: no order of the market until its price has come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_models import ONE, ZERO, Market, Side
from venue_simulators.binance.orders import BinanceAsked
from venue_simulators.fapi.order_words import price_or_zero
from venue_simulators.fapi.orders import (
    BY_MARK,
    LIMIT,
    MARKET,
    PRICED,
    SIDE_WORDS,
    STOP,
    STOP_MARKET,
    TRAILING,
    OrderRecord,
)
from venue_simulators.fapi.wording import Row, averaged, ms, on_grid, plain
from venue_simulators.world import Ticker

CONDITIONAL_ALGO = "CONDITIONAL"
NEW, CANCELED, EXPIRED = "NEW", "CANCELED", "EXPIRED"
TRIGGERING, TRIGGERED = "TRIGGERING", "TRIGGERED"
FINISHED, REJECTED = "FINISHED", "REJECTED"
_STOPS = (STOP, STOP_MARKET)
_NOTHING = "0.00000"


@dataclass(slots=True, eq=False)
class AlgoRecord:
    """One conditional order."""

    algo_id: int
    asked: BinanceAsked
    market: Market
    created_ns: int
    state: str = NEW
    updated_ns: int = 0
    triggered_ns: int = 0
    active: bool = False
    """Of a trailing order, whether it follows the price."""
    best: Decimal | None = None
    """Of a trailing order, the best price since it was placed."""
    child: OrderRecord | None = None
    """The order that came of it."""
    reason: str = ""
    """Why the engine refused that order."""

    @property
    def waits(self) -> bool:
        """Whether its price is still awaited."""
        return self.state == NEW

    @property
    def buys(self) -> bool:
        """Whether it is a buy."""
        return self.asked.side is Side.BUY

    def watched(self, ticker: Ticker) -> Decimal:
        """Return the price that it looks at."""
        return ticker.mark if self.asked.working_type == BY_MARK else ticker.last

    def reached(self, ticker: Ticker) -> bool:
        """Say whether its price has come; a trailing order remembers the best price."""
        price = self.watched(ticker)
        if self.asked.type == TRAILING:
            return self._trailed(price)
        trigger = self.asked.stop_price
        assert trigger is not None, "all others have a trigger"
        rising = (self.asked.type in _STOPS) is self.buys
        return price >= trigger if rising else price <= trigger

    def activates(self, ticker: Ticker) -> bool:
        """Say whether a trailing order begins to follow the price now."""
        activation = self.asked.activation_price
        if self.asked.type != TRAILING or self.active or activation is None:
            return False
        price = self.watched(ticker)
        return price <= activation if self.buys else price >= activation

    def _trailed(self, price: Decimal) -> bool:
        if not self.active:
            return False
        best = price if self.best is None else self.best
        self.best = min(best, price) if self.buys else max(best, price)
        rate = self.asked.callback_rate
        assert rate is not None, "a trailing order has a rate"
        if self.buys:
            return price >= self.best * (ONE + rate / 100)
        return price <= self.best * (ONE - rate / 100)


def child_type(asked: BinanceAsked) -> str:
    """Return the type of the order that comes of a conditional one."""
    return LIMIT if asked.type in PRICED else MARKET


# Words --------------------------------------------------------------------------------------------


def algo_row(record: AlgoRecord) -> Row:
    """Return a conditional order as the answer to what places it."""
    asked, tick = record.asked, record.market.tick
    row: Row = {
        "algoId": record.algo_id,
        "clientAlgoId": asked.client_id,
        "algoType": CONDITIONAL_ALGO,
        "orderType": asked.type,
        "symbol": asked.symbol,
        "side": SIDE_WORDS[asked.side],
        "positionSide": asked.position_side,
        "timeInForce": asked.time_in_force,
        "quantity": on_grid(asked.quantity or ZERO, record.market.step),
        "algoStatus": record.state,
        "triggerPrice": price_or_zero(asked.stop_price, tick),
        "price": price_or_zero(asked.price, tick),
        "icebergQuantity": None,
        "selfTradePreventionMode": "NONE",
        "workingType": asked.working_type,
        "priceMatch": asked.price_match,
        "closePosition": asked.close_position,
        "priceProtect": asked.price_protect,
        "reduceOnly": asked.reduce_only,
        "createTime": ms(record.created_ns),
        "updateTime": ms(record.updated_ns),
        "triggerTime": ms(record.triggered_ns),
        "goodTillDate": asked.good_till_ms,
    }
    if asked.type == TRAILING:
        row["activatePrice"] = price_or_zero(asked.activation_price, tick)
        row["callbackRate"] = plain(asked.callback_rate or ZERO)
    return row


def algo_told(record: AlgoRecord) -> Row:
    """Return a conditional order as the answer to a question: what came of it is told too."""
    actual = _actual(record)
    return algo_row(record) | {
        "actualOrderId": actual["ai"],
        "actualPrice": actual["ap"],
        "actualQty": actual["aq"],
        "actualType": actual["act"],
    }


def algo_data(record: AlgoRecord) -> Row:
    """Return the ``o`` of an ALGO_UPDATE."""
    asked, tick = record.asked, record.market.tick
    data: Row = {
        "caid": asked.client_id,
        "aid": record.algo_id,
        "at": CONDITIONAL_ALGO,
        "o": asked.type,
        "s": asked.symbol,
        "S": SIDE_WORDS[asked.side],
        "ps": asked.position_side,
        "f": asked.time_in_force,
        "q": on_grid(asked.quantity or ZERO, record.market.step),
        "X": record.state,
        **_actual(record),
        "tp": price_or_zero(asked.stop_price, tick),
        "p": price_or_zero(asked.price, tick),
        "V": "NONE",
        "wt": asked.working_type,
        "pm": asked.price_match,
        "cp": asked.close_position,
        "pP": asked.price_protect,
        "R": asked.reduce_only,
        "tt": ms(record.triggered_ns),
        "gtd": asked.good_till_ms,
        "rm": record.reason,
        "ia": record.active,
    }
    if asked.type == TRAILING:
        data["AP"] = price_or_zero(asked.activation_price, tick)
        data["cr"] = plain(asked.callback_rate or ZERO)
    return data


def _actual(record: AlgoRecord) -> Mapping[str, object]:
    child = record.child
    if child is None:
        return {"ai": "", "ap": _NOTHING, "aq": _NOTHING, "act": ""}
    return {
        "ai": str(child.info.order_id),
        "ap": averaged(child.info.average_price, record.market.tick),
        "aq": on_grid(child.info.filled_size, record.market.step),
        "act": child_type(record.asked),
    }
