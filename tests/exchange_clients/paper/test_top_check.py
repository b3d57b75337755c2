"""A venue's own best prices are compared with the book at the update that both name."""

from __future__ import annotations

from exchange_clients.events import BookDelta, BookSnapshot
from exchange_clients.paper.top_check import WAITING_MAX, TopCheck
from exchange_clients.shared.websocket.order_book import OrderBook
from tests.exchange_clients.paper.venue_stage import delta, market, quote, snapshot


class Stage:
    """A book and its check, told as the market tells them."""

    def __init__(self) -> None:
        self.book = OrderBook(market())
        self.check = TopCheck(self.book)
        self.depth(snapshot(1, [(100.0, 1.0)], [(100.1, 1.0)], last=10))

    def depth(self, event: BookSnapshot | BookDelta) -> None:
        self.book.apply(event)
        if self.book.ready:
            self.check.on_update()

    @property
    def counts(self) -> tuple[int, int]:
        return self.check.checked, self.check.mismatched


def test_a_quote_told_before_its_update_waits_for_it() -> None:
    stage = Stage()
    stage.check.on_quote(quote(2, 100.0, 100.1, size=2.0, sequence=12))
    assert stage.counts == (0, 0)
    stage.depth(delta(3, [(100.0, 2.0)], [(100.1, 2.0)], last=12, first=11))
    assert stage.counts == (1, 0)


def test_a_quote_of_an_update_inside_a_message_is_not_compared() -> None:
    stage = Stage()
    stage.check.on_quote(quote(2, 100.0, 100.1, size=9.0, sequence=11))
    stage.depth(delta(3, [(100.0, 2.0)], [(100.1, 2.0)], last=12, first=11))
    stage.check.on_quote(quote(4, 100.0, 100.1, size=9.0, sequence=11))
    assert stage.counts == (0, 0)


def test_another_price_or_size_than_the_books_is_a_mismatch() -> None:
    stage = Stage()
    for bid, ask, size in ((99.9, 100.1, 1.0), (100.0, 100.2, 1.0), (100.0, 100.1, 1.5)):
        stage.check.on_quote(quote(2, bid, ask, size=size, sequence=10))
    assert stage.counts == (3, 3)


def test_quotes_that_wait_for_a_book_are_bounded() -> None:
    stage = Stage()
    for sequence in range(11, 12 + WAITING_MAX):
        stage.check.on_quote(quote(2, 100.0, 100.1, size=1.0, sequence=sequence))
    assert len(stage.check._waiting) == WAITING_MAX
