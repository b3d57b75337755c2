"""When conditional orders fire, and what becomes of them then."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exchange_clients.base_models import OrderStatus, OrderType, Reason, Side
from exchange_clients.paper.orders import EngineOrder
from exchange_clients.paper.price_levels import NO_ASK, NO_BID
from exchange_clients.paper.rules import TriggerSource, VenueRules
from exchange_clients.paper.triggers import TriggerBook
from tests.exchange_clients.paper.matching_stage import BUY, SELL, DisplayedBook, Stage, outcome

STOP, STOP_MARKET = OrderType.STOP, OrderType.STOP_MARKET
TAKE_PROFIT, TAKE_PROFIT_MARKET = OrderType.TAKE_PROFIT, OrderType.TAKE_PROFIT_MARKET
TRAILING_STOP = OrderType.TRAILING_STOP


def conditional(
    order_id: int,
    side: Side,
    order_type: OrderType,
    trigger_ticks: int | None = None,
    *,
    trailing_ticks: int | None = None,
    trailing_fraction: Decimal | None = None,
) -> EngineOrder:
    return EngineOrder(
        order_id,
        "ann",
        str(order_id),
        side,
        1,
        order_type=order_type,
        trigger_ticks=trigger_ticks,
        trailing_ticks=trailing_ticks,
        trailing_fraction=trailing_fraction,
    )


@pytest.mark.parametrize(
    ("side", "order_type", "quiet", "fires"),
    [
        (BUY, STOP_MARKET, 99, 100),
        (BUY, STOP, 99, 101),
        (SELL, STOP_MARKET, 101, 100),
        (SELL, STOP, 101, 99),
        (BUY, TAKE_PROFIT_MARKET, 101, 100),
        (BUY, TAKE_PROFIT, 101, 99),
        (SELL, TAKE_PROFIT_MARKET, 99, 100),
        (SELL, TAKE_PROFIT, 99, 101),
    ],
)
def test_each_type_and_side_fires_when_its_trigger_is_reached(
    side: Side, order_type: OrderType, quiet: int, fires: int
) -> None:
    book = TriggerBook()
    order = conditional(1, side, order_type, 100)
    book.add(order)
    assert book.fired(quiet) == []
    assert book.fired(fires) == [order]
    assert book.fired(fires) == []


def test_orders_fire_nearest_trigger_first_and_then_by_age() -> None:
    book = TriggerBook()
    far, near, younger = (
        conditional(1, BUY, STOP, 105),
        conditional(2, BUY, STOP, 102),
        conditional(3, BUY, STOP, 102),
    )
    falling = conditional(4, BUY, TAKE_PROFIT, 120)
    for order in (far, younger, falling, near):
        book.add(order)
    assert book.fired(110) == [near, younger, far, falling]


def test_discarded_order_no_longer_fires() -> None:
    book = TriggerBook()
    stop, trail = conditional(1, SELL, STOP, 90), conditional(2, SELL, TRAILING_STOP, 0)
    trail.trailing_ticks = 5
    book.add(stop)
    book.add(trail)
    book.discard(stop)
    book.discard(trail)
    book.discard(trail)
    assert book.fired(1) == []
    assert (book.watch_below, book.watch_above) == (NO_BID, NO_ASK)


def test_trailing_sell_follows_the_price_up_and_fires_when_it_comes_back() -> None:
    book = TriggerBook()
    order = conditional(1, SELL, TRAILING_STOP, trailing_ticks=5)
    book.add(order)
    for ticks in (100, 97, 110, 106):
        assert book.fired(ticks) == []
    assert book.stop_ticks(order) == 105
    assert (book.watch_below, book.watch_above) == (105, 111)
    assert book.fired(105) == [order]
    assert book.stop_ticks(order) is None


def test_trailing_buy_follows_the_price_down_by_its_fraction() -> None:
    book = TriggerBook()
    order = conditional(1, BUY, TRAILING_STOP, trailing_fraction=Decimal("0.01"))
    book.add(order)
    for ticks in (1005, 950, 959):
        assert book.fired(ticks) == []
    assert book.stop_ticks(order) == 960  # 959.5 rounded away from the price
    assert (book.watch_below, book.watch_above) == (949, 960)
    assert book.fired(960) == [order]


def test_trailing_fraction_of_a_sell_rounds_away_from_the_price() -> None:
    book = TriggerBook()
    order = conditional(1, SELL, TRAILING_STOP, trailing_fraction=Decimal("0.01"))
    book.add(order)
    assert book.fired(950) == []
    assert book.stop_ticks(order) == 940


@pytest.mark.parametrize(
    ("side", "quiet", "activates", "band"),
    [(SELL, 104, 105, (-1, 105)), (BUY, 106, 105, (105, NO_ASK))],
)
def test_trailing_stop_with_an_activation_price_waits_for_it(
    side: Side, quiet: int, activates: int, band: tuple[int, int]
) -> None:
    book = TriggerBook()
    order = conditional(1, side, TRAILING_STOP, 105, trailing_ticks=3)
    book.add(order)
    assert (book.watch_below, book.watch_above) == band
    assert book.fired(quiet) == []
    assert book.stop_ticks(order) is None
    assert book.fired(activates) == []
    assert book.stop_ticks(order) == activates - 3 * side.opposite.sign


def test_stop_market_takes_when_the_mark_reaches_it() -> None:
    stage = Stage(external=DisplayedBook({95: 5}, {105: 5}))
    stage.keeper.positions["ann"] = 2
    order = stage.place("ann", SELL, 2, order_type=STOP_MARKET, reduce_only=True, trigger_ticks=96)
    stage.engine.on_mark(97, stage.tick())
    assert outcome(order) == (OrderStatus.OPEN, None, 0)
    stage.engine.on_mark(96, stage.tick())
    assert outcome(order) == (OrderStatus.FILLED, None, 2)
    assert order.triggered_ns == stage.now_ns


def test_take_profit_limit_rests_at_its_price_once_triggered() -> None:
    stage = Stage()
    order = stage.place("ann", SELL, 2, 110, TAKE_PROFIT, trigger_ticks=108)
    assert stage.resting(SELL) == []
    stage.engine.on_mark(109, stage.tick())
    assert stage.resting(SELL) == [(order.order_id, 110, 2)]


def test_order_whose_trigger_is_already_reached_fires_on_arrival() -> None:
    stage = Stage(external=DisplayedBook({95: 5}, {105: 5}))
    stage.engine.on_mark(90, stage.tick())
    order = stage.place("ann", SELL, 1, order_type=STOP_MARKET, trigger_ticks=96)
    assert order.status is OrderStatus.FILLED


def test_reduce_only_stop_with_nothing_left_to_close_is_canceled_when_it_fires() -> None:
    stage = Stage(external=DisplayedBook({95: 5}, {105: 5}))
    order = stage.place("ann", SELL, 2, order_type=STOP_MARKET, reduce_only=True, trigger_ticks=96)
    stage.engine.on_mark(96, stage.tick())
    assert outcome(order) == (OrderStatus.CANCELED, Reason.REDUCE_ONLY_REJECTED, 0)


def test_waiting_order_can_be_amended_and_canceled() -> None:
    stage = Stage()
    order = stage.place("ann", SELL, 2, 95, STOP, trigger_ticks=96)
    assert stage.engine.amend(order.order_id, stage.tick(), ticks=94, lots=1) is None
    assert (order.ticks, order.lots) == (94, 1)
    assert stage.engine.cancel(order.order_id, stage.tick())
    stage.engine.on_mark(90, stage.tick())
    assert outcome(order) == (OrderStatus.CANCELED, Reason.USER_CANCELED, 0)


def test_stops_on_the_last_price_set_each_other_off() -> None:
    stage = Stage(
        VenueRules(trigger_source=TriggerSource.LAST), external=DisplayedBook({95: 1, 94: 1}, {})
    )
    second = stage.place("bob", SELL, 1, order_type=STOP_MARKET, trigger_ticks=95)
    first = stage.place("ann", SELL, 1, order_type=STOP_MARKET, trigger_ticks=96)
    stage.engine.on_mark(90, stage.tick())
    assert stage.matches() == []
    stage.print_trade(96, 1, SELL)
    assert stage.matches() == [(None, first.order_id, 95, 1), (None, second.order_id, 94, 1)]
