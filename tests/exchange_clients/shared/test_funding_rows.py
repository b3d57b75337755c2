from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import pytest

from exchange_clients.base_funding_adapter import FundingRateSample, MarketStats, parse_instant
from exchange_clients.base_models import ContractId, Market, Symbol
from exchange_clients.errors import MalformedPayload
from exchange_clients.events import Unreadable
from exchange_clients.shared.funding_rows import (
    HOUR_NS,
    by_symbol,
    hours_between,
    interval_of,
    next_boundary,
    samples_within,
    stats_of,
)
from exchange_clients.shared.market_table import Listing, MarketTable

BTC, ETH, SOL = ContractId("BTC-PERP"), ContractId("ETH-PERP"), ContractId("SOL-PERP")
BROKEN = Unreadable((ETH,), "no such word")
DAY_NS = 20_000 * 24 * HOUR_NS


@dataclass
class Told:
    mark_price: str = "100"
    quote_volume: str = "7"
    open_interest: str = "3"


def listing(contract_id: ContractId, hours: Decimal | None = None) -> Listing:
    symbol = Symbol(contract_id.partition("-")[0])
    one = Decimal(1)
    market = Market(symbol=symbol, contract_id=contract_id, tick=one, step=one, min_size=one)
    return Listing(market, funding_interval_hours=hours)


def test_an_interval_is_told_by_the_list_and_never_guessed() -> None:
    assert interval_of(listing(BTC, Decimal(8))) == 8
    with pytest.raises(MalformedPayload, match="BTC-PERP is listed without funding interval"):
        interval_of(listing(BTC))


def test_rows_are_told_by_symbol_and_what_is_missing_is_left_out() -> None:
    table = MarketTable([listing(each) for each in (BTC, ETH, SOL)])
    rows: dict[ContractId, Told | Unreadable] = {BTC: Told(), ETH: BROKEN}
    found = by_symbol(table, [BTC, ETH, SOL], rows, lambda each, row: (each, row.mark_price))
    assert found == {"BTC": (table.of_contract(BTC), "100"), "ETH": BROKEN}


def test_what_is_open_is_valued_at_the_mark() -> None:
    symbol, told = Symbol("BTC"), Told()
    whole = MarketStats(symbol, Decimal(7), Decimal(300), Decimal(100))
    assert stats_of(symbol, told, told, told) == whole
    assert stats_of(symbol, None, told, told) == MarketStats(symbol, Decimal(7), None, None)
    assert stats_of(symbol, told, None, None) == MarketStats(symbol, None, None, Decimal(100))


@pytest.mark.parametrize("at", range(3))
def test_a_figure_that_cannot_be_read_is_told_instead_of_the_others(at: int) -> None:
    rows: list[Told | Unreadable] = [Told(), Told(), Told()]
    rows[at] = BROKEN
    assert stats_of(Symbol("ETH"), *rows) == BROKEN


def test_a_settlement_follows_an_instant_at_multiples_from_midnight() -> None:
    assert next_boundary(0, Decimal(8)) == 8 * HOUR_NS
    assert next_boundary(8 * HOUR_NS - 1, Decimal(8)) == 8 * HOUR_NS
    assert next_boundary(8 * HOUR_NS, Decimal("0.5")) == 8 * HOUR_NS + HOUR_NS // 2


def test_settled_rates_are_told_once_and_in_order_and_within_the_span() -> None:
    def settled(hour: int, rate: int) -> FundingRateSample:
        at = parse_instant(DAY_NS + hour * HOUR_NS)
        return FundingRateSample(Symbol("BTC"), Decimal(rate), Decimal(1), at)

    told: list[FundingRateSample | Unreadable]
    told = [settled(4, 1), BROKEN, settled(3, 1), settled(3, 2), settled(2, 1), settled(5, 1)]
    three, five = DAY_NS + 3 * HOUR_NS, DAY_NS + 5 * HOUR_NS
    assert samples_within(told, three, five) == [settled(3, 2), settled(4, 1), BROKEN]
    assert samples_within(told, three + 1, five + 1) == [settled(4, 1), settled(5, 1), BROKEN]


def test_a_settlement_is_for_the_time_since_the_one_before_it() -> None:
    hour = HOUR_NS // 10**6
    assert hours_between([9 * hour, hour, 5 * hour, 6 * hour]) == {
        hour: 4, 5 * hour: 4, 6 * hour: 1, 9 * hour: 3,
    }  # fmt: skip
    assert hours_between([hour]) == hours_between([]) == {}
