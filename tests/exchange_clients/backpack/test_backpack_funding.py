from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from exchange_clients.backpack.funding_adapter.fetchers import BackpackFunding
from exchange_clients.base_funding_adapter import FundingRateSample, MarketStats
from exchange_clients.base_models import NS, Symbol
from exchange_clients.errors import StaleData
from exchange_clients.events import Unreadable
from exchange_clients.shared.flow import drive
from tests.exchange_clients.backpack.backpack_samples import BTC, ETH, TABLE, answer, parsed
from tests.support.samples import answers

FUNDING = BackpackFunding()
BTC_SYMBOL, ETH_SYMBOL = Symbol("BTC"), Symbol("ETH")
MARKS = answer("http_get_mark_prices")
UNTIL_NS = 1795180140 * NS


def sample_at(rate: str, hours: int, *when: int) -> FundingRateSample:
    return FundingRateSample(
        BTC_SYMBOL,
        Decimal(rate),
        Decimal(hours),
        datetime(*when, tzinfo=UTC),  # type: ignore[arg-type, misc]  # year to hour
    )


def test_a_rate_is_told_with_its_listed_interval() -> None:
    requests, rates = drive(FUNDING.rates(TABLE, [BTC, ETH]), [MARKS])
    assert rates == {BTC_SYMBOL: sample_at("0.0000125", 1, 2026, 11, 20, 19)}
    assert requests[0].params == {}


@pytest.mark.parametrize("age", ["0", "5"])
def test_a_fresh_answer_of_the_cache_is_taken(age: str) -> None:
    response = replace(MARKS, headers={"age": age})
    assert drive(FUNDING.rates(TABLE, [BTC]), [response])[1]


def test_an_old_answer_of_the_cache_is_stale() -> None:
    with pytest.raises(StaleData, match="6 s"):
        drive(FUNDING.rates(TABLE, [BTC]), [replace(MARKS, headers={"age": "6"})])


def test_a_rate_that_cannot_be_read_does_not_hide_the_others() -> None:
    row = parsed("http_get_mark_prices")[0]
    rows = [{**row, "symbol": ETH}, {**row, "fundingRate": None}]
    _, rates = drive(FUNDING.rates(TABLE, [BTC, ETH]), answers(rows))
    assert isinstance(rates[ETH_SYMBOL], FundingRateSample)
    assert isinstance(rates[BTC_SYMBOL], Unreadable)


def test_open_interest_is_valued_at_the_mark() -> None:
    names = ("mark_prices", "tickers", "open_interest")
    _, stats = drive(
        FUNDING.stats(TABLE, [BTC, ETH]), [answer(f"http_get_{name}") for name in names]
    )
    assert stats == {
        BTC_SYMBOL: MarketStats(
            BTC_SYMBOL, Decimal(76545000), Decimal("1273.85214") * Decimal("90001.5"),
            Decimal("90001.5"),
        ),
        ETH_SYMBOL: MarketStats(ETH_SYMBOL, None, None, None),
    }  # fmt: skip


def test_activity_that_cannot_be_read_is_not_told_in_part() -> None:
    ticker = {**parsed("http_get_tickers")[0], "quoteVolume": None}
    responses = [MARKS, *answers([ticker]), answer("http_get_open_interest")]
    _, stats = drive(FUNDING.stats(TABLE, [BTC]), responses)
    assert isinstance(stats[BTC_SYMBOL], Unreadable)


def test_what_was_settled_before_the_change_was_for_eight_hours() -> None:
    flow = FUNDING.history(TABLE, BTC, 0, UNTIL_NS)
    requests, rates = drive(flow, [answer("http_get_funding_rates")])
    assert list(rates) == [
        sample_at("0.0001", 8, 2025, 8, 20, 8),
        sample_at("-0.0000273", 1, 2026, 11, 20, 3),
        sample_at("0.0000125", 1, 2026, 11, 20, 4),
    ]
    assert requests[0].params == {"symbol": BTC, "limit": 1000, "offset": 0}


def test_the_running_interval_is_not_history() -> None:
    rows = parsed("http_get_funding_rates")
    rows.insert(0, {**rows[0], "intervalEndTimestamp": "2026-11-20T14:00:00"})
    _, rates = drive(FUNDING.history(TABLE, BTC, 0, UNTIL_NS), answers(rows))
    assert len(rates) == 3


def test_history_is_read_page_by_page_back_to_its_beginning() -> None:
    row = parsed("http_get_funding_rates")[0]
    rows = [
        {**row, "intervalEndTimestamp": datetime.fromtimestamp(1795176000 - n * 3600, UTC)
         .replace(tzinfo=None).isoformat()}
        for n in range(1500)
    ]  # fmt: skip
    pages = answers(rows[:1000], rows[1000:])
    requests, rates = drive(FUNDING.history(TABLE, BTC, 0, UNTIL_NS), pages)
    assert [each.params["offset"] for each in requests] == [0, 1000]
    assert len(rates) == 1500


def test_history_that_cannot_be_read_stands_beside_the_rest() -> None:
    rows = parsed("http_get_funding_rates")
    rows[1]["fundingRate"] = 1
    _, rates = drive(FUNDING.history(TABLE, BTC, 0, UNTIL_NS), answers(rows))
    assert [type(each) for each in rates] == [FundingRateSample, FundingRateSample, Unreadable]
