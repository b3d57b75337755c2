"""Tells the program that supervises this one how it is: systemd's notification protocol.

A supervisor that wants to hear names a datagram socket in ``NOTIFY_SOCKET``; with a watchdog it
also says within which time it must hear, and starts a program anew that it does not hear from.
Signs of life are sent by the loop that works, so that one that stands still shows none. Without a
supervisor nothing is sent.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Mapping

from exchange_clients.shared.clock import Clock
from exchange_clients.shared.tasks import TaskScope

SIGNS_PER_LIMIT = 3
"""How often a sign of life is sent within the time in which one must be heard."""
logger = logging.getLogger(__name__)


class ServiceManager:
    """The supervisor of this process, if there is one.

    Args:
        variables: The process's environment.
        clock: Waiting between signs of life.
    """

    def __init__(self, variables: Mapping[str, str], clock: Clock) -> None:
        name = variables.get("NOTIFY_SOCKET", "")
        # Linux writes the first byte of a name that lies in no folder, which is a zero, as "@".
        self._address = f"\0{name[1:]}" if name.startswith("@") else name
        self._limit_s = watchdog_s(variables, os.getpid()) if name else None
        self._clock = clock
        self._tasks = TaskScope()
        self._failed = False

    def ready(self, status: str) -> None:
        """Say that the program has started, and show signs of life from now on."""
        self._tell("READY=1", f"STATUS={status}")
        if self._limit_s is not None:
            self._tasks.start(self._live(self._limit_s / SIGNS_PER_LIMIT), "service manager")

    def status(self, text: str) -> None:
        """Say in a line what the program does."""
        self._tell(f"STATUS={text}")

    async def stopping(self) -> None:
        """Say that the program ends, and show no more signs of life."""
        await self._tasks.close()
        self._tell("STOPPING=1")

    async def _live(self, pause_s: float) -> None:
        while True:
            self._tell("WATCHDOG=1")
            await self._clock.sleep(pause_s)

    def _tell(self, *lines: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                sender.setblocking(False)
                sender.sendto("\n".join(lines).encode(), self._address)
        except OSError as error:
            if not self._failed:
                logger.warning("event=supervisor_not_told error=%r next=with_the_next_sign", error)
            self._failed = True
        else:
            self._failed = False


def watchdog_s(variables: Mapping[str, str], pid: int) -> float | None:
    """Return within which time a sign of life must be heard; None where nobody waits for one.

    >>> watchdog_s({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "17"}, 17)
    30.0
    """
    limit_us = variables.get("WATCHDOG_USEC", "")
    meant = variables.get("WATCHDOG_PID", str(pid)) == str(pid)
    if not meant or not limit_us.isdecimal() or not int(limit_us):
        return None
    return int(limit_us) / 1_000_000
