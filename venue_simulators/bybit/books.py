"""The order books as they are published: one for each depth, each with numbers of its own.

A book of depth 50, 200 or 1000 holds exactly so many levels a side (or all there are), and its
changes are numbered without a gap. The number of REST's book is that of the 1000 levels. ``seq`` is
of the whole market: it orders books of all depths and trades, and has gaps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeAlias

from exchange_clients.base_models import ContractId, Market
from venue_simulators.bybit.market_words import levels
from venue_simulators.bybit.wording import MS_NS, Row, ms
from venue_simulators.world import World

REST_DEPTH = 1000
INTERVALS_NS = {1: 10 * MS_NS, 50: 20 * MS_NS, 200: 100 * MS_NS, 1000: 200 * MS_NS}
"""How often each depth is pushed at most."""

Rows: TypeAlias = Sequence[tuple[Decimal, Decimal]]


class CrossSequence:
    """The cross sequence: it ascends with whatever happens at the venue."""

    def __init__(self, start_ns: int) -> None:
        self.last = start_ns // MS_NS

    def next(self) -> int:
        """Return the next number."""
        self.last += 1
        return self.last


@dataclass(slots=True)
class Told:
    """A book of one depth as its listeners hold it."""

    bids: Rows = ()
    asks: Rows = ()
    number: int = 0
    seq: int = 0
    at_ns: int = 0


@dataclass(slots=True)
class Change:
    """What takes listeners from one state to the next."""

    bids: Rows = field(default_factory=list)
    asks: Rows = field(default_factory=list)


class Books:
    """Every depth of every market, brought up to date when somebody looks."""

    def __init__(self, world: World, sequence: CrossSequence) -> None:
        self._world = world
        self._sequence = sequence
        self._told: dict[tuple[ContractId, int], Told] = {}
        self._changed_ns: dict[ContractId, int] = {}
        self._seqs: dict[ContractId, int] = {}

    def on_change(self, contract_id: ContractId, at_ns: int) -> None:
        """Note that the market's book is another."""
        self._changed_ns[contract_id] = at_ns
        self._seqs[contract_id] = self._sequence.next()

    def told(self, contract_id: ContractId, depth: int) -> Told:
        """Return what listeners of a depth hold now."""
        return self._told.setdefault((contract_id, depth), Told())

    def refresh(self, contract_id: ContractId, depth: int) -> Change | None:
        """Bring a depth up to date and return the change, None where there is none."""
        told = self.told(contract_id, depth)
        view, _ = self._world.depth(contract_id, depth)
        bids, asks = ([(one.price, one.size) for one in side] for side in (view.bids, view.asks))
        change = Change(_difference(told.bids, bids), _difference(told.asks, asks))
        if told.number and not change.bids and not change.asks:
            return None
        told.bids, told.asks = bids, asks
        # 1 would say that the service was started anew.
        told.number = told.number + 1 if told.number else 2 + self._sequence.last % 1_000_000
        told.seq = self._seqs.get(contract_id) or self._sequence.next()
        told.at_ns = self._changed_ns.get(contract_id, self._world.now_ns)
        return change

    def rest_row(self, market: Market, limit: int, *, heard: bool) -> Row:
        """Return the book as REST answers it.

        Args:
            market: Whose.
            limit: Levels a side.
            heard: Whether the 1000 levels are being streamed; REST is then as old as the stream.
        """
        contract_id = market.contract_id
        if not heard:
            self.refresh(contract_id, REST_DEPTH)
        told = self.told(contract_id, REST_DEPTH)
        return {
            "s": contract_id,
            "b": levels(market, told.bids[:limit]),
            "a": levels(market, told.asks[:limit]),
            "ts": ms(self._world.now_ns),
            "u": told.number,
            "seq": told.seq,
            "cts": ms(told.at_ns),
        }


def book_frame(market: Market, depth: int, told: Told, change: Change | None, now_ns: int) -> Row:
    """Return a frame: the change, or without one the whole book."""
    rows = told if change is None else change
    return {
        "topic": f"orderbook.{depth}.{market.contract_id}",
        "type": "snapshot" if change is None else "delta",
        "ts": ms(now_ns),
        "data": {
            "s": market.contract_id,
            "b": levels(market, rows.bids),
            "a": levels(market, rows.asks),
            "u": told.number,
            "seq": told.seq,
        },
        "cts": ms(told.at_ns),
    }


def _difference(before: Rows, now: Rows) -> list[tuple[Decimal, Decimal]]:
    """Return what to set; a size of zero deletes."""
    old, new = dict(before), dict(now)
    gone = [(price, Decimal(0)) for price in old if price not in new]
    return gone + [(price, size) for price, size in now if old.get(price) != size]
