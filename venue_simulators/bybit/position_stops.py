"""Take profit, stop loss and trailing stop of a position: orders that the venue makes by itself.

They close the whole position with a market order (or, in mode Partial, a part of it), can be
changed and taken back, and are dropped when the position closes. The size of a whole one is that of
its position, and follows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_models import ZERO, ContractId, Market, Side
from venue_simulators.bybit import errors
from venue_simulators.bybit.account_book import AccountBook, News
from venue_simulators.bybit.errors import Refusal, invalid
from venue_simulators.bybit.fields import Fields, check_linear
from venue_simulators.bybit.order_checks import listed, price_now
from venue_simulators.bybit.order_desk import OrderDesk
from venue_simulators.bybit.order_form import (
    FALLING,
    LAST,
    RISING,
    TRIGGER_PRICES,
    Attached,
    OrderForm,
)
from venue_simulators.bybit.order_record import (
    STOP_LOSS,
    TAKE_PROFIT,
    TRAILING_STOP,
    UNTRIGGERED,
    OrderRecord,
)
from venue_simulators.bybit.positions import Leg
from venue_simulators.world import World

_NAMES = {TAKE_PROFIT: "takeProfit", STOP_LOSS: "stopLoss", TRAILING_STOP: "trailingStop"}


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop as it is asked for; a price of zero takes it back."""

    kind: str
    price: Decimal
    """The trigger, or the distance of a trailing stop."""
    trigger_by: str = LAST
    size: Decimal = ZERO
    """Zero is all of the position."""
    limit: Decimal | None = None
    active_price: Decimal | None = None


class PositionStops:
    """The stops of all positions.

    Args:
        world: Where the positions are.
        desk: Where the stops wait.
        books: The accounts.
    """

    def __init__(self, world: World, desk: OrderDesk, books: dict[str, AccountBook]) -> None:
        self._world = world
        self._desk = desk
        for book in books.values():
            book.listeners.append(self._on_news)

    def change(self, book: AccountBook, body: Fields) -> None:
        """Set, change or take back what a body names.

        Raises:
            Refusal: there is no position, a price is on the wrong side, or nothing changes.
        """
        check_linear(body)
        market = listed(self._world, ContractId(body.required("symbol")))
        mode = body.required_choice("tpslMode", ("Full", "Partial"))
        index = body.whole("positionIdx")
        if index is None:
            raise invalid("positionIdx is required")
        legs = [leg for leg in book.legs_of(market.contract_id) if leg.index == index]
        if not legs:
            raise Refusal(errors.PARAMETER, "position idx not match position mode")
        if not legs[0].size:
            raise invalid("can not set tp/sl/ts for zero position")
        stops = _read(body, partial=mode == "Partial")
        for stop in stops:
            self._check(legs[0], stop, market)
        if not any([self.set(book, legs[0], stop) for stop in stops]):
            raise Refusal(errors.NOT_MODIFIED, "not modified")
        book.touch_leg(legs[0])

    def set(self, book: AccountBook, leg: Leg, stop: Stop) -> bool:
        """Let a stop hang on a position in place of the one before; say whether that is new."""
        key = ((leg.contract_id, leg.index), stop.kind)
        before = book.stops.get(key)
        if before is not None and before.ended:
            before = None
        if stop.size:
            self._hang(book, leg, stop, f"Partial{stop.kind}")
            return True
        if before is not None:
            price = before.form.trailing or before.trigger_price
            if price == stop.price and before.form.trigger_by == stop.trigger_by:
                return False
            self._desk.cancel_now(book, [before], "CancelByTpSlTsClear")
        if not stop.price:
            return before is not None
        book.stops[key] = self._hang(book, leg, stop, stop.kind)
        return True

    def _hang(self, book: AccountBook, leg: Leg, stop: Stop, kind: str) -> OrderRecord:
        side = leg.side
        assert side is not None, "a flat position has no stops"
        trailing = stop.kind == TRAILING_STOP
        gains = stop.kind == TAKE_PROFIT
        form = OrderForm(
            leg.contract_id,
            side.opposite,
            market=stop.limit is None,
            qty=stop.size,
            price=stop.limit,
            time_in_force="IOC" if stop.limit is None else "GTC",
            position_idx=leg.index,
            reduce_only=True,
            close_on_trigger=True,
            trigger_price=None if trailing else stop.price,
            trigger_direction=RISING if gains is (side is Side.BUY) else FALLING,
            trigger_by=stop.trigger_by,
            trailing=stop.price if trailing else None,
            active_price=stop.active_price,
        )
        record = book.register(form, stop_order_type=kind, create_type=f"CreateBy{kind}")
        record.qty = stop.size or abs(leg.size)
        self._desk.wait(book, record)
        return record

    def _check(self, leg: Leg, stop: Stop, market: Market) -> None:
        if not stop.price:
            return
        if stop.price % market.tick:
            raise invalid(f"{_NAMES[stop.kind]} invalid")
        if stop.size % market.step or stop.size > abs(leg.size):
            raise invalid("tpSize and slSize are within the position")
        if stop.kind == TRAILING_STOP:
            return
        now = price_now(self._world, leg.contract_id, stop.trigger_by)
        above = (stop.kind == TAKE_PROFIT) is (leg.size > 0)
        if (stop.price > now) is not above or stop.price == now:
            word = "higher" if above else "lower"
            raise invalid(f"{_NAMES[stop.kind]} should be {word} than base_price:{now}")

    def _on_news(self, book: AccountBook, news: News) -> None:
        """Let whole stops follow their positions, and hang on these what came with orders."""
        for at, leg in news.legs.items():
            for kind in _NAMES:
                hung = book.stops.get((at, kind))
                if hung is not None and hung.status == UNTRIGGERED and leg.size:
                    hung.qty = abs(leg.size)
        for record in news.orders.values():
            attached = record.form.attached
            if attached.given and record.filled and not record.attached_done:
                record.attached_done = True
                leg = book.leg_of(record)
                if leg.side is record.form.side:
                    for stop in _attached_stops(attached):
                        self.set(book, leg, stop)


def _read(body: Fields, *, partial: bool) -> list[Stop]:
    stops = []
    for kind, short in ((TAKE_PROFIT, "tp"), (STOP_LOSS, "sl")):
        price = body.decimal(_NAMES[kind])
        if price is None:
            continue
        size = body.decimal(f"{short}Size") or ZERO
        if partial is not bool(size) and price:
            raise invalid(f"{short}Size goes with tpslMode Partial")
        trigger_by = body.choice(f"{short}TriggerBy", TRIGGER_PRICES) or LAST
        limit = body.price(f"{short}LimitPrice") if partial else None
        stops.append(Stop(kind, price, trigger_by, size, limit))
    distance = body.decimal("trailingStop")
    if distance is not None:
        stops.append(Stop(TRAILING_STOP, distance, active_price=body.price("activePrice")))
    if any(stop.price < 0 for stop in stops):
        raise invalid("prices are not negative")
    return stops


def _attached_stops(attached: Attached) -> list[Stop]:
    stops = []
    if attached.take_profit is not None:
        stops.append(
            Stop(TAKE_PROFIT, attached.take_profit, attached.tp_trigger_by, limit=attached.tp_limit)
        )
    if attached.stop_loss is not None:
        stops.append(
            Stop(STOP_LOSS, attached.stop_loss, attached.sl_trigger_by, limit=attached.sl_limit)
        )
    return stops
