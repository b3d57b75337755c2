"""Orders that turn up after they were proven absent are cancelled, however often it takes."""

from __future__ import annotations

import asyncio

from exchange_clients.base_models import OrderStatus, Reason
from exchange_clients.errors import OrderNotFound, OutcomeUnknown
from exchange_clients.journal import IntentKind
from exchange_clients.shared.client.gateway import ProvenAbsent
from tests.exchange_clients.shared.client.managers.order_stage import (
    WANTED,
    Stage,
    answer,
    fail,
    play,
)
from tests.exchange_clients.shared.client.managers.scripted_gateway import Send, shown

LOST = fail(OutcomeUnknown("no answer"))


def taken_late(*cancels: Send) -> Stage:
    """Play an order that is proven absent and then rests; its report comes twice."""

    async def scene(stage: Stage) -> None:
        await stage.manager.place(WANTED)
        await asyncio.sleep(5)
        absent = await stage.manager.order_info(stage.order().client_order_id)
        assert absent is None
        for _ in range(2):
            stage.manager.on_order(shown(stage.order(), OrderStatus.OPEN))
        await asyncio.sleep(300)

    return play(scene, LOST, *cancels, lookups=[ProvenAbsent()])


def cancels_of(stage: Stage) -> int:
    return sum(each.kind is IntentKind.CANCEL for each in stage.gateway.sent)


def test_an_order_that_returns_is_cancelled_once_and_never_told_as_open() -> None:
    stage = taken_late(answer(OrderStatus.CANCELED))
    assert cancels_of(stage) == 1
    assert dict.fromkeys(stage.statuses()) == {OrderStatus.REJECTED: None}
    kinds = [intent.kind for intent in stage.journal.intents("paper")]
    assert kinds == [IntentKind.PLACE, IntentKind.CANCEL]


def test_a_cancel_that_is_lost_is_sent_again_until_the_order_is_gone() -> None:
    gone = fail(OrderNotFound("it has ended", reason=Reason.ALREADY_TERMINAL))
    assert cancels_of(taken_late(LOST, LOST, gone)) == 3


def test_a_venue_that_answers_nothing_is_asked_a_bounded_number_of_times() -> None:
    assert cancels_of(taken_late(*[LOST] * 20)) == 8
