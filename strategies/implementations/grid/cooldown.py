"""How long to wait between entries: the more cycles are open, the longer."""

from __future__ import annotations

from strategies.implementations.grid.state import GridState


def calculate_wait_ns(cycles: int, max_orders: int, wait_ns: int) -> int:
    """Return the wait after an entry; with ``max_orders`` cycles open none is allowed anyway.

    An entry that filled in parts has several closes and is one cycle all the same.

    >>> [calculate_wait_ns(n, 12, 60) for n in (1, 2, 4, 8)]
    [15, 30, 60, 120]
    """
    if 3 * cycles >= 2 * max_orders:
        return 2 * wait_ns
    if 3 * cycles >= max_orders:
        return wait_ns
    if 6 * cycles >= max_orders:
        return wait_ns // 2
    return wait_ns // 4


def ready_ns(state: GridState, max_orders: int, wait_ns: int) -> int:
    """Return the instant after which an entry is allowed; 0 when nothing has to be waited for.

    A filled close waives the wait once. The wait runs from the latest entry fill.
    """
    if state.last_opened_ns is None or state.cooldown_waived:
        return 0
    return state.last_opened_ns + calculate_wait_ns(len(state.cycles), max_orders, wait_ns)
