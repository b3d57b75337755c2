"""The grid on the toy venue: nothing but a venue's words is needed to trade."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from database.journal import SqliteJournal
from exchange_clients.base_models import Fill, OrderInfo, OrderStatus, Purpose, Side
from exchange_clients.events import BestBidOffer
from exchange_clients.shared.client.venue_client import VenueClient
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual
from execution.bot_ports import Ports
from execution.order_executor import OrderExecutor
from execution.ports import OpenRiskGate
from strategies.factory import StrategyFactory
from tests.support.toy_host import BTC, ToyHost
from tests.support.toy_stage import EPOCH_NS, toy_link
from trading_bot import TradingBot, TradingConfig

GRID: Mapping[str, object] = {
    "direction": "buy",
    "quantity": "0.5",
    "take_profit": "1",
    "grid_step": "0.5",
    "max_orders": "2",
    "wait_time": "5",
    "exit_open_orders": "cancel",
}


class SilentObserver:
    """Keeps what people would read."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def on_start(self, bbo: BestBidOffer | None) -> None:
        assert bbo is not None

    def on_end(self) -> None:
        pass

    def on_order(self, venue: str, key: str, purpose: Purpose, info: OrderInfo) -> None:
        pass

    def on_fill(self, venue: str, key: str, purpose: Purpose, fill: Fill) -> None:
        pass

    def on_note(self, now_ns: int, text: str) -> None:
        self.notes.append(text)


def move(host: ToyHost, bid: float) -> None:
    """Let the market stand at a price, and trade whatever it has reached."""
    ask = bid + 1
    host.prices = {BTC: (bid, ask)}
    for ref, order in host.orders.items():
        assert order.price is not None
        reached = order.price >= ask if order.direction is Side.BUY else order.price <= bid
        if reached and not order.state.terminal:
            host.trade(ref)
    for socket in host.sockets:
        socket.tell("snapshot", host.book(BTC))


def test_a_grid_earns_its_take_profit_on_the_toy_venue(tmp_path: Path) -> None:
    host_of: list[ToyHost] = []

    async def main(loop: VirtualLoop) -> None:
        clock, observer = VirtualClock(loop), SilentObserver()
        journal = SqliteJournal(tmp_path / "toy.db")
        host = ToyHost(clock)
        host_of.append(host)
        clients = {"toy": VenueClient(toy_link(clock, host), journal=journal)}
        bot = TradingBot(
            TradingConfig("BTC", ("toy",), "grid"),
            clients=clients,
            strategy=StrategyFactory.create_strategy("grid", dict(GRID)),
            ports=Ports(OrderExecutor(clients, clock), OpenRiskGate(), clock, journal, observer),
        )
        running = asyncio.ensure_future(bot.run())
        for bid in [100, 100, 99, 98, 98, 99, 100, 101, 102, 103, 103, 103] * 5:
            await clock.sleep(3)
            move(host, float(bid))
        await clock.sleep(1)
        bot.request_stop("the script has ended")
        assert await running == "the script has ended"
        journal.close()

    run_virtual(main, epoch_ns=EPOCH_NS)
    (host,) = host_of
    closes = [each for each in host.orders.values() if each.reduce_only]
    earned = [each for each in closes if each.state is OrderStatus.FILLED]
    assert len(earned) > 3
    assert all(each.direction is Side.SELL for each in closes)
    assert host.positions[BTC] == sum(
        (each.size for each in closes if each.state is not OrderStatus.FILLED), Decimal(0)
    )
    cash = sum(-each.side.sign * each.size * each.price for each in host.fills)
    assert cash + host.positions[BTC] * Decimal(103) > 0
    assert not [each for each in host.orders.values() if not each.state.terminal]
