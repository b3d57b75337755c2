"""Planted bugs are still there to be planted, and a bug that is gone is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.simulation.planted.hunting import BATCH, rule_of, seeds_of
from tests.simulation.planted.planting import (
    Bug,
    Edit,
    NotApplicable,
    all_bugs,
    module_of,
    rewritten_by,
)

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
    bug = Bug("001-a", "what", "", "area", ("grid",), (Edit("a.py", "one = 1\n", "one = 2\n"),))
    with pytest.raises(NotApplicable, match="write the bug anew"):
        bug.rewritten({"a.py": text})


def test_a_bug_of_two_edits_in_a_file_changes_both() -> None:
    edits = (Edit("a.py", "one = 1\n", "one = 2\n"), Edit("a.py", "two = 2\n", ""))
    bug = Bug("001-a", "what", "", "area", ("grid",), edits)
    assert bug.rewritten({"a.py": "one = 1\ntwo = 2\n"}) == {"a.py": "one = 2\n"}


def test_a_file_is_the_module_that_python_imports_it_as() -> None:
    assert module_of("execution/legs/__init__.py") == "execution.legs"
    assert module_of("trading_bot.py") == "trading_bot"


def test_a_bug_is_played_where_it_may_show() -> None:
    both = seeds_of(("executions", "grid", "arbitrage"))
    first = [next(both) for _ in range(2 * BATCH)]
    assert [each.seed for each in first if each.kind == "run"] == [1, 2]
    assert [each.seed for each in first if each.kind == "executions"] == [*range(1, 2 * BATCH - 3)]
    assert len({each.plan for each in first if each.kind == "crash"}) == 2
    grid, arbitrage = seeds_of(("grid",)), seeds_of(("arbitrage",))
    assert [next(grid).seed for _ in range(3)] == [1, 3, 5]
    assert [next(arbitrage).seed for _ in range(3)] == [2, 4, 6]
    assert not list(seeds_of(("service",)))


def test_the_rule_of_a_breach_is_the_one_that_it_names() -> None:
    assert rule_of("I39: no book is ready") == "I39"
    assert rule_of("it fell: Traceback") == "it fell"
