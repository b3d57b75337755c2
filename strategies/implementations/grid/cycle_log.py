"""The round trips that a grid has completed, as its report lists them; the latest, packed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import overload

from exchange_clients.base_models import Side
from exchange_clients.packed_log import PackedLog
from strategies.implementations.grid.state import CYCLES_LISTED, Cycle


@dataclass(frozen=True, slots=True)
class CompletedCycle:
    """A round trip that nothing changes any more, and the side it entered on."""

    cycle: Cycle
    side: Side


class CycleLog(Sequence[dict[str, object]]):
    """The latest round trips, oldest first; rows are made when they are read."""

    def __init__(self) -> None:
        self._completed = PackedLog(CompletedCycle, CYCLES_LISTED)

    def extend(self, completed: list[CompletedCycle]) -> None:
        """Add what a decision has completed."""
        for each in completed:
            self._completed.append(each)

    def __len__(self) -> int:
        return len(self._completed)

    def __iter__(self) -> Iterator[dict[str, object]]:
        return (each.cycle.row(each.side) for each in self._completed)

    @overload
    def __getitem__(self, index: int) -> dict[str, object]: ...

    @overload
    def __getitem__(self, index: slice) -> list[dict[str, object]]: ...

    def __getitem__(self, index: int | slice) -> dict[str, object] | list[dict[str, object]]:
        return list(self)[index]
