"""The served paper venue over real sockets: with a client of its own, and on a recording."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from exchange_clients.base_models import ContractId, OrderStatus, Side, Symbol
from exchange_clients.paper.remote import RemotePaperClient, RemotePaperFundingAdapter
from exchange_clients.shared.clock import SystemClock, to_datetime
from venue_simulators import __main__ as program
from venue_simulators.catalogue import start
from venue_simulators.options import SimulatorOptions

BTC = ContractId("BTC-PERP")


def test_a_client_and_an_adapter_reach_it_over_loopback() -> None:
    async def story() -> None:
        async with start("paper", SimulatorOptions(symbols=("BTC",))) as server:
            given = {"environment": "simulator", "variables": server.environment()}
            adapter = RemotePaperFundingAdapter(given)
            rates = await adapter.fetch_funding_rates()
            assert rates[Symbol("BTC")].interval_hours == 8
            stats = await adapter.fetch_market_data()
            assert stats[Symbol("BTC")].open_interest
            now = to_datetime(SystemClock().now_ns())
            past = await adapter.fetch_funding_history(Symbol("BTC"), now - timedelta(days=50), now)
            assert len(past) >= 149
            await adapter.close()
            await trade(RemotePaperClient(given))

    asyncio.run(story())


async def trade(client: RemotePaperClient) -> None:
    await client.connect()
    placed = await client.place_limit_order(BTC, Decimal("0.01"), Decimal(1000), Side.BUY)
    assert placed.success, placed
    assert placed.order_id is not None
    cancelled = await client.cancel_order(placed.order_id)
    assert cancelled.status is OrderStatus.CANCELED
    await client.disconnect()


def test_a_recording_is_served_in_the_present(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    header = "open_time_ms,open,high,low,close,volume\n"
    rows = [f"{1_699_999_980_000 + 60_000 * n},100,101,99,100,50\n" for n in range(60)]
    recording = tmp_path / "BTCUSDT-1m.csv"
    recording.write_text(header + "".join(rows), encoding="utf-8")
    heard: list[SimulatorOptions] = []

    async def serve(
        plans: Mapping[str, object], options: SimulatorOptions, *_: object, **__: object
    ) -> int:
        heard.append(options)
        (venue,) = plans
        async with start(venue, options) as server:
            world = server.venue.simulator.world
            (market,) = world.markets
            assert abs(world.now_ns - SystemClock().now_ns()) < 30 * 10**9
            assert world.best(market)[0] is not None
        return 0

    monkeypatch.setattr(program, "_serve", serve)
    assert program.main(["paper", "--data", str(recording)]) == 0
    assert heard[0].source is not None
