"""One execution while it runs: it hears, decides, records, and only then acts."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Mapping

from exchange_clients.base_client import BaseExchangeClient
from exchange_clients.base_models import NS, ClientOrderId, Fill, OrderInfo, TradeId
from exchange_clients.journal import JournalError
from exchange_clients.shared.clock import Clock
from exchange_clients.shared.tasks import TaskScope
from execution.legs import deeds
from execution.legs.events import (
    BooksSeen,
    Cancel,
    Command,
    Event,
    Fact,
    Look,
    OrderHeard,
    OrderVoided,
    Place,
    Weigh,
)
from execution.legs.machine import Step, decide
from execution.legs.moves import Books, hear
from execution.legs.record import ExecutionRecord
from execution.legs.report import Traded
from execution.legs.state import Execution, Phase

logger = logging.getLogger(__name__)

RECORD_PAUSE_S = 0.5
"""Before a record that could not be written is tried again."""


class Run:
    """One execution.

    Args:
        execution: As it was planned, or as the record has it.
        clients: By the venues' names.
        clock: Time and waiting.
        record: Durable memory.
        tasks: Owns what is sent, so that no answer is lost.
    """

    def __init__(
        self,
        execution: Execution,
        clients: Mapping[str, BaseExchangeClient],
        clock: Clock,
        record: ExecutionRecord,
        tasks: TaskScope,
    ) -> None:
        self.execution = execution
        self.traded: dict[str, Traded] = {}
        """Sums of the fills that were heard, by client order id."""
        self._trades: dict[tuple[ClientOrderId, TradeId], None] = {}
        self._clients = clients
        self._clock = clock
        self._record = record
        self._tasks = tasks
        self._inbox: deque[Event] = deque()
        self._books = Books()
        self._under_way: dict[Command | str, None] = {}
        self._waiter: asyncio.Future[None] | None = None
        self.playing = False

    # What is heard --------------------------------------------------------------------------------

    def post(self, event: Event) -> None:
        """Take an event in, when its turn comes."""
        self._inbox.append(event)
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def owns(self, client_order_id: ClientOrderId | None) -> bool:
        """Tell whether an order is one of this execution's."""
        return client_order_id is not None and any(
            order.client_order_id == client_order_id
            for state in self.execution.legs
            for order in state.orders
        )

    def on_order(self, info: OrderInfo) -> None:
        """Take a report of one of its orders."""
        self.post(deeds.heard(info))

    def on_fill(self, fill: Fill) -> None:
        """Take a fill of one of its orders; it counts once.

        What is voided while the execution is under way, its leg lacks again. Afterwards that is for
        its caller, who has the legs by then and hears of it as well.
        """
        name = fill.client_order_id
        assert name is not None, "a fill of ours names its order"
        if (name, fill.trade_id) in self._trades:
            return
        self._trades[name, fill.trade_id] = None
        self.traded[name] = self.traded.get(name, Traded()).plus(fill)
        self.post(OrderHeard(name, Fact.RESTS, self.traded[name].size))
        if fill.voids is not None and self.execution.outcome is None:
            self.post(OrderVoided(name, self.traded[name].voided))

    async def recall(self) -> None:
        """Take in what the clients know of its orders and fills from before this process.

        What cannot be read is left out: an order whose fate is not known is asked for anyway.
        """
        execution = self.execution
        for index, (leg, state) in enumerate(zip(execution.plan.legs, execution.legs, strict=True)):
            client = self._clients[leg.venue]
            self.post(await deeds.rules(client, leg, index))
            for order in state.orders:
                self.post(await deeds.ask(client, order.client_order_id))
            for fill in await deeds.fills(client, leg, self.execution.started_ns, self._clock):
                if self.owns(fill.client_order_id):
                    self.on_fill(fill)

    def late(self) -> bool:
        """Tell whether news that came after the end says that more has traded."""
        filled = {
            order.client_order_id: order.filled
            for state in self.execution.legs
            for order in state.orders
        }
        return any(
            isinstance(event, OrderHeard) and event.filled > filled[event.client_order_id]
            for event in self._inbox
        )

    # The loop -------------------------------------------------------------------------------------

    async def play(self) -> None:
        """Go on until the execution has ended.

        Raises:
            JournalError: no record could be written for as long as an execution may take.
        """
        self.playing = True
        try:
            while True:
                step = self._next()
                if not await self._recorded(step):
                    continue
                self.execution = step.execution
                for command in step.commands:
                    self._act(command)
                if step.execution.phase is Phase.DONE and not self._inbox:
                    return
                await self._wait(step.wake_ns)
        finally:
            self.playing = False

    def _next(self) -> Step:
        """Take in what was heard, and decide."""
        now_ns = self._clock.now_ns()
        while self._inbox:
            event = self._inbox.popleft()
            if isinstance(event, BooksSeen):
                self._books = Books(event.books, event.at_ns)
            self.execution = hear(self.execution, event, now_ns)
        return decide(self.execution, self._books, now_ns, self._mint)

    async def _recorded(self, step: Step) -> bool:
        """Write the record where something is to be done; nothing is done that is not written."""
        done = step.execution.phase is Phase.DONE
        if not step.commands and not done and step.execution.phase is self.execution.phase:
            return True
        try:
            self._record.save(step.execution, self._clock.now_ns())
        except JournalError as error:
            logger.warning(
                "event=record_failed execution=%s error=%r", self.execution.execution_id, error
            )
            give_up_s = self.execution.plan.times.give_up_s
            begun_ns = max(self.execution.started_ns, self.execution.since_ns)
            if self._clock.now_ns() - begun_ns > give_up_s * NS:
                raise
            await self._clock.sleep(RECORD_PAUSE_S)
            return False
        return True

    async def _wait(self, wake_ns: int | None) -> None:
        """Wait for news, or for the instant at which time alone changes a decision."""
        if self._inbox:
            return
        self._waiter = asyncio.get_running_loop().create_future()
        seconds = None if wake_ns is None else max(wake_ns - self._clock.now_ns(), 0) / NS
        try:
            async with self._clock.deadline(seconds):
                await self._waiter
        except TimeoutError:
            return
        finally:
            self._waiter = None

    def _mint(self, venue: str) -> ClientOrderId:
        return self._clients[venue].mint_client_order_id()

    # What is done ---------------------------------------------------------------------------------

    def _act(self, command: Command) -> None:
        """Start a deed, unless the same one is under way."""
        if command in self._under_way:
            return
        self._under_way[command] = None
        self._tasks.start(self._do(command), f"{type(command).__name__} {command}")

    async def _do(self, command: Command) -> None:
        try:
            event = await self._deed(command)
        finally:
            del self._under_way[command]
        self.post(event)

    async def _deed(self, command: Command) -> Event:
        if isinstance(command, Look):
            return await deeds.look(self.execution.plan, self._clients, self._clock, self._tasks)
        leg = self.execution.plan.legs[command.leg]
        client = self._clients[leg.venue]
        if isinstance(command, Weigh):
            return await deeds.weigh(client, leg, command.leg)
        try:
            if isinstance(command, Place):
                return await deeds.place(client, leg, command.order)
            if isinstance(command, Cancel):
                return await deeds.cancel(client, command.client_order_id)
            return await deeds.ask(client, command.client_order_id)
        except Exception:
            # Whatever went wrong, the order may have been sent: the venue will be asked.
            logger.exception("event=deed_failed command=%r", command)
            return OrderHeard(command.client_order_id, Fact.LOST)
