"""Markets, books, candles and funding of Binance."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exchange_clients.base_funding_adapter import FundingRateSample, MarketStats, parse_instant
from exchange_clients.base_models import ContractId, Side, Symbol
from exchange_clients.binance.common import DIALECT
from exchange_clients.events import BookSnapshot, PublicTrade
from exchange_clients.shared.dialects.fapi.funding import FapiFunding
from exchange_clients.shared.dialects.fapi.market_data import FapiMarkets
from exchange_clients.shared.flow import Flow, Request, drive
from exchange_clients.shared.venue import Candle
from tests.exchange_clients.binance.binance_samples import BTC, MS, NOW_MS, TABLE, answer, parsed
from tests.support.samples import answers

MARKETS = FapiMarkets(DIALECT)
FUNDING = FapiFunding(DIALECT)
LPT = ContractId("LPTUSDT")


def first_request(flow: Flow[object]) -> Request:
    return next(flow)


def test_perpetuals_are_listed_by_plain_symbol_with_their_multiplier() -> None:
    listed = {
        str(each.market.contract_id): (str(each.market.symbol), int(each.market.multiplier))
        for each in TABLE
    }
    assert listed == {
        "BTCUSDT": ("BTC", 1),
        "ETHUSDT": ("ETH", 1),
        "1000PEPEUSDT": ("PEPE", 1000),
        "1MBABYDOGEUSDT": ("BABYDOGE", 1_000_000),
        "1INCHUSDT": ("1INCH", 1),
        "ETHUSDC": ("ETHUSDC", 1),
        "币安人生USDT": ("币安人生", 1),
        "LPTUSDT": ("LPT", 1),
        "OLDUSDT": ("OLD", 1),
    }


def test_increments_come_of_the_filters_and_not_of_the_precisions() -> None:
    listing = TABLE.of_contract(BTC)
    market = listing.market
    assert (market.tick, market.step) == (Decimal("0.10"), Decimal("0.001"))
    assert (market.min_size, market.min_notional) == (Decimal("0.001"), Decimal(50))
    assert (market.maker_fee, market.taker_fee) == (Decimal("0.0002"), Decimal("0.0005"))
    assert listing.tradable
    assert not TABLE.of_contract(ContractId("OLDUSDT")).tradable


def test_a_market_that_is_not_adjusted_settles_every_eight_hours() -> None:
    assert TABLE.of_contract(BTC).funding_interval_hours == 8
    assert TABLE.of_contract(LPT).funding_interval_hours == 4


@pytest.mark.parametrize(("levels", "limit"), [(1, 5), (5, 5), (50, 50), (101, 500), (5000, 1000)])
def test_a_book_is_asked_for_by_the_next_depth_that_there_is(levels: int, limit: int) -> None:
    (request,), book = drive(MARKETS.depth(TABLE, BTC, levels), [answer("http_get_depth")])
    assert (request.params["limit"], request.scope) == (limit, f"depth{limit}")
    assert book == BookSnapshot(
        BTC, [(90000.1, 1.25)], [(90000.2, 0.8)], 1027024, (NOW_MS + 120) * MS, 0
    )


def test_trades_and_candles_are_read() -> None:
    _, trades = drive(MARKETS.trades(TABLE, BTC, 5), [answer("http_get_trades")])
    at_ns = (NOW_MS + 1) * MS
    assert trades == [PublicTrade(BTC, 90000.1, 0.01, Side.SELL, at_ns, 0, "28457")]
    flow = MARKETS.candles(TABLE, BTC, "1m", NOW_MS * MS, (NOW_MS + 60_000) * MS)
    _, candles = drive(flow, [answer("http_get_klines")])
    numbers = ("90000.0", "90010.0", "89990.0", "90005.0", "12.5")
    assert candles == [Candle(NOW_MS * MS, *map(Decimal, numbers))]


def test_the_running_rate_is_told_per_its_interval() -> None:
    flow = FUNDING.rates(TABLE, [BTC])
    told = [answer("http_get_premium_index"), answer("http_get_funding_info")]
    _, rates = drive(flow, told)
    due = parse_instant(NOW_MS + 19_200_000)
    assert rates == {
        "BTC": FundingRateSample(Symbol("BTC"), Decimal("0.00010000"), Decimal(8), due)
    }


def test_open_interest_is_told_in_dollars_at_the_mark() -> None:
    told = [
        answer("http_get_premium_index"), answer("http_get_ticker"),
        answer("http_get_open_interest"),
    ]  # fmt: skip
    requests, stats = drive(FUNDING.stats(TABLE, [BTC]), told)
    assert requests[2].path == "/fapi/v1/openInterest"
    size = Decimal("10659.509") * Decimal("90001.1")
    assert stats == {
        "BTC": MarketStats(Symbol("BTC"), Decimal("90045000.0"), size, Decimal("90001.1"))
    }


def test_settled_rates_are_spaced_by_what_they_were_for() -> None:
    (row,) = parsed("http_get_funding_rate")
    at_ms = 1_795_190_400_000
    rows = [{**row, "fundingTime": at_ms + hours * 3_600_000 + 3} for hours in (-8, -4, -3)]
    since_ns, until_ns = (at_ms - 5 * 3_600_000) * MS, at_ms * MS
    flow = FUNDING.history(TABLE, BTC, since_ns, until_ns)
    _, history = drive(flow, [answer("http_get_funding_info"), *answers(rows)])
    assert [getattr(each, "interval_hours", None) for each in history] == [4, 1]


def test_names_of_other_alphabets_are_asked_for_as_they_are() -> None:
    contract = ContractId("币安人生USDT")
    assert first_request(MARKETS.depth(TABLE, contract, 5)).params["symbol"] == contract
