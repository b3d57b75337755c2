"""What a benchmark found beside what is required: a line a figure, alike in every benchmark."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

MARK = "figure: "
"""Begins each line, so that whoever runs several benchmarks can gather them."""


class Yardstick(NamedTuple):
    """What was measured within the same run, to know the machine by as it is just now."""

    name: str
    value: float
    usual: float
    """The most that it takes on the machine that the limits were set on."""

    @property
    def slower(self) -> float:
        """How many times slower the present machine is; never below one."""
        return max(1.0, self.value / self.usual)


class Figure(NamedTuple):
    """One figure; without ``at_least`` and ``at_most`` it is only told.

    On a machine that is slower than the one its limit was set on, by its yardstick, ``at_most`` is
    as much greater.
    """

    name: str
    value: float
    unit: str
    at_least: float | None = None
    at_most: float | None = None
    goal: bool = False
    """A limit that is aimed at, not required."""
    beside: Yardstick | None = None

    @property
    def kept(self) -> bool:
        """Whether the requirement is met, if there is one."""
        enough = self.at_least is None or self.value >= self.at_least
        slower = 1.0 if self.beside is None else self.beside.slower
        return enough and (self.at_most is None or self.value <= self.at_most * slower)

    def line(self) -> str:
        """Return the figure as text: name, value, limit, whether it is kept."""
        required, verdict = "", ""
        if self.at_least is not None:
            required = f">= {_number(self.at_least)}"
        elif self.at_most is not None:
            required = f"<= {_number(self.at_most)}"
        if required:
            missed = "goal missed" if self.goal else "MISSED"
            verdict = "kept" if self.kept else missed
        value = f"{_number(self.value)} {self.unit}"
        told = f"{verdict}{self._measured_by()}"
        return f"{self.name:<54} {value:>20}   {required:<12} {told}".rstrip()

    def _measured_by(self) -> str:
        """Return the figure in units of its yardstick, the limit as well, and what that changed."""
        if self.beside is None:
            return ""
        ratio = f", {_number(self.value / self.beside.value)}x {self.beside.name}"
        if self.at_most is None:
            return ratio.removeprefix(", ")
        ratio += f" (limit {_number(self.at_most / self.beside.usual)}x)"
        if self.value > self.at_most and self.beside.slower > 1.0:
            scaled = _number(self.at_most * self.beside.slower)
            ratio += f", on a machine {self.beside.slower:.2f}x slower: <= {scaled}"
        return ratio


def conclude(figures: Sequence[Figure]) -> int:
    """Print the figures and return the exit code: 1 if a requirement is missed."""
    for figure in figures:
        print(MARK + figure.line())
    return 0 if all(figure.kept or figure.goal for figure in figures) else 1


def _number(value: float) -> str:
    """Return three digits that matter: 0.123, 12.3, 12,345."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
