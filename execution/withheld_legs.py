"""Executors of several legs that carry out nothing."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

from exchange_clients.shared.clock import Clock
from execution.legs_order import LegsFinished, LegsOrder, LegsOutcome
from execution.ports import LegsEars

logger = logging.getLogger(__name__)


class NoLegs:
    """For strategies that trade order by order: nothing is ever asked of it."""

    able = False

    def listen(self, ears: LegsEars) -> None:
        """Tell nothing."""

    def accept(self, order: LegsOrder) -> None:
        """Take note of nothing."""

    def send(self, order: LegsOrder) -> None:
        """Refuse to be asked."""
        raise AssertionError(f"{order.key}: a strategy that asks for legs was admitted")

    def forget(self, key: str) -> None:
        """Do nothing: nothing was noted."""

    def rows(self) -> Sequence[str]:
        """Return nothing."""
        return ()

    def load(self, rows: Iterable[str]) -> None:
        """Take up nothing."""

    async def resume(self) -> None:
        """Do nothing: nothing was left."""

    async def stop(self) -> None:
        """Do nothing: nothing runs."""

    async def close(self) -> None:
        """Do nothing: nothing runs."""


class WithheldLegs(NoLegs):
    """Tells what would have been executed, and refuses it, over restarts too.

    Args:
        reason: What every execution is refused for.
        clock: Time.
    """

    able = True

    def __init__(self, reason: str, clock: Clock) -> None:
        self._reason = reason
        self._clock = clock
        self._ears: LegsEars | None = None
        self._open: dict[str, None] = {}
        """Keys of executions whose end was not taken in."""

    def listen(self, ears: LegsEars) -> None:
        """Tell ``ears`` from now on."""
        self._ears = ears

    def accept(self, order: LegsOrder) -> None:
        """Note an execution that will be asked for."""
        self._open[order.key] = None

    def send(self, order: LegsOrder) -> None:
        """Log each order and withhold them all."""
        for each in order.orders:
            logger.info(
                "event=legs_withheld venue=%s contract_id=%s side=%s size=%s price=%s",
                each.venue, each.contract_id, each.side, each.quantity, each.price,
            )  # fmt: skip
        self._tell(order.key)

    def forget(self, key: str) -> None:
        """Drop one whose end was taken in."""
        self._open.pop(key, None)

    def rows(self) -> Sequence[str]:
        """Return the keys of executions whose end was not taken in."""
        return list(self._open)

    def load(self, rows: Iterable[str]) -> None:
        """Take up saved keys."""
        self._open |= dict.fromkeys(rows)

    async def resume(self) -> None:
        """Tell the end of what an earlier process was asked for."""
        for key in self.rows():
            self._tell(key)

    def _tell(self, key: str) -> None:
        assert self._ears is not None, "listen() comes first"
        self._ears.on_finished(
            LegsFinished(key, LegsOutcome.WITHHELD, self._clock.now_ns(), (), self._reason)
        )
