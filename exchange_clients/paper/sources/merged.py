"""Several sources read as one, in the order of their local times."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from heapq import merge
from operator import attrgetter

from exchange_clients.base_models import ContractId, Market
from exchange_clients.events import Signal, StreamSignal
from exchange_clients.paper.sources.base import (
    MarketSource,
    RecordingError,
    SourceEvent,
    SourceInfo,
)

_local_ns = attrgetter("local_ns")


class MergedSource:
    """The events of all ``sources``; equal times keep the order in which the sources are given."""

    def __init__(self, sources: Sequence[MarketSource]) -> None:
        assert sources, "nothing to merge"
        self._sources = sources
        self.markets: Mapping[ContractId, Market] = _join_markets(sources)
        self.info = _join_infos([source.info for source in sources])

    def events(self) -> Iterator[SourceEvent]:
        """Yield the events of all, and ENDED once, after the last."""
        last_ns = self.info.start_ns
        for event in merge(*(source.events() for source in self._sources), key=_local_ns):
            last_ns = event.local_ns
            if not (isinstance(event, StreamSignal) and event.signal is Signal.ENDED):
                yield event
        yield StreamSignal(Signal.ENDED, None, last_ns)


def _join_markets(sources: Sequence[MarketSource]) -> dict[ContractId, Market]:
    markets: dict[ContractId, Market] = {}
    for source in sources:
        for contract_id, market in source.markets.items():
            if contract_id in markets:
                raise RecordingError(
                    f"{source.info.name}: {contract_id} is told of by two recordings that are "
                    "not parts of one; give only one of them"
                )
            markets[contract_id] = market
    return markets


def _join_infos(infos: Sequence[SourceInfo]) -> SourceInfo:
    if len({info.liquidity for info in infos}) > 1:
        names = ", ".join(f"{info.name} ({info.liquidity})" for info in infos)
        raise RecordingError(f"depth and quotes cannot be read as one: {names}")
    ends = [info.end_ns for info in infos if info.end_ns is not None]
    totals = [info.total_events for info in infos if info.total_events is not None]
    return SourceInfo(
        name=", ".join(info.name for info in infos),
        liquidity=infos[0].liquidity,
        start_ns=min(info.start_ns for info in infos),
        end_ns=max(ends) if len(ends) == len(infos) else None,
        total_events=sum(totals) if len(totals) == len(infos) else None,
        assumptions=tuple(
            f"{info.name}: {assumption}" for info in infos for assumption in info.assumptions
        ),
        inverse=any(info.inverse for info in infos),
    )
