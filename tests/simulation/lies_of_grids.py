"""Lies about a grid's cells, its hedge, and the prices that end it."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from decimal import Decimal
from unittest.mock import patch

from exchange_clients.base_models import OrderInfo, OrderStatus, VenueOrderId
from strategies.implementations.grid.range_state import RangeState
from strategies.implementations.grid.state import GridState
from tests.simulation.lies import GRIDS, HEDGED, RANGES, Lie, order_of, told
from tests.simulation.whole.cells import Cells
from tests.simulation.whole.hedges import Hedge
from tests.simulation.whole.limits import STOP, Limits
from tests.support.wire_orders import ACCOUNT

D = Decimal
A_RANGE = {
    "strategy.grid_kind": "fixed_range",
    "strategy.side": "long",
    "strategy.levels": "31",
    "strategy.spacing": "arithmetic",
    "strategy.lower_price": "89700",
    "strategy.upper_price": "90300",
    "strategy.order_notional_usd": "150",
    "strategy.max_orders": "40",
    "strategy.exit_open_orders": "keep",
}
"""Levels about the first price, so close that some have filled after half a minute."""

# What ends a grid ---------------------------------------------------------------------------------


def limits_of(lie: Lie) -> Limits:
    """Return what may end the grid."""
    assert lie.run.truth.limits is not None, "a grid runs"
    return lie.run.truth.limits


@told("I23 limit", GRIDS)
def _(lie: Lie) -> None:
    limits = limits_of(lie)
    far = D(10) ** (9 if limits._rising else -9)
    with patch.object(limits, "_at", {STOP: far}), patch.object(limits, "now", {}):
        limits.look()
        lie.last("I23")
    limits.ever.clear()


@told("I17 limit", GRIDS)
def _(lie: Lie) -> None:
    lie.say(limits_of(lie).left(STOP))


@told("I25 touch", GRIDS)
def _(lie: Lie) -> None:
    order = order_of(lie.entry)
    market = lie.run.venues[lie.entry.venue].world.markets[order.contract_id]
    assert order.price is not None, "an entry rests"
    passive = order.price * (1 - order.side.sign * D("0.02")) // market.tick * market.tick
    lie.intend(lie.entry, price=passive)


# Cells --------------------------------------------------------------------------------------------


def cells_of(lie: Lie) -> Cells:
    """Return the cells of the range."""
    assert lie.run.truth.cells is not None, "a range runs"
    return lie.run.truth.cells


def open_order(lie: Lie, *, closing: bool) -> OrderInfo:
    """Return an order that rests."""
    return next(each for each in lie.held.open.values() if each.reduce_only is closing)


@told("I12 level", RANGES)
def _(lie: Lie) -> None:
    entry = open_order(lie, closing=False)
    world = lie.venue.world
    wanted = world.wanted(ACCOUNT, entry.order_id)
    assert wanted.price is not None, "it rests"
    off = replace(wanted, price=wanted.price + lie.held.market.tick)
    another = replace(entry, order_id=VenueOrderId("another"))
    with patch.object(world, "wanted", lambda *_: off):
        lie.say(cells_of(lie).on_open(another))


@told("I9 entries", RANGES)
def _(lie: Lie) -> None:
    entry = open_order(lie, closing=False)
    with (
        patch.dict(lie.held.open, {VenueOrderId("twice"): entry}),
        patch.object(Cells, "_most", lambda *_: D(1000)),
    ):
        lie.say(cells_of(lie).on_open(entry))


@told("I9 closes", RANGES)
def _(lie: Lie) -> None:
    close = open_order(lie, closing=True)
    with patch.dict(lie.held.open, {VenueOrderId("twice"): close}):
        lie.say(cells_of(lie).on_open(close))


@told("I9 cells", RANGES)
def _(lie: Lie) -> None:
    cells = cells_of(lie)
    with patch.object(cells, "_count", 1):
        lie.say(cells.on_open(open_order(lie, closing=False)))


@told("I10 cell", RANGES)
def _(lie: Lie) -> None:
    entry = open_order(lie, closing=False)
    cells = cells_of(lie)
    cell = cells._cell_of(entry.order_id, cells._wanted(entry))
    assert cell is not None, "it opens one"
    with patch.dict(cells.held, {cell: entry.size}):
        lie.say(cells.on_open(entry))


@told("I24 cell", RANGES)
def _(lie: Lie) -> None:
    closing = {number: each for number, each in lie.held.open.items() if each.reduce_only}
    entries = {number: each for number, each in lie.held.open.items() if not each.reduce_only}
    assert closing, "something is covered"
    with patch.object(lie.held, "open", entries):
        lie.last("I24")


@told("I24 too much", RANGES)
def _(lie: Lie) -> None:
    cells = cells_of(lie)
    with patch.dict(cells.held, {cell: held / 2 for cell, held in cells.held.items()}):
        lie.say(cells.bare())


@told("I39 free", RANGES)
def _(lie: Lie) -> None:
    closing = {number: each for number, each in lie.held.open.items() if each.reduce_only}
    with patch.object(lie.held, "open", closing):
        lie.last("is free")


@told("I15 range", RANGES)
def _(lie: Lie) -> None:
    state = lie.session.strategy.machine.state  # type: ignore[attr-defined]  # of the grid
    assert isinstance(state, RangeState), "a range runs"
    with patch.object(state, "position", state.position + 1):
        lie.differ()


@told("I15 range missing", RANGES)
def _(lie: Lie) -> None:
    state = lie.session.strategy.machine.state  # type: ignore[attr-defined]  # of the grid
    with patch.object(state, "missing", D(1)):
        lie.differ()


# Hedges -------------------------------------------------------------------------------------------


def hedge_of(lie: Lie) -> Hedge:
    """Return what hedges the grid."""
    assert lie.run.truth.hedge is not None, "a grid runs that is hedged"
    return lie.run.truth.hedge


@told("I9 hedge", HEDGED)
def _(lie: Lie) -> None:
    book = hedge_of(lie).second
    info = replace(book.venue.world.orders(ACCOUNT)[-1], status=OrderStatus.OPEN)
    with patch.object(book, "open", {VenueOrderId(each): info for each in ("1", "2")}):
        lie.run.truth._check_open(book)


@told("I16 hedge", HEDGED)
def _(lie: Lie) -> None:
    book = hedge_of(lie).second
    with patch.object(book, "net", book.net * 100):
        lie.last("I16")


@told("I16 hedge of what is gone", HEDGED)
def _(lie: Lie) -> None:
    hedge = hedge_of(lie)
    first, second = hedge._books
    with (
        patch.multiple(first, past=-first.net),
        patch.multiple(second, net=second.net * 100),
    ):
        lie.last("what another hand has closed")


@told("I23 hedge", HEDGED)
def _(lie: Lie) -> None:
    hedge = hedge_of(lie)
    with patch.object(hedge.second, "net", D(0)), patch.object(hedge, "_young", deque()):
        lie.last("I23")


@told("I17 hedge", HEDGED)
def _(lie: Lie) -> None:
    hedge = hedge_of(lie)
    fill = hedge.second.venue.world.fills(ACCOUNT)[-1]
    with patch.object(hedge.second, "net", -hedge.second.net):
        lie.say(hedge.on_fill(hedge.second, fill, lie.run.now_ns()))


@told("I15 hedge", HEDGED)
def _(lie: Lie) -> None:
    state = lie.session.strategy.machine.state  # type: ignore[attr-defined]  # of the grid
    assert isinstance(state, GridState), "a grid of cycles runs"
    with patch.object(state.hedge, "held", state.hedge.held + 1):
        lie.differ()
