"""Markets, snapshots and deltas for tests of the order book."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from exchange_clients.base_models import ContractId, Market, Symbol
from exchange_clients.events import (
    BookDelta,
    BookSnapshot,
    FloatLevel,
    LabelledBookDelta,
    LabelledLevel,
)
from exchange_clients.shared.websocket.order_book import Applied, OrderBook

CONTRACT = ContractId("BTC-PERP")
TICKS = ("0.1", "0.5", "0.25", "5", "0.001", "0.00000001", "10")


def market(tick: str = "0.1", step: str = "0.001") -> Market:
    return Market(Symbol("BTC"), CONTRACT, tick=Decimal(tick), step=Decimal(step))


def snapshot(
    last: int,
    bids: Sequence[FloatLevel] = ((100.0, 1.0), (99.9, 2.0)),
    asks: Sequence[FloatLevel] = ((100.1, 1.5), (100.3, 3.0)),
) -> BookSnapshot:
    return BookSnapshot(CONTRACT, list(bids), list(asks), last, None, 7)


def delta(
    last: int,
    bids: Sequence[FloatLevel] = (),
    asks: Sequence[FloatLevel] = (),
    *,
    first: int | None = None,
    previous: int | None = None,
) -> BookDelta:
    start = last if first is None else first
    return BookDelta(CONTRACT, list(bids), list(asks), start, last, previous, 5, 8)


def with_labels(change: BookDelta) -> LabelledBookDelta:
    return LabelledBookDelta(
        change.contract_id,
        [LabelledLevel(price, size) for price, size in change.bids],
        [LabelledLevel(price, size) for price, size in change.asks],
        change.last,
        change.first - 1 if change.previous is None else change.previous,
        change.venue_ns,
        change.local_ns,
    )


def ready_book(tick: str = "0.1") -> OrderBook:
    book = OrderBook(market(tick))
    assert book.apply(snapshot(10)) is Applied.APPLIED
    return book
