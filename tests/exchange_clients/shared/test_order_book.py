from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import settings

from exchange_clients.base_models import Level, Side
from exchange_clients.events import (
    BestBidOffer,
)
from exchange_clients.shared.websocket.order_book import (
    CHECK_EVERY,
    LEVELS_MAX,
    NO_ASK,
    NO_BID,
    WALK_STEPS_MAX,
    Applied,
    OrderBook,
    SyncState,
)
from tests.exchange_clients.shared.book_stage import (
    CONTRACT,
    TICKS,
    delta,
    market,
    ready_book,
    snapshot,
    with_labels,
)

modest = settings(deadline=None, derandomize=True, max_examples=60)


def level(price: str, size: str) -> Level:
    return Level(Decimal(price), Decimal(size))


def test_a_snapshot_makes_the_book_ready() -> None:
    book = ready_book()

    assert book.ready
    assert book.state is SyncState.JOINING
    assert (book.best_bid, book.best_ask) == (100.0, 100.1)
    assert (book.best_bid_size(), book.best_ask_size()) == (1.0, 1.5)


def test_the_top_carries_the_number_and_times_of_its_event() -> None:
    book = ready_book()
    book.apply(delta(11, bids=[(100.0, 4.0)]))

    assert book.bbo() == BestBidOffer(CONTRACT, 100.0, 4.0, 100.1, 1.5, 5, 8, 11)


@pytest.mark.parametrize("labelled", [False, True])
def test_a_zero_size_removes_the_level_and_the_next_one_is_best(labelled: bool) -> None:
    book = ready_book()
    event = delta(11, bids=[(100.0, 0.0)], asks=[(100.1, 0.0)], previous=10)
    assert book.apply(with_labels(event) if labelled else event) is Applied.APPLIED

    assert (book.best_bid, book.best_ask) == (99.9, 100.3)
    assert book.size_at(Side.BUY, 100.0) == book.size_at(Side.SELL, 99.9) == 0.0
    assert (book.size_at(Side.BUY, 99.9), book.size_at(Side.SELL, 100.3)) == (2.0, 3.0)
    assert book.size_at(Side.SELL, 101.0) == 0.0
    assert book.levels(Side.SELL, 5) == [(100.3, 3.0)]


def test_a_hole_closes_the_book_until_a_snapshot() -> None:
    """X10, the book's part."""
    book = ready_book()

    assert book.apply(delta(11)) is Applied.APPLIED
    assert book.apply(delta(13)) is Applied.GAP
    assert (book.ready, book.state, book.gaps) == (False, SyncState.AWAITING_SNAPSHOT, 1)
    assert book.bbo() is None
    assert book.depth(5) == {"bids": [], "asks": []}
    assert book.apply(delta(9)) is Applied.BUFFERED
    assert book.apply(delta(14)) is Applied.BUFFERED
    assert book.apply(snapshot(12)) is Applied.APPLIED
    assert (book.ready, book.last_update, book.gaps) == (True, 14, 1)


def test_an_old_delta_is_stale_and_changes_nothing() -> None:
    book = ready_book()

    assert book.apply(delta(9, bids=[(100.0, 9.0)])) is Applied.STALE
    assert book.apply(delta(10, bids=[(100.0, 9.0)], previous=9)) is Applied.STALE
    assert book.best_bid_size() == 1.0
    assert book.ready


def test_a_snapshot_replaces_every_level_and_takes_the_number_of_its_own() -> None:
    book = ready_book()
    book.apply(delta(11, bids=[(98.0, 5.0)], asks=[(103.0, 5.0)]))
    assert book.apply(snapshot(9, [(90.0, 1.0)], [(110.0, 2.0)])) is Applied.APPLIED

    assert book.levels(Side.BUY, 9) == [(90.0, 1.0)]
    assert book.levels(Side.SELL, 9) == [(110.0, 2.0)]
    assert (book.best_bid, book.best_ask, book.last_update) == (90.0, 110.0, 9)


def test_deltas_before_the_snapshot_wait_for_it() -> None:
    book = OrderBook(market())

    assert book.last_update == -1
    assert book.apply(delta(10, bids=[(100.0, 9.0)])) is Applied.BUFFERED
    assert book.apply(delta(11, bids=[(100.0, 8.0)])) is Applied.BUFFERED
    assert book.apply(snapshot(10)) is Applied.APPLIED
    assert (book.last_update, book.best_bid_size(), book.ready) == (11, 8.0, True)


def test_a_snapshot_older_than_the_buffer_is_a_gap() -> None:
    book = OrderBook(market())
    book.apply(delta(15))
    book.apply(delta(16))

    assert book.apply(snapshot(10)) is Applied.GAP
    assert not book.ready
    assert book.apply(snapshot(15)) is Applied.APPLIED
    assert book.last_update == 16


def test_the_buffer_is_bounded_and_its_loss_is_noticed() -> None:
    book = OrderBook(market(), pending_max=3)
    for number in range(11, 16):
        book.apply(delta(number))

    assert book.apply(snapshot(10)) is Applied.GAP
    assert book.apply(snapshot(12)) is Applied.APPLIED
    assert book.last_update == 15


@pytest.mark.parametrize(
    ("first", "last", "previous", "outcome"),
    [
        (8, 12, 7, Applied.APPLIED),
        (11, 12, 10, Applied.APPLIED),
        (14, 15, 9, Applied.APPLIED),
        (8, 13, 12, Applied.APPLIED),
        (10, 13, 12, Applied.APPLIED),
        (11, 13, 12, Applied.GAP),
        (10, 10, 10, Applied.APPLIED),
        (12, 13, 11, Applied.GAP),
        (8, 9, 7, Applied.STALE),
        (3, 5, 2, Applied.STALE),
        (0, 0, None, Applied.STALE),
        (9, 11, None, Applied.APPLIED),
        (11, 11, None, Applied.APPLIED),
        (12, 12, None, Applied.GAP),
    ],
)
def test_the_first_delta_may_begin_before_the_snapshot(
    first: int, last: int, previous: int | None, outcome: Applied
) -> None:
    book = ready_book()

    assert book.apply(delta(last, first=first, previous=previous)) is outcome


def test_later_deltas_name_the_last_update_exactly() -> None:
    book = ready_book()

    assert book.apply(delta(12, first=8, previous=7)) is Applied.APPLIED
    assert book.state is SyncState.READY
    assert book.apply(delta(14, first=13, previous=12)) is Applied.APPLIED
    assert book.apply(delta(16, first=13, previous=13)) is Applied.GAP


def test_a_heartbeat_with_equal_numbers_is_no_gap() -> None:
    book = ready_book()
    book.apply(delta(12, previous=10))

    assert book.apply(delta(12, previous=12)) is Applied.APPLIED
    assert book.apply(delta(13, previous=12)) is Applied.APPLIED
    assert book.gaps == 0


def test_a_venue_may_begin_to_count_anew() -> None:
    book = ready_book()
    book.apply(delta(12, previous=10))

    assert book.apply(delta(3, [(100.0, 6.0)], previous=12)) is Applied.APPLIED
    assert (book.last_update, book.best_bid_size()) == (3, 6.0)


@pytest.mark.parametrize("labelled", [False, True])
def test_a_crossed_book_is_not_ready_until_it_is_put_right(labelled: bool) -> None:
    book = ready_book()
    event = delta(11, bids=[(100.1, 1.0)], previous=10)
    book.apply(with_labels(event) if labelled else event)

    assert (book.ready, book.state, book.bbo()) == (False, SyncState.CROSSED, None)
    assert book.apply(delta(12, asks=[(100.1, 0.0)])) is Applied.APPLIED
    assert (book.ready, book.best_bid, book.best_ask) == (True, 100.1, 100.3)


def test_reset_forgets_everything_but_the_gaps() -> None:
    book = ready_book()
    book.apply(delta(13))
    book.reset()

    assert (book.state, book.gaps) == (SyncState.AWAITING_SNAPSHOT, 1)
    assert book.apply(snapshot(12)) is Applied.APPLIED
    assert book.last_update == 12, "the delta that waited is forgotten"
    book.reset()
    assert (book.ready, book.best_bid, book.best_ask) == (False, NO_BID, NO_ASK)
    assert book.levels(Side.BUY, 9) == book.levels(Side.SELL, 9) == []


def test_an_emptied_side_has_no_best_and_recovers() -> None:
    book = ready_book()
    book.apply(delta(11, bids=[(100.0, 0.0), (99.9, 0.0)]))

    assert (book.best_bid, book.best_bid_size(), book.ready) == (NO_BID, 0.0, True)
    assert book.bbo() is None
    assert book.levels(Side.BUY, 3) == list(book.walk(Side.BUY)) == []
    book.apply(delta(12, bids=[(98.0, 0.0)]))
    assert book.best_bid == NO_BID
    book.apply(delta(13, asks=[(100.1, 0.0), (100.3, 0.0)]))
    assert (book.best_ask, book.best_ask_size()) == (NO_ASK, 0.0)
    book.apply(delta(14, bids=[(98.0, 1.0), (99.0, 2.0)]))
    assert book.levels(Side.BUY, 3) == [(99.0, 2.0), (98.0, 1.0)]


def test_an_empty_snapshot_is_an_empty_book() -> None:
    book = OrderBook(market())
    book.apply(snapshot(1, (), ()))

    assert (book.best_bid, book.best_ask, book.bbo()) == (NO_BID, NO_ASK, None)


def test_the_next_best_is_found_across_a_desert() -> None:
    far = round(100.0 - 0.1 * (WALK_STEPS_MAX + 50), 1)
    book = OrderBook(market())
    book.apply(
        snapshot(
            10, [(100.0, 1.0), (far, 2.0), (1.0, 3.0)], [(100.1, 1.0), (990.0, 5.0), (900.0, 4.0)]
        )
    )
    assert book.levels(Side.BUY, 9) == [(100.0, 1.0), (far, 2.0), (1.0, 3.0)]
    assert book.levels(Side.SELL, 9) == [(100.1, 1.0), (900.0, 4.0), (990.0, 5.0)]
    for side in Side:
        assert list(book.walk(side)) == book.levels(side, 9)

    book.apply(delta(11, [(100.0, 0.0)], [(100.1, 0.0)]))

    assert (book.best_bid, book.best_ask) == (far, 900.0)


def test_prices_between_two_ticks_are_not_walked_over() -> None:
    book = OrderBook(market("0.5"))
    book.apply(snapshot(10, [(100.0, 1.0), (99.75, 2.0), (99.5, 3.0)], [(101.0, 1.0)]))
    assert book.levels(Side.BUY, 3) == [(100.0, 1.0), (99.75, 2.0), (99.5, 3.0)]
    assert list(book.walk(Side.BUY)) == book.levels(Side.BUY, 3)

    book.apply(delta(11, [(100.0, 0.0)]))

    assert book.best_bid == 99.75


@pytest.mark.parametrize(
    ("best", "off_grid"),
    [
        (99.5, [99.7, 99.2]),  # a step of ticks from the first leads to the second
        (99.0, [99.02]),  # finer than the last decimal of the tick
    ],
)
def test_a_level_between_two_ticks_that_goes_leaves_the_best_of_the_rest(
    best: float, off_grid: list[float]
) -> None:
    book = OrderBook(market("0.5"))
    book.apply(snapshot(10, [(best, 1.0), (98.5, 1.0)], [(101.0, 1.0)]))
    book.apply(delta(11, [(price, 1.0) for price in off_grid]))
    book.apply(delta(12, [(off_grid[0], 0.0)]))

    assert book.best_bid == best


@pytest.mark.parametrize("labelled", [False, True])
@pytest.mark.parametrize("side", Side)
def test_removed_levels_are_swept_out(side: Side, labelled: bool) -> None:
    book = ready_book()
    sign = -1 if side is Side.BUY else 1
    removed = [(round(150 + sign * (100 + step / 10), 1), 0.0) for step in range(2 * LEVELS_MAX)]
    changes = [removed, *[[(150.0 + sign * 90, 1.0)]] * (CHECK_EVERY + 1)]
    for number, levels in enumerate(changes, 11):
        rows = (levels, ()) if side is Side.BUY else ((), levels)
        event = delta(number, *rows, previous=number - 1)
        assert book.apply(with_labels(event) if labelled else event) is Applied.APPLIED
        assert len(book.levels(side, 2)) == 2

    assert max(len(book._bids), len(book._asks)) <= 3
    assert len(book.levels(side, 9)) == 3


@pytest.mark.parametrize("tick", TICKS)
def test_depth_is_exact_for_any_tick(tick: str) -> None:
    increment = Decimal(tick)
    prices = [increment * units for units in range(1000, 1400, 3)]
    book = OrderBook(market(tick))
    bids = [(float(str(price)), 0.1) for price in prices]
    book.apply(snapshot(10, bids, [(float(increment * 2000), 0.3)]))

    assert book.depth(500).bids == [level(str(price), "0.1") for price in reversed(prices)]
    assert book.depth(1).asks == [level(str(increment * 2000), "0.3")]
    for number, price in enumerate(reversed(prices[1:]), 11):
        book.apply(delta(number, [(float(str(price)), 0.0)]))
    assert book.best_bid == float(prices[0])


def test_a_size_finer_than_the_step_keeps_its_digits() -> None:
    book = OrderBook(market())
    book.apply(snapshot(10, [(100.0, 0.00004)], [(100.1, 12.5)]))

    assert book.depth(1).bids == [level("100.0", "0.00004")]
    assert str(book.depth(1).asks[0].size) == "12.500"
