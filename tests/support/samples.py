"""A venue's samples: whole bodies and frames as it writes them, kept under ``tests/data``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from exchange_clients.shared.flow import Response

DATA = Path(__file__).parents[1] / "data"


class Samples:
    """The samples of one venue, by name.

    Args:
        venue: Names the folder.
    """

    def __init__(self, venue: str) -> None:
        self.folder = DATA / venue

    def sample(self, name: str) -> bytes:
        """Return one whole body or frame."""
        return (self.folder / f"{name}.json").read_bytes()

    # Any: JSON of any shape, which the test that asks for it knows.
    def parsed(self, name: str) -> Any:
        """Return one body or frame as plain values, to be changed."""
        return msgspec.json.decode(self.sample(name))

    def answer(self, name: str, *, status: int = 200) -> Response:
        """Return one body as an answer."""
        return Response(status, self.sample(name))

    @property
    def frames(self) -> list[str]:
        """The names of what the venue's streams send."""
        return sorted(path.stem for path in self.folder.glob("ws_*.json"))


def said(body: object, status: int = 200) -> Response:
    """Return any values as an answer."""
    return Response(status, msgspec.json.encode(body))


def answers(*bodies: object, status: int = 200) -> list[Response]:
    """Return answers with these bodies."""
    return [said(body, status=status) for body in bodies]
