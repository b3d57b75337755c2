"""Orders on a network venue when answers are lost and reports come late, twice or not at all."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal

import msgspec
import pytest

from exchange_clients.base_models import (
    NS,
    ONE,
    Fill,
    OrderInfo,
    OrderStatus,
    Reason,
    Symbol,
)
from exchange_clients.errors import OutcomeUnknown
from exchange_clients.shared.flow import Response
from tests.support.toy_host import Fault, refusal
from tests.support.toy_stage import ToyStage, buy, play, state

SERVER_ERROR = Response(500, b"")


def fills(stage: ToyStage) -> list[Fill]:
    return [each for each in stage.heard if isinstance(each, Fill)]


def statuses(stage: ToyStage) -> list[OrderStatus]:
    return [each.status for each in stage.heard if isinstance(each, OrderInfo)]


# Placements whose answer is lost ------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [Fault("POST", "/orders"), Fault("POST", "/orders", answer=SERVER_ERROR, delay_s=0)],
    ids=["no answer", "an error instead"],
)
def test_a_placement_without_an_answer_is_found_and_not_sent_twice(fault: Fault) -> None:
    """H1, H3."""

    async def scene(stage: ToyStage) -> None:
        stage.host.muted = ("order",)
        stage.host.faults = [replace(fault)]
        placed = await buy(stage)
        assert (placed.status, placed.outcome_known) == (OrderStatus.PENDING, False)
        await stage.clock.sleep(2)
        assert (await state(stage, placed)).status is OrderStatus.OPEN

    assert play(scene).host.sent("POST") == 1


def test_a_placement_that_never_arrived_is_refused_once_it_must_have_been_visible() -> None:
    """H2; no sooner, and not later by the pauses between questions (I24)."""

    async def scene(stage: ToyStage) -> None:
        stage.host.faults = [Fault("POST", "/orders", arrives=False)]
        placed = await buy(stage)
        lost_ns = stage.clock.now_ns()
        assert placed.outcome_known is False
        assert placed.client_order_id is not None
        ended = await stage.client.await_order_update(placed.client_order_id, 60)
        assert (ended.status, ended.reason) == (OrderStatus.REJECTED, Reason.ORDER_NOT_FOUND)
        assert 10 < (stage.clock.now_ns() - lost_ns) / NS < 10.5
        assert await stage.client.get_order_info(placed.client_order_id) is None

    stage = play(scene)
    assert stage.host.sent("POST") == 0
    assert stage.host.sent("GET", "/orders/") > 2


def test_i16_whoever_else_asks_of_a_lost_order_its_proof_costs_no_more_and_comes_in_time() -> None:
    """The venue's limits are kept for what evens out the rest, and the proof waits for no pause."""

    async def scene(stage: ToyStage) -> None:
        stage.host.faults = [Fault("POST", "/orders", arrives=False, delay_s=1)]
        placed = await buy(stage)
        lost_ns = stage.clock.now_ns()
        assert placed.client_order_id is not None
        proven = False
        while not proven:
            await stage.clock.sleep(0.05)
            with suppress(OutcomeUnknown):
                name = placed.client_order_id
                proven = await stage.client.get_order_info(name, force_refresh=True) is None
        assert 10 <= (stage.clock.now_ns() - lost_ns) / NS < 11

    assert play(scene).host.sent("GET", "/orders/") <= 15


def test_a_fresh_order_that_lists_do_not_show_yet_is_not_absent() -> None:
    """H7."""

    async def scene(stage: ToyStage) -> None:
        stage.host.muted = ("order",)
        stage.host.faults = [
            Fault("POST", "/orders", delay_s=0),
            Fault("GET", "/orders/", times=4, answer=refusal("no_order"), delay_s=0),
        ]
        placed = await buy(stage)
        await stage.clock.sleep(20)
        assert (await state(stage, placed)).status is OrderStatus.OPEN

    assert OrderStatus.REJECTED not in statuses(play(scene))


def test_a_report_after_our_patience_and_our_question_is_merged() -> None:
    """H5."""

    async def scene(stage: ToyStage) -> None:
        stage.host.faults = [Fault("POST", "/orders", delay_s=30)]
        placing = asyncio.create_task(buy(stage))
        await stage.clock.sleep(5)
        stage.host.trade(stage.order(), "0.4")
        placed = await placing
        assert (placed.status, placed.filled_size) == (OrderStatus.PARTIALLY_FILLED, Decimal("0.4"))
        stage.host.trade(stage.order())
        await stage.clock.sleep(1)
        assert (await state(stage, placed)).status is OrderStatus.FILLED

    stage = play(scene)
    assert [fill.size for fill in fills(stage)] == [Decimal("0.4"), Decimal("0.6")]
    assert stage.host.sent("POST") == 1


def test_an_acknowledged_placement_is_pending_until_the_stream_tells() -> None:
    """O17: however long the venue takes to tell, no second order goes out."""

    async def scene(stage: ToyStage) -> None:
        stage.host.acknowledges = True
        stage.host.muted = ("order", "fill", "position")
        placed = await buy(stage)
        assert (placed.success, placed.status) == (True, OrderStatus.PENDING)
        await stage.clock.sleep(120)
        stage.host.muted = ()
        stage.host.trade(stage.order())
        await stage.clock.sleep(1)
        assert (await state(stage, placed)).status is OrderStatus.FILLED

    assert play(scene).host.sent("POST") == 1


@pytest.mark.parametrize(
    ("code", "reason"),
    [("would_cross", Reason.POST_ONLY_WOULD_CROSS), ("no_margin", Reason.INSUFFICIENT_MARGIN)],
)
def test_a_refusal_is_a_result_with_its_reason(code: str, reason: Reason) -> None:
    """O5."""

    async def scene(stage: ToyStage) -> None:
        stage.host.faults = [
            Fault("POST", "/orders", arrives=False, answer=refusal(code), delay_s=0)
        ]
        placed = await buy(stage, post_only=True)
        assert (placed.success, placed.status, placed.reason) == (
            False,
            OrderStatus.REJECTED,
            reason,
        )

    play(scene)


def test_a_post_only_order_that_dies_after_it_was_accepted_has_ended() -> None:
    """O5."""

    async def scene(stage: ToyStage) -> None:
        await buy(stage, post_only=True)
        stage.host.change(stage.order(), state=OrderStatus.EXPIRED)
        await stage.clock.sleep(1)

    assert statuses(play(scene)) == [OrderStatus.OPEN, OrderStatus.EXPIRED]


# Fills and reports in any order -------------------------------------------------------------------


def test_a_fill_before_the_answer_to_its_placement_counts_once() -> None:
    """W8, O10: the fill does not even name our id."""

    async def scene(stage: ToyStage) -> None:
        stage.host.muted = ("order",)
        stage.host.faults = [Fault("POST", "/orders", own=True, delay_s=3)]
        placing = asyncio.create_task(buy(stage))
        await stage.clock.sleep(1)
        fill = stage.host.trade(stage.order())
        stage.host.tell("fill", fill)
        placed = await placing
        await stage.clock.sleep(1)
        assert (placed.status, placed.filled_size) == (OrderStatus.FILLED, ONE)

    assert [each.size for each in fills(play(scene))] == [ONE]


@pytest.mark.parametrize("lost", ["order", "fill"])
def test_half_of_what_the_stream_says_of_a_fill_is_enough(lost: str) -> None:
    """W10."""

    async def scene(stage: ToyStage) -> None:
        placed = await buy(stage)
        await stage.clock.sleep(1)
        stage.host.muted = (lost, "position")
        stage.host.trade(stage.order())
        await stage.clock.sleep(5)
        assert (await state(stage, placed)).status is OrderStatus.FILLED
        assert await stage.client.get_position(Symbol("BTC")) == ONE

    stage = play(scene)
    assert [each.size for each in fills(stage)] == [ONE]
    assert statuses(stage) == [OrderStatus.OPEN, OrderStatus.FILLED]


def test_a_fill_after_the_cancel_corrects_the_size_and_leaves_the_status() -> None:
    """W11."""

    async def scene(stage: ToyStage) -> None:
        placed = await buy(stage)
        await stage.client.cancel_order(stage.order())
        stage.host.trade(stage.order(), "0.25")
        await stage.clock.sleep(1)
        info = await state(stage, placed)
        assert (info.status, info.filled_size) == (OrderStatus.CANCELED, Decimal("0.25"))

    play(scene)


def test_fills_of_one_instant_and_more_than_was_ordered_are_taken_as_they_are() -> None:
    """O14, O16."""

    async def scene(stage: ToyStage) -> None:
        placed = await buy(stage)
        for _ in range(3):
            stage.host.trade(stage.order(), "0.4")
        await stage.clock.sleep(1)
        info = await state(stage, placed)
        assert (info.status, info.filled_size) == (OrderStatus.FILLED, Decimal("1.2"))
        assert await stage.client.get_position(Symbol("BTC")) == Decimal("1.2")

    assert len(fills(play(scene))) == 3


def test_what_the_venue_cancels_is_heard_of() -> None:
    """O11, O12, O13."""

    async def scene(stage: ToyStage) -> None:
        for _ in range(2):
            await buy(stage)
        await stage.clock.sleep(1)
        for ref in list(stage.host.orders):
            stage.host.change(ref, state=OrderStatus.CANCELED)
        await stage.clock.sleep(1)

    assert statuses(play(scene)).count(OrderStatus.CANCELED) == 2


# Cancels ------------------------------------------------------------------------------------------


def test_a_cancel_that_came_too_late_tells_the_fill() -> None:
    """O1."""

    async def scene(stage: ToyStage) -> None:
        await buy(stage)
        stage.host.muted = ("order", "fill", "position")
        stage.host.trade(stage.order())
        canceled = await stage.client.cancel_order(stage.order())
        assert (canceled.status, canceled.filled_size) == (OrderStatus.FILLED, ONE)
        await stage.clock.sleep(5)

    assert [each.size for each in fills(play(scene))] == [ONE]


def test_a_cancel_tells_what_was_filled_before_it_took_effect() -> None:
    """O2."""

    async def scene(stage: ToyStage) -> None:
        await buy(stage)
        stage.host.muted = ("order", "fill", "position")
        stage.host.trade(stage.order(), "0.3")
        canceled = await stage.client.cancel_order(stage.order())
        assert (canceled.status, canceled.filled_size) == (OrderStatus.CANCELED, Decimal("0.3"))

    play(scene)


def test_a_cancel_without_an_answer_is_proven_before_it_is_told() -> None:
    """O3."""

    async def scene(stage: ToyStage) -> None:
        await buy(stage)
        stage.host.muted = ("order",)
        stage.host.faults = [Fault("DELETE", "/orders", times=9, delay_s=1)]
        canceled = await stage.client.cancel_order(stage.order())
        assert (canceled.success, canceled.status) == (True, OrderStatus.CANCELED)

    play(scene)


def test_cancelling_all_leaves_strangers_alone() -> None:
    async def scene(stage: ToyStage) -> None:
        for _ in range(2):
            await buy(stage)
        theirs = msgspec.structs.replace(stage.host.orders[stage.order()], ref="theirs", id="x")
        stage.host.orders["theirs"] = theirs
        results = await stage.client.cancel_all_orders()
        assert [each.status for each in results] == [OrderStatus.CANCELED] * 2
        assert stage.host.orders["theirs"].state is OrderStatus.OPEN

    play(scene)
