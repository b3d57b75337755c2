"""Planted bugs are still there to be planted, and a bug that is gone is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from tests.simulation.planted.hunting import Hunted, Outcome, rule_of, series
from tests.simulation.planted.planting import (
    Bug,
    Edit,
    NotApplicable,
    Site,
    all_bugs,
    module_of,
    rewritten_by,
)
from tests.simulation.planted.reaching import PROBE, Probe, changed_at, probed, probed_by

ROOT = Path(__file__).resolve().parents[2]
AT_LEAST = 60
"""What stands in the way of a change may be planted anew later, as long as so many are left."""


def test_sixty_planted_bugs_apply_to_the_sources_as_they_are() -> None:
    applicable = 0
    for bug in all_bugs():
        try:
            for file, text in rewritten_by([bug], ROOT).items():
                compile(text, file, "exec")
        except NotApplicable:
            continue
        applicable += 1
    assert applicable >= AT_LEAST


def test_more_than_half_of_the_bugs_were_seen_in_real_bots() -> None:
    bugs = all_bugs()
    assert 2 * sum(bool(bug.seen) for bug in bugs) > len(bugs)


@pytest.mark.parametrize("text", ["", "one = 1\none = 1\n"])
def test_a_bug_whose_text_is_not_there_once_says_so(text: str) -> None:
    bug = Bug("001-a", "what", "", "area", (Edit("a.py", "one = 1\n", "one = 2\n"),))
    with pytest.raises(NotApplicable, match="write the bug anew"):
        bug.rewritten({"a.py": text})


def test_a_bug_of_two_edits_in_a_file_changes_both() -> None:
    edits = (Edit("a.py", "one = 1\n", "one = 2\n"), Edit("a.py", "two = 2\n", ""))
    bug = Bug("001-a", "what", "", "area", edits)
    assert bug.rewritten({"a.py": "one = 1\ntwo = 2\n"}) == {"a.py": "one = 2\n"}


def test_a_file_is_the_module_that_python_imports_it_as() -> None:
    assert module_of("execution/legs/__init__.py") == "execution.legs"
    assert module_of("trading_bot.py") == "trading_bot"


def test_the_series_has_plans_deaths_and_runs_by_turns() -> None:
    first = list(islice(series(), 16))
    assert [each.seed for each in first if each.kind == "run"] == [1, 2]
    assert [each.seed for each in first if each.kind == "executions"] == [*range(1, 11)]
    assert len({each.plan for each in first if each.kind == "crash"}) == 4


def test_the_rule_of_a_breach_is_the_one_that_it_names() -> None:
    assert rule_of("I39: no book is ready") == "I39"
    assert rule_of("it fell: Traceback") == "it fell"


SOURCE = '''
LIMIT = 3

def sign(number: int) -> str:
    """Tell a sign."""
    if number > LIMIT:
        return "much"
    elif number > 0:
        return "plus"
    try:
        return str(1 // number)
    except ZeroDivisionError:
        told = "none"
        return told
'''


@pytest.mark.parametrize(
    ("old", "new", "reaching"),
    [
        ('return "much"', 'return ""', [4]),
        ("elif number > 0", "elif number > 1", [2, 0, -1]),
        ('told = "none"', 'told = ""', [0]),
        ('    return told\n', '    return told\n    number = 0\n', [0]),
        ("number: int", "number: float", [4, 2, 0, -1]),
        ('"""Tell a sign."""', '"""Tell."""', [4, 2, 0, -1]),
    ],
)  # fmt: skip
def test_a_probe_tells_who_comes_by_what_a_bug_changes(
    old: str, new: str, reaching: Sequence[int]
) -> None:
    probes = [Probe(line) for line in changed_at(SOURCE, SOURCE.replace(old, new))]
    reached: list[str] = []
    names: dict[str, Any] = {PROBE: reached.append}
    exec(compile(probed(SOURCE, {"001-a": probes}), "a.py", "exec"), names)
    assert not reached
    came = []
    for number in (4, 2, 0, -1):
        reached.clear()
        names["sign"](number)
        came += [number] if reached else []
    assert came == reaching


def test_what_stands_in_no_function_is_come_by_with_its_module() -> None:
    probes = [Probe(line) for line in changed_at(SOURCE, SOURCE.replace("LIMIT = 3", "LIMIT = 4"))]
    reached: list[str] = []
    module = probed(SOURCE, {"001-a": probes, "002-b": probes})
    exec(compile(module, "a.py", "exec"), {PROBE: reached.append})
    assert reached == ["001-a", "002-b"]


def test_a_site_counts_where_the_bug_would_make_a_difference(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(SOURCE)
    site = Site("a.py", '        return "much"\n', "number == LIMIT + 1")
    edit = Edit("a.py", "LIMIT = 3\n", "LIMIT = 4\n")
    bug = Bug("001-a", "what", "", "area", (edit,), (site,))
    reached: list[str] = []
    names: dict[str, Any] = {PROBE: reached.append}
    exec(compile(probed_by([bug], tmp_path)["a.py"], "a.py", "exec"), names)
    for number in (5, 4, 2):
        names["sign"](number)
    assert reached == ["001-a"]
    with pytest.raises(NotApplicable, match="write the site anew"):
        probed_by([replace(bug, matters=(replace(site, before="return 7"),))], tmp_path)


def test_every_site_of_a_bug_is_there_and_can_be_asked() -> None:
    for bug in all_bugs():
        for site in bug.matters:
            assert (ROOT / site.file).read_text().count(site.before) == 1, (bug.name, site.before)
            compile(site.when, bug.name, "eval")


def test_only_seeds_that_come_by_a_bug_are_played_with_it(tmp_path: Path) -> None:
    bug = Bug("001-a", "what", "", "area", (Edit("a.py", "one", "two"),))
    hunted, first = Hunted(tmp_path), list(islice(series(), 4))
    for seed in (first[1], first[0], first[3]):  # the third is not over yet
        hunted.keep(None, seed, Outcome((), "plain", {bug.name: 2} if seed != first[0] else {}))
    assert hunted.reaching(bug) == [first[1]]
    hunted.keep(None, first[2], Outcome(("I8: known",), "plain", {bug.name: 1}))
    hunted.keep(bug, first[2], Outcome(("I8: again",), "other"))
    assert Hunted(tmp_path).found(bug) is None
    hunted.keep(bug, first[3], Outcome(("I3: an orphan",), "other"))
    found = Hunted(tmp_path).found(bug)
    assert found is not None
    assert (found.seed, found.after, found.rule) == (first[3], 4, "I3")
