"""What becomes of an order when answers are lost, late, refused or contradict the stream."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Protocol

import pytest

from exchange_clients.base_models import (
    NS,
    ClientIdSpace,
    ClientOrderId,
    ContractId,
    Fill,
    Market,
    NewOrder,
    OrderInfo,
    OrderResult,
    OrderStatus,
    Reason,
    Side,
    Symbol,
)
from exchange_clients.errors import (
    InsufficientMargin,
    InvalidOrder,
    MalformedPayload,
    NotConnectedError,
    OrderNotFound,
    OutcomeUnknown,
    RateLimited,
    VenueRejected,
)
from exchange_clients.journal import IntentKind, JournalError, MemoryJournal, OrderIntent
from exchange_clients.shared.client.client_order_ids import ClientOrderIds
from exchange_clients.shared.client.gateway import Found, NotYetKnown, Prepared, ProvenAbsent
from exchange_clients.shared.client.managers.order_manager import UNMINTED, OrderManager
from exchange_clients.shared.client.order_tracker import OrderTracker
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual
from tests.exchange_clients.shared.client.managers.scripted_gateway import (
    ScriptedGateway,
    Send,
    shown,
    traded,
)

BTC = ContractId("BTC-PERP")
MARKET = Market(
    symbol=Symbol("BTC"),
    contract_id=BTC,
    tick=Decimal("0.5"),
    step=Decimal("0.001"),
    min_size=Decimal("0.002"),
    min_notional=Decimal(5),
)
SPACE = ClientIdSpace(length=20, alphabet="0123456789abcdef")
WANTED = NewOrder(UNMINTED, BTC, Side.BUY, Decimal("1.0"), Decimal(100))


class FullJournal(MemoryJournal):
    """A journal on a full disk."""

    def record_intent(self, intent: OrderIntent) -> None:
        raise JournalError("no room for " + intent.client_order_id)


@dataclass
class Stage:
    """One manager, its venue, and everything its handlers heard."""

    gateway: ScriptedGateway
    journal: MemoryJournal
    tracker: OrderTracker
    manager: OrderManager
    heard: list[OrderInfo | Fill]

    def order(self, number: int = 0) -> NewOrder:
        """The order of the n-th placement that was sent."""
        placed = [each.order for each in self.gateway.sent if each.kind is IntentKind.PLACE]
        order = placed[number]
        assert order is not None
        return order

    def statuses(self) -> list[OrderStatus]:
        return [each.status for each in self.heard if isinstance(each, OrderInfo)]


class Scene(Protocol):
    async def __call__(self, stage: Stage) -> None: ...


def play(
    scene: Scene,
    *answers: Send,
    lookups: list[Any] | None = None,
    journal: MemoryJournal | None = None,
) -> Stage:
    """Run a scene on virtual time and return what is left of it."""
    memory = journal or MemoryJournal()
    stages: list[Stage] = []

    async def main(loop: VirtualLoop) -> None:
        gateway = ScriptedGateway(answers=list(answers), lookups=lookups or [])
        tracker = OrderTracker()
        ids = ClientOrderIds(SPACE, "north", memory.next_order_number)
        manager = OrderManager(
            "paper", gateway, tracker, memory, VirtualClock(loop), ids, lambda _: MARKET
        )
        stage = Stage(gateway, memory, tracker, manager, [])
        manager.add_fill_handler(stage.heard.append)
        manager.add_order_handler(stage.heard.append)
        stages.append(stage)
        await scene(stage)
        await manager.close()

    run_virtual(main, epoch_ns=1_000 * NS)
    return stages[0]


def answer(status: OrderStatus, filled: str = "0", average: str | None = None) -> Send:
    """Answer after 100 ms with the order as placed."""

    async def send(prepared: Prepared) -> OrderInfo:
        await asyncio.sleep(0.1)
        if prepared.order is not None:
            return shown(prepared.order, status, filled, average)
        assert isinstance(prepared.payload, OrderInfo)
        return replace(
            prepared.payload,
            status=status,
            filled_size=Decimal(filled),
            average_price=None if average is None else Decimal(average),
        )

    return send


def fail(error: BaseException) -> Send:
    """Fail after 100 ms."""

    async def send(_: Prepared) -> OrderInfo:
        await asyncio.sleep(0.1)
        raise error

    return send


# Before it is sent -------------------------------------------------------------------------------


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


# Refusals ----------------------------------------------------------------------------------------


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


# Lost answers ------------------------------------------------------------------------------------

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
    assert len(stage.gateway.found) == 10 + 1
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


# Fills and reports -------------------------------------------------------------------------------


def test_a_fill_is_told_once_and_before_the_change_of_its_order() -> None:
    async def scene(stage: Stage) -> None:
        await stage.manager.place(WANTED)
        order = stage.order()
        stage.heard.clear()
        stage.manager.on_order(shown(order, OrderStatus.PARTIALLY_FILLED, "0.4", "100"))
        assert stage.heard == [], "the change waits for its fill"
        stage.manager.on_fill(traded(order, "t1", "0.4"))
        stage.manager.on_fill(replace(traded(order, "t1", "0.4"), replayed=True))

    stage = play(scene, answer(OrderStatus.OPEN))
    assert [type(each) for each in stage.heard] == [Fill, OrderInfo]
    assert stage.journal.fills("paper") == [traded(stage.order(), "t1", "0.4")]
    assert stage.gateway.fill_queries == []


def test_a_fill_that_the_stream_lost_is_fetched() -> None:
    async def scene(stage: Stage) -> None:
        await stage.manager.place(WANTED)
        order = stage.order()
        stage.heard.clear()
        stage.gateway.trades = [traded(order, "t1", "1.0", 1_001 * NS)]
        stage.manager.on_order(shown(order, OrderStatus.FILLED, "1.0", "100"))
        await asyncio.sleep(5)

    stage = play(scene, answer(OrderStatus.OPEN))
    assert [type(each) for each in stage.heard] == [Fill, OrderInfo]
    assert len(stage.gateway.fill_queries) == 1


def test_a_change_whose_fills_never_come_is_told_in_the_end() -> None:
    async def scene(stage: Stage) -> None:
        await stage.manager.place(WANTED)
        stage.heard.clear()
        stage.manager.on_order(shown(stage.order(), OrderStatus.FILLED, "1.0", "100"))
        await asyncio.sleep(600)

    stage = play(scene, answer(OrderStatus.OPEN))
    assert stage.statuses() == [OrderStatus.FILLED]
    assert len(stage.gateway.fill_queries) == 5


def test_reports_under_the_venue_id_alone_are_kept_until_the_answer_names_it() -> None:
    async def scene(stage: Stage) -> None:
        placing = asyncio.create_task(stage.manager.place(WANTED))
        await asyncio.sleep(0.05)
        nameless = replace(traded(stage.order(), "t1", "0.4"), client_order_id=None)
        stage.manager.on_fill(nameless)
        stage.manager.on_order(
            replace(shown(stage.order(), OrderStatus.PARTIALLY_FILLED, "0.4"), client_order_id=None)
        )
        assert stage.heard == []
        await placing

    stage = play(scene, answer(OrderStatus.OPEN))
    assert stage.statuses()[-1] is OrderStatus.PARTIALLY_FILLED
    assert [each for each in stage.heard if isinstance(each, Fill)] == [
        traded(stage.order(), "t1", "0.4")
    ]
    assert stage.tracker.foreign == 0


def test_orders_of_others_are_not_told() -> None:
    async def scene(stage: Stage) -> None:
        other = replace(WANTED, client_order_id=ClientOrderId("theirs"))
        stage.manager.on_order(shown(other, OrderStatus.OPEN))
        stage.manager.on_fill(traded(other, "t9", "1"))

    stage = play(scene)
    assert stage.heard == []
    assert stage.tracker.foreign == 2
    assert stage.journal.fills("paper") == []


def test_waiting_for_an_update_ends_with_the_order() -> None:
    async def scene(stage: Stage) -> None:
        await stage.manager.place(WANTED)
        loop = asyncio.get_running_loop()
        order = stage.order()
        loop.call_later(2, stage.manager.on_fill, traded(order, "t1", "0.4"))
        loop.call_later(3, stage.manager.on_fill, traded(order, "t2", "0.6"))
        start = loop.time()
        info = await stage.manager.await_update(order.client_order_id)
        assert (info.status, loop.time() - start) == (OrderStatus.FILLED, 3.0)

    play(scene, answer(OrderStatus.OPEN))


def test_waiting_for_an_update_is_bounded() -> None:
    async def scene(stage: Stage) -> None:
        await stage.manager.place(WANTED)
        info = await stage.manager.await_update(stage.order().client_order_id, timeout=1.5)
        assert info.status is OrderStatus.OPEN
        with pytest.raises(OrderNotFound):
            await stage.manager.await_update("theirs")

    play(scene, answer(OrderStatus.OPEN))


# Cancelling --------------------------------------------------------------------------------------


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


# Amending ----------------------------------------------------------------------------------------


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


# Restart and reconnect ---------------------------------------------------------------------------


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

        assert {name: info.status for name, info in truth.orders.items()} == {
            first.client_order_id: OrderStatus.FILLED,
            second.client_order_id: OrderStatus.CANCELED,
            third.client_order_id: OrderStatus.REJECTED,
        }
        assert truth.positions == {BTC: Decimal("1.0")}
        assert truth.unresolved == ()
        assert stage.heard[0] == traded(first, "t2", "0.6", 1_005 * NS), "the known fill is old"
        assert stage.manager.mint_client_order_id() not in truth.orders

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
        assert truth.orders[order.client_order_id].status is OrderStatus.OPEN
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
        assert list(truth.orders) == [order.client_order_id]
        assert truth.positions == {}
        stage.manager.on_fill(traded(order, "t1", "1.0"))
        assert (await stage.manager.reconcile()).positions == {BTC: Decimal("1.0")}

    play(scene, answer(OrderStatus.OPEN))


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
