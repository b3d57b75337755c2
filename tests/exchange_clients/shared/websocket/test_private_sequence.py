"""A hole in what an account is told shows by the venue's numbers, and everything is read again."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exchange_clients.base_models import OrderStatus
from exchange_clients.events import PrivateSequence
from exchange_clients.shared.virtual_time import VirtualClock
from exchange_clients.shared.websocket.private_sequence import AGAIN_AFTER_S, SequenceWatch
from tests.conformance.rig import PASSIVE, SIZE, Rig, play
from tests.conformance.venues import VENUES, Channel, Conforming, Deed
from tests.exchange_clients.shared.websocket.stream_stage import play as on_virtual_time

NUMBERING = [facts for facts in VENUES if facts.name in ("edgex", "grvt")]
"""Venues that number what they tell an account."""


def read_again(*told: tuple[str, int, int | None], pause_s: float = 0.0) -> list[int]:
    """Return after which of the frames (channel, number, previous) everything was read again."""
    missed: list[int] = []

    async def scenario(clock: VirtualClock) -> None:
        heard = 0
        watch = SequenceWatch(clock, lambda: missed.append(heard))
        for each in told:
            heard += 1
            watch.on_number(PrivateSequence(*each))
            await clock.sleep(pause_s)
        await clock.sleep(2 * AGAIN_AFTER_S)

    on_virtual_time(scenario)
    return missed


def test_numbers_that_follow_each_other_are_no_hole() -> None:
    assert read_again(("", 7, None), ("", 8, 7), ("", 9, 8), pause_s=1.0) == []


def test_the_first_number_heard_and_a_new_beginning_are_no_hole() -> None:
    assert read_again(("", 7, 6), ("", 1000, None), ("", 1001, 1000), pause_s=1.0) == []


def test_a_number_that_was_passed_over_has_everything_read_again_at_once() -> None:
    assert read_again(("", 7, None), ("", 9, 8), ("", 10, 9), pause_s=1.0) == [2]


def test_what_is_told_twice_or_late_is_no_further_hole() -> None:
    told = (("", 7, None), ("", 9, 8), ("", 9, 8), ("", 8, 7), ("", 10, 9))
    assert read_again(*told, pause_s=1.0) == [2]


def test_channels_are_counted_apart() -> None:
    told = (("order", 4, 3), ("fill", 1, 0), ("order", 5, 4), ("fill", 2, 1))
    assert read_again(*told, pause_s=1.0) == []


def test_a_venue_that_counts_in_steps_causes_no_storm() -> None:
    told = [("", 2 * step, 2 * step - 1) for step in range(1, 101)]
    assert len(read_again(*told, pause_s=0.1)) <= 100 * 0.1 / AGAIN_AFTER_S + 2


@pytest.mark.parametrize("facts", NUMBERING, ids=lambda facts: facts.name)
def test_a_lost_frame_of_an_order_is_found_out_by_the_next_one(facts: Conforming) -> None:
    """W10: without the number it would take until the next comparison of lists."""

    async def case(rig: Rig) -> None:
        name = await rig.rest_a_buy()
        await rig.rest_a_buy(price=PASSIVE - 500)
        channels = (Channel.ORDERS, Channel.FILLS, Channel.POSITIONS)
        for channel in channels:
            rig.disturb("ws.mute", channel, None)
        rig.let_the_market_sell(SIZE)
        await rig.settle(1)
        rig.plan.clear()
        assert rig.heard(name) is OrderStatus.OPEN
        before = len(rig.requests(Deed.FILLS))
        await rig.rest_a_buy(price=PASSIVE - 600)
        await rig.until(lambda: rig.heard(name) is OrderStatus.FILLED, seconds=3)
        assert sum((fill.size for fill in rig.fills), Decimal(0)) == SIZE
        assert len(rig.requests(Deed.FILLS)) > before
        await rig.settle(60)
        assert len(rig.requests(Deed.FILLS)) - before < 8

    play(facts, case)
