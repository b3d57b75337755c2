"""What is promised of prices and books, through the whole bot and the venue's own client."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest

from app.session import Session
from exchange_clients.base_models import DepthView, OrderStatus, Side
from exchange_clients.events import Signal
from exchange_clients.paper.sources.base import SourceEvent
from exchange_clients.shared.tasks import TaskScope
from execution.liquidity import BookWalk, InsufficientDepth, walk_book
from tests.support.faults import NO_ANSWER, FlakyGateway
from tests.support.grid_judge import assert_covered
from tests.support.grid_run import CONTRACT, at, market, quotes, run_grid, seconds
from tests.support.scripted_market import ScriptedMarket, delta, signal, snapshot

BOTH = pytest.mark.parametrize("acknowledge", ["immediate", "asynchronous"])


@BOTH
def test_the_book_is_walked_as_the_venue_shows_it(tmp_path: Path, acknowledge: str) -> None:
    """X7: asks 100 x 5, 100.1 x 3, 100.2 x 10; buy for 1,000 and for 2,000 USD."""
    shown: list[DepthView] = []

    async def read(session: Session) -> None:
        shown.append(await session.clients["paper"].get_order_book_depth(CONTRACT))

    def prepare(session: Session) -> None:
        tasks = TaskScope()
        at(session, 1, lambda: void(tasks.start(read(session), "read")))

    asks = [(100.0, 5.0), (100.1, 3.0), (100.2, 10.0)]
    run_grid(
        tmp_path,
        source=ScriptedMarket(
            market(),
            [
                snapshot(0, 10, [(99.9, 4.0)], asks),
                delta(1, 11, bids=[(99.8, 1.0), (99.9, 5.0)]),
                delta(5, 12, bids=[(99.8, 2.0)]),
            ],
        ),
        prepare=prepare,
        acknowledge=acknowledge,
        quantity="0.01",
        take_profit="5",
    )
    (book,) = shown
    walk = walk_book(book.asks, Decimal(1000))
    assert isinstance(walk, BookWalk)
    assert (walk.levels_used, round(walk.size, 6), round(walk.average_price, 6)) == (
        3,
        Decimal("9.993014"),
        Decimal("100.069909"),
    )
    assert round(walk.slippage * 100, 4) == Decimal("0.0699")
    assert walk_book(book.asks, Decimal(2000)) == InsufficientDepth(Decimal("1802.3"))


def void(task: object) -> None:
    """Let go of a task that its scope owns."""
    del task


@BOTH
@pytest.mark.parametrize(
    ("tick", "wanted", "side", "placed"),
    [
        ("0.5", "62000.3", Side.SELL, "62000.5"),
        ("0.25", "10.13", Side.SELL, "10.25"),
        ("0.25", "10.13", Side.BUY, "10.00"),
        ("5", "62003", Side.SELL, "62005"),
        ("5", "62003", Side.BUY, "62000"),
    ],
)
def test_a_price_between_ticks_is_placed_in_the_users_favour(
    tmp_path: Path, acknowledge: str, tick: str, wanted: str, side: Side, placed: str
) -> None:
    """X9: tick 0.5, 0.25 and 5; the venue has the rounded price."""
    contract = market(tick)
    away = Decimal(placed) * (1 + side.sign * Decimal("0.1"))
    bid = float(away // contract.tick * contract.tick)
    run = run_grid(
        tmp_path,
        source=quotes([(0, bid, bid + float(tick)), (5, bid, bid + float(tick))], contract),
        prepare=placing(side, Decimal(wanted)),
        acknowledge=acknowledge,
        quantity="0.01",
        take_profit="50",
        pause_price="1",
    )
    (order,) = run.orders
    assert (order.price, order.status) == (Decimal(placed), OrderStatus.OPEN)


def placing(side: Side, price: Decimal) -> Callable[[Session], None]:
    """Return a preparation that places one limit order through the run's own client."""

    def prepare(session: Session) -> None:
        tasks, client = TaskScope(), session.clients["paper"]

        async def place() -> None:
            await client.place_limit_order(CONTRACT, Decimal("0.01"), price, side)

        at(session, 1, lambda: void(tasks.start(place(), "place")))

    return prepare


BOOK = ([(99.9, 4.0)], [(100.0, 5.0)])
GAP_SCRIPT: list[SourceEvent] = [
    snapshot(0, 10, *BOOK),
    delta(1, 11, asks=[(100.0, 6.0)]),
    delta(10, 13, asks=[(100.0, 0.0), (90.0, 9.0)]),  # 12 is missing
    delta(11, 9, asks=[(80.0, 9.0)]),  # old, whatever it says
    delta(20, 14, asks=[(90.0, 8.0)]),
    snapshot(30, 20, [(97.9, 4.0)], [(98.0, 5.0)]),
    delta(31, 21, bids=[(97.9, 5.0)]),
    delta(40, 22, bids=[(97.9, 6.0)]),
]


@BOTH
def test_a_book_with_a_hole_is_not_traded_on_until_the_next_snapshot(
    tmp_path: Path, acknowledge: str
) -> None:
    """X10: snapshot 10, deltas 11 and 13, old 9, snapshot 20."""
    ready: dict[float, bool] = {}

    def prepare(session: Session) -> None:
        stream = session.clients["paper"].stream

        def look(at_s: float) -> None:
            ready[at_s] = stream.best_bid_offer(CONTRACT) is not None
            assert (stream.get_order_book(CONTRACT) is not None) is ready[at_s]

        def plan() -> None:
            for at_s in (2, 10.5, 11.5, 25, 30.5):
                session.clock.call_later(at_s, partial(look, at_s))

        at(session, 0, plan)

    run = run_grid(
        tmp_path,
        source=ScriptedMarket(market(), GAP_SCRIPT),
        prepare=prepare,
        acknowledge=acknowledge,
        quantity="0.01",
        take_profit="5",
        max_orders="2",
    )
    assert [seconds(gap.at_ns) for gap in run.report.history.data_gaps] == [10]
    assert ready == {2: True, 10.5: False, 11.5: False, 25: False, 30.5: True}
    assert not [each for each in run.requests() if 10 <= seconds(each.at_ns) < 30]
    assert [entry.price for entry in run.entries] == [Decimal("99.8"), Decimal("97.8")]
    assert [seconds(fill.venue_ns) for fill in run.fills] == [30], "not at 90.0, which is unsound"


@BOTH
def test_after_a_drop_the_bot_reconciles_before_it_trades(tmp_path: Path, acknowledge: str) -> None:
    """X10: the connection is gone for 30 s; then a new book, the truth, and only then entries."""
    faults: list[FlakyGateway] = []

    def prepare(session: Session) -> None:
        faults.append(FlakyGateway(session))
        at(session, 5, lambda: faults[0].reads.update(active=[NO_ANSWER] * 2))

    run = run_grid(
        tmp_path,
        source=ScriptedMarket(
            market(),
            [
                snapshot(0, 10, *BOOK),
                # Half of the entry at 99.8 is filled.
                delta(5, 11, bids=[(99.9, 0.0), (99.7, 4.0)], asks=[(99.8, 0.005)]),
                signal(10, Signal.DISCONNECTED),
                signal(40, Signal.CONNECTED),
                snapshot(40, 50, [(97.9, 4.0)], [(98.0, 5.0)]),
                *[delta(41 + tick, 51 + tick, bids=[(97.9, 5.0 + tick)]) for tick in range(20)],
            ],
        ),
        prepare=prepare,
        acknowledge=acknowledge,
        quantity="0.01",
        take_profit="5",
        entry_timeout_s="1",
        max_orders="2",
    )
    known_s = seconds(faults[0].asked[-1][1]) + 2
    assert known_s == 43
    late = [entry for entry in run.entries if seconds(entry.created_ns) >= 10]
    assert late
    assert all(seconds(entry.created_ns) >= known_s for entry in late)
    assert_covered(run)
