"""Rates, volume and open interest on Lighter."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from exchange_clients.base_funding_adapter import FundingRateSample, MarketStats, parse_instant
from exchange_clients.base_models import (
    Symbol,
)
from exchange_clients.events import Unreadable
from exchange_clients.lighter.funding_adapter.fetchers import LighterFunding
from exchange_clients.shared.flow import Response, drive
from tests.exchange_clients.lighter.lighter_samples import (
    ETH,
    FIRST_HOUR_NS,
    HOUR_NS,
    NVDA,
    PEPE,
    answer,
    sample,
    table,
)

TABLE = table()


def test_rates_are_the_venues_own_and_eight_times_an_hours() -> None:
    _, rates = drive(
        LighterFunding().rates(TABLE, [ETH, PEPE, NVDA]), [answer("http_get_funding_rates")]
    )
    assert rates == {
        "ETH": FundingRateSample(Symbol("ETH"), Decimal("0.000012"), Decimal(1), None),
        "PEPE": FundingRateSample(Symbol("PEPE"), Decimal("-0.00003"), Decimal(1), None),
    }


def test_a_rate_that_cannot_be_read_stands_beside_the_others() -> None:
    body = sample("http_get_funding_rates").replace(b"9.6e-05", b'"much"')
    _, rates = drive(LighterFunding().rates(TABLE, [ETH, PEPE]), [Response(200, body)])
    assert isinstance(rates[Symbol("ETH")], Unreadable)
    assert isinstance(rates[Symbol("PEPE")], FundingRateSample)


def test_a_market_that_is_told_twice_has_no_rate() -> None:
    told = msgspec.json.decode(sample("http_get_funding_rates"))
    told["funding_rates"] *= 2
    body = msgspec.json.encode(told)
    _, rates = drive(LighterFunding().rates(TABLE, [ETH]), [Response(200, body)])
    assert rates == {"ETH": Unreadable((ETH,), "told more than once")}


def test_open_interest_is_one_side_at_the_mark_and_unknown_without_a_price() -> None:
    _, stats = drive(
        LighterFunding().stats(TABLE, [ETH, NVDA]), [answer("http_get_order_book_details")]
    )
    assert stats[Symbol("ETH")] == MarketStats(
        Symbol("ETH"),
        Decimal("471193598.84"),
        Decimal("27250.84") * Decimal("2064.47"),
        Decimal("2064.47"),
    )
    nvda = stats[Symbol("NVDA")]
    assert isinstance(nvda, MarketStats)
    assert [nvda.volume_24h, nvda.open_interest, nvda.mark_price] == [0, None, None]


def test_settled_rates_are_percent_with_the_sign_of_who_pays() -> None:
    flow = LighterFunding().history(TABLE, ETH, FIRST_HOUR_NS, FIRST_HOUR_NS + 2 * HOUR_NS)
    (request,), rates = drive(flow, [answer("http_get_fundings")])
    assert rates == [
        FundingRateSample(
            Symbol("ETH"), Decimal("0.000012"), Decimal(1), parse_instant(1795197600)
        ),
        FundingRateSample(
            Symbol("ETH"), Decimal("-0.000004"), Decimal(1), parse_instant(1795201200)
        ),
    ]
    assert request.params["end_timestamp"] == 1795197600_000 + 2 * 3_600_000 - 1


def test_a_window_of_settled_rates_holds_no_more_rows_than_the_venue_tells() -> None:
    empty = Response(200, b'{"code":200,"resolution":"1h","fundings":[]}')
    flow = LighterFunding().history(TABLE, ETH, 0, 150 * HOUR_NS)
    requests, rates = drive(flow, [empty] * 2)
    hour_ms = 3_600_000
    spans = [(each.params["start_timestamp"], each.params["end_timestamp"]) for each in requests]
    assert spans == [(0, 100 * hour_ms - 1), (100 * hour_ms, 150 * hour_ms - 1)]
    assert rates == []


def test_settled_rates_leave_out_what_was_not_asked_for() -> None:
    flow = LighterFunding().history(TABLE, ETH, FIRST_HOUR_NS + 1, FIRST_HOUR_NS + HOUR_NS)
    assert drive(flow, [answer("http_get_fundings")])[1] == []
