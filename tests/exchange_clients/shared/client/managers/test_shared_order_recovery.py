"""After a restart or a reconnect our orders, fills and positions are the venue's."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from decimal import Decimal

import pytest

from exchange_clients.base_models import (
    NS,
    Fill,
    NewOrder,
    OrderInfo,
    OrderStatus,
    Reason,
)
from exchange_clients.errors import (
    OutcomeUnknown,
)
from exchange_clients.journal import JournalError, MemoryJournal, OrderIntent
from exchange_clients.shared.client.gateway import Found, ProvenAbsent
from exchange_clients.shared.client.managers.late_records import AGAIN_S
from exchange_clients.shared.client.managers.order_recovery import FILL_OVERLAP_S
from tests.exchange_clients.shared.client.managers.order_stage import (
    BTC,
    WANTED,
    Stage,
    answer,
    fail,
    play,
)
from tests.exchange_clients.shared.client.managers.scripted_gateway import (
    shown,
    traded,
)


def status_of(stage: Stage, order: NewOrder) -> OrderStatus:
    """Return what is known of an order of ours."""
    info = stage.tracker.get(order.client_order_id)
    assert info is not None
    return info.status


def test_after_a_restart_orders_fills_and_position_are_the_venues() -> None:
    async def before(stage: Stage) -> None:
        for _ in range(3):
            await stage.manager.place(WANTED)
        stage.manager.on_fill(traded(stage.order(0), "t1", "0.4", 1_000 * NS))

    journal = MemoryJournal()
    answers = [answer(OrderStatus.OPEN), answer(OrderStatus.OPEN), fail(OutcomeUnknown("killed"))]
    killed = play(before, *answers, journal=journal)
    first, second, third = (killed.order(number) for number in range(3))

    async def after(stage: Stage) -> None:
        stage.gateway.trades = [
            traded(first, "t1", "0.4", 1_000 * NS),
            traded(first, "t2", "0.6", 1_005 * NS),
        ]
        stage.gateway.lookups = [Found(shown(second, OrderStatus.CANCELED)), ProvenAbsent()]
        truth = await stage.manager.reconcile()

        assert [status_of(stage, each) for each in (first, second, third)] == [
            OrderStatus.FILLED,
            OrderStatus.CANCELED,
            OrderStatus.REJECTED,
        ]
        assert truth.positions == {BTC: Decimal("1.0")}
        assert truth.unresolved == ()
        assert stage.heard[0] == traded(first, "t2", "0.6", 1_005 * NS), "the known fill is old"
        assert stage.tracker.get(stage.manager.mint_client_order_id()) is None

    stage = play(after, journal=journal)
    assert stage.gateway.sent == []


def test_an_order_that_the_venue_cannot_tell_of_yet_is_named_and_looked_up_further() -> None:
    async def before(stage: Stage) -> None:
        await stage.manager.place(WANTED)

    journal = MemoryJournal()
    order = play(before, answer(OrderStatus.OPEN), journal=journal).order()

    async def after(stage: Stage) -> None:
        truth = await stage.manager.reconcile()
        assert truth.unresolved == (order.client_order_id,)
        assert status_of(stage, order) is OrderStatus.OPEN
        stage.gateway.lookups = [ProvenAbsent()]
        await asyncio.sleep(30)

    stage = play(after, journal=journal)
    (told,) = [each for each in stage.heard if isinstance(each, OrderInfo)]
    assert (told.status, told.reason) == (OrderStatus.CANCELED, Reason.ORDER_NOT_FOUND)


def test_a_reconnect_reconciles_again_without_reading_the_journal_twice() -> None:
    async def scene(stage: Stage) -> None:
        await stage.manager.place(WANTED)
        order = stage.order()
        stage.gateway.lookups = [Found(shown(order, OrderStatus.OPEN))]
        for _ in range(2):
            truth = await stage.manager.reconcile()
        assert [each.client_order_id for each in stage.tracker.open_orders()] == [
            order.client_order_id
        ]
        assert truth.positions == {}
        stage.manager.on_fill(traded(order, "t1", "1.0"))
        assert (await stage.manager.reconcile()).positions == {BTC: Decimal("1.0")}

    play(scene, answer(OrderStatus.OPEN))


def test_a_reconnect_costs_as_much_after_a_month_as_after_an_hour() -> None:
    class Counted(MemoryJournal):
        reads = 0

        def intents(self, venue: str) -> Sequence[OrderIntent]:
            self.reads += 1
            return super().intents(venue)

        def fills(self, venue: str) -> Sequence[Fill]:
            self.reads += 1
            return super().fills(venue)

    journal = Counted()

    async def scene(stage: Stage) -> None:
        await stage.manager.reconcile()
        at_the_start = journal.reads
        await stage.manager.place(WANTED)
        stage.manager.on_fill(traded(stage.order(), "t1", "1.0", 1_000 * NS))
        await stage.manager.reconcile()
        contract_id, since_ns, _ = stage.gateway.fill_queries[-1]
        assert (contract_id, since_ns) == (BTC, (1_000 - FILL_OVERLAP_S) * NS)
        assert journal.reads == at_the_start

    play(scene, answer(OrderStatus.OPEN), journal=journal)


def test_reconciliation_fails_rather_than_take_unread_fills_for_none() -> None:
    async def scene(stage: Stage) -> None:
        await stage.manager.place(WANTED)
        stage.gateway.fills_error = OutcomeUnknown("fills cannot be read")
        with pytest.raises(OutcomeUnknown):
            await stage.manager.reconcile()

    play(scene, answer(OrderStatus.OPEN))


def test_a_failing_journal_after_the_fact_does_not_lose_the_fact() -> None:
    class Filling(MemoryJournal):
        def record_fill(self, venue: str, fill: Fill) -> bool:
            raise JournalError("the disk is full")

        def record_outcome(self, venue: str, info: OrderInfo, at_ns: int) -> None:
            raise JournalError("the disk is full")

    async def scene(stage: Stage) -> None:
        assert (await stage.manager.place(WANTED)).success
        stage.manager.on_fill(traded(stage.order(), "t1", "1.0"))

    stage = play(scene, answer(OrderStatus.OPEN), journal=Filling())
    assert stage.statuses() == [OrderStatus.OPEN, OrderStatus.FILLED]


def test_what_a_full_disk_refused_is_in_the_journal_once_there_is_room() -> None:
    class Crowded(MemoryJournal):
        full = True

        def record_fill(self, venue: str, fill: Fill) -> bool:
            if self.full:
                raise JournalError("the disk is full")
            return super().record_fill(venue, fill)

    journal = Crowded()

    async def scene(stage: Stage) -> None:
        await stage.manager.place(WANTED)
        stage.manager.on_fill(traded(stage.order(), "t1", "1.0"))
        assert journal.fills("paper") == []
        assert journal.outcomes("paper")[0].status is OrderStatus.OPEN, "in the order of happening"
        journal.full = False
        await asyncio.sleep(AGAIN_S)
        assert [fill.trade_id for fill in journal.fills("paper")] == ["t1"]
        assert journal.outcomes("paper")[0].status is OrderStatus.FILLED

    play(scene, answer(OrderStatus.OPEN), journal=journal)


def test_a_fill_that_was_missing_when_the_process_died_is_fetched_at_the_restart() -> None:
    async def before(stage: Stage) -> None:
        await stage.manager.place(WANTED)
        stage.manager.on_order(shown(stage.order(), OrderStatus.FILLED, "1.0", "100"))

    journal = MemoryJournal()
    order = play(before, answer(OrderStatus.OPEN), journal=journal).order()
    fill = traded(order, "t1", "1.0", 1_001 * NS)

    async def after(stage: Stage) -> None:
        stage.gateway.trades = [fill]
        truth = await stage.manager.reconcile()
        assert truth.positions == {BTC: Decimal("1.0")}

    stage = play(after, journal=journal)
    assert stage.heard[0] == fill
    assert stage.gateway.found == [], "an order that is over is not asked for"


def test_killed_between_a_fill_and_its_order_a_restart_completes_the_journal() -> None:
    class Dying(MemoryJournal):
        def record_outcome(self, venue: str, info: OrderInfo, at_ns: int) -> None:
            if info.status is not OrderStatus.FILLED:
                super().record_outcome(venue, info, at_ns)

    async def before(stage: Stage) -> None:
        await stage.manager.place(WANTED)
        stage.manager.on_fill(traded(stage.order(), "t1", "1.0"))

    killed = Dying()
    order = play(before, answer(OrderStatus.OPEN), journal=killed).order()
    assert [each.status for each in killed.outcomes("paper")] == [OrderStatus.OPEN]
    journal = MemoryJournal()
    for intent in killed.intents("paper"):
        journal.record_intent(intent)
    journal.record_outcome("paper", killed.outcomes("paper")[0], 0)
    journal.record_fill("paper", killed.fills("paper")[0])

    async def after(stage: Stage) -> None:
        await stage.manager.reconcile()
        assert status_of(stage, order) is OrderStatus.FILLED

    play(after, journal=journal)
    (outcome,) = journal.outcomes("paper")
    assert (outcome.status, outcome.filled_size) == (OrderStatus.FILLED, Decimal("1.0"))


def test_cancels_in_the_journal_are_not_taken_for_orders() -> None:
    async def before(stage: Stage) -> None:
        await stage.manager.place(WANTED)
        await stage.manager.cancel(stage.order().client_order_id)

    journal = MemoryJournal()
    order = play(
        before, answer(OrderStatus.OPEN), answer(OrderStatus.CANCELED), journal=journal
    ).order()

    async def after(stage: Stage) -> None:
        await stage.manager.reconcile()
        assert status_of(stage, order) is OrderStatus.CANCELED
        assert len(journal.outcomes("paper")) == 1

    stage = play(after, journal=journal)
    assert stage.heard == []


def test_a_first_reconciliation_amid_trading_counts_no_fill_twice() -> None:
    async def scene(stage: Stage) -> None:
        await stage.manager.place(WANTED)
        stage.manager.on_fill(traded(stage.order(), "t1", "1.0"))
        assert (await stage.manager.reconcile()).positions == {BTC: Decimal("1.0")}

    stage = play(scene, answer(OrderStatus.OPEN))
    assert len(stage.journal.fills("paper")) == 1
