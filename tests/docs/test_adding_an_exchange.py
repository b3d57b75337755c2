"""The guide is followed word for word in a copy of the project, and what comes of it is checked."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.architecture.source_tree import ROOT, project_files

GUIDE = (ROOT / "docs" / "adding-an-exchange.md").read_text("utf-8")
TOY = (ROOT / "tests" / "support" / "toy_venue.py").read_text("utf-8")
BLOCK = re.compile(
    r"(?:^\*\*`(?P<path>[^`\n]+)`\*\*, (?P<how>[^\n]+):\n\n)?^```(?P<kind>\w*)\n(?P<code>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
USE = """
from exchange_clients import ExchangeFactory
from exchange_clients.toy.client.core import VENUE
from tests.support.toy_stage import buy, play, state
from exchange_clients.toy import ToyWebSocketManager, get_toy_symbol_format, normalize_symbol

keys = {"key": "k", "secret": "s"}
client = ExchangeFactory.create_exchange("toy", keys)
adapter = ExchangeFactory.create_funding_adapter("toy", {})
assert client.get_exchange_name() == "toy"
assert adapter.normalize_symbol("BTC-PERP") == normalize_symbol("BTC-PERP") == "BTC"
assert get_toy_symbol_format("BTC") == "BTC-PERP"
assert not ToyWebSocketManager().is_connected

async def trade(stage):
    placed = await buy(stage)
    stage.host.trade(stage.order())
    await stage.clock.sleep(1)
    assert (await state(stage, placed)).status == "filled"

print(len(play(trade, venue=VENUE).host.fills), "fill")
"""


@dataclass(frozen=True, slots=True)
class Block:
    """One block of the guide, and what is done with it."""

    path: str | None
    how: str | None
    kind: str
    code: str


BLOCKS = [Block(**match.groupdict()) for match in BLOCK.finditer(GUIDE)]


def test_the_guide_shows_the_toy_venue_as_it_is() -> None:
    shown = [each.code for each in BLOCKS if each.kind == "python" and each.path is None]
    assert len(shown) > 8
    assert [code for code in shown if code not in TOY] == []


@pytest.mark.slow
def test_the_guide_followed_word_for_word_adds_a_venue(tmp_path: Path) -> None:
    for name in project_files():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, tmp_path / name)
    run(tmp_path, "git", "init", "-q")
    first, *_ = [each.code for each in BLOCKS if each.kind == "sh"]
    for line in first.splitlines():
        run(tmp_path, *line.split())
    for block in BLOCKS:
        if block.path is not None:
            apply(tmp_path / block.path, block)
    name_in_all(tmp_path / "exchange_clients" / "pyproject.toml")
    python = (sys.executable, "-m")
    assert run(tmp_path, sys.executable, "-c", USE) == "1 fill"
    pytest_run = (*python, "pytest", "-q", "-p", "no:cacheprovider")
    run(tmp_path, *pytest_run, "tests/architecture/test_venues.py")
    run(tmp_path, *python, "ruff", "check", "--no-cache", "--ignore", "D", "exchange_clients/toy")
    run(tmp_path, str(Path(sys.executable).parent / "lint-imports"), "--no-cache")
    extras = "test_extras_are_one_for_each_venue_and_all_of_them"
    run(
        tmp_path, *python, "pytest", "-q", "-p", "no:cacheprovider", "tests/packaging", "-k", extras
    )


def apply(path: Path, block: Block) -> None:
    """Do with a block what the guide says."""
    how = block.how or ""
    if how == "whole":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.code, "utf-8")
        return
    text = path.read_text("utf-8")
    if how == "at its end":
        path.write_text(text + block.code, "utf-8")
        return
    stated = re.fullmatch(r"after (each )?`(.*)`", how)
    assert stated is not None, f"nobody can do this: {how}"
    anchor = f"{stated[2]}\n"
    assert text.count(anchor) == (2 if stated[1] else 1), f"{path.name} and {anchor!r}"
    path.write_text(text.replace(anchor, anchor + block.code), "utf-8")


def name_in_all(path: Path) -> None:
    """Add the venue to the extra that names every one."""
    text = path.read_text("utf-8")
    path.write_text(re.sub(r"(?m)^(all = .*)\]\"\]$", r'\1,toy]"]', text), "utf-8")


def run(folder: Path, *command: str) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout.strip()
