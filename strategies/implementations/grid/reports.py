"""Reads every message about an order as one report, and books what is new in it.

A report is a cumulative filled size and, where it is told, a status. Booking the difference to what
is known makes duplicates harmless and the order of arrival unimportant.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_models import ZERO, OrderInfo, OrderResult, OrderStatus, Reason
from strategies.base_strategy import OrderChanged, OrderFilled, OrderOutcome, StrategyEvent
from strategies.implementations.grid import exits, overruled, recovery, stopping
from strategies.implementations.grid.desk import Desk
from strategies.implementations.grid.entries import note_refusal
from strategies.implementations.grid.state import (
    CloseOrder,
    CycleState,
    EntryOrder,
    GridState,
    HedgeOrder,
)

_ENDED_BY_CANCEL = (OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.EXPIRED)


@dataclass(frozen=True, slots=True)
class Report:
    """What is now known of one order."""

    key: str
    filled: Decimal
    status: OrderStatus | None = None
    """None where only a fill is told."""
    price: Decimal | None = None
    """Of the newest fill, or the average."""
    reason: Reason | None = None
    unknown: bool = False
    """The answer to its placement was lost."""
    traded_ns: int | None = None
    """When the venue booked the fill that is told."""
    size: Decimal | None = None
    """Of the order, as it was sent."""

    def tells_price(self, limit: Decimal | None) -> bool:
        """Say whether a fill can be booked; of an order at market some answers name no price.

        The fill itself tells it, and a report of that order once its fills are known.
        """
        return self.price is not None or limit is not None


def report_of(event: StrategyEvent) -> Report | None:
    """Read an event; None when it says nothing about the order itself."""
    if isinstance(event, OrderFilled):
        fill = event.fill
        return Report(event.key, event.filled_size, price=fill.price, traded_ns=fill.venue_ns)
    if isinstance(event, OrderChanged):
        return report_of_info(event.key, event.info)
    if isinstance(event, OrderOutcome):
        return _report_of_outcome(event.key, event.result, cancel=event.cancel)
    return None


def report_of_info(key: str, info: OrderInfo) -> Report:
    """Read an order as the venue shows it."""
    whole = info.status is OrderStatus.FILLED and not info.filled_size
    filled = info.size if whole else info.filled_size
    return Report(key, filled, info.status, info.average_price, info.reason, size=info.size)


def _report_of_outcome(key: str, result: OrderResult, *, cancel: bool) -> Report | None:
    if cancel:
        # A refused cancel tells of the order only when it says how the order ended.
        if not result.outcome_known or result.status not in _ENDED_BY_CANCEL:
            return None
    elif not result.outcome_known:
        return Report(key, ZERO, unknown=True)
    return Report(key, result.filled_size, result.status, result.average_price, result.reason)


def apply_report(desk: Desk, report: Report) -> bool:
    """Book a report of an order that is live, or has ended lately; others are not of this grid.

    Returns whether it told anything new. Most do not: an answer and the stream tell the same.
    """
    state = desk.state
    before = _known(state, report.key)
    _explain_mismatch(desk, report)
    if state.entry is not None and state.entry.key == report.key:
        _on_entry(desk, state.entry, report)
    elif report.key in state.active_close_orders:
        _on_close(desk, state.active_close_orders[report.key], report)
    elif state.hedge.order is not None and state.hedge.order.key == report.key:
        _on_hedge(desk, state.hedge.order, report)
    if report.key in state.ended:
        _on_ended(desk, report)
    return _known(state, report.key) != before


def _known(state: GridState, key: str) -> tuple[object, ...]:
    """Return everything that a report of this order may change first; the rest follows from it."""
    entry, hedge = state.entry, state.hedge.order
    common = (
        state.refusals,
        state.closed_market,
        state.mismatch,
        state.ended.get(key),
        key in state.overruled,
        state.hedge.due_ns,
    )
    if entry is not None and entry.key == key:
        return (*common, entry.filled, entry.unknown)
    if key in state.active_close_orders:
        close = state.active_close_orders[key]
        return (*common, close.filled, close.size)
    if hedge is not None and hedge.key == key:
        return (*common, hedge.filled)
    return common


def _on_entry(desk: Desk, entry: EntryOrder, report: Report) -> None:
    entry.unknown = report.unknown
    filled = _filled(report, entry.size)
    if filled > entry.filled:
        size, first = filled - entry.filled, not entry.filled
        entry.filled = filled
        price = _price(report, entry.price, first=first)
        exits.on_entry_fill(desk, entry.number, price, size)
    if entry.filled or report.status is OrderStatus.OPEN:
        desk.state.refusals = 0
    if _ended(report, entry.filled, entry.size):
        _end_entry(desk, entry, report.reason)


def _end_entry(desk: Desk, entry: EntryOrder, reason: Reason | None) -> None:
    state = desk.state
    state.entry = None
    state.remember_end(entry.key, entry.filled)
    if state.cycle_state is CycleState.WAITING_FOR_FILL:
        state.cycle_state = CycleState.READY
    if not entry.filled and entry.cancel_due_ns is None:
        note_refusal(desk, reason)
    exits.complete_cycle(desk, entry.number)


def _on_close(desk: Desk, close: CloseOrder, report: Report) -> None:
    if report.size is not None:
        exits.trim(desk, close, report.size)
    filled = _filled(report, close.size)
    if filled > close.filled:
        if not report.tells_price(close.price):
            return
        price = _price(report, close.price, first=not close.filled)
        exits.on_close_fill(desk, close, price, filled - close.filled)
    if close.filled or report.status is OrderStatus.OPEN:
        exits.on_close_taken(desk)
    if _ended(report, close.filled, close.size):
        if close.key.startswith("stop-"):
            stopping.on_flatten_end(desk, close, report.reason)
        else:
            exits.on_close_end(desk, close, report.reason)


def _on_hedge(desk: Desk, order: HedgeOrder, report: Report) -> None:
    filled = _filled(report, order.size)
    if filled > order.filled:
        desk.state.hedge.held += order.sign * (filled - order.filled)
        order.filled = filled
    if _ended(report, order.filled, order.size):
        recovery.on_hedge_end(desk)


def _on_ended(desk: Desk, report: Report) -> None:
    """Book a fill that was told after the end of its order, or is beyond its size."""
    state = desk.state
    late = report.filled - state.ended[report.key]
    if late > 0:
        _book_late(desk, report, late)
    above = report.key in state.overruled or report.key in state.hedge.closings
    if above and report.status is not None and report.status.terminal:
        overruled.on_end(desk, report.key)


def _book_late(desk: Desk, report: Report, late: Decimal) -> None:
    state = desk.state
    state.ended[report.key] = report.filled
    kind, number = report.key.split("-")
    price = report.price if report.price is not None else state.filled_price
    assert price is not None, "a late fill has a price, or follows a fill that had one"
    if kind == "entry":
        exits.on_entry_fill(desk, int(number), price, late)
    elif report.key in state.hedge.closings:
        state.hedge.held = max(state.hedge.held - late, ZERO)
    elif kind in ("close", "stop", "above"):
        exits.on_late_close_fill(desk, price, late, state.overruled.get(report.key, ""))
    else:
        state.hedge.held += late if kind == "hedge" else -late


def _explain_mismatch(desk: Desk, report: Report) -> None:
    """A fill told only now may be what the position at the venue already held."""
    state = desk.state
    if not state.mismatch or report.traded_ns is None or report.traded_ns > state.reconciled_ns:
        return
    known: dict[str, Decimal] = dict(state.ended)
    known.update({key: close.filled for key, close in state.active_close_orders.items()})
    if state.entry is not None:
        known[state.entry.key] = state.entry.filled
    if report.key in known and "hedge" not in report.key:
        entry = report.key.startswith("entry")
        side = desk.settings.side if entry else desk.settings.side.opposite
        state.mismatch -= side.sign * max(report.filled - known[report.key], ZERO)


def _filled(report: Report, size: Decimal) -> Decimal:
    """Return the cumulative filled size; a filled order is filled whole where none is told.

    A venue may have cut a reduce-only order to what was there, so what it tells comes first.
    """
    whole = report.status is OrderStatus.FILLED and not report.filled
    return size if whole else min(report.filled, size)


def _ended(report: Report, filled: Decimal, size: Decimal) -> bool:
    return filled >= size or (report.status is not None and report.status.terminal)


def _price(report: Report, limit: Decimal | None, *, first: bool) -> Decimal:
    """Return the price of what is new: an average is that price only for a first fill."""
    told = report.price
    if told is not None and (first or report.traded_ns is not None or limit is None):
        return told
    assert limit is not None, "what is booked has a price"
    return limit
