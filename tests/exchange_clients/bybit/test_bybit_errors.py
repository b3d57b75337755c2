"""What Bybit's refusals mean, and what they prove."""

from __future__ import annotations

import msgspec
import pytest

from exchange_clients import errors
from exchange_clients.base_models import Reason
from exchange_clients.bybit.client.utils.errors import TABLE, read_error
from exchange_clients.bybit.common import ask, tell
from exchange_clients.shared.flow import Request, Response

READ = ask("order/realtime", "orders")
PLACE = tell("order/create", "create", {}, repeatable=False)


def told(code: int, request: Request = PLACE) -> errors.ExchangeError | None:
    """Return what a code means in an envelope, which always comes with status 200."""
    body = {"retCode": code, "retMsg": "said for people", "result": {}, "time": 1}
    return read_error(request, Response(200, msgspec.json.encode(body)))


@pytest.mark.parametrize(
    ("codes", "kind"),
    [
        ("10002 10003 10004 10005 10007 10009 10010 10024 10027 10028 33004 110123 110125 110132",
         errors.AuthenticationFailed),
        ("429 10006 10403 10429 20003", errors.RateLimited),
        ("-1 10000 10016 10019", errors.OutcomeUnknown),
        ("10001 110003 110013 110022 110032 110057 110058 110059 110060 110061 110086 110090 "
         "110092 110093 110120 110121 30208 30209", errors.InvalidOrder),
        ("110004 110006 110007 110011 110012 110014 110039 110040 110044 110045 110131",
         errors.InsufficientMargin),
        ("110017 110023 110034", errors.ReduceOnlyRejected),
        ("110001", errors.OrderNotFound),
        ("10029 110063 110066 110074 110103 30228", errors.MarketUnavailable),
    ],
)  # fmt: skip
def test_a_code_means_one_thing(codes: str, kind: type[errors.ExchangeError]) -> None:
    assert [type(told(int(code))) for code in codes.split()] == [kind] * len(codes.split())


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (110094, Reason.BELOW_MINIMUM),
        (110008, Reason.ALREADY_TERMINAL),
        (110010, Reason.ALREADY_TERMINAL),
        (110064, Reason.ALREADY_TERMINAL),
        (110072, Reason.DUPLICATE_CLIENT_ORDER_ID),
        (10014, Reason.DUPLICATE_CLIENT_ORDER_ID),
        (110118, Reason.NO_LIQUIDITY),
        (110009, Reason.OTHER),
        (110079, Reason.OTHER),
        (10017, Reason.OTHER),
        (10032, Reason.OTHER),
        (10404, Reason.OTHER),
    ],
)
def test_a_refusal_says_why(code: int, reason: Reason) -> None:
    error = told(code)
    assert isinstance(error, errors.VenueRejected)
    assert (error.reason, error.code) == (reason, str(code))


@pytest.mark.parametrize("text", ["OK", "success", "SUCCESS", ""])
def test_a_success_is_known_by_its_code_alone(text: str) -> None:
    body = msgspec.json.encode({"retCode": 0, "retMsg": text, "result": {}})
    assert read_error(PLACE, Response(200, body)) is None


@pytest.mark.parametrize("code", [110043, 110025, 110026, 34040])
def test_what_is_so_already_is_done(code: int) -> None:
    assert told(code) is None


def test_a_code_that_is_not_listed_proves_nothing_of_an_order() -> None:
    assert type(told(999_999)) is errors.OutcomeUnknown
    assert type(told(999_999, READ)) is errors.VenueRejected


def test_every_code_is_a_number() -> None:
    assert all(int(code) for code in TABLE.meanings)


@pytest.mark.parametrize(
    ("status", "of_read", "of_order"),
    [
        (400, errors.VenueRejected, errors.OutcomeUnknown),
        (401, errors.AuthenticationFailed, errors.AuthenticationFailed),
        (403, errors.RateLimited, errors.RateLimited),
        (404, errors.VenueRejected, errors.OutcomeUnknown),
        (429, errors.RateLimited, errors.RateLimited),
        (502, errors.OutcomeUnknown, errors.OutcomeUnknown),
        (200, errors.OutcomeUnknown, errors.OutcomeUnknown),
    ],
)
def test_a_page_of_whoever_stands_before_the_venue_proves_what_its_status_does(
    status: int, of_read: type[errors.ExchangeError], of_order: type[errors.ExchangeError]
) -> None:
    answered = Response(status, b"<html>CloudFront</html>")
    assert type(read_error(READ, answered)) is of_read
    assert type(read_error(PLACE, answered)) is of_order


def test_an_address_that_is_shut_out_waits_ten_minutes() -> None:
    waits = [read_error(READ, Response(status, b"access too frequent")) for status in (403, 429)]
    assert [getattr(each, "retry_after_s", 0) for each in waits] == [600, None]


@pytest.mark.parametrize("body", [b"{}", b'{"retCode":"0"}', b'{"retCode":null}', b"{"])
def test_an_envelope_without_a_code_is_not_a_success(body: bytes) -> None:
    with pytest.raises(msgspec.MsgspecError):
        read_error(PLACE, Response(200, body))
