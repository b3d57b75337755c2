"""Books as they are streamed: whole at first, then what has changed, each frame naming the last.

All who follow a book share one chain of numbers. Before somebody joins, what has changed is told
to the others, so that his snapshot and their books are the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeAlias

from exchange_clients.base_models import Side
from venue_simulators.okx.ground import Ground
from venue_simulators.okx.listing import Instrument
from venue_simulators.okx.market_words import CHECKED_LEVELS, checksum, levels
from venue_simulators.okx.public_api import BOOK_MAX
from venue_simulators.okx.sessions import Follower
from venue_simulators.okx.topics import BEST, BOOKS, BOOKS5
from venue_simulators.okx.wording import Row, ms
from venue_simulators.world import BookChange

_SIDES = (Side.BUY, Side.SELL)
_NAMES = {Side.BUY: "bids", Side.SELL: "asks"}
Sizes: TypeAlias = dict[Decimal, Decimal]


@dataclass(slots=True, eq=False)
class _Told:
    """What the followers of ``books`` hold."""

    seq: int = 0
    at_ns: int = 0
    sizes: dict[Side, Sizes] = field(default_factory=lambda: {side: {} for side in _SIDES})
    touched: dict[Side, Sizes] = field(default_factory=lambda: {side: {} for side in _SIDES})


class BookFeed:
    """The three book channels of one instrument.

    Args:
        ground: What it stands on.
        instrument: The instrument.
    """

    def __init__(self, ground: Ground, instrument: Instrument) -> None:
        self._world = ground.world
        self._instrument = instrument
        self._sessions = ground.sessions
        self._agenda = ground.agenda
        self._sequences = ground.sequences
        self._terms = ground.terms
        self._told: _Told | None = None
        self._planned = False
        self._best: Row = {}
        self._five: Row = {}
        ground.world.listen_book(instrument.inst_id, self._on_change)

    # Joining --------------------------------------------------------------------------------------

    def join_books(self, follower: Follower) -> None:
        """Send the whole book to a new follower."""
        told = self._told
        if told is None:
            told = self._told = self._begin()
        else:
            self._tell_changes(but=follower)
        if not self._terms.book_snapshots:
            return
        self._sessions.push(
            follower,
            [self._frame(told, {side: self._ordered(told, side) for side in _SIDES}, -1)],
            action="snapshot",
        )

    def join_five(self, follower: Follower) -> None:
        """Send the best five levels to a new follower."""
        self._five = self._five_row()
        self._sessions.push(follower, [self._five])

    def join_best(self, follower: Follower) -> None:
        """Send the best level to a new follower."""
        self._best = self._levels_row(1)
        self._sessions.push(follower, [self._best])

    def _begin(self) -> _Told:
        view, number = self._world.depth(self._instrument.inst_id, BOOK_MAX)
        told = _Told(self._sequences.told(self._instrument.inst_id, number), self._world.now_ns)
        told.sizes = {Side.BUY: dict(view.bids), Side.SELL: dict(view.asks)}
        self._plan_heartbeat(told)
        return told

    # Following ------------------------------------------------------------------------------------

    def _on_change(self, change: BookChange) -> None:
        told = self._told
        if told is not None:
            told.touched[Side.BUY].update(change.bids)
            told.touched[Side.SELL].update(change.asks)
        if any(self._followers(BEST)):
            self._tell_best()
        if not self._planned and (told is not None or any(self._followers(BOOKS5))):
            self._planned = True
            span_ns = self._terms.book_interval_ns
            self._agenda.plan((change.at_ns // span_ns + 1) * span_ns, self._tell)

    def _followers(self, kind: str) -> list[Follower]:
        return list(self._sessions.of(kind, self._instrument.inst_id))

    def _tell(self) -> None:
        self._planned = False
        if self._told is not None:
            self._tell_changes()
        followers = self._followers(BOOKS5)
        row = self._five_row() if followers else self._five
        if _sides(row) != _sides(self._five):
            self._five = row
            for follower in followers:
                self._sessions.push(follower, [row])

    def _tell_best(self) -> None:
        row = self._levels_row(1)
        if _sides(row) != _sides(self._best):
            self._best = row
            for follower in self._followers(BEST):
                self._sessions.push(follower, [row])

    def _tell_changes(self, but: Follower | None = None) -> None:
        told = self._told
        assert told is not None, "somebody follows"
        followers = [one for one in self._followers(BOOKS) if one != but]
        if not followers and but is None:
            self._told = None
            return
        changes = {side: self._changes(told, side) for side in _SIDES}
        if not any(changes.values()):
            return
        before = told.seq
        _, _, number = self._world.best(self._instrument.inst_id)
        told.seq, told.at_ns = self._sequences.told(self._instrument.inst_id, number), self._now_ns
        row = self._frame(told, changes, before)
        for follower in followers:
            self._sessions.push(follower, [row], action="update")
        self._plan_heartbeat(told)

    def _changes(self, told: _Told, side: Side) -> list[tuple[Decimal, Decimal]]:
        """Bring what was told up to date and return it; what has changed back is no change."""
        held, touched = told.sizes[side], told.touched[side]
        told.touched[side] = {}
        if len(held) + len(touched) > BOOK_MAX:
            touched = self._differences(held, side)
        changes = []
        for price, size in touched.items():
            if held.get(price, Decimal(0)) == size:
                continue
            if size:
                held[price] = size
            else:
                del held[price]
            changes.append((price, size))
        changes.sort(reverse=side is Side.BUY)
        return changes

    def _differences(self, held: Sizes, side: Side) -> Sizes:
        """Return what differs between a deep book and its best levels now."""
        view, _ = self._world.depth(self._instrument.inst_id, BOOK_MAX)
        now = dict(view.bids if side is Side.BUY else view.asks)
        return {price: Decimal(0) for price in held if price not in now} | now

    def _plan_heartbeat(self, told: _Told) -> None:
        at_ns = told.at_ns
        self._agenda.plan(at_ns + self._terms.heartbeat_ns, lambda: self._beat(told, at_ns))

    def _beat(self, told: _Told, since_ns: int) -> None:
        if told is not self._told or told.at_ns != since_ns:
            return
        told.at_ns = self._now_ns
        row = self._frame(told, {side: [] for side in _SIDES}, told.seq)
        for follower in self._followers(BOOKS):
            self._sessions.push(follower, [row], action="update")
        self._plan_heartbeat(told)

    # Wording --------------------------------------------------------------------------------------

    @property
    def _now_ns(self) -> int:
        return self._world.now_ns

    def _frame(
        self, told: _Told, sides: dict[Side, list[tuple[Decimal, Decimal]]], before: int
    ) -> Row:
        sides_row: Row = {
            _NAMES[side]: levels(self._instrument, sides[side]) for side in (Side.SELL, Side.BUY)
        }
        return {
            **sides_row,
            "ts": ms(self._now_ns),
            "checksum": self._checksum(told),
            "prevSeqId": before,
            "seqId": told.seq,
        }

    def _checksum(self, told: _Told) -> int:
        if not self._terms.checksums:
            return 0
        best = (self._ordered(told, side)[:CHECKED_LEVELS] for side in _SIDES)
        return checksum(*(levels(self._instrument, rows) for rows in best))

    def _ordered(self, told: _Told, side: Side) -> list[tuple[Decimal, Decimal]]:
        return sorted(told.sizes[side].items(), reverse=side is Side.BUY)

    def _five_row(self) -> Row:
        return {**self._levels_row(5), "instId": self._instrument.inst_id}

    def _levels_row(self, count: int) -> Row:
        view, number = self._world.depth(self._instrument.inst_id, count)
        return {
            "asks": levels(self._instrument, view.asks),
            "bids": levels(self._instrument, view.bids),
            "ts": ms(self._now_ns),
            "seqId": self._sequences.told(self._instrument.inst_id, number),
        }


def _sides(row: Row) -> tuple[object, object]:
    return row.get("bids"), row.get("asks")
