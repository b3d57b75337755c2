from __future__ import annotations

import pytest

from exchange_clients.base_models import Reason
from exchange_clients.errors import (
    AuthenticationFailed,
    OutcomeUnknown,
    PostOnlyWouldCross,
    RateLimited,
    VenueRejected,
)
from exchange_clients.shared.error_table import ErrorTable, by_code, by_status
from exchange_clients.shared.flow import Method, Request

TABLE = ErrorTable(
    {
        "4107": PostOnlyWouldCross,
        "4200": (VenueRejected, Reason.SELF_TRADE),
        "429": RateLimited,
        "401": AuthenticationFailed,
    }
)
READ = Request(Method.GET, "/orders")
WRITE = Request(Method.POST, "/orders", repeatable=False)


def test_a_code_means_a_class_and_where_it_is_said_another_reason() -> None:
    crossed = TABLE.error("4107", "no", WRITE)
    assert isinstance(crossed, PostOnlyWouldCross)
    assert (crossed.reason, crossed.code) == (Reason.POST_ONLY_WOULD_CROSS, "4107")
    refused = TABLE.error("4200", "no", WRITE)
    assert isinstance(refused, VenueRejected)
    assert (refused.reason, str(refused)) == (Reason.SELF_TRADE, "4200: no")


def test_a_limit_carries_how_long_to_wait() -> None:
    limited = TABLE.error("429", "slow", WRITE, retry_after_s=2.5)
    assert isinstance(limited, RateLimited)
    assert limited.retry_after_s == 2.5
    assert isinstance(TABLE.error("401", "who", READ), AuthenticationFailed)


@pytest.mark.parametrize(("request_", "kind"), [(READ, VenueRejected), (WRITE, OutcomeUnknown)])
def test_a_code_that_is_not_listed_proves_nothing_of_a_write(
    request_: Request, kind: type[Exception]
) -> None:
    assert type(TABLE.error("9", "?", request_)) is kind


def test_meanings_are_listed_with_all_their_codes() -> None:
    listed = by_code((RateLimited, "11 13"), ((VenueRejected, Reason.SELF_TRADE), "4200"))
    assert listed == {
        "11": RateLimited,
        "13": RateLimited,
        "4200": (VenueRejected, Reason.SELF_TRADE),
    }


@pytest.mark.parametrize(
    ("request_", "status", "kind"),
    [
        (READ, 401, AuthenticationFailed),
        (READ, 404, VenueRejected),
        (READ, 302, OutcomeUnknown),
        (READ, 502, OutcomeUnknown),
        (WRITE, 401, AuthenticationFailed),
        (WRITE, 404, OutcomeUnknown),
        (WRITE, 502, OutcomeUnknown),
    ],
)
def test_a_status_alone_proves_little_of_a_write(
    request_: Request, status: int, kind: type[Exception]
) -> None:
    assert type(by_status(request_, status, {})) is kind


def test_a_status_that_asks_for_silence_says_for_how_long() -> None:
    limited = by_status(WRITE, 403, {403: 600.0, 429: None}, unauthorized=(401, 403))
    assert isinstance(limited, RateLimited)
    assert limited.retry_after_s == 600.0
