"""What the client contract promises of placing, finding and hearing of orders."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exchange_clients.base_models import (
    NS,
    ContractId,
    Fill,
    OrderInfo,
    OrderStatus,
    OrderType,
    Reason,
    Side,
    Symbol,
)
from exchange_clients.errors import InvalidOrder, OutcomeUnknown, VenueRejected
from exchange_clients.journal import IntentKind, MemoryJournal
from exchange_clients.paper.client import PaperClient
from exchange_clients.paper.config import PaperConfig
from exchange_clients.paper.gateway import PaperGateway
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop
from tests.exchange_clients.paper.client_stage import BOTH, filled, play, settled
from tests.exchange_clients.paper.venue_stage import (
    BTC,
    BUY,
    SELL,
    START_NS,
    market,
)

SYMBOL = Symbol("BTC")
# Placing ------------------------------------------------------------------------------------------


@BOTH
def test_a_closing_order_is_a_reduce_only_limit_at_the_given_price(config: PaperConfig) -> None:
    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        await filled(client, BUY, "2")
        result = await client.place_close_order(BTC, Decimal(2), Decimal("101.3"), "SELL")
        assert (result.success, result.side, result.size, result.price) == (
            True,
            SELL,
            Decimal(2),
            Decimal("101.3"),
        )
        [info] = await settled(client)
        assert (info.reduce_only, info.order_type, info.price) == (
            True,
            OrderType.LIMIT,
            Decimal("101.3"),
        )
        assert await client.get_position(SYMBOL) == 2

    play(act, config=config)


@BOTH
@pytest.mark.parametrize(("opened", "side"), [(None, SELL), (BUY, BUY), (SELL, SELL)])
def test_a_closing_order_with_nothing_to_close_is_refused(
    config: PaperConfig, opened: Side | None, side: Side
) -> None:
    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        if opened is not None:
            await filled(client, opened, "1")
        price = Decimal(99) if side is BUY else Decimal(101)
        result = await client.place_close_order(BTC, Decimal(1), price, side)
        assert result.client_order_id is not None
        info = await client.await_order_update(result.client_order_id)
        assert (info.status, info.reason) == (OrderStatus.REJECTED, Reason.REDUCE_ONLY_REJECTED)
        assert abs(await client.get_position(SYMBOL)) == (0 if opened is None else 1)

    play(act, config=config)


@BOTH
def test_a_market_order_trades_at_once_and_a_reduce_only_one_never_turns_the_position(
    config: PaperConfig,
) -> None:
    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        await filled(client, SELL, "3")
        result = await client.place_market_order(BTC, Decimal(5), "buy", reduce_only=True)
        assert result.client_order_id is not None
        info = await client.await_order_update(result.client_order_id)
        assert (info.filled_size, info.average_price) == (Decimal(3), Decimal("100.1"))
        assert await client.get_position(SYMBOL) == 0

    play(act, config=config)


def test_less_than_the_least_notional_is_refused_here_and_an_exit_of_it_is_not() -> None:
    journal = MemoryJournal()
    size, limit = Decimal("0.0499"), Decimal(100)

    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        with pytest.raises(
            InvalidOrder, match=r"notional 4\.990* .* below the minimum 5; at price"
        ) as caught:
            await client.place_limit_order(BTC, size, limit, "buy")
        assert caught.value.reason is Reason.BELOW_MINIMUM
        with pytest.raises(InvalidOrder, match="below the minimum 5"):
            await client.place_market_order(BTC, size, "buy")
        assert journal.intents("paper") == []
        await filled(client, SELL, "1")
        exit_order = await client.place_limit_order(BTC, size, limit, "buy", reduce_only=True)
        assert (exit_order.success, exit_order.status) == (True, OrderStatus.OPEN)
        enough = await client.place_limit_order(BTC, Decimal("0.05"), limit, "buy")
        assert enough.success

    play(act, markets=[market(step="0.0001", min_notional="5")], journal=journal)


def test_an_order_is_sent_on_the_grid_and_told_as_it_was_sent() -> None:
    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        bought = await client.place_limit_order(BTC, Decimal("1.0019"), Decimal("99.59"), "buy")
        sold = await client.place_limit_order(BTC, Decimal("1.0019"), Decimal("100.51"), "sell")
        assert (bought.size, bought.price) == (Decimal("1.001"), Decimal("99.5"))
        assert (sold.size, sold.price) == (Decimal("1.001"), Decimal("100.6"))
        told = [(info.size, info.price) for info in await client.get_active_orders(BTC)]
        assert told == [(bought.size, bought.price), (sold.size, sold.price)]

    play(act)


@BOTH
def test_an_opening_order_that_does_not_fill_is_told_as_open(config: PaperConfig) -> None:
    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        clock = VirtualClock(loop)
        started_ns = clock.now_ns()
        result = await client.place_open_order(BTC, Decimal(1), "SELL")
        assert (result.success, result.status, result.price) == (
            True,
            OrderStatus.OPEN,
            Decimal("100.1"),
        )
        assert 10 <= (clock.now_ns() - started_ns) / NS < 11
        [info] = await client.get_active_orders(BTC)
        assert info.client_order_id == result.client_order_id

    play(act, config=config)


@BOTH
def test_an_opening_order_that_is_refused_is_no_success(config: PaperConfig) -> None:
    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        result = await client.place_open_order(BTC, Decimal(100_000), "buy")
        assert (result.success, result.status, result.reason) == (
            False,
            OrderStatus.REJECTED,
            Reason.INSUFFICIENT_MARGIN,
        )
        assert await client.get_active_orders(BTC) == []

    play(act, config=config)


def test_a_client_order_id_is_used_once() -> None:
    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        name = client.mint_client_order_id()
        await client.place_limit_order(BTC, Decimal(1), Decimal(99), "buy", client_order_id=name)
        with pytest.raises(VenueRejected, match="was used before; mint a new one"):
            await client.place_market_order(BTC, Decimal(1), "buy", client_order_id=name)
        assert len(await client.get_active_orders(BTC)) == 1

    play(act)


# Reading and hearing ------------------------------------------------------------------------------


def test_orders_are_found_by_either_name_and_asked_for_only_when_fresh_is_wanted() -> None:
    journal = MemoryJournal()

    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        result = await client.place_limit_order(BTC, Decimal(1), Decimal(99), "buy")
        assert result.order_id is not None
        assert result.client_order_id is not None
        known = await client.get_order_info(result.order_id)
        assert known is not None
        assert known == await client.get_order_info(result.client_order_id)
        fresh = await client.get_order_info(result.order_id, force_refresh=True)
        assert fresh == known
        assert [intent.kind for intent in journal.intents("paper")] == [IntentKind.PLACE]

    play(act, journal=journal)


def test_open_orders_that_cannot_be_read_are_an_error_and_never_an_empty_list(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def unreadable(self: PaperGateway, contract_id: ContractId) -> list[OrderInfo]:
        raise OutcomeUnknown(f"the open orders of {contract_id} cannot be read")

    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        await client.place_limit_order(BTC, Decimal(1), Decimal(99), "buy")
        assert len(await client.get_active_orders(BTC)) == 1
        monkeypatch.setattr(PaperGateway, "active", unreadable)
        with pytest.raises(OutcomeUnknown, match="the open orders of BTC-PERP cannot be read"):
            await client.get_active_orders(BTC)

    play(act)


def test_fills_are_heard_before_the_change_of_their_order() -> None:
    heard: list[str] = []

    def on_fill(fill: Fill) -> None:
        heard.append(f"fill {fill.size.normalize()}")

    def on_order(info: OrderInfo) -> None:
        heard.append(info.status.value)

    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        client.setup_fill_handler(on_fill)
        client.setup_order_update_handler(on_order)
        await filled(client, BUY, "1")
        await VirtualClock(loop).sleep(1)
        assert heard[-2:] == ["fill 1", "filled"]
        assert heard.count("fill 1") == 1

    play(act)


@BOTH
def test_trades_are_listed_by_market_time_and_order(config: PaperConfig) -> None:
    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        clock = VirtualClock(loop)
        await filled(client, BUY, "1")
        await clock.sleep(5)
        middle_ns = clock.now_ns()
        await filled(client, SELL, "2")
        now_ns = clock.now_ns() + 1
        first, second = await client.get_user_trade_history(SYMBOL, START_NS, now_ns)
        assert [(each.side, each.size) for each in (first, second)] == [
            (BUY, Decimal(1)),
            (SELL, Decimal(2)),
        ]
        history = client.get_user_trade_history
        assert await history(SYMBOL, START_NS, middle_ns) == [first]
        assert await history(SYMBOL, middle_ns, now_ns) == [second]
        assert await history(SYMBOL, first.venue_ns, second.venue_ns) == [first]
        assert await history(SYMBOL, START_NS, now_ns, order_id=second.order_id) == [second]
        assert await history(SYMBOL, START_NS, now_ns, order_id=first.client_order_id) == [first]
        assert await history(SYMBOL, START_NS, now_ns, order_id="unknown") == []

    play(act, config=config)
