"""A person at the controls of a run: closes a symbol, or everything, while the bot lives.

The commands are those of the control API and of Telegram, carried out by the same object. Who has
closed a symbol has paused entries with it, over restarts too, until they are let go on.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from app.control.operator import Operator
from app.session import Session
from exchange_clients.base_models import Fill, OrderInfo, Purpose
from exchange_clients.shared.tasks import TaskScope
from tests.simulation.whole.conditions import Condition
from tests.simulation.whole.scenario import Command
from tests.simulation.whole.truth import MarketBook

if TYPE_CHECKING:
    from tests.simulation.whole.playing import WholeRun

WHO = "a person"
FLAT_S = 30.0
"""Within which what a person closes is gone, while nothing is wrong."""
GIVEN_UP_S = 60.0
"""After which what is left is told, and left."""
DECIDED_S = 1.0
"""What was decided on by then may still be on its way to its intent."""


class Commands:
    """What a person wants of a run, whichever process lives.

    Args:
        run: The run.
    """

    def __init__(self, run: WholeRun) -> None:
        self._run = run
        self.standing: Command | None = None
        """By which a symbol was closed, until entries are let go on."""
        self._given_s = 0.0
        self.kept = False
        """Whether the process that was told has lived long enough to have written it down."""
        self._flat: dict[tuple[str, str], None] = {}
        """Markets in which nothing was held at some instant since."""
        self.meddled: dict[str, None] = {}
        """Symbols that were closed so."""

    def attend(self, session: Session) -> None:
        """Stand at the controls of a process from its beginning on."""
        if self._run.scenario.commands and not self._run.scenario.dry:
            session.companions.append(_Controls(self, self._run, session))

    def give(self, command: Command) -> None:
        """Take it that a person says so now."""
        run = self._run
        self.standing, self._given_s = command, run.now_s
        books = [each for each in run.truth.books.values() if each.market.symbol == command.symbol]
        run.marks["a person: close what is held"] += any(book.held for book in books)
        self.kept = False
        self._flat.clear()
        self.meddled[command.symbol] = None

    def lift(self) -> None:
        """Take it that entries may go on."""
        self.standing = None

    @property
    def forbids(self) -> bool:
        """Whether nothing may be decided on now that opens."""
        return self.standing is not None and self._run.now_s > self._given_s + DECIDED_S

    def conditions(self) -> Iterator[Condition]:
        """Yield what a person has closed and is held: at first, or once more."""
        if self.standing is None:
            return
        late = self._run.now_s > self._given_s + GIVEN_UP_S
        for (name, contract_id), book in self._run.truth.books.items():
            if book.market.symbol != self.standing.symbol:
                continue
            key = (name, str(contract_id))
            if not book.held:
                self._flat[key] = None
            elif _closable(book) and (key in self._flat or not late):
                text = f"I36: {contract_id} is held although a person has closed it"
                yield Condition(text, FLAT_S, name)


def _closable(book: MarketBook) -> bool:
    return not (book.too_small or book.stuck)


class _Controls:
    """The controls of one process."""

    def __init__(self, commands: Commands, run: WholeRun, session: Session) -> None:
        self._commands = commands
        self._run = run
        self._loop = run.stage.loop
        self._operator = Operator(session, lambda notice: None)
        self._tasks = TaskScope()
        self._over = False

    async def open(self) -> None:
        """Do nothing."""

    def on_start(self) -> None:
        """Wait for what is to be said."""
        run = self._run
        if not self._commands.kept:  # nobody can tell whether it stands
            self._lift()
        elif self._commands.standing is not None:
            self._lift_later(self._commands.standing)
        for command in run.scenario.commands:
            if run.left_s(command.at_s):
                self._loop.call_later(run.left_s(command.at_s), partial(self._give, command))

    def on_order(self, venue: str, purpose: Purpose, info: OrderInfo) -> None:
        """Do nothing."""

    def on_fill(self, venue: str, fill: Fill) -> None:
        """Do nothing."""

    async def close(self) -> None:
        """Say nothing any more."""
        self._over = True
        await self._tasks.close()
        await self._operator.end()

    def _give(self, command: Command) -> None:
        run = self._run
        if self._over or run.stopped_ns is not None or self._commands.standing is not None:
            return
        if not command.symbol:
            run.marks["a person: flatten"] += 1
            self._operator.flatten(WHO)
            return
        run.marks["a person: close"] += 1
        self._commands.give(command)
        self._tasks.start(self._operator.close(command.symbol, WHO), f"close {command.symbol}")
        self._loop.call_later(DECIDED_S, self._keep)
        self._lift_later(command)

    def _keep(self) -> None:
        self._commands.kept = True

    def _lift_later(self, command: Command) -> None:
        self._loop.call_later(self._run.left_s(command.at_s + command.for_s), self._lift)

    def _lift(self) -> None:
        if not self._over and self._commands.standing is not None:
            self._run.marks["a person: resume"] += 1
            self._operator.resume(WHO)
            self._commands.lift()
