"""What comes so late that the book is past it, or that it may not be shown."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exchange_clients.base_models import NS, ContractId, Market, Symbol
from exchange_clients.events import BookDelta, BookSnapshot
from exchange_clients.shared.virtual_time import VirtualClock
from exchange_clients.shared.websocket.book_feed import BookFeed
from exchange_clients.shared.websocket.book_sync import BookSync
from tests.exchange_clients.shared.websocket.stream_stage import (
    StreamStage,
    book,
    change,
    connected,
    play,
)
from tests.support.scripted_sockets import ScriptedSocket

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


async def shown(clock: VirtualClock) -> StreamStage:
    """Return a stage with a book that is shown, watched at least once since."""
    scene = await connected(clock)
    assert await scene.prepare()
    scene.market.says({**change(BTC, 11, 99.0), "at": clock.now_ns()})
    await clock.sleep(1.5)
    scene.quotes.clear()
    return scene


@pytest.mark.parametrize("late", [change(BTC, 12, 100.1), book(BTC, 12, 100.1)])
def test_what_is_told_too_late_is_not_shown_for_an_instant(late: dict[str, object]) -> None:
    """I25: a connection that comes alive again tells of minutes ago first."""

    async def scenario(clock: VirtualClock) -> None:
        scene = await shown(clock)
        first = scene.market
        first.says({**late, "at": clock.now_ns() - 20 * NS})
        assert scene.manager.best_bid_offer(BTC) is None
        assert scene.quotes == []
        assert scene.told()[-1] == "stale BTC-PERP"
        await clock.sleep(1.5)
        assert first.closed
        assert scene.manager.best_bid_offer(BTC) is not None
        await scene.manager.disconnect()

    play(scenario)


def test_what_is_a_little_late_is_shown() -> None:
    async def scenario(clock: VirtualClock) -> None:
        scene = await shown(clock)
        scene.market.says({**change(BTC, 12, 100.1), "at": clock.now_ns() - 4 * NS})
        assert [quote.bid for quote in scene.quotes] == [100.1]
        await scene.manager.disconnect()

    play(scenario)


def test_what_has_no_time_may_answer_the_first_of_many_questions() -> None:
    """I25: a book that is told without stamps may be as old as what was asked for in vain."""

    async def scenario(clock: VirtualClock) -> None:
        scene = await connected(clock)
        assert await scene.prepare()
        first, answers = scene.market, scene.sockets.on_sent
        scene.sockets.on_sent = _unheard
        await clock.sleep(62)  # it falls silent, and is subscribed anew again and again
        assert scene.market is first
        assert scene.manager.best_bid_offer(BTC) is None
        scene.quotes.clear()
        scene.sockets.on_sent = answers
        first.says(book(BTC, 12, 90.0))  # as it was half a minute ago, for all that is known
        assert scene.manager.best_bid_offer(BTC) is None
        await clock.sleep(1.5)
        assert first.closed
        assert [quote.bid for quote in scene.quotes] == [100.0]
        await scene.manager.disconnect()

    play(scenario)


def test_an_old_snapshot_without_a_time_takes_no_books_place() -> None:
    """I26: what nobody asked for, and is older than what is known, was held up on its way."""

    async def scenario(clock: VirtualClock) -> None:
        scene = await connected(clock)
        assert await scene.prepare()
        scene.market.says(change(BTC, 11, 100.1))
        scene.quotes.clear()
        scene.market.says(book(BTC, 9, 90.0), book(BTC, 9, 90.0))
        assert scene.manager.best_bid_offer(BTC) is None
        assert scene.quotes == []
        await clock.sleep(1)
        assert scene.market.sent[-2:] == ["unsubscribe book:BTC-PERP", "subscribe book:BTC-PERP"]
        assert [quote.bid for quote in scene.quotes] == [100.0]
        await scene.manager.disconnect()

    play(scenario)


def _unheard(_: ScriptedSocket, __: str) -> None:
    """Answer nothing."""
