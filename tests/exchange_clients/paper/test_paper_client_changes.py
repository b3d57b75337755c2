"""What the client contract promises of conditional orders, changes and cancellations."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from exchange_clients.base_models import (
    OrderStatus,
    OrderType,
    Reason,
    Symbol,
)
from exchange_clients.errors import InvalidOrder, OrderNotFound
from exchange_clients.paper.client import PaperClient
from exchange_clients.paper.config import PaperConfig
from exchange_clients.paper.sources.base import SourceEvent
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop
from tests.exchange_clients.paper.client_stage import BOTH, filled, play, settled
from tests.exchange_clients.paper.venue_stage import (
    BTC,
    BUY,
    ETH,
    SELL,
    market,
    order,
    quote,
    trade,
)

SYMBOL = Symbol("BTC")


# Conditional orders -------------------------------------------------------------------------------

FALL = [quote(0, 100.0, 100.1), *(quote(4 + second, 98.0, 98.1) for second in range(30))]


@BOTH
@pytest.mark.parametrize("order_type", [OrderType.STOP_MARKET, OrderType.STOP])
def test_a_stop_waits_for_its_trigger_and_closes_the_position(
    config: PaperConfig, order_type: OrderType
) -> None:
    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        await filled(client, BUY, "1")
        price = "97" if order_type is OrderType.STOP else None
        name = client.mint_client_order_id()
        wanted = order(
            name, SELL, "1", price, order_type=order_type, trigger_price="99", reduce_only=True
        )
        result = await client.place_conditional_order(wanted)
        assert result.success
        [waiting] = await settled(client)
        assert (waiting.order_type, waiting.filled_size) == (order_type, Decimal(0))
        info = await client.await_order_update(name)
        assert (info.status, info.average_price) == (OrderStatus.FILLED, Decimal(98))
        assert await client.get_position(SYMBOL) == 0

    play(act, FALL, config=config)


def test_a_trailing_stop_follows_the_price_and_then_sells() -> None:
    rise = [quote(second, 100.0 + second, 100.1 + second) for second in range(11)]
    fall = [quote(11 + second, 109.0 - second, 109.1 - second) for second in range(20)]

    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        await filled(client, BUY, "1")
        name = client.mint_client_order_id()
        wanted = replace(
            order(name, SELL, "1", order_type=OrderType.TRAILING_STOP, reduce_only=True),
            trailing_fraction=Decimal("0.02"),
        )
        assert (await client.place_conditional_order(wanted)).success
        info = await client.await_order_update(name, 60)
        # The best price was 110.0 and some; two percent below it is 107.8.
        assert (info.status, info.average_price) == (OrderStatus.FILLED, Decimal(107))

    play(act, [*rise, *fall])


def test_an_order_without_a_trigger_is_no_conditional_order() -> None:
    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        with pytest.raises(InvalidOrder, match="order_type limit waits for no trigger"):
            await client.place_conditional_order(order("a", BUY, "1", "99"))
        forgotten = order(client.mint_client_order_id(), BUY, "1", order_type=OrderType.STOP_MARKET)
        with pytest.raises(InvalidOrder, match="trigger_price is missing: a stop_market order"):
            await client.place_conditional_order(forgotten)
        assert await client.get_active_orders(BTC) == []

    play(act)


# Changing and cancelling --------------------------------------------------------------------------


@BOTH
def test_a_cancel_of_a_partly_filled_order_tells_the_final_filled_size(
    config: PaperConfig,
) -> None:
    events: list[SourceEvent] = [
        quote(0, 100.0, 100.1, size=10.0),
        trade(3, 99.9, 10.4, SELL),
        *(quote(4 + second, 100.0, 100.1, size=10.0) for second in range(20)),
    ]

    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        resting = await client.place_limit_order(BTC, Decimal(30), Decimal("99.9"), "buy")
        assert resting.client_order_id is not None
        await VirtualClock(loop).sleep(6)
        info = await client.get_order_info(resting.client_order_id)
        assert info is not None
        assert info.status is OrderStatus.PARTIALLY_FILLED
        result = await client.cancel_order(resting.client_order_id)
        assert (result.success, result.status, result.size) == (
            True,
            OrderStatus.CANCELED,
            Decimal(30),
        )
        assert result.filled_size == await client.get_position(SYMBOL) == Decimal("10.4")
        again = await client.cancel_order(resting.client_order_id)
        assert (again.status, again.filled_size) == (result.status, result.filled_size)

    play(act, events, config=config)


@BOTH
def test_everything_or_one_market_is_cancelled_at_once(config: PaperConfig) -> None:
    events = [
        quote(second, price, price + 0.1, contract_id=contract)
        for second in range(40)
        for contract, price in ((BTC, 100.0), (ETH, 50.0))
    ]

    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        for contract, price in ((BTC, 99), (BTC, 98), (ETH, 49)):
            await client.place_limit_order(contract, Decimal(1), Decimal(price), "buy")
        results = await client.cancel_all_orders(ETH)
        assert [result.status for result in results] == [OrderStatus.CANCELED]
        assert len(await settled(client)) == 2
        results = await client.cancel_all_orders()
        assert [result.success for result in results] == [True, True]
        assert await settled(client) == []
        assert await client.cancel_all_orders() == []

    play(act, events, markets=[market(), market(ETH)], config=config)


def test_an_order_that_is_not_ours_is_told_as_such() -> None:
    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        canceled = await client.cancel_order("12345")
        amended = await client.amend_order("12345", price=Decimal(98))
        for result in (canceled, amended):
            assert (result.success, result.reason) == (False, Reason.ORDER_NOT_FOUND)
        with pytest.raises(OrderNotFound, match="'12345' is not an order that this client placed"):
            await client.get_order_info("12345")
        with pytest.raises(OrderNotFound):
            await client.await_order_update("12345")

    play(act)


@BOTH
def test_an_amend_below_what_has_filled_or_after_the_end_changes_nothing(
    config: PaperConfig,
) -> None:
    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        resting = await client.place_limit_order(BTC, Decimal(2), Decimal(99), "buy")
        assert resting.client_order_id is not None
        await settled(client)
        with pytest.raises(InvalidOrder, match="is not above zero on step"):
            await client.amend_order(resting.client_order_id, quantity=Decimal(0))
        await client.cancel_order(resting.client_order_id)
        late = await client.amend_order(resting.client_order_id, price=Decimal(98))
        assert late.status is OrderStatus.CANCELED
        info = await client.get_order_info(resting.client_order_id)
        assert info is not None
        assert (info.price, info.size) == (Decimal(99), Decimal(2))

    play(act, config=config)
