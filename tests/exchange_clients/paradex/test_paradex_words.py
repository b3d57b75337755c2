"""Paradex's names, limits and errors."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from exchange_clients.base_models import Reason
from exchange_clients.errors import (
    AuthenticationFailed,
    ExchangeError,
    InvalidOrder,
    MarketUnavailable,
    OrderNotFound,
    OutcomeUnknown,
    RateLimited,
    VenueRejected,
)
from exchange_clients.paradex.client.utils.errors import read_error
from exchange_clients.paradex.common import (
    ENVIRONMENTS,
    FIELDS,
    LIMITS,
    get_paradex_symbol_format,
    normalize_symbol,
    symbol_of_base,
)
from exchange_clients.shared.flow import Method, Request, Response

READ = Request(Method.GET, "/v1/orders", private=True)
PLACE = Request(Method.POST, "/v1/orders", private=True, repeatable=False)


def refused(code: str, status: int = 400, request: Request = PLACE) -> ExchangeError | None:
    body = msgspec.json.encode({"error": code, "message": "no", "data": None})
    return read_error(request, Response(status, body))


@pytest.mark.parametrize(
    ("contract", "symbol"),
    [
        ("BTC-USD-PERP", "BTC"), ("kPEPE-USD-PERP", "PEPE"), ("KAITO-USD-PERP", "KAITO"),
        ("KAS-USD-PERP", "KAS"), ("kFLOKI-USD-PERP", "FLOKI"), ("1INCH-USD-PERP", "1INCH"),
        ("kNEW-USD-PERP", "kNEW"),
    ],
)  # fmt: skip
def test_contracts_and_symbols_lead_to_each_other(contract: str, symbol: str) -> None:
    assert normalize_symbol(contract) == symbol
    assert get_paradex_symbol_format(symbol) == contract


def test_a_small_k_counts_thousands_of_listed_tokens_alone() -> None:
    assert symbol_of_base("kPEPE") == ("PEPE", Decimal(1000))
    assert symbol_of_base("KPEPE") == ("KPEPE", Decimal(1))
    assert get_paradex_symbol_format("btc") == "BTC-USD-PERP"


def test_chains_and_hosts_differ_by_environment() -> None:
    prod, testnet = ENVIRONMENTS["prod"], ENVIRONMENTS["testnet"]
    assert prod.urls["ws_public"] == "wss://ws-public.api.prod.paradex.trade/v1"
    assert testnet.urls["rest"] == "https://api.testnet.paradex.trade"
    assert [each.constants["chain_id"] for each in (prod, testnet)] == [
        "PRIVATE_SN_PARACLEAR_MAINNET",
        "PRIVATE_SN_POTC_SEPOLIA",
    ]


def test_credentials_are_hexadecimal_and_the_key_is_secret() -> None:
    address, key = FIELDS
    assert (address.variable, address.secret) == ("PARADEX_L2_ADDRESS", False)
    assert (key.variable, key.secret) == ("PARADEX_L2_PRIVATE_KEY", True)
    assert key.complain is not None
    assert key.complain("0x5f3d") is None
    assert "hexadecimal" in (key.complain("0x5f3g") or "")
    assert key.complain("0x" + "1" * 65)


def test_a_batch_costs_what_one_order_costs() -> None:
    assert LIMITS.cost_of("order") == {"order_second": 1, "order_minute": 1}
    assert LIMITS.cost_of("anything else") == {"public": 1}


def test_headers_tell_of_a_bucket_by_its_size() -> None:
    assert LIMITS.used is not None
    told = {"x-ratelimit-limit": "600", "x-ratelimit-remaining": "580", "x-ratelimit-window": "60"}
    assert LIMITS.used(told) == {"auth": 20.0, "private_minute": 20.0, "connect_minute": 20.0}
    assert LIMITS.used({}) == {}


@pytest.mark.parametrize(
    ("code", "kind", "reason"),
    [
        ("VALIDATION_ERROR", InvalidOrder, Reason.INVALID_ORDER),
        ("INVALID_PRICE_PRECISION", InvalidOrder, Reason.INVALID_ORDER),
        ("MARKET_NOT_OPEN", MarketUnavailable, Reason.MARKET_UNAVAILABLE),
        ("SYSTEM_STATUS_CANCEL_ONLY", MarketUnavailable, Reason.MARKET_UNAVAILABLE),
        ("ORDER_ID_NOT_FOUND", OrderNotFound, Reason.ORDER_NOT_FOUND),
        ("ORDER_IS_CLOSED", VenueRejected, Reason.ALREADY_TERMINAL),
        ("ORDER_IS_NOT_OPEN_YET", VenueRejected, Reason.OTHER),
        ("DUPLICATED_CLIENT_ID", VenueRejected, Reason.DUPLICATE_CLIENT_ORDER_ID),
    ],
)
def test_a_code_says_what_was_refused(code: str, kind: type[VenueRejected], reason: Reason) -> None:
    error = refused(code)
    assert type(error) is kind
    assert isinstance(error, VenueRejected)
    assert (error.reason, error.code) == (reason, code)


@pytest.mark.parametrize("code", ["INVALID_ORDER_SIGNATURE", "INVALID_TIMESTAMP", "GEO_IP_BLOCK"])
def test_what_is_not_accepted_as_ours_is_told_so(code: str) -> None:
    assert type(refused(code)) is AuthenticationFailed


def test_an_expired_token_and_a_full_bucket_are_known_by_their_status() -> None:
    expired = b'{"message":"missing or malformed jwt: token is expired by 9.4s"}'
    assert type(read_error(PLACE, Response(401, expired))) is AuthenticationFailed
    assert type(read_error(PLACE, Response(429, b"<html>"))) is RateLimited


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_failure_of_the_venue_proves_nothing_whatever_its_code(status: int) -> None:
    assert type(refused("SERVICE_UNAVAILABLE", status)) is OutcomeUnknown
    assert type(refused("VALIDATION_ERROR", status)) is OutcomeUnknown


def test_a_code_that_is_not_listed_leaves_an_order_unknown_and_refuses_a_read() -> None:
    assert type(refused("SOMETHING_NEW")) is OutcomeUnknown
    assert type(refused("SOMETHING_NEW", request=READ)) is VenueRejected


@pytest.mark.parametrize("status", [200, 201, 204])
def test_every_kind_of_success_is_one(status: int) -> None:
    assert read_error(PLACE, Response(status, b"")) is None
