"""What was played, kept in a file, so that a long run goes on where it was stopped."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from tests.simulation.jobs import Played

ROOT = Path(__file__).resolve().parents[2]
SOURCES = (
    "app",
    "database",
    "exchange_clients",
    "execution",
    "funding_rate_service",
    "helpers",
    "reporting",
    "strategies",
    "tests/conformance",
    "tests/simulation",
    "tests/support",
    "trading_bot.py",
    "venue_simulators",
)
"""What decides what a seed comes to."""


class Header(msgspec.Struct, frozen=True):
    """The first line of the file."""

    fingerprint: str
    """Of the sources: what other sources came to is nothing to go on from."""


class Results:
    """A file with one line for each seed.

    Args:
        path: The file; one of other sources is set aside, and another begun.
        played_as: What else the results depend on; nothing where empty.
    """

    def __init__(self, path: Path, *, played_as: str = "") -> None:
        self._path = path
        self.played: list[Played] = []
        self._known: dict[tuple[str, int, str], None] = {}
        self.took_s = 0.0
        self.source = fingerprint() + played_as
        """Of the sources that are played."""
        header = msgspec.json.encode(Header(self.source))
        lines = path.read_bytes().splitlines() if path.exists() else []
        if lines[:1] == [header]:
            self._read(lines[1:])
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._set_aside(lines)
            path.write_bytes(header + b"\n")

    def keep(self, played: Played) -> None:
        """Add what came of a seed."""
        self._add(played)
        self._append(msgspec.json.encode(played))

    def keep_time(self, seconds: float) -> None:
        """Add how long it took this time."""
        self.took_s += seconds
        self._append(msgspec.json.encode(seconds))

    def has(self, kind: str, seed: int, plan: str = "") -> bool:
        """Tell whether a seed, or an effect of a plan, was played already."""
        return (kind, seed, plan) in self._known

    def _add(self, played: Played) -> None:
        self.played.append(played)
        self._known[played.kind, played.seed, played.plan] = None

    def _append(self, line: bytes) -> None:
        with self._path.open("ab") as file:
            file.write(line + b"\n")

    def _set_aside(self, lines: list[bytes]) -> None:
        """Keep what other sources came to: it is no more to be gone on from, and took its time."""
        if len(lines) > 1:
            of_sources = hashlib.blake2b(lines[0], digest_size=4).hexdigest()
            self._path.replace(self._path.with_suffix(f".{of_sources}{self._path.suffix}"))

    def _read(self, lines: list[bytes]) -> None:
        for line in lines:
            told = msgspec.json.decode(line, type=Played | float)
            if isinstance(told, Played):
                self._add(told)
            else:
                self.took_s += told


def deciding_files() -> list[Path]:
    """Return every source that decides what a seed comes to, but for bugs that are planted."""
    found = []
    for name in SOURCES:
        path = ROOT / name
        found += sorted(path.rglob("*.py")) if path.is_dir() else [path]
    return [path for path in found if "planted" not in path.parts]


def fingerprint() -> str:
    """Return a digest of every source that decides what a seed comes to."""
    digest = hashlib.blake2b(digest_size=16)
    for path in deciding_files():
        digest.update(path.relative_to(ROOT).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()
