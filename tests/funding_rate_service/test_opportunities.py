from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from exchange_clients.base_models import NS, DepthView, Level
from execution.funding_edge import PairCosts, PairFunding, pair_edge
from funding_rate_service.core.board import Board, BookReading, Snapshot
from funding_rate_service.core.opportunities import (
    Bounds,
    FeeBasis,
    Sorting,
    Wanted,
    rank,
)
from funding_rate_service.core.survival import Survival, survival
from funding_rate_service.core.values import MarketRate
from tests.support.rate_stage import NOON_NS, collection, rate


def snapshot_of(**venues: MarketRate) -> Snapshot:
    board = Board()
    for venue, told in venues.items():
        board.collected(collection(venue, told))
    return board.snapshot


def book(mid: str, size: str = "1000") -> DepthView:
    price = Decimal(mid)
    return DepthView(
        {
            "bids": [Level(price - Decimal("0.01"), Decimal(size))],
            "asks": [Level(price + Decimal("0.01"), Decimal(size))],
        }
    )


def test_the_edge_of_the_worked_example() -> None:
    """F3."""
    snapshot = snapshot_of(
        one=rate(value="-0.0001", maker="0", taker="0"),
        two=rate(value="0.0006", maker="0.00005"),
    )
    (pair,) = rank(snapshot, Wanted(fees=FeeBasis.MAKER), NOON_NS).pairs
    assert (pair.long.venue, pair.short.venue) == ("one", "two")
    assert pair.divergence_8h == Decimal("0.0007")
    assert pair.edge.costs.total == Decimal("0.00010")
    assert pair.edge.net == Decimal("0.0020")
    assert pair.edge.annual == Decimal("0.73")


@pytest.mark.parametrize(
    ("told", "wanted", "reason"),
    [
        (
            rate(interest=None),
            Wanted(open_interest=Bounds(Decimal(100_000))),
            "open_interest",
        ),
        (
            rate(interest=None),
            Wanted(open_interest=Bounds(most=Decimal(1))),
            "open_interest",
        ),
        (rate(volume="5"), Wanted(volume=Bounds(Decimal(6))), "volume"),
        (rate(taker=None), Wanted(), "fees"),
        (rate(), Wanted(max_spread=Decimal("0.005")), "spread"),
    ],
)
def test_a_filter_on_what_is_not_known_refuses(
    told: MarketRate, wanted: Wanted, reason: str
) -> None:
    """F5."""
    snapshot = snapshot_of(one=told, two=told)
    ranking = rank(snapshot, wanted, NOON_NS)
    assert (ranking.pairs, ranking.left_out) == ([], {reason: 2})


def test_marks_that_differ_or_are_not_known_make_no_pair() -> None:
    snapshot = snapshot_of(
        one=rate(mark="100"), two=rate(mark="100.9"), three=rate(mark="103"), four=rate(mark=None)
    )
    pairs = rank(snapshot, Wanted(), NOON_NS).pairs
    assert [pair.key[1:] for pair in pairs] == [("one", "two")]
    assert len(rank(snapshot, Wanted(max_price_divergence=None), NOON_NS).pairs) == 6


def test_where_books_are_known_depth_is_part_of_the_costs() -> None:
    board = Board()
    board.collected(collection("one", rate(value="-0.001", taker="0")))
    board.collected(collection("two", rate(value="0.001", taker="0")))
    books = {("one", "BTC"): BookReading(book("100"), NOON_NS)}
    board.read_books(books)
    assert not rank(board.snapshot, Wanted(), NOON_NS).pairs[0].depth_known
    board.read_books({**books, ("two", "BTC"): BookReading(book("101"), NOON_NS - 30 * NS)})
    assert not rank(board.snapshot, Wanted(), NOON_NS).pairs[0].depth_known, "not of one instant"
    board.read_books({**books, ("two", "BTC"): BookReading(book("100"), NOON_NS)})
    (pair,) = rank(board.snapshot, Wanted(max_spread=Decimal("0.001")), NOON_NS).pairs
    assert pair.depth_known
    assert round(pair.costs.entry_slippage, 9) == round(pair.costs.exit_slippage, 9)
    assert round(pair.costs.total, 9) == Decimal("0.0004")
    assert pair.capacity is not None
    assert pair.capacity.shown_depth_used
    later_ns = NOON_NS + 200 * NS
    board.collected(collection("one", rate(value="-0.001", taker="0"), at_ns=later_ns))
    (pair,) = rank(board.snapshot, Wanted(stale_after_s=900), NOON_NS + 301 * NS).pairs
    assert not pair.depth_known, "an old book tells nothing"


RATES = st.builds(
    rate,
    value=st.integers(-9999, 9999).map(lambda n: str(Decimal(n).scaleb(-6))),
    hours=st.sampled_from(["1", "4", "8"]),
    next_ns=st.none() | st.integers(NOON_NS - 10**13, NOON_NS + 10**14),
    taker=st.integers(0, 99).map(lambda n: str(Decimal(n).scaleb(-5))),
)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(
    told=st.lists(st.lists(RATES, min_size=4, max_size=4), min_size=2, max_size=5),
    limit=st.integers(1, 12),
    offset=st.integers(0, 6),
    least=st.none() | st.integers(-50, 50).map(lambda n: Decimal(n).scaleb(-4)),
)
def test_the_ranking_equals_judging_every_pair_by_itself(
    told: list[list[MarketRate]], limit: int, offset: int, least: Decimal | None
) -> None:
    board = Board()
    for number, rates in enumerate(told):
        named = [replace(each, symbol=f"S{place}") for place, each in enumerate(rates)]
        board.collected(collection(f"v{number}", *named))
    wanted = Wanted(min_profit=least)
    ranking = rank(board.snapshot, wanted, NOON_NS, limit=limit, offset=offset)
    every = sorted(judged(board.snapshot, wanted))
    assert [(-p.edge.net, *p.key) for p in ranking.pairs] == every[offset : offset + limit]
    assert ranking.more == (len(every) > offset + limit)


def judged(snapshot: Snapshot, wanted: Wanted) -> list[tuple[Decimal, str, str, str]]:
    """Judge every pair by the bot's own maths."""
    found = []
    for symbol, listed in snapshot.by_symbol.items():
        for pair in combinations(listed, 2):
            long, short = sorted(pair, key=lambda each: (each.rate.rate_8h, each.venue))
            fees = 2 * ((long.rate.taker_fee or 0) + (short.rate.taker_fee or 0))
            funding = PairFunding(long.rate.schedule, short.rate.schedule)
            edge = pair_edge(funding, PairCosts(Decimal(fees)), NOON_NS, wanted.horizon_hours)
            if wanted.min_profit is None or edge.net >= wanted.min_profit:
                found.append((-edge.net, symbol, long.venue, short.venue))
    return found


@pytest.mark.parametrize(
    ("sort", "first"),
    [
        (Sorting.NET, ("one", "two")),
        (Sorting.DIVERGENCE, ("one", "three")),
        (Sorting.VOLUME, ("three", "two")),
        (Sorting.OPEN_INTEREST, ("one", "two")),
    ],
)
def test_what_comes_first_can_be_chosen(sort: Sorting, first: tuple[str, str]) -> None:
    snapshot = snapshot_of(
        one=rate(value="0.001", volume="1", interest="9", taker="0"),
        two=rate(value="0.003", volume="5", interest="9", taker="0"),
        three=rate(value="0.0035", volume="7", interest="3", taker="0.01"),
    )
    best = rank(snapshot, Wanted(sort=sort), NOON_NS).pairs[0]
    assert tuple(sorted((best.long.venue, best.short.venue))) == tuple(sorted(first))


FILTERS: list[tuple[Wanted, Callable[[str], bool]]] = [
    (Wanted(dexes=("one", "two")), lambda pair: pair == "one two"),
    (Wanted(exclude=("one",)), lambda pair: pair == "two three"),
    (Wanted(required_dex="one"), lambda pair: "one" in pair),
    (Wanted(min_divergence=Decimal("0.0021")), lambda pair: pair == "one three"),
]


@pytest.mark.parametrize(("wanted", "keeps"), FILTERS)
def test_filters_mean_what_they_say(wanted: Wanted, keeps: Callable[[str], bool]) -> None:
    snapshot = snapshot_of(
        one=rate(value="0.001"), two=rate(value="0.003"), three=rate(value="0.0035")
    )
    pairs = [
        f"{pair.long.venue} {pair.short.venue}" for pair in rank(snapshot, wanted, NOON_NS).pairs
    ]
    assert sorted(pairs) == sorted(
        pair for pair in ("one two", "one three", "two three") if keeps(pair)
    )


@pytest.mark.parametrize(
    ("long", "short", "told"),
    [
        ({}, {1: 1.0}, None),
        ({1: 0.0, 2: 0.0, 3: 0.0}, {1: 1.0, 2: 1.0, 3: 1.0}, Survival(3, 1.0, 3, 3.0)),
        (
            {1: 0.0, 2: 0.0, 3: 0.0, 4: 0.0},
            {1: 1.0, 2: 1.0, 3: -1.0, 4: 1.0},
            Survival(4, 0.75, 1, 1.5),
        ),
        ({1: 0.0, 2: 0.0, 5: 0.0}, {1: 1.0, 2: 1.0, 5: 1.0}, Survival(3, 1.0, 1, 1.5)),
        ({1: 0.0, 2: 0.0}, {1: 1.0, 2: -1.0}, Survival(2, 0.5, 0, 1.0)),
    ],
)
def test_an_edge_lasts_as_long_as_its_unbroken_hours(
    long: dict[int, float], short: dict[int, float], told: Survival | None
) -> None:
    assert survival(long, short) == told
