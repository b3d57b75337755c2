"""What became of mutants, kept in a file for each module, so that a long play goes on."""

from __future__ import annotations

import json
from enum import Enum
from pathlib import Path

from tests.mutation.operators import Mutant


class Fate(Enum):
    """What became of a mutant."""

    KILLED = "killed"
    """A test failed."""
    STOPPED = "stopped"
    """It computed, waited or took memory without an end; that counts as killed."""
    SURVIVED = "survived"
    UNREACHED = "unreached"
    """No test runs the line; that counts as survived."""

    @property
    def found(self) -> bool:
        """Whether a test would have told."""
        return self in (Fate.KILLED, Fate.STOPPED)


class Results:
    """A file with one line for each mutant that was tried.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fates: dict[tuple[str, str], Fate] = {}
        if path.exists():
            for row in map(json.loads, path.read_text().splitlines()):
                self._fates[row["mutant"], row["of"]] = Fate(row["fate"])

    def fate(self, mutant: Mutant) -> Fate | None:
        """Return what became of a mutant; None where it, or this state of it, was not tried."""
        return self._fates.get((mutant.name, mutant.of))

    def keep(self, mutant: Mutant, fate: Fate) -> None:
        """Write down what became of a mutant; the last time counts."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        row = json.dumps({"mutant": mutant.name, "of": mutant.of, "fate": fate.value})
        with self._path.open("a") as file:
            file.write(f"{row}\n")
