"""What each mode of reduce-only orders does."""

from __future__ import annotations

from exchange_clients.base_models import OrderStatus, Reason, TimeInForce
from exchange_clients.paper.rules import ReduceOnlyMode, VenueRules
from tests.exchange_clients.paper.matching_stage import BUY, SELL, Stage, outcome

OPEN, FILLED = OrderStatus.OPEN, OrderStatus.FILLED
PARTIALLY_FILLED = OrderStatus.PARTIALLY_FILLED
CANCELED, EXPIRED, REJECTED = OrderStatus.CANCELED, OrderStatus.EXPIRED, OrderStatus.REJECTED
IOC, FOK, GTX = TimeInForce.IOC, TimeInForce.FOK, TimeInForce.GTX


def test_reduce_only_without_a_position_is_refused() -> None:
    stage = Stage()
    stage.keeper.positions["ann"] = 2
    assert outcome(stage.place("ann", BUY, 1, 99, reduce_only=True)) == (
        REJECTED,
        Reason.REDUCE_ONLY_REJECTED,
        0,
    )


def test_strict_reduce_only_is_cut_to_the_position_on_arrival_and_as_it_shrinks() -> None:
    stage = Stage(VenueRules(reduce_only=ReduceOnlyMode.STRICT))
    stage.keeper.positions["ann"] = 5
    first = stage.place("ann", SELL, 9, 101, reduce_only=True)
    second = stage.place("ann", SELL, 4, 102, reduce_only=True)
    assert (first.lots, second.lots) == (5, 4)
    stage.place("bob", BUY, 3, 101)
    assert (first.remaining_lots, second.remaining_lots) == (2, 2)
    stage.place("bob", BUY, 2, 101)
    assert outcome(first) == (FILLED, None, 5)
    assert outcome(second) == (CANCELED, Reason.REDUCE_ONLY_REJECTED, 0)


def test_strict_reduce_only_is_cut_when_told_of_a_position_that_moved_without_a_trade() -> None:
    stage = Stage()
    stage.keeper.positions["ann"] = 5
    order = stage.place("ann", SELL, 5, 101, reduce_only=True)
    stage.keeper.positions["ann"] = 3
    stage.engine.on_position_changed("ann")
    assert order.lots == 3
    stage.keeper.positions["ann"] = -1
    stage.engine.on_position_changed("ann")
    assert outcome(order) == (CANCELED, Reason.REDUCE_ONLY_REJECTED, 0)


def test_position_change_told_from_within_a_report_acts_when_the_command_ends() -> None:
    stage = Stage()
    stage.keeper.positions["ann"] = 5
    order = stage.place("ann", SELL, 5, 101, reduce_only=True)

    def shrink() -> None:
        stage.keeper.during_report = None
        stage.keeper.positions["ann"] = 2
        stage.engine.on_position_changed("ann")

    stage.keeper.during_report = shrink
    stage.place("bob", BUY, 1, 90)
    assert order.lots == 2


def test_loose_reduce_only_keeps_its_size_but_never_flips() -> None:
    stage = Stage(VenueRules(reduce_only=ReduceOnlyMode.LOOSE))
    stage.keeper.positions["ann"] = 3
    first = stage.place("ann", SELL, 3, 101, reduce_only=True)
    second = stage.place("ann", SELL, 3, 102, reduce_only=True)
    stage.place("bob", BUY, 4, 102)
    assert outcome(first) == (FILLED, None, 3)
    assert outcome(second) == (CANCELED, Reason.REDUCE_ONLY_REJECTED, 0)
    assert stage.keeper.positions["ann"] == 0


def test_loose_reduce_only_taker_stops_at_a_flat_position() -> None:
    stage = Stage(VenueRules(reduce_only=ReduceOnlyMode.LOOSE))
    stage.keeper.positions["ann"] = 2
    stage.place("bob", BUY, 9, 100)
    order = stage.market("ann", SELL, 1)
    assert order.status is FILLED
    larger = stage.place("ann", SELL, 5, 100, reduce_only=True)
    assert outcome(larger) == (CANCELED, Reason.REDUCE_ONLY_REJECTED, 1)
    assert stage.keeper.positions["ann"] == 0


def test_entry_only_reduce_only_may_flip_later() -> None:
    stage = Stage(VenueRules(reduce_only=ReduceOnlyMode.ENTRY_ONLY))
    stage.keeper.positions["ann"] = 2
    order = stage.place("ann", SELL, 5, 101, reduce_only=True)
    assert order.lots == 2
    stage.keeper.positions["ann"] = 1
    stage.place("bob", BUY, 2, 101)
    assert stage.keeper.positions["ann"] == -1
