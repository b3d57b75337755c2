"""An account of Binance's: orders that are good till a date, and fees in the venue's own coin."""

from __future__ import annotations

from venue_simulators.binance.orders import good_till_ms_of
from venue_simulators.fapi.account_book import Publisher, Words
from venue_simulators.fapi.calls import Call
from venue_simulators.fapi.hedge_book import HedgeBook
from venue_simulators.fapi.orders import Asked, OrderRecord
from venue_simulators.fapi.wording import MS_NS
from venue_simulators.world import NEVER_NS, Wanted, World


class BinanceBook(HedgeBook):
    """Orders, fills, money and settings of one account."""

    def __init__(self, world: World, account: str, publish: Publisher, words: Words) -> None:
        super().__init__(world, account, publish, words)
        self.burns = False
        """Whether fees are paid in the venue's own coin; here it is a setting alone."""
        self._dated: list[OrderRecord] = []

    def place(self, asked: Asked, wanted: Wanted) -> OrderRecord:
        """Place an order and return what became of it."""
        record = super().place(asked, wanted)
        if good_till_ms_of(asked) and record.open:
            self._dated.append(record)
        return record

    def next_end_ns(self) -> int:
        """Return when the next order is to be cancelled that is good till a date."""
        self._dated = [one for one in self._dated if one.open]
        return min((_end_ns(one) for one in self._dated), default=NEVER_NS)

    def end_dated(self, now_ns: int) -> None:
        """Cancel the orders whose date has come."""
        for record in self._dated:
            if record.open and _end_ns(record) <= now_ns:
                self.cancel(record)


def book_of(call: Call) -> BinanceBook:
    """Return the account's book."""
    book = call.book
    assert isinstance(book, BinanceBook), "every account here has such a book"
    return book


def _end_ns(record: OrderRecord) -> int:
    return good_till_ms_of(record.asked) * MS_NS
