"""What a bot keeps so that a restart goes on: its orders' names and its strategy's state, together.

Both are one value, written at once, so that neither is ever newer than the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import msgspec

from exchange_clients.base_models import ClientOrderId, Fill, Purpose
from execution.key_book import KeyedOrder

STATE_KEY = "bot"
NAME_PREFIX = "order/"
"""Before ``venue/client order id``: the key and purpose of every order that was accepted."""


class StateStore(Protocol):
    """Where the state survives the process. ``database.journal`` implements it."""

    def save_state(self, key: str, value_json: str, at_ns: int = 0) -> None:
        """Keep a value durably under ``key``, as of an instant.

        Raises:
            JournalError: nothing was written.
        """

    def load_state(self, key: str) -> str | None:
        """Return what was kept, None where nothing was."""

    def load_states(self, prefix: str) -> dict[str, str]:
        """Return what was kept under keys that begin with ``prefix``."""


class FillStore(StateStore, Protocol):
    """Where state is kept, and every fill of ours."""

    def record_fill(self, venue: str, fill: Fill) -> bool:
        """Keep a fill durably; False if it was known already.

        Raises:
            JournalError: nothing was written.
        """

    def fills(self, venue: str) -> Sequence[Fill]:
        """Return our fills at a venue, in the order in which they were recorded."""

    def first_order_ns(self, venue: str) -> int | None:
        """Return when the first order for a venue was written down (epoch ns); None: none was."""


class SavedState(msgspec.Struct, frozen=True):
    """The saved value: rows of the key book, the strategy's own state, executions under way."""

    keys: Sequence[KeyedOrder]
    strategy: msgspec.Raw
    legs: Sequence[str] = ()
    """Keys of executions over several venues whose end was not taken in."""

    def strategy_state(self) -> Mapping[str, Any]:
        """Return the strategy's state as it told it."""
        state: Mapping[str, Any] = msgspec.json.decode(self.strategy)
        return state


def save(
    store: StateStore,
    keys: Sequence[KeyedOrder],
    strategy_json: bytes,
    now_ns: int,
    legs: Sequence[str] = (),
) -> None:
    """Keep the state durably.

    Raises:
        JournalError: nothing was written.
    """
    state = SavedState(keys, msgspec.Raw(strategy_json), legs)
    store.save_state(STATE_KEY, msgspec.json.encode(state).decode(), now_ns)


def load(store: StateStore) -> SavedState | None:
    """Return the saved state; None at a first start."""
    text = store.load_state(STATE_KEY)
    return None if text is None else msgspec.json.decode(text, type=SavedState)


def remember_name(store: StateStore, order: KeyedOrder, now_ns: int) -> None:
    """Keep an order's name for good: a report after a restart tells it of old fills too.

    Raises:
        JournalError: nothing was written.
    """
    value = msgspec.json.encode([order.key, order.purpose.value]).decode()
    store.save_state(f"{NAME_PREFIX}{order.venue}/{order.client_order_id}", value, now_ns)


def is_remembered(store: StateStore, venue: str, client_order_id: ClientOrderId) -> bool:
    """Tell whether an order was ever accepted for a venue."""
    return store.load_state(f"{NAME_PREFIX}{venue}/{client_order_id}") is not None


def name_of(
    store: StateStore, venue: str, client_order_id: ClientOrderId
) -> tuple[str, Purpose] | None:
    """Return key and purpose of an order; None where none was ever accepted by that name."""
    value = store.load_state(f"{NAME_PREFIX}{venue}/{client_order_id}")
    if value is None:
        return None
    key, purpose = msgspec.json.decode(value, type=tuple[str, str])
    return key, Purpose(purpose)


def remembered_names(store: StateStore, venue: str) -> dict[ClientOrderId, tuple[str, Purpose]]:
    """Return key and purpose of every order that was ever accepted for a venue."""
    prefix = f"{NAME_PREFIX}{venue}/"
    names = {}
    for state_key, value in store.load_states(prefix).items():
        key, purpose = msgspec.json.decode(value, type=tuple[str, str])
        names[ClientOrderId(state_key.removeprefix(prefix))] = (key, Purpose(purpose))
    return names
