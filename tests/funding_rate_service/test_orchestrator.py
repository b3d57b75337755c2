from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from exchange_clients.base_models import NS
from exchange_clients.errors import MalformedPayload
from exchange_clients.shared.clock import Clock
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual
from funding_rate_service.collection.orchestrator import Collector, Habits
from funding_rate_service.core.board import Board
from funding_rate_service.core.store import RateStore
from funding_rate_service.core.store_desk import InlineDesk
from funding_rate_service.core.values import Quarantined
from tests.support.rate_stage import NOON_NS, ScriptedVenue, open_store, rate, seconds, telling


class Stage:
    """A collector over scripted venues, on virtual time that begins seven seconds after noon."""

    def __init__(self, folder: Path, venues: Sequence[ScriptedVenue], clock: Clock) -> None:
        self.store: RateStore = open_store(folder, clock)
        self.board = Board([each.venue for each in venues])
        self.collector = Collector(
            venues, self.store, self.board, InlineDesk(), clock=clock, habits=Habits(60, 20)
        )

    async def run(self, seconds: float) -> None:
        """Collect for so long."""
        self.collector.start()
        await asyncio.sleep(seconds)
        await self.collector.close()
        self.store.close()


def test_venues_are_asked_at_full_minutes_and_none_delays_another(tmp_path: Path) -> None:
    async def main(loop: VirtualLoop) -> None:
        clock = VirtualClock(loop)
        sound = ScriptedVenue("sound", [telling(rate())], clock)
        hangs = ScriptedVenue("hangs", [1e9], clock)
        fails = ScriptedVenue("fails", [MalformedPayload("not JSON"), telling(rate())], clock)
        stage = Stage(tmp_path, [hangs, fails, sound], clock)
        await stage.run(125)

        for venue in (sound, hangs, fails):
            assert [seconds(each) for each in venue.asked_ns] == [7, 60, 120]
            assert venue.closed
        states = stage.board.snapshot.states
        assert (states["sound"].answers, states["sound"].failures) == (3, 0)
        assert states["hangs"].error == "no answer within 20 s"
        assert (states["hangs"].answers, states["hangs"].failures_in_row) == (0, 2)
        assert (states["fails"].failures, states["fails"].failures_in_row) == (1, 0)
        assert list(stage.board.snapshot.collections) == ["fails", "sound"]

    run_virtual(main, epoch_ns=NOON_NS + 7 * NS)


def test_poisoned_rows_are_told_in_health_and_the_others_stand(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def main(loop: VirtualLoop) -> None:
        clock = VirtualClock(loop)
        answer = telling(
            rate("BTC", "50"), rate("ETH"), unreadable=[Quarantined("SOL", "not readable: price")]
        )
        stage = Stage(tmp_path, [ScriptedVenue("odd", [answer], clock)], clock)
        await stage.run(1)

        state = stage.board.snapshot.states["odd"]
        assert state.rows == 1
        assert state.quarantined == (
            Quarantined("SOL", "not readable: price"),
            Quarantined("BTC", "rate of 5000 % per 8 h, at most 50 %"),
        )
        assert list(stage.board.snapshot.by_key) == [("odd", "ETH")]

    with caplog.at_level(logging.WARNING):
        run_virtual(main, epoch_ns=NOON_NS)
    assert "event=quarantined venue=odd symbol=BTC" in caplog.text


def test_a_venue_that_fails_keeps_its_last_rates_which_grow_old(tmp_path: Path) -> None:
    async def main(loop: VirtualLoop) -> None:
        clock = VirtualClock(loop)
        venue = ScriptedVenue("once", [telling(rate()), OSError("refused")], clock)
        stage = Stage(tmp_path, [venue], clock)
        await stage.run(400)

        snapshot = stage.board.snapshot
        assert snapshot.by_key["once", "BTC"].rate == Decimal("0.0001")
        assert snapshot.stale_venues(clock.now_ns(), 300) == ("once",)
        assert snapshot.stale_venues(clock.now_ns(), 500) == ()
        assert snapshot.states["once"].error == "refused"

    run_virtual(main, epoch_ns=NOON_NS)
