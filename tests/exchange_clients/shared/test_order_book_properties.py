from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.base_models import Side
from exchange_clients.events import FloatLevel
from exchange_clients.shared.websocket.order_book import (
    NO_ASK,
    NO_BID,
    Applied,
    OrderBook,
)
from tests.exchange_clients.shared.book_stage import (
    TICKS,
    delta,
    market,
    ready_book,
    snapshot,
    with_labels,
)

modest = settings(deadline=None, derandomize=True, max_examples=60)

Change = tuple[bool, int, int]
"""Whether it is a bid, its distance from the middle in ticks, its size in lots."""
distances = st.integers(1, 6) | st.integers(1, 400)
changes = st.lists(st.tuples(st.booleans(), distances, st.integers(0, 3)), max_size=6)
crossing = st.lists(st.tuples(st.booleans(), st.integers(-2, 6), st.integers(0, 3)), max_size=6)


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
    assert book.levels(Side.BUY, 1000) == list(book.walk(Side.BUY)) == want_bids
    assert book.levels(Side.SELL, 1000) == list(book.walk(Side.SELL)) == want_asks
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
@given(st.sampled_from(TICKS), changes, st.lists(crossing, max_size=30), st.integers(0, 2))
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
