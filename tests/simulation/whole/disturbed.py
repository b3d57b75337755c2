"""Books that run off, thin out or lose a side, on one venue, while all others go on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal

from msgspec.structs import replace

from exchange_clients.base_models import NS, ContractId, Market
from exchange_clients.events import BookDelta, BookSnapshot, FloatLevel, PublicTrade
from exchange_clients.paper.sources.base import MarketSource, SourceEvent
from tests.simulation.plan import Trouble

BOOKS = ("gone", "thin", "jump")
"""Kinds of trouble that befall the books of a venue."""


class DisturbedSource:
    """A market source whose books show something else while a trouble stands.

    Args:
        source: What the market is.
        troubles: Of its books; they end.
        on_shown: Called with the kind whenever a book was shown otherwise.
    """

    def __init__(
        self, source: MarketSource, troubles: Sequence[Trouble], on_shown: Callable[[str], None]
    ) -> None:
        self._source = source
        self._troubles = troubles
        self._on_shown = on_shown
        self.info = source.info
        self.markets: Mapping[ContractId, Market] = source.markets
        self._bids: dict[ContractId, dict[float, float]] = {}
        self._asks: dict[ContractId, dict[float, float]] = {}
        self._last: dict[ContractId, int] = {}
        self._more: Counter[ContractId] = Counter()
        """Books that were shown in addition: later ones have so much higher numbers."""

    def events(self) -> Iterator[SourceEvent]:
        """Yield the source's events; in place of a book that is disturbed what is shown of it."""
        start_ns = self.info.start_ns
        turns = sorted({start_ns + at_ns for each in self._troubles for at_ns in _ends(each)})
        for event in self._source.events():
            while turns and turns[0] <= event.local_ns:
                at_ns = turns.pop(0)
                for contract_id in self._last:
                    self._more[contract_id] += 1
                    yield self._shown(contract_id, at_ns)
            yield from self._as_shown(event)

    def _as_shown(self, event: SourceEvent) -> Iterator[SourceEvent]:
        standing = self._standing(event.local_ns)
        if isinstance(event, BookDelta | BookSnapshot):
            self._follow(event)
            yield self._shown(event.contract_id, event.local_ns) if standing else self._true(event)
        elif not standing or not isinstance(event, PublicTrade):
            yield event

    def _follow(self, event: BookDelta | BookSnapshot) -> None:
        contract_id = event.contract_id
        if isinstance(event, BookSnapshot):
            self._bids[contract_id], self._asks[contract_id] = {}, {}
        for side, levels in ((self._bids, event.bids), (self._asks, event.asks)):
            for price, size in levels:
                if size:
                    side[contract_id][price] = size
                else:
                    side[contract_id].pop(price, None)
        self._last[contract_id] = event.last

    def _true(self, event: BookDelta | BookSnapshot) -> BookDelta | BookSnapshot:
        """Return an event as the source has it, by the numbers that are told."""
        more = self._more[event.contract_id]
        if not more:
            return event
        if isinstance(event, BookSnapshot):
            return replace(event, last=event.last + more)
        before = None if event.previous is None else event.previous + more
        return replace(event, first=event.first + more, last=event.last + more, previous=before)

    def _standing(self, at_ns: int) -> list[Trouble]:
        since_ns = at_ns - self.info.start_ns
        return [row for row in self._troubles if _ends(row)[0] <= since_ns < _ends(row)[1]]

    def _shown(self, contract_id: ContractId, at_ns: int) -> BookSnapshot:
        market = self.markets[contract_id]
        bids = list(self._bids[contract_id].items())
        asks = list(self._asks[contract_id].items())
        for trouble in self._standing(at_ns):
            bids, asks = distorted(trouble, bids, asks, market)
            self._on_shown(trouble.kind)
        number = self._last[contract_id] + self._more[contract_id]
        return BookSnapshot(contract_id, bids, asks, number, at_ns, at_ns)


def distorted(
    trouble: Trouble, bids: list[FloatLevel], asks: list[FloatLevel], market: Market
) -> tuple[list[FloatLevel], list[FloatLevel]]:
    """Return the levels that a trouble makes of a book's."""
    strength = trouble.strength or 0.0
    if trouble.kind == "jump":
        factor = 1 + strength / 10_000 * (1 if trouble.target == "up" else -1)
        return _moved(bids, factor, market), _moved(asks, factor, market)
    if trouble.target in ("bid", "both"):
        bids = _less(bids, strength, market)
    if trouble.target in ("ask", "both"):
        asks = _less(asks, strength, market)
    return bids, asks


def _moved(levels: list[FloatLevel], factor: float, market: Market) -> list[FloatLevel]:
    tick = market.tick
    return [(float(round(Decimal(price * factor) / tick) * tick), size) for price, size in levels]


def _less(levels: list[FloatLevel], share: float, market: Market) -> list[FloatLevel]:
    """Leave a share of each level, one step at least; nothing where the share is nothing."""
    if not share:
        return []
    step = market.step
    least = [(price, max(round(Decimal(size * share) / step), 1) * step) for price, size in levels]
    return [(price, float(size)) for price, size in least]


def _ends(trouble: Trouble) -> tuple[int, int]:
    """Return when a trouble begins and ends (ns of the run)."""
    return round(trouble.at_s * NS), round((trouble.at_s + trouble.for_s) * NS)
