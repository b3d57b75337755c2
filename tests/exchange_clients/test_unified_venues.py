"""The unified view on every venue, judged by the venue's own books and its log of requests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from exchange_clients.base_models import Feature
from exchange_clients.errors import ClientConfigError
from exchange_clients.journal import MemoryJournal
from exchange_clients.shared.venue import HistoryWords
from exchange_clients.unified import (
    ClientAdapter,
    ExchangeAPIError,
    IExchangeClient,
    OrderRequest,
    OrderResult,
    OrderSide,
    OrderStatus,
    OrderType,
    PositionSide,
    TimeInForce,
    UnsupportedField,
)
from exchange_clients.unified_words import instant
from tests.conformance.rig import ASK, BALANCE, PASSIVE, SIZE, Rig, Setting, play, setting
from tests.conformance.venues import VENUES, Conforming, Deed
from tests.exchange_clients.shared.client.test_venue_hedge_mode import HEDGING, in_hedge_mode

D = Decimal
Case = Callable[[Rig, ClientAdapter], Awaitable[object]]


@pytest.fixture(params=VENUES, ids=lambda facts: facts.name)
def facts(request: pytest.FixtureRequest) -> Conforming:
    venue = request.param
    assert isinstance(venue, Conforming)
    return venue


def on(venue: Conforming, case: Case, **chosen: Any) -> Rig:
    """Run a case with an adapter over the venue's client."""

    @setting(Setting(**chosen))
    async def scene(rig: Rig) -> None:
        await case(rig, ClientAdapter(rig.client, clock=rig.clock))

    return play(venue, scene)


ABOVE = ASK + 1_000
OF_EIGHT = {"GTC": (5, 3), "IOC": (5, 0), "FOK": (0, 0), "GTX": (0, 0)}
"""What is filled of eight, and what rests, where the book shows five at a better price."""


def request(**told: Any) -> OrderRequest:
    usual = {"symbol": "BTCUSDT", "side": "BUY", "order_type": "LIMIT", "quantity": SIZE}
    price = {} if told.get("order_type") in ("MARKET", "TRAILING_STOP") else {"price": PASSIVE}
    return OrderRequest(**{**usual, **price, **told})


def test_a_limit_order_rests_is_shown_and_is_cancelled(facts: Conforming) -> None:
    async def case(rig: Rig, exchange: ClientAdapter) -> None:
        assert isinstance(exchange, IExchangeClient)
        placed = await exchange.place_order(request())
        assert placed.status in (OrderStatus.OPEN, OrderStatus.PENDING)
        assert placed.exchange == facts.name
        assert (placed.side, placed.order_type) == (OrderSide.BUY, OrderType.LIMIT)
        assert (placed.quantity, placed.price) == (SIZE, PASSIVE)
        assert placed.client_order_id is not None
        await rig.settle(5)
        (resting,) = rig.world_open()
        assert (resting.size, resting.price) == (SIZE, PASSIVE)
        seen = await exchange.get_order_status("BTC", placed.client_order_id)
        assert (seen.status, seen.filled_quantity) == (OrderStatus.OPEN, D(0))
        assert seen.order_id
        with pytest.raises(ExchangeAPIError, match=r"is of .*, not of"):
            await exchange.cancel_order("ETHUSDT", seen.order_id)
        ended = await exchange.cancel_order("BTCUSDT", seen.order_id)
        assert (ended.success, ended.status) == (True, OrderStatus.CANCELED)
        assert rig.world_open() == []

    on(facts, case)


def test_orders_of_an_earlier_run_are_told_from_the_journal_or_looked_up(facts: Conforming) -> None:
    async def case(rig: Rig, exchange: ClientAdapter) -> None:
        wanted = (request(), request(order_type="MARKET"), request(price=PASSIVE - 100))
        names = [(await exchange.place_order(each)).client_order_id or "" for each in wanted]
        await rig.settle(5)
        await exchange.cancel_order("BTC", names[2])
        before = [await exchange.get_order_status("BTC", name) for name in names]
        assert [each.status for each in before] == ["OPEN", "FILLED", "CANCELED"]
        by_name = dict(zip(names, before, strict=True))
        again = await restarted(rig)
        for name, known in by_name.items():
            assert of(await again.get_order_status("BTCUSDT", name)) == of(known)
            assert of(await again.get_order_status("BTC", known.order_id)) == of(known)
        rig.journal = MemoryJournal(last_number=1_000_000)
        again = await restarted(rig)
        for name in names[:2]:
            assert of(await again.get_order_status("BTC", name)) == of(by_name[name])
        assert of(await again.get_order_status("BTC", before[0].order_id)) == of(before[0])
        for symbol, order_id in (("BTC", "424242"), ("ETH", names[0])):
            with pytest.raises(ExchangeAPIError, match="not an order that this client placed"):
                await again.get_order_status(symbol, order_id)

    on(facts, case)


async def restarted(rig: Rig) -> ClientAdapter:
    """Return the view of the next process, a minute later."""
    await rig.client.disconnect()
    await rig.settle(60)
    await rig.restart()
    return ClientAdapter(rig.client, clock=rig.clock)


def of(told: OrderResult) -> tuple[object, ...]:
    """Return what must be alike however an order is told."""
    return (
        told.order_id, told.client_order_id, told.side, told.quantity, told.status,
        told.filled_quantity,
    )  # fmt: skip


def test_a_position_is_opened_shown_and_closed(facts: Conforming) -> None:
    async def case(rig: Rig, exchange: ClientAdapter) -> None:
        assert await exchange.get_open_positions() == []
        assert await exchange.close_position("BTCUSDT") == []
        await exchange.place_order(request(order_type="MARKET"))
        await rig.settle(15)
        (held,) = await exchange.get_open_positions()
        assert await exchange.get_open_positions("BTCUSDT") == [held]
        assert await exchange.get_open_positions("ETHUSDT") == []
        assert (held.symbol, held.side, held.quantity) == ("BTC", OrderSide.BUY, SIZE)
        assert (held.entry_price, held.position_side) == (ASK, PositionSide.BOTH)
        assert held.mark_price is not None
        assert abs(held.mark_price - ASK) < 100
        (closed,) = await exchange.close_position(held.symbol)
        assert (closed.side, closed.quantity) == (OrderSide.SELL, SIZE)
        await rig.settle(15)
        assert rig.world_position() == 0
        assert await exchange.get_open_positions() == []

    on(facts, case)


def test_the_account_is_told_in_usd(facts: Conforming) -> None:
    async def case(rig: Rig, exchange: ClientAdapter) -> None:
        (told,) = await exchange.get_balances()
        assert (told.asset, told.total, told.available) == ("USD", BALANCE, BALANCE)
        assert await exchange.get_balances("usd") == [told]
        with pytest.raises(UnsupportedField, match=f"asset BNB is unsupported on {facts.name}"):
            await exchange.get_balances("BNB")

    on(facts, case)


def test_an_empty_account_has_no_balances(facts: Conforming) -> None:
    async def case(rig: Rig, exchange: ClientAdapter) -> None:
        assert await exchange.get_balances() == []

    on(facts, case, balance=D(0))


def test_candles_reach_back_as_far_as_their_limit(facts: Conforming) -> None:
    async def case(rig: Rig, exchange: ClientAdapter) -> None:
        if not isinstance(facts.words.markets, HistoryWords):
            with pytest.raises(UnsupportedField, match=f"candles .*on {facts.name}"):
                await exchange.get_klines("BTCUSDT", "1m")
            return
        for _ in range(4):
            await rig.settle(60)
            await rig.client.place_market_order(rig.btc, SIZE, OrderSide.BUY.value)
        klines = await exchange.get_klines("BTCUSDT", "1m", limit=3)
        assert 1 <= len(klines) <= 3
        assert all(each.low <= each.open <= each.high for each in klines)
        assert [each.open_time for each in klines] == sorted(each.open_time for each in klines)
        assert all(each.close_time - each.open_time == timedelta(minutes=1) for each in klines)
        first = klines[0].open_time
        (again,) = await exchange.get_klines("BTC", "1m", limit=1, start_time=first)
        assert again.open_time == first
        before = instant(rig.clock.now_ns()) - timedelta(days=30)
        after = before + timedelta(minutes=5)
        past = await exchange.get_klines("BTC", "1m", start_time=before, end_time=after)
        assert all(before <= each.open_time < after for each in past)
        with pytest.raises(ClientConfigError, match="interval '1x' is none"):
            await exchange.get_klines("BTC", "1x")
        with pytest.raises(ClientConfigError, match="limit 0"):
            await exchange.get_klines("BTC", "1m", limit=0)

    on(facts, case)


FIELDS: list[tuple[str, dict[str, Any], Feature | None]] = [
    ("price", {"order_type": "MARKET", "price": ASK}, None),
    ("stop_price", {"stop_price": ASK}, None),
    ("trailing_stop_pct", {"trailing_stop_pct": 1}, None),
    ("time_in_force", {"order_type": "MARKET", "time_in_force": "GTC"}, None),
    (
        "time_in_force",
        {"order_type": "STOP_MARKET", "price": None, "stop_price": ASK, "time_in_force": "FOK"},
        None,
    ),
    ("order_type", {"order_type": "STOP", "stop_price": ASK}, Feature.CONDITIONAL_ORDERS),
    (
        "order_type",
        {"order_type": "TRAILING_STOP", "trailing_stop_pct": 1},
        Feature.TRAILING_STOP,
    ),
    ("take_profit_price", {"take_profit_price": ASK * 2}, Feature.ATTACHED_EXITS),
    ("stop_loss_price", {"stop_loss_price": PASSIVE / 2}, Feature.ATTACHED_EXITS),
    ("position_side", {"position_side": "LONG"}, Feature.HEDGE_MODE),
    ("leverage", {"leverage": 5}, Feature.SET_LEVERAGE),
]


def test_a_field_without_a_way_is_named_and_nothing_is_sent(facts: Conforming) -> None:
    async def case(rig: Rig, exchange: ClientAdapter) -> None:
        for field, told, feature in FIELDS:
            if feature is not None and rig.client.supports(feature):
                continue
            with pytest.raises(
                UnsupportedField, match=f"^{field} .* is unsupported on {facts.name}"
            ):
                await exchange.place_order(request(**told))
        assert rig.requests(Deed.CREATE) == []

    on(facts, case)


@pytest.mark.parametrize("time_in_force", list(TimeInForce))
def test_a_time_in_force_reaches_the_venue_or_is_refused(
    facts: Conforming, time_in_force: TimeInForce
) -> None:
    async def case(rig: Rig, exchange: ClientAdapter) -> None:
        wanted = request(quantity=8, price=ASK, time_in_force=time_in_force)
        known = {each.value.upper() for each in facts.words.times_in_force}
        if time_in_force not in known:
            with pytest.raises(UnsupportedField, match="time_in_force fok of a limit order"):
                await exchange.place_order(wanted)
            assert rig.requests(Deed.CREATE) == []
            return
        placed = await exchange.place_order(wanted)
        assert placed.client_order_id is not None
        await rig.settle(5)
        filled = {"GTC": 5, "IOC": 5, "FOK": 0, "GTX": 0}[time_in_force]
        assert rig.world_position() == filled
        open_size = sum((each.remaining_size for each in rig.world_open()), D(0))
        assert open_size == (3 if time_in_force is TimeInForce.GTC else 0)

    on(facts, case, balance=D(1_000_000))


def test_a_conditional_order_keeps_its_time_in_force_or_is_refused(facts: Conforming) -> None:
    async def case(rig: Rig, exchange: ClientAdapter) -> None:
        if not rig.client.supports(Feature.CONDITIONAL_ORDERS):
            return
        words = facts.words
        known = words.times_in_force & words.conditional_times_in_force
        for word, (filled, left) in OF_EIGHT.items():
            wanted = request(
                order_type="STOP", quantity=8, price=ABOVE + 100, stop_price=ABOVE,
                time_in_force=word,
            )  # fmt: skip
            sent, held = len(rig.requests(Deed.CREATE)), rig.world_position()
            if word.lower() not in known:
                refused = f"time_in_force {word.lower()} of a stop order is unsupported on"
                with pytest.raises(UnsupportedField, match=refused):
                    await exchange.place_order(wanted)
                assert len(rig.requests(Deed.CREATE)) == sent
                continue
            await exchange.place_order(wanted)
            await rig.settle(2)
            rig.set_book([(ABOVE + 10, D(5))], [(ABOVE + 20, D(5))])
            await rig.settle(5)
            assert rig.world_position() - held == filled
            assert sum((each.remaining_size for each in rig.world_open()), D(0)) == left
            await rig.client.cancel_all_orders(rig.btc)
            rig.set_book([(ASK - 10, D(5))], [(ASK, D(5))])
            await rig.settle(5)
            assert rig.world_open() == []

    on(facts, case, balance=D(10_000_000))


def test_leverage_is_set_before_the_order_is_sent(facts: Conforming) -> None:
    async def case(rig: Rig, exchange: ClientAdapter) -> None:
        if not rig.client.supports(Feature.SET_LEVERAGE):
            with pytest.raises(UnsupportedField, match="leverage 3 is unsupported on"):
                await exchange.place_order(request(leverage=3))
            return
        asked = len(rig.venue.log.matching())
        placed = await exchange.place_order(request(leverage=3))
        assert placed.outcome_known
        await rig.settle(3)
        (created,) = rig.requests(Deed.CREATE)
        everything = rig.venue.log.matching()
        assert everything.index(created) > asked
        assert await exchange.set_leverage("ETHUSDT", 4) is True

    on(facts, case)


def test_a_dry_run_checks_and_sends_nothing(facts: Conforming) -> None:
    async def case(rig: Rig, exchange: ClientAdapter) -> None:
        dry = ClientAdapter(rig.client, dry_run=True, clock=rig.clock)
        await rig.settle(1)
        before = len(rig.venue.log.matching())
        planned = await dry.place_order(request(quantity="0.5", price=50_000))
        assert (planned.order_id, planned.status) == ("", OrderStatus.PENDING)
        assert planned.error_message == "dry run: nothing was sent"
        with pytest.raises(UnsupportedField):
            await dry.place_order(request(trailing_stop_pct=1))
        assert len(rig.venue.log.matching()) == before

    on(facts, case)


def test_a_refusal_comes_back_with_its_reason(facts: Conforming) -> None:
    async def case(rig: Rig, exchange: ClientAdapter) -> None:
        placed = await exchange.place_order(request(quantity=2, price=ASK))
        assert placed.client_order_id is not None
        await rig.settle(5)
        ended = await exchange.get_order_status("BTC", placed.client_order_id)
        assert ended.status is OrderStatus.REJECTED
        assert ended.reason is not None
        with pytest.raises(ExchangeAPIError, match=r"of \S+ is (below|not above)") as raised:
            await exchange.place_order(request(quantity="0.00001", symbol="ETHUSDT", price=1))
        assert raised.value.exchange == facts.name
        assert raised.value.reason is not None

    on(facts, case, balance=D(1_000))


def test_symbols_are_found_by_every_spelling_and_never_in_another_unit(facts: Conforming) -> None:
    async def case(rig: Rig, exchange: ClientAdapter) -> None:
        for name in ("BTC", "btcusdt", "BTC-USD-PERP", rig.btc):
            assert (await exchange.contract(name)).contract_id == rig.btc
        with pytest.raises(ClientConfigError, match="symbol NOPEUSDT is not traded on"):
            await exchange.contract("NOPEUSDT")
        pepe = next(each for each in facts.markets.values() if each.symbol == "PEPE")
        own, other = ("1000PEPEUSDT", "PEPEUSDT")[:: 1 if pepe.multiplier == 1000 else -1]
        assert (await exchange.contract(own)).contract_id == pepe.contract_id
        with pytest.raises(ClientConfigError, match="in units of another size"):
            await exchange.contract(other)

    on(facts, case)


@pytest.mark.parametrize("hedging", HEDGING, ids=lambda each: each.name)
def test_both_sides_of_hedge_mode_are_shown_and_closed(hedging: Conforming) -> None:
    async def case(rig: Rig) -> None:
        exchange = ClientAdapter(rig.client, clock=rig.clock)
        for side, held in ((OrderSide.BUY, "LONG"), (OrderSide.SELL, "SHORT")):
            wanted = request(side=side, order_type="MARKET", position_side=held)
            await exchange.place_order(wanted)
        await rig.settle(15)
        shown = await exchange.get_open_positions("BTCUSDT")
        assert {each.position_side: each.signed_quantity for each in shown} == {
            PositionSide.LONG: SIZE,
            PositionSide.SHORT: -SIZE,
        }
        with pytest.raises(ExchangeAPIError, match="position_side BOTH"):
            await exchange.place_order(request(order_type="MARKET", position_side="BOTH"))
        closed = await exchange.close_position("BTCUSDT")
        assert sorted(each.side for each in closed) == [OrderSide.BUY, OrderSide.SELL]
        await rig.settle(15)
        assert await exchange.get_open_positions() == []

    in_hedge_mode(hedging, case)
