"""What a person reads who stops a run with Ctrl-C and starts it again."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import runbot

ROOT = Path(runbot.__file__).parent


def start(folder: Path, *words: str) -> subprocess.Popen[str]:
    config = ROOT / "configs" / "grid" / "demo.yml"
    command = [sys.executable, str(ROOT / "runbot.py"), "--config", str(config), *words]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)


def test_an_interrupted_run_says_where_it_is_kept_and_goes_on(tmp_path: Path) -> None:
    first = start(tmp_path)
    assert first.stdout is not None
    while not first.stdout.readline().startswith("elapsed="):
        assert first.poll() is None
    first.send_signal(signal.SIGINT)
    said, _ = first.communicate(timeout=60)
    assert first.returncode == 130
    assert "state: state/grid-paper-BTC-main.db keeps this run; the same command goes on" in said
    second = start(tmp_path, "--speed", "max")
    said, _ = second.communicate(timeout=60)
    assert second.returncode == 0
    assert said.startswith("going on with the unfinished run in state/grid-paper-BTC-main.db; ")
    assert "state=ended" in said
    assert "keeps this run" not in said
