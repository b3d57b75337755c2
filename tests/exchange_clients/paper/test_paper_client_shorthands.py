"""What the client contract promises of its shorthands on plain symbols."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exchange_clients.base_models import (
    OrderStatus,
    Side,
)
from exchange_clients.errors import (
    UnsupportedFeature,
)
from exchange_clients.paper.client import PaperClient
from exchange_clients.shared.virtual_time import VirtualLoop
from tests.exchange_clients.paper.client_stage import play
from tests.exchange_clients.paper.venue_stage import (
    BTC,
    INSTANT,
)

SIZE, PRICE = Decimal(1), Decimal(99)


@pytest.mark.parametrize(
    ("symbol", "side", "order_type", "price", "status"),
    [
        ("BTC", "BUY", "LIMIT", PRICE, OrderStatus.OPEN),
        ("btc", "Buy", "Limit", PRICE, OrderStatus.OPEN),
        ("BTC-PERP", "sell", "market", None, OrderStatus.FILLED),
        ("BTC-USD", "Sell", "MARKET", None, OrderStatus.FILLED),
    ],
)
def test_shorthand_orders_take_words_in_any_letter_case(
    symbol: str, side: str, order_type: str, price: Decimal | None, status: OrderStatus
) -> None:
    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        result = await client.place_order(symbol, side, order_type, SIZE, price)
        assert (result.success, result.status) == (True, status)
        assert result.side is Side(side.lower())

    play(act, config=INSTANT)


def test_a_shorthand_order_that_cannot_be_meant_is_refused_by_name() -> None:
    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        with pytest.raises(ValueError, match="side 'long' is not known; use one of buy, sell"):
            await client.place_order("BTC", "long", "market", SIZE)
        with pytest.raises(ValueError, match="order_type 'lim' is not known; use one of limit, "):
            await client.place_order("BTC", "buy", "lim", SIZE)
        with pytest.raises(ValueError, match="price is missing"):
            await client.place_order("BTC", "buy", "limit", SIZE)
        with pytest.raises(UnsupportedFeature, match="paper does not support stop by place order"):
            await client.place_order("BTC", "buy", "stop", SIZE, PRICE)
        with pytest.raises(ValueError, match="Market DOGE not found or not tradeable on paper"):
            await client.place_order("DOGE", "buy", "market", SIZE)
        assert await client.get_active_orders(BTC) == []

    play(act)


def test_shorthand_reads_are_plain_dicts_of_decimals() -> None:
    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        assert await client.get_positions() == []
        assert await client.get_balance() == {"USD": Decimal(10_000)}
        await client.place_order("BTC", "sell", "market", Decimal(2))
        [position] = await client.get_positions()
        assert position == {
            "symbol": "BTC",
            "contract_id": BTC,
            "quantity": Decimal(-2),
            "entry_price": Decimal(100),
            "unrealized_pnl": Decimal("-0.1"),
        }
        assert (await client.get_balance())["USD"] == await client.get_account_balance()

    play(act)
