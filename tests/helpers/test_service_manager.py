"""Signs of life for a supervisor, heard on a local socket."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from exchange_clients.shared.clock import SystemClock
from exchange_clients.shared.virtual_time import run_virtual
from helpers.service_manager import ServiceManager, watchdog_s


@contextmanager
def supervisor(address: str) -> Iterator[socket.socket]:
    """Listen as systemd does."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(address)
        ear.setblocking(False)
        yield ear


def heard(ear: socket.socket) -> list[str]:
    """Return what has come in."""
    found = []
    while True:
        try:
            found.append(ear.recv(4096).decode())
        except BlockingIOError:
            return found


def test_a_supervisor_hears_the_start_signs_of_life_and_the_end(tmp_path: Path) -> None:
    address = str(tmp_path / "notify")

    async def main(ear: socket.socket) -> list[str]:
        clock = SystemClock()
        manager = ServiceManager({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "30000000"}, clock)
        manager.ready("waiting for prices")
        await clock.sleep(25)
        manager.status("trading")
        await manager.stopping()
        await clock.sleep(60)
        return heard(ear)

    with supervisor(address) as ear:
        told = run_virtual(lambda _: main(ear))
    signs = ["WATCHDOG=1"] * 3
    assert told == ["READY=1\nSTATUS=waiting for prices", *signs, "STATUS=trading", "STOPPING=1"]


def test_a_name_in_no_folder_is_reached_too() -> None:
    name = f"perp-supervisor-{os.getpid()}"
    with supervisor(f"\0{name}") as ear:
        ServiceManager({"NOTIFY_SOCKET": f"@{name}"}, SystemClock()).status("here")
        assert heard(ear) == ["STATUS=here"]


def test_a_program_without_a_supervisor_is_not_troubled(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ServiceManager({}, SystemClock()).status("alone")
    assert not caplog.messages
    gone = ServiceManager({"NOTIFY_SOCKET": str(tmp_path / "gone")}, SystemClock())
    gone.status("here")
    gone.status("still here")
    assert len(caplog.messages) == 1
    assert "event=supervisor_not_told" in caplog.text


def test_only_who_is_meant_shows_signs_of_life() -> None:
    assert watchdog_s({"WATCHDOG_USEC": "1500000"}, 4) == 1.5
    assert watchdog_s({"WATCHDOG_USEC": "1500000", "WATCHDOG_PID": "5"}, 4) is None
    assert watchdog_s({"WATCHDOG_USEC": "0"}, 4) is None
    assert watchdog_s({}, 4) is None
