"""Quotes conflate, and those inside the band wake nobody."""

from __future__ import annotations

from decimal import Decimal

from exchange_clients.base_models import ContractId
from exchange_clients.events import BestBidOffer
from exchange_clients.shared.quote_board import MarketQuotes, QuoteBoard

BTC = ContractId("BTC")


def quote(bid: float, ask: float) -> BestBidOffer:
    return BestBidOffer(BTC, bid, 1.0, ask, 1.0, None, 0)


def test_a_market_wakes_once_until_its_turn_has_come() -> None:
    woken: list[MarketQuotes] = []
    board = QuoteBoard(woken.append)
    hear = board.listen("test", BTC)
    hear(quote(1.0, 2.0))
    hear(quote(1.1, 2.0))
    assert len(woken) == 1
    assert woken[0].quote == quote(1.1, 2.0)
    woken[0].waiting = False
    hear(quote(1.2, 2.0))
    assert len(woken) == 2


def test_quotes_inside_the_band_wake_nobody_and_its_edges_do() -> None:
    woken: list[MarketQuotes] = []
    board = QuoteBoard(woken.append)
    hear = board.listen("test", BTC)
    (market,) = board.markets()
    market.sleep(Decimal("99.5"), Decimal("100.5"))
    hear(quote(99.6, 100.4))
    assert woken == []
    for bid, ask in ((99.5, 100.4), (99.6, 100.5)):
        hear(quote(bid, ask))
        assert woken.pop() is market
        market.waiting = False
    market.sleep(None, None)
    hear(quote(1.0, 1000.0))
    assert woken == []
    board.lift()
    hear(quote(99.9, 100.1))
    assert woken == [market]


def test_a_book_that_is_not_sound_has_no_latest_quote() -> None:
    board = QuoteBoard(lambda market: None)
    board.listen("test", BTC)(quote(1.0, 2.0))
    assert board.latest("test") == quote(1.0, 2.0)
    board.forget()
    assert board.latest("test") is None
    assert board.latest("other") is None
