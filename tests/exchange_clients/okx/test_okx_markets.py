"""OKX's markets, books, trades, candles and funding: contracts on the wire, base units here."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from exchange_clients.base_funding_adapter import FundingRateSample, MarketStats, parse_instant
from exchange_clients.base_models import NS, Market, Side, Symbol
from exchange_clients.errors import ClientConfigError, MalformedPayload
from exchange_clients.events import BookSnapshot, PublicTrade, Unreadable
from exchange_clients.okx.client.managers.market_data import OkxMarkets
from exchange_clients.okx.common import contract_unit
from exchange_clients.okx.funding_adapter.fetchers import OkxFunding
from exchange_clients.shared.flow import drive
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.venue import Candle
from tests.exchange_clients.okx.okx_samples import (
    BTC,
    BTC_USDC,
    MS,
    TABLE,
    D,
    answer,
    instruments,
    row_of,
    said,
)

MARKETS, FUNDING = OkxMarkets(), OkxFunding()
HOUR_MS = 3_600_000
AT_MS = 1_795_200_000_000


# Markets ------------------------------------------------------------------------------------------


def test_a_market_is_listed_in_base_units() -> None:
    listing = TABLE.of_contract(BTC)
    assert listing.market == Market(
        symbol=Symbol("BTC"),
        contract_id=BTC,
        tick=D("0.1"),
        step=D("0.0001"),
        min_size=D("0.0001"),
        max_leverage=D(100),
        maker_fee=D("0.0002"),
        taker_fee=D("0.0005"),
    )
    assert listing.details["contract_size"] == D("0.01")
    assert listing.tradable


def test_linear_swaps_alone_are_listed_and_those_in_usdc_keep_their_quote() -> None:
    told = {each.market.contract_id: (each.market.symbol, each.tradable) for each in TABLE}
    assert told == {
        "BTC-USDT-SWAP": ("BTC", True),
        "BTC-USDC-SWAP": ("BTC-USDC", True),
        "ETH-USDT-SWAP": ("ETH", False),
    }
    assert TABLE.of_contract(BTC_USDC).market.min_size == D("0.000001")


def test_a_multiplied_contract_is_as_large_as_value_times_multiplier() -> None:
    row = {**instruments()[0], "ctVal": "10000000", "ctMult": "10", "lotSz": "0.1", "minSz": "0.1"}
    _, (listing,) = drive(MARKETS.list(), [said(row)])
    assert (listing.market.step, listing.market.multiplier) == (D(10_000_000), D(1))


@pytest.mark.parametrize(
    ("size", "lot"), [("0.01", "0.01"), ("0.1", "0.1"), ("1000", "0.1"), ("0.001", "1")]
)
def test_a_size_in_contracts_is_the_very_number_of_base_units(size: str, lot: str) -> None:
    row = {**instruments()[0], "ctVal": size, "ctMult": "1", "lotSz": lot, "minSz": lot}
    _, listings = drive(MARKETS.list(), [said(row)])
    unit = contract_unit(MarketTable(listings), BTC)
    for lots in range(1, 20_000, 7):
        contracts = D(lot) * lots
        assert unit.base(float(contracts)) == float(contracts * D(size))


@pytest.mark.parametrize("field", ["ctVal", "tickSz", "lotSz", "minSz", "lever"])
def test_a_market_that_cannot_be_read_is_not_listed(field: str) -> None:
    good, *_ = instruments()
    broken = {**good, "instId": "XRP-USDT-SWAP", field: ""}
    _, listings = drive(MARKETS.list(), [said(broken, good)])
    assert [each.market.contract_id for each in listings] == [BTC]


def test_a_book_has_the_number_that_the_stream_goes_on_from() -> None:
    (request,), book = drive(MARKETS.depth(TABLE, BTC, 1000), [answer("http_get_books")])
    assert (request.path, request.params) == (
        "/api/v5/market/books",
        {"instId": BTC, "sz": 400},
    )
    assert book == BookSnapshot(
        BTC, [(90000.1, 1.25)], [(90000.2, 0.8)], 123456, 1_795_200_000_100 * MS, 0
    )


def test_trades_are_told_oldest_first() -> None:
    rows = [row_of("http_get_trades", tradeId=name) for name in ("10", "9")]
    (request,), trades = drive(MARKETS.trades(TABLE, BTC, 1000), [said(*rows)])
    assert request.params["limit"] == 500
    first = PublicTrade(BTC, 90000.1, 0.03, Side.BUY, 1_795_200_000_001 * MS, 0, "9")
    assert [each.trade_id for each in trades] == ["9", "10"]
    assert trades[0] == first


def test_candles_have_base_volume_and_come_by_pages_of_time() -> None:
    start_ns = AT_MS * MS
    end_ns = start_ns + 400 * 60 * NS
    late = ["1795218000000", *["91000"] * 4, "1", "0.01", "900", "1"]
    requests, candles = drive(
        MARKETS.candles(TABLE, BTC, "1m", start_ns, end_ns),
        [answer("http_get_candles"), said(late)],
    )
    assert [(each.params["before"], each.params["after"]) for each in requests] == [
        (AT_MS - 1, AT_MS + 300 * 60_000),
        (AT_MS + 300 * 60_000 - 1, AT_MS + 400 * 60_000),
    ]
    numbers = [D(text) for text in ("90000", "90100", "89900", "90050", "12")]
    assert candles[0] == Candle(start_ns, *numbers)
    assert [each.volume for each in candles] == [D(12), D("0.01")]


@pytest.mark.parametrize(
    ("interval", "word"), [("1h", "1H"), ("4h", "4H"), ("6h", "6Hutc"), ("1d", "1Dutc")]
)
def test_long_candles_begin_at_midnight_of_utc(interval: str, word: str) -> None:
    flow = MARKETS.candles(TABLE, BTC, interval, 0, 3600 * NS)
    (request,), _ = drive(flow, [said()])
    assert request.params["bar"] == word


def test_an_interval_that_the_venue_has_not_is_refused_by_name() -> None:
    with pytest.raises(ClientConfigError, match="'7m' is not known; use one of 1m, 3m"):
        next(MARKETS.candles(TABLE, BTC, "7m", 0, 1))


def test_the_venues_time_is_read() -> None:
    _, told = drive(MARKETS.server_time(), [answer("http_get_time")])
    assert told == AT_MS * MS


# Funding ------------------------------------------------------------------------------------------


def test_the_rate_is_that_of_the_settlement_to_come() -> None:
    (request,), rates = drive(FUNDING.rates(TABLE, [BTC]), [answer("http_get_funding_rate")])
    assert request.params == {"instId": BTC}
    due = parse_instant(1_795_219_200_000)
    assert rates == {"BTC": FundingRateSample(Symbol("BTC"), D("0.0001"), D(8), due)}


def test_rates_of_many_come_in_one_answer_each_with_its_own_interval() -> None:
    soon = row_of("http_get_funding_rate", instId=BTC_USDC, nextFundingTime="1795222800000")
    broken = row_of("http_get_funding_rate", instId="ETH-USDT-SWAP", fundingRate="")
    answers = [said(row_of("http_get_funding_rate"), soon, broken)]
    eth = TABLE.of_symbol("ETH").market.contract_id
    (request,), rates = drive(FUNDING.rates(TABLE, [BTC, BTC_USDC, eth]), answers)
    assert request.params == {"instId": "ANY"}
    usdc = rates[Symbol("BTC-USDC")]
    assert isinstance(usdc, FundingRateSample)
    assert usdc.interval_hours == 1
    assert isinstance(rates[Symbol("ETH")], Unreadable)
    assert len(rates) == 3


def test_an_empty_answer_is_not_taken_for_no_rates() -> None:
    with pytest.raises(MalformedPayload, match="lists nothing"):
        drive(FUNDING.rates(TABLE, [BTC]), [said()])


def test_volume_is_told_in_coins_and_open_interest_in_dollars() -> None:
    names = ("http_get_tickers", "http_get_open_interest", "http_get_mark_price")
    requests, stats = drive(FUNDING.stats(TABLE, [BTC]), [answer(name) for name in names])
    assert [each.params for each in requests] == [{"instType": "SWAP"}] * 3
    mark = D("90000.9")
    volume = D("13700.2") * mark
    assert stats == {"BTC": MarketStats(Symbol("BTC"), volume, D(2_520_000_000), mark)}


def test_statistics_that_cannot_be_read_are_told_as_such() -> None:
    broken = said(row_of("http_get_mark_price", markPx=""))
    answers = [answer("http_get_tickers"), answer("http_get_open_interest"), broken]
    _, stats = drive(FUNDING.stats(TABLE, [BTC]), answers)
    assert isinstance(stats[Symbol("BTC")], Unreadable)


def settled(at_ms: int, **changed: object) -> dict[str, object]:
    return row_of("http_get_funding_rate_history", fundingTime=str(at_ms), **changed)


def test_settled_rates_are_what_was_paid_with_the_time_since_the_one_before() -> None:
    times = [AT_MS - 12 * HOUR_MS, AT_MS - 4 * HOUR_MS, AT_MS]
    rows = [settled(at) for at in reversed(times)]
    rows[0]["realizedRate"] = ""
    flow = FUNDING.history(TABLE, BTC, times[1] * MS, (AT_MS + 1) * MS)
    (request,), samples = drive(flow, [said(*rows)])
    assert request.params == {"instId": BTC, "after": AT_MS + 1, "limit": 100}
    assert samples == [
        FundingRateSample(Symbol("BTC"), D("0.000098"), D(8), parse_instant(times[1])),
        FundingRateSample(Symbol("BTC"), D("0.0001"), D(4), parse_instant(times[2])),
    ]


def test_a_long_history_is_read_page_by_page() -> None:
    first = [settled(AT_MS - at * HOUR_MS) for at in range(100)]
    second = [settled(AT_MS - at * HOUR_MS) for at in range(100, 120)]
    flow = FUNDING.history(TABLE, BTC, 0, (AT_MS + 1) * MS)
    requests, samples = drive(flow, [said(*first), said(*second)])
    assert requests[1].params["after"] == str(AT_MS - 99 * HOUR_MS)
    assert len(samples) == 120
    assert all(isinstance(each, FundingRateSample) for each in samples)


def test_a_rate_that_stands_alone_has_no_interval() -> None:
    flow = FUNDING.history(TABLE, BTC, 0, (AT_MS + 1) * MS)
    _, samples = drive(flow, [said(settled(AT_MS))])
    assert [type(each) for each in samples] == [Unreadable]
    _, nothing = drive(FUNDING.history(TABLE, BTC, 0, AT_MS * MS), [said()])
    assert nothing == []


def test_a_settled_rate_that_cannot_be_read_stands_beside_the_others() -> None:
    rows = [settled(AT_MS), settled(AT_MS - HOUR_MS), settled(AT_MS - 2 * HOUR_MS, fundingRate="")]
    _, samples = drive(FUNDING.history(TABLE, BTC, 0, (AT_MS + 1) * MS), [said(*rows)])
    assert [isinstance(each, Unreadable) for each in samples] == [False, False, True]
    assert isinstance(samples[0], FundingRateSample)
    assert replace(samples[0], raw_rate=Decimal(0)).interval_hours == 1
