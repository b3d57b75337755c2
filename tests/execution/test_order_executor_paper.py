"""Executions on the embedded paper venue, on whatever the market does."""

from __future__ import annotations

import asyncio
import contextlib
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.base_models import ContractId, OrderStatus, Side
from exchange_clients.errors import ClientConfigError
from exchange_clients.paper.client import PaperClient
from exchange_clients.paper.config import Acknowledge, PaperConfig
from exchange_clients.paper.sources.base import SourceEvent
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop
from execution.algorithms import Chase, Iceberg, Twap
from execution.execution_values import (
    EndReason,
    ExecutionLimits,
    ExecutionMode,
    ExecutionReport,
    ExecutionRequest,
    Urgency,
)
from execution.order_executor import Algorithm, OrderExecutor
from tests.exchange_clients.paper.client_stage import BOTH, play
from tests.exchange_clients.paper.venue_stage import BTC, market, quote, trade

D = Decimal
FEES = market(maker_fee="0.0001", taker_fee="0.0005")


def request(quantity: str = "1", **more: object) -> ExecutionRequest:
    wanted: dict[str, object] = {"side": Side.BUY, **more}
    return ExecutionRequest("paper", BTC, quantity=D(quantity), **wanted)  # type: ignore[arg-type]  # of each field


def executor_of(client: PaperClient, loop: VirtualLoop) -> OrderExecutor:
    return OrderExecutor({"paper": client}, VirtualClock(loop))


async def check_truth(client: PaperClient, report: ExecutionReport) -> None:
    """Check the report against the exchange's own records."""
    assert await client.get_active_orders(BTC) == []
    fills = client.exchange.records.fills("paper")
    traded = sum((fill.size for fill in fills), D(0))
    assert report.filled_size == traded <= report.request.quantity
    assert report.fees_complete
    assert sum(report.fees.values(), D(0)) == sum((fill.fee for fill in fills), D(0))
    for told in report.orders:
        truth = client.exchange.records.get("paper", told.client_order_id)
        if truth is None:
            assert (told.status, told.filled_size) == (OrderStatus.REJECTED, D(0))
        else:
            assert (told.status, told.filled_size) == (truth.status, truth.filled_size)


@BOTH
def test_a_limit_that_fills_in_part_and_then_the_market_for_the_rest(config: PaperConfig) -> None:
    """X4: fees and slippage of both parts."""
    events: list[SourceEvent] = [quote(second, 100.0, 100.2) for second in range(100)]
    events.append(trade(10.5, 99.9, 0.6, Side.SELL))
    events.sort(key=lambda event: event.local_ns)

    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        report = await executor_of(client, loop).execute(request())
        await check_truth(client, report)
        assert [order.filled_size for order in report.orders] == [D("0.6"), D("0.4")]
        assert report.average_price == D("0.6") * D(100) + D("0.4") * D("100.2")
        assert report.arrival_mid == D("100.1")
        assert report.slippage_bps == (report.average_price - D("100.1")) * 10_000 / D("100.1")
        assert report.fees == {"USD": D("0.6") * D("0.01") + D("0.4") * D("0.0501")}

    play(act, events, markets=[FEES], config=config)


@BOTH
def test_two_executions_run_side_by_side_and_know_their_own_orders(config: PaperConfig) -> None:
    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        executor = executor_of(client, loop)
        one = loop.create_task(executor.execute(request("0.4", mode=ExecutionMode.MARKET_ONLY)))
        two = loop.create_task(
            executor.execute(request("0.7", side=Side.SELL, mode=ExecutionMode.MARKET_ONLY))
        )
        assert (await one).filled_size == D("0.4")
        assert (await two).filled_size == D("0.7")
        assert executor.tracker.under_way() == []
        assert await client.get_position(market().symbol) == D("-0.3")

    play(act, config=config)


def test_an_unknown_venue_is_refused_and_names_those_there_are() -> None:
    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        executor = executor_of(client, loop)
        elsewhere = ExecutionRequest("lighter", BTC, Side.BUY, D(1))
        with pytest.raises(ClientConfigError, match=r"venue 'lighter' has no client here.*paper"):
            await executor.execute(elsewhere)
        assert executor.tracker.find() == []

    play(act)


def test_an_unknown_contract_is_a_refusal() -> None:
    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        wrong = ExecutionRequest("paper", ContractId("NONE"), Side.BUY, D(1))
        report = await executor_of(client, loop).execute(wrong)
        assert report.ended_by is EndReason.REFUSED
        assert "NONE" in report.message

    play(act)


def test_an_execution_id_is_not_used_twice_at_a_time() -> None:
    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        executor = executor_of(client, loop)
        named = request(execution_id="mine", limits=ExecutionLimits(timeout_s=2))
        first = loop.create_task(executor.execute(named))
        await asyncio.sleep(0.1)
        with pytest.raises(ValueError, match="'mine' is under way already"):
            await executor.execute(named)
        assert (await first).execution_id == "mine"

    play(act)


def test_a_disconnected_client_refuses_instead_of_hanging() -> None:
    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        await client.disconnect()
        executor = executor_of(client, loop)
        report = await executor.execute(request(mode=ExecutionMode.MARKET_ONLY))
        assert report.ended_by is EndReason.REFUSED
        await client.connect()

    play(act)


# Whatever happens ---------------------------------------------------------------------------------

HOWS: list[tuple[ExecutionMode, Algorithm | None]] = [
    *((mode, None) for mode in ExecutionMode),
    (ExecutionMode.LIMIT_ONLY, Twap(10, 4)),
    (ExecutionMode.LIMIT_ONLY, Iceberg(D("0.3"), fallback=True)),
    (ExecutionMode.LIMIT_ONLY, Chase(0.5)),
]
MOVES = st.lists(
    st.tuples(
        st.integers(1, 40),  # tenths of a second since the last
        st.integers(-5, 5),  # ticks that the market moves by
        st.integers(0, 12),  # tenths that strangers trade
        st.sampled_from(Side),
    ),
    min_size=5,
    max_size=60,
)


def market_of(moves: list[tuple[int, int, int, Side]]) -> list[SourceEvent]:
    """Return quotes, and trades at them, as drawn; and quiet for as long as anything may take."""
    events: list[SourceEvent] = [quote(0, 100.0, 100.2)]
    at_s, ticks = 0.0, 1000
    for tenths, moved, size, aggressor in moves:
        at_s, ticks = at_s + tenths / 10, ticks + moved
        bid, ask = round(ticks / 10, 1), round(ticks / 10 + 0.2, 1)
        events.append(quote(at_s, bid, ask, size=0.7))
        if size:
            price = bid if aggressor is Side.SELL else ask
            events.append(trade(at_s + 0.01, price, size / 10, aggressor))
    events += [quote(at_s + second, bid, ask, size=0.7) for second in range(1, 200)]
    return events


@settings(deadline=None, derandomize=True, max_examples=150)
@given(
    how=st.sampled_from(HOWS),
    side=st.sampled_from(Side),
    urgency=st.sampled_from(Urgency),
    limits=st.builds(
        ExecutionLimits,
        max_slippage_bps=st.sampled_from([None, D(5), D(50)]),
        timeout_s=st.just(15.0),
        post_only=st.booleans(),
    ),
    moves=MOVES,
    acknowledge=st.sampled_from(Acknowledge),
    cancelled_s=st.one_of(st.none(), st.floats(0, 20)),
)
def test_every_execution_ends_with_its_orders_and_tells_the_truth(
    how: tuple[ExecutionMode, Algorithm | None],
    side: Side,
    urgency: Urgency,
    limits: ExecutionLimits,
    moves: list[tuple[int, int, int, Side]],
    acknowledge: Acknowledge,
    cancelled_s: float | None,
) -> None:
    mode, algorithm = how

    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        executor = executor_of(client, loop)
        wanted = request("1.5", side=side, mode=mode, urgency=urgency, limits=limits)
        task = loop.create_task(executor.execute(wanted, algorithm))
        if cancelled_s is not None:
            loop.call_later(cancelled_s, task.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await task
        (record,) = executor.tracker.find()
        assert record.report is not None
        await check_truth(client, record.report)
        check_bound(record.report, limits.max_slippage_bps)

    play(act, market_of(moves), config=PaperConfig(acknowledge=acknowledge))


def check_bound(report: ExecutionReport, max_bps: Decimal | None) -> None:
    """Check that no order was priced beyond the bound, and that the average is within it."""
    if max_bps is not None and report.slippage_bps is not None:
        assert report.slippage_bps <= max_bps
        assert all(order.price is not None for order in report.orders)
