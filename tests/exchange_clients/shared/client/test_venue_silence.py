"""What a client does about what it is not told."""

from __future__ import annotations

from decimal import Decimal
from unittest.mock import patch

from exchange_clients.base_models import OrderStatus, Symbol
from exchange_clients.shared.flow import Response
from exchange_clients.shared.websocket.manager import VenueWebSocketManager
from tests.support.toy_extras import RICH
from tests.support.toy_host import BTC, Fault, ToyHost
from tests.support.toy_stage import ToyStage, buy, play, state


def silent(host: ToyHost) -> None:
    """Acknowledge orders, and tell nothing of them."""
    host.acknowledges = True
    host.muted = ("order", "fill", "position")


def test_an_acknowledged_order_that_is_never_heard_of_is_looked_up() -> None:
    async def scene(stage: ToyStage) -> None:
        placed = await buy(stage)
        assert placed.status is OrderStatus.PENDING
        await stage.clock.sleep(10)
        assert (await state(stage, placed)).status is OrderStatus.OPEN
        assert stage.host.sent("POST") == 1

    play(scene, host=silent)


def test_feeds_that_never_tell_of_an_acknowledged_order_are_opened_anew() -> None:
    """Nothing else tells that their subscription was lost."""

    async def scene(stage: ToyStage) -> None:
        placed = await buy(stage)
        await stage.clock.sleep(20)
        assert (await state(stage, placed)).status is OrderStatus.OPEN

    with patch.object(VenueWebSocketManager, "doubt_account") as doubted:
        play(scene, host=silent)
    doubted.assert_called_once_with("an order was confirmed and not told")


def test_what_a_report_knows_and_no_fill_tells_is_said_to_be_lacking() -> None:
    """A position without that much is nobody else's doing."""

    async def scene(stage: ToyStage) -> None:
        await buy(stage)
        stage.host.muted = ("fill", "position")
        stage.host.faults.append(Fault("GET", "/fills", times=3, arrives=False, delay_s=1.0))
        stage.host.trade(stage.order())
        await stage.clock.sleep(0.5)
        assert stage.client.fills_lacking() == [BTC]
        await stage.clock.sleep(60)
        assert stage.client.fills_lacking() == [], "they were asked for"

    play(scene)


def test_a_wall_clock_that_stands_still_makes_no_wait_for_fills_longer() -> None:
    async def scene(stage: ToyStage) -> None:
        await buy(stage)
        stage.host.muted = ("fill", "position")
        stage.host.faults.append(Fault("GET", "/fills", times=99, arrives=False, delay_s=1.0))
        stage.host.trade(stage.order())
        await stage.clock.sleep(0.5)
        with patch.object(type(stage.clock), "now_ns", lambda _: 0):
            async with stage.clock.deadline(5):
                assert not await stage.client.await_fills(1.0)

    play(scene)


def test_a_position_that_no_fill_explains_makes_us_ask_for_our_orders() -> None:
    async def scene(stage: ToyStage) -> None:
        placed = await buy(stage)
        stage.host.muted = ("order", "fill")
        stage.host.trade(stage.order())
        await stage.clock.sleep(20)
        assert (await state(stage, placed)).status is OrderStatus.FILLED

    play(scene)


def test_a_private_frame_that_cannot_be_read_makes_us_ask_for_our_orders() -> None:
    async def scene(stage: ToyStage) -> None:
        placed = await buy(stage)
        stage.host.muted = ("order", "fill", "position")
        stage.host.trade(stage.order())
        stage.host.tell("nonsense", None)
        await stage.clock.sleep(20)
        assert (await state(stage, placed)).status is OrderStatus.FILLED

    play(scene)


def test_a_leverage_that_is_set_a_moment_later_is_waited_for() -> None:
    asked = []

    def late(_: object) -> Response:
        asked.append(1)
        return Response(200, b'"5"' if len(asked) > 3 else b'"20"')

    async def scene(stage: ToyStage) -> None:
        stage.host.answers["/leverage/BTC-PERP"] = late
        assert await stage.client.set_leverage(Symbol("BTC"), Decimal(5)) == 5

    play(scene, venue=RICH)
