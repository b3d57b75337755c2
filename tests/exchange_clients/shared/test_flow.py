"""A flow is driven with canned answers, all of which it must use."""

from __future__ import annotations

import pytest

from exchange_clients.shared.flow import Flow, drive


def all_pages() -> Flow[str, list[int], list[int]]:
    """Ask for pages until one is empty."""
    rows: list[int] = []
    page = 0
    while found := (yield f"page {page}"):
        rows += found
        page += 1
    return rows


def nothing() -> Flow[str, list[int], str]:
    """Return without asking."""
    yield from ()
    return "done"


def test_a_flow_is_sent_its_answers_in_turn_and_returns_its_result() -> None:
    requests, rows = drive(all_pages(), [[1, 2], [3], []])
    assert requests == ["page 0", "page 1", "page 2"]
    assert rows == [1, 2, 3]


def test_a_flow_may_end_without_asking() -> None:
    assert drive(nothing(), []) == ([], "done")


def test_a_flow_that_asks_for_more_than_was_prepared_is_an_error() -> None:
    with pytest.raises(AssertionError, match="asked for an answer to 'page 1'"):
        drive(all_pages(), [[1]])


def test_a_flow_that_leaves_answers_unused_is_an_error() -> None:
    with pytest.raises(AssertionError, match="without using 2 prepared answers"):
        drive(all_pages(), [[], [1], [2]])


def test_an_error_of_the_flow_comes_through() -> None:
    def broken() -> Flow[str, int, int]:
        answer = yield "ask"
        return 1 // answer

    with pytest.raises(ZeroDivisionError):
        drive(broken(), [0])
