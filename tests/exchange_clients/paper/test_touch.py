from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.base_models import ContractId, Market, Side, Symbol
from exchange_clients.events import BestBidOffer, PublicTrade, Signal, StreamSignal
from exchange_clients.paper.sources.touch import OneTickTouch, with_touch
from exchange_clients.shared.decimal_grid import DecimalGrid

TRX = Market(Symbol("TRX"), ContractId("TRXUSDT"), tick=Decimal("0.00001"), step=Decimal(1))


def trade(price: float, size: float, aggressor: Side, at_ns: int) -> PublicTrade:
    return PublicTrade(TRX.contract_id, price, size, aggressor, at_ns - 1, at_ns, str(at_ns))


def test_a_sale_leaves_the_bid_and_a_purchase_the_ask_where_it_traded() -> None:
    sold, bought = trade(0.23102, 85.0, Side.SELL, 5), trade(0.23104, 7.0, Side.BUY, 9)
    ended = StreamSignal(Signal.ENDED, TRX.contract_id, 9)

    assert list(with_touch([sold, bought, ended], TRX)) == [
        sold,
        BestBidOffer(TRX.contract_id, 0.23102, 85.0, 0.23103, 85.0, 4, 5),
        bought,
        BestBidOffer(TRX.contract_id, 0.23103, 7.0, 0.23104, 7.0, 8, 9),
        ended,
    ]


def test_the_lowest_price_there_is_stands_as_bid() -> None:
    assert OneTickTouch(Decimal("0.5")).around(0.5, as_bid=False) == (0.5, 1.0)
    assert OneTickTouch(Decimal("0.5")).around(1.0, as_bid=False) == (0.5, 1.0)


@pytest.mark.parametrize("tick", ["0.00001", "0.1", "0.25", "5"])
@settings(deadline=None, derandomize=True, max_examples=50)
@given(ticks=st.integers(1, 10**9), as_bid=st.booleans())
def test_both_sides_are_on_the_grid_one_tick_apart(tick: str, ticks: int, as_bid: bool) -> None:
    increment = Decimal(tick)
    grid = DecimalGrid(increment)
    price = float(ticks * increment)
    bid, ask = OneTickTouch(increment).around(price, as_bid=as_bid)

    assert bid > 0
    assert price in (bid, ask)
    assert grid.exact(ask) - grid.exact(bid) == increment
