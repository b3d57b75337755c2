"""What reached a simulated venue, or would have: the evidence of a test.

Headers are left out, because that is where keys and tokens travel.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from exchange_clients.swift_values import swiftly_made

LOGGED_MAX = 100_000
"""Older entries are forgotten."""
ANSWERED = "answered"
FRAME = "FRAME"
"""The method of an entry that is a client's WebSocket frame; its path is the connection's."""


@swiftly_made
@dataclass(frozen=True, slots=True)
class Logged:
    """One request or frame of a client."""

    at_ns: int
    """When it arrived, by the carrier's clock."""
    service: str
    method: str
    path: str
    query: str
    body: bytes
    verdict: str
    """``ANSWERED``, or the kind of fault that befell it."""
    status: int | None
    """Of the reply as the venue gave it; None where it never heard of the request."""

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")


class RequestLog:
    """Entries in the order of arrival."""

    def __init__(self) -> None:
        self._entries: deque[Logged] = deque(maxlen=LOGGED_MAX)

    def __iter__(self) -> Iterator[Logged]:
        """Go through the entries, oldest first."""
        return iter(self._entries)

    def __len__(self) -> int:
        """Return how many entries are kept."""
        return len(self._entries)

    def keep(self, entry: Logged) -> None:
        """Add an entry."""
        self._entries.append(entry)

    def matching(
        self, method: str = "*", path: str = "*", contains: str = "", service: str = "*"
    ) -> list[Logged]:
        """Return the entries of that method and path whose body contains a text."""
        return [
            entry
            for entry in self._entries
            if fnmatchcase(entry.method, method)
            and fnmatchcase(entry.path, path)
            and fnmatchcase(entry.service, service)
            and contains in entry.text
        ]
