"""What the judges said: read from their lines, gathered in one table."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from judges.steps import CANNOT, FAIL, PASS, STEPS, Json

SIGN = "sign alike"
"""The step that compares requests and signatures; it is judged outside the judge."""
ROWS = (*STEPS, SIGN)
NOT_ASKED = "-"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One step of one judge on one venue."""

    venue: str
    judge: str
    step: str
    outcome: str
    """``pass``, ``fail``, or ``cannot``: the judge's own limit, for the reason in the note."""
    note: str = ""
    limited: bool = False
    """Whether the note tells of a limit of the judge, in a step that passed all the same."""


@dataclass(frozen=True, slots=True)
class Testimony:
    """All that one judge said on one venue."""

    verdicts: Sequence[Verdict]
    signed: Sequence[Json]
    """What it signed, in the order of asking."""


def read_testimony(venue: str, judge: str, lines: Iterable[str], ending: str) -> Testimony:
    """Return what the lines of a judge say; a step that is not told of has failed.

    Args:
        venue: Which one was judged.
        judge: Which one judged.
        lines: Its standard output.
        ending: How it ended, for the steps that it did not tell of.
    """
    verdicts: dict[str, Verdict] = {}
    signed: list[Json] = []
    for line in lines:
        told = _read(line)
        if told is None:
            ending = f"{ending}, after {line.strip()[:80]!r}"
        elif "signed" in told:
            signed.append(told["signed"])
        elif told["step"] in STEPS and told["verdict"] in (PASS, FAIL, CANNOT):
            step, note, limited = told["step"], str(told.get("note", "")), told.get("limited")
            outcome = told["verdict"]
            verdicts[step] = Verdict(venue, judge, step, outcome, note, limited is True)
    silent = [step for step in STEPS if step not in verdicts]
    missing = [Verdict(venue, judge, step, FAIL, f"told nothing: {ending}") for step in silent]
    return Testimony([*verdicts.values(), *missing], signed)


def _read(line: str) -> Json | None:
    """Return a line of ours; None for anything else."""
    try:
        told = json.loads(line)
    except ValueError:
        return None
    if not isinstance(told, dict) or not ("signed" in told or {"step", "verdict"} <= told.keys()):
        return None
    return told


def table(verdicts: Sequence[Verdict]) -> str:
    """Return judges down, steps across; below it what failed or could not be, and why."""
    benches = dict.fromkeys((each.venue, each.judge) for each in verdicts)
    outcomes = {(each.venue, each.judge, each.step): each.outcome for each in verdicts}
    rows = [
        [*at, *(outcomes.get((*at, step), NOT_ASKED) for step in ROWS)] for at in sorted(benches)
    ]
    names = [["", ""], *(_two_lines(step) for step in ROWS)]
    head = [["", *line] for line in zip(*names, strict=True)]
    widths = [max(map(len, column)) for column in zip(*head, *rows, strict=True)]
    lines = [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in (*head, *rows)
    ]
    lines.insert(len(head), "-" * (sum(widths) + 2 * len(widths) - 2))
    return "\n".join([*lines, *_reasons(verdicts)])


def _two_lines(step: str) -> list[str]:
    """Return a step's name as two lines: its first word, and the others without articles."""
    first, *others = (word for word in step.split() if word not in ("a", "an", "the"))
    return [first, " ".join(others)]


def _reasons(verdicts: Sequence[Verdict]) -> list[str]:
    told = [
        each
        for each in verdicts
        if each.limited or (each.outcome != PASS and each.note != "not reached")
    ]
    return [
        f"{'limit' if each.limited else each.outcome}: {each.judge} on {each.venue}, {each.step}: "
        f"{each.note}"
        for each in told
    ]


def failed(verdicts: Sequence[Verdict]) -> bool:
    """Say whether any step failed, or nothing was judged at all."""
    return not verdicts or any(each.outcome == FAIL for each in verdicts)
