"""What only some venues' words allow: amending, sweeping an account, leverage, payments, hashes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from exchange_clients.base_models import (
    ContractId,
    Feature,
    LeverageBracket,
    OrderStatus,
    Reason,
    Side,
    Symbol,
)
from exchange_clients.errors import OutcomeUnknown
from exchange_clients.events import FundingPayment
from exchange_clients.journal import IntentKind, JournalError, MemoryJournal
from exchange_clients.shared.flow import Response
from tests.support.toy_extras import REFERRING, RICH
from tests.support.toy_host import BTC, Fault
from tests.support.toy_stage import EPOCH_NS, ToyStage, play

ONE, PRICE = Decimal(1), Decimal(100)
SYMBOL = Symbol("BTC")


async def buy(stage: ToyStage) -> str:
    placed = await stage.client.place_limit_order(BTC, ONE, PRICE, Side.BUY)
    return str(placed.client_order_id)


def test_words_show_what_a_venue_can_do() -> None:
    async def scene(stage: ToyStage) -> None:
        rich = (Feature.AMEND, Feature.SET_LEVERAGE, Feature.FUNDING_HISTORY)
        assert all(stage.client.supports(each) for each in rich)
        assert not stage.client.supports(Feature.TRAILING_STOP)

    play(scene, venue=RICH)


def test_an_order_is_amended_in_place() -> None:
    async def scene(stage: ToyStage) -> None:
        ref = await buy(stage)
        stage.host.change(ref, price=Decimal(99))
        amended = await stage.client.amend_order(ref, price=Decimal(99))
        assert (amended.success, amended.price) == (True, Decimal(99))

    assert play(scene, venue=RICH).host.sent("PATCH") == 1


@pytest.mark.parametrize("exclusive", [True, False])
def test_an_account_is_swept_only_where_it_is_ours_alone(exclusive: bool) -> None:
    async def scene(stage: ToyStage) -> None:
        host = stage.host

        def sweep(_: Mapping[str, str]) -> object:
            for ref in host.orders:
                host.change(ref, state=OrderStatus.CANCELED)
            return None

        host.answers["/sweep"] = sweep
        for _ in range(3):
            await buy(stage)
        results = await stage.client.cancel_all_orders()
        assert [each.status for each in results] == [OrderStatus.CANCELED] * 3
        assert host.sent("POST", "/sweep") == int(exclusive)
        assert host.sent("DELETE") == (0 if exclusive else 3)

    play(scene, venue=RICH, exclusive=exclusive)


def test_what_a_sweep_leaves_open_is_cancelled_one_by_one() -> None:
    async def scene(stage: ToyStage) -> None:
        stage.host.answers["/sweep"] = lambda _: Response(500, b"")
        await buy(stage)
        (result,) = await stage.client.cancel_all_orders(BTC)
        assert result.status is OrderStatus.CANCELED

    journal = MemoryJournal()
    play(scene, venue=RICH, exclusive=True, journal=journal)
    kinds = [each.kind for each in journal.intents("toy")]
    assert kinds == [IntentKind.PLACE, IntentKind.CANCEL_ALL, IntentKind.CANCEL]


def test_leverage_is_what_the_venue_says_after_it_was_set() -> None:
    async def scene(stage: ToyStage) -> None:
        host = stage.host
        host.answers["/leverage/BTC-PERP"] = lambda _: Decimal(10)
        assert await stage.client.set_leverage(SYMBOL, Decimal(50)) == 10
        host.faults = [Fault("PUT", "/leverage")]
        assert await stage.client.set_leverage(SYMBOL, Decimal(10)) == 10
        host.faults = [Fault("PUT", "/leverage")]
        with pytest.raises(OutcomeUnknown):
            await stage.client.set_leverage(SYMBOL, Decimal(5))

    journal = MemoryJournal()
    play(scene, venue=RICH, journal=journal)
    assert [each.reference for each in journal.intents("toy")] == ["50", "10", "5"]


def test_a_leverage_that_the_venue_rounds_is_set_and_asked_for_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def scene(stage: ToyStage) -> None:
        host = stage.host
        host.answers["/leverage/BTC-PERP"] = lambda _: Decimal("3.0003")
        assert await stage.client.set_leverage(SYMBOL, Decimal(3)) == Decimal("3.0003")
        assert host.sent("GET", "/leverage") == 1

    play(scene, venue=RICH)
    assert "leverage_differs" not in caplog.text


def test_brackets_are_the_venues_where_it_lists_them() -> None:
    bracket = LeverageBracket(Decimal(100_000), Decimal(50), Decimal("0.01"))

    async def scene(stage: ToyStage) -> None:
        stage.host.answers["/brackets"] = lambda _: [bracket]
        info = await stage.client.get_leverage_info(SYMBOL)
        assert (info.brackets, info.margin_requirement) == ((bracket,), Decimal("0.02"))

    play(scene, venue=RICH)


def test_funding_payments_add_up_since_a_position_was_opened() -> None:
    payments = [
        FundingPayment(f"p{hour}", ContractId(BTC), Decimal(hour), "USD", ONE, ONE, hour)
        for hour in (1, 2)
    ]

    async def scene(stage: ToyStage) -> None:
        asked: list[str] = []

        def answer(params: Mapping[str, str]) -> object:
            asked.append(params["since"])
            return {"rows": payments, "next": None}

        stage.host.answers["/payments"] = answer
        await buy(stage)
        stage.host.trade(stage.order())
        await stage.clock.sleep(1)
        opened = datetime(2026, 1, 1, tzinfo=UTC)
        shown = await stage.client.get_position_snapshot(SYMBOL, opened)
        assert shown is not None
        assert shown.cumulative_funding == 3
        assert asked == [str(round(opened.timestamp()) * 10**9)]
        plain = await stage.client.get_position_snapshot(SYMBOL)
        assert plain is not None
        assert plain.cumulative_funding is None
        assert await stage.client.get_funding_payments(SYMBOL, 0, EPOCH_NS) == payments

    play(scene, venue=RICH)


def test_the_transaction_of_a_placement_is_remembered_before_it_leaves() -> None:
    journal = MemoryJournal()

    async def scene(stage: ToyStage) -> None:
        stage.host.faults = [Fault("POST", "/orders", arrives=False)]
        await buy(stage)

    play(scene, venue=REFERRING, journal=journal)
    assert [each.reference for each in journal.intents("toy")] == ["0xabc"]


class FullJournal(MemoryJournal):
    def record_reference(self, venue: str, client_order_id: str, reference: str) -> None:
        raise JournalError("the disk is full")


def test_a_placement_whose_transaction_cannot_be_remembered_is_not_sent() -> None:
    async def scene(stage: ToyStage) -> None:
        placed = await stage.client.place_limit_order(BTC, ONE, PRICE, Side.BUY)
        assert (placed.status, placed.reason) == (OrderStatus.REJECTED, Reason.DENIED_LOCALLY)

    assert play(scene, venue=REFERRING, journal=FullJournal()).host.sent("POST") == 0
