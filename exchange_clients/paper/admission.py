"""What an order must meet to be accepted or amended; refusals change nothing."""

from __future__ import annotations

from exchange_clients.base_models import ONE, OrderType, Reason, Side
from exchange_clients.paper.book import MatchingBook
from exchange_clients.paper.members import BUY, GTC, GTX, LIMIT, MARKET_TYPES
from exchange_clients.paper.orders import EngineOrder
from exchange_clients.paper.rules import PostOnlyMode, ReduceOnlyMode, ceil_ticks, floor_ticks


def place_refusal(book: MatchingBook, order: EngineOrder, live_orders: int) -> Reason | None:
    """Return why an arriving order is refused, None when it is accepted.

    A conditional order is held to its form only; what depends on book and position is asked when
    it becomes active.
    """
    if live_orders >= book.rules.max_open_orders:
        return Reason.OTHER
    plain = order.order_type is LIMIT and order.time_in_force is GTC and not order.reduce_only
    if plain and order.lots > 0 and order.ticks > 0 and book.rules.price_collar is None:
        # Most orders are such, and need none of the further questions.
        return None
    if not _well_formed(order) or not _within_collar(book, order.side, order.ticks):
        return Reason.INVALID_ORDER
    return None if order.order_type.conditional else _entry_refusal(book, order)


def amend_refusal(book: MatchingBook, order: EngineOrder, ticks: int, lots: int) -> Reason | None:
    """Return why an order cannot become ``lots`` at ``ticks``, None when it can."""
    if order.status.terminal:
        return Reason.ALREADY_TERMINAL
    moved = ticks != order.ticks
    if lots <= order.filled_lots or ticks < 0:
        return Reason.INVALID_ORDER
    if moved and (ticks == 0 or order.order_type in MARKET_TYPES):
        return Reason.INVALID_ORDER
    if moved and not _within_collar(book, order.side, ticks):
        return Reason.INVALID_ORDER
    if order.level is not None and order.time_in_force is GTX:
        return _post_only_refusal(book, order, ticks)
    return None


def cut_to_position(book: MatchingBook, order: EngineOrder) -> bool:
    """Cut an active reduce-only order to what it can close; False when that is nothing.

    Where the venue keeps such orders at their size, only the answer is given.
    """
    closable = book.closable_lots(order)
    keeps_size = book.rules.reduce_only is ReduceOnlyMode.LOOSE
    if 0 < closable < order.remaining_lots and not keeps_size:
        order.lots = order.filled_lots + closable
    return closable > 0


def _well_formed(order: EngineOrder) -> bool:
    if order.lots <= 0:
        return False
    if order.order_type in MARKET_TYPES:
        if order.time_in_force is GTX:
            return False
    elif order.ticks <= 0:
        return False
    if order.order_type is OrderType.TRAILING_STOP:
        return (order.trailing_ticks or 0) > 0 or 0 < (order.trailing_fraction or 0) < 1
    return not order.order_type.conditional or (order.trigger_ticks or 0) > 0


def _entry_refusal(book: MatchingBook, order: EngineOrder) -> Reason | None:
    """Return why position or book refuse an order that is active from its arrival."""
    if order.reduce_only and book.closable_lots(order) == 0:
        return Reason.REDUCE_ONLY_REJECTED
    if order.time_in_force is GTX and book.rules.post_only is PostOnlyMode.REJECT:
        return _post_only_refusal(book, order, order.ticks)
    return None


def _within_collar(book: MatchingBook, side: Side, ticks: int) -> bool:
    collar, mark = book.rules.price_collar, book.mark_ticks
    if collar is None or mark is None or ticks == 0:
        return True
    if side is BUY:
        return ticks <= floor_ticks(mark, ONE + collar)
    return ticks >= ceil_ticks(mark, ONE - collar)


def _post_only_refusal(book: MatchingBook, order: EngineOrder, ticks: int) -> Reason | None:
    return Reason.POST_ONLY_WOULD_CROSS if book.reaches(order.side, ticks) else None
