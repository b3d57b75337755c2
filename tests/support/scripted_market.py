"""A market of depth, trades and signals that a test writes down event by event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from exchange_clients.base_models import NS, ContractId, Market
from exchange_clients.events import BookDelta, BookSnapshot, FloatLevel, Signal, StreamSignal
from exchange_clients.paper.sources.base import Liquidity, SourceEvent, SourceInfo
from tests.support.grid_run import CONTRACT, START_NS, Quote, quote_events

Levels = Sequence[FloatLevel]


class ScriptedMarket:
    """One contract; its book is made of the snapshots and deltas of the script."""

    def __init__(
        self,
        market: Market,
        events: Sequence[SourceEvent],
        liquidity: Liquidity = Liquidity.DEPTH,
    ) -> None:
        self.markets: Mapping[ContractId, Market] = {market.contract_id: market}
        self._events = list(events)
        self.info = SourceInfo(
            name="scripted",
            liquidity=liquidity,
            start_ns=START_NS,
            end_ns=events[-1].local_ns,
            total_events=len(events),
        )

    def events(self) -> Iterator[SourceEvent]:
        """Yield the script, then ENDED."""
        yield from self._events
        yield StreamSignal(Signal.ENDED, None, self._events[-1].local_ns)


def at_ns(at_s: float) -> int:
    """Return an instant of the script."""
    return START_NS + round(at_s * NS)


def snapshot(at_s: float, number: int, bids: Levels, asks: Levels) -> BookSnapshot:
    """Return the whole book as of update ``number``."""
    return BookSnapshot(CONTRACT, list(bids), list(asks), number, None, at_ns(at_s))


def delta(at_s: float, number: int, bids: Levels = (), asks: Levels = ()) -> BookDelta:
    """Return one update of the book."""
    return BookDelta(CONTRACT, list(bids), list(asks), number, number, None, None, at_ns(at_s))


def interrupted(script: Iterable[Quote], market: Market, *signals: StreamSignal) -> ScriptedMarket:
    """Return a market of quotes on a connection to which things happen."""
    events: list[SourceEvent] = [*signals, *quote_events(script, market)]
    events.sort(key=lambda event: event.local_ns)
    return ScriptedMarket(market, events, Liquidity.QUOTES)


def signal(at_s: float, kind: Signal, detail: str = "") -> StreamSignal:
    """Return what happens to the connection."""
    return StreamSignal(kind, None, at_ns(at_s), detail)
