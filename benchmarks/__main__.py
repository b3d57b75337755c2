"""Run every benchmark, one after the other, and gather their figures in one table.

    make bench              or: python -m benchmarks [NAME ...]

``bench_peers`` needs the peer's own environment and is left to ``make bench-peers``.
"""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

from benchmarks.figures import MARK

FOLDER = Path(__file__).resolve().parent
ELSEWHERE = ("bench_peers",)


def main() -> int:
    """Print each benchmark's own words, then the table; 1 if a requirement is missed."""
    names = sys.argv[1:] or sorted(path.stem for path in FOLDER.glob("bench_*.py"))
    lines: list[str] = []
    code = 0
    for name in names:
        if name in ELSEWHERE:
            continue
        print(f"== {name}", flush=True)
        done = subprocess.run(
            [sys.executable, "-m", f"benchmarks.{name}"],
            cwd=FOLDER.parent,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        print(done.stdout, flush=True)
        lines += [line.removeprefix(MARK) for line in done.stdout.splitlines() if MARK in line]
        code = code or done.returncode
    print(f"== {platform.machine()} Python {platform.python_version()}")
    print("\n".join(lines))
    return code


if __name__ == "__main__":
    sys.exit(main())
