"""Order ports turn every outcome into a result, and a dry run sends nothing."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any, cast

import pytest

from exchange_clients.base_client import BaseExchangeClient
from exchange_clients.base_models import (
    ClientOrderId,
    ContractId,
    OrderResult,
    OrderStatus,
    OrderType,
    Reason,
    Side,
)
from exchange_clients.errors import InvalidOrder, NotConnectedError
from exchange_clients.journal import JournalError
from execution.direct_orders import DirectOrders
from execution.dry_run import DryRunOrders
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
        self._error = error

    async def place_limit_order(self, *words: Any) -> OrderResult:
        return self._answer("limit", *words)

    async def place_market_order(self, *words: Any) -> OrderResult:
        return self._answer("market", *words)

    async def cancel_order(self, *words: Any) -> OrderResult:
        return self._answer("cancel", *words)

    def _answer(self, *words: Any) -> OrderResult:
        self.asked.append(words)
        if self._error is not None:
            raise self._error
        return OrderResult(success=True, status=OrderStatus.OPEN)


def port(client: Client) -> DirectOrders:
    return DirectOrders({"test": cast("BaseExchangeClient", client)})  # the part it calls


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


def test_a_failed_cancel_leaves_the_outcome_unknown() -> None:
    result = asyncio.run(port(Client(NotConnectedError("gone"))).cancel("test", CID))
    assert (result.success, result.outcome_known) == (False, False)


def test_a_dry_run_holds_no_client_and_refuses_with_a_note() -> None:
    dry = DryRunOrders()
    placed = asyncio.run(dry.place("test", BTC, LIMIT, dry.mint("test")))
    cancelled = asyncio.run(dry.cancel("test", CID))
    assert placed.error_message == "dry run: nothing was sent"
    assert (placed.success, cancelled.success, dry.withheld) == (False, False, 2)
