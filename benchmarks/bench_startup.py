"""Measure what a user waits for before anything happens: ``--help``, and importing the library.

Every sample is a fresh process, taken in turns with a bare interpreter, so that a busy machine
disturbs them alike. Bytecode is written by a first run that is not counted.

    python -m benchmarks.bench_startup [samples]
"""

from __future__ import annotations

import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.figures import Figure, conclude

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = 21
HELP_LIMIT_MS = 100.0
"""The requirement on ``runbot.py --help``, interpreter included."""
IMPORT_LIMIT_MS = 150.0
"""The requirement on ``import exchange_clients``, above a bare interpreter."""

COMMANDS = {
    "bare interpreter": ("-c", "pass"),
    "runbot.py --help": ("runbot.py", "--help"),
    "import exchange_clients": ("-c", "import exchange_clients"),
    "import exchange_clients, every public name": (
        "-c",
        "import exchange_clients as e\nfor name in e.__all__: getattr(e, name)",
    ),
}


def main() -> int:
    """Print the medians in milliseconds; 1 if a requirement is missed."""
    samples = int(sys.argv[1]) if len(sys.argv) > 1 else SAMPLES
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for number in range(samples + 1):
        for name, arguments in COMMANDS.items():
            elapsed_ms = _timed_ms(arguments)
            if number > 0:
                times[name].append(elapsed_ms)
    medians = {name: statistics.median(values) for name, values in times.items()}
    bare = medians["bare interpreter"]
    print(f"{platform.machine()} Python {platform.python_version()}, {samples} processes each")
    for name, values in times.items():
        above = medians[name] - bare
        print(
            f"{name}: median {medians[name]:.1f} ms, fastest {min(values):.1f} ms, "
            f"above bare {above:.1f} ms"
        )
    above_bare = medians["import exchange_clients"] - bare
    return conclude(
        [
            Figure("runbot.py --help", medians["runbot.py --help"], "ms", at_most=HELP_LIMIT_MS),
            Figure("import exchange_clients", above_bare, "ms more", at_most=IMPORT_LIMIT_MS),
        ]
    )


def _timed_ms(arguments: tuple[str, ...]) -> float:
    # No timeout: with one, subprocess polls in growing steps and the figures jump from 63 to 114.
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    sys.exit(main())
