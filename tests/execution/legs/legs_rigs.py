"""Two simulated network venues in memory, each with its own client, and an executor over both."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal

from exchange_clients.base_models import Side, Symbol
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual
from execution.legs.executor import AtomicMultiOrderExecutor
from execution.legs.values import LegLimits, LegRequest
from tests.conformance.rig import Rig, Setting
from tests.conformance.venues import VENUES, Conforming
from tests.support.bot_stage import MemoryStore
from venue_simulators.scripted_source import START_NS, Levels

D = Decimal
BTC = Symbol("BTC")
SIZE = D("0.02")
CHOSEN = Setting(balance=D(100_000), max_book_age_s=30.0)
LIMITS = LegLimits(max_unhedged_usd=D(20_000), max_data_age_s=60.0)
BUYS: Levels = [(D(100_000), D(5)), (D(99_990), D(4))]
SELLS: Levels = [(D(100_010), D(5)), (D(100_020), D(4))]
ROUNDS = 300
STEP_S = 0.2


class Pair:
    """Venues ``a`` and ``b``."""

    def __init__(
        self, facts: tuple[Conforming, Conforming], loop: VirtualLoop, limits: LegLimits
    ) -> None:
        self.clock = VirtualClock(loop)
        self.a = Rig(facts[0], CHOSEN, self.clock)
        self.b = Rig(facts[1], CHOSEN, self.clock)
        self.rigs = {"a": self.a, "b": self.b}
        self.store = MemoryStore()
        self.limits = limits
        self.executor = self.new_executor()

    def new_executor(self) -> AtomicMultiOrderExecutor:
        """Return an executor over the present clients and the store."""
        clients = {name: rig.client for name, rig in self.rigs.items()}
        return AtomicMultiOrderExecutor(clients, self.clock, self.store, self.limits)

    async def restart(self) -> None:
        """Go on as the next process does: over the same journals and store."""
        await self.executor.close()
        for rig in self.rigs.values():
            await rig.client.disconnect()
            await rig.restart()
        self.executor = self.new_executor()

    def positions(self) -> tuple[Decimal, Decimal]:
        """Return the positions as the venues have them."""
        return self.a.world_position(), self.b.world_position()

    def check_nothing_is_open(self) -> None:
        """Check that no order is left at either venue."""
        for name, rig in self.rigs.items():
            assert not rig.world_open(), f"{name} has {rig.world_open()}"

    def check_even(self) -> None:
        """Check that the venues' positions cancel out, and that nothing is open."""
        assert sum(self.positions()) == 0, self.positions()
        self.check_nothing_is_open()

    def orders(self) -> tuple[int, int]:
        """Return how many orders each venue ever had."""
        return len(self.a.world_orders()), len(self.b.world_orders())


Play = Callable[[Pair], Awaitable[None]]
BY_NAME = {facts.name: facts for facts in VENUES}


def on_venues(play: Play, first: str, second: str, limits: LegLimits = LIMITS) -> None:
    """Run a play with both clients connected and both books live."""

    async def main(loop: VirtualLoop) -> None:
        pair = Pair((BY_NAME[first], BY_NAME[second]), loop, limits)
        for rig in pair.rigs.values():
            await rig.client.connect()
            assert await rig.client.stream.prepare_market_feed(rig.btc)
        try:
            await play(pair)
        finally:
            await pair.executor.close()
            for rig in pair.rigs.values():
                await rig.client.disconnect()
                rig.host.close()

    run_virtual(main, epoch_ns=START_NS)


def legs(size: Decimal = SIZE) -> list[LegRequest]:
    """Return a buy that takes on ``a`` and a sell that takes on ``b``."""
    return [
        LegRequest("a", BTC, Side.BUY, size, D(100_010)),
        LegRequest("b", BTC, Side.SELL, size, D(100_000)),
    ]
