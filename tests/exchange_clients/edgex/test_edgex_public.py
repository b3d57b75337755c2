"""edgeX's markets, prices, funding, spellings and errors."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from exchange_clients.base_funding_adapter import FundingRateSample, MarketStats
from exchange_clients.base_models import ContractId, Reason, Symbol
from exchange_clients.edgex.client.core import VENUE
from exchange_clients.edgex.client.managers.market_data import EdgexMarkets
from exchange_clients.edgex.client.utils.errors import read_error
from exchange_clients.edgex.common import FIELDS, get_edgex_symbol_format, normalize_symbol
from exchange_clients.edgex.funding_adapter.fetchers import EdgexFunding
from exchange_clients.errors import (
    AuthenticationFailed,
    ClientConfigError,
    ExchangeError,
    InsufficientMargin,
    InvalidOrder,
    MarketUnavailable,
    MissingCredentialsError,
    OrderNotFound,
    OutcomeUnknown,
    RateLimited,
    ReduceOnlyRejected,
    VenueRejected,
)
from exchange_clients.events import BookSnapshot, Unreadable
from exchange_clients.shared.credentials import read_credentials
from exchange_clients.shared.flow import Method, Request, Response, drive
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.venue import CandleWords, HistoryWords, RateHistoryWords, TimeWords
from tests.exchange_clients.edgex.edgex_samples import BTC, PEPE, answer, sample, table

CREATION = Request(Method.POST, "/api/v2/private/order/createOrder", repeatable=False)
READ = Request(Method.GET, "/api/v2/private/order/getActiveOrderPage")


# Markets ------------------------------------------------------------------------------------------


def test_the_list_holds_what_is_shown_and_paid_in_usdc() -> None:
    listed = {each.market.symbol: each for each in table()}
    assert {symbol: each.market.contract_id for symbol, each in listed.items()} == {
        "BTC": "30000001",
        "PEPE": "30000046",
        "HAJIMI": "30000077",
    }
    assert [listed[Symbol(each)].tradable for each in ("BTC", "PEPE", "HAJIMI")] == [
        True,
        True,
        False,
    ]
    assert [listed[Symbol(each)].funding_interval_hours for each in ("BTC", "PEPE")] == [4, 8]


@pytest.mark.parametrize("broken", [{"tickSize": None}, {"riskTierList": []}, {"resolution": 7}])
def test_a_contract_that_cannot_be_read_hides_no_other(broken: dict[str, object]) -> None:
    body = msgspec.json.decode(sample("http_get_meta_data"))
    body["data"]["contractList"][1] |= broken
    _, listings = drive(EdgexMarkets().list(), [Response(200, msgspec.json.encode(body))])
    assert {each.market.symbol for each in listings} == {"BTC", "HAJIMI"}


def test_of_two_contracts_of_one_coin_the_first_is_taken() -> None:
    body = msgspec.json.decode(sample("http_get_meta_data"))
    rows = body["data"]["contractList"]
    rows.append(rows[0] | {"contractId": "30000901"})
    _, listings = drive(EdgexMarkets().list(), [Response(200, msgspec.json.encode(body))])
    assert MarketTable(listings).of_symbol("BTC").market.contract_id == BTC
    assert len(listings) == 3


def test_a_market_tells_its_steps_fees_and_leverage() -> None:
    btc, pepe = (table().of_contract(each).market for each in (BTC, PEPE))
    assert [btc.tick, btc.step, btc.min_size, btc.min_notional] == [
        Decimal("0.1"),
        Decimal("0.001"),
        Decimal("0.001"),
        0,
    ]
    assert [btc.maker_fee, btc.taker_fee] == [Decimal("0.0004"), Decimal("0.00045")]
    assert [btc.max_leverage, btc.maintenance_margin] == [100, Decimal("0.005")]
    assert [pepe.multiplier, pepe.step, pepe.min_size] == [1000, 100, 15000]


def test_maintenance_closes_every_market() -> None:
    body = sample("http_get_meta_data").replace(
        b'"maintenanceReason": ""', b'"maintenanceReason": "upgrade"'
    )
    _, listings = drive(EdgexMarkets().list(), [Response(200, body)])
    assert not any(each.tradable for each in MarketTable(listings))


@pytest.mark.parametrize(("levels", "asked"), [(1, 15), (15, 15), (16, 200), (1000, 200)])
def test_a_book_is_asked_for_at_one_of_two_depths(levels: int, asked: int) -> None:
    (request,), book = drive(EdgexMarkets().depth(table(), BTC, levels), [answer("http_get_depth")])
    assert dict(request.params) == {"contractId": BTC, "level": asked}
    assert book == BookSnapshot(
        BTC,
        [(79031.2, 0.72), (79030.0, 2.0)],
        [(79031.4, 0.5)],
        1797029347,
        1790000000005000000,
        0,
    )


def test_an_unknown_contract_has_no_book() -> None:
    with pytest.raises(MarketUnavailable, match="no book"):
        drive(EdgexMarkets().depth(table(), BTC, 5), [Response(200, b'{"data":[]}')])


def test_the_venue_tells_its_time_and_no_past_trades() -> None:
    _, now_ns = drive(EdgexMarkets().server_time(), [answer("http_get_server_time")])
    assert now_ns == 1790000000005000000
    markets: object = VENUE.markets
    kinds = (TimeWords, CandleWords, HistoryWords)
    assert [isinstance(markets, kind) for kind in kinds] == [True, True, False]


def kline(start_ms: int, close: str) -> str:
    return (
        f'{{"klineTime":"{start_ms}","klineType":"MINUTE_1","open":"1","high":"3","low":"1",'
        f'"close":"{close}","size":"7.5","value":"15"}}'
    )


def test_candles_are_read_to_the_last_page_and_told_oldest_first() -> None:
    first, second, third = 1790000040000, 1790000100000, 1790000160000
    bodies = [
        f'{{"data":{{"dataList":[{kline(third, "3")},{kline(second, "2")}],'
        f'"nextPageOffsetData":"{second}"}}}}',
        f'{{"data":{{"dataList":[{kline(first, "1")}],"nextPageOffsetData":""}}}}',
    ]
    flow = EdgexMarkets().candles(table(), BTC, "1m", first * 10**6, third * 10**6)
    asked, candles = drive(flow, [Response(200, body.encode()) for body in bodies])
    assert [request.params["offsetData"] for request in asked] == [None, str(second)]
    assert asked[0].params["klineType"] == "MINUTE_1"
    assert [(each.start_ns // 10**6, each.close) for each in candles] == [
        (first, Decimal(1)),
        (second, Decimal(2)),
    ]
    assert candles[0].volume == Decimal("7.5")


def test_an_interval_that_the_venue_has_not_is_refused_with_those_it_has() -> None:
    with pytest.raises(ClientConfigError, match="1m, 5m, 15m"):
        drive(EdgexMarkets().candles(table(), BTC, "3m", 0, 1), [])


# Funding ------------------------------------------------------------------------------------------


def test_rates_are_the_ones_to_come_for_the_contracts_own_interval() -> None:
    (request,), rates = drive(
        EdgexFunding().rates(table(), [BTC, PEPE]), [answer("http_get_latest_funding_rate")]
    )
    btc, pepe = rates[Symbol("BTC")], rates[Symbol("PEPE")]
    assert isinstance(btc, FundingRateSample)
    assert isinstance(pepe, FundingRateSample)
    assert request.params["contractId"] == "30000001,30000046"
    assert [btc.raw_rate, btc.interval_hours] == [Decimal("-0.00012293"), 4]
    assert [pepe.raw_rate, pepe.interval_hours] == [Decimal("0.00005"), 8]
    assert str(btc.next_funding_time) == "2026-09-21 16:00:00+00:00"
    assert str(pepe.next_funding_time) == "2026-09-21 16:00:00+00:00"


def test_a_rate_that_cannot_be_read_stands_beside_the_others() -> None:
    body = msgspec.json.decode(sample("http_get_latest_funding_rate"))
    body["data"][0] |= {"fundingRate": 7, "forecastFundingRate": None}
    body["data"].append({**body["data"][1], "contractId": "31"})
    _, rates = drive(
        EdgexFunding().rates(table(), [BTC, PEPE]), [Response(200, msgspec.json.encode(body))]
    )
    assert isinstance(rates[Symbol("BTC")], Unreadable)
    assert list(rates) == ["BTC", "PEPE"]


def test_a_rate_without_its_own_interval_has_the_lists() -> None:
    body = sample("http_get_latest_funding_rate").replace(
        b'"fundingRateIntervalMin": "240"', b'"fundingRateIntervalMin": "0"'
    )
    _, rates = drive(EdgexFunding().rates(table(), [BTC]), [Response(200, body)])
    assert getattr(rates[Symbol("BTC")], "interval_hours", None) == 4


def test_statistics_are_in_usd_and_missing_where_the_ticker_is_empty() -> None:
    requests, stats = drive(
        EdgexFunding().stats(table(), [BTC, PEPE]),
        [answer("http_get_ticker"), Response(200, b'{"data":[]}')],
    )
    assert [each.params["contractId"] for each in requests] == [BTC, PEPE]
    interest = Decimal("3478.949") * Decimal("79031.4")
    assert stats == {
        "BTC": MarketStats(
            Symbol("BTC"), Decimal("268746273.7"), interest, mark_price=Decimal("79031.4")
        )
    }


def test_history_holds_settlements_alone_oldest_first() -> None:
    words = VENUE.funding
    assert isinstance(words, RateHistoryWords)
    (request,), rows = drive(
        words.history(table(), BTC, 0, 1789992000000000001), [answer("http_get_funding_rate_page")]
    )
    assert request.params["filterSettlementFundingRate"] is True
    assert [getattr(row, "raw_rate", None) for row in rows] == [
        Decimal("-0.00002"),
        Decimal("0.00007"),
    ]
    _, rows = drive(
        words.history(table(), BTC, 0, 1789992000000000000), [answer("http_get_funding_rate_page")]
    )
    assert len(rows) == 1


# Spellings ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("contract", "symbol"), [("BTCUSDC", "BTC"), ("1000PEPEUSDC", "PEPE"), ("1INCHUSDC", "1INCH")]
)
def test_names_and_symbols_lead_to_each_other(contract: str, symbol: str) -> None:
    assert normalize_symbol(contract) == symbol
    assert get_edgex_symbol_format(symbol) == contract
    assert get_edgex_symbol_format(contract) == contract


def test_credentials_are_known_by_the_names_that_users_have() -> None:
    variables = {
        "EDGEX_ACCOUNT_ID": "543x",
        "EDGEX_API_KEY": "k",
        "EDGEX_API_SECRET": "s",
        "EDGEX_SIGNER_PRIVATE_KEY": "0x12",
    }
    with pytest.raises(MissingCredentialsError) as raised:
        read_credentials("edgex", FIELDS, variables)
    assert [word in str(raised.value) for word in ("EDGEX_API_PASSPHRASE (not set)", "64 hex")] == [
        True,
        True,
    ]
    assert "EDGEX_ACCOUNT_ID (must be a number)" in str(raised.value)
    assert "543x" not in str(raised.value)


# Errors -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize(
    ("code", "kind", "reason"),
    [
        ("INVALID_API_KEY", AuthenticationFailed, None),
        ("INVALID_TIMESTAMP", AuthenticationFailed, None),
        ("INVALID_SIGNATURE", AuthenticationFailed, None),
        ("GATEWAY_HEADER_REQUIRED", AuthenticationFailed, None),
        ("NO_PERMISSION", AuthenticationFailed, None),
        ("GATEWAY_PARAM_INVALID", InvalidOrder, Reason.INVALID_ORDER),
        ("GATEWAY_PARAM_REQUIRED", InvalidOrder, Reason.INVALID_ORDER),
        ("L2_SIGNATURE_INVALID", InvalidOrder, Reason.INVALID_ORDER),
        ("INVALID_L2_NONCE", InvalidOrder, Reason.INVALID_ORDER),
        ("EXPIRE_TIME_TOO_SHORT", InvalidOrder, Reason.INVALID_ORDER),
        ("ORDER_LESS_THAN_MIN_SIZE", InvalidOrder, Reason.BELOW_MINIMUM),
        ("RATE_LIMIT_EXCEEDED", RateLimited, None),
        ("ACCOUNT_UPDATE_LEVERAGE_FAILED_ORDER", VenueRejected, Reason.OTHER),
        ("AVAILABLE_NOT_ENOUGH", InsufficientMargin, Reason.INSUFFICIENT_MARGIN),
        ("INSUFFICIENT_COLLATERAL", InsufficientMargin, Reason.INSUFFICIENT_MARGIN),
        ("REDUCE_ONLY_NOT_ALLOWED", ReduceOnlyRejected, Reason.REDUCE_ONLY_REJECTED),
        ("ORDER_NOT_FOUND", OrderNotFound, Reason.ORDER_NOT_FOUND),
        ("CONTRACT_NOT_TRADING", MarketUnavailable, Reason.MARKET_UNAVAILABLE),
        ("ACCOUNT_LIQUIDATING", VenueRejected, Reason.OTHER),
        ("GATEWAY_INTERNAL_ERROR", OutcomeUnknown, None),
        ("SOMETHING_NEW", OutcomeUnknown, None),
    ],
)
def test_errors_go_by_their_code_whatever_the_status(
    status: int, code: str, kind: type[ExchangeError], reason: Reason | None
) -> None:
    body = msgspec.json.encode({"code": code, "data": None, "msg": "the-key", "errorParam": {}})
    error = read_error(CREATION, Response(status, body))
    assert type(error) is kind
    assert getattr(error, "reason", None) is reason
    assert "the-key" not in str(error)


def test_a_new_code_refuses_a_question() -> None:
    error = read_error(READ, Response(200, b'{"code":"SOMETHING_NEW"}'))
    assert type(error) is VenueRejected


def test_a_success_is_no_error_and_one_with_another_status_is_none() -> None:
    body = b'{"code":"SUCCESS","data":{}}'
    assert read_error(CREATION, Response(200, body)) is None
    assert isinstance(read_error(CREATION, Response(503, body)), OutcomeUnknown)


@pytest.mark.parametrize(
    ("status", "body", "headers", "wait_s"),
    [
        (429, b'{"code":"RATE_LIMIT_EXCEEDED"}', {}, 5.0),
        (429, b'{"code":"SOMETHING_NEW"}', {}, 5.0),
        (429, b"<html>", {}, 5.0),
        (403, b"<html>", {}, 60.0),
        (429, b"", {"retry-after": "3"}, None),
    ],
)
def test_who_is_asked_to_slow_down_waits(
    status: int, body: bytes, headers: dict[str, str], wait_s: float | None
) -> None:
    error = read_error(CREATION, Response(status, body, headers))
    assert isinstance(error, RateLimited)
    assert error.retry_after_s == wait_s


@pytest.mark.parametrize("status", [200, 404, 502])
def test_a_page_instead_of_an_answer_proves_nothing(status: int) -> None:
    assert isinstance(read_error(CREATION, Response(status, b"<html>")), OutcomeUnknown)
    assert isinstance(read_error(READ, Response(status, b"")), OutcomeUnknown)


def test_an_envelope_without_a_code_cannot_be_read() -> None:
    with pytest.raises(msgspec.ValidationError):
        read_error(CREATION, Response(200, b'{"data":{"orderId":"1"}}'))


def test_a_contract_is_named_by_its_number() -> None:
    assert table().of_symbol("btc").market.contract_id == ContractId("30000001")
