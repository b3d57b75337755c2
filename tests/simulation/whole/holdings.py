"""What the memory is held by that a process of the product uses, whatever the harness remembers.

The simulators and the judge keep all that ever happened, in the same interpreter, so that its size
says nothing of the bot's. Counted is what can be reached from a run, through objects of any kind,
until an object of the harness is met. That takes a moment when it is asked for; to follow each
allocation would take as long as everything else together, and could not tell what is still held by
the bot from what the judge was given by it.
"""

from __future__ import annotations

import asyncio
import functools
import gc
import sys
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

from exchange_clients.shared.virtual_time import VirtualLoop
from tests.simulation.whole.bounds import OURS, TRADING_BOT

HARNESS = ("tests.", "venue_simulators.", "unittest.")
CACHE = type(functools.lru_cache(len))
CONTAINERS = (dict, list, deque, set, CACHE)
SKIPPED = (type, ModuleType, BuiltinFunctionType)
"""What is there once, however long a run lasts."""


@dataclass(frozen=True, slots=True)
class Held:
    """What was found."""

    total: int
    """Bytes."""
    by_kind: Counter[str]
    """Bytes, by the type of what holds them."""


def held_by(*roots: object) -> Held:
    """Return what can be reached from some objects.

    Args:
        roots: Where it begins.
    """
    by_kind: Counter[type] = Counter()
    foreign: dict[type, bool] = {}
    seen: set[int] = set()
    waiting: list[object] = [*roots]
    while waiting:
        value = waiting.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        kind = type(value)
        if kind not in foreign:
            foreign[kind] = issubclass(kind, SKIPPED) or _is_of_harness(kind)
        if foreign[kind]:
            continue
        by_kind[kind] += sys.getsizeof(value)
        waiting += _below(value)
    named = Counter[str]()
    for kind, size in by_kind.items():
        named[kind.__qualname__] += size
    return Held(sum(named.values()), named)


def roots_of(run: object, loop: VirtualLoop) -> Iterator[object]:
    """Yield from where all that a process uses can be reached.

    Args:
        run: What it plays.
        loop: On which: what is due there, and its tasks, may be held by nobody else.
    """
    yield run
    yield from asyncio.all_tasks(loop)
    yield [*loop._scheduled]
    yield [*loop._ready]
    for name, module in [*sys.modules.items()]:
        if name.startswith(OURS) or name == TRADING_BOT:
            yield from _kept_in(vars(module).values())


def _kept_in(values: Iterable[object]) -> Iterator[object]:
    """Yield what a module, or a class of it, keeps for all that is made of it."""
    for value in values:
        if isinstance(value, CONTAINERS):
            yield value
        elif isinstance(value, type) and value.__module__.startswith(OURS):
            yield from (each for each in vars(value).values() if isinstance(each, CONTAINERS))


def _below(value: Any) -> Iterable[object]:
    if isinstance(value, FunctionType):  # not all that its module knows
        if (value.__module__ or "").startswith(HARNESS):
            return ()
        return (value.__closure__, value.__defaults__, value.__kwdefaults__)
    fields = getattr(type(value), "__struct_fields__", None)
    if fields is not None:  # some of them are none of the collector's business
        return [getattr(value, each) for each in fields]
    return gc.get_referents(value)


def _is_of_harness(kind: type) -> bool:
    """Tell whether objects of a type belong to the harness: those that extend ours do not."""
    ours = any(each.__module__.startswith(OURS) for each in kind.__mro__)
    return not ours and kind.__module__.startswith(HARNESS)
