"""A market source at another time of day: every instant moved by the same distance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import msgspec

from exchange_clients.base_models import ContractId, Market
from exchange_clients.events import StreamSignal
from exchange_clients.paper.sources.base import MarketSource, SourceEvent
from exchange_clients.paper.timeline import NEVER_NS


class ShiftedSource:
    """Tells what ``source`` tells, ``shift_ns`` later."""

    def __init__(self, source: MarketSource, shift_ns: int) -> None:
        self._source = source
        self._shift_ns = shift_ns
        info = source.info
        end_ns = None if info.end_ns is None else info.end_ns + shift_ns
        self.info = replace(info, start_ns=info.start_ns + shift_ns, end_ns=end_ns)
        self.markets: Mapping[ContractId, Market] = source.markets

    def events(self) -> Iterator[SourceEvent]:
        """Yield the events at their moved instants."""
        for event in self._source.events():
            yield shifted(event, self._shift_ns)


def shifted(event: SourceEvent, shift_ns: int) -> SourceEvent:
    """Return an event that happens ``shift_ns`` later; one that never comes stays so."""
    if event.local_ns >= NEVER_NS:
        return event
    local_ns = event.local_ns + shift_ns
    if isinstance(event, StreamSignal):
        return replace(event, local_ns=local_ns)
    venue_ns = None if event.venue_ns is None else event.venue_ns + shift_ns
    return msgspec.structs.replace(event, local_ns=local_ns, venue_ns=venue_ns)
