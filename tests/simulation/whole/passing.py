"""Which ways through the program a run has gone: each call of some methods is counted as a mark.

They are counted from outside, by methods in the place of methods: the program itself has nothing of
it. A way that no run of many has gone is a hole in what is drawn, as any other mark is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any
from unittest.mock import patch

from exchange_clients.shared.client.managers.lookup_turns import LookupTurns
from exchange_clients.shared.client.managers.order_records import OrderRecords
from exchange_clients.shared.client.managers.order_recovery import OrderRecovery
from exchange_clients.shared.client.managers.position_manager import PositionManager
from exchange_clients.shared.client.order_tracker import OrderTracker
from exchange_clients.shared.client.reconnection import Reconnection
from execution.legs.executor import AtomicMultiOrderExecutor
from execution.legs.run import Run

WAYS: dict[str, tuple[type[object], str]] = {
    "way: a look-up failed": (LookupTurns, "on_failure"),
    "way: a look-up waits for its turn": (LookupTurns, "next"),
    "way: an order is amended": (OrderRecords, "on_amended"),
    "way: an order is proven absent": (OrderRecords, "on_absent"),
    "way: an order is refused": (OrderTracker, "reject"),
    "way: an order is looked up": (OrderRecovery, "look_up"),
    "way: an order's end is confirmed": (OrderRecovery, "confirm_end"),
    "way: an order's fate is unknown": (OrderTracker, "mark_unknown"),
    "way: an order's fills are fetched": (OrderRecovery, "fetch_fills"),
    "way: an order's row is unreadable": (OrderRecovery, "on_unreadable"),
    "way: an order's verdict is awaited": (OrderRecovery, "expect_verdict"),
    "way: executions are stopped": (AtomicMultiOrderExecutor, "stop"),
    "way: executions are taken up": (AtomicMultiOrderExecutor, "resume"),
    "way: open orders are listed": (OrderRecovery, "read_open"),
    "way: orders are reconciled": (OrderRecovery, "reconcile"),
    "way: positions are reconciled": (PositionManager, "reconcile"),
    "way: a run of legs recalls its orders": (Run, "recall"),
    "way: a stream is there again": (Reconnection, "on_reconnect"),
}
"""The method of each mark."""


@contextmanager
def counting(marks: Counter[str]) -> Iterator[None]:
    """Count the ways that are gone while this lasts.

    Args:
        marks: Takes one more for each call.
    """
    with ExitStack() as patches:
        for mark, (owner, name) in WAYS.items():
            counted = _counted(getattr(owner, name), mark, marks)
            patches.enter_context(patch.object(owner, name, counted))
        yield


def _counted(method: Callable[..., Any], mark: str, marks: Counter[str]) -> Callable[..., Any]:
    @wraps(method)
    def counted(*args: Any, **named: Any) -> Any:
        marks[mark] += 1
        return method(*args, **named)

    return counted
