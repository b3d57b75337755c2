"""What Binance's refusals mean, and what they prove."""

from __future__ import annotations

import msgspec
import pytest

from exchange_clients import errors
from exchange_clients.base_models import Reason
from exchange_clients.binance.client.utils.errors import BINANCE_MEANINGS
from exchange_clients.binance.common import DIALECT
from exchange_clients.shared.flow import Method, Request, Response

READ = Request(Method.GET, "/fapi/v1/order", private=True)
PLACE = Request(Method.POST, "/fapi/v1/order", private=True, repeatable=False)


def told(code: object, request: Request = PLACE, status: int = 400) -> errors.ExchangeError | None:
    body = msgspec.json.encode({"code": code, "msg": "said for people"})
    return DIALECT.errors.read(request, Response(status, body))


@pytest.mark.parametrize(
    ("codes", "kind"),
    [
        ("-1003 -1015 -1008", errors.RateLimited),
        ("-1021 -1022 -2014 -2015 -5028", errors.AuthenticationFailed),
        ("-1006 -1007", errors.OutcomeUnknown),
        ("-1023 -1111 -1121 -2021 -4003 -4014 -4015 -4061 -2026 -4120", errors.InvalidOrder),
        ("-5037 -5038 -5039 -5040 -5047 -4164", errors.InvalidOrder),
        ("-2011 -2013", errors.OrderNotFound),
        ("-2018 -2019 -2024 -2027 -2028", errors.InsufficientMargin),
        ("-2022 -4118", errors.ReduceOnlyRejected),
        ("-4087 -4088 -4140 -4141 -5024", errors.MarketUnavailable),
        ("-5022", errors.PostOnlyWouldCross),
        ("-2010 -2020 -2023 -2025 -4109 -4116 -4117 -4131 -4192", errors.VenueRejected),
        ("-4400 -4401 -4402 -4403 -4531 -5021 -5025 -5026 -5027 -5041", errors.VenueRejected),
    ],
)
def test_a_code_means_one_thing(codes: str, kind: type[errors.ExchangeError]) -> None:
    assert {code: type(told(int(code))) for code in codes.split()} == dict.fromkeys(
        codes.split(), kind
    )


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (-4116, Reason.DUPLICATE_CLIENT_ORDER_ID),
        (-5021, Reason.NOT_FILLED_IN_FULL),
        (-5041, Reason.NO_LIQUIDITY),
        (-4164, Reason.BELOW_MINIMUM),
        (-2023, Reason.LIQUIDATED),
        (-2010, Reason.OTHER),
    ],
)
def test_a_refusal_says_why(code: int, reason: Reason) -> None:
    error = told(code)
    assert isinstance(error, errors.VenueRejected)
    assert (error.reason, error.code) == (reason, str(code))


def test_every_code_is_a_negative_number() -> None:
    assert all(int(code) < 0 for code in BINANCE_MEANINGS)


def test_a_code_that_is_not_listed_proves_nothing_of_an_order() -> None:
    assert type(told(-1000)) is errors.OutcomeUnknown
    assert type(told(-1000, READ)) is errors.VenueRejected


@pytest.mark.parametrize("code", [200, "200"])
def test_an_acknowledgement_is_no_refusal(code: object) -> None:
    assert told(code, status=200) is None


def test_what_was_turned_away_at_the_door_was_not_done() -> None:
    assert type(told(-1008, status=503)) is errors.RateLimited


@pytest.mark.parametrize(
    "body",
    [
        b"Unknown error, please check your request or try again later.",
        b"Service Unavailable.",
        b'{"code":-1000,"msg":"-1008"}',
        b'{"code":-2019,"msg":""}',
        b"",
        b"[]",
    ],
)
def test_any_other_unavailability_leaves_the_outcome_open(body: bytes) -> None:
    assert type(DIALECT.errors.read(PLACE, Response(503, body))) is errors.OutcomeUnknown


@pytest.mark.parametrize(
    ("status", "of_order"),
    [
        (408, errors.OutcomeUnknown), (500, errors.OutcomeUnknown), (502, errors.OutcomeUnknown),
        (403, errors.RateLimited), (418, errors.RateLimited), (429, errors.RateLimited),
        (401, errors.AuthenticationFailed),
    ],
)  # fmt: skip
def test_a_page_of_whoever_stands_before_the_venue_proves_what_its_status_does(
    status: int, of_order: type[errors.ExchangeError]
) -> None:
    assert type(DIALECT.errors.read(PLACE, Response(status, b"<html>"))) is of_order


@pytest.mark.parametrize("status", [418, 429])
def test_a_status_that_asks_to_slow_down_needs_no_code_that_is_known(status: int) -> None:
    assert type(told(-9999, READ, status)) is errors.RateLimited
    assert type(told(-1021, READ, status)) is errors.AuthenticationFailed, "a known code goes first"
