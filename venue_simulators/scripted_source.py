"""A market that is moved by hand: tests say what it shows and prints, and when.

It begins with one sound book for each contract and never ends. Everything else is told while a
world runs on it, for the present instant or a later one, in the order in which it is to happen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias

from exchange_clients.base_models import NS, ContractId, Market, Side
from exchange_clients.events import (
    BookDelta,
    BookSnapshot,
    FloatLevel,
    PublicTrade,
    Signal,
    StreamSignal,
)
from exchange_clients.paper.sources.base import Liquidity, SourceEvent, SourceInfo
from exchange_clients.paper.timeline import NEVER_NS
from venue_simulators.world import World

START_NS = 1_767_225_600 * NS
"""2026-01-01 00:00 UTC, where a script begins that names no instant."""

Levels: TypeAlias = Sequence[tuple[Decimal, Decimal]]
"""Prices and sizes, best first."""


class ScriptedMarket:
    """One or more contracts with books of a few levels.

    Args:
        books: Each contract with the bids and asks that it begins with.
        start_ns: Wall time of the beginning.

    Example::

        market = ScriptedMarket({btc: ([(D(100), D(1))], [(D(101), D(1))])})
        world = World(market)
        market.set_quote(btc.contract_id, (D(99), D(1)), (D(100), D(1)))
    """

    def __init__(
        self, books: Mapping[Market, tuple[Levels, Levels]], start_ns: int = START_NS
    ) -> None:
        assert books, "a market has at least one contract"
        self.markets: Mapping[ContractId, Market] = {one.contract_id: one for one in books}
        self.info = SourceInfo("scripted", Liquidity.DEPTH, start_ns, None, None)
        self._books: dict[ContractId, dict[Side, dict[Decimal, Decimal]]] = {
            market.contract_id: {Side.BUY: dict(bids), Side.SELL: dict(asks)}
            for market, (bids, asks) in books.items()
        }
        self._numbers = dict.fromkeys(self._books, 1)
        self._opening = [self._snapshot(contract, start_ns) for contract in self._books]
        self._put: Callable[[SourceEvent], None] | None = None
        self._now: Callable[[], int] = lambda: start_ns

    def events(self) -> Iterator[SourceEvent]:
        """Yield the books at the beginning, then an instant that never comes."""
        yield from self._opening
        yield StreamSignal(Signal.CONNECTED, None, NEVER_NS)

    def join(self, world: World) -> None:
        """Tell everything from now on to ``world``; a world does this with its source."""
        self._put = world.put
        self._now = lambda: world.now_ns

    # What a script says ---------------------------------------------------------------------------

    def set_quote(
        self,
        contract_id: ContractId,
        bid: tuple[Decimal, Decimal],
        ask: tuple[Decimal, Decimal],
        at_ns: int | None = None,
    ) -> None:
        """Show one level a side, (price, size) each."""
        self.set_book(contract_id, [bid], [ask], at_ns)

    def set_book(
        self, contract_id: ContractId, bids: Levels, asks: Levels, at_ns: int | None = None
    ) -> None:
        """Show exactly these levels from ``at_ns`` on, None is now; both sides change at once."""
        at_ns = self._at(at_ns)
        first = self._numbers[contract_id] + 1
        self._numbers[contract_id] = first
        buys = self._change(contract_id, Side.BUY, dict(bids))
        sells = self._change(contract_id, Side.SELL, dict(asks))
        self._tell(BookDelta(contract_id, buys, sells, first, first, first - 1, at_ns, at_ns))

    def print_trade(
        self,
        contract_id: ContractId,
        price: Decimal,
        size: Decimal,
        aggressor: Side,
        at_ns: int | None = None,
    ) -> None:
        """Let strangers trade; orders of ours that the trade reaches are filled by it."""
        at_ns = self._at(at_ns)
        self._tell(PublicTrade(contract_id, float(price), float(size), aggressor, at_ns, at_ns))

    def break_off(self, contract_id: ContractId, at_ns: int | None = None) -> None:
        """Let the venue lose its book: nothing is known until ``restore``."""
        self._tell(StreamSignal(Signal.GAP, contract_id, self._at(at_ns)))

    def restore(self, contract_id: ContractId, at_ns: int | None = None) -> None:
        """Show the whole book anew."""
        self._tell(self._snapshot(contract_id, self._at(at_ns)))

    # Inside ---------------------------------------------------------------------------------------

    def _at(self, at_ns: int | None) -> int:
        return self._now() if at_ns is None else at_ns

    def _tell(self, event: SourceEvent) -> None:
        assert self._put is not None, "build a world on this market first"
        self._put(event)

    def _snapshot(self, contract_id: ContractId, at_ns: int) -> BookSnapshot:
        book, number = self._books[contract_id], self._numbers[contract_id]
        bids, asks = _floats(book[Side.BUY]), _floats(book[Side.SELL])
        return BookSnapshot(contract_id, bids, asks, number, at_ns, at_ns)

    def _change(
        self, contract_id: ContractId, side: Side, wanted: dict[Decimal, Decimal]
    ) -> list[FloatLevel]:
        shown = self._books[contract_id][side]
        gone = {price: Decimal(0) for price in shown if price not in wanted}
        self._books[contract_id][side] = wanted
        # Also what is as before is stated: what our own orders had taken is then there again.
        return _floats(gone | wanted)


def _floats(levels: Mapping[Decimal, Decimal]) -> list[FloatLevel]:
    return [(float(price), float(size)) for price, size in levels.items()]
