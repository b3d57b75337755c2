"""What became of mutants, kept in a file for each module, so that a long play goes on."""

from __future__ import annotations

import hashlib
import json
from enum import Enum
from pathlib import Path


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
    """A file with one line for each mutant; that of another source is begun anew.

    Args:
        path: The file.
        source: The module's text, which the fates are of.
    """

    def __init__(self, path: Path, source: str) -> None:
        self._path = path
        self._fates: dict[str, Fate] = {}
        digest = json.dumps({"sha256": hashlib.sha256(source.encode()).hexdigest()})
        lines = path.read_text().splitlines() if path.exists() else []
        if lines[:1] == [digest]:
            rows = [json.loads(line) for line in lines[1:]]
            self._fates = {row["mutant"]: Fate(row["fate"]) for row in rows}
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{digest}\n")

    def fate(self, mutant: str) -> Fate | None:
        """Return what became of a mutant; None where it was not tried."""
        return self._fates.get(mutant)

    def keep(self, mutant: str, fate: Fate) -> None:
        """Write down what became of a mutant; the last time counts."""
        row = json.dumps({"mutant": mutant, "fate": fate.value})
        with self._path.open("a") as file:
            file.write(f"{row}\n")
