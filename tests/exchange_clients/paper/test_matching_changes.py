"""What cancellations and amendments do, and which commands are programming errors."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exchange_clients.base_models import OrderStatus, OrderType, Reason, TimeInForce
from exchange_clients.paper.orders import EngineOrder
from exchange_clients.paper.rules import VenueRules
from tests.exchange_clients.paper.matching_stage import BUY, SELL, Stage, outcome

OPEN, FILLED = OrderStatus.OPEN, OrderStatus.FILLED
PARTIALLY_FILLED = OrderStatus.PARTIALLY_FILLED
CANCELED, EXPIRED, REJECTED = OrderStatus.CANCELED, OrderStatus.EXPIRED, OrderStatus.REJECTED
IOC, FOK, GTX = TimeInForce.IOC, TimeInForce.FOK, TimeInForce.GTX


def test_cancel_ends_a_live_order_once_and_keeps_its_fills() -> None:
    stage = Stage()
    order = stage.place("ann", SELL, 3, 100)
    stage.place("bob", BUY, 1, 100)
    assert stage.engine.cancel(order.order_id, stage.tick(), Reason.LIQUIDATED)
    assert outcome(order) == (CANCELED, Reason.LIQUIDATED, 1)
    assert not stage.engine.cancel(order.order_id, stage.tick())
    assert not stage.engine.cancel(999, stage.tick())


def test_cancel_all_ends_the_orders_of_one_owner_oldest_first() -> None:
    stage = Stage()
    first = stage.place("ann", BUY, 1, 99)
    waiting = stage.place("ann", SELL, 1, 0, OrderType.STOP_MARKET, trigger_ticks=90)
    other = stage.place("bob", BUY, 1, 98)
    assert stage.engine.open_orders("ann") == [first, waiting]
    assert stage.engine.cancel_all("ann", stage.tick()) == [first, waiting]
    assert stage.engine.open_orders("ann") == []
    assert other.status is OPEN


def test_a_smaller_size_keeps_the_place_in_the_queue() -> None:
    stage = Stage()
    first = stage.place("ann", SELL, 5, 100)
    second = stage.place("bob", SELL, 5, 100)
    assert stage.engine.amend(first.order_id, stage.tick(), ticks=None, lots=2) is None
    assert stage.resting(SELL) == [(first.order_id, 100, 2), (second.order_id, 100, 5)]


def test_amendment_that_changes_nothing_keeps_the_place_in_the_queue() -> None:
    stage = Stage()
    first = stage.place("ann", SELL, 5, 100)
    second = stage.place("bob", SELL, 5, 100)
    assert stage.engine.amend(first.order_id, stage.tick(), ticks=100, lots=5) is None
    assert stage.resting(SELL) == [(first.order_id, 100, 5), (second.order_id, 100, 5)]


@pytest.mark.parametrize(("ticks", "lots"), [(None, 6), (100, 6)])
def test_a_larger_size_goes_to_the_end_of_the_queue(ticks: int | None, lots: int) -> None:
    stage = Stage()
    first = stage.place("ann", SELL, 5, 100)
    second = stage.place("bob", SELL, 5, 100)
    assert stage.engine.amend(first.order_id, stage.tick(), ticks=ticks, lots=lots) is None
    assert stage.resting(SELL) == [(second.order_id, 100, 5), (first.order_id, 100, 6)]


def test_a_new_price_that_crosses_takes() -> None:
    stage = Stage()
    maker = stage.place("ann", SELL, 1, 101)
    order = stage.place("bob", BUY, 2, 99)
    assert stage.engine.amend(order.order_id, stage.tick(), ticks=101, lots=None) is None
    assert stage.matches() == [(maker.order_id, order.order_id, 101, 1)]
    assert outcome(order) == (PARTIALLY_FILLED, None, 1)


def test_refused_amendments_change_nothing() -> None:
    stage = Stage()
    order = stage.place("ann", BUY, 3, 99, time_in_force=GTX)
    stage.place("bob", SELL, 1, 99)
    stage.place("bob", SELL, 1, 101)
    engine = stage.engine
    assert engine.amend(999, stage.tick(), ticks=1, lots=1) is Reason.ORDER_NOT_FOUND
    assert engine.amend(order.order_id, stage.tick(), ticks=None, lots=1) is Reason.INVALID_ORDER
    assert engine.amend(order.order_id, stage.tick(), ticks=0, lots=None) is Reason.INVALID_ORDER
    refusal = engine.amend(order.order_id, stage.tick(), ticks=101, lots=None)
    assert refusal is Reason.POST_ONLY_WOULD_CROSS
    assert stage.resting(BUY) == [(order.order_id, 99, 2)]
    engine.cancel(order.order_id, stage.tick())
    refusal = engine.amend(order.order_id, stage.tick(), ticks=98, lots=None)
    assert refusal is Reason.ALREADY_TERMINAL


def test_command_from_within_a_report_is_a_programming_error() -> None:
    stage = Stage()
    stage.keeper.during_report = lambda: stage.engine.cancel(1, 1)
    with pytest.raises(AssertionError, match="from within a report"):
        stage.place("ann", BUY, 1, 99)


def test_order_object_and_order_id_are_placed_once() -> None:
    stage = Stage()
    order = stage.place("ann", BUY, 1, 99)
    with pytest.raises(AssertionError, match="has been placed already"):
        stage.engine.place(order, stage.tick())
    stage = Stage()
    stage.place("ann", BUY, 1, 99)
    twin = EngineOrder(order.order_id, "bob", "twin", BUY, 1, 99)
    with pytest.raises(AssertionError, match="is taken"):
        stage.engine.place(twin, stage.tick())


def test_price_of_a_market_order_cannot_be_amended() -> None:
    stage = Stage()
    order = stage.place("ann", SELL, 1, 0, OrderType.STOP_MARKET, trigger_ticks=90)
    refusal = stage.engine.amend(order.order_id, stage.tick(), ticks=95, lots=None)
    assert refusal is Reason.INVALID_ORDER


def test_amended_price_is_held_to_the_collar() -> None:
    stage = Stage(VenueRules(price_collar=Decimal("0.1")))
    order = stage.place("ann", BUY, 1, 99)
    stage.engine.on_mark(100, stage.tick())
    refusal = stage.engine.amend(order.order_id, stage.tick(), ticks=120, lots=None)
    assert refusal is Reason.INVALID_ORDER


def test_an_order_that_was_filled_to_its_end_is_filled_on_and_told_so_once() -> None:
    stage = Stage()
    stage.place("ann", SELL, 3, 100)
    taker = stage.place("bob", BUY, 3, 100)
    assert stage.engine.overfill(taker.order_id, 101, 2, stage.tick(), resting=False) == 2
    assert (taker.status, taker.lots, taker.filled_lots) == (OrderStatus.FILLED, 3, 5)
    assert taker.spent_ticks == 3 * 100 + 2 * 101
    assert stage.matches()[-1] == (None, taker.order_id, 101, 2)
    assert stage.keeper.reports[-1] == (taker.order_id, OrderStatus.FILLED, None, 5)
    assert stage.engine.open_orders("bob") == []


def test_an_order_that_rested_is_filled_on_as_one_that_rests() -> None:
    stage = Stage()
    maker = stage.place("ann", SELL, 3, 100)
    stage.place("bob", BUY, 3, 100)
    stage.engine.overfill(maker.order_id, 100, 1, stage.tick(), resting=True)
    assert stage.matches()[-1] == (maker.order_id, None, 100, 1)
    assert stage.keeper.positions["ann"] == -4


def test_what_reduces_only_is_filled_on_as_far_as_it_still_closes() -> None:
    stage = Stage()
    stage.keeper.positions["ann"] = 4
    close = stage.place("ann", SELL, 3, 100, reduce_only=True)
    rests = stage.place("ann", SELL, 1, 105, reduce_only=True)
    stage.place("bob", BUY, 3, 100)
    assert stage.engine.overfill(close.order_id, 100, 2, stage.tick(), resting=True) == 1
    assert stage.keeper.positions["ann"] == 0
    assert outcome(rests) == (OrderStatus.CANCELED, Reason.REDUCE_ONLY_REJECTED, 0)
    assert stage.engine.overfill(close.order_id, 100, 2, stage.tick(), resting=True) == 0


def test_nothing_but_an_order_that_was_filled_to_its_end_is_filled_on() -> None:
    stage = Stage()
    order = stage.place("ann", SELL, 3, 100)
    with pytest.raises(AssertionError, match="was not filled to its end"):
        stage.engine.overfill(order.order_id, 100, 1, stage.tick(), resting=True)
