"""Many open questions at once: a venue that answers none of them is not asked all of them."""

from __future__ import annotations

import asyncio

from exchange_clients.base_models import OrderStatus
from exchange_clients.errors import MalformedPayload, OutcomeUnknown
from exchange_clients.shared.client.gateway import ProvenAbsent
from exchange_clients.shared.client.managers.lookup_turns import PAUSE_MAX_S
from tests.exchange_clients.shared.client.managers.order_stage import WANTED, Stage, fail, play

ORDERS = 12
TROUBLE_S = 40
LOST = fail(OutcomeUnknown("no answer"))


def test_a_venue_in_trouble_is_asked_at_a_rate_that_no_number_of_orders_raises() -> None:
    asked: list[int] = []

    async def scene(stage: Stage) -> None:
        for _ in range(ORDERS):
            await stage.manager.place(WANTED)
        await asyncio.sleep(10)
        before = len(stage.gateway.found)
        await asyncio.sleep(TROUBLE_S)
        asked.append(len(stage.gateway.found) - before)

    play(scene, *[LOST] * ORDERS, lookups=[MalformedPayload("a web page")])
    assert asked[0] <= TROUBLE_S / PAUSE_MAX_S + 1


def test_once_it_answers_every_order_is_known_within_seconds() -> None:
    async def scene(stage: Stage) -> None:
        for _ in range(ORDERS):
            await stage.manager.place(WANTED)
        await asyncio.sleep(TROUBLE_S)
        assert len(stage.tracker.pending()) == ORDERS
        stage.gateway.lookups = [ProvenAbsent()]
        await asyncio.sleep(2 * PAUSE_MAX_S)
        assert stage.tracker.pending() == []

    stage = play(scene, *[LOST] * ORDERS, lookups=[MalformedPayload("a web page")])
    assert stage.statuses() == [OrderStatus.REJECTED] * ORDERS
