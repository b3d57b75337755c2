"""What the disk holds before each write of a run: all that a process killed there would leave."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from app import run_state
from database.journal import SqliteJournal


class DiskImages:
    """Copies a run's state directory before each of its journal's writes."""

    def __init__(self, folder: Path) -> None:
        self.paths: list[Path] = []
        """One folder for each write, in order."""
        self._folder = folder

    def take(self, state_dir: Path) -> None:
        """Copy the directory as it is on disk; nothing is folded or flushed for it."""
        image = self._folder / f"image{len(self.paths)}"
        shutil.copytree(state_dir, image, ignore=shutil.ignore_patterns("*-shm"))
        self.paths.append(image)


def watch_disk(monkeypatch: pytest.MonkeyPatch, folder: Path) -> DiskImages:
    """Take images of every run from now on, until the patch is undone."""
    images = DiskImages(folder)

    class WatchedJournal(SqliteJournal):
        def _write(self, statement: str, values: Sequence[object] = ()) -> int:
            images.take(self.path.parent)
            return super()._write(statement, values)

    monkeypatch.setattr(run_state, "SqliteJournal", WatchedJournal)
    return images
