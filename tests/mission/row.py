"""One line of the table of promises."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One promise; ``tests`` are node ids without parameters."""

    name: str
    promise: str
    tests: tuple[str, ...] = ()
    later: str = ""
