"""What the ear tells of a market is the market, as every venue's streams say it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from app.market_ear import MarketEar, present_funding
from app.network import listed_market, network_client
from app.recording_file import RecordingFile
from exchange_clients.base_models import Market
from exchange_clients.events import BookDelta, BookSnapshot
from exchange_clients.paper.sources.open import open_source
from exchange_clients.paper.sources.stream_rows import (
    BookRow,
    ChangeRow,
    FundingRow,
    GapRow,
    Row,
    TradeRow,
)
from exchange_clients.paper.sources.synthetic import DEFAULT_START_NS
from exchange_clients.shared.clock import Rng
from exchange_clients.shared.link import VenueLink
from exchange_clients.shared.transport.memory_transport import (
    MemoryHttpTransport,
    MemorySocketTransport,
)
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual
from exchange_clients.shared.websocket.order_book import Applied, OrderBook
from venue_simulators.catalogue import VENUES, build
from venue_simulators.memory import MemoryHost
from venue_simulators.options import SimulatorOptions

MINUTE_S = 60.0
Story: TypeAlias = Callable[["Scene"], Coroutine[Any, Any, None]]


class Scene:
    """A venue in memory, and an ear on its BTC."""

    def __init__(self, venue: str, clock: VirtualClock, link: VenueLink, host: MemoryHost) -> None:
        self.clock = clock
        self.host = host
        self.link = link
        self.venue = venue
        self.rows: list[Row] = []
        self.market: Market

    async def listen(self, put: Callable[[Row], None]) -> MarketEar:
        """Hear the market from now on."""

        def both(row: Row) -> None:
            self.rows.append(row)
            put(row)

        ear = MarketEar(self.link, self.market, both)
        assert await ear.open(10.0)
        return ear


def play(venue: str, story: Story) -> None:
    """Let a story happen on virtual time."""

    async def main(loop: VirtualLoop) -> None:
        clock = VirtualClock(loop)
        simulator = build(venue, SimulatorOptions(symbols=("BTC",), start_ns=clock.now_ns()))
        host = MemoryHost(simulator, clock.now_ns, clock.call_later)
        words = network_client(venue).VENUE
        link = VenueLink(
            words,
            words.environments["prod"],
            None,
            http=MemoryHttpTransport(host.resolve, clock),
            sockets=MemorySocketTransport(host.resolve),
            clock=clock,
            rng=Rng(1),
        )
        link.acquire()
        await link.open()
        scene = Scene(venue, clock, link, host)
        scene.market = listed_market(link, "BTC")
        await story(scene)
        await link.close()
        host.close()

    run_virtual(main, epoch_ns=DEFAULT_START_NS)


@pytest.mark.parametrize("venue", VENUES)
def test_the_book_of_a_replay_is_the_book_that_was_heard(venue: str, tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        path = tmp_path / "btc.jsonl"
        file = RecordingFile(path, venue, scene.market)
        ear = await scene.listen(file.write)
        await scene.clock.sleep(MINUTE_S)
        heard = ear.stream.get_order_book(scene.market.contract_id, 1000)
        await ear.close()
        file.close()
        source = open_source(str(path), ticker="BTC")
        assert source.markets == {scene.market.contract_id: scene.market}
        replayed = OrderBook(scene.market)
        for event in source.events():
            if isinstance(event, BookSnapshot | BookDelta):
                assert replayed.apply(event) is Applied.APPLIED
        assert replayed.depth(1000) == heard
        assert heard is not None
        assert len(heard.bids) > 5
        kinds = {type(row) for row in scene.rows}
        assert {BookRow, ChangeRow, TradeRow} <= kinds

    play(venue, story)


@pytest.mark.parametrize("venue", VENUES)
def test_a_lost_connection_is_a_gap_and_the_book_is_told_anew(venue: str) -> None:
    async def story(scene: Scene) -> None:
        ear = await scene.listen(lambda row: None)
        await scene.clock.sleep(MINUTE_S)
        scene.host.venue.cut()
        await scene.clock.sleep(MINUTE_S)
        await ear.close()
        kinds = [type(row) for row in scene.rows if isinstance(row, BookRow | GapRow)]
        assert kinds == [BookRow, GapRow, BookRow]
        instants = [row.local_ns for row in scene.rows]
        assert instants == sorted(instants)

    play(venue, story)


@pytest.mark.parametrize("venue", VENUES)
def test_the_present_funding_says_how_often_it_is_paid(venue: str) -> None:
    async def story(scene: Scene) -> None:
        row = await present_funding(scene.link, scene.market, 7)
        assert isinstance(row, FundingRow)
        assert row.local_ns == 7
        assert row.interval_hours in (Decimal(1), Decimal(4), Decimal(8))

    play(venue, story)
