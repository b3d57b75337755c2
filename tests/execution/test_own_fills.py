"""Which part of an account's history is asked for when ours is looked for."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import cast

import pytest

from exchange_clients.base_client import BaseExchangeClient
from exchange_clients.base_models import NS, ClientOrderId, ContractId, Fill, Market, Symbol
from execution.bot_state import FillStore
from execution.close_out import owned_quantities
from execution.own_fills import EARLIER_NS, PREFIX, READ_AGAIN_NS, read_history, read_ours
from tests.support.bot_stage import make_fill

BTC = ContractId("BTC-PERP")
NOW_NS = 1_800_000_000 * NS


class _Client:
    """Notes what is asked of it."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int, int]] = []
        self.traded: list[Fill] = []

    def market(self, contract_id: ContractId) -> Market:
        return Market(Symbol("BTC"), contract_id, tick=Decimal(1), step=Decimal(1))

    async def get_user_trade_history(self, symbol: str, start: int, end: int) -> Sequence[Fill]:
        self.asked.append((symbol, start, end))
        return [each for each in self.traded if start <= each.venue_ns < end]


class _Store:
    """Knows when the first order was written down, and what was filled."""

    def __init__(self, first_ns: int | None, fills: Sequence[Fill] = ()) -> None:
        self._first_ns = first_ns
        self._fills = fills

    def fills(self, venue: str) -> Sequence[Fill]:
        return self._fills

    def load_state(self, key: str) -> str | None:
        return "named" if "ours" in key else None

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


def filled(trade_id: str, ago_ns: int, name: str | None = None) -> Fill:
    """Return a fill of one BTC so long ago."""
    made = make_fill("c1", "1", trade_id=trade_id)
    named = None if name is None else ClientOrderId(name)
    return replace(made, contract_id=BTC, client_order_id=named, venue_ns=NOW_NS - ago_ns)


def test_what_was_compared_long_ago_is_not_asked_for_again_and_counts_once() -> None:
    """A month of fills would be a thousand requests, with every reconnect of a grid."""
    month_ns, hour_ns = 30 * 24 * 3600 * NS, 3600 * NS
    old = [filled(f"t{number}", month_ns - number) for number in range(3)]
    adopted = filled(f"{PREFIX}1", month_ns)
    at_the_edge = filled("edge", 1 + READ_AGAIN_NS)
    newest, missing, foreign = (
        filled("newest", 0),
        filled("missing", hour_ns, "ours"),
        filled("foreign", hour_ns),
    )
    client = _Client()
    client.traded = [*old, at_the_edge, missing, foreign, newest]
    store = _Store(NOW_NS - month_ns, [*old, adopted, at_the_edge, newest])
    ours = asyncio.run(
        read_ours(
            cast("BaseExchangeClient", client),
            "venue",
            BTC,
            cast("FillStore", store),
            NOW_NS + 1,
        )
    )
    assert client.asked == [("BTC", NOW_NS - READ_AGAIN_NS - EARLIER_NS, NOW_NS + 1)]
    assert [*ours] == [*old, adopted, at_the_edge, missing, newest]
    assert owned_quantities(ours)[BTC] == 7
