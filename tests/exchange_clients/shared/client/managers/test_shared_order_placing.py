"""What a placement comes to: refused before or after sending, acknowledged, or lost."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from exchange_clients.base_models import (
    NS,
    OrderStatus,
    Reason,
)
from exchange_clients.errors import (
    InsufficientMargin,
    InvalidOrder,
    MalformedPayload,
    NotConnectedError,
    OutcomeUnknown,
    RateLimited,
    VenueRejected,
)
from exchange_clients.journal import IntentKind, JournalError, MemoryJournal, OrderIntent
from exchange_clients.shared.client.gateway import Found, NotYetKnown, ProvenAbsent
from exchange_clients.shared.client.managers.order_recovery import LOOKUPS_MAX
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


class FullJournal(MemoryJournal):
    """A journal on a full disk."""

    def record_intent(self, intent: OrderIntent) -> None:
        raise JournalError("no room for " + intent.client_order_id)


def test_an_order_is_rounded_in_the_users_favour_named_and_journalled_as_it_is_sent() -> None:
    async def scene(stage: Stage) -> None:
        wanted = replace(WANTED, size=Decimal("0.1239"), price=Decimal("100.7"))
        result = await stage.manager.place(wanted)
        sent = stage.order()
        assert (sent.size, sent.price) == (Decimal("0.123"), Decimal("100.5"))
        assert (result.size, result.price) == (sent.size, sent.price)
        assert result.success
        assert (result.status, result.client_order_id) == (OrderStatus.OPEN, sent.client_order_id)

    stage = play(scene, answer(OrderStatus.OPEN))
    (intent,) = stage.journal.intents("paper")
    assert intent == OrderIntent(
        "paper",
        IntentKind.PLACE,
        BTC,
        stage.order().client_order_id,
        stage.order(),
        1_000 * NS,
        "hash",
    )
    assert stage.statuses() == [OrderStatus.OPEN]


def test_nothing_is_sent_that_was_not_journalled() -> None:
    async def scene(stage: Stage) -> None:
        with pytest.raises(JournalError):
            await stage.manager.place(WANTED)

    stage = play(scene, journal=FullJournal())
    assert stage.gateway.sent == []
    assert stage.tracker.open_orders() == []


@pytest.mark.parametrize(
    ("size", "price", "words"),
    [
        ("0.0004", "100", "not above zero on step 0.001; use at least 0.002"),
        ("0.001", "100000", "size 0.001 of BTC-PERP is below the minimum 0.002"),
        ("0.049", "100", "notional 4.900 of BTC-PERP is below the minimum 5; at price 100 use"),
        ("1", "0.4", "price 0.4 of BTC-PERP is not above zero on tick 0.5"),
    ],
)
def test_an_order_below_a_minimum_is_refused_before_anything_is_sent(
    size: str, price: str, words: str
) -> None:
    async def scene(stage: Stage) -> None:
        with pytest.raises(InvalidOrder, match=words):
            await stage.manager.place(replace(WANTED, size=Decimal(size), price=Decimal(price)))

    stage = play(scene)
    assert stage.gateway.sent == []
    assert stage.journal.intents("paper") == []


def test_an_exit_below_the_minimums_is_sent_all_the_same() -> None:
    async def scene(stage: Stage) -> None:
        small = replace(WANTED, size=Decimal("0.001"), reduce_only=True)
        assert (await stage.manager.place(small)).success

    play(scene, answer(OrderStatus.OPEN))


def test_the_notional_of_a_market_order_is_judged_at_the_reference_price() -> None:
    async def scene(stage: Stage) -> None:
        order = replace(WANTED, size=Decimal("0.01"), price=None)
        with pytest.raises(InvalidOrder, match="notional"):
            await stage.manager.place(order, reference_price=Decimal(100))
        assert (await stage.manager.place(order, reference_price=Decimal(1000))).success

    play(scene, answer(OrderStatus.FILLED, "0.01", "1000"))


def test_a_client_order_id_is_used_once() -> None:
    async def scene(stage: Stage) -> None:
        named = replace(WANTED, client_order_id=stage.manager.mint_client_order_id())
        await stage.manager.place(named)
        with pytest.raises(VenueRejected, match="was used before"):
            await stage.manager.place(named)

    stage = play(scene, answer(OrderStatus.OPEN))
    assert len(stage.gateway.sent) == 1


# Refusals -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (InsufficientMargin("no money"), Reason.INSUFFICIENT_MARGIN),
        (RateLimited("slow down"), Reason.RATE_LIMITED),
        (NotConnectedError("connect first"), Reason.DENIED_LOCALLY),
    ],
)
def test_a_refusal_is_a_result_with_its_reason(error: Exception, reason: Reason) -> None:
    async def scene(stage: Stage) -> None:
        result = await stage.manager.place(WANTED)
        assert (result.success, result.outcome_known) == (False, True)
        assert (result.status, result.reason) == (OrderStatus.REJECTED, reason)
        assert result.error_message == str(error)

    stage = play(scene, fail(error))
    assert stage.statuses() == [OrderStatus.REJECTED]
    (outcome,) = stage.journal.outcomes("paper")
    assert (outcome.status, outcome.reason) == (OrderStatus.REJECTED, reason)


def test_an_order_that_was_killed_unfilled_is_no_success() -> None:
    async def scene(stage: Stage) -> None:
        result = await stage.manager.place(WANTED)
        assert (result.success, result.status) == (False, OrderStatus.EXPIRED)

    play(scene, answer(OrderStatus.EXPIRED))


def test_an_acknowledgement_is_pending_and_the_verdict_comes_as_an_event() -> None:
    async def scene(stage: Stage) -> None:
        result = await stage.manager.place(WANTED)
        assert (result.success, result.status, result.outcome_known) == (
            True,
            OrderStatus.PENDING,
            True,
        )
        stage.manager.on_order(shown(stage.order(), OrderStatus.OPEN))

    stage = play(scene, answer(OrderStatus.PENDING))
    assert stage.statuses() == [OrderStatus.PENDING, OrderStatus.OPEN]


# Lost answers -------------------------------------------------------------------------------------

LOST = [
    OutcomeUnknown("timeout"),
    MalformedPayload("half a body"),
    ConnectionResetError("reset"),
    VenueRejected("seen before", reason=Reason.DUPLICATE_CLIENT_ORDER_ID),
]


@pytest.mark.parametrize("error", LOST)
def test_a_lost_answer_is_pending_looked_up_and_never_sent_twice(error: Exception) -> None:
    async def scene(stage: Stage) -> None:
        result = await stage.manager.place(WANTED)
        assert (result.success, result.outcome_known) == (False, False)
        assert (result.status, result.reason) == (OrderStatus.PENDING, Reason.OUTCOME_UNKNOWN)
        order = stage.order()
        assert list(stage.tracker.outcome_unknown()) == [order.client_order_id]
        stage.gateway.lookups = [NotYetKnown(), Found(shown(order, OrderStatus.OPEN))]
        await asyncio.sleep(5)
        info = stage.tracker.get(order.client_order_id)
        assert info is not None
        assert info.status is OrderStatus.OPEN

    stage = play(scene, fail(error))
    assert len(stage.gateway.sent) == 1
    assert stage.statuses() == [OrderStatus.OPEN]
    assert stage.tracker.outcome_unknown() == {}


def test_an_order_that_never_arrived_is_rejected_once_that_is_proven() -> None:
    async def scene(stage: Stage) -> None:
        await stage.manager.place(WANTED)
        await asyncio.sleep(5)
        assert await stage.manager.order_info(stage.order().client_order_id) is None

    lookups = [OutcomeUnknown("venue is down"), NotYetKnown(), ProvenAbsent()]
    stage = play(scene, fail(OutcomeUnknown("timeout")), lookups=lookups)
    assert stage.statuses() == [OrderStatus.REJECTED]


def test_the_stream_may_tell_before_the_lookup_does() -> None:
    async def scene(stage: Stage) -> None:
        await stage.manager.place(WANTED)
        await asyncio.sleep(0.1)
        order = stage.order()
        stage.manager.on_fill(traded(order, "t1", "1.0"))
        await asyncio.sleep(100)

    stage = play(scene, fail(OutcomeUnknown("timeout")))
    assert stage.statuses() == [OrderStatus.FILLED]
    assert len(stage.gateway.found) == 1


def test_what_the_stream_told_before_the_answer_was_lost_is_the_result() -> None:
    async def scene(stage: Stage) -> None:
        placing = asyncio.create_task(stage.manager.place(WANTED))
        await asyncio.sleep(0.05)
        stage.manager.on_order(shown(stage.order(), OrderStatus.OPEN))
        result = await placing
        assert (result.success, result.status) == (True, OrderStatus.OPEN)

    stage = play(scene, fail(OutcomeUnknown("timeout")))
    assert stage.gateway.found == []


def test_lookups_are_bounded_and_the_order_stays_unknown() -> None:
    async def scene(stage: Stage) -> None:
        await stage.manager.place(WANTED)
        await asyncio.sleep(3600)
        with pytest.raises(OutcomeUnknown):
            await stage.manager.order_info(stage.order().client_order_id)

    stage = play(scene, fail(OutcomeUnknown("timeout")))
    assert len(stage.gateway.found) == LOOKUPS_MAX + 1
    assert [info.status for info in stage.tracker.pending()] == [OrderStatus.PENDING]
    assert stage.statuses() == []


def test_a_cancelled_caller_neither_stops_nor_loses_the_order() -> None:
    async def scene(stage: Stage) -> None:
        placing = asyncio.create_task(stage.manager.place(WANTED))
        await asyncio.sleep(0.05)
        placing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await placing
        assert stage.statuses() == []
        await asyncio.sleep(0.1)

    stage = play(scene, answer(OrderStatus.OPEN))
    assert stage.statuses() == [OrderStatus.OPEN]
    assert [info.status for info in stage.journal.outcomes("paper")] == [OrderStatus.OPEN]


def test_closing_in_mid_send_leaves_the_order_unknown_for_the_next_start() -> None:
    async def scene(stage: Stage) -> None:
        placing = asyncio.create_task(stage.manager.place(WANTED))
        await asyncio.sleep(0.05)
        await stage.manager.close()
        with pytest.raises(asyncio.CancelledError):
            await placing

    stage = play(scene, answer(OrderStatus.OPEN))
    assert list(stage.tracker.outcome_unknown()) == [stage.order().client_order_id]
    assert len(stage.journal.intents("paper")) == 1
