"""When an entry may be placed, at which price and size, and when a pending one moves.

A gate that says no returns a ``Block`` that also tells when it could say yes: outside a price band,
or after an instant. So quotes that cannot change the answer need not be looked at. Each bound is
conservative: inside the band the gate is certain to say no, outside it is asked again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_models import (
    NS,
    ONE,
    ZERO,
    Market,
    Reason,
    Rounding,
    Side,
    round_to_increment,
)
from strategies.base_strategy import MarketData, WakeBand
from strategies.implementations.grid import cooldown
from strategies.implementations.grid.desk import Desk
from strategies.implementations.grid.parameters import CycleSettings
from strategies.implementations.grid.sizes import grown, order_size
from strategies.implementations.grid.state import CycleState, EntryOrder

POST_ONLY_TRIES = 3
"""Entries refused for crossing, one after the other, before a pause."""
REFUSAL_PAUSE_S = 5
REFUSAL_PAUSE_MAX_S = 300


@dataclass(frozen=True, slots=True)
class Block:
    """Why no entry is placed, and what could change that.

    ``band`` None: any quote may. ``until_ns``: the answer holds up to and including this instant;
    None: until an event.
    """

    reason: str
    band: WakeBand | None = WakeBand()  # noqa: RUF009 - frozen, so sharing it is safe
    until_ns: int | None = None


def entry_price(settings: CycleSettings, market: Market, bid: Decimal, ask: Decimal) -> Decimal:
    """Return the post-only price: some ticks inside the far touch, never beyond it.

    >>> # buy, 2 ticks of 0.1, book 1999.9 / 2000.0 -> 1999.8
    """
    offset = settings.post_only_ticks * market.tick
    if settings.side is Side.BUY:
        return market.round_price(ask - offset, Side.BUY)
    return market.round_price(bid + offset, Side.SELL)


def entry_size(settings: CycleSettings, market: Market, price: Decimal) -> Decimal:
    """Return the size in base units, on the step, at least the venue's minimum."""
    return order_size(market, price, settings.quantity, settings.order_notional_usd)


def entry_block(desk: Desk, quote: MarketData) -> Block | None:
    """Return the first gate that forbids an entry now, None when all agree."""
    for gate in GATES:
        block = gate(desk, quote)
        if block is not None:
            return block
    return None


def open_entry(desk: Desk, quote: MarketData) -> None:
    """Ask for the next entry; the gates have agreed."""
    state, settings = desk.state, desk.settings
    price = entry_price(settings, desk.market, quote.best_bid, quote.best_ask)
    state.entries += 1
    state.entry = EntryOrder(
        key=f"entry-{state.entries}",
        number=state.entries,
        price=price,
        size=entry_size(settings, desk.market, price),
        sent_ns=desk.now_ns,
    )
    state.cycle_state = CycleState.WAITING_FOR_FILL
    desk.place_entry(state.entry)


def reprice_entry(desk: Desk, quote: MarketData) -> None:
    """Cancel a pending entry that has waited long and that the market has left."""
    entry, left = desk.state.entry, reprice_bound(desk)
    if entry is None or left is None:
        return
    buying = desk.settings.side is Side.BUY
    if quote.best_ask > left if buying else quote.best_bid < left:
        desk.cancel(entry)


def reprice_bound(desk: Desk) -> Decimal | None:
    """Return the far touch beyond which the pending entry counts as left.

    None while no entry may be moved: there is none, it has not waited long, or its fate is open.
    """
    entry, settings = desk.state.entry, desk.settings
    if entry is None or entry.unknown or entry.cancel_due_ns is not None:
        return None
    if desk.now_ns <= entry.sent_ns + settings.entry_timeout_ns:
        return None
    ticks = settings.entry_reprice_ticks + settings.post_only_ticks
    return entry.price + settings.side.sign * ticks * desk.market.tick


def note_refusal(desk: Desk, reason: Reason | None) -> None:
    """Pause after an entry that ended unfilled without our asking.

    An entry that would have crossed is repriced at once a few times, because the book has moved;
    any other refusal would come again, so the pause doubles.
    """
    state = desk.state
    state.refusals += 1
    crossing = reason is Reason.POST_ONLY_WOULD_CROSS
    if crossing and state.refusals % POST_ONLY_TRIES:
        return
    doublings = 0 if crossing else min(state.refusals - 1, 10)
    pause_s = min(REFUSAL_PAUSE_S * 2**doublings, REFUSAL_PAUSE_MAX_S)
    state.paused_until_ns = desk.now_ns + pause_s * NS
    desk.message = f"entry refused ({reason or 'no reason given'}): next try in {pause_s} s"


def meets_grid_step(settings: CycleSettings, desk: Desk, quote: MarketData) -> bool:
    """Tell whether the next close would be far enough from the nearest open one."""
    bound = nearest_close(desk)
    if settings.grid_step is None or bound is None:
        return True
    if settings.side is Side.BUY:
        next_close = quote.best_ask * (ONE + settings.take_profit)
        return bound > next_close * (ONE + settings.grid_step)
    next_close = quote.best_bid * (ONE - settings.take_profit)
    return next_close > bound * (ONE + settings.grid_step)


# The gates, each asked in this order -------------------------------------------------------------


def _state_gate(desk: Desk, quote: MarketData) -> Block | None:
    del quote
    state = desk.state
    if state.cycle_state is not CycleState.READY:
        return Block(state.cycle_state.value)
    if state.awaiting_reconciliation:
        return Block("waiting for what is true at the venue")
    if state.mismatch:
        return Block(f"position differs from our own fills by {state.mismatch}")
    if state.missing:
        return Block(f"another hand has closed {state.missing} of what is held")
    if state.against:
        return Block(f"another hand holds {state.against} on the other side")
    return None


def _depth_gate(desk: Desk, quote: MarketData) -> Block | None:
    del quote
    full = len(desk.state.cycles) >= desk.settings.max_orders
    return Block("max_orders cycles are open") if full else None


def least_grown(desk: Desk, quote: MarketData) -> Decimal | None:
    """Return the size of an entry where the venue's least order has grown beyond it."""
    settings, begun = desk.settings, desk.begun
    if begun is None or begun is desk.market:
        return None
    price = entry_price(settings, desk.market, quote.best_bid, quote.best_ask)
    return grown(begun, desk.market, price, settings.quantity, settings.order_notional_usd)


def _least_gate(desk: Desk, quote: MarketData) -> Block | None:
    size = least_grown(desk, quote)
    return None if size is None else Block(f"the venue takes no less than {size}", band=None)


def _time_gate(desk: Desk, quote: MarketData) -> Block | None:
    del quote
    settings, state = desk.settings, desk.state
    until_ns = max(
        state.paused_until_ns, cooldown.ready_ns(state, settings.max_orders, settings.wait_ns)
    )
    # Strictly after, so that a quote and the timer of the same instant agree in any order.
    blocked = until_ns > 0 and desk.now_ns <= until_ns
    return Block("cooling down", until_ns=until_ns) if blocked else None


def _grid_step_gate(desk: Desk, quote: MarketData) -> Block | None:
    settings = desk.settings
    if meets_grid_step(settings, desk, quote):
        return None
    bound, tick = nearest_close(desk), desk.market.tick
    assert bound is not None, "without a close the grid step allows"
    assert settings.grid_step is not None, "without a grid step there is nothing to meet"
    # A whole tick beyond the exact bound covers the rounding of the division.
    if settings.side is Side.BUY:
        exact = bound / (ONE + settings.take_profit) / (ONE + settings.grid_step)
        low = round_to_increment(exact, tick, Rounding.UP) + tick
        return Block("grid_step", WakeBand(low=low))
    exact = bound * (ONE + settings.grid_step) / (ONE - settings.take_profit)
    high = round_to_increment(exact, tick, Rounding.DOWN) - tick
    return Block("grid_step", WakeBand(high=high))


def _pause_gate(desk: Desk, quote: MarketData) -> Block | None:
    pause = desk.settings.pause_price
    if pause is None:
        return None
    if desk.settings.side is Side.BUY:
        # bid > pause means mid > pause.
        return Block("pause_price", WakeBand(low=pause)) if quote.mid_price > pause else None
    return Block("pause_price", WakeBand(high=pause)) if quote.mid_price < pause else None


def _margin_gate(desk: Desk, quote: MarketData) -> Block | None:
    settings = desk.settings
    if settings.max_margin_usd is None:
        return None
    price = entry_price(settings, desk.market, quote.best_bid, quote.best_ask)
    value = entry_size(settings, desk.market, price) * price + held_value(desk)
    if value / settings.leverage <= settings.max_margin_usd:
        return None
    return Block("max_margin_usd", band=None)


GATES: tuple[Callable[[Desk, MarketData], Block | None], ...] = (
    _state_gate,
    _depth_gate,
    _least_gate,
    _time_gate,
    _grid_step_gate,
    _pause_gate,
    _margin_gate,
)


def held_value(desk: Desk) -> Decimal:
    """Return what the held lots cost, in USD."""
    return sum((lot.price * lot.size for lot in desk.state.lots()), start=ZERO)


def nearest_close(desk: Desk) -> Decimal | None:
    """Return the open close nearest to the market: the lowest sell, the highest buy."""
    prices = [
        close.price for close in desk.state.active_close_orders.values() if close.price is not None
    ]
    if not prices:
        return None
    return min(prices) if desk.settings.side is Side.BUY else max(prices)
