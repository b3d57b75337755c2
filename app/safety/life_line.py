"""What lets others see and stop a run: its pulse, signs of life, the signal to become flat."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from functools import partial
from typing import TYPE_CHECKING

from app.safety.pulse import Pulse, PulseWriter, VenueProgress
from database.reserve import give_reserve_back
from exchange_clients.base_models import Fill, OrderInfo, Purpose
from exchange_clients.shared.clock import SystemClock
from exchange_clients.shared.tasks import TaskScope
from execution.flatten import VenueFlatness
from helpers.service_manager import ServiceManager

if TYPE_CHECKING:
    from app.session import Session

logger = logging.getLogger(__name__)

FLATTEN_SIGNAL = signal.SIGUSR1
"""Asks a bot to close everything of its own and to stop; before its start it ends it at once."""


class LifeLine:
    """Beats for a run, and brings it to flat when it is told to.

    Args:
        session: The run.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._machine = SystemClock()
        self._tasks = TaskScope()
        self._pulse = PulseWriter(session.state_path, self._look, self._machine)
        self._manager = ServiceManager(session.settings.variables, self._machine)

    async def open(self) -> None:
        """Beat, and listen."""
        self._session.risk.on_flatten = partial(give_reserve_back, self._session.state_path)
        self._pulse.open()
        # Ready before the first price: a venue that is away is no failure of the start.
        self._manager.ready("waiting for the first price")
        asyncio.get_running_loop().add_signal_handler(FLATTEN_SIGNAL, self._on_signal)

    def on_start(self) -> None:
        """Say so; it beats already."""
        self._manager.status("trading")

    def on_order(self, venue: str, purpose: Purpose, info: OrderInfo) -> None:
        """Do nothing: the pulse says what counts."""

    def on_fill(self, venue: str, fill: Fill) -> None:
        """Do nothing, likewise."""

    async def close(self) -> None:
        """End; a signal that comes now must not kill what is writing its report."""
        asyncio.get_running_loop().remove_signal_handler(FLATTEN_SIGNAL)
        signal.signal(FLATTEN_SIGNAL, signal.SIG_IGN)
        await self._tasks.close()
        await self._manager.stopping()
        await self._pulse.close()

    def _on_signal(self) -> None:
        logger.error("event=asked_to_flatten by=signal next=close_everything_and_stop")
        self._tasks.start(self._flatten(), "flatten")

    async def _flatten(self) -> None:
        await self._session.risk.flatten("told to become flat")

    def _look(self) -> Pulse:
        risk = self._session.risk
        return Pulse(
            pid=os.getpid(),
            at_ns=self._machine.now_ns(),
            risk=risk.gate.state.value,
            flattening=risk.flattening,
            progress=tuple(progress_of(each) for each in risk.flatness.values()),
        )


def progress_of(told: VenueFlatness) -> VenueProgress:
    """Return what became of a venue, in words."""
    return VenueProgress(
        venue=told.venue,
        flat=told.flat,
        seconds=told.seconds,
        found="not known" if told.found is None else str(told.found),
        left="not known" if told.left is None else str(told.left),
        trouble=told.trouble,
    )
