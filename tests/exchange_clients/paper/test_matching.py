"""What each kind of order and each rule of the matching engine does."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.base_models import OrderStatus, OrderType, Reason, Side, TimeInForce
from exchange_clients.paper.orders import EngineOrder
from exchange_clients.paper.price_levels import NO_ASK, NO_BID
from exchange_clients.paper.rules import PostOnlyMode, ReduceOnlyMode, SelfTrade, VenueRules
from tests.exchange_clients.paper.matching_stage import BUY, SELL, DisplayedBook, Stage, outcome

OPEN, FILLED = OrderStatus.OPEN, OrderStatus.FILLED
PARTIALLY_FILLED = OrderStatus.PARTIALLY_FILLED
CANCELED, EXPIRED, REJECTED = OrderStatus.CANCELED, OrderStatus.EXPIRED, OrderStatus.REJECTED
IOC, FOK, GTX = TimeInForce.IOC, TimeInForce.FOK, TimeInForce.GTX


def test_better_price_trades_first_and_then_the_older_order() -> None:
    stage = Stage()
    older = stage.place("ann", SELL, 2, 101)
    younger = stage.place("bob", SELL, 2, 101)
    better = stage.place("cyd", SELL, 2, 100)
    taker = stage.place("dee", BUY, 5, 101)
    assert stage.matches() == [
        (better.order_id, taker.order_id, 100, 2),
        (older.order_id, taker.order_id, 101, 2),
        (younger.order_id, taker.order_id, 101, 1),
    ]
    assert outcome(taker) == (FILLED, None, 5)
    assert outcome(younger) == (PARTIALLY_FILLED, None, 1)


def test_remainder_of_a_limit_order_rests_and_is_the_best_price() -> None:
    stage = Stage()
    stage.place("ann", SELL, 2, 100)
    stage.place("bob", BUY, 5, 100)
    assert stage.resting(BUY) == [(2, 100, 3)]
    assert (stage.engine.own_best_bid, stage.engine.own_best_ask) == (100, NO_ASK)


def test_best_prices_follow_cancellations() -> None:
    stage = Stage()
    best = stage.place("ann", BUY, 1, 99)
    stage.place("ann", BUY, 1, 97)
    assert stage.engine.prices_resting(BUY) == [99, 97]
    assert stage.engine.cancel(best.order_id, stage.tick())
    assert stage.engine.own_best_bid == 97
    stage.engine.cancel_all("ann", stage.tick())
    assert stage.engine.own_best_bid == NO_BID


def test_reports_tell_acceptance_then_the_trade_of_maker_and_taker() -> None:
    stage = Stage()
    maker = stage.place("ann", SELL, 3, 100)
    taker = stage.place("bob", BUY, 1, 100)
    assert stage.keeper.reports == [
        (maker.order_id, OPEN, None, 0),
        (taker.order_id, OPEN, None, 0),
        (maker.order_id, PARTIALLY_FILLED, None, 1),
        (taker.order_id, FILLED, None, 1),
    ]


def test_duplicate_client_order_id_is_refused_and_leaves_the_first_alone() -> None:
    stage = Stage()
    first = stage.place("ann", BUY, 1, 99, client_order_id="same")
    second = stage.place("ann", BUY, 2, 98, client_order_id="same")
    other_owner = stage.place("bob", BUY, 1, 97, client_order_id="same")
    assert outcome(second) == (REJECTED, Reason.DUPLICATE_CLIENT_ORDER_ID, 0)
    assert outcome(first) == outcome(other_owner) == (OPEN, None, 0)
    assert stage.engine.find("ann", "same") is first
    assert stage.engine.get(second.order_id) is second


def test_client_order_id_stays_taken_after_the_order_ended() -> None:
    stage = Stage()
    first = stage.place("ann", BUY, 1, 99, client_order_id="same")
    stage.engine.cancel(first.order_id, stage.tick())
    again = stage.place("ann", BUY, 1, 99, client_order_id="same")
    assert again.reason is Reason.DUPLICATE_CLIENT_ORDER_ID


def test_history_is_bounded_and_live_orders_are_never_forgotten() -> None:
    stage = Stage(VenueRules(history_max=2))
    live = stage.place("ann", BUY, 1, 90, client_order_id="live")
    ended = [stage.place("ann", BUY, 1, 99) for _ in range(3)]
    for order in ended:
        stage.engine.cancel(order.order_id, stage.tick())
    assert stage.engine.get(ended[0].order_id) is None
    assert stage.engine.find("ann", ended[0].client_order_id) is None
    assert stage.engine.get(ended[1].order_id) is ended[1]
    assert stage.engine.find("ann", "live") is live


@pytest.mark.parametrize(
    ("lots", "ticks", "order_type", "time_in_force"),
    [
        (0, 100, OrderType.LIMIT, TimeInForce.GTC),
        (1, 0, OrderType.LIMIT, TimeInForce.GTC),
        (1, 0, OrderType.MARKET, GTX),
        (1, 100, OrderType.STOP, TimeInForce.GTC),
        (1, 0, OrderType.TRAILING_STOP, TimeInForce.GTC),
    ],
)
def test_malformed_order_is_refused(
    lots: int, ticks: int, order_type: OrderType, time_in_force: TimeInForce
) -> None:
    order = Stage().place("ann", BUY, lots, ticks, order_type, time_in_force)
    assert outcome(order) == (REJECTED, Reason.INVALID_ORDER, 0)


def test_owner_may_hold_only_so_many_live_orders() -> None:
    stage = Stage(VenueRules(max_open_orders=1))
    stage.place("ann", BUY, 1, 99)
    assert outcome(stage.place("ann", BUY, 1, 98)) == (REJECTED, Reason.OTHER, 0)
    assert stage.place("bob", BUY, 1, 98).status is OPEN


def test_price_beyond_the_collar_around_the_mark_is_refused() -> None:
    stage = Stage(VenueRules(price_collar=Decimal("0.1")))
    assert stage.place("ann", BUY, 1, 900).status is OPEN
    stage.engine.on_mark(100, stage.tick())
    assert stage.place("bob", BUY, 1, 111).reason is Reason.INVALID_ORDER
    assert stage.place("bob", SELL, 1, 89).reason is Reason.INVALID_ORDER
    assert stage.place("bob", BUY, 1, 110, time_in_force=GTX).status is OPEN


def test_market_order_takes_within_its_bound_and_the_rest_is_canceled() -> None:
    stage = Stage(VenueRules(market_bound=Decimal("0.05")))
    stage.place("ann", SELL, 1, 100)
    stage.place("ann", SELL, 1, 105)
    stage.place("ann", SELL, 1, 106)
    taker = stage.market("bob", BUY, 3)
    assert outcome(taker) == (CANCELED, Reason.NO_LIQUIDITY, 2)
    assert taker.ticks == 105


def test_market_order_takes_nothing_beyond_its_bound_from_the_mark() -> None:
    """What alone is left of a side may stand far away: that is no price of the market."""
    stage = Stage(VenueRules(market_bound=Decimal("0.05")))
    stage.engine.on_mark(100, stage.tick())
    stage.place("ann", SELL, 1, 120)
    stage.place("ann", BUY, 1, 80)
    for side in (BUY, SELL):
        assert outcome(stage.market("bob", side, 1)) == (CANCELED, Reason.NO_LIQUIDITY, 0)


def test_market_order_without_another_side_is_canceled() -> None:
    assert outcome(Stage().market("ann", SELL, 1)) == (CANCELED, Reason.NO_LIQUIDITY, 0)


def test_immediate_or_cancel_takes_what_is_there_and_expires() -> None:
    stage = Stage()
    stage.place("ann", SELL, 2, 100)
    taker = stage.place("bob", BUY, 5, 100, time_in_force=IOC)
    assert outcome(taker) == (EXPIRED, Reason.NOT_FILLED_IN_FULL, 2)
    assert stage.resting(BUY) == []


def test_fill_or_kill_fills_in_full_or_not_at_all() -> None:
    stage = Stage(external=DisplayedBook({}, {101: 2}))
    stage.place("ann", SELL, 2, 100)
    killed = stage.place("bob", BUY, 5, 101, time_in_force=FOK)
    assert outcome(killed) == (EXPIRED, Reason.NOT_FILLED_IN_FULL, 0)
    filled = stage.place("bob", BUY, 4, 101, time_in_force=FOK)
    assert outcome(filled) == (FILLED, None, 4)


def test_fill_or_kill_foresees_that_its_own_fills_let_a_reduce_only_order_close_more() -> None:
    stage = Stage(VenueRules(reduce_only=ReduceOnlyMode.LOOSE, self_trade=SelfTrade.NONE))
    stage.keeper.positions["ann"] = 2
    stage.place("bob", SELL, 3, 100)
    stage.place("ann", SELL, 4, 101, reduce_only=True)
    taker = stage.place("ann", BUY, 7, 101, time_in_force=FOK)
    assert outcome(taker) == (FILLED, None, 7)


@pytest.mark.parametrize(
    ("mode", "status", "reports"),
    [(PostOnlyMode.REJECT, REJECTED, 1), (PostOnlyMode.EXPIRE, EXPIRED, 2)],
)
def test_post_only_that_would_take_ends_as_the_venue_does_it(
    mode: PostOnlyMode, status: OrderStatus, reports: int
) -> None:
    stage = Stage(VenueRules(post_only=mode), external=DisplayedBook({}, {100: 1}))
    order = stage.place("ann", BUY, 1, 100, time_in_force=GTX)
    assert outcome(order) == (status, Reason.POST_ONLY_WOULD_CROSS, 0)
    assert len(stage.keeper.reports) == reports
    assert stage.place("ann", BUY, 1, 99, time_in_force=GTX).status is OPEN


@pytest.mark.parametrize(
    ("mode", "maker_end", "taker_end", "maker_left", "taker_left"),
    [
        (SelfTrade.NONE, (PARTIALLY_FILLED, None, 3), (FILLED, None, 3), 2, 0),
        (SelfTrade.CANCEL_NEWEST, (OPEN, None, 0), (CANCELED, Reason.SELF_TRADE, 0), 5, 3),
        (SelfTrade.CANCEL_OLDEST, (CANCELED, Reason.SELF_TRADE, 0), (OPEN, None, 0), 5, 3),
        (
            SelfTrade.CANCEL_BOTH,
            (CANCELED, Reason.SELF_TRADE, 0),
            (CANCELED, Reason.SELF_TRADE, 0),
            5,
            3,
        ),
        (SelfTrade.DECREMENT, (OPEN, None, 0), (CANCELED, Reason.SELF_TRADE, 0), 2, 3),
    ],
)
def test_meeting_an_own_order_ends_as_the_venue_does_it(
    mode: SelfTrade, maker_end: object, taker_end: object, maker_left: int, taker_left: int
) -> None:
    stage = Stage(VenueRules(self_trade=mode))
    maker = stage.place("ann", SELL, 5, 100)
    taker = stage.place("ann", BUY, 3, 100)
    assert (outcome(maker), outcome(taker)) == (maker_end, taker_end)
    assert (maker.remaining_lots, taker.remaining_lots) == (maker_left, taker_left)


def test_taking_order_is_held_by_the_speed_bump_and_then_meets_the_book_as_it_is() -> None:
    stage = Stage(VenueRules(speed_bump_ns=100))
    maker = stage.place("ann", SELL, 1, 100)
    taker = stage.place("bob", BUY, 1, 101)
    resting = stage.place("bob", BUY, 1, 99)
    assert (taker.status, taker.level) == (OPEN, None)
    assert resting.level is not None
    assert stage.engine.next_due_ns == taker.created_ns + 100
    stage.engine.cancel(maker.order_id, stage.tick())
    better = stage.place("cyd", SELL, 1, 101)
    stage.engine.advance(stage.engine.next_due_ns)
    assert stage.matches() == [(better.order_id, taker.order_id, 101, 1)]


def test_order_canceled_within_the_speed_bump_never_trades() -> None:
    stage = Stage(VenueRules(speed_bump_ns=100))
    stage.place("ann", SELL, 1, 100)
    taker = stage.place("bob", BUY, 1, 100)
    assert stage.engine.cancel(taker.order_id, stage.tick())
    stage.engine.advance(1_000)
    assert stage.matches() == []


def test_any_command_first_lets_due_orders_out_of_the_speed_bump() -> None:
    stage = Stage(VenueRules(speed_bump_ns=2))
    maker = stage.place("ann", SELL, 1, 100)
    taker = stage.place("bob", BUY, 1, 100)
    stage.now_ns += 10
    assert not stage.engine.cancel(maker.order_id, stage.tick())
    assert stage.keeper.trades[0].at_ns == taker.created_ns + 2


placements = st.lists(
    st.tuples(
        st.sampled_from(["ann", "bob", "cyd"]),
        st.sampled_from(Side),
        st.integers(1, 9),
        st.integers(97, 103),
        st.booleans(),
    ),
    min_size=5,
    max_size=60,
)


@settings(deadline=None, derandomize=True, max_examples=100)
@given(st.sampled_from(SelfTrade), placements)
def test_book_is_never_crossed_and_fills_never_shrink(
    prevention: SelfTrade, placements: list[tuple[str, Side, int, int, bool]]
) -> None:
    stage = Stage(VenueRules(self_trade=prevention))
    filled: dict[EngineOrder, int] = {}
    for owner, side, lots, ticks, reduce_only in placements:
        filled[stage.place(owner, side, lots, ticks, reduce_only=reduce_only)] = 0
        assert stage.engine.own_best_bid < stage.engine.own_best_ask
        for order, before in filled.items():
            assert before <= order.filled_lots <= order.lots
            filled[order] = order.filled_lots
    traded = sum(trade.lots for trade in stage.keeper.trades)
    assert sum(filled.values()) == 2 * traded
    assert sum(stage.keeper.positions.values()) == 0


@settings(deadline=None, derandomize=True, max_examples=100)
@given(st.sampled_from([ReduceOnlyMode.STRICT, ReduceOnlyMode.LOOSE]), placements)
def test_reduce_only_fill_always_brings_the_position_nearer_to_zero(
    mode: ReduceOnlyMode, placements: list[tuple[str, Side, int, int, bool]]
) -> None:
    stage = Stage(VenueRules(reduce_only=mode))
    for owner, side, lots, ticks, reduce_only in placements:
        stage.place(owner, side, lots, ticks, reduce_only=reduce_only)
    position = dict.fromkeys(["ann", "bob", "cyd"], 0)
    for trade in stage.keeper.trades:
        for order in (trade.maker, trade.taker):
            assert order is not None
            before = position[order.owner]
            after = position[order.owner] = before + order.side.sign * trade.lots
            if order.reduce_only:
                assert abs(after) < abs(before)
                assert after * before >= 0
