"""Sizes beyond which a file or a function has more than one job."""

from __future__ import annotations

from tests.architecture.detectors import functions
from tests.architecture.source_tree import lines_of, python_files

MODULE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60


def test_modules_stay_within_their_budget() -> None:
    large = [
        f"{source.path} has {lines} lines"
        for source in python_files()
        if (lines := source.text.count("\n")) > MODULE_LINES_MAX
    ]
    assert not large, lines_of(large)


def test_functions_stay_within_their_budget() -> None:
    large = [
        f"{source.path}:{function.lineno} {function.name} has {lines} lines"
        for source in python_files()
        for function in functions(source.tree)
        if (lines := (function.end_lineno or 0) - function.lineno + 1) > FUNCTION_LINES_MAX
    ]
    assert not large, lines_of(large)
