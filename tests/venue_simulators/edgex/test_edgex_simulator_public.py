"""What anyone may ask."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from exchange_clients.base_models import ContractId, Market, Symbol
from tests.support.quiet_markets import passes
from tests.venue_simulators.edgex.edgex_stage import (
    BTC,
    SOL,
    Words,
    public,
    quick,
    read,
    refusal,
    stage,
)
from venue_simulators.edgex.listing import contract_of, tiers
from venue_simulators.edgex.simulator import EdgexSimulator, build
from venue_simulators.options import SimulatorOptions

HOUR_MS = 3_600_000
BOUNDARY_MS = 1_795_190_400_000
"""The settlement before the stage opens, which is 2 h 40 min after it."""


def rates(venue: EdgexSimulator, **parameters: str) -> Words:
    found = read(public(venue, "funding/getFundingRatePage", contractId=SOL, **parameters))
    assert isinstance(found, dict)
    return found


def klines(venue: EdgexSimulator, kind: str = "MINUTE_1", **parameters: str) -> Words:
    asked = {"contractId": SOL, "klineType": kind, "priceType": "LAST_PRICE", **parameters}
    found = read(public(venue, "quote/getKline", **asked))
    assert isinstance(found, dict)
    return found


def test_the_time_is_the_worlds() -> None:
    assert read(public(stage(), "meta/getServerTime")) == {"timeMillis": "1795200000100"}


def test_the_metadata_lists_contracts_with_their_rules() -> None:
    meta = read(public(build(SimulatorOptions()), "meta/getMetaData"))
    btc = next(row for row in meta["contractList"] if row["contractName"] == "BTCUSDC")
    expected = {
        "contractId": "30000001",
        "baseCoinId": "1001",
        "quoteCoinId": "1000",
        "tickSize": "0.1",
        "stepSize": "0.001",
        "minOrderSize": "0.001",
        "maxOrderSize": "100",
        "maxOrderBuyPriceRatio": "0.2",
        "minOrderSellPriceRatio": "0.2",
        "defaultTakerFeeRate": "0.00045",
        "defaultMakerFeeRate": "0.0004",
        "enableTrade": True,
        "enableDisplay": True,
        "enableOpenPosition": True,
        "fundingRateIntervalMin": "240",
        "displayMaxLeverage": "100",
        "resolution": "10000000000",
    }
    assert {name: btc[name] for name in expected} == expected
    assert btc["riskTierList"][0] == {
        "tier": 1,
        "positionValueUpperBound": "200000",
        "maxLeverage": "100",
        "maintenanceMarginRate": "0.005",
    }


def test_coins_name_what_contracts_are_about_and_resolutions_may_be_hexadecimal() -> None:
    options = SimulatorOptions(symbols=("PEPE", "BTC"))
    meta = read(public(build(options), "meta/getMetaData"))
    coins = {row["coinId"]: row for row in meta["coinList"]}
    assert (coins["1000"]["coinName"], coins["1000"]["resolution"]) == ("USDC", "0xf4240")
    pepe = next(row for row in meta["contractList"] if row["contractId"] == "30000046")
    assert (pepe["contractName"], coins[pepe["baseCoinId"]]["coinName"]) == (
        "1000PEPEUSDC",
        "1000PEPE",
    )
    assert (pepe["tickSize"], pepe["stepSize"], pepe["minOrderSize"]) == (
        "0.0000001",
        "100",
        "15000",
    )


def test_hidden_contracts_are_listed_and_one_has_a_name_beyond_ascii() -> None:
    meta = read(public(stage(), "meta/getMetaData"))
    hidden = {
        row["contractName"]: (row["enableTrade"], row["enableDisplay"])
        for row in meta["contractList"]
        if row["contractId"] not in (BTC, SOL)
    }
    assert hidden == {
        "LUNAUSDC": (False, False),
        "\u54c8\u57fa\u7c73USDC": (False, False),
    }


def test_what_orders_are_signed_for_stands_in_the_metadata() -> None:
    assert read(public(stage(), "meta/getMetaData"))["global"] == {
        "appEnv": "mainnet",
        "nativeChainId": "33431",
        "contractAddress": "0x1ae109ea449cfe0bed08bfe8911e968a49a919b1",
        "maintenanceReason": "",
    }
    documented = stage(terms=quick(documents_spelling=True))
    assert read(public(documented, "meta/getMetaData"))["global"]["chainId"] == "33431"


def test_a_ticker_is_asked_for_by_one_id() -> None:
    (row,) = read(public(stage(), "quote/getTicker", contractId=SOL))
    assert (row["contractName"], row["markPrice"], row["oraclePrice"]) == ("SOLUSDC", "150", "150")
    assert row["indexPrice"] == "149.98"
    assert (row["fundingTime"], row["nextFundingTime"]) == (
        str(BOUNDARY_MS),
        str(BOUNDARY_MS + 4 * HOUR_MS),
    )
    assert "bestBidPrice" not in row
    assert all(isinstance(value, str) for value in row.values())


@pytest.mark.parametrize(
    "asked", [{}, {"contractId": "10000001"}, {"contractId": f"{SOL},{BTC}"}, {"contractId": "x"}]
)
def test_any_other_ticker_is_an_empty_list(asked: dict[str, str]) -> None:
    assert read(public(stage(), "quote/getTicker", **asked)) == []


def test_tickers_may_be_empty_for_every_id() -> None:
    venue = stage(terms=quick(tickers_empty=True))
    assert read(public(venue, "quote/getTicker", contractId=SOL)) == []


def test_a_book_has_fifteen_or_two_hundred_levels() -> None:
    venue = stage()
    (book,) = read(public(venue, "quote/getDepth", contractId=SOL, level="200"))
    assert (book["level"], book["depthType"]) == (200, "SNAPSHOT")
    assert book["asks"][0] == {"price": "150.01", "size": "40.0"}
    assert book["bids"][0] == {"price": "149.99", "size": "40.0"}
    assert int(book["startVersion"]) < int(book["endVersion"])
    assert read(public(venue, "quote/getDepth", contractId="7", level="15")) == []
    refused = public(venue, "quote/getDepth", contractId=SOL, level="50")
    assert refusal(refused) == (400, "GATEWAY_PARAM_INVALID")


# Candles ------------------------------------------------------------------------------------------


def test_candles_come_newest_first_and_page_without_a_gap() -> None:
    venue = stage()
    times, offset = [], ""
    for _ in range(3):
        page = klines(venue, size="5", offsetData=offset)
        times += [int(row["klineTime"]) for row in page["dataList"]]
        offset = page["nextPageOffsetData"]
    assert times == [1_795_200_000_000 - 60_000 * n for n in range(15)]


def test_candles_keep_to_the_time_that_is_asked_for() -> None:
    span = {
        "filterBeginKlineTimeInclusive": "1795190400000",
        "filterEndKlineTimeExclusive": "1795197600000",
    }
    page = klines(stage(), "HOUR_1", **span)
    assert [row["klineTime"] for row in page["dataList"]] == ["1795194000000", "1795190400000"]
    assert page["nextPageOffsetData"] == ""


def test_candles_of_other_prices_have_no_volume() -> None:
    venue = stage()
    last = klines(venue, size="1")["dataList"][0]
    ask = klines(venue, size="1", priceType="ASK1_PRICE")["dataList"][0]
    assert Decimal(ask["open"]) - Decimal(last["open"]) == Decimal("0.01")
    assert (ask["size"], ask["value"], ask["trades"]) == ("0", "0", "0")
    held = klines(venue, size="1", priceType="OPEN_INTEREST")["dataList"][0]
    (ticker,) = read(public(venue, "quote/getTicker", contractId=SOL))
    assert held["close"] == ticker["openInterest"]


def test_candles_of_several_contracts_come_at_once() -> None:
    asked = {"contractIdList": f"{BTC},{SOL},7", "klineType": "DAY_1", "size": "2"}
    found = read(public(stage(), "quote/getMultiContractKline", **asked))
    assert [(row["contractId"], len(row["klineList"])) for row in found] == [(BTC, 2), (SOL, 2)]


def test_unknown_candles_are_refused_or_empty() -> None:
    venue = stage()
    asked = {"contractId": "7", "klineType": "MINUTE_1"}
    assert read(public(venue, "quote/getKline", **asked))["dataList"] == []
    refused = public(venue, "quote/getKline", contractId=SOL, klineType="MINUTE_3")
    assert refusal(refused) == (400, "GATEWAY_PARAM_INVALID")


# Funding ------------------------------------------------------------------------------------------


def test_the_running_rate_is_asked_for_by_several_ids() -> None:
    asked = f"{BTC},{SOL},7"
    rows = read(public(stage(), "funding/getLatestFundingRate", contractId=asked))
    assert [row["contractId"] for row in rows] == [BTC, SOL]
    row = rows[1]
    assert (row["fundingTime"], row["fundingTimestamp"]) == (str(BOUNDARY_MS), "1795200000000")
    assert (row["isSettlement"], row["fundingRateIntervalMin"]) == (False, "240")
    assert row["forecastFundingRate"] not in ("", row["fundingRate"])


def test_a_row_agrees_with_itself() -> None:
    (row,) = read(public(stage(), "funding/getLatestFundingRate", contractId=SOL))
    index, premium = Decimal(row["indexPrice"]), Decimal(row["premiumIndex"])
    bid, ask = Decimal(row["impactBidPrice"]), Decimal(row["impactAskPrice"])
    reckoned = (max(bid - index, Decimal(0)) - max(index - ask, Decimal(0))) / index
    assert abs(reckoned - premium) < Decimal("0.00000001")
    interest = Decimal(row["interestRate"]) / 6
    assert interest == Decimal(row["predictedFundingRate"])
    average, reach = Decimal(row["avgPremiumIndex"]), Decimal("0.0002")
    drawn = min(max(interest - average, -reach), reach)
    assert average + drawn == Decimal(row["forecastFundingRate"])


def test_settlements_stand_on_the_hours_and_have_no_forecast() -> None:
    page = rates(stage(), size="3", filterSettlementFundingRate="true")
    rows = page["dataList"]
    assert [int(row["fundingTime"]) for row in rows] == [
        BOUNDARY_MS - 4 * HOUR_MS * n for n in range(3)
    ]
    assert all(row["isSettlement"] and row["forecastFundingRate"] == "" for row in rows)
    assert [int(row["fundingTimestamp"]) - int(row["fundingTime"]) for row in rows] == [60_000] * 3
    offset = page["nextPageOffsetData"]
    more = rates(stage(), size="3", filterSettlementFundingRate="true", offsetData=offset)
    assert int(more["dataList"][0]["fundingTime"]) == BOUNDARY_MS - 12 * HOUR_MS


def test_settlements_keep_to_the_time_that_is_asked_for() -> None:
    span = {
        "filterSettlementFundingRate": "true",
        "filterBeginTimeInclusive": str(BOUNDARY_MS - 8 * HOUR_MS),
        "filterEndTimeExclusive": str(BOUNDARY_MS),
    }
    page = rates(stage(), **span)
    assert [int(row["fundingTime"]) for row in page["dataList"]] == [
        BOUNDARY_MS - 4 * HOUR_MS,
        BOUNDARY_MS - 8 * HOUR_MS,
    ]
    assert page["nextPageOffsetData"] == ""


def test_without_the_filter_there_is_a_row_for_every_minute() -> None:
    end = BOUNDARY_MS + 3 * 60_000
    rows = rates(stage(), size="5", filterEndTimeExclusive=str(end))["dataList"]
    told = [(int(row["fundingTimestamp"]) - BOUNDARY_MS, row["isSettlement"]) for row in rows]
    assert told == [(120_000, False), (60_000, True), (60_000, False), (0, False), (-60_000, False)]
    assert [int(row["fundingTime"]) for row in rows[-2:]] == [
        BOUNDARY_MS,
        BOUNDARY_MS - 4 * HOUR_MS,
    ]


def test_a_settled_rate_is_booked_a_minute_after_its_boundary() -> None:
    venue = stage()
    coming_ms = BOUNDARY_MS + 4 * HOUR_MS
    forecast = read(public(venue, "funding/getLatestFundingRate", contractId=SOL))[0]
    venue.advance((coming_ms + 59_999) * 10**6)
    newest = rates(venue, size="1", filterSettlementFundingRate="true")["dataList"][0]
    assert int(newest["fundingTime"]) == BOUNDARY_MS
    passes(venue, 0.001)
    newest = rates(venue, size="1", filterSettlementFundingRate="true")["dataList"][0]
    assert int(newest["fundingTime"]) == coming_ms
    assert newest["fundingRate"] == forecast["forecastFundingRate"]


def test_minutes_may_slip_through_the_filter() -> None:
    venue = stage(terms=quick(minute_rows_slip_through=True))
    rows = rates(venue, size="2", filterSettlementFundingRate="true")["dataList"]
    assert [row["isSettlement"] for row in rows] == [False, True]


def test_an_unknown_contract_has_no_rates() -> None:
    found = read(public(stage(), "funding/getFundingRatePage", contractId="7"))
    assert found == {"dataList": [], "nextPageOffsetData": ""}


def test_without_an_id_rates_and_states_of_all_contracts_are_told() -> None:
    venue = stage()
    for name in ("funding/getLatestFundingRate", "quote/getMarketStatus"):
        assert [row["contractId"] for row in read(public(venue, name))] == [BTC, SOL]


def test_a_recorded_contract_that_is_not_listed_gets_a_listing_of_its_own() -> None:
    market = Market(Symbol("DOGE"), ContractId("30000999"), Decimal("0.00001"), Decimal(1))
    thousands = replace(market, symbol=Symbol("BONK"), multiplier=Decimal(1000))
    assert contract_of(market).name == "DOGEUSDC"
    assert contract_of(thousands).name == "1000BONKUSDC"
    assert [tier.max_leverage for tier in tiers(contract_of(market))] == [Decimal(20)]
