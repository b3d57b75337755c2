"""What judges are built from."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from judges.environments import (
    BINANCE,
    BINANCE_SDK,
    BPX,
    CONSTRAINTS,
    GRVT,
    LIGHTER,
    OKX,
    PACKAGES,
    PARADEX,
    PYBIT,
    ROOT,
    interpreter_of,
    version_of,
)


@pytest.mark.parametrize("package", PACKAGES)
def test_everything_is_pinned_and_no_index_is_named(package: str) -> None:
    lines = (CONSTRAINTS / f"{package}.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert len(pins) > 5
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+==[A-Za-z0-9_.]+", pin) for pin in pins)


@pytest.mark.parametrize(
    ("package", "venue"),
    [
        (BINANCE, "binance"),
        (BINANCE_SDK, "binance"),
        (BPX, "backpack"),
        (LIGHTER, "lighter"),
        (GRVT, "grvt"),
        (PARADEX, "paradex"),
        (PYBIT, "bybit"),
        (OKX, "okx"),
    ],
)
def test_the_judge_is_the_sdk_that_its_venue_names(package: str, venue: str) -> None:
    stated = (ROOT / "exchange_clients" / venue / "requirements.txt").read_text(encoding="utf-8")
    assert f"{package}=={version_of(package)}" in stated.split()


def test_a_judge_runs_on_our_python_unless_it_needs_its_own() -> None:
    assert interpreter_of(GRVT) == Path(sys.executable)


def test_the_newest_python_of_a_judges_own_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.setenv("PATH", "")
    assert interpreter_of(PARADEX) is None
    for version in ("3.9.18", "3.10.2", "3.10.13"):
        (tmp_path / ".pyenv" / "versions" / version).mkdir(parents=True)
    newest = tmp_path / ".pyenv" / "versions" / "3.10.13"
    assert interpreter_of(PARADEX) == newest / "bin" / "python"
