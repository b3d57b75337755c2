"""The register of faults: complete, true, and what the page says."""

from __future__ import annotations

from tests.simulation.fault_register import DOCUMENT, OF_PLANS, OF_RUNS, document, missing, rows

LAST = {"H": 16, "W": 20, "O": 18, "A": 12, "M": 9, "T": 9, "P": 13, "X": 11}
EVERY = [f"{kind}{number}" for kind, last in LAST.items() for number in range(1, last + 1)]


def test_every_fault_is_in_the_register_once() -> None:
    assert [each.name for each in rows()] == EVERY


def test_every_injector_that_the_register_names_exists() -> None:
    assert {each.name: missing(each) for each in rows() if missing(each)} == {}


def test_every_injector_is_in_the_register() -> None:
    assert set(OF_PLANS) - {kind for each in rows() for kind in each.plans} == set()
    assert set(OF_RUNS) - {kind for each in rows() for kind in each.runs} == set()


def test_a_fault_that_nothing_causes_has_a_reason() -> None:
    for each in rows():
        assert each.plans or each.runs or each.places or each.why, each.name


def test_the_page_says_what_the_register_says() -> None:
    assert document() == DOCUMENT.read_text(encoding="utf-8"), "python -m tests.simulation faults"
