"""What Aster's refusals mean, and what they prove."""

from __future__ import annotations

import msgspec
import pytest

from exchange_clients import errors
from exchange_clients.aster.common import V3
from exchange_clients.base_models import Reason
from exchange_clients.shared.dialects.fapi.errors import MEANINGS
from exchange_clients.shared.flow import Method, Request, Response

READ = Request(Method.GET, "/fapi/v3/order", private=True)
PLACE = Request(Method.POST, "/fapi/v3/order", private=True, repeatable=False)


def told(code: object, request: Request = PLACE, status: int = 400) -> errors.ExchangeError | None:
    body = msgspec.json.encode({"code": code, "msg": "said for people"})
    return V3.errors.read(request, Response(status, body))


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (-1003, errors.RateLimited), (-1015, errors.RateLimited),
        (-1021, errors.AuthenticationFailed), (-4225, errors.AuthenticationFailed),
        (-1022, errors.AuthenticationFailed), (-2015, errors.AuthenticationFailed),
        (-1006, errors.OutcomeUnknown), (-1007, errors.OutcomeUnknown),
        (-1111, errors.InvalidOrder), (-4014, errors.InvalidOrder), (-2021, errors.InvalidOrder),
        (-2011, errors.OrderNotFound), (-2013, errors.OrderNotFound),
        (-2019, errors.InsufficientMargin), (-2027, errors.InsufficientMargin),
        (-2022, errors.ReduceOnlyRejected), (-4118, errors.ReduceOnlyRejected),
        (-4140, errors.MarketUnavailable), (-5022, errors.PostOnlyWouldCross),
    ],
)  # fmt: skip
def test_a_code_means_one_thing_as_number_and_as_text(
    code: int, kind: type[errors.ExchangeError]
) -> None:
    assert type(told(code)) is kind
    assert type(told(str(code))) is kind


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (-4164, Reason.BELOW_MINIMUM), (-2020, Reason.NOT_FILLED_IN_FULL),
        (-4131, Reason.NO_LIQUIDITY), (-2023, Reason.LIQUIDATED), (-2010, Reason.OTHER),
    ],
)  # fmt: skip
def test_a_refusal_says_why(code: int, reason: Reason) -> None:
    error = told(code)
    assert isinstance(error, errors.VenueRejected)
    assert (error.reason, error.code) == (reason, str(code))


def test_every_code_is_a_negative_number() -> None:
    assert all(int(code) < 0 for code in MEANINGS)


def test_a_code_that_is_not_listed_proves_nothing_of_an_order() -> None:
    assert type(told(-1000)) is errors.OutcomeUnknown
    assert type(told(-1000, READ)) is errors.VenueRejected


def test_a_refusal_inside_a_success_is_a_refusal() -> None:
    assert type(told(-2019, status=200)) is errors.InsufficientMargin


@pytest.mark.parametrize("code", [200, "200"])
def test_an_acknowledgement_is_no_refusal(code: object) -> None:
    assert told(code, status=200) is None


@pytest.mark.parametrize("body", [b"[]", b'{"orderId":1}', b""])
def test_a_success_is_no_error(body: bytes) -> None:
    assert V3.errors.read(PLACE, Response(200, body)) is None


@pytest.mark.parametrize("body", [b'{"code":-1003,"msg":""}', b"<html>", b""])
@pytest.mark.parametrize("request_", [READ, PLACE])
def test_a_request_that_was_passed_on_without_a_reply_may_have_acted(
    body: bytes, request_: Request
) -> None:
    assert type(V3.errors.read(request_, Response(503, body))) is errors.OutcomeUnknown


@pytest.mark.parametrize(
    ("status", "of_read", "of_order"),
    [
        (400, errors.VenueRejected, errors.OutcomeUnknown),
        (401, errors.AuthenticationFailed, errors.AuthenticationFailed),
        (403, errors.RateLimited, errors.RateLimited),
        (418, errors.RateLimited, errors.RateLimited),
        (429, errors.RateLimited, errors.RateLimited),
        (500, errors.VenueRejected, errors.OutcomeUnknown),
    ],
)
def test_a_page_of_whoever_stands_before_the_venue_proves_what_its_status_does(
    status: int, of_read: type[errors.ExchangeError], of_order: type[errors.ExchangeError]
) -> None:
    page = Response(status, b"<html>nginx</html>")
    assert type(V3.errors.read(READ, page)) is of_read
    assert type(V3.errors.read(PLACE, page)) is of_order


@pytest.mark.parametrize(("status", "least_s"), [(403, 120), (418, 120), (429, None)])
def test_a_ban_is_waited_out(status: int, least_s: float | None) -> None:
    error = V3.errors.read(READ, Response(status, b""))
    assert isinstance(error, errors.RateLimited)
    assert error.retry_after_s == least_s
