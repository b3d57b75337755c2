"""Orders of which nothing is heard are compared with the venue's list from time to time."""

from __future__ import annotations

from exchange_clients.base_models import Fill, OrderStatus, Reason
from exchange_clients.shared.client.managers.order_audit import AUDIT_EVERY_S
from exchange_clients.shared.client.managers.order_recovery import LOOKUP_PAUSE_MAX_S, LOOKUPS_MAX
from tests.support.toy_host import Fault
from tests.support.toy_stage import ToyStage, buy, play, state


def test_an_end_that_the_stream_never_told_is_found_out() -> None:
    """W10, X10: the fill and the order's end are lost on a feed that goes on as ever."""

    async def scene(stage: ToyStage) -> None:
        placed = await buy(stage)
        stage.host.muted = ("order", "fill", "position")
        stage.host.trade(stage.order())
        await stage.clock.sleep(AUDIT_EVERY_S + 5)
        assert (await state(stage, placed)).status is OrderStatus.FILLED
        assert sum(isinstance(each, Fill) for each in stage.heard) == 1

    play(scene)


def test_an_order_that_rests_costs_one_read_and_no_question() -> None:
    async def scene(stage: ToyStage) -> None:
        await buy(stage)
        await stage.clock.sleep(2.5 * AUDIT_EVERY_S)

    stage = play(scene)
    assert stage.host.sent("GET", "/orders/") == 0


def test_a_placement_that_stayed_unknown_is_asked_for_once_the_venue_answers_again() -> None:
    """H2, X6: the venue is out of reach for longer than a lost answer is asked about."""
    asked_s = LOOKUPS_MAX * (LOOKUP_PAUSE_MAX_S + 15.0)

    async def scene(stage: ToyStage) -> None:
        lost = Fault("POST", "/orders", arrives=False)
        away = [Fault("GET", path, times=10_000, arrives=False) for path in ("/orders", "/fills")]
        stage.host.faults = [lost, *away]
        placed = await buy(stage)
        assert placed.client_order_id is not None
        await stage.clock.sleep(3 * asked_s)
        stage.host.faults = []
        ended = await stage.client.await_order_update(placed.client_order_id, 120)
        assert (ended.status, ended.reason) == (OrderStatus.REJECTED, Reason.ORDER_NOT_FOUND)

    play(scene)


def test_orders_that_rest_are_reconciled_by_one_read_however_many_they_are() -> None:
    """W12: forty questions after a drop would eat what a venue allows in a minute."""

    async def scene(stage: ToyStage) -> None:
        for _ in range(40):
            await buy(stage)
        stage.host.cut()
        stage.host.change(stage.order(3), state=OrderStatus.CANCELED, tell=False)
        await stage.clock.sleep(15)
        (gone,) = [
            each for each in stage.heard if not isinstance(each, Fill) and each.status.terminal
        ]
        assert gone.client_order_id == stage.order(3)

    assert play(scene).host.sent("GET", "/orders/") == 1
