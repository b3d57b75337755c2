"""Real bots on real sockets at every simulated venue, while all that is between misbehaves."""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from exchange_clients.shared.clock import Rng, SystemClock
from exchange_clients.shared.transport.chosen import http_transport
from exchange_clients.shared.transport.ports import HttpTransport
from tests.support.log_ear import hearing
from tests.support.soak_bots import SoakBot
from tests.support.soak_judge import breaches, compare
from tests.support.soak_venues import FrontedVenue, fronted
from tests.support.toxic_pouring import pour
from tests.support.venue_life import wild_market
from tests.support.wire_orders import ACCOUNT
from venue_simulators.options import SharedWorld, SignatureDepth, SimulatorOptions
from venue_simulators.server import wall_ns

SAMPLE_S = 10.0
AGREE_S = 90.0
"""How long all may take to agree after the last trouble; what takes more than a minute is told."""
SYMBOLS = ("BTC", "SOL")
COMMON: Mapping[str, object] = {"control": {"port": 0}}
GRID: Mapping[str, object] = {
    "name": "grid",
    "direction": "buy",
    "order_notional_usd": 150,
    "take_profit": 0.01,
    "grid_step": 0.005,
    "max_orders": 40,
    "wait_time": 1,
    "entry_timeout_s": 5,
    "exit_open_orders": "cancel",
}
"""One that trades every few seconds and leaves nothing that trades after its end."""
PAIRS: Mapping[str, object] = {
    "name": "funding_arbitrage",
    "horizon_hours": 240,
    "max_break_even_hours": 240,
    "max_age_hours": 0.02,
    "cooldown_minutes": 0.2,
    "exit_wait_minutes": 0.2,
    "max_leverage": 2,
}
"""One whose pairs pay by ten days of funding and end within a minute or two."""


@dataclass(frozen=True, slots=True)
class SoakPlan:
    """What is run, for how long, and what goes wrong."""

    seed: int
    trouble_s: float
    quiet_s: float
    """How long it goes on at least after the last trouble."""
    grids: Sequence[str]
    pairs: Sequence[Sequence[str]] = ()
    """Venues of each bot of funding arbitrage."""
    pause_s: float = 20.0
    """Mean time between two toxics at a venue."""
    ends: Sequence[signal.Signals] = (signal.SIGTERM,)
    """By what each restless bot is ended, one after the other, spread over the trouble."""

    @property
    def restless(self) -> tuple[str, ...]:
        """Bots that are ended now and then: all but the last of each kind, to measure."""
        named = [f"pairs-{number}" for number in range(len(self.pairs))]
        return (*(f"grid-{name}" for name in self.grids[:-1]), *named[:-1])


class Soaked(NamedTuple):
    """What is left."""

    bots: Sequence[SoakBot]
    """Their processes have ended."""
    amiss: Sequence[str]
    """What venues and proxies have raised; without such nothing can be said of bots."""

    def breaches(self) -> Iterator[str]:
        """Yield what ought not to be."""
        yield from (f"the stage itself: {text}" for text in self.amiss)
        for bot in self.bots:
            yield from (f"{bot.name}: {text}" for text in breaches(bot))


async def soak(plan: SoakPlan, folder: Path) -> Soaked:
    """Run everything to its end."""
    amiss: list[str] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: amiss.append(str(context)))
    with hearing(logging.ERROR, lambda _, text: amiss.append(text)):
        return Soaked(await _soak(plan, folder), amiss)


async def _soak(plan: SoakPlan, folder: Path) -> list[SoakBot]:
    transport = http_transport(SystemClock())
    try:
        async with _venues(plan) as venues:
            bots = _bots(plan, folder, venues, transport)
            try:
                async with asyncio.TaskGroup() as tasks:
                    await _run(plan, bots, list(venues.values()), tasks)
            finally:
                for bot in bots:
                    bot.kill()
    finally:
        await transport.close()
    return bots


async def _run(
    plan: SoakPlan,
    bots: Sequence[SoakBot],
    venues: Sequence[FrontedVenue],
    tasks: asyncio.TaskGroup,
) -> None:
    lives = [tasks.create_task(bot.live()) for bot in bots]
    for bot in bots:
        if not await bot.ready():
            bot.found.append(f"it did not begin although nothing was wrong: {await bot.look()}")
    looking = tasks.create_task(_sample(bots))
    rng = Rng(plan.seed, "soak")
    async with asyncio.TaskGroup() as trouble:
        for venue in venues:
            trouble.create_task(
                pour(
                    list(venue.proxies.values()),
                    rng.stream(venue.name),
                    plan.trouble_s,
                    venue.poured,
                    pause_s=plan.pause_s,
                )
            )
        for bot in bots:
            if bot.restless:
                trouble.create_task(_disturb(bot, plan, rng.stream(bot.name)))
    await _settle(plan, bots)
    looking.cancel()
    for bot in bots:
        bot.over = True
    async with asyncio.TaskGroup() as stops:
        for bot in bots:
            stops.create_task(bot.end(signal.SIGTERM))
    await asyncio.wait(lives)


async def _disturb(bot: SoakBot, plan: SoakPlan, rng: Rng) -> None:
    """End a bot at drawn instants, once it trades again."""
    share_s = plan.trouble_s / (len(plan.ends) + 1)
    for number in plan.ends:
        await asyncio.sleep(share_s * rng.uniform(0.6, 1.2))
        await bot.ready()
        await bot.end(number)


async def _settle(plan: SoakPlan, bots: Sequence[SoakBot]) -> None:
    """Let everything go on without trouble until all agree, and have traded."""
    healed_s = time.time()
    for bot in bots:
        bot.healed_s = healed_s
        for venue in bot.venues:
            venue.heal()
    while time.time() < healed_s + AGREE_S:
        await asyncio.gather(*(compare(bot) for bot in bots))
        settled = all(bot.agreed_s is not None and bot.fills for bot in bots)
        if settled and time.time() > healed_s + plan.quiet_s:
            return
        await asyncio.sleep(1.0)


async def _sample(bots: Sequence[SoakBot]) -> None:
    while True:
        for bot in bots:
            await bot.sample()
        await asyncio.sleep(SAMPLE_S)


def _bots(
    plan: SoakPlan,
    folder: Path,
    venues: Mapping[str, FrontedVenue],
    transport: HttpTransport,
) -> list[SoakBot]:
    made = []
    wanted = [(f"grid-{name}", [name], GRID) for name in plan.grids]
    wanted += [(f"pairs-{number}", [*names], PAIRS) for number, names in enumerate(plan.pairs)]
    for name, names, strategy in wanted:
        run: dict[str, object] = {
            "exchange": ",".join(names),
            "ticker": "BTC",
            "environment": "simulator",
            "panel": False,
        }
        config = {**COMMON, "run": run, "strategy": strategy}
        if strategy is PAIRS:
            run["symbols"] = list(SYMBOLS)
            config["execution"] = {"survey_seconds": 5, "max_unhedged_usd": 400}
        own = [venues[each] for each in names]
        restless = name in plan.restless
        made.append(SoakBot(folder / name, config, own, transport, restless=restless))
    return made


@asynccontextmanager
async def _venues(plan: SoakPlan) -> AsyncIterator[dict[str, FrontedVenue]]:
    options = {
        name: wild_market(
            name,
            plan.seed,
            start_ns=wall_ns(),
            updates_per_s=5.0,
            signatures=SignatureDepth.FULL,
        )
        for name in plan.grids
    }
    for names in plan.pairs:
        for place, name in enumerate(names):
            world = SharedWorld(plan.seed, place)
            options[name] = SimulatorOptions(
                seed=plan.seed + place, symbols=SYMBOLS, accounts=(ACCOUNT,), shared=world
            )
    async with AsyncExitStack() as opened:
        yield {
            name: await opened.enter_async_context(fronted(name, own))
            for name, own in options.items()
        }
