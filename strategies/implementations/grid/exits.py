"""Closes: every filled lot gets one at once, and keeps one until it is closed.

Nothing here asks a gate. The rule: lots are in a live close, or in a retry with its time, or in the
residual because they are smaller than the venue's least order; then the next close takes them.
"""

from __future__ import annotations

from decimal import Decimal

from exchange_clients.base_models import NS, ONE, ZERO, Market, Reason
from strategies.implementations.grid.cycle_log import CompletedCycle
from strategies.implementations.grid.desk import Desk
from strategies.implementations.grid.missing import room
from strategies.implementations.grid.parameters import CycleSettings
from strategies.implementations.grid.sizes import smallest_close
from strategies.implementations.grid.state import (
    CloseOrder,
    Cycle,
    Fate,
    LateExit,
    Lot,
    Retry,
)

REPOSTS_MAX = 3
"""A close that goes missing more often than this is closed at market."""
CLOSES_PER_CYCLE = 4
"""An entry that fills in more parts than this, on average, has its closes merged."""
RETRY_PAUSE_S = 1
"""Before the second repost; doubles up to the maximum."""
RETRY_PAUSE_MAX_S = 60
REFUSED_PAUSE_S = 5
"""Where another hand has closed a part: what is left is joined anew then, and counts no tries."""


def close_price(
    settings: CycleSettings, market: Market, fill_price: Decimal, extra_ticks: int = 0
) -> Decimal:
    """Return the take-profit price of a fill, rounded in the user's favour.

    ``extra_ticks`` moves it further from crossing.

    >>> # buy filled at 62000, take-profit 0.008 %, tick 0.01 -> 62004.96; tick 0.1 -> 62005.0
    """
    side = settings.side
    target = fill_price * (ONE + side.sign * settings.take_profit)
    return market.round_price(target, side.opposite) + side.sign * extra_ticks * market.tick


def lot_price(lots: list[Lot]) -> Decimal:
    """Return the average price of lots; that of lots of one price is exact."""
    if all(lot.price == lots[0].price for lot in lots):
        return lots[0].price
    return sum((lot.price * lot.size for lot in lots), start=ZERO) / lot_size(lots)


def lot_size(lots: list[Lot]) -> Decimal:
    """Return the size of lots together."""
    return sum((lot.size for lot in lots), start=ZERO)


def joined(lots: list[Lot]) -> list[Lot]:
    """Return lots with the parts of each fill put together again, in the order of the first ones.

    Each close that ends too early may have cut one in two, so that parts would grow without end.
    """
    whole: dict[tuple[int, Decimal, int], Lot] = {}
    for lot in lots:
        known = whole.setdefault((lot.entry, lot.price, lot.opened_ns), lot)
        if known is not lot:
            known.size += lot.size
    return list(whole.values())


def take_size(lots: list[Lot], size: Decimal) -> list[Lot]:
    """Remove ``size`` from the front of ``lots`` and return it as lots, splitting the last one."""
    taken: list[Lot] = []
    while size > 0 and lots:
        first = lots[0]
        part = min(first.size, size)
        taken.append(Lot(first.entry, first.price, part, first.opened_ns))
        size -= part
        if part == first.size:
            lots.pop(0)
        else:
            first.size -= part
    return taken


def on_entry_fill(desk: Desk, number: int, price: Decimal, size: Decimal) -> None:
    """Book a fill of an entry and cover it at once."""
    state = desk.state
    cycle = state.cycles.setdefault(number, Cycle(number, desk.now_ns))
    cycle.entry_size += size
    cycle.entry_value += size * price
    state.held += size
    state.filled_price = price
    state.last_opened_ns = desk.now_ns
    state.cooldown_waived = False
    add_lots(desk, [Lot(number, price, size, desk.now_ns)])


def add_lots(desk: Desk, lots: list[Lot]) -> None:
    """Take lots that nothing covers and cover them."""
    state = desk.state
    state.residual = joined([*state.residual, *lots])
    while state.late_exits and state.residual:
        late = state.late_exits[0]
        part = min(late.size, lot_size(state.residual))
        _settle(desk, take_size(state.residual, part), late.price, late.reason)
        late.size -= part
        if not late.size:
            state.late_exits.pop(0)
    cover(desk)
    free_lots(desk)


def cover(desk: Desk) -> None:
    """Place a close for the residual, if it is large enough; a stop that flattens does not."""
    state = desk.state
    size = desk.market.round_size(_closable(desk, lot_size(state.residual)))
    if _uncovering(desk) or size < smallest_close(desk.market) or size <= state.refused_size:
        return
    if _crowded(desk):
        _merge_with_newest(desk)
        return
    lots = take_size(state.residual, size)
    send_close(desk, lots, entry=lots[-1].entry, market=desk.settings.boost)


def send_close(
    desk: Desk,
    lots: list[Lot],
    *,
    entry: int,
    market: bool = False,
    attempts: int = 0,
    hedged: bool = False,
) -> None:
    """Place one close for ``lots``: at the take-profit price, or at market."""
    desk.state.closes += 1
    ticks = min(attempts, REPOSTS_MAX)
    price = None if market else close_price(desk.settings, desk.market, lot_price(lots), ticks)
    desk.place_close(
        CloseOrder(
            key=f"close-{desk.state.closes}",
            entry=entry,
            size=lot_size(lots),
            price=price,
            lots=lots,
            attempts=attempts,
            hedged=hedged,
        )
    )


def trim(desk: Desk, close: CloseOrder, size: Decimal) -> None:
    """Let go of what was cut off a close: less than a step, coarser than when it was decided."""
    cut = close.size - size
    if 0 < cut < desk.market.step and close.filled <= size and close.lots:
        close.size = size
        rest = close.lots
        close.lots = take_size(rest, lot_size(rest) - cut)
        add_lots(desk, rest)


def on_close_taken(desk: Desk) -> None:
    """The venue has taken a close: those that a closed market refused are placed as well."""
    state = desk.state
    if state.closed_market:
        state.closed_market = False
        for retry in state.retries:
            retry.due_ns = desk.now_ns


def on_close_fill(desk: Desk, close: CloseOrder, price: Decimal, size: Decimal) -> None:
    """Book a fill of a close that is in the state."""
    desk.state.held -= size
    close.filled += size
    _settle(desk, take_size(close.lots, size), price)


def on_late_close_fill(desk: Desk, price: Decimal, size: Decimal, reason: str = "") -> None:
    """Book a fill of a close that had ended, or was none of ours: its lots are in another place.

    They are taken from the residual, else the newest close gives its lots back.
    """
    state = desk.state
    state.held -= size
    state.late_exits.append(LateExit(size, price, reason))
    for retry in state.retries:
        state.residual.extend(retry.lots)
    state.retries.clear()
    add_lots(desk, [])
    free_lots(desk)


def free_lots(desk: Desk) -> None:
    """Cancel the newest closes, one at a time, while fills wait for lots to be charged to."""
    if desk.state.late_exits:
        _merge_with_newest(desk)


def on_close_end(desk: Desk, close: CloseOrder, reason: Reason | None) -> None:
    """A close has ended: done, or its remaining lots need another one."""
    state = desk.state
    state.active_close_orders.pop(close.key, None)
    state.remember_end(close.key, close.filled)
    if not close.lots:
        state.cooldown_waived = True
        return
    state.closed_market = reason is Reason.MARKET_UNAVAILABLE
    if reason is Reason.BELOW_MINIMUM:
        # It would be refused again; a later lot takes it along to a size that is not.
        state.refused_size = max(state.refused_size, close.size)
        add_lots(desk, close.lots)
    elif close.fate is Fate.MERGE or _uncovering(desk) or state.late_exits:
        add_lots(desk, close.lots)
    elif close.fate is Fate.MARKET:
        _close_at_market(desk, close)
    elif state.missing and (reason is not None or close.price is None):
        _wait(desk, close, close.attempts, REFUSED_PAUSE_S)
    elif state.missing:
        add_lots(desk, close.lots)
    else:
        _repost(desk, close, gone=reason is Reason.REDUCE_ONLY_REJECTED)


def _close_at_market(desk: Desk, close: CloseOrder) -> None:
    """Close at market what recovery gave up, though no more than is really there."""
    lots = close.lots
    if desk.state.missing:
        size = desk.market.round_size(_closable(desk, lot_size(lots)))
        desk.state.residual = joined([*desk.state.residual, *lots])
        lots = take_size(desk.state.residual, size)
    if lots:
        send_close(desk, lots, entry=close.entry, market=True, attempts=REPOSTS_MAX + 1)


def run_retries(desk: Desk) -> None:
    """Place again what has waited for its time."""
    state = desk.state
    if _uncovering(desk):
        return
    due = [retry for retry in state.retries if retry.due_ns <= desk.now_ns]
    later = [retry for retry in state.retries if retry.due_ns > desk.now_ns]
    if state.closed_market:
        # One close asks whether the market trades again; the others wait for what it is told.
        for retry in due[1:]:
            retry.due_ns = desk.now_ns + RETRY_PAUSE_MAX_S * NS
        due, later = due[:1], later + due[1:]
    state.retries = later
    for retry in due:
        if state.missing:
            add_lots(desk, retry.lots)
        else:
            _send_again(desk, retry)


def _repost(desk: Desk, close: CloseOrder, *, gone: bool = False) -> None:
    """Place a missing close again, at once the first time, then after growing pauses.

    Where its venue says that there is nothing to close, another hand may have closed it: what is
    left is not sold at market then, and within the longest pause the position has been read.
    """
    attempts = close.attempts + 1
    doublings = min(attempts - 2, 8)
    pause_s = 0 if attempts == 1 else min(RETRY_PAUSE_S * 2**doublings, RETRY_PAUSE_MAX_S)
    if gone and attempts > REPOSTS_MAX:
        attempts, pause_s = REPOSTS_MAX, RETRY_PAUSE_MAX_S
    if pause_s:
        _wait(desk, close, attempts, pause_s)
    else:
        _send_again(desk, Retry(close.lots, close.entry, attempts, desk.now_ns, close.hedged))


def _wait(desk: Desk, close: CloseOrder, attempts: int, pause_s: int) -> None:
    """Let the lots of a close wait for the next one."""
    desk.message = f"{close.key} is missing: placed again in {pause_s} s"
    due_ns = desk.now_ns + pause_s * NS
    desk.state.retries.append(Retry(close.lots, close.entry, attempts, due_ns, close.hedged))


def _send_again(desk: Desk, retry: Retry) -> None:
    size = lot_size(retry.lots)
    # Since the first try the venue may have made its step coarser, or its least order larger.
    unfit = size < smallest_close(desk.market) or size != desk.market.round_size(size)
    if unfit or _crowded(desk):
        add_lots(desk, retry.lots)
        return
    send_close(
        desk,
        retry.lots,
        entry=retry.entry,
        market=desk.settings.boost or retry.attempts > REPOSTS_MAX,
        attempts=retry.attempts,
        hedged=retry.hedged,
    )


def _crowded(desk: Desk) -> bool:
    """Whether as many closes are live as the grid may have."""
    return len(desk.state.active_close_orders) >= CLOSES_PER_CYCLE * desk.settings.max_orders


def _closable(desk: Desk, size: Decimal) -> Decimal:
    """Return how much of a size to close: not what another hand has closed already."""
    return min(size, room(desk.state)) if desk.state.missing else size


def _uncovering(desk: Desk) -> bool:
    """Whether a stop, or what stands above, is taking the closes away, so that none is placed."""
    stop = desk.state.stop
    stopping = stop is not None and (stop.flatten or stop.cancel_closes)
    return stopping or desk.now_ns < desk.state.overruled_until_ns


def _merge_with_newest(desk: Desk) -> None:
    """Cancel the newest close, so that its lots and the residual become one order.

    One at a time: while a cancel for merging is under way, what comes in waits for it.
    """
    closes = desk.state.live_closes()
    if any(close.fate is Fate.MERGE for close in closes):
        return
    for close in reversed(closes):
        just_placed = any(order.key == close.key for order in desk.orders)
        if close.price is not None and close.cancel_due_ns is None and not just_placed:
            close.fate = Fate.MERGE
            desk.cancel(close)
            return


def _settle(desk: Desk, lots: list[Lot], price: Decimal, reason: str = "") -> None:
    """Book lots as closed at ``price``; a cycle with nothing left is completed."""
    state, side = desk.state, desk.settings.side
    for lot in lots:
        state.gross_profit += (price - lot.price) * lot.size * side.sign
        cycle = state.cycles[lot.entry]
        cycle.exit_size += lot.size
        cycle.exit_value += lot.size * price
        cycle.closed_ns = desk.now_ns
        cycle.closed_by = reason or cycle.closed_by
    for number in dict.fromkeys(lot.entry for lot in lots):
        complete_cycle(desk, number)


def complete_cycle(desk: Desk, number: int) -> None:
    """Move a cycle to the completed ones once its entry has ended and all of it is closed."""
    state = desk.state
    cycle = state.cycles.get(number)
    pending = state.entry is not None and state.entry.number == number
    if cycle is None or pending or cycle.exit_size < cycle.entry_size:
        return
    del state.cycles[number]
    state.completed_count += 1
    desk.completed.append(CompletedCycle(cycle, desk.settings.side))
