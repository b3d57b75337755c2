"""Order ports turn every outcome into a result, and a dry run sends nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from decimal import Decimal
from typing import Any, cast

import pytest

from exchange_clients.base_client import BaseExchangeClient
from exchange_clients.base_models import (
    ClientOrderId,
    ContractId,
    OrderInfo,
    OrderResult,
    OrderStatus,
    OrderType,
    Reason,
    Side,
    VenueOrderId,
)
from exchange_clients.errors import InvalidOrder, NotConnectedError, OutcomeUnknown
from exchange_clients.journal import JournalError
from exchange_clients.shared.clock import ManualClock
from exchange_clients.shared.virtual_time import VirtualLoop, run_virtual
from execution.dry_run import DryRunOrders
from execution.order_executor import OrderExecutor
from execution.order_params import OrderParams

BTC = ContractId("BTC")
CID = ClientOrderId("c1")
LIMIT = OrderParams(Side.BUY, Decimal("0.1"), Decimal(100), key="entry-1", post_only=True)
MARKET = OrderParams(
    Side.SELL, Decimal("0.1"), order_type=OrderType.MARKET, key="stop-1", reduce_only=True
)


class Client:
    """Writes down what it is asked and answers, or raises, as told."""

    def __init__(self, error: Exception | None = None) -> None:
        self.asked: list[Any] = []
        self.end = OrderStatus.FILLED
        self._error = error

    async def place_limit_order(self, *words: Any) -> OrderResult:
        return self._answer("limit", *words)

    async def place_market_order(self, *words: Any) -> OrderResult:
        return self._answer("market", *words)

    async def cancel_order(self, *words: Any) -> OrderResult:
        return self._answer("cancel", *words)

    async def get_order_info(self, name: str, *, force_refresh: bool) -> OrderInfo:
        self.asked.append(("look", name, force_refresh))
        if len(self.asked) < 4:
            raise OutcomeUnknown("not known yet")
        return order_info(OrderStatus.CANCELED)

    async def await_order_update(self, name: str, timeout: float) -> OrderInfo:
        return order_info(self.end)

    def setup_fill_handler(self, handler: object) -> None:
        pass

    def get_exchange_name(self) -> str:
        return "test"

    def _answer(self, *words: Any) -> OrderResult:
        self.asked.append(words)
        if self._error is not None:
            raise self._error
        return OrderResult(success=True, status=OrderStatus.OPEN, client_order_id=CID)


def order_info(status: OrderStatus) -> OrderInfo:
    return OrderInfo(
        order_id=VenueOrderId("1"),
        client_order_id=CID,
        contract_id=BTC,
        side=Side.SELL,
        size=Decimal("0.1"),
        price=None,
        status=status,
    )


def port(client: Client) -> OrderExecutor:
    told = {"test": cast("BaseExchangeClient", client)}  # the part it calls
    return OrderExecutor(told, ManualClock())


def run(asked: Coroutine[Any, Any, OrderResult]) -> OrderResult:
    async def main(loop: VirtualLoop) -> OrderResult:
        return await asked

    return run_virtual(main)


def test_limit_and_market_orders_reach_the_client_with_every_field() -> None:
    client = Client()
    asyncio.run(port(client).place("test", BTC, LIMIT, CID))
    asyncio.run(port(client).place("test", BTC, MARKET, CID))
    assert client.asked == [
        ("limit", BTC, Decimal("0.1"), Decimal(100), Side.BUY, False, True, CID),
        ("market", BTC, Decimal("0.1"), Side.SELL, True, CID),
    ]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (InvalidOrder("size 0.1 is below the minimum"), Reason.INVALID_ORDER),
        (NotConnectedError("call connect() first"), Reason.DENIED_LOCALLY),
        (JournalError("disk full"), Reason.DENIED_LOCALLY),
    ],
)
def test_an_error_before_sending_is_a_known_refusal(error: Exception, reason: Reason) -> None:
    result = asyncio.run(port(Client(error)).place("test", BTC, LIMIT, CID))
    assert (result.success, result.status, result.reason) == (False, OrderStatus.REJECTED, reason)
    assert result.outcome_known
    assert result.error_message == str(error)


def test_a_failed_cancel_is_followed_by_questions_until_the_end_is_proven() -> None:
    client = Client(NotConnectedError("gone"))
    result = run(port(client).cancel("test", CID))
    assert (result.success, result.status, result.outcome_known) == (
        True,
        OrderStatus.CANCELED,
        True,
    )
    assert [words[0] for words in client.asked] == ["cancel", "cancel", "look", "cancel", "look"]


def test_a_market_order_is_told_at_its_end_and_withdrawn_where_it_comes_to_none() -> None:
    client = Client()
    assert run(port(client).place("test", BTC, MARKET, CID)).status is OrderStatus.FILLED
    client.end = OrderStatus.OPEN
    assert run(port(client).place("test", BTC, MARKET, CID)).status is OrderStatus.CANCELED


def test_an_answer_that_was_lost_leaves_a_resting_order_open() -> None:
    result = run(port(Client(OutcomeUnknown("no answer"))).place("test", BTC, LIMIT, CID))
    assert (result.status, result.outcome_known) == (OrderStatus.PENDING, False)


def test_a_dry_run_holds_no_client_and_refuses_with_a_note() -> None:
    dry = DryRunOrders(1)
    placed = asyncio.run(dry.place("test", BTC, LIMIT, dry.mint("test")))
    cancelled = asyncio.run(dry.cancel("test", CID))
    assert placed.error_message == "dry run: nothing was sent"
    assert (placed.success, cancelled.success, dry.withheld) == (False, False, 2)


def test_a_dry_run_names_no_order_as_the_process_before_it_did() -> None:
    names = [dry.mint("test") for dry in (DryRunOrders(1), DryRunOrders(2)) for _ in range(2)]
    assert len(dict.fromkeys(names)) == 4
