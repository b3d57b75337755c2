from __future__ import annotations

import subprocess
import sys
from pathlib import Path

KILLS = 8


def test_a_killed_writer_loses_at_most_the_collection_under_way(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.support.rate_killer", str(tmp_path), str(KILLS)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"killed {KILLS} times")
    assert done.stdout.endswith("collections whole, none lost\n")
