"""How resting orders meet the external market: the queue, prints, crossing quotes, consumption."""

from __future__ import annotations

from exchange_clients.base_models import OrderStatus, Reason, TimeInForce
from exchange_clients.paper.queue_model import FrontOfQueue, ProbabilisticQueue
from exchange_clients.paper.rules import ReduceOnlyMode, VenueRules
from tests.exchange_clients.paper.matching_stage import BUY, SELL, DisplayedBook, Stage, outcome

FILLED, PARTIALLY_FILLED = OrderStatus.FILLED, OrderStatus.PARTIALLY_FILLED


def market(bids: dict[int, int], asks: dict[int, int]) -> Stage:
    return Stage(external=DisplayedBook(bids, asks))


def test_order_behind_five_lots_fills_only_after_five_lots_traded() -> None:
    stage = market({99: 5}, {101: 5})
    order = stage.place("ann", BUY, 2, 99)
    assert order.queue_ahead_lots == 5
    stage.print_trade(99, 3, SELL)
    stage.print_trade(99, 2, SELL)
    assert (order.queue_ahead_lots, order.filled_lots) == (0, 0)
    stage.print_trade(99, 1, SELL)
    assert outcome(order) == (PARTIALLY_FILLED, None, 1)
    stage.print_trade(99, 7, SELL)
    assert outcome(order) == (FILLED, None, 2)


def test_one_print_eats_the_queue_and_then_fills_with_what_is_left() -> None:
    stage = market({99: 5}, {})
    first = stage.place("ann", BUY, 2, 99)
    second = stage.place("bob", BUY, 4, 99)
    stage.print_trade(99, 8, SELL)
    assert (first.filled_lots, second.filled_lots) == (2, 1)


def test_lots_that_left_the_level_move_the_order_up() -> None:
    stage = market({99: 5}, {})
    order = stage.place("ann", BUY, 1, 99)
    stage.show(BUY, 99, 2)
    assert order.queue_ahead_lots == 2
    stage.show(BUY, 99, 9)
    assert order.queue_ahead_lots == 2
    stage.print_trade(99, 3, SELL)
    assert order.status is FILLED


def test_depth_that_only_confirms_a_print_does_not_move_the_queue_twice() -> None:
    external = DisplayedBook({99: 10}, {})
    stage = Stage(external=external, queue_model=ProbabilisticQueue())
    order = stage.place("ann", BUY, 1, 99)
    stage.show(BUY, 99, 20)
    stage.print_trade(99, 4, SELL)
    stage.show(BUY, 99, 16)
    assert order.queue_ahead_lots == 6


def test_later_order_joins_behind_what_is_left_of_the_queue() -> None:
    stage = market({99: 5}, {})
    stage.place("ann", BUY, 1, 99)
    stage.print_trade(99, 3, SELL)
    later = stage.place("bob", BUY, 1, 99)
    assert later.queue_ahead_lots == 2


def test_print_of_the_other_aggressor_or_beyond_the_price_fills_nothing() -> None:
    stage = market({99: 5}, {101: 5})
    order = stage.place("ann", BUY, 1, 98)
    stage.print_trade(98, 9, BUY)
    stage.print_trade(99, 9, SELL)
    assert order.filled_lots == 0


def test_print_through_the_price_fills_at_the_orders_own_price_up_to_its_size() -> None:
    stage = market({98: 5}, {102: 5})
    best = stage.place("ann", BUY, 2, 100)
    next_best = stage.place("bob", BUY, 4, 99)
    at_print = stage.place("cyd", BUY, 4, 98)
    stage.print_trade(98, 5, SELL)
    assert stage.matches() == [(best.order_id, None, 100, 2), (next_best.order_id, None, 99, 3)]
    assert at_print.filled_lots == 0
    assert stage.keeper.trades[0].aggressor is SELL


def test_what_a_print_has_left_after_better_orders_meets_the_queue_at_its_price() -> None:
    stage = market({98: 2}, {})
    better = stage.place("ann", BUY, 2, 99)
    at_print = stage.place("bob", BUY, 4, 98)
    stage.print_trade(98, 5, SELL)
    assert (better.filled_lots, at_print.filled_lots) == (2, 1)


def test_front_of_queue_fills_with_the_first_print_at_the_price() -> None:
    stage = Stage(external=DisplayedBook({99: 50}, {}), queue_model=FrontOfQueue())
    order = stage.place("ann", BUY, 1, 99)
    stage.print_trade(99, 1, SELL)
    assert order.status is FILLED


def test_fraction_of_a_lot_ahead_holds_a_whole_lot_back() -> None:
    stage = Stage(external=DisplayedBook({99: 3}, {}), queue_model=ProbabilisticQueue())
    order = stage.place("ann", BUY, 1, 99)
    stage.show(BUY, 99, 8)
    stage.show(BUY, 99, 7)
    assert order.queue_ahead_lots == 3 - 3 / 8
    stage.print_trade(99, 3, SELL)
    assert order.filled_lots == 0
    stage.print_trade(99, 1, SELL)
    assert order.status is FILLED


def test_quote_through_the_price_fills_as_much_as_it_offers() -> None:
    stage = market({98: 5}, {101: 5})
    first = stage.place("ann", BUY, 2, 100)
    second = stage.place("bob", BUY, 4, 99)
    stage.show(SELL, 99, 3)
    stage.touch()
    assert stage.matches() == [(first.order_id, None, 100, 2), (second.order_id, None, 99, 1)]
    stage.touch()
    assert len(stage.keeper.trades) == 2


def test_quote_that_is_stated_again_fills_again() -> None:
    stage = market({98: 5}, {101: 5})
    order = stage.place("ann", BUY, 5, 100)
    stage.show(SELL, 100, 3)
    stage.touch()
    stage.engine.on_external_refresh(SELL, 100)
    stage.touch()
    assert order.status is FILLED


def test_quote_crosses_resting_asks_alike() -> None:
    stage = market({98: 5}, {101: 5})
    far = stage.place("ann", SELL, 2, 100)
    near = stage.place("bob", SELL, 2, 99)
    stage.show(BUY, 100, 3)
    stage.touch()
    assert stage.matches() == [(near.order_id, None, 99, 2), (far.order_id, None, 100, 1)]


def test_taker_consumes_external_lots_only_once_until_the_level_is_stated_anew() -> None:
    stage = market({}, {100: 3, 101: 2})
    first = stage.place("ann", BUY, 2, 101, time_in_force=TimeInForce.IOC)
    second = stage.place("bob", BUY, 4, 101, time_in_force=TimeInForce.IOC)
    assert stage.matches() == [
        (None, first.order_id, 100, 2),
        (None, second.order_id, 100, 1),
        (None, second.order_id, 101, 2),
    ]
    assert stage.market("cyd", BUY, 1).reason is Reason.NO_LIQUIDITY
    stage.show(SELL, 100, 3)
    assert stage.market("cyd", BUY, 1).status is FILLED


def test_order_may_rest_where_the_external_lots_have_been_consumed() -> None:
    stage = market({}, {100: 1})
    stage.place("ann", BUY, 3, 100)
    post_only = stage.place("bob", BUY, 1, 100, time_in_force=TimeInForce.GTX)
    assert stage.resting(BUY) == [(1, 100, 2), (post_only.order_id, 100, 1)]


def test_own_better_price_trades_before_the_external_one_and_after_it_at_the_same_price() -> None:
    stage = market({}, {100: 2})
    behind = stage.place("ann", SELL, 2, 100)
    better = stage.place("ann", SELL, 1, 99)
    taker = stage.place("bob", BUY, 4, 100)
    assert stage.matches() == [
        (better.order_id, taker.order_id, 99, 1),
        (None, taker.order_id, 100, 2),
        (behind.order_id, taker.order_id, 100, 1),
    ]


def test_external_lots_that_joined_later_trade_after_the_resting_order() -> None:
    stage = market({}, {100: 2})
    order = stage.place("ann", SELL, 2, 100)
    stage.show(SELL, 100, 5)
    taker = stage.place("bob", BUY, 6, 100)
    assert stage.matches() == [
        (None, taker.order_id, 100, 2),
        (order.order_id, taker.order_id, 100, 2),
        (None, taker.order_id, 100, 2),
    ]


def test_reduce_only_order_never_flips_by_external_fills() -> None:
    stage = Stage(
        VenueRules(reduce_only=ReduceOnlyMode.LOOSE), external=DisplayedBook({98: 5}, {101: 1})
    )
    stage.keeper.positions["ann"] = 3
    first = stage.place("ann", SELL, 2, 102, reduce_only=True)
    second = stage.place("ann", SELL, 2, 103, reduce_only=True)
    stage.print_trade(104, 50, BUY)
    assert (first.filled_lots, second.filled_lots) == (2, 1)
    assert stage.keeper.positions["ann"] == 0


def test_external_market_can_be_replaced() -> None:
    stage = market({}, {100: 1})
    stage.market("ann", BUY, 1)
    stage.engine.external = DisplayedBook({}, {100: 1})
    assert stage.market("ann", BUY, 1).status is FILLED
    stage.engine.external = None
    assert stage.market("ann", BUY, 1).reason is Reason.NO_LIQUIDITY
