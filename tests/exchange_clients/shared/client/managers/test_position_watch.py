"""Positions that move without a fill of ours."""

from __future__ import annotations

import asyncio
from decimal import Decimal

from exchange_clients.base_models import ContractId
from exchange_clients.events import PositionUpdate
from exchange_clients.shared.client.managers.position_watch import PositionWatch
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual

BTC = ContractId("BTC-PERP")
D = Decimal


class Stage:
    """A watch, our fills so far, and what was found unexplained."""

    def __init__(self, loop: VirtualLoop) -> None:
        self.own = D(0)
        self.unexplained: list[ContractId] = []
        self.watch = PositionWatch(lambda _: self.own, self.unexplained.append, VirtualClock(loop))

    def told(self, quantity: int) -> None:
        """Let the stream tell a position."""
        self.watch.on_update(PositionUpdate(BTC, D(quantity), None, 1))


def test_a_position_that_our_fills_explain_is_no_question() -> None:
    async def main(loop: VirtualLoop) -> None:
        stage = Stage(loop)
        stage.told(2)
        stage.own = D(2)  # the fill comes after the position that it made
        await asyncio.sleep(2)
        assert stage.unexplained == []

    run_virtual(main)


def test_a_move_without_a_fill_is_asked_about_once() -> None:
    async def main(loop: VirtualLoop) -> None:
        stage = Stage(loop)
        stage.told(1)
        stage.told(2)
        await asyncio.sleep(2)
        assert stage.unexplained == [BTC]
        stage.told(2)
        await asyncio.sleep(2)
        assert stage.unexplained == [BTC]

    run_virtual(main)


def test_what_others_held_from_the_beginning_is_known() -> None:
    async def main(loop: VirtualLoop) -> None:
        stage = Stage(loop)
        stage.own = D(1)
        stage.watch.begin(BTC, D(4))
        stage.own = D(3)
        stage.told(6)
        await asyncio.sleep(2)
        assert stage.unexplained == []

    run_virtual(main)
