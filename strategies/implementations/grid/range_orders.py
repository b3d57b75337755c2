"""The orders of a fixed range: what is placed for a cell, and what a report about it changes.

A cell has at most one entry and one close. While its entry fills in parts, its close is cancelled
and placed again for the whole, once the old one is proven to have ended.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from exchange_clients.base_models import (
    NS,
    ZERO,
    Market,
    OrderType,
    Purpose,
    Reason,
    Side,
)
from strategies.base_strategy import OrderParams, Overruled
from strategies.implementations.grid.cycle_log import CompletedCycle
from strategies.implementations.grid.desk import CANCEL_REPEAT_NS
from strategies.implementations.grid.overruled import UNCOVERED_NS
from strategies.implementations.grid.range_settings import RangeSettings
from strategies.implementations.grid.range_state import Cell, Ended, RangeOrder, RangeState
from strategies.implementations.grid.reports import Report
from strategies.implementations.grid.sizes import order_size, smallest_close
from strategies.implementations.grid.state import ENDED_KEPT, Cycle

PAUSE_S = 1
"""After a refusal; doubles up to the maximum."""
PAUSE_MAX_S = 60
FLATTEN_RETRY_NS = 2 * NS


@dataclass(slots=True)
class RangeDesk:
    """What one decision works on, and what it comes to."""

    settings: RangeSettings
    market: Market
    state: RangeState
    now_ns: int
    orders: list[OrderParams] = field(default_factory=list)
    cancels: list[str] = field(default_factory=list)
    completed: list[CompletedCycle] = field(default_factory=list)
    """Round trips that this decision completed."""
    message: str = ""
    halt: bool = False
    begun: Market | None = None
    """The market as the run began with it; None where it cannot change."""

    def cell(self, number: int) -> Cell:
        """Return a cell by its number, the first one where it has been given up."""
        cells = self.state.cells
        return next((cell for cell in cells if cell.number == number), cells[0])

    def place(self, order: RangeOrder, purpose: Purpose) -> None:
        """Ask for an order and take it into the state."""
        self.state.orders[order.key] = order
        self.orders.append(
            OrderParams(
                side=order.side,
                quantity=order.size,
                price=order.price,
                order_type=OrderType.MARKET if order.price is None else OrderType.LIMIT,
                key=order.key,
                purpose=purpose,
                reduce_only=purpose is not Purpose.ENTRY,
                post_only=purpose is Purpose.ENTRY,
            )
        )

    def cancel(self, key: str) -> None:
        """Ask for a cancel, once, and again when no proof of the end has come in time."""
        order = self.state.orders[key]
        if order.cancel_due_ns is None or order.cancel_due_ns <= self.now_ns:
            order.cancel_due_ns = self.now_ns + CANCEL_REPEAT_NS
            self.cancels.append(key)


def cell_size(settings: RangeSettings, market: Market, price: Decimal) -> Decimal:
    """Return the size of a cell's order, on the step, at least the venue's minimum."""
    return order_size(market, price, settings.quantity, settings.order_notional_usd)


def place_entry(desk: RangeDesk, cell: Cell) -> None:
    """Open a cell at its level."""
    desk.state.entries += 1
    cell.entry = f"entry-{desk.state.entries}"
    size = cell_size(desk.settings, desk.market, cell.entry_price)
    order = RangeOrder(cell.entry, cell.number, cell.side, cell.entry_price, size)
    desk.place(order, Purpose.ENTRY)


def cover(desk: RangeDesk, cell: Cell) -> None:
    """Keep one close for exactly what the cell holds."""
    stop = desk.state.stop
    if stop is not None and (stop.flatten or stop.cancel_closes):
        return
    if desk.now_ns < desk.state.overruled_until_ns:
        return
    if cell.close is not None:
        order = desk.state.orders[cell.close]
        if order.size - order.filled != desk.market.round_size(cell.held):
            desk.cancel(order.key)
        return
    size = closable(desk, cell)
    if not size or desk.now_ns < cell.due_ns:
        return
    desk.state.closes += 1
    cell.close = f"close-{desk.state.closes}"
    side, price = cell.side.opposite, cell.close_price
    desk.place(RangeOrder(cell.close, cell.number, side, price, size), Purpose.CLOSE)


def closable(desk: RangeDesk, cell: Cell) -> Decimal:
    """Return what of a cell its venue takes a close for; dust goes along with the next fill."""
    size = desk.market.round_size(cell.held)
    dust = size < smallest_close(desk.market) or size <= cell.refused_size
    return ZERO if dust else size


def apply_report(desk: RangeDesk, report: Report) -> None:
    """Book what is new about an order that is live or has ended lately."""
    state = desk.state
    order = state.orders.get(report.key)
    if order is None:
        _apply_late(desk, report)
        return
    # A venue may have cut a reduce-only order to what was there, so what it tells comes first.
    whole = report.status is not None and report.status.value == "filled" and not report.filled
    filled = order.size if whole else report.filled
    if filled > order.filled:
        if not report.tells_price(order.price):
            return
        price = report.price if report.price is not None else order.price
        assert price is not None, "what is booked has a price"
        size, order.filled = filled - order.filled, filled
        _book(desk, order.cell, order.side, size, price)
    if order.filled >= order.size or (report.status is not None and report.status.terminal):
        _end(desk, order, report.reason)


def _apply_late(desk: RangeDesk, report: Report) -> None:
    ended = desk.state.ended.get(report.key)
    if ended is None or report.filled <= ended.filled or report.price is None:
        return
    size, ended.filled = report.filled - ended.filled, report.filled
    _book(desk, ended.cell, ended.side, size, report.price)


def _book(desk: RangeDesk, number: int | None, side: Side, size: Decimal, price: Decimal) -> None:
    """Book a fill of a cell, or of a stop or something above, which close whatever cells hold.

    An account nets what is bought and what is sold. So where cells of the other way hold something,
    as in a neutral range whose price ran through both, a fill closes those first, and no cell is
    left with a reduce-only close that its venue would refuse.
    """
    cell = None if number is None else desk.cell(number)
    if cell is not None and side is not cell.side:
        size -= _close_cell(desk, cell, side, size, price)
    cells = desk.state.cells if side is Side.SELL else desk.state.cells[::-1]
    for each in cells:
        if each.side is side.opposite and size:
            size -= _close_cell(desk, each, side, size, price)
    if cell is not None and side is cell.side and size:
        _open_cell(desk, cell, size, price)
    else:
        book_position(desk, side, size, price)


def make_way(desk: RangeDesk, event: Overruled) -> None:
    """Let something above close what is held: nothing is placed anew meanwhile."""
    state = desk.state
    closes = {cell.close: cell for cell in state.cells}
    for key in event.cancels:
        if key in state.orders:
            state.orders[key].cancel_due_ns = desk.now_ns + CANCEL_REPEAT_NS
    for order in event.orders:
        state.ended[order.key] = Ended(None, order.side, ZERO)
    if event.orders or any(key in closes for key in event.cancels):
        state.overruled_until_ns, state.overruled = desk.now_ns + UNCOVERED_NS, event.reason
        desk.message = event.reason


def book_position(desk: RangeDesk, side: Side, size: Decimal, price: Decimal) -> None:
    """Add a trade to what is held by all cells together."""
    desk.state.position += side.sign * size
    desk.state.cash -= side.sign * size * price


def _open_cell(desk: RangeDesk, cell: Cell, size: Decimal, price: Decimal) -> None:
    """Book a fill that opens, and cover it at once, whatever was refused before it."""
    book_position(desk, cell.side, size, price)
    cell.held += size
    cell.cash -= cell.side.sign * size * price
    cell.refusals = 0
    _follow_trip(desk, cell, size, size * price, opening=True)
    cell.due_ns = 0
    cover(desk, cell)


def _close_cell(desk: RangeDesk, cell: Cell, side: Side, size: Decimal, price: Decimal) -> Decimal:
    """Book what of a fill closes a cell, and return how much that is."""
    part = min(cell.held, size)
    if not part:
        return part
    book_position(desk, side, part, price)
    cell.held -= part
    cell.cash -= side.sign * part * price
    cell.refusals = 0
    _follow_trip(desk, cell, part, part * price, opening=False)
    cover(desk, cell)
    return part


def _follow_trip(
    desk: RangeDesk, cell: Cell, size: Decimal, value: Decimal, *, opening: bool
) -> None:
    """Add a fill to the cell's round trip, which ends when the cell holds nothing."""
    if cell.trip is None:
        desk.state.trips += 1
        cell.trip = Cycle(desk.state.trips, desk.now_ns)
    trip = cell.trip
    if opening:
        trip.entry_size += size
        trip.entry_value += value
        return
    trip.exit_size += size
    trip.exit_value += value
    trip.closed_ns = desk.now_ns
    if not cell.held:
        cell.round_trips += 1
        desk.completed.append(CompletedCycle(trip, cell.side))
        cell.trip = None


def _end(desk: RangeDesk, order: RangeOrder, reason: Reason | None) -> None:
    state = desk.state
    del state.orders[order.key]
    state.ended[order.key] = Ended(order.cell, order.side, order.filled)
    if len(state.ended) > ENDED_KEPT:
        del state.ended[next(iter(state.ended))]
    short = order.filled < order.size
    if order.cell is None:
        if short:
            state.retry_ns = desk.now_ns + FLATTEN_RETRY_NS
        if reason is Reason.BELOW_MINIMUM:
            state.refused_size = max(state.refused_size, order.size)
        return
    cell = desk.cell(order.cell)
    if cell.entry == order.key:
        cell.entry = None
    elif cell.close == order.key:
        cell.close = None
        if reason is Reason.BELOW_MINIMUM:
            # It would be refused again; with what is opened next it is large enough.
            cell.refused_size = max(cell.refused_size, order.size)
            return
    if short and order.cancel_due_ns is None:
        pause_s = min(PAUSE_S * 2 ** min(cell.refusals, 10), PAUSE_MAX_S)
        cell.refusals += 1
        cell.due_ns = desk.now_ns + pause_s * NS
        desk.message = f"{order.key} ended ({reason or 'no reason given'}): again in {pause_s} s"
    cover(desk, cell)
