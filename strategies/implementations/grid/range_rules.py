"""What a quote means for a fixed range: which cells open, whether it stops, whether it moves.

Each rule has its counterpart in ``band``: inside the band no rule can come to another answer.
"""

from __future__ import annotations

from decimal import Decimal

from exchange_clients.base_models import ZERO, Side
from strategies.base_strategy import MarketData, WakeBand
from strategies.implementations.grid.firm_price import firm_prices
from strategies.implementations.grid.range_orders import RangeDesk, closable
from strategies.implementations.grid.range_settings import RangeSettings, next_level
from strategies.implementations.grid.range_state import Cell, RangeState
from strategies.implementations.grid.sizes import grown
from strategies.implementations.grid.state import CycleState, StopPlan


def side_of_cell(settings: RangeSettings, low: Decimal, high: Decimal, mid: Decimal) -> Side:
    """Return which way a cell opens; a neutral range buys below the market and sells above."""
    if settings.side == "neutral":
        return Side.BUY if low + high <= 2 * mid else Side.SELL
    return Side.BUY if settings.side == "long" else Side.SELL


def held_against(side: str, others: Decimal) -> Decimal:
    """Return how much of another hand's position, signed, cells of a range might take of."""
    if side == "neutral":
        return abs(others)
    return max(-others if side == "long" else others, ZERO)


def add_cell(desk: RangeDesk, low: Decimal, high: Decimal, side: Side, *, top: bool) -> None:
    """Add a cell at the top or at the bottom of the range."""
    state = desk.state
    state.cells_made += 1
    cell = Cell(state.cells_made, low, high, side)
    state.cells.insert(len(state.cells) if top else 0, cell)


def _wants_entry(desk: RangeDesk, cell: Cell) -> bool:
    """Whether it has no order and nothing to close; dust goes along with the next fill."""
    settings, begun = desk.settings, desk.begun or desk.market
    asked = cell.entry_price, settings.quantity, settings.order_notional_usd
    free = cell.entry is None and cell.close is None and not cell.leaving
    free = free and grown(begun, desk.market, *asked) is None
    return free and not closable(desk, cell) and desk.now_ns >= cell.due_ns


def openable(desk: RangeDesk, quote: MarketData) -> list[Cell]:
    """Return the cells that may open now: idle ones that would rest in the book."""
    state = desk.state
    if state.stop is not None or state.awaiting_reconciliation or state.missing:
        return []
    if state.against:
        return []
    return [
        cell
        for cell in state.cells
        if _wants_entry(desk, cell)
        and (cell.low < quote.best_ask if cell.side is Side.BUY else cell.high > quote.best_bid)
    ]


def check_limits(desk: RangeDesk, quote: MarketData) -> None:
    """Stop the whole range at its stop price, its profit or its loss."""
    settings, state, mid = desk.settings, desk.state, quote.mid_price
    least, most = firm_prices(quote)
    profits = [state.cash + state.position * price for price in (least, most)]
    secured = min(_secured(state, price) for price in (least, most))
    stop, reason = settings.stop_price, ""
    if stop is not None and (most < stop if settings.side == "long" else least > stop):
        reason = f"stop_price {stop} reached at mid {mid}"
    elif settings.take_profit_usd is not None and secured >= settings.take_profit_usd:
        reason = f"range_take_profit_usd {settings.take_profit_usd} reached at mid {mid}"
    elif settings.stop_loss_usd is not None and max(profits) <= -settings.stop_loss_usd:
        reason = f"range_stop_loss_usd {settings.stop_loss_usd} reached at mid {mid}"
    if reason:
        desk.message = reason
        state.stop = StopPlan(reason, flatten=True, cancel_closes=True, stays=True)


def _secured(state: RangeState, price: Decimal) -> Decimal:
    """Return the profit at a price, with orders that the price has passed as good as filled.

    What fills them is often told after the price: what was to be gained beyond a close is not.
    """
    profit = state.cash + state.position * price
    for order in state.orders.values():
        if order.price is not None:
            beyond = order.side.sign * (price - order.price)
            profit += min(beyond, ZERO) * (order.size - order.filled)
    return profit


def _edges(desk: RangeDesk) -> list[tuple[int, Decimal]]:
    """Return the levels the range could move to: (1, above the top), (-1, below the bottom)."""
    settings, cells = desk.settings, desk.state.cells
    prices = [cells[0].low, *(cell.high for cell in cells)]
    edges = []
    for sign, cap in ((1, settings.trail_up_to), (-1, settings.trail_down_to)):
        beyond = next_level(settings, desk.market, prices, sign)
        if cap is not None and beyond > 0 and beyond * sign <= cap * sign:
            edges.append((sign, beyond))
    return edges


def trail(desk: RangeDesk, quote: MarketData) -> None:
    """Move the range by one cell when the market is a whole cell beyond it.

    The cell at the far end is given up; one that holds a position does not move.
    """
    state = desk.state
    for cell in state.cells:
        cell.leaving = False
    for sign, beyond in _edges(desk):
        passed = quote.best_bid >= beyond if sign > 0 else quote.best_ask <= beyond
        far = state.cells[0] if sign > 0 else state.cells[-1]
        if not passed or far.held or far.close is not None:
            continue
        far.leaving = True
        if far.entry is not None:
            desk.cancel(far.entry)
            continue
        state.cells.remove(far)
        near = state.cells[-1] if sign > 0 else state.cells[0]
        low, high = (near.high, beyond) if sign > 0 else (beyond, near.low)
        side = side_of_cell(desk.settings, low, high, quote.mid_price)
        add_cell(desk, low, high, side, top=sign > 0)
        desk.message = f"range moved to {state.cells[0].low} - {state.cells[-1].high}"
        return


def band(desk: RangeDesk) -> WakeBand:
    """Return the quotes that change nothing: no level, limit or edge is reached inside."""
    if desk.state.cycle_state is CycleState.HALTED:
        return WakeBand()
    lows, highs = _limit_bounds(desk)
    for sign, beyond in _edges(desk):
        (highs if sign > 0 else lows).append(beyond)
    for cell in desk.state.cells:
        if _wants_entry(desk, cell):
            (highs if cell.side is Side.BUY else lows).append(cell.entry_price)
    return WakeBand(max(lows, default=None), min(highs, default=None))


def _limit_bounds(desk: RangeDesk) -> tuple[list[Decimal], list[Decimal]]:
    """Return the prices that bids must stay above, and asks below, for no limit to be reached."""
    settings, state, tick = desk.settings, desk.state, desk.market.tick
    lows: list[Decimal] = []
    highs: list[Decimal] = []
    if settings.stop_price is not None:
        (lows if settings.side == "long" else highs).append(settings.stop_price)
    if state.position:
        gain, loss = (highs, lows) if state.position > 0 else (lows, highs)
        for bounds, profit in ((gain, settings.take_profit_usd), (loss, settings.stop_loss_usd)):
            if profit is not None:
                wanted = profit if bounds is gain else -profit
                price = (wanted - state.cash) / state.position
                # A tick nearer covers the rounding of the division.
                bounds.append(price + tick if bounds is lows else price - tick)
    return lows, highs
