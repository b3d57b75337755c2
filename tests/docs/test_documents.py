"""What README.md and docs/ say works: links, command lines, and the examples as they stand."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import runbot
from app.arguments import parse_arguments
from app.configuration import build_settings

ROOT = Path(runbot.__file__).parent
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    ROOT / "exchange_clients" / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.*)$", re.MULTILINE)
COMMAND = re.compile(
    r"(?:^|[`$|#] *| {4})((?:\.venv/bin/)?python runbot\.py[^`|\n]*)", re.MULTILINE
)
EXAMPLE = re.compile(r"```python\n(.*?)```", re.DOTALL)


def links() -> Iterator[tuple[Path, str]]:
    for document in DOCUMENTS:
        for target in LINK.findall(document.read_text("utf-8")):
            if not target.startswith("http"):
                yield document, target


def commands() -> Iterator[tuple[str, str]]:
    for document in [ROOT / "runbot.py", *(ROOT / "configs").rglob("*.yml"), *DOCUMENTS]:
        for command in COMMAND.findall(document.read_text("utf-8")):
            if "--speed fast" not in command:  # shown as a mistake
                yield document.name, command.strip()


def anchors(document: Path) -> list[str]:
    return [
        re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-")
        for heading in HEADING.findall(document.read_text("utf-8"))
    ]


def example(document: str) -> str:
    (code,) = EXAMPLE.findall((ROOT / document).read_text("utf-8"))
    return str(code)


def test_relative_links_lead_somewhere() -> None:
    broken = []
    for document, target in links():
        name, _, anchor = target.partition("#")
        path = (document.parent / name).resolve() if name else document
        if not path.exists() or (anchor and anchor not in anchors(path)):
            broken.append(f"{document.name}: {target}")
    assert broken == []


def test_every_document_can_be_reached_from_the_readme() -> None:
    reached, waiting = [], [ROOT / "README.md"]
    while waiting:
        document = waiting.pop()
        reached.append(document)
        for source, target in links():
            path = (source.parent / target.partition("#")[0]).resolve()
            if source == document and path.suffix == ".md" and path not in [*reached, *waiting]:
                waiting.append(path)
    assert sorted(set(DOCUMENTS) - set(reached)) == []


@pytest.mark.parametrize(("document", "command"), sorted(set(commands())))
def test_command_lines_are_accepted(
    document: str, command: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    arguments = parse_arguments(shlex.split(command)[2:])
    if arguments.command != "run":
        return
    (tmp_path / "configs").symlink_to(ROOT / "configs")
    monkeypatch.chdir(tmp_path)
    assert runbot.main(["init"]) == 0
    if "run.data" in arguments.given:
        Path(str(arguments.given["run.data"].value)).touch()
    named = "funding_arbitrage" if "funding_arbitrage" in command else "grid"
    assert build_settings(arguments, {}).strategy == named


def test_the_library_example_prints_what_the_readme_says(tmp_path: Path) -> None:
    script = tmp_path / "example.py"
    script.write_text(example("README.md"), "utf-8")
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=True, timeout=60
    )
    printed = done.stdout.strip()
    assert printed.startswith("62000.0 / 62000.1: filled")
    assert f"`{printed}`" in (ROOT / "README.md").read_text("utf-8")


def test_the_strategy_example_trades(tmp_path: Path) -> None:
    document = (ROOT / "docs" / "writing-a-strategy.md").read_text("utf-8")
    command = next(line for line in document.splitlines() if " my_strategy.py " in line)
    script = tmp_path / "my_strategy.py"
    script.write_text(example("docs/writing-a-strategy.md"), "utf-8")
    words = shlex.split(command)[2:]
    done = subprocess.run(
        [sys.executable, str(script), *words],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
    )
    fills = re.search(r"^Cycles +\d+ +(\d+) fills", done.stdout, re.MULTILINE)
    assert fills is not None
    assert int(fills[1]) > 4
    assert (tmp_path / "swing.html").exists()
