"""Markets, prices and funding, as Bybit words them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from exchange_clients.base_funding_adapter import FundingRateSample, MarketStats
from exchange_clients.base_models import ContractId, Market, Side, Symbol
from exchange_clients.bybit.client.managers.market_data import BybitMarkets
from exchange_clients.bybit.funding_adapter.fetchers import BybitFunding
from exchange_clients.errors import ClientConfigError
from exchange_clients.events import BookSnapshot, PublicTrade, Unreadable
from exchange_clients.shared.flow import drive
from exchange_clients.shared.stream import STREAM_NUMBERED
from exchange_clients.shared.venue import Candle
from tests.exchange_clients.bybit.bybit_samples import (
    BTC,
    MS,
    NOW_MS,
    PEPE,
    TABLE,
    answer,
    page,
    row_of,
)

MARKETS, FUNDING = BybitMarkets(), BybitFunding()
HOUR_MS = 3_600_000


def test_perpetuals_alone_are_listed_with_the_rules_of_their_filters() -> None:
    assert TABLE.of_contract(BTC).market == Market(
        symbol=Symbol("BTC"),
        contract_id=BTC,
        tick=Decimal("0.10"),
        step=Decimal("0.001"),
        min_size=Decimal("0.001"),
        min_notional=Decimal(5),
        max_leverage=Decimal("75.00"),
        maker_fee=Decimal("0.0002"),
        taker_fee=Decimal("0.00055"),
    )
    listed = {each.market.contract_id: each.market.symbol for each in TABLE}
    assert listed == {
        "BTCUSDT": "BTC", "1000PEPEUSDT": "PEPE", "SHIB1000USDT": "SHIB", "BTCPERP": "BTCPERP",
        "NEWUSDT": "NEW",
    }  # fmt: skip


def test_what_does_not_trade_yet_is_listed_and_not_tradable() -> None:
    tradable = {each.market.symbol: each.tradable for each in TABLE}
    assert (tradable[Symbol("NEW")], tradable[Symbol("BTC")]) == (False, True)


@pytest.mark.parametrize("contract", ["1000PEPEUSDT", "SHIB1000USDT"])
def test_a_thousand_tokens_are_one_unit_wherever_the_number_stands(contract: str) -> None:
    assert TABLE.of_contract(ContractId(contract)).market.multiplier == 1000


def test_the_interval_of_funding_is_told_in_minutes() -> None:
    hours = [TABLE.of_contract(each).funding_interval_hours for each in (BTC, PEPE)]
    assert hours == [8, 4]


def test_markets_are_read_to_the_last_page_and_a_cursor_goes_back_as_it_came() -> None:
    pages = [
        page(row_of("http_get_instruments_info"), cursor="first%3DBTCUSDT%26"),
        page(row_of("http_get_instruments_info", 1)),
    ]
    (first, second), listed = drive(MARKETS.list(), pages)
    assert dict(first.params) == {"category": "linear", "limit": 1000}
    assert (second.path, second.params) == (
        "/v5/market/instruments-info?category=linear&limit=1000&cursor=first%3DBTCUSDT%26", {},
    )  # fmt: skip
    assert len(listed) == 2


def test_a_page_without_rows_is_the_last_whatever_its_cursor() -> None:
    assert drive(MARKETS.list(), [page(cursor="more")])[1] == []


@pytest.mark.parametrize(
    ("part", "field"),
    [
        ("priceFilter", "tickSize"), ("lotSizeFilter", "qtyStep"), ("lotSizeFilter", "minOrderQty"),
        ("leverageFilter", "maxLeverage"),
    ],
)  # fmt: skip
def test_a_market_whose_rule_cannot_be_read_is_not_listed_and_hides_no_other(
    part: str, field: str
) -> None:
    for value in (None, "NaN", "-1", "1e-3", 5, "0", ""):
        row = row_of("http_get_instruments_info")
        row[part] = {**row[part], field: value}
        _, listed = drive(MARKETS.list(), [page(row, row_of("http_get_instruments_info", 1))])
        assert [each.market.contract_id for each in listed] == [PEPE], value


def test_a_book_has_no_number_that_our_stream_continues() -> None:
    (request,), book = drive(MARKETS.depth(TABLE, BTC, 5000), [answer("http_get_orderbook")])
    assert (request.path, request.params["limit"]) == ("/v5/market/orderbook", 1000)
    at_ns = (NOW_MS + 90) * MS
    assert book == BookSnapshot(BTC, [(90000.1, 1.25)], [(90000.2, 0.8)], STREAM_NUMBERED, at_ns, 0)


def test_trades_are_told_oldest_first_by_the_side_of_the_taker() -> None:
    (request,), trades = drive(MARKETS.trades(TABLE, BTC, 5000), [answer("http_get_recent_trade")])
    assert request.params["limit"] == 1000
    assert trades == [
        PublicTrade(BTC, 90000.1, 0.01, Side.BUY, (NOW_MS + 1) * MS, 0, "5b1c1"),
        PublicTrade(BTC, 90000.2, 0.02, Side.SELL, (NOW_MS + 2) * MS, 0, "5b1c2"),
    ]


def test_candles_are_told_oldest_first_and_end_before_the_end() -> None:
    since_ns = NOW_MS * MS
    (request,), candles = drive(
        MARKETS.candles(TABLE, BTC, "1m", since_ns, since_ns + 60_000 * MS),
        [answer("http_get_kline")],
    )
    assert (request.params["interval"], request.params["start"]) == ("1", NOW_MS)
    assert request.params["end"] == NOW_MS + 59_999
    numbers = (Decimal(each) for each in ("90000", "90010", "89990", "90005", "12.5"))
    assert candles == [Candle(since_ns, *numbers)]


def test_candles_are_asked_for_a_thousand_at_a_time() -> None:
    since_ns = NOW_MS * MS
    requests, _ = drive(
        MARKETS.candles(TABLE, BTC, "1d", since_ns, since_ns + 1001 * 24 * HOUR_MS * MS),
        [page(), page()],
    )
    assert [request.params["interval"] for request in requests] == ["D", "D"]
    assert requests[1].params["start"] == NOW_MS + 1000 * 24 * HOUR_MS


def test_an_interval_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(ClientConfigError, match="'7m' is not known; use one of 1m, 3m"):
        drive(MARKETS.candles(TABLE, BTC, "7m", 0, 1), [])


def test_the_venue_tells_its_time_to_the_nanosecond() -> None:
    assert drive(MARKETS.server_time(), [answer("http_get_time")])[1] == 1_795_200_000_123_456_789


# Funding ------------------------------------------------------------------------------------------


def test_rates_are_fractions_for_the_interval_of_each_market() -> None:
    (request,), rates = drive(FUNDING.rates(TABLE, [BTC, PEPE]), [answer("http_get_tickers")])
    assert request.params.get("symbol") is None
    assert rates == {
        "BTC": FundingRateSample(
            Symbol("BTC"), Decimal("0.0001"), Decimal(8),
            datetime.fromtimestamp(1_795_219_200, UTC),
        ),
        "PEPE": FundingRateSample(
            Symbol("PEPE"), Decimal("-0.0002"), Decimal(4),
            datetime.fromtimestamp(1_795_204_800, UTC),
        ),
    }  # fmt: skip


def test_one_market_is_asked_for_alone_and_the_interval_of_the_list_stands_in() -> None:
    ticker = row_of("http_get_tickers", fundingIntervalHour="")
    (request,), rates = drive(FUNDING.rates(TABLE, [BTC]), [page(ticker)])
    assert request.params["symbol"] == BTC
    sample = rates[Symbol("BTC")]
    assert isinstance(sample, FundingRateSample)
    assert sample.interval_hours == 8


@pytest.mark.parametrize(
    ("field", "value"),
    [("fundingRate", ""), ("fundingRate", None), ("nextFundingTime", ""), ("markPrice", "NaN")],
)
def test_a_rate_that_cannot_be_read_hides_no_other(field: str, value: object) -> None:
    tickers = page(row_of("http_get_tickers", **{field: value}), row_of("http_get_tickers", 1))
    _, rates = drive(FUNDING.rates(TABLE, [BTC, PEPE]), [tickers])
    assert isinstance(rates[Symbol("BTC")], Unreadable)
    assert isinstance(rates[Symbol("PEPE")], FundingRateSample)


def test_open_interest_is_one_sided_at_the_mark() -> None:
    _, stats = drive(FUNDING.stats(TABLE, [BTC, PEPE]), [answer("http_get_tickers")])
    mark = Decimal("90000.9")
    assert stats == {
        "BTC": MarketStats(
            Symbol("BTC"), Decimal("1234567890.1"), Decimal("25000.05") * mark, mark,
            two_sided_source=False,
        ),
        "PEPE": MarketStats(
            Symbol("PEPE"), Decimal("1000.5"), Decimal(1_000_000) * Decimal("0.01"),
            Decimal("0.01"), two_sided_source=True,
        ),
    }  # fmt: skip


def test_settled_rates_are_told_oldest_first_within_the_time() -> None:
    first_ms = 1_795_161_600_000
    (request,), rates = drive(
        FUNDING.history(TABLE, BTC, first_ms * MS, (first_ms + 8 * HOUR_MS) * MS),
        [answer("http_get_funding_history")],
    )
    assert (request.params["startTime"], request.params["endTime"]) == (
        first_ms, first_ms + 8 * HOUR_MS - 1,
    )  # fmt: skip
    assert rates == [
        FundingRateSample(
            Symbol("BTC"), Decimal("-0.0002"), Decimal(8),
            datetime.fromtimestamp(first_ms / 1000, UTC),
        )
    ]  # fmt: skip


def test_rates_of_a_long_time_are_asked_for_two_hundred_at_a_time() -> None:
    until_ns = 201 * 8 * HOUR_MS * MS
    broken = replace(page({"symbol": "BTCUSDT", "fundingRate": ""}))
    requests, rates = drive(FUNDING.history(TABLE, BTC, 0, until_ns), [page(), broken])
    assert requests[1].params["startTime"] == 200 * 8 * HOUR_MS
    assert [type(each) for each in rates] == [Unreadable]
