"""Paradex's markets, prices and funding."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from exchange_clients.base_funding_adapter import FundingRateSample, MarketStats, parse_instant
from exchange_clients.base_models import Market, Side, Symbol
from exchange_clients.errors import ClientConfigError, MalformedPayload
from exchange_clients.events import BookSnapshot, PublicTrade, Unreadable
from exchange_clients.paradex.client.managers.market_data import ParadexMarkets
from exchange_clients.paradex.funding_adapter.fetchers import ParadexFunding
from exchange_clients.shared.flow import Response, drive
from exchange_clients.shared.venue import Candle
from tests.exchange_clients.paradex.paradex_samples import BTC, ETH, MS, answer, parsed, table
from tests.support.samples import said

D = Decimal
MARKETS, FUNDING = ParadexMarkets(), ParadexFunding()
HOUR_NS = 3_600_000 * MS
END_NS = 1_795_219_200_000 * MS
"""When a period of eight hours ends; the index had grown by 9 USDC at a price of 90,000."""


def test_a_market_is_listed_with_its_own_fees_margins_and_period() -> None:
    listing = table().of_contract(BTC)
    assert listing.market == Market(
        symbol=Symbol("BTC"),
        contract_id=BTC,
        tick=D("0.1"),
        step=D("0.00001"),
        min_size=D("0.00001"),
        min_notional=D(10),
        max_leverage=D(50),
        maintenance_margin=D("0.01"),
        maker_fee=D("0.00002"),
        taker_fee=D("0.0004"),
    )
    assert (listing.tradable, listing.funding_interval_hours) == (True, D(8))
    assert listing.details["position_limit"] == D(500)


def test_options_are_not_listed_and_a_market_for_quotes_alone_is_not_tradable() -> None:
    assert [each.market.contract_id for each in table()] == [BTC, ETH, "kPEPE-USD-PERP"]
    assert not table().of_contract(ETH).tradable


def test_a_market_without_fees_has_those_of_the_schedule() -> None:
    market = table().of_symbol("PEPE").market
    assert (market.maker_fee, market.taker_fee) == (D("0.00003"), D("0.00045"))
    assert (market.multiplier, market.contract_id) == (D(1000), "kPEPE-USD-PERP")


def test_the_time_comes_as_text() -> None:
    (request,), now_ns = drive(MARKETS.server_time(), [said({"server_time": "1795200000123"})])
    assert (request.path, now_ns) == ("/v1/system/time", 1_795_200_000_123 * MS)


def test_a_book_stands_at_a_number_of_the_stream() -> None:
    (request,), book = drive(MARKETS.depth(table(), BTC, 50), [answer("http_get_orderbook")])
    assert (request.path, request.params) == ("/v1/orderbook/BTC-USD-PERP", {"depth": 50})
    assert book == BookSnapshot(
        BTC,
        [(90000.0, 1.5), (89999.9, 3.25)],
        [(90000.1, 0.7), (90000.4, 2.0)],
        14127815,
        1_795_200_000_123 * MS,
        0,
    )


def test_trades_are_told_oldest_first() -> None:
    (request,), trades = drive(MARKETS.trades(table(), BTC, 5000), [answer("http_get_trades")])
    assert request.params == {"market": BTC, "page_size": 1000}
    assert [(trade.aggressor, trade.size) for trade in trades] == [
        (Side.BUY, 0.5),
        (Side.SELL, 0.01),
    ]
    assert trades[0] == PublicTrade(
        BTC, 90000.1, 0.5, Side.BUY, 1_795_200_000_100 * MS, 0, "1795200000100700000011"
    )


def test_candles_are_asked_for_a_thousand_at_a_time() -> None:
    start_ns = 1_795_200_000_000 * MS
    flow = MARKETS.candles(table(), BTC, "1m", start_ns, start_ns + 1500 * 60_000 * MS)
    requests, candles = drive(flow, [answer("http_get_klines"), said({"results": []})])
    assert [(each.params["start_at"], each.params["end_at"]) for each in requests] == [
        (1_795_200_000_000, 1_795_260_000_000),
        (1_795_260_000_000, 1_795_290_000_000),
    ]
    assert requests[0].params["resolution"] == 1
    assert candles[0] == Candle(start_ns, D(90000), D("90010.5"), D("89990.1"), D(90005), D("12.5"))
    assert len(candles) == 2


def test_an_interval_that_the_venue_has_not_is_refused_with_those_it_has() -> None:
    with pytest.raises(ClientConfigError, match="1m, 3m, 5m, 15m, 30m, 1h"):
        next(MARKETS.candles(table(), BTC, "4h", 0, 1))


def test_a_rate_is_of_the_markets_own_period_and_settled_at_no_hour() -> None:
    (request,), rates = drive(FUNDING.rates(table(), [BTC]), [answer("http_get_markets_summary")])
    assert request.params == {"market": BTC}
    assert rates == {"BTC": FundingRateSample(Symbol("BTC"), D("-0.000125"), D(8), None)}


def test_several_markets_are_asked_for_at_once_and_options_hide_none() -> None:
    (request,), stats = drive(
        FUNDING.stats(table(), [BTC, ETH]), [answer("http_get_markets_summary")]
    )
    assert request.params == {"market": "ALL"}
    assert stats == {
        "BTC": MarketStats(
            Symbol("BTC"), D("52000000.25"), D("1200.5") * D("90000.5"), D("90000.5")
        )
    }


def test_a_summary_that_cannot_be_read_is_told_as_such() -> None:
    rows = parsed("http_get_markets_summary")
    rows["results"][0]["funding_rate"] = ""
    _, rates = drive(FUNDING.rates(table(), [BTC]), [said(rows)])
    assert isinstance(rates[Symbol("BTC")], Unreadable)


def history(samples: Any, since_ns: int = 0, until_ns: int = 2 * END_NS) -> Any:
    flow = FUNDING.history(table(), BTC, since_ns, until_ns)
    return drive(flow, [samples])[1]


def test_a_period_came_to_the_growth_of_the_index_over_the_price() -> None:
    flow = FUNDING.history(table(), BTC, END_NS, END_NS + 1)
    (request,), found = drive(flow, [answer("http_get_funding_data")])
    assert request.params["start_at"] == (END_NS - 16 * HOUR_NS) // MS
    assert request.params["end_at"] == (END_NS + 8 * HOUR_NS) // MS
    assert found == [
        FundingRateSample(Symbol("BTC"), D("0.0001"), D(8), parse_instant(END_NS)),
    ]


def test_a_period_whose_beginning_or_end_is_not_told_is_left_out() -> None:
    rows = parsed("http_get_funding_data")["results"]
    assert history(said({"results": rows[1:], "next": None})) == []
    assert history(said({"results": rows[:-1], "next": None})) == []


def test_a_period_without_rates_came_to_nothing() -> None:
    rows = parsed("http_get_funding_data")["results"]
    still = [
        {**row, "funding_rate": "0", "funding_premium": "0", "funding_index": "1"} for row in rows
    ]
    (found,) = history(said({"results": still}))
    assert found.raw_rate == 0


def test_a_sample_that_cannot_be_read_hides_no_accrual() -> None:
    rows = parsed("http_get_funding_data")["results"]
    with pytest.raises(MalformedPayload, match="cannot be read"):
        history(said({"results": [*rows, {**rows[0], "funding_index": None}]}))


def test_an_empty_span_asks_nothing() -> None:
    assert drive(FUNDING.history(table(), BTC, 1, 1), []) == ([], [])


def test_a_book_that_cannot_be_is_refused() -> None:
    book = parsed("http_get_orderbook")
    book["asks"][0][0] = "-1"
    with pytest.raises(ValueError, match="Expected"):
        drive(MARKETS.depth(table(), BTC, 5), [said(book)])


def test_the_answer_to_an_empty_list_of_markets_is_empty() -> None:
    assert drive(MARKETS.list(), [Response(200, b'{"results":[]}')])[1] == []
