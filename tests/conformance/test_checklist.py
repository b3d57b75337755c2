"""The set of cases itself: enough of them, none excused everywhere, every fault accounted for."""

from __future__ import annotations

from pathlib import Path

from tests.conformance.cases import CASES, MODULES
from tests.conformance.exemptions import EXEMPTIONS
from tests.conformance.fault_rows import FAULT_ROWS
from tests.conformance.venues import VENUES

CASES_MIN = 60
TESTS = Path(__file__).parents[1]
ROWS = [
    f"{kind}{row}" for kind, last in (("H", 16), ("W", 20), ("O", 18)) for row in range(1, last + 1)
]


def test_there_are_enough_cases_and_no_two_of_one_name() -> None:
    assert len(CASES) >= CASES_MIN
    names = [
        name
        for module in MODULES
        for name in vars(module)
        if name.startswith("test_") and name in CASES
    ]
    assert len(names) == len(set(names))


def test_every_fault_has_a_case_or_a_reason() -> None:
    assert list(FAULT_ROWS) == ROWS
    for row, entry in FAULT_ROWS.items():
        assert bool(entry.cases) is not bool(entry.reason), row
        assert all(case in CASES for case in entry.cases), (row, entry.cases)


def test_what_is_caused_elsewhere_is_caused_there() -> None:
    named = [entry.elsewhere for entry in FAULT_ROWS.values() if entry.elsewhere]
    assert named
    for place in named:
        file, _, test = place.partition("::")
        assert f"def {test}(" in (TESTS / file).read_text(encoding="utf-8"), place


def test_exemptions_are_of_cases_and_venues_that_exist() -> None:
    venues = [facts.name for facts in VENUES]
    for case, venue in EXEMPTIONS:
        assert case in CASES
        assert venue in venues


def test_no_case_is_excused_everywhere() -> None:
    for case in CASES:
        assert any((case, facts.name) not in EXEMPTIONS for facts in VENUES), case


def test_every_exemption_names_a_capability_and_says_one_sentence() -> None:
    for exemption in EXEMPTIONS.values():
        assert exemption.capability
        assert exemption.why.endswith(".")
        assert exemption.why.count(". ") == 0
