"""A source of events that are already in memory, for backtests and benchmarks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from exchange_clients.base_models import ContractId, Market
from exchange_clients.events import BestBidOffer, PublicTrade, Signal, StreamSignal
from exchange_clients.paper.sources.base import Liquidity, SourceEvent, SourceInfo


class QuoteSource:
    """Quotes, and trades if there are any, of one or more contracts, in the order of their times.

    Reading costs one step of a list iterator an event.
    """

    def __init__(
        self,
        markets: Sequence[Market],
        events: Sequence[BestBidOffer | PublicTrade],
        *,
        name: str = "quotes",
    ) -> None:
        assert events, "a quote source needs at least one event"
        self.markets: Mapping[ContractId, Market] = {
            market.contract_id: market for market in markets
        }
        self._events = events
        self._ended = StreamSignal(Signal.ENDED, None, events[-1].local_ns)
        self.info = SourceInfo(
            name=name,
            liquidity=Liquidity.QUOTES,
            start_ns=events[0].local_ns,
            end_ns=events[-1].local_ns,
            total_events=len(events),
        )

    def events(self) -> Iterator[SourceEvent]:
        """Yield the events, then ENDED; the caller built them in order."""
        return chain(self._events, (self._ended,))
