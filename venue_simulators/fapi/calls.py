"""One request as the desks see it, and the paths by which it gets there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, TypeAlias

from venue_simulators.fapi.parameters import Parameters
from venue_simulators.wire import HttpResponse

if TYPE_CHECKING:
    from venue_simulators.fapi.account_book import AccountBook


class Security(Enum):
    """What a path asks of its caller."""

    NONE = auto()
    KEY = auto()
    """An API key, without a signature."""
    SIGNED = auto()


@dataclass(frozen=True, slots=True)
class Call:
    """A request that was read, proven and counted."""

    parameters: Parameters
    account: str = ""
    """Whose it is; empty where a path is for everyone."""
    _book: AccountBook | None = None

    @property
    def book(self) -> AccountBook:
        """The account's book."""
        assert self._book is not None, "a private path has an account"
        return self._book


Handler: TypeAlias = Callable[[Call], HttpResponse]
Weight: TypeAlias = int | Callable[[Parameters], int]
PathKey: TypeAlias = tuple[str, str]
"""Method and path."""


@dataclass(frozen=True, slots=True)
class Route:
    """A path, what it weighs, and how many orders it counts for."""

    handler: Handler
    weight: Weight = 1
    security: Security = Security.SIGNED
    orders: Weight = 0


def by_symbol(one: int, all_of_them: int) -> Weight:
    """Return the weight of a path that costs more without a symbol."""
    return lambda fields: one if fields.has("symbol") else all_of_them
