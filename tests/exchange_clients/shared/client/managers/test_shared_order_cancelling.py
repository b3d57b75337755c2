"""A cancel proves how the order ended; an amendment is rounded and may be lost."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from exchange_clients.base_models import (
    ClientOrderId,
    OrderResult,
    OrderStatus,
    Reason,
)
from exchange_clients.errors import (
    InvalidOrder,
    OrderNotFound,
    OutcomeUnknown,
    RateLimited,
    VenueRejected,
)
from exchange_clients.shared.client.gateway import Found, NotYetKnown
from tests.exchange_clients.shared.client.managers.order_stage import (
    BTC,
    WANTED,
    Scene,
    Stage,
    answer,
    fail,
    play,
)
from tests.exchange_clients.shared.client.managers.scripted_gateway import (
    shown,
    traded,
)


def cancel_scene(results: list[OrderResult]) -> Scene:
    async def scene(stage: Stage) -> None:
        await stage.manager.place(WANTED)
        results.append(await stage.manager.cancel(f"v-{stage.order().client_order_id}"))

    return scene


def test_a_cancel_reports_the_final_filled_size() -> None:
    results: list[OrderResult] = []
    play(
        cancel_scene(results),
        answer(OrderStatus.OPEN),
        answer(OrderStatus.CANCELED, "0.4", "100"),
    )
    (result,) = results
    assert (result.success, result.status) == (True, OrderStatus.CANCELED)
    assert (result.filled_size, result.average_price) == (Decimal("0.4"), Decimal(100))


@pytest.mark.parametrize(
    "error",
    [
        VenueRejected("too late", reason=Reason.ALREADY_TERMINAL),
        OrderNotFound("no such order"),
        OutcomeUnknown("timeout"),
    ],
)
def test_a_cancel_that_met_a_fill_is_told_as_the_fill(error: Exception) -> None:
    async def scene(stage: Stage) -> None:
        await stage.manager.place(WANTED)
        filled = shown(stage.order(), OrderStatus.FILLED, "1.0", "100")
        stage.gateway.lookups = [NotYetKnown(), Found(filled)]
        result = await stage.manager.cancel(stage.order().client_order_id)
        assert (result.success, result.status) == (False, OrderStatus.FILLED)
        assert (result.filled_size, result.reason) == (Decimal("1.0"), Reason.ALREADY_TERMINAL)

    play(scene, answer(OrderStatus.OPEN), fail(error))


def test_an_acknowledged_cancel_waits_for_the_proof() -> None:
    async def scene(stage: Stage) -> None:
        await stage.manager.place(WANTED)
        order = stage.order()
        asyncio.get_running_loop().call_later(
            0.3, stage.manager.on_order, shown(order, OrderStatus.CANCELED, "0")
        )
        result = await stage.manager.cancel(order.client_order_id)
        assert (result.success, result.status) == (True, OrderStatus.CANCELED)

    stage = play(scene, answer(OrderStatus.OPEN), answer(OrderStatus.OPEN))
    assert stage.gateway.found == []


def test_a_cancel_without_proof_says_so_in_bounded_time() -> None:
    async def scene(stage: Stage) -> None:
        await stage.manager.place(WANTED)
        start = asyncio.get_running_loop().time()
        result = await stage.manager.cancel(stage.order().client_order_id)
        assert (result.success, result.outcome_known) == (False, False)
        assert (result.status, result.reason) == (OrderStatus.OPEN, Reason.OUTCOME_UNKNOWN)
        assert asyncio.get_running_loop().time() - start < 20

    stage = play(scene, answer(OrderStatus.OPEN), fail(OutcomeUnknown("timeout")))
    assert len(stage.gateway.sent) == 2


def test_a_refused_cancel_leaves_the_order_as_it_is() -> None:
    results: list[OrderResult] = []
    play(cancel_scene(results), answer(OrderStatus.OPEN), fail(RateLimited("slow down")))
    (result,) = results
    assert (result.success, result.outcome_known) == (False, True)
    assert (result.status, result.reason) == (OrderStatus.OPEN, Reason.RATE_LIMITED)


def test_an_order_that_is_over_is_not_cancelled_again() -> None:
    async def scene(stage: Stage) -> None:
        await stage.manager.place(WANTED)
        result = await stage.manager.cancel(stage.order().client_order_id)
        assert (result.status, result.filled_size) == (OrderStatus.FILLED, Decimal("1.0"))
        foreign = await stage.manager.cancel("theirs")
        assert (foreign.success, foreign.reason) == (False, Reason.ORDER_NOT_FOUND)

    stage = play(scene, answer(OrderStatus.FILLED, "1.0", "100"))
    assert len(stage.gateway.sent) == 1


def test_cancel_all_cancels_only_our_own_orders_each_by_its_own_request() -> None:
    async def scene(stage: Stage) -> None:
        for _ in range(3):
            await stage.manager.place(WANTED)
        stage.manager.on_order(
            shown(replace(WANTED, client_order_id=ClientOrderId("x")), OrderStatus.OPEN)
        )
        results = await stage.manager.cancel_all(BTC)
        assert [result.status for result in results] == [OrderStatus.CANCELED] * 3
        assert await stage.manager.cancel_all() == []

    stage = play(scene, *[answer(OrderStatus.OPEN)] * 3, *[answer(OrderStatus.CANCELED)] * 3)
    cancels = [each.client_order_id for each in stage.gateway.sent[3:]]
    assert cancels == [stage.order(number).client_order_id for number in range(3)]


# Amending -----------------------------------------------------------------------------------------


def test_an_amendment_is_rounded_sent_and_told() -> None:
    async def scene(stage: Stage) -> None:
        await stage.manager.place(WANTED)
        result = await stage.manager.amend(
            stage.order().client_order_id, price=Decimal("99.9"), size=Decimal("2.0009")
        )
        assert result.success
        assert (result.price, result.size) == (Decimal("99.5"), Decimal("2.000"))

    stage = play(scene, answer(OrderStatus.OPEN), answer(OrderStatus.OPEN))
    assert [intent.kind for intent in stage.journal.intents("paper")] == ["place", "amend"]


def test_an_amendment_that_met_a_fill_is_told_with_the_order_as_it_ended() -> None:
    async def scene(stage: Stage) -> None:
        await stage.manager.place(WANTED)
        filled = shown(stage.order(), OrderStatus.FILLED, "1.0", "100")
        stage.gateway.lookups = [Found(filled)]
        result = await stage.manager.amend(stage.order().client_order_id, price=Decimal(90))
        assert (result.success, result.status) == (False, OrderStatus.FILLED)
        assert (result.filled_size, result.price) == (Decimal("1.0"), Decimal(100))

    late = VenueRejected("too late", reason=Reason.ALREADY_TERMINAL)
    play(scene, answer(OrderStatus.OPEN), fail(late))


def test_an_amendment_whose_answer_was_lost_is_not_known() -> None:
    async def scene(stage: Stage) -> None:
        await stage.manager.place(WANTED)
        result = await stage.manager.amend(stage.order().client_order_id, size=Decimal(2))
        assert (result.success, result.outcome_known) == (False, False)
        stage.manager.on_fill(traded(stage.order(), "t1", "1.0"))
        info = stage.tracker.get(stage.order().client_order_id)
        assert info is not None
        assert info.status is OrderStatus.PARTIALLY_FILLED, "the venue may hold a size of 2"

    play(scene, answer(OrderStatus.OPEN), fail(OutcomeUnknown("timeout")))


def test_an_amendment_below_a_minimum_is_refused_before_it_is_sent() -> None:
    async def scene(stage: Stage) -> None:
        await stage.manager.place(WANTED)
        with pytest.raises(InvalidOrder):
            await stage.manager.amend(stage.order().client_order_id, size=Decimal("0.001"))

    assert len(play(scene, answer(OrderStatus.OPEN)).gateway.sent) == 1


def test_an_order_that_is_over_or_not_ours_is_not_amended() -> None:
    async def scene(stage: Stage) -> None:
        await stage.manager.place(WANTED)
        over = await stage.manager.amend(stage.order().client_order_id, price=Decimal(90))
        assert (over.success, over.status) == (False, OrderStatus.FILLED)
        foreign = await stage.manager.amend("theirs", price=Decimal(90))
        assert (foreign.success, foreign.reason) == (False, Reason.ORDER_NOT_FOUND)

    stage = play(scene, answer(OrderStatus.FILLED, "1.0", "100"))
    assert len(stage.gateway.sent) == 1


def test_a_refused_amendment_changes_nothing() -> None:
    async def scene(stage: Stage) -> None:
        await stage.manager.place(WANTED)
        result = await stage.manager.amend(stage.order().client_order_id, size=Decimal(2))
        assert (result.success, result.outcome_known) == (False, True)
        assert (result.status, result.size) == (OrderStatus.OPEN, Decimal("1.0"))
        stage.manager.on_fill(traded(stage.order(), "t1", "1.0"))

    stage = play(scene, answer(OrderStatus.OPEN), fail(RateLimited("slow down")))
    assert stage.statuses() == [OrderStatus.OPEN, OrderStatus.FILLED]


def test_fills_that_came_during_a_refused_amendment_end_the_order() -> None:
    async def scene(stage: Stage) -> None:
        await stage.manager.place(WANTED)
        amending = asyncio.create_task(
            stage.manager.amend(stage.order().client_order_id, size=Decimal(2))
        )
        await asyncio.sleep(0.05)
        stage.manager.on_fill(traded(stage.order(), "t1", "1.0"))
        result = await amending
        assert (result.success, result.status) == (False, OrderStatus.FILLED)

    stage = play(scene, answer(OrderStatus.OPEN), fail(RateLimited("slow down")))
    assert stage.statuses() == [
        OrderStatus.OPEN,
        OrderStatus.PARTIALLY_FILLED,
        OrderStatus.FILLED,
    ]
