"""A request that has passed the gates, and the table of paths it is looked up in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TypeAlias

from venue_simulators.paradex.errors import UNKNOWN_PATH, Refusal
from venue_simulators.paradex.fields import Fields
from venue_simulators.paradex.tokens import Session
from venue_simulators.wire import HttpResponse

PREFIX = "/v1/"
NO_FIELDS = Fields({})


class Access(Enum):
    """Who may call, and out of which budget it is paid."""

    PUBLIC = auto()
    LOGIN = auto()
    READ = auto()
    """An account's own data."""
    SETTING = auto()
    """A change that is no order."""
    ORDER = auto()


class Body(Enum):
    """What a request carries."""

    NOTHING = auto()
    OBJECT = auto()
    LIST = auto()


@dataclass(frozen=True, slots=True)
class Call:
    """What a handler is given; ``session`` is None on public paths alone."""

    query: Fields
    headers: Mapping[str, str]
    args: Sequence[str] = ()
    """What stands in the path for its variable parts."""
    body: Fields = NO_FIELDS
    rows: Sequence[Fields] = ()
    known: Session | None = None

    @property
    def session(self) -> Session:
        """Who calls."""
        assert self.known is not None, "private handlers are called with a session"
        return self.known


Handler: TypeAlias = Callable[[Call], HttpResponse]


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint; ``{}`` in its path stands for anything without a slash."""

    method: str
    path: str
    handler: Handler
    access: Access = Access.PUBLIC
    body: Body = Body.NOTHING
    parts: Sequence[str] = field(default=(), init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "parts", tuple(self.path.split("/")))

    def args(self, parts: Sequence[str]) -> list[str] | None:
        """Return the variable parts of a path, None where it is another's."""
        if len(parts) != len(self.parts):
            return None
        pairs = list(zip(self.parts, parts, strict=True))
        if any(own not in ("{}", sent) for own, sent in pairs):
            return None
        return [sent for own, sent in pairs if own == "{}"]


def find(routes: Sequence[Route], method: str, path: str) -> tuple[Route, list[str]]:
    """Return the route of a request with the variable parts of its path.

    Raises:
        Refusal: there is none.
    """
    if path.startswith(PREFIX):
        parts = path.removeprefix(PREFIX).rstrip("/").split("/")
        for route in routes:
            if route.method == method and (args := route.args(parts)) is not None:
                return route, args
    raise Refusal(UNKNOWN_PATH, f"there is no {method} {path}")
