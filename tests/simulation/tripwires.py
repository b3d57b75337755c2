"""What no run may touch: the machine's clock and chance, the network, other processes, its files.

A seed that reads any of them may come to something else the next time. So while a seed is played
each of them raises, at the line that asks; ``TRIPPED`` keeps what was asked all the same, should
somebody have caught it.
"""

from __future__ import annotations

import os
import random
import socket
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any
from unittest.mock import patch

LOOP_MODULES = ("asyncio.base_events",)
"""Looks at signals now and then, by the machine's clock: no order of events hangs on it. The
virtual loop does the same, so often that it has the function from before the wires were drawn."""
STAMPING_MODULES = ("logging", "sqlalchemy.pool.base")
"""They stamp what nobody compares."""
CLOCK_MODULE = "exchange_clients.shared.clock"
REPORTING_MODULES = ("app.session", "app.ending", "app.safety.life_line", "reporting.panel")
"""They tell those who watch, a person or the watchdog, by the machine's clock: nothing that trades
is decided on it."""
BLINDING_MODULES = ("coincurve.context",)
"""They hide how long a signature takes; what is signed is the same."""
INSTANTS: tuple[tuple[object, str, tuple[str, ...]], ...] = (
    (time, "time", STAMPING_MODULES),
    (time, "time_ns", (*STAMPING_MODULES, *REPORTING_MODULES)),
    (time, "monotonic", LOOP_MODULES),
    (time, "monotonic_ns", REPORTING_MODULES),
    (time, "sleep", ()),
    (threading.Thread, "start", ()),
    (uuid, "uuid1", ()),
    (uuid, "uuid4", ()),
    (os, "urandom", BLINDING_MODULES),
    *(
        (random, name, ())
        for name in ("random", "randint", "randrange", "choice", "shuffle", "uniform")
    ),
)
"""What raises in a run, and whose use of it is harmless."""
NEVER = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "socket.connect")
"""Events of the interpreter that no run may cause."""
WRITING = os.O_WRONLY | os.O_RDWR | os.O_APPEND | os.O_CREAT


class Tripped(AssertionError):
    """A run has touched what may differ the next time."""


@dataclass
class _Watch:
    folder: Path | None = None
    """Where the run may write; None while nothing is played."""
    tripped: list[str] = field(default_factory=list)


_WATCH = _Watch()
_HOOKS: list[Callable[[str, tuple[Any, ...]], None]] = []
"""The hook, once it is installed: the interpreter lets none be taken back."""


@contextmanager
def tripwires(folder: Path) -> Iterator[list[str]]:
    """Let whatever is not the seed's raise; yields what was touched nevertheless.

    Args:
        folder: The only place where files may be written.
    """
    if not _HOOKS:
        _HOOKS.append(_on_event)
        sys.addaudithook(_on_event)
    with ExitStack() as patches:
        for owner, name, users in INSTANTS:
            real = getattr(owner, name)
            patches.enter_context(patch.object(owner, name, _guarded(owner, name, real, users)))
        _WATCH.folder, _WATCH.tripped = folder.resolve(), []
        try:
            yield _WATCH.tripped
        finally:
            _WATCH.folder = None


def _guarded(
    owner: object, name: str, real: Callable[..., Any], users: tuple[str, ...]
) -> Callable[..., Any]:
    def guarded(*args: Any, **named: Any) -> Any:
        user = _user_of(sys._getframe(1))
        if _WATCH.folder is None or user in users:
            return real(*args, **named)
        raise _trip(f"{user} uses {getattr(owner, '__name__', owner)}.{name}")

    return guarded


def _user_of(frame: FrameType | None) -> str:
    """Return the module that asks, behind the clock that everybody asks."""
    while frame is not None and frame.f_globals.get("__name__") == CLOCK_MODULE:
        frame = frame.f_back
    return "" if frame is None else str(frame.f_globals.get("__name__"))


def _on_event(event: str, args: tuple[Any, ...]) -> None:
    if _WATCH.folder is None:
        return
    if event in NEVER:
        raise _trip(f"{event} {args!r}")
    if event == "socket.__new__" and args[1] != socket.AF_UNIX:  # a loop has a pair of its own
        raise _trip(f"a socket of family {args[1]}")
    writes = event == "open" and not isinstance(args[0], int) and args[2] & WRITING
    if writes or event == "sqlite3.connect":
        _check_place(Path(_plain(os.fsdecode(args[0]))), _WATCH.folder)


def _plain(name: str) -> str:
    """Return the path of a file that is named as SQLite names one with its options."""
    return name.removeprefix("file:").partition("?")[0] if name.startswith("file:") else name


def _check_place(path: Path, folder: Path) -> None:
    if "__pycache__" not in path.parts and not path.resolve().is_relative_to(folder):
        raise _trip(f"{path} is written, which is not below {folder}")


def _trip(text: str) -> Tripped:
    _WATCH.tripped.append(text)
    return Tripped(text)
