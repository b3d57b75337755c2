"""A flow is driven with canned answers, all of which it must use."""

from __future__ import annotations

import pytest

from exchange_clients.shared.flow import Flow, Method, Request, Response, drive


def page(number: int) -> Request:
    return Request(Method.GET, "/rows", {"page": number})


def rows_of(*rows: int) -> Response:
    return Response(200, bytes(rows))


def all_pages() -> Flow[list[int]]:
    """Ask for pages until one is empty."""
    rows: list[int] = []
    number = 0
    while (answer := (yield page(number))).body:
        rows += answer.body
        number += 1
    return rows


def nothing() -> Flow[str]:
    """Return without asking."""
    yield from ()
    return "done"


def test_a_flow_is_sent_its_answers_in_turn_and_returns_its_result() -> None:
    requests, rows = drive(all_pages(), [rows_of(1, 2), rows_of(3), rows_of()])
    assert requests == [page(0), page(1), page(2)]
    assert rows == [1, 2, 3]


def test_a_flow_may_end_without_asking() -> None:
    assert drive(nothing(), []) == ([], "done")


def test_a_flow_that_asks_for_more_than_was_prepared_is_an_error() -> None:
    with pytest.raises(AssertionError, match="asked for an answer to Request"):
        drive(all_pages(), [rows_of(1)])


def test_a_flow_that_leaves_answers_unused_is_an_error() -> None:
    with pytest.raises(AssertionError, match="without using 2 prepared answers"):
        drive(all_pages(), [rows_of(), rows_of(1), rows_of(2)])


def test_an_error_of_the_flow_comes_through() -> None:
    def broken() -> Flow[int]:
        answer = yield page(0)
        return 1 // answer.status

    with pytest.raises(ZeroDivisionError):
        drive(broken(), [Response(0, b"")])


def test_a_request_is_public_repeatable_and_not_urgent_unless_it_says_so() -> None:
    request = Request(Method.GET, "/time")
    assert (request.private, request.repeatable, request.urgent) == (False, True, False)
    assert (request.params, request.headers) == ({}, {})


def test_a_response_shows_nobody_what_the_signer_said() -> None:
    response = Response(200, b"", reference="a new token")
    assert "a new token" not in repr(response)
    assert response.received_ns == 0
