"""Whoever reads a field of money, side, id or status wrongly is noticed by a case."""

from __future__ import annotations

import pytest

from tests.conformance.cases import CASES
from tests.conformance.flip_fields import SURVIVORS, WATCHED, WORDS, Guards, Watched
from tests.conformance.flips import flipped, noticed
from tests.conformance.venues import VENUES, Conforming

RUNS = [
    pytest.param(facts, watched, id=f"{facts.name}-{watched.kind}-{watched.guards.name}")
    for facts in VENUES
    for watched in WATCHED.get(facts.name, ())
]


@pytest.mark.slow
@pytest.mark.parametrize(("facts", "watched"), RUNS)
def test_field_that_means_something_else_is_noticed(facts: Conforming, watched: Watched) -> None:
    unnoticed = [
        (facts.name, watched.kind, field.leaf, flip)
        for field, flip in watched.flips()
        if not noticed(facts, flipped(field, flip, WORDS), watched.guards.value)
    ]
    leaves = [field.leaf for field, _ in watched.flips()]
    explained = [
        each for each in SURVIVORS if each[:2] == (facts.name, watched.kind) and each[2] in leaves
    ]
    assert sorted(unnoticed) == sorted(explained)


@pytest.mark.parametrize("facts", VENUES, ids=lambda facts: facts.name)
def test_without_a_flip_nothing_is_noticed(facts: Conforming) -> None:
    for guards in Guards:
        assert not noticed(facts, lambda place, message: message, guards.value), guards


def test_guards_are_cases() -> None:
    assert all(name in CASES for guards in Guards for name in guards.value)
