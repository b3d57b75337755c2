"""OKX as a record: hosts, names, limits, and what its refusals mean."""

from __future__ import annotations

import pytest

from exchange_clients import errors
from exchange_clients.base_models import Feature, Reason
from exchange_clients.okx import get_okx_symbol_format, normalize_symbol
from exchange_clients.okx.client.core import VENUE
from exchange_clients.okx.client.utils.errors import read_error
from exchange_clients.okx.common import ENVIRONMENTS, LIMITS
from exchange_clients.shared.flow import Method, Request, Response
from exchange_clients.shared.venue import BookSource
from tests.exchange_clients.okx.okx_samples import TABLE, said

READ = Request(Method.GET, "/api/v5/trade/order")
WRITE = Request(Method.POST, "/api/v5/trade/order", repeatable=False)


@pytest.mark.parametrize("name", sorted(ENVIRONMENTS))
def test_streams_are_on_the_usual_port_and_apart_by_path(name: str) -> None:
    urls = ENVIRONMENTS[name].urls
    assert urls["rest"].startswith("https://")
    assert all(":8443" not in url for url in urls.values())
    paths = {key: url.rpartition("/")[2] for key, url in urls.items() if key != "rest"}
    assert paths == {f"ws_{path}": path for path in ("public", "private", "business")}


def test_demo_trading_shares_the_host_of_requests_and_has_streams_of_its_own() -> None:
    assert ENVIRONMENTS["demo"].urls["rest"] == ENVIRONMENTS["prod"].urls["rest"]
    assert "wspap" in ENVIRONMENTS["demo"].urls["ws_private"]


def test_credentials_are_named_as_users_of_the_venue_name_them() -> None:
    assert [each.variable for each in VENUE.fields] == [
        "OKX_API_KEY",
        "OKX_API_SECRET",
        "OKX_API_PASSPHRASE",
    ]
    assert [each.secret for each in VENUE.fields] == [False, True, True]


@pytest.mark.parametrize(("name", "family"), [("eea", "OKX_EEA"), ("us-demo", "OKX_US")])
def test_a_regional_site_has_keys_and_hosts_of_its_own(name: str, family: str) -> None:
    environment = ENVIRONMENTS[name]
    names = [each.variable for each in environment.fields]
    assert names == [f"{family}_API_{part}" for part in ("KEY", "SECRET", "PASSPHRASE")]
    site = name.partition("-")[0]
    assert environment.urls["rest"] == f"https://{site}.okx.com"
    others = ENVIRONMENTS.values()
    assert [one for one in others if one.urls["ws_private"] == environment.urls["ws_private"]] == [
        environment
    ]


def test_names_of_orders_are_letters_and_digits_alone() -> None:
    assert VENUE.id_space.length == 32
    assert VENUE.id_space.alphabet is not None
    assert VENUE.id_space.alphabet.isalnum()


@pytest.mark.parametrize(
    ("contract", "symbol"),
    [("BTC-USDT-SWAP", "BTC"), ("BTC-USDC-SWAP", "BTC-USDC"), ("1INCH-USDT-SWAP", "1INCH")],
)
def test_a_symbol_leads_to_its_contract_and_back(contract: str, symbol: str) -> None:
    assert normalize_symbol(contract) == symbol
    assert normalize_symbol(contract.lower()) == symbol
    assert get_okx_symbol_format(symbol.lower()) == contract


def test_the_list_and_the_name_alone_tell_the_same_symbol() -> None:
    told = {each.market.contract_id: each.market.symbol for each in TABLE}
    assert told == {contract_id: normalize_symbol(contract_id) for contract_id in told}


def test_every_scope_that_is_asked_by_is_counted() -> None:
    buckets = {bucket.name for bucket in LIMITS.buckets}
    spent = {name for cost in LIMITS.costs.values() for name in cost}
    assert spent == buckets
    orders = next(bucket for bucket in LIMITS.buckets if bucket.name == "create")
    assert (orders.capacity, orders.scope.value) == (60, "instrument")


def test_a_book_may_begin_with_the_stream_or_with_a_request() -> None:
    assert VENUE.book_source is BookSource.REST
    assert {Feature.HEDGE_MODE, Feature.ATTACHED_EXITS, Feature.TRAILING_STOP} <= VENUE.features


# Errors -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("codes", "kind", "reason"),
    [
        ("50101 50105 50111 50113 50119", errors.AuthenticationFailed, None),
        ("50011 50013 50061 51113", errors.RateLimited, None),
        ("50001 50004 50026 51149", errors.OutcomeUnknown, None),
        ("50014 51000 51001 51006 51121 51280 51330 59110", errors.InvalidOrder, None),
        ("51020 54051", errors.VenueRejected, Reason.BELOW_MINIMUM),
        ("51008 51131 59103", errors.InsufficientMargin, None),
        ("51023 51112 51134 51169 51205", errors.ReduceOnlyRejected, None),
        ("51400 51503 51603", errors.OrderNotFound, None),
        ("51401 51402 51509 51510", errors.VenueRejected, Reason.ALREADY_TERMINAL),
        ("51016", errors.VenueRejected, Reason.DUPLICATE_CLIENT_ORDER_ID),
        ("51511", errors.PostOnlyWouldCross, None),
        ("51021 51028 51155 54072", errors.MarketUnavailable, None),
        ("51174 54031 54094 59000", errors.VenueRejected, Reason.OTHER),
    ],
)
def test_a_code_means_the_same_at_the_top_and_of_an_item(
    codes: str, kind: type[Exception], reason: Reason | None
) -> None:
    for code in codes.split():
        item = said({"ordId": "", "sCode": code, "sMsg": "no"}, code="1")
        for response in (item, said(code=code)):
            found = read_error(WRITE, response)
            assert type(found) is kind, code
            if reason is not None:
                assert isinstance(found, errors.VenueRejected)
                assert found.reason is reason


def test_an_items_refusal_counts_where_the_envelope_tells_success() -> None:
    refused = said({"algoId": "", "sCode": "51280", "sMsg": "trigger"})
    assert isinstance(read_error(WRITE, refused), errors.InvalidOrder)
    taken = said({"ordId": "1", "sCode": "0", "sMsg": ""})
    assert read_error(WRITE, taken) is None


def test_a_code_that_is_not_listed_leaves_a_write_unknown() -> None:
    unlisted = said({"sCode": "59999", "sMsg": "new"}, code="1")
    assert isinstance(read_error(WRITE, unlisted), errors.OutcomeUnknown)
    assert isinstance(read_error(READ, unlisted), errors.VenueRejected)


@pytest.mark.parametrize(
    ("status", "write", "read"),
    [
        (429, errors.RateLimited, errors.RateLimited),
        (401, errors.AuthenticationFailed, errors.AuthenticationFailed),
        (403, errors.AuthenticationFailed, errors.AuthenticationFailed),
        (404, errors.OutcomeUnknown, errors.VenueRejected),
        (502, errors.OutcomeUnknown, errors.OutcomeUnknown),
        (200, errors.OutcomeUnknown, errors.OutcomeUnknown),
    ],
)
def test_a_page_of_the_network_before_the_venue_is_judged_by_its_status(
    status: int, write: type[Exception], read: type[Exception]
) -> None:
    page = Response(status, b"<html>")
    assert type(read_error(WRITE, page)) is write
    assert type(read_error(READ, page)) is read


def test_success_needs_a_code_and_a_status_of_success() -> None:
    assert isinstance(read_error(WRITE, said(status=500)), errors.OutcomeUnknown)
    assert read_error(READ, said()) is None
