"""What a bot writes down so that a restart goes on, and what happens where it cannot be written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from exchange_clients.journal import JournalError
from exchange_clients.shared.clock import Clock
from execution import bot_state
from execution.bot_state import StateStore
from execution.key_book import KeyBook, KeyedOrder
from execution.ports import LegsPort


class Stateful(Protocol):
    """As much of a strategy as is saved."""

    @property
    def revision(self) -> int:
        """A number that grows whenever the state to save has changed."""

    def state_json(self) -> bytes:
        """Return the state as JSON text."""

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Take up a saved state."""


class BotMemory:
    """Names of orders and executions, and the strategy's state, saved together.

    Args:
        store: Where they survive.
        strategy: Whose state it is.
        keys: Its orders.
        legs: Its executions over several venues.
        clock: Time.
        on_failure: Hears why something could not be written: what cannot be remembered must not
            grow.
    """

    def __init__(
        self,
        store: StateStore,
        strategy: Stateful,
        keys: KeyBook,
        legs: LegsPort,
        clock: Clock,
        on_failure: Callable[[str], None],
    ) -> None:
        self._store = store
        self._strategy = strategy
        self._keys = keys
        self._legs = legs
        self._clock = clock
        self._on_failure = on_failure
        self._saved_revision = -1

    def load(self) -> bool:
        """Take up what was saved; return whether there was anything."""
        state = bot_state.load(self._store)
        if state is None:
            return False
        self._keys.load(state.keys)
        self._legs.load(state.legs)
        self._strategy.load_state(state.strategy_state())
        return True

    def save(self, *, force: bool = False) -> None:
        """Save all together where the strategy's state has changed, or names have (``force``)."""
        revision = self._strategy.revision
        if revision == self._saved_revision and not force:
            return
        keys, legs, strategy = self._keys.rows(), self._legs.rows(), self._strategy
        now_ns = self._clock.now_ns()
        if self._write(
            lambda: bot_state.save(self._store, keys, strategy.state_json(), now_ns, legs)
        ):
            self._saved_revision = revision

    def remember(self, order: KeyedOrder) -> None:
        """Keep an order's name for good."""
        self._write(lambda: bot_state.remember_name(self._store, order, self._clock.now_ns()))

    def _write(self, write: Callable[[], None]) -> bool:
        try:
            write()
        except JournalError as error:
            self._on_failure(str(error))
            return False
        return True
