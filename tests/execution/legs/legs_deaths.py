"""A process that dies at one of its durable writes, and the next one."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from exchange_clients.base_models import ClientOrderId, Fill, OrderInfo
from exchange_clients.journal import MemoryJournal, OrderIntent
from execution.legs.report import LegsReport
from execution.legs.state import Outcome
from tests.execution.legs.legs_rigs import Pair, legs
from tests.support.bot_stage import MemoryStore


class Killed(BaseException):
    """The process is dead; nobody catches this."""


class Life:
    """Counts the writes of a process, and ends it before one of them.

    Args:
        at: Which write is never done, counted from 1; None for none.
    """

    def __init__(self, at: int | None = None) -> None:
        self.writes = 0
        self.at = at
        self.dead = False

    def write(self) -> None:
        """Count a write, or die; the dead write nothing."""
        self.writes += 1
        if self.writes == self.at:
            self.dead = True
        if self.dead:
            raise Killed

    def begin_anew(self, at: int | None = None) -> None:
        """Let the next process begin, which may die too."""
        self.writes, self.at, self.dead = 0, at, False


class MortalJournal(MemoryJournal):
    """A journal whose writes may be the end."""

    def __init__(self, life: Life) -> None:
        super().__init__()
        self.life = life

    def record_intent(self, intent: OrderIntent) -> None:
        self.life.write()
        super().record_intent(intent)

    def record_reference(self, venue: str, client_order_id: ClientOrderId, reference: str) -> None:
        self.life.write()
        super().record_reference(venue, client_order_id, reference)

    def record_outcome(self, venue: str, info: OrderInfo, at_ns: int) -> None:
        self.life.write()
        super().record_outcome(venue, info, at_ns)

    def record_fill(self, venue: str, fill: Fill) -> bool:
        self.life.write()
        return super().record_fill(venue, fill)


class MortalStore(MemoryStore):
    """A store whose writes may be the end."""

    def __init__(self, life: Life) -> None:
        super().__init__()
        self.life = life

    def save_state(self, key: str, value_json: str, at_ns: int = 0) -> None:
        self.life.write()
        super().save_state(key, value_json, at_ns)


async def make_mortal(pair: Pair, life: Life) -> None:
    """Give the pair's clients and executor journals that may be their end."""
    await pair.executor.close()
    for rig in pair.rigs.values():
        await rig.client.disconnect()
        rig.journal = MortalJournal(life)
        rig.link = rig.new_link()
        rig.client = rig.new_client()
        await rig.client.connect()
        assert await rig.client.stream.prepare_market_feed(rig.btc)
    pair.store = MortalStore(life)
    pair.executor = pair.new_executor()


async def live_and_die(pair: Pair, life: Life) -> LegsReport | None:
    """Carry out the legs; None where the process died of it."""
    loop = asyncio.get_running_loop()
    task = loop.create_task(pair.executor.execute_atomically(legs()))
    return await until_dead(pair, life, task)


async def until_dead(pair: Pair, life: Life, task: asyncio.Task[LegsReport]) -> LegsReport | None:
    """Wait for the end of a task, or of the process, which takes the task with it."""
    while not task.done() and not life.dead:
        await pair.clock.sleep(0.02)
    if not life.dead:
        return task.result()
    task.cancel()
    with suppress(Killed, asyncio.CancelledError):
        await task
    return None


async def bury(pair: Pair, life: Life) -> None:
    """End what is left of the dead process."""
    life.dead = True
    await pair.executor.close()
    for rig in pair.rigs.values():
        with suppress(Killed):
            await rig.client.disconnect()
    await pair.clock.sleep(1.0)


async def take_up(pair: Pair) -> LegsReport:
    """Begin the next process over the same journals and store, and end what was left."""
    for rig in pair.rigs.values():
        await rig.restart()
        await rig.client.stream.prepare_market_feed(rig.btc)
    pair.executor = pair.new_executor()
    reports = await pair.executor.resume()
    return reports[0] if reports else LegsReport("", Outcome.NOTHING)


async def recover(pair: Pair, life: Life, at: int | None = None) -> LegsReport | None:
    """Let the next process take up what was left; None where it died of that."""
    await bury(pair, life)
    life.begin_anew(at)
    return await until_dead(pair, life, asyncio.get_running_loop().create_task(take_up(pair)))
