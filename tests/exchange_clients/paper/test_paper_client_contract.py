"""What the client contract promises of sessions, markets and prices."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from exchange_clients.base_models import (
    ClientOrderId,
    ContractId,
    Feature,
    Fill,
    Level,
    OrderStatus,
    OrderType,
    Symbol,
)
from exchange_clients.errors import (
    ClientConfigError,
    NotConnectedError,
    OutcomeUnknown,
    StaleData,
)
from exchange_clients.journal import MemoryJournal
from exchange_clients.paper.client import PaperClient
from exchange_clients.paper.exchange import PaperExchange
from exchange_clients.paper.feed import PaperFeed
from exchange_clients.paper.recovery import resume_ns
from exchange_clients.paper.sources.base import Liquidity, SourceEvent
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual
from tests.exchange_clients.paper.client_stage import QUOTES, play
from tests.exchange_clients.paper.venue_stage import (
    BTC,
    BUY,
    ETH,
    INSTANT,
    START_NS,
    ListSource,
    market,
    order,
    quote,
    snapshot,
)

SYMBOL = Symbol("BTC")
SIZE, PRICE = Decimal(1), Decimal(99)
CALLS: dict[str, Callable[[PaperClient], Awaitable[object]]] = {
    "get_contract_attributes": lambda client: client.get_contract_attributes("BTC"),
    "get_market_metadata": lambda client: client.get_market_metadata(BTC),
    "fetch_bbo_prices": lambda client: client.fetch_bbo_prices(BTC),
    "get_order_book_depth": lambda client: client.get_order_book_depth(BTC),
    "get_leverage_info": lambda client: client.get_leverage_info(SYMBOL),
    "get_min_order_notional": lambda client: client.get_min_order_notional(SYMBOL),
    "place_limit_order": lambda client: client.place_limit_order(BTC, SIZE, PRICE, "buy"),
    "place_market_order": lambda client: client.place_market_order(BTC, SIZE, "buy"),
    "place_conditional_order": lambda client: client.place_conditional_order(
        order("stop", BUY, "1", order_type=OrderType.STOP_MARKET, trigger_price="101")
    ),
    "place_open_order": lambda client: client.place_open_order(BTC, SIZE, "buy"),
    "place_close_order": lambda client: client.place_close_order(BTC, SIZE, PRICE, "sell"),
    "amend_order": lambda client: client.amend_order("1", price=PRICE),
    "cancel_order": lambda client: client.cancel_order("1"),
    "cancel_all_orders": lambda client: client.cancel_all_orders(),
    "get_order_info": lambda client: client.get_order_info("1"),
    "get_active_orders": lambda client: client.get_active_orders(BTC),
    "await_order_update": lambda client: client.await_order_update("1"),
    "get_user_trade_history": lambda client: client.get_user_trade_history(SYMBOL, 0, 1),
    "get_position": lambda client: client.get_position(SYMBOL),
    "get_account_positions": lambda client: client.get_account_positions(),
    "get_detailed_positions": lambda client: client.get_detailed_positions(),
    "get_position_snapshot": lambda client: client.get_position_snapshot(SYMBOL),
    "get_account_balance": lambda client: client.get_account_balance(),
    "get_account_pnl": lambda client: client.get_account_pnl(),
    "get_total_asset_value": lambda client: client.get_total_asset_value(),
    "set_leverage": lambda client: client.set_leverage(SYMBOL, Decimal(2)),
    "place_order": lambda client: client.place_order("BTC", "buy", "market", SIZE),
    "get_balance": lambda client: client.get_balance(),
    "get_positions": lambda client: client.get_positions(),
    "prepare_market_feed": lambda client: client.stream.prepare_market_feed("BTC"),
}
"""Every method that asks the venue for something."""


# Sessions -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CALLS)
def test_nothing_is_asked_of_a_venue_before_connect(name: str) -> None:
    async def main(loop: VirtualLoop) -> None:
        journal = MemoryJournal()
        exchange = PaperExchange(ListSource(QUOTES))
        client = PaperClient(exchange, clock=VirtualClock(loop), journal=journal)
        with pytest.raises(NotConnectedError, match=r"connect\(\) first"):
            await CALLS[name](client)
        assert journal.intents("paper") == []

    run_virtual(main, epoch_ns=START_NS)


def test_a_client_that_was_disconnected_connects_and_trades_again() -> None:
    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        await client.place_market_order(BTC, Decimal(1), "buy")
        await client.connect()  # a second call does nothing
        await client.disconnect()
        await client.disconnect()
        with pytest.raises(NotConnectedError):
            await client.get_account_balance()
        await client.connect()
        result = await client.place_market_order(BTC, Decimal(2), "buy")
        assert result.status is OrderStatus.FILLED
        assert await client.get_position(SYMBOL) == 3

    play(act)


def test_a_client_can_all_but_hedge_mode_and_exits_in_tow_and_its_account_can_be_valued() -> None:
    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        cannot = [feature for feature in Feature if not client.supports(feature)]
        assert cannot == [Feature.HEDGE_MODE, Feature.ATTACHED_EXITS]
        assert client.supports_risk_management() is True
        assert client.get_exchange_name() == "paper"
        assert await client.get_total_asset_value() == 10_000

    play(act)


def test_accounts_that_share_a_venue_find_their_own_past_again() -> None:
    journal = MemoryJournal()
    source = ListSource(QUOTES)

    async def session(loop: VirtualLoop, size: int) -> list[Decimal]:
        exchange = PaperExchange(source)
        loop.add_feed(PaperFeed(exchange, loop))
        clients = [
            PaperClient(exchange, clock=VirtualClock(loop), journal=journal, name=f"paper:{name}")
            for name in ("one", "two")
        ]
        for client in clients:
            await client.connect()
            assert await client.stream.prepare_market_feed("BTC")
        for factor, client in enumerate(clients, 1):
            if size:
                await client.place_market_order(BTC, Decimal(size * factor), "buy")
        return [await client.get_position(SYMBOL) for client in clients]

    def run(size: int) -> list[Decimal]:
        epoch_ns = resume_ns(journal, {"paper:one": source, "paper:two": source})
        return run_virtual(lambda loop: session(loop, size), epoch_ns=epoch_ns)

    assert run(3) == [Decimal(3), Decimal(6)]
    assert run(0) == [Decimal(3), Decimal(6)]


# Markets and prices -------------------------------------------------------------------------------


def test_a_market_is_read_once_and_is_the_same_ever_after() -> None:
    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        contract_id, tick = await client.get_contract_attributes("btc-usd")
        metadata = await client.get_market_metadata(contract_id)
        assert await client.get_market_metadata(contract_id) is metadata
        assert await client.get_contract_attributes("BTC") == (contract_id, tick)
        assert client.market(contract_id) is metadata
        assert metadata == replace(
            market(min_notional="5"), max_leverage=Decimal(50), maintenance_margin=Decimal("0.01")
        )
        assert (tick, await client.get_min_order_notional(SYMBOL)) == (metadata.tick, Decimal(5))
        assert client.get_quantity_multiplier(SYMBOL) == 1

    spec = replace(
        market(min_notional="5"), max_leverage=Decimal(50), maintenance_margin=Decimal("0.01")
    )
    play(act, markets=[spec])


def test_a_margin_of_a_fiftieth_is_a_leverage_of_fifty() -> None:
    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        info = await client.get_leverage_info(SYMBOL)
        assert (info.max_leverage, info.margin_requirement) == (Decimal(50), Decimal("0.02"))
        assert (info["brackets"], info.error) == (info.brackets, None)
        unknown = await client.get_leverage_info(Symbol("DOGE"))
        assert (unknown.max_leverage, unknown.max_notional, unknown.margin_requirement) == (
            None,
            None,
            None,
        )
        assert unknown.error == "DOGE is not listed on paper"

    play(act, markets=[replace(market(), max_leverage=Decimal(50))])


def test_a_market_without_a_least_notional_says_none_and_an_unknown_one_is_refused() -> None:
    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        assert await client.get_min_order_notional(SYMBOL) is None
        for call in (client.get_min_order_notional, client.get_position):
            with pytest.raises(ClientConfigError, match="DOGE is not listed on paper"):
                await call(Symbol("DOGE"))

    play(act)


@pytest.mark.parametrize(
    ("tick", "price", "rounded"),
    [
        ("0.5", "100.3", "100.5"),
        ("0.25", "100.3", "100.25"),
        ("5", "103", "105"),
        ("0.001", "100.0004", "100"),
    ],
)
def test_prices_and_sizes_are_rounded_on_any_grid(tick: str, price: str, rounded: str) -> None:
    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        assert client.round_to_tick(Decimal(price), BTC) == Decimal(rounded)
        assert client.round_to_step(Decimal("1.0019"), BTC) == Decimal("1.001")

    play(act, [quote(0, 100.0, 105.0)], markets=[market(tick=tick)])


def test_prices_are_exact_and_a_book_is_best_first() -> None:
    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        assert await client.fetch_bbo_prices(BTC) == (Decimal("99.9"), Decimal("100.1"))
        book = await client.get_order_book_depth(BTC, levels=2)
        assert book["bids"] == [Level(Decimal("99.9"), Decimal(1)), Level(PRICE, Decimal(2))]
        assert [level["price"] for level in book.asks] == [Decimal("100.1"), Decimal("100.2")]

    bids = [(99.9, 1.0), (99.0, 2.0), (98.0, 3.0)]
    play(
        act,
        [snapshot(0, bids, [(100.1, 1.0), (100.2, 2.0), (100.3, 3.0)])],
        liquidity=Liquidity.DEPTH,
    )


@pytest.mark.parametrize(
    ("bid", "ask", "message"),
    [
        (0.0, 100.0, "not ready"),
        (100.1, 100.0, "not ready"),
        (100.02, 100.04, "crossed on its tick: bid 100.0, ask 100.0"),
    ],
)
def test_prices_that_are_not_sound_are_stale_and_never_zero(
    bid: float, ask: float, message: str
) -> None:
    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        await VirtualClock(loop).sleep(2)
        for read in (client.fetch_bbo_prices, client.get_order_book_depth):
            with pytest.raises(StaleData, match=message):
                await read(BTC)
        with pytest.raises(StaleData, match=message):
            await client.place_open_order(BTC, SIZE, "buy")

    play(act, [quote(0, 100.0, 100.1), quote(1, bid, ask), quote(100, bid, ask)])


def test_a_book_is_asked_for_at_least_one_level() -> None:
    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        with pytest.raises(ValueError, match="levels must be at least 1, got 0"):
            await client.get_order_book_depth(BTC, levels=0)

    play(act)


def test_an_unlisted_contract_is_refused_by_every_read_of_it() -> None:
    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        unlisted = ContractId("BTC-PRP")
        for call in (client.fetch_bbo_prices, client.get_active_orders, client.get_market_metadata):
            with pytest.raises(ClientConfigError, match="near: BTC-PERP"):
                await call(unlisted)
        with pytest.raises(ClientConfigError, match="near: BTC-PERP"):
            await client.place_limit_order(unlisted, SIZE, PRICE, "buy")

    play(act)


def test_names_of_orders_are_never_given_twice() -> None:
    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        names = [client.mint_client_order_id() for _ in range(100)]
        assert len(set(names)) == 100
        wanted = ClientOrderId(names[0])
        result = await client.place_limit_order(BTC, SIZE, PRICE, "buy", client_order_id=wanted)
        assert result.client_order_id == wanted

    play(act)


def test_one_client_serves_several_markets_at_once() -> None:
    events: list[SourceEvent] = [
        quote(second, price, price + 0.1, contract_id=contract)
        for second in range(40)
        for contract, price in ((BTC, 100.0), (ETH, 50.0))
    ]

    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        assert await client.stream.prepare_market_feed("ETH")
        await client.place_market_order(BTC, Decimal(1), "buy")
        await client.place_market_order(ETH, Decimal(2), "sell")
        await client.place_limit_order(ETH, Decimal(1), Decimal(49), "buy")
        assert await client.get_position(Symbol("ETH")) == -2
        assert await client.get_position(SYMBOL) == 1
        assert await client.get_active_orders(BTC) == []
        assert [info.contract_id for info in await client.get_active_orders(ETH)] == [ETH]
        assert [each.symbol for each in await client.get_detailed_positions()] == ["BTC", "ETH"]
        with pytest.raises(ClientConfigError, match=r"pass PaperClientOptions\(ticker=...\)"):
            await client.get_account_positions()

    play(act, events, markets=[market(), market(ETH)])


def test_a_client_that_could_not_read_its_fills_is_not_connected_and_can_try_again() -> None:
    async def main(loop: VirtualLoop) -> None:
        exchange = PaperExchange(ListSource(QUOTES, market()), INSTANT)
        loop.add_feed(PaperFeed(exchange, loop))
        journal = MemoryJournal()
        client = PaperClient(exchange, clock=VirtualClock(loop), journal=journal)
        await client.connect()
        await client.stream.prepare_market_feed(BTC)
        await client.place_market_order(BTC, Decimal(1), "buy")
        await client.disconnect()
        gateway = client._gateway
        real, broken = gateway.fills, NoAnswer()
        setattr(gateway, "fills", broken)  # noqa: B010  # a method is not assigned to
        with pytest.raises(OutcomeUnknown):
            await client.connect()
        with pytest.raises(NotConnectedError):
            await client.place_market_order(BTC, Decimal(1), "buy")
        setattr(gateway, "fills", real)  # noqa: B010
        await client.connect()
        assert await client.get_position(SYMBOL) == 1
        await client.disconnect()

    run_virtual(main, epoch_ns=START_NS)


class NoAnswer:
    """A read that fails."""

    async def __call__(self, *words: object) -> list[Fill]:
        raise OutcomeUnknown("the venue does not answer")
