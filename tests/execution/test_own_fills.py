"""Which part of an account's history is asked for when ours is looked for."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from typing import cast

import pytest

from exchange_clients.base_client import BaseExchangeClient
from exchange_clients.base_models import NS, ContractId, Fill, Market, Symbol
from execution.bot_state import FillStore
from execution.own_fills import EARLIER_NS, read_history

BTC = ContractId("BTC-PERP")
NOW_NS = 1_800_000_000 * NS


class _Client:
    """Notes what is asked of it."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int, int]] = []

    def market(self, contract_id: ContractId) -> Market:
        return Market(Symbol("BTC"), contract_id, tick=Decimal(1), step=Decimal(1))

    async def get_user_trade_history(self, symbol: str, start: int, end: int) -> Sequence[Fill]:
        self.asked.append((symbol, start, end))
        return []


class _Store:
    """Knows when the first order was written down."""

    def __init__(self, first_ns: int | None) -> None:
        self._first_ns = first_ns

    def first_order_ns(self, venue: str) -> int | None:
        return self._first_ns


@pytest.mark.parametrize(
    ("first_ns", "asked"),
    [
        (None, []),
        (NOW_NS, [("BTC", NOW_NS - EARLIER_NS, NOW_NS + 1)]),
        (1, [("BTC", 0, NOW_NS + 1)]),
    ],
)
def test_nothing_is_asked_of_the_time_before_our_first_order(
    first_ns: int | None, asked: list[tuple[str, int, int]]
) -> None:
    """Venues tell a week in one answer, so the years before would be a hundred requests."""
    client, store = _Client(), cast("FillStore", _Store(first_ns))
    told = read_history(cast("BaseExchangeClient", client), "venue", BTC, store, NOW_NS + 1)
    assert list(asyncio.run(told)) == []
    assert client.asked == asked
