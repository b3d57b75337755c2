"""How resting orders fill against the external market: by its prints and by its quotes.

A print tells what traded, so it fills at most its own size: better-priced resting orders first,
because it went through them, then those at its price behind the external queue. A quote beyond a
resting order's price tells that someone offers to trade there, so it fills at most what is offered.
Either way the resting order is the maker and gets its own price.
"""

from __future__ import annotations

from exchange_clients.base_models import Side
from exchange_clients.paper.book import MatchingBook
from exchange_clients.paper.orders import EngineOrder
from exchange_clients.paper.price_levels import PriceLevel


def fill_printed(book: MatchingBook, ticks: int, lots: int, aggressor: Side) -> None:
    """Let an external trade of ``lots`` at ``ticks`` reach the resting orders it would have met."""
    makers = book.resting(aggressor.opposite)
    key = ticks * makers.sign
    budget = lots
    while budget > 0 and makers.keys and makers.keys[-1] > key:
        maker = makers.first()
        assert maker is not None
        budget -= _fill_maker(book, maker, budget, aggressor)
    level = makers.levels.get(ticks)
    if level is not None:
        level.traded_lots += lots
        _fill_behind_queue(book, level, budget, aggressor)


def fill_crossed(book: MatchingBook, side: Side) -> None:
    """Fill the resting orders of ``side`` that the external levels of the other side cross."""
    makers = book.resting(side)
    external = book.external(side.opposite)
    for ticks, available in external.levels():
        key = ticks * makers.sign
        left = available
        while left > 0 and makers.keys and makers.keys[-1] >= key:
            maker = makers.first()
            assert maker is not None
            filled = _fill_maker(book, maker, left, side.opposite)
            if filled:
                external.consume(ticks, filled)
                left -= filled
        if not makers.keys or makers.keys[-1] < key:
            return


def restate_level(book: MatchingBook, side: Side, ticks: int, lots: int) -> None:
    """Move the queue estimates of one price to the external lots it now shows."""
    book.external(side).refresh(ticks)
    level = book.resting(side).levels.get(ticks)
    if level is None:
        return
    before = max(level.displayed_lots - level.traded_lots, 0)
    for order in level.orders.values():
        order.queue_ahead_lots = book.queue_model.restated(order.queue_ahead_lots, before, lots)
    level.displayed_lots = lots
    level.traded_lots = 0


def _fill_behind_queue(
    book: MatchingBook, level: PriceLevel, printed_lots: float, aggressor: Side
) -> None:
    """Spend a print on the external queue and on the orders in it, front to back."""
    budget = printed_lots
    passed = 0.0
    for maker in list(level.orders.values()):
        eaten = min(max(maker.queue_ahead_lots - passed, 0), budget)
        passed += eaten
        budget -= eaten
        if budget < 1:
            # A queue estimate may end within a lot; orders trade whole ones.
            break
        budget -= _fill_maker(book, maker, int(budget), aggressor)
    book.advance_queue(level, passed)


def _fill_maker(book: MatchingBook, maker: EngineOrder, lots: int, aggressor: Side) -> int:
    """Trade up to ``lots`` with the external market; return how many."""
    tradeable = min(book.maker_lots(maker), lots)
    if tradeable > 0:
        book.trade(maker, None, maker.ticks, tradeable, aggressor)
    return tradeable
