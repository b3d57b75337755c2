"""The same grid over real sockets, on the machine's clock, through proxies that misbehave.

Nearly all of that time is waited, so venues are played at once: each in a task of its own, by whose
context it is known of whom a line of the log speaks.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from exchange_clients.shared.clock import Rng, SystemClock
from exchange_clients.shared.transport.chosen import http_transport
from exchange_clients.shared.websocket.sockets import socket_transport
from tests.support.log_ear import hearing
from tests.support.toxic_pouring import pour, proxied, proxies_of
from tests.support.venue_evidence import LoggedLine
from tests.support.venue_life import GRID, Life, VenueStage, wild_market
from tests.support.venue_survival import Survival, close_everything, judge
from venue_simulators.fault_plan import FaultPlan
from venue_simulators.options import SignatureDepth
from venue_simulators.server import SimulatorServer, wall_ns

PATIENCE_S = 40.0
"""How long everything may take to agree beyond that: a request may hang as the trouble ends, and
what never arrived is told as absent only after the venue's visibility time."""
BUSY: Mapping[str, object] = {**GRID, "take_profit": "0.01", "grid_step": "0.005", "wait_time": "1"}


_STAGE: ContextVar[VenueStage | None] = ContextVar("_STAGE", default=None)
"""The venue at which the present task trades."""


async def survive_on_sockets(
    names: Sequence[str], seed: int, folder: Path, *, trouble_s: float, quiet_s: float
) -> list[tuple[Survival, Counter[str]]]:
    """Trade for some time of trouble and some of quiet, on all venues at once.

    Returns:
        Of each venue what is left, and the toxics.
    """
    stages = [_stage(name, seed, folder) for name in names]
    heard = _Heard(stages)
    asyncio.get_running_loop().set_exception_handler(heard.on_exception)
    with hearing(logging.WARNING, heard.on_line):
        async with asyncio.TaskGroup() as venues:
            runs = [
                venues.create_task(_survive(stage, seed, trouble_s, quiet_s)) for stage in stages
            ]
    return [run.result() for run in runs]


def _stage(name: str, seed: int, folder: Path) -> VenueStage:
    options = wild_market(
        name,
        seed,
        start_ns=wall_ns(),
        updates_per_s=5.0,
        signatures=SignatureDepth.FULL,
    )
    return VenueStage(name, seed, folder, FaultPlan(), options=options, grid=BUSY)


class _Heard:
    """Notes what is logged at the venue it is of; what nobody owns counts against all."""

    def __init__(self, stages: Sequence[VenueStage]) -> None:
        self._stages = stages

    def on_line(self, level: int, text: str) -> None:
        """Note a warning or worse."""
        stage = _STAGE.get()
        for each in self._stages if stage is None else [stage]:
            each.evidence.lines.append(LoggedLine(each.now_ns, level, text))

    def on_exception(self, loop: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
        """Note an exception that nobody took; of which venue the loop does not say."""
        for each in self._stages:
            each.evidence.on_exception(loop, context)


async def _survive(
    stage: VenueStage, seed: int, trouble_s: float, quiet_s: float
) -> tuple[Survival, Counter[str]]:
    _STAGE.set(stage)
    survival = Survival(stage)
    poured: Counter[str] = Counter()
    async with AsyncExitStack() as opened:
        server = await opened.enter_async_context(SimulatorServer(stage.venue))
        proxies = {
            service: await opened.enter_async_context(proxy)
            for service, proxy in proxies_of(server.urls).items()
        }
        urls = proxied(server.urls, proxies)
        life = _life(stage, urls)
        stage.evidence.births.append(stage.now_ns)
        run = asyncio.create_task(life.bot.run())
        judging = asyncio.create_task(judge(survival, life))
        await pour(list(proxies.values()), Rng(seed, f"toxics of {stage.name}"), trouble_s, poured)
        survival.healed_ns = wall_ns()
        await _watch(survival, life, run, quiet_s)
        survival.ended_ns = wall_ns()
        judging.cancel()
        life.journal.die()
        survival.books = await close_everything(stage, _life(stage, server.urls))
    return survival, poured


def _life(stage: VenueStage, urls: Mapping[str, str]) -> Life:
    clock = SystemClock()
    link = stage.link(urls, http_transport(clock), socket_transport(), clock)
    return Life(stage, link, lambda: None)


async def _watch(survival: Survival, life: Life, run: asyncio.Task[str], quiet_s: float) -> None:
    """Let it trade on, until everything agrees, then stop it; one that had ended is noted."""
    await asyncio.sleep(quiet_s)
    for _ in range(round(PATIENCE_S)):
        if survival.settled_s is not None or run.done():
            break
        await asyncio.sleep(1.0)
    if run.done():
        error = run.exception()
        survival.stage.evidence.ends.append(life.bot.outcome if error is None else repr(error))
        return
    life.bot.request_stop("the run is over")
    await run
