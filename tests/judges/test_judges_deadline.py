"""A judge that hangs is ended, and what it has told until then is told."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from judges import __main__ as judges
from judges import environments
from judges.steps import FAIL, PASS, STEPS

HANGS = """
import json, subprocess, sys, time
print(json.dumps({"step": "list markets", "verdict": "pass", "note": "3 markets"}), flush=True)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])  # it keeps the pipe open
time.sleep(60)
"""


def test_a_judge_that_hangs_is_ended_with_all_that_it_has_started(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "hangs.py").write_text(HANGS)
    monkeypatch.setattr(judges, "HERE", tmp_path)
    monkeypatch.setattr(judges, "PATIENCE_S", 1.0)
    monkeypatch.setattr(environments, "python_of", lambda judge: sys.executable)
    bench = judges.Bench(environments.BPX, "backpack", "hangs.py", signs=False)
    testimony = asyncio.run(judges._heard(bench, {}, []))
    first, *others = testimony.verdicts
    assert (first.step, first.outcome) == (STEPS[0], PASS)
    assert {each.outcome for each in others} == {FAIL}
    assert "still at it after 1 s, and ended by us" in others[0].note
