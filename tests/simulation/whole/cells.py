"""What must hold of a fixed range, cell by cell: by its venue's orders and fills, and its settings.

A cell is known by the way in which it opens and by its price; each limit order is of one cell, as
every cell opens and closes at prices of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from exchange_clients.base_models import (
    ZERO,
    Fill,
    Market,
    OrderInfo,
    OrderType,
    Side,
    TimeInForce,
    VenueOrderId,
)
from tests.simulation.whole.conditions import Condition
from tests.simulation.whole.rules import CLOSES_BY_VALUE
from tests.support.wire_orders import ACCOUNT
from venue_simulators.world import Wanted

if TYPE_CHECKING:
    from tests.simulation.whole.truth import MarketBook

D = Decimal
Cell: TypeAlias = tuple[Side, Decimal]
"""Which way it opens, and where."""
COVERED_S = 3.0
"""A close follows its fill within two seconds, and is looked at each second."""
OPEN_S = 60.0 + 10.0
"""The longest pause after a refusal, and a cancellation that is asked for again."""


class Cells:
    """The cells of one range.

    Args:
        settings: Of the run.
        book: What orders of ours have done in its market.
    """

    def __init__(self, settings: Mapping[str, str], book: MarketBook) -> None:
        self._settings = {name.partition(".")[2]: told for name, told in settings.items()}
        self._book = book
        self.levels = levels_of(self._settings, book.market)
        """All that the range may ever have, ascending."""
        self._number = {price: number for number, price in enumerate(self.levels)}
        self._nets = self._settings["side"] == "neutral"
        """Whether what cells of both ways hold is netted, so that no cell's part is known."""
        self._count = int(self._settings["levels"]) - 1
        self._bottom = self._number[_edge(self._settings, "lower_price", book.market)]
        self.held: dict[Cell, Decimal] = {}
        """How much of each is open, without a sign."""
        self._cells: dict[VenueOrderId, Cell | None] = {}
        """Of which cell each order is."""
        self._beyond: dict[Cell, Decimal] = {}
        """What entries of each were filled beyond their sizes since it held nothing."""
        self._taken = ZERO
        """What closes were filled beyond their sizes: of other cells, whichever they are."""
        self.marks: Counter[str] = Counter()

    @property
    def _least(self) -> Decimal:
        """The least size of a close, by the rules that the venue has, or had until lately."""
        least = max(max(each.min_size, each.step) for each in self._rules())
        if self._book.venue.name not in CLOSES_BY_VALUE:
            return least
        dearest = max(each.min_notional for each in self._rules())
        return max(least, dearest / self.levels[0])

    def _rules(self) -> list[Market]:
        return self._book.venue.rules.known(self._book.market.contract_id)

    # Events ---------------------------------------------------------------------------------------

    def on_open(self, info: OrderInfo) -> Iterator[str]:
        """Take an order that may trade; yield what is wrong with it."""
        wanted = self._wanted(info)
        if not _rests(wanted):
            return
        cell = self._cell_of(info.order_id, wanted)
        if cell is None:
            yield f"I12: an order at {wanted.price}, which is no level of the range"
            return
        if wanted.reduce_only:
            if len(self._closes(cell)) > 1:
                yield f"I9: several closes of the cell at {cell[1]} are open"
            return
        self._note_moves(cell)
        self._settle_taken()
        entries = [each for each in self._of(cell) if not each.reduce_only]
        if len(entries) > 1:
            yield f"I9: {len(entries)} entries of the cell at {cell[1]} are open"
        comes_to = self.held.get(cell, ZERO) + sum(each.remaining_size for each in entries)
        if comes_to > self._most(cell):
            yield f"I10: the cell at {cell[1]} would hold {comes_to}, {self._most(cell)} may"
        if len(self._in_use()) > self._count:
            yield f"I9: {len(self._in_use())} cells are in use, the range has {self._count}"

    def on_fill(self, fill: Fill, wanted: Wanted) -> None:
        """Take a fill of an order of ours."""
        cell = self._cell_of(fill.order_id, wanted)
        if self._nets:
            self.marks["range: a cell has turned round"] += wanted.reduce_only
        elif cell is None:
            self._close_any(fill)
        elif not wanted.reduce_only:
            self.held[cell] = self.held.get(cell, ZERO) + fill.size
            extra = self._book.venue.overfills.of_fill(fill)
            self._beyond[cell] = self._beyond.get(cell, ZERO) + extra
        else:
            self._close(cell, fill)

    def _close(self, cell: Cell, fill: Fill) -> None:
        """Take a fill of a cell's close; what is beyond its size is taken of other cells."""
        held = self.held.get(cell, ZERO)
        part = min(held, fill.size) if self._book.venue.overfills.of_fill(fill) else fill.size
        self.held[cell] = held - part
        self._taken += fill.size - part
        if self.held[cell] < self._least:
            self._beyond.pop(cell, None)
            self.marks["range: a cell has turned round"] += 1

    def on_voided(self, fill: Fill, wanted: Wanted) -> None:
        """Take what takes a fill back: its cell is as it was before."""
        cell = self._cell_of(fill.order_id, wanted)
        if cell is None or self._nets:
            return  # what was closed at market is not known by cells
        change = fill.size if wanted.reduce_only else -fill.size
        self.held[cell] = self.held.get(cell, ZERO) + change

    def _close_any(self, fill: Fill) -> None:
        """Take what was closed at market from the cells, whichever they are."""
        left = fill.size
        for cell in [each for each in self.held if each[0] is fill.side.opposite]:
            part = min(left, self.held[cell])
            self.held[cell] -= part
            left -= part

    # What must not last ---------------------------------------------------------------------------

    def bare(self) -> Iterator[str]:
        """Yield which cells hold what no close covers; some is too small for one."""
        if self._nets:
            yield from self._bare_in_sum()
            return
        self._settle_taken()
        for cell, held in self.held.items():
            closes = sum((each.remaining_size for each in self._closes(cell)), ZERO)
            if held - closes >= self._least:
                yield f"I24: the cell at {cell[1]} holds more than its closes cover"
            elif held < closes:
                yield f"I24: closes of the cell at {cell[1]} cover more than it holds"

    def _settle_taken(self) -> None:
        """Charge what closes took of other cells to those whose closes cover that much less."""
        for cell, held in self.held.items() if self._taken else ():
            closes = sum((each.remaining_size for each in self._closes(cell)), ZERO)
            part = min(held - closes, self._taken)
            if part > 0 and (closes or held < part + self._least):
                self.held[cell] -= part
                self._taken -= part

    def _bare_in_sum(self) -> Iterator[str]:
        """Yield that closes cover another size than is held."""
        mine = [each.remaining_size for each in self._book.open.values() if each.reduce_only]
        held, closes = abs(self._book.held), sum(mine, ZERO)
        if held - closes >= self._least:
            yield "I24: a range that opens both ways holds more than its closes cover"
        elif closes - held >= self._least:
            yield "I24: closes of a range that opens both ways cover more than it holds"

    def conditions(self, *, paused: bool) -> Iterator[Condition]:
        """Yield what must not last, while nobody else has traded there.

        Args:
            paused: Whether a person wants no entries.
        """
        for text in self.bare():
            yield Condition(text, COVERED_S)
        for price in () if paused else self._free():
            yield Condition(f"I39: the cell at {price} is free and has no order", OPEN_S)

    def _free(self) -> Iterator[Decimal]:
        """Yield where a cell would rest in the book and does not, as far as that is certain.

        Not of a range that moves, or waits for its price; nor of one that begins on two sides, of
        which the price of that instant decides.
        """
        settings = self._settings
        if settings["side"] == "neutral" or {*settings} & {"trail_up_to", "trail_down_to"}:
            return
        if "trigger_price" in settings:
            return
        world, market = self._book.venue.world, self._book.market
        if self._book.venue.rules.in_transition(market.contract_id):
            return  # a least order that has grown is not agreed to, and levels move to the tick
        bid, ask, _ = world.best(market.contract_id)
        if bid is None or ask is None:
            return
        side = Side.BUY if settings["side"] == "long" else Side.SELL
        prices = self.levels[:-1] if side is Side.BUY else self.levels[1:]
        for price in prices:
            rests = price < ask[0] if side is Side.BUY else price > bid[0]
            cell = (side, price)
            if rests and not self._of(cell) and self.held.get(cell, ZERO) < self._least:
                yield price

    # Orders and cells -----------------------------------------------------------------------------

    def _wanted(self, info: OrderInfo) -> Wanted:
        return self._book.venue.world.wanted(ACCOUNT, info.order_id)

    def _cell_of(self, order_id: VenueOrderId, wanted: Wanted) -> Cell | None:
        """Return of which cell an order is; None of one at market, or at no level.

        It stays what it was by the rules of the time at which it was first seen.
        """
        if order_id not in self._cells:
            self._cells[order_id] = self._cell_now(wanted)
        return self._cells[order_id]

    def _cell_now(self, wanted: Wanted) -> Cell | None:
        if not _rests(wanted) or wanted.price is None:
            return None
        number = self._number_of(wanted.side, wanted.price)
        if number is None:
            return None
        if not wanted.reduce_only:
            return wanted.side, self.levels[number]
        other = number - wanted.side.opposite.sign
        if not 0 <= other < len(self.levels):
            return None
        return wanted.side.opposite, self.levels[other]

    def _number_of(self, side: Side, price: Decimal) -> int | None:
        """Return which level an order is at: there, or where a coarser tick lets it be."""
        if price in self._number:
            return self._number[price]
        for rules in self._rules():
            for number, level in enumerate(self.levels):
                if rules.round_price(level, side) == price:
                    return number
        return None

    def _of(self, cell: Cell) -> list[OrderInfo]:
        """Return what is open of a cell."""
        mine = self._book.open.values()
        return [each for each in mine if self._cell_of(each.order_id, self._wanted(each)) == cell]

    def _closes(self, cell: Cell) -> list[OrderInfo]:
        return [each for each in self._of(cell) if each.reduce_only]

    def _in_use(self) -> set[Cell | None]:
        used: set[Cell | None] = {
            self._cell_of(each.order_id, self._wanted(each)) for each in self._book.open.values()
        }
        used |= {cell for cell, held in self.held.items() if held >= self._least}
        return used - {None}

    def _most(self, cell: Cell) -> Decimal:
        """Return what a cell may hold: its order, and what an earlier one left as too small."""
        smallest = max(rules.smallest_size(cell[1]) for rules in self._rules())
        whole = max(D(self._settings["order_notional_usd"]) / cell[1], smallest)
        return whole + self._least + self._beyond.get(cell, ZERO)

    def _note_moves(self, cell: Cell) -> None:
        """Mark that a cell opens where none was at the beginning."""
        low = self._number[cell[1]] - (cell[0] is Side.SELL)
        if low >= self._bottom + self._count:
            self.marks["range: moved up"] += 1
        elif low < self._bottom:
            self.marks["range: moved down"] += 1


def _rests(wanted: Wanted) -> bool:
    """Tell whether an order waits in the book; one at market may be told as one at a bound."""
    return wanted.order_type is OrderType.LIMIT and wanted.time_in_force is not TimeInForce.IOC


def levels_of(settings: Mapping[str, str], market: Market) -> list[Decimal]:
    """Return every level that a range may ever have, ascending.

    Args:
        settings: Of the strategy, by their plain names.
        market: Where it trades.
    """
    lower, upper = D(settings["lower_price"]), D(settings["upper_price"])
    gaps, geometric = int(settings["levels"]) - 1, settings["spacing"] == "geometric"
    levels = []
    for number in range(gaps + 1):
        share = D(number) / gaps
        price = lower * (upper / lower) ** share if geometric else lower + (upper - lower) * share
        levels.append(market.nearest_tick(price))
    for name, way in (("trail_up_to", 1), ("trail_down_to", -1)):
        if name in settings:
            levels = _extended(levels, D(settings[name]), way, market, geometric=geometric)
    return levels


def _extended(
    levels: list[Decimal], until: Decimal, way: int, market: Market, *, geometric: bool
) -> list[Decimal]:
    ascending = levels[::way]
    while True:
        last, inner = ascending[-1], ascending[-2]
        beyond = market.nearest_tick(last * last / inner if geometric else 2 * last - inner)
        if beyond * way > until * way:
            return ascending[::way]
        ascending.append(beyond)


def _edge(settings: Mapping[str, str], name: str, market: Market) -> Decimal:
    return market.nearest_tick(D(settings[name]))
