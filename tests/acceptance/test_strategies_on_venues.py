"""Both strategies, as the command line runs them, on the simulators of all venues."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from exchange_clients.base_models import OrderStatus
from tests.support.memory_stage import SimulatedVenues, play, run_settings
from venue_simulators.catalogue import VENUES

PAIRS = ["lighter,grvt", "backpack,okx", "bybit,aster", "binance,edgex", "paradex,lighter,backpack"]
EAGER = {"strategy__horizon_hours": 240, "strategy__max_break_even_hours": 240}
"""Rates of ten days pay for almost any pair."""


@pytest.mark.parametrize("exchange", PAIRS)
def test_funding_arbitrage_opens_an_even_pair_and_leaves_no_order(
    tmp_path: Path, exchange: str
) -> None:
    settings = run_settings(
        tmp_path, "funding_arbitrage", exchange, run__duration="40s", run__ticker="BTC", **EAGER
    )
    venues = SimulatedVenues(settings)
    session = play(settings, venues)
    assert session.ending.reason == "the duration is over"
    held = {name: venues.positions(name) for name in settings.exchange}
    sizes = [positions["BTC"] for positions in held.values() if positions]
    assert len(sizes) == 2, (held, session.strategy.report())
    assert abs(sum(sizes, Decimal(0))) <= Decimal("0.01") * max(sizes), held
    for name in settings.exchange:
        assert all(order.status.terminal for order in venues.orders(name)), name
        filled = OrderStatus.FILLED in {order.status for order in venues.orders(name)}
        assert filled == bool(held[name])


@pytest.mark.parametrize("exchange", VENUES)
def test_a_grid_covers_what_it_holds_on_every_venue(tmp_path: Path, exchange: str) -> None:
    settings = run_settings(
        tmp_path,
        "grid",
        exchange,
        run__duration="40s",
        run__ticker="BTC",
        strategy__take_profit="0.05",
        strategy__direction="buy",
        strategy__quantity="0.01",
        strategy__wait_time="0",
        strategy__exit_open_orders="keep",
    )
    venues = SimulatedVenues(settings)
    session = play(settings, venues)
    assert session.ending.reason == "the duration is over"
    assert venues.fills(exchange), "nothing was traded"
    resting = [order for order in venues.orders(exchange) if not order.status.terminal]
    assert all(order.reduce_only for order in resting)
    covered = sum((order.remaining_size for order in resting), Decimal(0))
    assert covered == venues.positions(exchange).get("BTC", Decimal(0))
