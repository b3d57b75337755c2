"""How a judge goes through its steps."""

from __future__ import annotations

import pytest

from judges.steps import STEPS, CannotError, Json, Limited, expect, run_steps


class Obliging:
    """Does every step, unless told to raise at one."""

    def __init__(self, stops: dict[str, Exception] | None = None) -> None:
        self.stops = stops or {}
        self.taken: list[str] = []

    def __getattr__(self, name: str) -> object:
        def step() -> str:
            self.taken.append(name)
            if name in self.stops:
                raise self.stops[name]
            return f"did {name}"

        return step


def told_by(judge: Obliging) -> list[Json]:
    told: list[Json] = []
    run_steps(judge, told.append)
    return told


def test_every_step_is_taken_in_order_and_told() -> None:
    judge = Obliging()
    told = told_by(judge)
    assert [line["step"] for line in told] == list(STEPS)
    assert {line["verdict"] for line in told} == {"pass"}
    assert judge.taken == [step.replace(" ", "_") for step in STEPS]


@pytest.mark.parametrize(
    ("error", "verdict", "note"),
    [
        (ValueError("no such key"), "fail", "ValueError: no such key"),
        (CannotError("wallets only"), "cannot", "wallets only"),
    ],
)
def test_after_a_step_that_stops_nothing_is_tried(
    error: Exception, verdict: str, note: str
) -> None:
    judge = Obliging({"log_in": error})
    told = told_by(judge)
    assert judge.taken == ["list_markets", "read_the_book", "log_in"]
    assert told[2] == {"step": "log in", "verdict": verdict, "note": note}
    assert all(line["verdict"] == verdict for line in told[2:])
    assert {line["note"] for line in told[3:]} == {"not reached"}


def test_a_step_that_passes_with_a_limit_says_so() -> None:
    class Halfway(Obliging):
        def log_in(self) -> str:
            return Limited("by hand")

    told = told_by(Halfway())
    assert told[2] == {"step": "log in", "verdict": "pass", "note": "by hand", "limited": True}
    assert [line["limited"] for line in told].count(True) == 1


def test_long_explanations_are_cut() -> None:
    told = told_by(Obliging({"list_markets": ValueError("x" * 10_000)}))
    assert len(told[0]["note"]) == 300


def test_what_is_not_as_expected_is_named() -> None:
    expect("New", "New", "status")
    with pytest.raises(AssertionError, match="status is 'Expired', expected 'New'"):
        expect("Expired", "New", "status")
