"""Deltas that come so late that the book is past them."""

from __future__ import annotations

from decimal import Decimal

from exchange_clients.base_models import NS, ContractId, Market, Symbol
from exchange_clients.events import BookDelta, BookSnapshot
from exchange_clients.shared.websocket.book_feed import BookFeed
from exchange_clients.shared.websocket.book_sync import BookSync

BTC = ContractId("BTC-PERP")
MARKET = Market(Symbol("BTC"), BTC, tick=Decimal(1), step=Decimal("0.01"))


def test_an_old_delta_tells_how_far_behind_its_channel_is() -> None:
    """W16: a snapshot that is fetched apart does not hide that the stream is minutes old."""
    sync = BookSync(
        BookFeed(MARKET, lambda signal, contract_id, detail: None),
        seeded_apart=True,
        want=lambda _: None,
        prove=lambda _: None,
        ask_again=lambda: None,
        now_ns=0,
    )
    now_ns = 200 * NS
    sync.seed(BookSnapshot(BTC, [(99.0, 1.0)], [(101.0, 1.0)], 50, now_ns, now_ns))
    sync.on_delta(BookDelta(BTC, [(98.0, 1.0)], [], 10, 10, 9, 80 * NS, now_ns))
    assert sync.book.ready
    assert (sync.heard_ns, sync.venue_ns) == (now_ns, 80 * NS)
