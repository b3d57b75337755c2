from __future__ import annotations

import msgspec
import pytest

from exchange_clients import errors
from exchange_clients.backpack.client.utils.errors import MEANINGS, read_error
from exchange_clients.shared.flow import Method, Request, Response

PLACE = Request(Method.POST, "/api/v1/order", body={}, private=True, repeatable=False)
CANCEL = Request(Method.DELETE, "/api/v1/order", body={}, private=True)
DEPTH = Request(Method.GET, "/api/v1/depth")


def told(code: str, message: str = "") -> bytes:
    return msgspec.json.encode({"code": code, "message": message})


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        ("INVALID_ORDER", "Order would immediately match and take", errors.PostOnlyWouldCross),
        ("INVALID_ORDER", "Reduce only order not reduced", errors.ReduceOnlyRejected),
        ("INVALID_ORDER", "Invalid order", errors.InvalidOrder),
        ("INVALID_CLIENT_REQUEST", "Invalid signature", errors.AuthenticationFailed),
        ("INVALID_CLIENT_REQUEST", "Request has expired", errors.AuthenticationFailed),
        ("INVALID_CLIENT_REQUEST", "Price decimal too long", errors.InvalidOrder),
        ("INSUFFICIENT_MARGIN", "", errors.InsufficientMargin),
        ("TRADING_PAUSED", "", errors.MarketUnavailable),
        ("RESOURCE_NOT_FOUND", "Not Found", errors.OrderNotFound),
        ("TOO_MANY_REQUESTS", "", errors.RateLimited),
        ("TIMEOUT", "", errors.OutcomeUnknown),
        ("NEVER_SEEN", "", errors.OutcomeUnknown),
    ],
)
def test_a_placement_is_refused_by_code(
    code: str, message: str, kind: type[errors.ExchangeError]
) -> None:
    assert type(read_error(PLACE, Response(400, told(code, message)))) is kind


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("code", [*MEANINGS, "NEVER_SEEN"])
def test_a_failure_of_the_server_leaves_a_placement_unknown(status: int, code: str) -> None:
    assert type(read_error(PLACE, Response(status, told(code)))) is errors.OutcomeUnknown


@pytest.mark.parametrize("body", [b"", b"<html>", b"Service Unavailable", b"{", b"[]"])
@pytest.mark.parametrize("status", [409, 500, 503])
def test_an_answer_without_a_code_leaves_a_placement_unknown(status: int, body: bytes) -> None:
    assert type(read_error(PLACE, Response(status, body))) is errors.OutcomeUnknown


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, b"failed to parse parameter `limit`", errors.VenueRejected),
        (400, b"parse request payload error: unknown variant", errors.VenueRejected),
        (404, b"not found", errors.VenueRejected),
        (401, b"", errors.AuthenticationFailed),
        (403, b"<html>", errors.AuthenticationFailed),
        (429, b"slow down", errors.RateLimited),
    ],
)
def test_plain_text_is_read_where_there_is_no_code(
    status: int, body: bytes, kind: type[errors.ExchangeError]
) -> None:
    assert type(read_error(PLACE, Response(status, body))) is kind


def test_an_error_may_come_with_a_status_of_success() -> None:
    error = read_error(PLACE, Response(200, told("INSUFFICIENT_FUNDS", "no")))
    assert type(error) is errors.InsufficientMargin


@pytest.mark.parametrize("body", [b"", b"[]", b"1795200000123", b'{"id":"7"}', b"pong"])
def test_a_success_is_no_error(body: bytes) -> None:
    assert read_error(DEPTH, Response(200, body)) is None


def test_what_is_not_found_is_an_order_or_a_closed_market() -> None:
    body = told("RESOURCE_NOT_FOUND", "Not Found")
    assert type(read_error(CANCEL, Response(404, body))) is errors.OrderNotFound
    assert type(read_error(DEPTH, Response(404, body))) is errors.MarketUnavailable


def test_an_unknown_refusal_of_a_read_is_a_refusal() -> None:
    error = read_error(DEPTH, Response(400, told("NEVER_SEEN", "why")))
    assert isinstance(error, errors.VenueRejected)
    assert error.code == "NEVER_SEEN"
