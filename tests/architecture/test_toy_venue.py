"""The toy venue is held to what venues are held to, and to a size that can be read at a sitting."""

from __future__ import annotations

import ast
from collections.abc import Callable

import pytest

from tests.architecture import venue_detectors
from tests.architecture.detectors import Findings, imports
from tests.architecture.source_tree import lines_of, sources
from tests.architecture.test_venues import ALLOWED

TOY = "tests/support/toy_venue.py"
LINES_MAX = 200
"""Lines as an editor counts them: imports, blank lines and explanations as well."""

(SOURCE,) = sources(TOY)


def test_the_toy_venue_is_whole_in_two_hundred_lines() -> None:
    assert SOURCE.text.count("\n") <= LINES_MAX
    assert max(map(len, SOURCE.text.splitlines())) <= 100


def test_the_toy_venue_imports_what_a_venue_may() -> None:
    found = [
        f"{line} {module}"
        for line, module in imports(SOURCE.tree)
        if not module.startswith(tuple(f"{name}." for name in ALLOWED)) and module not in ALLOWED
    ]
    assert not found, lines_of(found)


@pytest.mark.parametrize(
    "detect",
    [venue_detectors.deeds, venue_detectors.mutable_values, venue_detectors.writes_to_self],
    ids=["deeds", "mutable values", "writes to self"],
)
def test_the_toy_venue_does_nothing(detect: Callable[[ast.AST], Findings]) -> None:
    found = [f"{line} {what}" for line, what in detect(SOURCE.tree)]
    assert not found, lines_of(found)
