"""What an answer proves, beyond what a venue's own words read in it."""

from __future__ import annotations

import pytest

from exchange_clients.errors import ExchangeError, RateLimited
from exchange_clients.shared.flow import Method, Request, Response
from exchange_clients.shared.transport.outcome import judge

READ = Request(Method.GET, "/read")


def judged(response: Response, told: ExchangeError | None) -> ExchangeError | None:
    """Judge an answer that a venue's words read as ``told``."""
    return judge(lambda request, response: told, READ, response)


@pytest.mark.parametrize(
    ("header", "wait_s"), [("7", 7.0), ("", None), ("soon", None), ("Wed, 21 Oct 2026", None)]
)
def test_the_pause_that_http_names_counts_where_the_words_name_none(
    header: str, wait_s: float | None
) -> None:
    error = judged(Response(429, b"", {"retry-after": header}), RateLimited("slow down"))
    assert isinstance(error, RateLimited)
    assert error.retry_after_s == wait_s


def test_the_pause_that_the_words_name_goes_before_that_of_http() -> None:
    told = RateLimited("slow down", retry_after_s=3.0)
    error = judged(Response(429, b"", {"retry-after": "7"}), told)
    assert isinstance(error, RateLimited)
    assert error.retry_after_s == 3.0
