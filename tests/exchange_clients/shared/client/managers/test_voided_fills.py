"""What a venue has voided is taken back once, and the order stays as it was."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

import pytest

from exchange_clients.base_models import (
    NS,
    ClientOrderId,
    ContractId,
    Fill,
    OrderStatus,
    Side,
    TradeId,
)
from exchange_clients.errors import MalformedPayload
from exchange_clients.events import Unreadable, VoidedFill
from exchange_clients.journal import MemoryJournal
from exchange_clients.shared.client.managers.voided_fills import VoidedFills
from tests.exchange_clients.shared.client.managers.order_stage import (
    BTC,
    WANTED,
    Stage,
    answer,
    play,
)
from tests.exchange_clients.shared.client.managers.scripted_gateway import (
    ScriptedGateway,
    shown,
    traded,
)

D = Decimal
ORDER = replace(WANTED, client_order_id=ClientOrderId("a1"))
FILL = replace(traded(ORDER, "7", "0.4", 5 * NS), fee=D("0.02"))
VOIDED = VoidedFill(TradeId("7"), 9 * NS)
REVERSING = replace(
    FILL, trade_id=TradeId("voided-7"), side=Side.SELL, fee=D("-0.02"), venue_ns=9 * NS
)


@dataclass
class VoidingVenue(ScriptedGateway):
    """A venue that lists what it has voided."""

    voids: list[VoidedFill | Unreadable] = field(default_factory=list)
    voids_fills: bool = True

    async def voided(self, start_ns: int, end_ns: int) -> Sequence[VoidedFill | Unreadable]:
        return self.voids


NOON_NS = 1_000 * NS
OPENED = traded(ORDER, "1", "0.4", NOON_NS)
ADDED = traded(ORDER, "2", "0.3", NOON_NS + 10 * NS)
LATER_NS = NOON_NS + 400 * NS


def forgotten(
    *listed: Fill, rest: str, now_ns: int = LATER_NS, voids_fills: bool = True
) -> list[Fill]:
    """Return what is taken back of two fills where a venue lists these, and holds so much more."""
    voided, booked = books()
    voided.remember(OPENED)
    voided.remember(ADDED)
    venue = VoidingVenue(trades=list(listed), voids_fills=voids_fills)
    gone = asyncio.run(voided.take_back_vanished(venue, BTC, D(rest), now_ns))
    assert booked == [fill.taken_back(now_ns) for fill in gone]
    return list(gone)


def books() -> tuple[VoidedFills, list[Fill]]:
    """Return what is voided at an account, and what was booked for it."""
    booked: list[Fill] = []
    return VoidedFills("paradex", booked.append), booked


def test_a_reversing_fill_names_what_it_takes_back_and_the_side_of_the_order() -> None:
    assert FILL.taken_back(9 * NS) == REVERSING
    assert (REVERSING.voids, REVERSING.order_side) == (TradeId("7"), Side.BUY)
    assert (FILL.voids, FILL.order_side) == (None, Side.BUY)


def test_a_fill_is_taken_back_once_however_often_it_is_told() -> None:
    voided, booked = books()
    voided.remember(FILL)
    for _ in range(3):
        voided.on_voided(VOIDED)
    assert booked == [REVERSING]


def test_what_is_voided_before_it_is_known_is_taken_back_once_it_is() -> None:
    voided, booked = books()
    voided.on_voided(VOIDED)
    assert booked == []
    voided.remember(FILL)
    voided.on_voided(VOIDED)
    assert booked == [REVERSING]


def test_what_an_earlier_process_has_taken_back_is_not_taken_back_again() -> None:
    voided, booked = books()
    voided.on_voided(VOIDED)
    voided.know(REVERSING)
    voided.remember(FILL)
    voided.on_voided(VOIDED)
    assert booked == []


def test_a_history_has_what_takes_voided_fills_back_though_nobody_had_heard_of_them() -> None:
    voided, _ = books()
    voided.on_voided(VOIDED)
    assert voided.within([FILL], BTC, 0, 10 * NS) == [FILL, REVERSING]
    assert voided.within([FILL], BTC, 0, 9 * NS) == [FILL]


def test_fills_that_a_venue_lists_no_more_are_taken_back_where_they_explain_its_position() -> None:
    assert forgotten(OPENED, rest="-0.3") == [ADDED]
    assert forgotten(rest="-0.7") == [OPENED, ADDED]


def test_fills_are_not_taken_back_on_less_than_the_whole_proof() -> None:
    assert forgotten(OPENED, ADDED, rest="-0.3") == [], "it is listed"
    assert forgotten(OPENED, rest="-0.2") == [], "another hand has traded"
    assert forgotten(OPENED, rest="0.3") == [], "of the other side"
    assert forgotten(OPENED, rest="0") == [], "the position is explained"
    assert forgotten(OPENED, rest="-0.3", now_ns=NOON_NS + 300 * NS) == [], "lists trail"
    assert forgotten(OPENED, rest="-0.3", voids_fills=False) == [], "the venue never does that"


def test_what_has_vanished_is_taken_back_once_and_an_unreadable_list_proves_nothing() -> None:
    async def main() -> None:
        voided, booked = books()
        voided.remember(OPENED)
        rest = -OPENED.size

        class Garbled(VoidingVenue):
            async def fills(
                self, contract_id: ContractId, start_ns: int, end_ns: int
            ) -> Sequence[Fill | Unreadable]:
                return [Unreadable((), "size is null")]

        with pytest.raises(MalformedPayload, match="size is null"):
            await voided.take_back_vanished(Garbled(), BTC, rest, LATER_NS)
        for _ in range(2):
            await voided.take_back_vanished(VoidingVenue(), BTC, rest, LATER_NS)
        assert booked == [OPENED.taken_back(LATER_NS)]

    asyncio.run(main())


def test_a_voided_fill_leaves_the_position_and_not_the_order() -> None:
    async def scene(stage: Stage) -> None:
        await stage.manager.place(WANTED)
        order = stage.order()
        stage.manager.on_order(shown(order, OrderStatus.FILLED, "1.0", "100"))
        stage.manager.on_fill(traded(order, "t1", "1.0"))
        stage.heard.clear()
        stage.manager.voided.on_voided(VoidedFill(TradeId("t1"), 9 * NS))
        info = stage.tracker.get(order.client_order_id)
        assert info is not None
        assert (info.status, info.filled_size) == (OrderStatus.FILLED, D(1))
        assert stage.manager.own_position(BTC) == 0
        assert stage.manager.owned() == {BTC: D(0)}

    stage = play(scene, answer(OrderStatus.OPEN))
    reversing = traded(stage.order(), "t1", "1.0").taken_back(9 * NS)
    assert stage.heard == [reversing]
    assert stage.journal.fills("paper")[-1] == reversing


def test_a_restart_and_an_audit_ask_what_was_voided_and_book_it_once() -> None:
    journal = MemoryJournal()
    venue = VoidingVenue()

    async def before(stage: Stage) -> None:
        await stage.manager.place(WANTED)
        stage.manager.on_fill(traded(stage.order(), "t1", "0.4", 1_000 * NS))

    order = play(before, answer(OrderStatus.OPEN), journal=journal, venue=venue).order()
    venue.voids = [VoidedFill(TradeId("t1"), 1_004 * NS)]

    async def after(stage: Stage) -> None:
        truth = await stage.manager.reconcile()
        assert truth.positions == {BTC: D(0)}
        await stage.manager.audit.look()
        await stage.manager.reconcile()
        assert stage.manager.own_position(BTC) == 0

    stage = play(after, journal=journal, venue=venue)
    assert stage.heard[0] == traded(order, "t1", "0.4", 1_000 * NS).taken_back(1_004 * NS)
    assert len(journal.fills("paper")) == 2

    async def again(stage: Stage) -> None:
        assert (await stage.manager.reconcile()).positions == {BTC: D(0)}
        await asyncio.sleep(1)

    assert play(again, journal=journal, venue=venue).heard == []
    assert len(journal.fills("paper")) == 2
