"""Why a grid places no entry just now, with the numbers; and what it holds.

The verdicts are those of the very gates that decide; this module only adds what they compared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

import msgspec

from exchange_clients.base_models import NS, ONE, Side
from strategies.base_strategy import MarketData
from strategies.holdings import Explanation, StrategyHolding
from strategies.implementations.grid import cooldown, entries
from strategies.implementations.grid.desk import Desk
from strategies.implementations.grid.range_orders import RangeDesk
from strategies.implementations.grid.range_rules import openable
from strategies.implementations.grid.range_state import RangeState
from strategies.implementations.grid.state import CycleState, GridState


def explain_entry(desk: Desk, quote: MarketData) -> list[Explanation]:
    """Return what each gate of a one-sided grid says to an entry at this quote."""
    return [
        Explanation(quote.ticker, rule, gate(desk, quote) is None, numbers(desk, quote))
        for gate, (rule, numbers) in zip(entries.GATES, _RULES, strict=True)
    ]


def explain_range(desk: RangeDesk, quote: MarketData) -> list[Explanation]:
    """Return why the cells of a fixed range do not open at this quote."""
    state = desk.state
    cells = openable(desk, quote)
    busy = sum(cell.entry is not None or cell.close is not None for cell in state.cells)
    spread = f"bid {quote.best_bid}, ask {quote.best_ask}"
    told = f"{len(cells)} of {len(state.cells)} cells may open, {busy} have orders; {spread}"
    rules = [
        ("started", state.started, _trigger(desk, quote)),
        ("stop", state.stop is None, "none" if state.stop is None else state.stop.reason),
        ("reconciled", not state.awaiting_reconciliation, _reconciled(state)),
        ("levels", bool(cells), told),
    ]
    return [Explanation(quote.ticker, *rule) for rule in rules]


def held_by_cycles(state: Mapping[str, object], symbol: str) -> list[StrategyHolding]:
    """Return what a one-sided grid holds, from its saved state."""
    known = msgspec.convert(state, GridState, str_keys=True, strict=False)
    closes = [close for close in known.active_close_orders.values() if close.price is not None]
    why: dict[str, object] = {
        "cycles_open": len(known.cycles),
        "cycles_completed": known.completed_count,
        "gross_profit": known.gross_profit,
        "closes_at": [f"{close.remaining} at {close.price}" for close in closes],
        "uncovered": sum((lot.size for lot in known.residual), Decimal(0)),
    }
    if known.entry is not None:
        why["entry_at"] = f"{known.entry.size} at {known.entry.price}"
    if known.adopted:
        why["adopted"] = list(known.adopted.values())
    if known.mismatch:
        why["not_explained_by_our_fills"] = known.mismatch
    if known.missing:
        why["closed_by_another_hand"] = known.missing
    if known.against:
        why["held_by_another_hand_on_the_other_side"] = known.against
    if known.hedge.against:
        why["held_by_another_hand_where_hedges_go"] = known.hedge.against
    if known.stop is not None:
        why["stop"] = known.stop.reason
    opened_ns = min((cycle.opened_ns for cycle in known.cycles.values()), default=0)
    return [StrategyHolding("grid", symbol, known.cycle_state.value, opened_ns, why=why)]


def held_by_range(state: Mapping[str, object], symbol: str) -> list[StrategyHolding]:
    """Return what a fixed range holds, from its saved state."""
    known = msgspec.convert(state, RangeState, str_keys=True, strict=False)
    held = [cell for cell in known.cells if cell.held]
    why: dict[str, object] = {
        "cells": len(known.cells),
        "cells_held": len(held),
        "round_trips": known.trips,
        "closes_at": [f"{cell.held} at {cell.close_price}" for cell in held],
    }
    if known.stop is not None:
        why["stop"] = known.stop.reason
    opened_ns = min((cell.trip.opened_ns for cell in held if cell.trip is not None), default=0)
    return [StrategyHolding("range", symbol, known.cycle_state.value, opened_ns, why=why)]


# The numbers of each gate -------------------------------------------------------------------------


def _state_numbers(desk: Desk, quote: MarketData) -> str:
    del quote
    state = desk.state
    if state.cycle_state is CycleState.WAITING_FOR_FILL and state.entry is not None:
        return f"an entry of {state.entry.size} rests at {state.entry.price}"
    if state.stop is not None:
        return f"{state.cycle_state.value}: {state.stop.reason}"
    if state.awaiting_reconciliation:
        return "what is true at the venue is not known yet"
    if state.missing:
        return f"another hand has closed {state.missing} of {state.held}; restore it, or --adopt"
    if state.against:
        return f"another hand holds {state.against} on the other side; entries would take of it"
    return f"{state.cycle_state.value}; {state.mismatch} is not explained by our own fills"


def _depth_numbers(desk: Desk, quote: MarketData) -> str:
    del quote
    return f"{len(desk.state.cycles)} cycles are open, limit {desk.settings.max_orders}"


def _least_numbers(desk: Desk, quote: MarketData) -> str:
    size = entries.least_grown(desk, quote)
    if size is None:
        return "the venue's least order is no larger than at the first start"
    return f"the venue takes no less than {size} now: to agree, set quantity to that, or its value"


def _time_numbers(desk: Desk, quote: MarketData) -> str:
    del quote
    settings, state = desk.settings, desk.state
    ready_ns = cooldown.ready_ns(state, settings.max_orders, settings.wait_ns)
    until_ns = max(state.paused_until_ns, ready_ns)
    if desk.now_ns > until_ns:
        return "no wait is left"
    why = "a refused entry" if until_ns == state.paused_until_ns else "the last entry"
    return f"{(until_ns - desk.now_ns) / NS:.1f} s are left of the wait after {why}"


def _step_numbers(desk: Desk, quote: MarketData) -> str:
    settings = desk.settings
    nearest = entries.nearest_close(desk)
    if settings.grid_step is None or nearest is None:
        return "no grid_step is set" if settings.grid_step is None else "no close is open"
    buying = settings.side is Side.BUY
    touch = quote.best_ask if buying else quote.best_bid
    close = touch * (ONE + settings.side.sign * settings.take_profit)
    gap = (nearest / close if buying else close / nearest) - ONE
    return (
        f"the next close at {close:.8g} would be {gap * 100:.4f} % from the nearest one at "
        f"{nearest}, grid_step {settings.grid_step * 100:.4g} %"
    )


def _pause_numbers(desk: Desk, quote: MarketData) -> str:
    pause = desk.settings.pause_price
    return f"mid {quote.mid_price}, " + ("no pause_price" if pause is None else f"limit {pause}")


def _margin_numbers(desk: Desk, quote: MarketData) -> str:
    settings = desk.settings
    price = entries.entry_price(settings, desk.market, quote.best_bid, quote.best_ask)
    size = entries.entry_size(settings, desk.market, price)
    bound = (size * price + entries.held_value(desk)) / settings.leverage
    limit = settings.max_margin_usd
    return f"{bound:.2f} USD with it, " + (f"limit {limit}" if limit is not None else "no limit")


def _trigger(desk: RangeDesk, quote: MarketData) -> str:
    trigger = desk.settings.trigger_price
    return f"mid {quote.mid_price}, " + ("no trigger" if trigger is None else f"trigger {trigger}")


def _reconciled(state: RangeState) -> str:
    known = "not known yet" if state.awaiting_reconciliation else "known"
    return f"what is true at the venue is {known}"


_RULES: Sequence[tuple[str, Callable[[Desk, MarketData], str]]] = (
    ("state", _state_numbers),
    ("max_orders", _depth_numbers),
    ("least_order", _least_numbers),
    ("wait_time", _time_numbers),
    ("grid_step", _step_numbers),
    ("pause_price", _pause_numbers),
    ("max_margin_usd", _margin_numbers),
)
"""The name of each gate, in the order of ``entries.GATES``, and what it compares."""
