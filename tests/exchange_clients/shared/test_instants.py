"""Dates of headers are UTC, whatever they say and wherever we are."""

from __future__ import annotations

import pytest

from exchange_clients.shared.instants import parse_http_date

TEN_NS = 1795255200000000000


@pytest.mark.parametrize(
    "text",
    [
        "Sat, 21 Nov 2026 10:00:00 GMT",
        "Sat, 21-Nov-2026 10:00:00 GMT",
        "Sat, 21 Nov 2026 10:00:00 -0000",
        "Sat, 21 Nov 2026 12:00:00 +0200",
    ],
)
def test_a_date_is_read_in_every_form_that_headers_use(text: str) -> None:
    assert parse_http_date(text) == TEN_NS


def test_what_is_no_date_is_an_error() -> None:
    with pytest.raises(ValueError, match="tomorrow"):
        parse_http_date("tomorrow")
