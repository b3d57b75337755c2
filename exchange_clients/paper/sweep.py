"""How an arriving order takes: through resting orders and external levels in one priority.

Better prices first. At one price the external lots that were there before a resting order (its
``queue_ahead_lots``) come first, then that order; external lots that joined later come last.
"""

from __future__ import annotations

import math

from exchange_clients.base_models import Reason
from exchange_clients.paper.book import MatchingBook
from exchange_clients.paper.external import ExternalSide
from exchange_clients.paper.members import BUY, CANCELED, LIVE
from exchange_clients.paper.orders import EngineOrder
from exchange_clients.paper.rules import ReduceOnlyMode, SelfTrade


def sweep(book: MatchingBook, taker: EngineOrder, limit_ticks: int) -> None:
    """Trade ``taker`` against the other side as long as its limit, size and owner allow."""
    buying = taker.side is BUY
    makers = book.asks if buying else book.bids
    external = book.external_asks if buying else book.external_bids
    limit_key = limit_ticks * makers.sign
    while taker.status in LIVE and (wanted := wanted_lots(book, taker)) > 0:
        maker = makers.first()
        if maker is not None and makers.keys[-1] < limit_key:
            maker = None
        offered = external.best() if external.source is not None else None
        if offered is not None and offered * makers.sign < limit_key:
            offered = None
        if offered is not None and _external_first(maker, offered, makers.sign):
            _take_external(book, taker, maker, external, offered, wanted)
        elif maker is None:
            return
        elif maker.owner == taker.owner and book.rules.self_trade is not SelfTrade.NONE:
            _prevent_self_trade(book, taker, maker)
        elif (lots := min(book.maker_lots(maker), wanted)) > 0:
            book.trade(maker, taker, maker.ticks, lots, taker.side)


def wanted_lots(book: MatchingBook, taker: EngineOrder) -> int:
    """Return what the taker may still trade: a reduce-only one never more than it can close."""
    if not taker.reduce_only:
        return taker.remaining_lots
    return min(taker.remaining_lots, book.closable_lots(taker))


def _external_first(maker: EngineOrder | None, offered: int, sign: int) -> bool:
    """Say whether the external lots at ``offered`` trade before the first resting order."""
    if maker is None or offered * sign > maker.ticks * sign:
        return True
    return offered == maker.ticks and maker.queue_ahead_lots > 0


def _take_external(
    book: MatchingBook,
    taker: EngineOrder,
    maker: EngineOrder | None,
    external: ExternalSide,
    ticks: int,
    wanted: int,
) -> None:
    """Take external lots of one price: all of them, or those ahead of the resting order there."""
    lots = min(wanted, external.available_lots(ticks))
    if maker is not None and maker.ticks == ticks:
        lots = min(lots, math.ceil(maker.queue_ahead_lots))
        assert maker.level is not None
        book.advance_queue(maker.level, lots)
    external.consume(ticks, lots)
    book.trade(None, taker, ticks, lots, taker.side)


def _prevent_self_trade(book: MatchingBook, taker: EngineOrder, maker: EngineOrder) -> None:
    mode = book.rules.self_trade
    if mode is SelfTrade.DECREMENT:
        lots = min(taker.remaining_lots, maker.remaining_lots)
        _decrement(book, maker, lots)
        _decrement(book, taker, lots)
        return
    if mode in (SelfTrade.CANCEL_OLDEST, SelfTrade.CANCEL_BOTH):
        book.finish(maker, CANCELED, Reason.SELF_TRADE)
    if mode in (SelfTrade.CANCEL_NEWEST, SelfTrade.CANCEL_BOTH):
        book.finish(taker, CANCELED, Reason.SELF_TRADE)


def _decrement(book: MatchingBook, order: EngineOrder, lots: int) -> None:
    """Shrink an order by ``lots``; one that would keep nothing is canceled at its old size."""
    if lots == order.remaining_lots:
        book.finish(order, CANCELED, Reason.SELF_TRADE)
    else:
        order.lots -= lots
        book.report(order)


def fillable_lots(book: MatchingBook, taker: EngineOrder, limit_ticks: int) -> int:
    """Return what a sweep of ``taker`` would trade, without trading it: what fill-or-kill asks."""
    buying = taker.side is BUY
    makers = book.asks if buying else book.bids
    external = book.external_asks if buying else book.external_bids
    limit_key = limit_ticks * makers.sign
    projection = _Projection(book, taker.owner)
    total = 0
    blocker: EngineOrder | None = None
    for maker in makers.orders():
        if maker.ticks * makers.sign < limit_key:
            break
        if maker.owner == taker.owner and book.rules.self_trade is not SelfTrade.NONE:
            if book.rules.self_trade is SelfTrade.CANCEL_OLDEST:
                continue
            blocker = maker
            break
        total += projection.fill(maker)
    total += _external_lots(external, limit_key, makers.sign, blocker)
    return min(total, wanted_lots(book, taker))


def _external_lots(
    external: ExternalSide, limit_key: int, sign: int, blocker: EngineOrder | None
) -> int:
    """Sum external lots within the limit, as far as those ahead of ``blocker`` if there is one."""
    total = 0
    for ticks, lots in external.levels():
        key = ticks * sign
        if key < limit_key or (blocker is not None and key < blocker.ticks * sign):
            break
        if blocker is not None and ticks == blocker.ticks:
            total += min(lots, math.ceil(blocker.queue_ahead_lots))
            break
        total += lots
    return total


class _Projection:
    """Positions as they would stand after the makers so far, to cut reduce-only makers alike."""

    def __init__(self, book: MatchingBook, taker_owner: str) -> None:
        self._book = book
        self._taker_owner = taker_owner
        self._moved: dict[str, int] = {}

    def fill(self, maker: EngineOrder) -> int:
        """Return what ``maker`` would trade now at most, and count it into both positions."""
        lots = maker.remaining_lots
        if maker.reduce_only and self._book.rules.reduce_only is not ReduceOnlyMode.ENTRY_ONLY:
            position = self._book.position_lots(maker.owner) + self._moved.get(maker.owner, 0)
            lots = min(lots, max(0, -position * maker.side.sign))
        self._move(maker.owner, lots * maker.side.sign)
        self._move(self._taker_owner, -lots * maker.side.sign)
        return lots

    def _move(self, owner: str, lots: int) -> None:
        self._moved[owner] = self._moved.get(owner, 0) + lots
