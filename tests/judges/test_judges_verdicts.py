"""Reading what judges say, and showing it."""

from __future__ import annotations

import json

from judges.steps import STEPS
from judges.verdicts import Verdict, failed, read_testimony, table


def line(step: str, verdict: str = "pass", note: str = "") -> str:
    return json.dumps({"step": step, "verdict": verdict, "note": note})


def test_every_step_that_was_told_of_is_read() -> None:
    testimony = read_testimony("grvt", "ccxt", [line(step) for step in STEPS], "it ended with 0")
    assert [each.step for each in testimony.verdicts] == list(STEPS)
    assert not failed(testimony.verdicts)


def test_a_step_that_is_not_told_of_has_failed() -> None:
    told = [line(step) for step in STEPS[:-1]]
    testimony = read_testimony("grvt", "ccxt", told, "it ended with 1 ImportError")
    last = testimony.verdicts[-1]
    assert last == Verdict(
        "grvt", "ccxt", STEPS[-1], "fail", "told nothing: it ended with 1 ImportError"
    )
    assert failed(testimony.verdicts)


def test_what_is_no_line_of_a_judge_is_shown_and_counts_for_nothing() -> None:
    noise = ["Traceback", "[]", '{"step": "log in"}', line("log in", "perhaps"), line("dance")]
    testimony = read_testimony("grvt", "ccxt", noise, "it ended with 1")
    assert {each.outcome for each in testimony.verdicts} == {"fail"}
    assert "Traceback" in testimony.verdicts[0].note


def test_signed_requests_keep_their_order() -> None:
    lines = [json.dumps({"signed": {"number": number}}) for number in range(3)]
    assert [each["number"] for each in read_testimony("a", "b", lines, "").signed] == [0, 1, 2]


def test_the_table_has_judges_down_and_steps_across() -> None:
    shown = table(
        [
            Verdict("backpack", "bpx-py", "list markets", "pass"),
            Verdict("grvt", "ccxt", "list markets", "fail", "404"),
            Verdict("grvt", "ccxt", "log in", "cannot", "wallets only"),
            Verdict("grvt", "ccxt", "cancel", "cannot", "not reached"),
        ]
    ).splitlines()
    assert shown[0].split()[:4] == ["list", "read", "log", "rest"]
    assert shown[1].split()[:4] == ["markets", "book", "in", "order"]
    assert [row.split()[:5] for row in shown[3:5]] == [
        ["backpack", "bpx-py", "pass", "-", "-"],
        ["grvt", "ccxt", "fail", "-", "cannot"],
    ]
    assert shown[-2:] == [
        "fail: ccxt on grvt, list markets: 404",
        "cannot: ccxt on grvt, log in: wallets only",
    ]


def test_limits_of_a_judge_are_told_though_it_passes() -> None:
    told = json.dumps({"step": "log in", "verdict": "pass", "note": "by hand", "limited": True})
    verdicts = read_testimony("grvt", "ccxt", [told], "").verdicts
    assert "limit: ccxt on grvt, log in: by hand" in table(verdicts[:1])
    assert not failed(verdicts[:1])


def test_what_a_judge_cannot_do_is_no_failure_but_silence_is() -> None:
    assert not failed([Verdict("grvt", "ccxt", "log in", "cannot")])
    assert failed([])
