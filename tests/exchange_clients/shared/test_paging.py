"""Lists are read to their last page, and not for ever."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import pytest

from exchange_clients.errors import MalformedPayload
from exchange_clients.shared.flow import Method, Request, Response, drive
from exchange_clients.shared.paging import PAGES_MAX, every_page


@dataclass
class Told:
    rows: list[int]
    cursor: str | None = None


def asked(cursor: str | None) -> Request:
    return Request(Method.GET, "/list", {"cursor": cursor})


def page(rows: list[int], cursor: str | None) -> Response:
    return Response(200, msgspec.json.encode({"rows": rows, "cursor": cursor}))


def read(body: bytes) -> Told:
    return msgspec.json.decode(body, type=Told)


@pytest.mark.parametrize("last", ["", None])
def test_each_page_is_asked_for_by_what_the_one_before_told(last: str | None) -> None:
    answers = [page([1, 2], "b"), page([], "c"), page([3], last)]
    requests, rows = drive(every_page(asked, read), answers)
    assert rows == [1, 2, 3]
    assert [each.params["cursor"] for each in requests] == [None, "b", "c"]


def test_no_more_pages_are_asked_for_than_are_enough() -> None:
    answers = [page([1], "b"), page([2], "c")]
    _, rows = drive(every_page(asked, read, lambda rows: 2 in rows), answers)
    assert rows == [1, 2]


def test_a_list_without_an_end_is_refused() -> None:
    with pytest.raises(MalformedPayload, match="did not end after 1000 pages"):
        drive(every_page(asked, read), [page([1], "again")] * PAGES_MAX)
