"""The configurations that come with the project: ``configs/<strategy>/<name>.yml``."""

from __future__ import annotations

from pathlib import Path

CONFIGS = Path(__file__).resolve().parent.parent / "configs"


def default_preset(strategy: str) -> Path | None:
    """Return the file a run without any configuration reads, None where there is none."""
    path = CONFIGS / strategy / "default.yml"
    return path if path.is_file() else None


def presets() -> tuple[Path, ...]:
    """Return every preset, in the order of their paths."""
    return tuple(sorted(CONFIGS.glob("*/*.yml")))


def shown(path: Path) -> Path:
    """Return a path as short as the user may type it."""
    try:
        return path.relative_to(Path.cwd())
    except ValueError:
        return path
