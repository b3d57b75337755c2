"""One instance per account and contract: a lock that the kernel frees when its holder dies.

The lock is ``flock`` on a file in the state directory. The file's text tells who holds it and is
only for people: a text left by a process that was killed locks nothing.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from exchange_clients.shared.clock import Clock, SystemClock, to_iso

HOLDER_READS_MAX = 1_000
"""How often a text that is being written is read again; it takes microseconds."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lease; ``since_ns`` is nanoseconds since the epoch."""

    pid: int
    host: str
    command: str
    since_ns: int

    @classmethod
    def this_process(cls, clock: Clock | None = None) -> Holder:
        """Describe the present process by what the operator typed."""
        now_ns = (clock or SystemClock()).now_ns()
        return cls(os.getpid(), os.uname().nodename, " ".join(sys.argv), now_ns)

    def __str__(self) -> str:
        return f"pid {self.pid} on {self.host} since {to_iso(self.since_ns)}: {self.command}"


ELSEWHERE = "trade something else"


class LeaseHeld(Exception):
    """Another instance works here; names it. ``holder`` is None if it could not be read."""

    def __init__(self, what: str, holder: Holder | None, instead: str = ELSEWHERE) -> None:
        by = "another process" if holder is None else str(holder)
        super().__init__(f"{what} is in use by {by}; stop it first, or {instead}")
        self.holder = holder


class Lease:
    """An exclusive right, from ``acquire`` until ``release`` or the end of the process."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor: int | None = descriptor

    @classmethod
    def acquire(
        cls,
        state_dir: Path,
        account: str,
        contract_id: str,
        holder: Holder | None = None,
        *,
        what: str = "",
        shared: bool = False,
    ) -> Lease:
        """Take the right to trade one contract on one account; this process holds it by default.

        Args:
            state_dir: Where the locks are.
            account: Whose.
            contract_id: Which one, or all of a venue's.
            holder: Who takes it.
            what: How an error names it; the contract and the account without it.
            shared: Whether others may share it, so that only who wants it alone is kept out.

        Raises:
            LeaseHeld: another instance has it; names it.
            OSError: the state directory cannot be written.
        """
        path = state_dir / f"lease-{_file_word(account)}-{_file_word(contract_id)}.lock"
        named = what or f"{contract_id} on account {account}"
        return cls.lock(path, named, holder, shared=shared)

    @classmethod
    def lock(
        cls,
        path: Path,
        what: str,
        holder: Holder | None = None,
        *,
        shared: bool = False,
        instead: str = ELSEWHERE,
    ) -> Lease:
        """Lock ``path``.

        Args:
            path: The file; made where it is missing.
            what: How an error names the thing that it protects.
            holder: Who has it; this process by default.
            shared: Whether others may share it.
            instead: What an error says can be done but stopping the other.

        Raises:
            LeaseHeld: another instance has it; names it.
            OSError: its directory cannot be written.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            other = _read_holder(descriptor)
            os.close(descriptor)
            raise LeaseHeld(what, other, instead) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(asdict(holder or Holder.this_process())).encode(), 0)
        return cls(path, descriptor)

    def release(self) -> None:
        """Give the right back; a second call does nothing. The file stays, unlocked."""
        if self._descriptor is not None:
            # Removing the file would let two processes lock two files of one name.
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.release()


def is_held(path: Path) -> bool:
    """Whether a process holds the lock of a file right now."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)  # and with it the lock
    return False


def holder_of(path: Path) -> Holder | None:
    """Return who holds the lock of a file right now; None where nobody does.

    Raises:
        LeaseHeld: somebody does who has not told who it is.
    """
    for _ in range(HOLDER_READS_MAX):
        if not is_held(path):
            return None
        try:
            holder = Holder(**json.loads(path.read_text()))
        except (OSError, ValueError, TypeError):
            continue  # it is being written
        return holder
    raise LeaseHeld(str(path), None)


def lock_of(path: Path) -> Path:
    """Return the lock that protects a file."""
    return path.with_name(path.name + ".lock")


def _read_holder(descriptor: int) -> Holder | None:
    """Return the holder that the file names; None while it is being written or was damaged."""
    try:
        return Holder(**json.loads(os.pread(descriptor, 4096, 0)))
    except (ValueError, TypeError):
        return None


def _file_word(name: str) -> str:
    """Return a name as part of a file name; a hash keeps apart what looks alike afterwards."""
    word = re.sub(r"[^A-Za-z0-9]+", "_", name)[:40]
    return word if word == name else f"{word}-{hashlib.blake2b(name.encode()).hexdigest()[:8]}"
