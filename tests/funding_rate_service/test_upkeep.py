"""What is done beside collecting."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from exchange_clients.base_models import DepthView, Level
from exchange_clients.errors import RateLimited
from exchange_clients.shared.clock import Clock
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual
from funding_rate_service.collection.upkeep import Keeping, Upkeep
from funding_rate_service.core.board import Board
from funding_rate_service.core.store_desk import ThreadDesk
from tests.support.rate_stage import NOON_NS, ScriptedVenue, collection, open_store, rate

BOOK = DepthView(bids=[Level(Decimal(99), Decimal(1))], asks=[Level(Decimal(101), Decimal(1))])


class SlowVenue(ScriptedVenue):
    """Takes three seconds for a book, and notes when it was asked for it."""

    def __init__(self, venue: str, clock: Clock, *, limited: bool = False) -> None:
        super().__init__(venue, [], clock)
        self.limited = limited
        self.books_asked: list[tuple[str, int]] = []

    async def book(self, symbol: str) -> DepthView:
        self.books_asked.append((symbol, self.clock.now_ns()))
        await self.clock.sleep(3)
        if self.limited:
            raise RateLimited("enough", retry_after_s=60)
        return BOOK


def test_the_books_of_a_pair_are_of_one_instant_and_a_venue_that_fails_is_left_alone(
    tmp_path: Path,
) -> None:
    async def main(loop: VirtualLoop) -> None:
        clock = VirtualClock(loop)
        names = ("one", "two", "three")
        venues = [SlowVenue(name, clock, limited=name == "three") for name in names]
        board = Board()
        for place, name in enumerate(names):
            rates = [rate(symbol, f"0.000{place}", next_ns=None) for symbol in ("BTC", "ETH")]
            board.collected(collection(name, *rates, at_ns=clock.now_ns()))
        store, desk = open_store(tmp_path, clock), ThreadDesk()
        upkeep = Upkeep(store, board, venues, desk, clock=clock, keeping=Keeping())
        await upkeep.read_books()
        store.close()
        desk.close()
        one, two, three = (venue.books_asked for venue in venues)
        assert one == two, "both legs at the same time, one symbol after the other"
        assert [symbol for symbol, _ in one] == ["BTC", "ETH"]
        assert [symbol for symbol, _ in three] == ["BTC"]
        books = board.snapshot.books
        assert sorted(books) == [(v, s) for v in ("one", "two") for s in ("BTC", "ETH")]
        assert books["one", "BTC"].at_ns == books["two", "BTC"].at_ns

    run_virtual(main, epoch_ns=NOON_NS)
