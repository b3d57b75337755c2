"""Lists of orders and fills that are long, broken or partly unreadable, and the journal."""

from __future__ import annotations

import msgspec
import pytest

from exchange_clients.base_models import ONE, ClientOrderId, OrderStatus
from exchange_clients.errors import MalformedPayload
from exchange_clients.journal import IntentKind, JournalError, MemoryJournal, OrderIntent
from exchange_clients.shared.flow import Response
from tests.support.toy_host import BTC, Fault, ToyHost
from tests.support.toy_stage import ToyStage, buy, play, state

# Lists --------------------------------------------------------------------------------------------


def test_open_orders_are_read_to_the_last_page() -> None:
    """H13."""

    async def scene(stage: ToyStage) -> None:
        stage.host.page_size = 2
        for _ in range(5):
            await buy(stage)
        assert len(await stage.client.get_active_orders(BTC)) == 5

    play(scene)


def test_a_page_that_cannot_be_had_is_an_error_and_no_shorter_list() -> None:
    """H13."""

    async def scene(stage: ToyStage) -> None:
        await buy(stage)
        stage.host.faults = [Fault("GET", "/orders", times=99, answer=Response(200, b"<html>"))]
        with pytest.raises(MalformedPayload):
            await stage.client.get_active_orders(BTC)

    play(scene)


def test_a_row_that_cannot_be_read_is_asked_for_and_the_list_is_not_whole() -> None:
    async def scene(stage: ToyStage) -> None:
        first = await buy(stage)
        await buy(stage)
        stage.host.muted = ("order", "fill", "position")
        stage.host.trade(stage.order())
        broken = {**msgspec.to_builtins(stage.host.orders[stage.order()]), "size": None}
        other = stage.host.orders[stage.order(1)]
        stage.host.answers["/orders"] = lambda _: {"rows": [broken, other], "next": None}
        with pytest.raises(MalformedPayload, match="1 of 2 open orders of BTC-PERP"):
            await stage.client.get_active_orders(BTC)
        del stage.host.answers["/orders"]
        await stage.clock.sleep(5)
        assert (await state(stage, first)).status is OrderStatus.FILLED

    play(scene)


def test_a_report_that_cannot_be_read_makes_its_order_be_asked_for() -> None:
    async def scene(stage: ToyStage) -> None:
        placed = await buy(stage)
        stage.host.muted = ("order", "fill", "position")
        stage.host.trade(stage.order())
        stage.host.muted = ()
        stage.host.tell("order", {"id": "v1", "ref": stage.order(), "state": "???"})
        await stage.clock.sleep(5)
        assert (await state(stage, placed)).status is OrderStatus.FILLED

    play(scene)


def test_a_fill_that_cannot_be_read_leaves_its_order_in_doubt_and_the_others_known() -> None:
    journal = MemoryJournal()

    async def before(stage: ToyStage) -> None:
        for _ in range(2):
            await buy(stage)

    first = play(before, journal=journal)
    orders = dict(first.host.orders)

    async def after(stage: ToyStage) -> None:
        reconciliation = stage.client.reconciliation
        assert reconciliation is not None
        assert reconciliation.unresolved == (ClientOrderId(stage.order(0)),)
        assert reconciliation.positions == {BTC: ONE}

    def prepare(host: ToyHost) -> None:
        host.orders = orders
        for ref in orders:
            host.trade(ref)
        broken = {**msgspec.to_builtins(host.fills[0]), "price": "dear"}
        host.answers["/fills"] = lambda _: {"rows": [broken, host.fills[1]], "next": None}

    play(after, journal=journal, host=prepare)


# The journal --------------------------------------------------------------------------------------


class DeafJournal(MemoryJournal):
    def record_intent(self, intent: OrderIntent) -> None:
        raise JournalError("the disk is full")


def test_what_cannot_be_remembered_is_not_sent() -> None:
    async def scene(stage: ToyStage) -> None:
        with pytest.raises(JournalError):
            await buy(stage)

    assert play(scene, journal=DeafJournal()).host.sent("POST") == 0


def test_every_order_is_remembered_before_it_is_sent() -> None:
    journal = MemoryJournal()

    async def scene(stage: ToyStage) -> None:
        placed = await buy(stage)
        (intent,) = journal.intents("toy")
        assert intent.kind is IntentKind.PLACE
        assert intent.client_order_id == placed.client_order_id

    play(scene, journal=journal)
