from __future__ import annotations

from tests.mission.report import Outcomes, known_tests, missing, table
from tests.mission.row import Row
from tests.mission.rows import ROWS


class Heard:
    """What pytest says of one case."""

    def __init__(self, nodeid: str, outcome: str) -> None:
        self.nodeid = nodeid
        self.outcome = outcome


def test_every_row_is_listed_once() -> None:
    names = [row.name for row in ROWS]
    assert len(set(names)) == len(names)


def test_every_named_test_exists() -> None:
    known = known_tests()
    assert [name for row in ROWS for name in row.tests if name not in known] == []


def test_a_row_that_waits_for_something_says_for_what_and_names_no_test() -> None:
    assert [row.name for row in ROWS if row.later and row.tests] == []


def test_a_row_is_shown_only_by_tests_that_all_pass() -> None:
    rows = (
        Row("1", "two tests", ("a", "b")),
        Row("2", "a failing one", ("a", "c")),
        Row("3", "none"),
        Row("4", "not yet", later="a venue"),
        Row("5", "one that never ran", ("d",)),
    )
    outcomes = {"a": "passed", "b": "passed", "c": "skipped"}
    assert missing(rows, outcomes) == ["2", "3", "5"]
    assert [line.split()[1] for line in table(rows, outcomes) if line[0] != " "] == [
        "shown",
        "FAILED",
        "MISSING",
        "later",
        "FAILED",
    ]


def test_one_failing_case_fails_a_test_with_parameters() -> None:
    outcomes = Outcomes()
    for case, outcome in (("t[1]", "passed"), ("t[2]", "failed"), ("t[3]", "passed")):
        outcomes.pytest_runtest_logreport(Heard(case, outcome))  # type: ignore[arg-type]
    assert outcomes.by_test == {"t": "failed"}
