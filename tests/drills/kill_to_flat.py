"""Nine accounts with orders and positions are brought to flat while one venue is away.

Each venue also has an order and a position of its user, which must stand untouched. The venues are
simulators in memory, on virtual time; the judge reads their books and not the client.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from importlib import import_module

from app.safety.client_port import ClientPort
from exchange_clients.base_models import ContractId, OrderType, Side
from exchange_clients.journal import MemoryJournal
from exchange_clients.shared.client.venue_client import VenueClient
from exchange_clients.shared.clock import Rng
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual
from execution.flatten import FlatReport, flatten
from tests.support.venue_links import link_in_memory
from venue_simulators import catalogue
from venue_simulators.fault_plan import FaultPlan
from venue_simulators.memory import MemoryHost
from venue_simulators.misbehaviour import Misbehaving
from venue_simulators.options import SharedWorld, SignatureDepth, SimulatorOptions
from venue_simulators.scripted_source import START_NS
from venue_simulators.world import World
from venue_simulators.world_values import Wanted

VENUES = ("aster", "backpack", "binance", "bybit", "edgex", "grvt", "lighter", "okx", "paradex")
ACCOUNT = "main"
NOTIONAL = Decimal(2_000)
"""USD of the position on each venue."""
THEIRS = Decimal(2)
"""How many times that is the user's own beside it."""
AWAY_S = 60.0
"""How long the venue that is away stays so."""
WITHIN_S = 600.0


@dataclass(slots=True)
class Site:
    """One venue and its account."""

    name: str
    plan: FaultPlan
    world: World
    host: MemoryHost
    client: VenueClient
    contract_id: ContractId = field(default=ContractId(""))
    theirs: Decimal = Decimal(0)

    async def fill(self) -> None:
        """Give the account a position and an order of ours, and one of each of its user."""
        await self.client.connect()
        self.contract_id, tick = await self.client.get_contract_attributes("BTC")
        bid, ask = await self.client.fetch_bbo_prices(self.contract_id)
        size = self.client.round_to_step(NOTIONAL / ask, self.contract_id)
        low = self.client.round_to_tick(bid * Decimal("0.98"), self.contract_id)
        self.theirs = THEIRS * size
        self._by_hand(Wanted(self.contract_id, Side.BUY, self.theirs, None, OrderType.MARKET))
        self._by_hand(Wanted(self.contract_id, Side.BUY, size, low))
        placed = [
            await self.client.place_market_order(self.contract_id, size, Side.BUY),
            await self.client.place_limit_order(self.contract_id, size, low + tick, Side.BUY),
        ]
        assert all(each.success for each in placed), (self.name, placed)

    def _by_hand(self, wanted: Wanted) -> None:
        self.host.pump()
        outcome = self.world.place(ACCOUNT, wanted)
        self.host.pump()
        assert outcome.order is not None, (self.name, outcome)

    def go_away(self) -> None:
        """Answer nothing, and tell nothing, from now on."""
        self.plan.always("rq.drop", seconds=5.0)
        self.plan.always("ws.cut")

    def come_back(self) -> None:
        """Answer again."""
        self.plan.clear()

    def assert_only_theirs(self) -> None:
        """Assert by the venue's own books that ours is gone and the user's stands."""
        held = {each.contract_id: each.size for each in self.world.positions(ACCOUNT)}
        assert held == {self.contract_id: self.theirs}, (self.name, held)
        assert len(self.world.open_orders(ACCOUNT)) == 1, self.name


def drill(away: str | None, venues: Sequence[str] = VENUES) -> FlatReport:
    """Bring all venues to flat while one is away, for a minute; assert what the books say.

    Args:
        away: Which one; None for none.
        venues: All of them.
    """

    async def main(loop: VirtualLoop) -> FlatReport:
        clock = VirtualClock(loop)
        sites = [_site(name, place, clock) for place, name in enumerate(venues)]
        try:
            for site in sites:
                await site.fill()
            await clock.sleep(1)
            missing = next((site for site in sites if site.name == away), None)
            if missing is not None:
                missing.go_away()
                clock.call_later(AWAY_S, missing.come_back)
            report = await flatten(
                [ClientPort(site.client) for site in sites], clock, within_s=WITHIN_S
            )
            for site in sites:
                site.assert_only_theirs()
        finally:
            for site in sites:
                await site.client.disconnect()
                site.host.close()
        return report

    return run_virtual(main, epoch_ns=START_NS)


def _site(name: str, place: int, clock: VirtualClock) -> Site:
    options = SimulatorOptions(
        symbols=("BTC",),
        accounts=(ACCOUNT,),
        shared=SharedWorld(1, place),
        signatures=SignatureDepth.DIGEST,
        start_ns=START_NS,
    )
    plan = FaultPlan()
    venue = Misbehaving(catalogue.build(name, options), plan)
    host = MemoryHost(venue, clock.now_ns, clock.call_later)
    words = import_module(f"exchange_clients.{name}.client.core").VENUE
    link = link_in_memory(words, venue, host.resolve, clock, Rng(place))
    client = VenueClient(link, journal=MemoryJournal(), name=name)
    world: World = venue.simulator.world
    return Site(name, plan, world, host, client)


def table(reports: Sequence[tuple[str, FlatReport]]) -> str:
    """Return what came of drills as a table of a document."""
    lines = [
        "| away for a minute | the other eight, median | slowest | it itself, after its return |",
        "|---|---|---|---|",
    ]
    for away, report in reports:
        assert report.flat, away
        others = sorted(each.seconds or 0.0 for each in report.venues if each.venue != away)
        slowest = max(report.venues, key=lambda each: (each.venue != away, each.seconds or 0.0))
        own = next((each.seconds or 0.0 for each in report.venues if each.venue == away), None)
        returned = "" if own is None else f"{own - AWAY_S:.1f} s"
        lines.append(
            f"| {away} | {others[len(others) // 2]:.2f} s | {others[-1]:.2f} s, {slowest.venue} "
            f"| {returned} |"
        )
    return "\n".join(lines)
