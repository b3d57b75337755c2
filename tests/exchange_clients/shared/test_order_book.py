from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.base_models import ContractId, Level, Market, Side, Symbol
from exchange_clients.events import (
    BestBidOffer,
    BookDelta,
    BookSnapshot,
    FloatLevel,
    LabelledBookDelta,
    LabelledLevel,
)
from exchange_clients.shared.websocket.order_book import (
    LEVELS_MAX,
    NO_ASK,
    NO_BID,
    WALK_STEPS_MAX,
    Applied,
    OrderBook,
    SyncState,
)

CONTRACT = ContractId("BTC-PERP")
TICKS = ("0.1", "0.5", "0.25", "5", "0.001", "0.00000001", "10")
modest = settings(deadline=None, derandomize=True, max_examples=60)


def market(tick: str = "0.1", step: str = "0.001") -> Market:
    return Market(Symbol("BTC"), CONTRACT, tick=Decimal(tick), step=Decimal(step))


def snapshot(
    last: int,
    bids: Sequence[FloatLevel] = ((100.0, 1.0), (99.9, 2.0)),
    asks: Sequence[FloatLevel] = ((100.1, 1.5), (100.3, 3.0)),
) -> BookSnapshot:
    return BookSnapshot(CONTRACT, list(bids), list(asks), last, None, 7)


def delta(
    last: int,
    bids: Sequence[FloatLevel] = (),
    asks: Sequence[FloatLevel] = (),
    *,
    first: int | None = None,
    previous: int | None = None,
) -> BookDelta:
    start = last if first is None else first
    return BookDelta(CONTRACT, list(bids), list(asks), start, last, previous, 5, 8)


def ready_book(tick: str = "0.1") -> OrderBook:
    book = OrderBook(market(tick))
    assert book.apply(snapshot(10)) is Applied.APPLIED
    return book


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


def test_a_zero_size_removes_the_level_and_the_next_one_is_best() -> None:
    book = ready_book()
    book.apply(delta(11, bids=[(100.0, 0.0)], asks=[(100.1, 0.0)]))

    assert (book.best_bid, book.best_ask) == (99.9, 100.3)
    assert book.size_at(Side.BUY, 100.0) == 0.0
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


def test_deltas_before_the_snapshot_wait_for_it() -> None:
    book = OrderBook(market())

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
        (12, 13, 11, Applied.GAP),
        (8, 9, 7, Applied.STALE),
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


def test_a_crossed_book_is_not_ready_until_it_is_put_right() -> None:
    book = ready_book()
    book.apply(delta(11, bids=[(100.1, 1.0)]))

    assert (book.ready, book.state, book.bbo()) == (False, SyncState.CROSSED, None)
    assert book.apply(delta(12, asks=[(100.1, 0.0)])) is Applied.APPLIED
    assert (book.ready, book.best_bid, book.best_ask) == (True, 100.1, 100.3)


def test_reset_forgets_everything_but_the_gaps() -> None:
    book = ready_book()
    book.apply(delta(13))
    book.reset()

    assert (book.state, book.gaps) == (SyncState.AWAITING_SNAPSHOT, 1)
    assert book.apply(snapshot(20)) is Applied.APPLIED
    assert book.last_update == 20


def test_an_emptied_side_has_no_best_and_recovers() -> None:
    book = ready_book()
    book.apply(delta(11, bids=[(100.0, 0.0), (99.9, 0.0)]))

    assert (book.best_bid, book.best_bid_size(), book.ready) == (NO_BID, 0.0, True)
    assert book.bbo() is None
    assert book.levels(Side.BUY, 3) == []
    book.apply(delta(12, bids=[(98.0, 0.0)]))
    assert book.best_bid == NO_BID
    book.apply(delta(13, bids=[(98.0, 1.0), (99.0, 2.0)]))
    assert book.levels(Side.BUY, 3) == [(99.0, 2.0), (98.0, 1.0)]


def test_an_empty_snapshot_is_an_empty_book() -> None:
    book = OrderBook(market())
    book.apply(snapshot(1, (), ()))

    assert (book.best_bid, book.best_ask, book.bbo()) == (NO_BID, NO_ASK, None)


def test_the_next_best_is_found_across_a_desert() -> None:
    far = round(100.0 - 0.1 * (WALK_STEPS_MAX + 50), 1)
    book = OrderBook(market())
    book.apply(snapshot(10, [(100.0, 1.0), (far, 2.0), (1.0, 3.0)], [(100.1, 1.0), (900.0, 4.0)]))
    assert book.levels(Side.BUY, 9) == [(100.0, 1.0), (far, 2.0), (1.0, 3.0)]
    assert book.levels(Side.SELL, 9) == [(100.1, 1.0), (900.0, 4.0)]

    book.apply(delta(11, [(100.0, 0.0)], [(100.1, 0.0)]))

    assert (book.best_bid, book.best_ask) == (far, 900.0)


def test_prices_between_two_ticks_are_not_walked_over() -> None:
    book = OrderBook(market("0.5"))
    book.apply(snapshot(10, [(100.0, 1.0), (99.75, 2.0), (99.5, 3.0)], [(101.0, 1.0)]))
    assert book.levels(Side.BUY, 3) == [(100.0, 1.0), (99.75, 2.0), (99.5, 3.0)]

    book.apply(delta(11, [(100.0, 0.0)]))

    assert book.best_bid == 99.75


def test_removed_levels_are_swept_out() -> None:
    book = ready_book()
    for number in range(11, 11 + 3 * LEVELS_MAX):
        book.apply(delta(number, bids=[(round(50 - number * 0.001, 1), 0.0), (99.0, 1.0)]))
        book.apply(delta(number, asks=[(round(200 + number * 0.1, 1), 0.0)], previous=number))

    assert max(len(book._bids), len(book._asks)) <= 2 * LEVELS_MAX
    assert book.levels(Side.BUY, 9) == [(100.0, 1.0), (99.9, 2.0), (99.0, 1.0)]


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


Change = tuple[bool, int, int]
"""Whether it is a bid, its distance from the middle in ticks, its size in lots."""
changes = st.lists(st.tuples(st.booleans(), st.integers(1, 400), st.integers(0, 3)), max_size=6)


def levels_of(rows: Sequence[Change], bid: bool, tick: Decimal) -> list[FloatLevel]:
    sign = -1 if bid else 1
    return [
        (float(tick * (1000 + sign * distance)), lots / 1000)
        for is_bid, distance, lots in rows
        if is_bid is bid
    ]


def assert_equal_to_dict(
    book: OrderBook, bids: dict[float, float], asks: dict[float, float]
) -> None:
    want_bids = sorted((row for row in bids.items() if row[1]), reverse=True)
    want_asks = sorted(row for row in asks.items() if row[1])
    assert book.levels(Side.BUY, 1000) == want_bids
    assert book.levels(Side.SELL, 1000) == want_asks
    assert book.best_bid == (want_bids[0][0] if want_bids else NO_BID)
    assert book.best_ask == (want_asks[0][0] if want_asks else NO_ASK)
    assert book.ready


@modest
@given(st.sampled_from(TICKS), changes, st.lists(changes, max_size=30))
def test_snapshot_plus_deltas_equals_a_plain_dict(
    tick: str, start: list[Change], steps: list[list[Change]]
) -> None:
    increment = Decimal(tick)
    book = OrderBook(market(tick))
    bids = dict(levels_of(start, True, increment))
    asks = dict(levels_of(start, False, increment))
    book.apply(snapshot(10, list(bids.items()), list(asks.items())))
    for number, step in enumerate(steps, 11):
        new_bids, new_asks = levels_of(step, True, increment), levels_of(step, False, increment)
        bids.update(new_bids)
        asks.update(new_asks)
        assert book.apply(delta(number, new_bids, new_asks)) is Applied.APPLIED
        assert_equal_to_dict(book, bids, asks)


@modest
@given(st.sampled_from(TICKS), changes, st.lists(changes, max_size=30), st.integers(0, 2))
def test_labelled_levels_make_the_same_book_as_pairs(
    tick: str, start: list[Change], steps: list[list[Change]], lost: int
) -> None:
    increment = Decimal(tick)
    pairs, labelled = OrderBook(market(tick)), OrderBook(market(tick))
    opening = snapshot(10, levels_of(start, True, increment), levels_of(start, False, increment))
    for book in (pairs, labelled):
        book.apply(opening)
    for number, step in enumerate(steps, 11 + lost):
        change = delta(number, levels_of(step, True, increment), levels_of(step, False, increment))
        assert labelled.apply(with_labels(change)) is pairs.apply(change)
        for side in Side:
            assert labelled.levels(side, 1000) == pairs.levels(side, 1000)
        assert labelled.bbo() == pairs.bbo()
        assert labelled.state is pairs.state


def with_labels(change: BookDelta) -> LabelledBookDelta:
    return LabelledBookDelta(
        change.contract_id,
        [LabelledLevel(price, size) for price, size in change.bids],
        [LabelledLevel(price, size) for price, size in change.asks],
        change.first,
        change.last,
        change.previous,
        change.venue_ns,
        change.local_ns,
    )


@modest
@given(st.lists(st.integers(0, 40), max_size=60), st.booleans())
def test_duplicates_and_old_deltas_end_in_the_same_book(repeats: list[int], chained: bool) -> None:
    deltas = [
        delta(
            number,
            [(round(100.0 - number % 7 / 10, 1), float(number % 5))],
            previous=number - 1 if chained else None,
        )
        for number in range(1, 41)
    ]
    plain, noisy = ready_book(), ready_book()
    for one in deltas:
        plain.apply(one)
    for position, one in enumerate(deltas):
        noisy.apply(one)
        for repeated in repeats:
            if repeated <= position:
                assert noisy.apply(deltas[repeated]) is Applied.STALE

    assert noisy.levels(Side.BUY, 99) == plain.levels(Side.BUY, 99)
    assert (noisy.last_update, noisy.gaps, noisy.ready) == (40, 0, True)


@modest
@given(st.sets(st.integers(11, 40), min_size=1), st.booleans())
def test_a_lost_delta_is_always_noticed(lost: set[int], chained: bool) -> None:
    book = ready_book()
    outcomes = [
        book.apply(delta(number, previous=number - 1 if chained else None))
        for number in range(11, 42)
        if number not in lost
    ]

    assert Applied.GAP in outcomes
    assert not book.ready
    assert book.gaps == 1


@modest
@given(changes, st.lists(st.tuples(changes, changes), max_size=20))
def test_a_crossed_book_is_never_ready(
    start: list[Change], steps: list[tuple[list[Change], list[Change]]]
) -> None:
    book = OrderBook(market())
    tick = Decimal("0.1")
    book.apply(snapshot(10, levels_of(start, True, tick), levels_of(start, False, tick)))
    for number, (right, wrong) in enumerate(steps, 11):
        # Asks are taken for bids now and then: such levels cross the book.
        book.apply(delta(number, levels_of(wrong, False, tick), levels_of(right, False, tick)))
        assert book.ready is (book.best_bid < book.best_ask)
        assert (book.bbo() is None) or book.ready
