"""The detectors find what they are for: a rule that cannot fail checks nothing."""

from __future__ import annotations

import ast

import pytest

from tests.architecture import detectors


@pytest.mark.parametrize(
    "text",
    [
        "for x in {1, 2}: pass",
        "for x in set(names): pass",
        "for i, x in enumerate(frozenset(names)): pass",
        "[x for x in {y for y in names}]",
        "[*set(names)]",
        "for x in set(a) - set(b): pass",
        "next(iter(set(names)))",
        "list(set(names))",
    ],
)
def test_an_iteration_over_a_set_is_found(text: str) -> None:
    assert detectors.iterations_over_sets(ast.parse(text))


@pytest.mark.parametrize(
    "text", ["for x in sorted(set(names)): pass", "len({1, 2})", "x in {1, 2}", "for x in a: pass"]
)
def test_a_set_without_an_order_taken_from_it_is_allowed(text: str) -> None:
    assert detectors.iterations_over_sets(ast.parse(text)) == []


@pytest.mark.parametrize(
    "text", ["asyncio.gather(a)", "from asyncio import gather", "x = asyncio.gather"]
)
def test_a_use_of_a_dotted_name_is_found_however_it_is_written(text: str) -> None:
    assert detectors.uses_of(ast.parse(text), ["asyncio.gather"])


def test_a_name_with_a_dot_at_its_end_means_all_below_it() -> None:
    tree = ast.parse("random.choice(x); randomly.choice(x)")
    assert detectors.uses_of(tree, ["random."]) == [(1, "random.choice")]


def test_imports_are_found_in_every_form_and_place() -> None:
    tree = ast.parse("import os.path\ndef f():\n    from a.b import c\n")
    assert detectors.imports(tree) == [(1, "os.path"), (3, "a.b"), (3, "a.b.c")]
    assert detectors.imports_of(tree, ["os", "a.b.d"]) == [(1, "os.path")]
    assert detectors.top_imports(tree) == {"os", "a"}


def test_a_word_is_found_in_literals_and_not_in_docstrings() -> None:
    tree = ast.parse('"""Of paper."""\nx = f"the {a} Paper"\ny = "papers"\n')
    assert detectors.words_in_literals(tree, ["paper"]) == [(2, "Paper")]


def test_calls_of_plain_names_are_found() -> None:
    assert detectors.calls_of(ast.parse("float(x); a.float(x)"), ["float"]) == [(1, "float()")]


@pytest.mark.parametrize(
    ("body", "states"),
    [
        ("assert x", True),
        ("with pytest.raises(ValueError): f()", True),
        ("assert_flat(venue)", True),
        ("venue.assert_flat()", True),
        ("f()", False),
    ],
)
def test_a_test_that_states_nothing_is_told_apart(body: str, states: bool) -> None:
    assert detectors.asserts_something(ast.parse(body)) is states
