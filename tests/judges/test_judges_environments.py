"""What judges are built from."""

from __future__ import annotations

import re

import pytest

from judges.environments import BPX, CONSTRAINTS, GRVT, LIGHTER, PACKAGES, ROOT, version_of


@pytest.mark.parametrize("package", PACKAGES)
def test_everything_is_pinned_and_no_index_is_named(package: str) -> None:
    lines = (CONSTRAINTS / f"{package}.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert len(pins) > 10
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+==[A-Za-z0-9_.]+", pin) for pin in pins)


@pytest.mark.parametrize(
    ("package", "venue"), [(BPX, "backpack"), (LIGHTER, "lighter"), (GRVT, "grvt")]
)
def test_the_judge_is_the_sdk_that_its_venue_names(package: str, venue: str) -> None:
    stated = (ROOT / "exchange_clients" / venue / "requirements.txt").read_text(encoding="utf-8")
    assert f"{package}=={version_of(package)}" in stated.split()
