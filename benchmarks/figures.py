"""What a benchmark found beside what is required: a line a figure, alike in every benchmark."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

MARK = "figure: "
"""Begins each line, so that whoever runs several benchmarks can gather them."""


class Figure(NamedTuple):
    """One figure; without ``at_least`` and ``at_most`` it is only told."""

    name: str
    value: float
    unit: str
    at_least: float | None = None
    at_most: float | None = None
    goal: bool = False
    """A limit that is aimed at, not required."""

    @property
    def kept(self) -> bool:
        """Whether the requirement is met, if there is one."""
        enough = self.at_least is None or self.value >= self.at_least
        return enough and (self.at_most is None or self.value <= self.at_most)

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
        return f"{self.name:<54} {value:>20}   {required:<12} {verdict}".rstrip()


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
