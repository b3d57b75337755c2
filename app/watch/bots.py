"""The bots that are watched: where they are, what they say of themselves, what they are told.

They are named by address, or found by the invitations in state folders, which are looked at again
each time: a bot that was started meanwhile appears, one that has ended goes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from app.control.api import ROOT
from app.control.invitation import found_in
from exchange_clients.shared.signing import WireRequest
from exchange_clients.shared.transport.ports import AnswerLost, HttpTransport, NotSent, Timeouts

LOOK = Timeouts(connect_s=2.0, send_s=2.0, first_byte_s=3.0, total_s=4.0)
DEED = Timeouts(connect_s=2.0, send_s=2.0, first_byte_s=75.0, total_s=80.0)
"""A symbol may take a minute to be closed."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a bot answers."""

    url: str
    token: str = field(repr=False)
    title: str = ""
    """As its invitation names it; it says it itself once it answers."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a bot said when it was asked last."""

    address: Address
    told: Mapping[str, Any] = field(default_factory=dict)  # JSON of the control API
    trouble: str = ""
    """Why it did not answer; empty where it did."""

    @property
    def name(self) -> str:
        """As people know it."""
        return str(self.status.get("title", "")) or self.address.title or self.address.url

    @property
    def status(self) -> Mapping[str, Any]:
        """The part that says what it does; empty where it did not answer."""
        found: Mapping[str, Any] = self.told.get("status", {})
        return found


class Bots:
    """All bots that are watched.

    Args:
        transport: Asks them.
        urls: Those that are named.
        token: Of those, and of found ones whose token is the user's own.
        folders: State folders in which others are found.
    """

    def __init__(
        self, transport: HttpTransport, urls: Sequence[str], token: str, folders: Sequence[Path]
    ) -> None:
        self._transport = transport
        self._named = [Address(url.rstrip("/"), token) for url in urls]
        self._token = token
        self._folders = tuple(folders)

    def addresses(self) -> list[Address]:
        """Return where to ask now, each address once."""
        found = [
            Address(each.url, each.token or self._token, each.title)
            for folder in self._folders
            for each in found_in(folder)
        ]
        return list({each.url: each for each in (*self._named, *found)}.values())

    async def look(self, address: Address) -> Seen:
        """Ask a bot what it does."""
        status, told = await self._ask(address, "GET", "overview", LOOK)
        if status == 200:
            return Seen(address, told)
        return Seen(address, trouble=str(told.get("error") or f"it answered {status}"))

    async def tell(self, address: Address, command: str, **body: str) -> str:
        """Tell a bot something and return in words what came of it."""
        status, told = await self._ask(address, "POST", command, DEED, body)
        return str(told.get("text") or told.get("error") or f"it answered {status}")

    async def close(self) -> None:
        """Let connections go."""
        await self._transport.close()

    async def _ask(
        self,
        address: Address,
        method: str,
        what: str,
        timeouts: Timeouts,
        body: Mapping[str, str] | None = None,
    ) -> tuple[int, Mapping[str, Any]]:
        headers = {"Authorization": f"Bearer {address.token}", "X-Operator": "watch"}
        sent = b"" if body is None else msgspec.json.encode(body)
        request = WireRequest(method, f"{ROOT}{what}", headers, sent)
        try:
            answer = await self._transport.send(address.url, request, timeouts)
            told = msgspec.json.decode(answer.body, type=dict[str, Any])
        except (NotSent, AnswerLost):
            return 0, {"error": f"{urlsplit(address.url).netloc} does not answer"}
        except msgspec.DecodeError:
            return 0, {"error": "what answers there is no bot"}
        return answer.status, told
