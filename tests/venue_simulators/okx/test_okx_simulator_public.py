"""Public answers of a simulated OKX, and its limits."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest

from exchange_clients.base_models import NS, Side
from tests.venue_simulators.okx.okx_stage import (
    BTC,
    START_MS,
    D,
    Stage,
    body,
    refusal,
    row,
    rows,
    stage,
)
from venue_simulators.okx.simulator import build
from venue_simulators.okx.terms import OkxTerms
from venue_simulators.options import SimulatorOptions
from venue_simulators.wire import HttpRequest


def test_the_clock_is_the_worlds() -> None:
    assert row(stage().caller().ask("public/time")) == {"ts": str(START_MS + 100)}


def test_an_instrument_leaves_base_and_quote_empty() -> None:
    listed = row(stage().caller().ask("public/instruments", instType="SWAP", instId=BTC))
    assert (listed["instId"], listed["instIdCode"], listed["instFamily"]) == (
        BTC,
        20001,
        "BTC-USDT",
    )
    assert (listed["baseCcy"], listed["quoteCcy"], listed["settleCcy"]) == ("", "", "USDT")
    assert (listed["ctVal"], listed["lotSz"], listed["minSz"], listed["tickSz"]) == (
        "0.01",
        "0.01",
        "0.01",
        "0.1",
    )


def test_small_coins_come_in_large_contracts() -> None:
    simulator = build(SimulatorOptions(symbols=("PEPE",)))
    query = "instType=SWAP&instFamily=PEPE-USDT"
    listed = row(simulator.handle(HttpRequest("rest", "GET", "/api/v5/public/instruments", query)))
    assert (listed["ctVal"], listed["lotSz"], listed["tickSz"]) == (
        "10000000",
        "0.1",
        "0.000000001",
    )


def test_other_types_have_no_instruments_and_unknown_ones_are_refused() -> None:
    caller = stage().caller()
    assert rows(caller.ask("public/instruments", instType="SPOT")) == []
    assert refusal(caller.ask("public/instruments", instType="STOCK")) == (200, "51000")
    assert refusal(caller.ask("public/instruments")) == (400, "50014")
    unknown = caller.ask("public/instruments", instType="SWAP", instId="X-USDT-SWAP")
    assert refusal(unknown) == (200, "51001")


def test_a_book_shows_contracts_and_one_level_unless_more_are_asked_for() -> None:
    caller = stage().caller()
    book = row(caller.ask("market/books", instId=BTC))
    assert book["asks"] == [["90000.1", "100", "0", "1"]]
    assert book["bids"] == [["89999.9", "100", "0", "1"]]
    assert book["seqId"] == 1004
    deep = row(caller.ask("market/books", instId=BTC, sz="400"))
    assert [level[:2] for level in deep["bids"]] == [["89999.9", "100"], ["89999.8", "200"]]
    assert row(caller.ask("market/books-full", instId=BTC, sz="5000"))["bids"] == deep["bids"]


def test_trades_are_newest_first_with_the_takers_side() -> None:
    made = stage()
    made.prints("90000.1", "0.03", Side.BUY)
    made.prints("89999.9", "0.01", Side.SELL)
    caller = made.caller()
    last, first = rows(caller.ask("market/trades", instId=BTC))
    assert (last["px"], last["sz"], last["side"]) == ("89999.9", "1", "sell")
    assert (first["sz"], first["side"]) == ("3", "buy")
    page = rows(caller.ask("market/history-trades", instId=BTC, after=last["tradeId"]))
    assert [one["tradeId"] for one in page] == [first["tradeId"]]


def test_a_ticker_tells_contracts_and_coins() -> None:
    made = stage()
    before = row(made.caller().ask("market/ticker", instId=BTC))
    made.prints("90000.1", "0.5")
    after = row(made.caller().ask("market/ticker", instId=BTC))
    assert D(after["vol24h"]) - D(before["vol24h"]) == 50
    assert D(after["volCcy24h"]) - D(before["volCcy24h"]) == D("0.5")
    assert (after["last"], after["lastSz"], after["askPx"]) == ("90000.1", "50", "90000.1")
    assert rows(made.caller().ask("market/tickers", instType="SWAP")) == [after]


def candles(made: Stage, path: str = "market/candles", **params: str) -> list[list[str]]:
    """Return candles, which are lists."""
    found = json.loads(made.caller().ask(path, instId=BTC, **params).body)["data"]
    assert isinstance(found, list)
    return found


def test_candles_are_newest_first_and_only_the_last_is_open() -> None:
    made = stage()
    made.passes(150)
    found = candles(made, bar="1m", limit="3")
    assert [int(one[0]) - START_MS for one in found] == [120_000, 60_000, 0]
    assert [one[8] for one in found] == ["0", "1", "1"]
    older = candles(made, after=str(START_MS), limit="2")
    assert [int(one[0]) - START_MS for one in older] == [-60_000, -120_000]
    newer = candles(made, before=str(START_MS))
    assert [int(one[0]) - START_MS for one in newer] == [120_000, 60_000]


def test_days_begin_in_hong_kong_unless_they_are_of_utc() -> None:
    made = stage()
    asian = candles(made, bar="1D", limit="2")
    assert [int(one[0]) - START_MS for one in asian] == [-8 * 3_600_000, -32 * 3_600_000]
    world = candles(made, bar="1Dutc", limit="2")
    assert [int(one[0]) - START_MS for one in world] == [0, -24 * 3_600_000]
    marks = candles(made, "market/mark-price-candles", bar="6H", limit="3")
    assert [len(one) for one in marks] == [6, 6, 6]
    refused = made.caller().ask("market/candles", instId=BTC, bar="7m")
    assert refusal(refused) == (200, "51000")


def test_the_funding_rate_is_of_the_coming_settlement() -> None:
    made = stage()
    funding = row(made.caller().ask("public/funding-rate", instId=BTC))
    assert (funding["fundingRate"], funding["nextFundingRate"]) == ("0.0001", "")
    assert int(funding["fundingTime"]) == START_MS + 8 * 3_600_000
    assert int(funding["nextFundingTime"]) == START_MS + 16 * 3_600_000
    assert funding["method"] == "current_period"
    assert len(rows(made.caller().ask("public/funding-rate", instId="ANY"))) == 1


def test_settled_rates_are_newest_first_and_turned_by_time() -> None:
    made = stage()
    made.passes(8 * 3600)
    caller = made.caller()
    found = rows(caller.ask("public/funding-rate-history", instId=BTC, limit="2"))
    assert [int(one["fundingTime"]) - START_MS for one in found] == [8 * 3_600_000, 0]
    assert (found[0]["realizedRate"], found[0]["fundingRate"]) == ("0.0001", "0.000101")
    older = rows(
        caller.ask("public/funding-rate-history", instId=BTC, after=found[1]["fundingTime"])
    )
    assert int(older[0]["fundingTime"]) == START_MS - 8 * 3_600_000
    assert len(older) == 100
    assert refusal(caller.ask("public/funding-rate-history", instId=BTC, limit="101")) == (
        200,
        "51000",
    )


def test_some_instruments_settle_oftener_than_others() -> None:
    simulator = build(SimulatorOptions(symbols=("BTC", "SOL")))
    query = "instId=ANY"
    told = rows(simulator.handle(HttpRequest("rest", "GET", "/api/v5/public/funding-rate", query)))
    hours = {
        one["instId"]: (int(one["nextFundingTime"]) - int(one["fundingTime"])) // 3_600_000
        for one in told
    }
    assert hours == {"BTC-USDT-SWAP": 8, "SOL-USDT-SWAP": 4}
    for inst_id, length in hours.items():
        path, query = "/api/v5/public/funding-rate-history", f"instId={inst_id}&limit=3"
        past = rows(simulator.handle(HttpRequest("rest", "GET", path, query)))
        times = [int(one["fundingTime"]) for one in past]
        assert {before - after for before, after in pairwise(times)} == {length * 3_600_000}
        rate = {"BTC-USDT-SWAP": "0.0001", "SOL-USDT-SWAP": "0.00005"}[inst_id]
        assert {one["realizedRate"] for one in past} == {rate}


def test_open_interest_is_told_in_contracts_coins_and_dollars() -> None:
    interest = row(stage().caller().ask("public/open-interest", instType="SWAP", instId=BTC))
    assert D(interest["oi"]) == D(interest["oiCcy"]) * 100
    assert D(interest["oiUsd"]) == D(interest["oiCcy"]) * 90000


def test_prices_are_banded_and_positions_tiered() -> None:
    caller = stage().caller()
    band = row(caller.ask("public/price-limit", instId=BTC))
    assert (band["buyLmt"], band["sellLmt"]) == ("94500", "85500")
    tiers = rows(
        caller.ask("public/position-tiers", instType="SWAP", tdMode="cross", instFamily="BTC-USDT")
    )
    assert [one["maxLever"] for one in tiers] == ["100", "50", "20"]
    assert tiers[1]["minSz"] == tiers[0]["maxSz"]
    mark = row(caller.ask("public/mark-price", instType="SWAP"))
    assert mark["markPx"] == "90000"
    index = row(caller.ask("market/index-tickers", instId="BTC-USDT"))
    assert (index["instId"], index["idxPx"]) == ("BTC-USDT", "89991")


def test_an_unknown_path_is_not_found() -> None:
    answer = stage().caller().ask("public/magic")
    assert (answer.status, body(answer)["code"]) == (404, "404")


@pytest.mark.parametrize(
    ("path", "limit", "params"),
    [
        ("market/books", 40, {"instId": BTC}),
        ("public/funding-rate-history", 10, {"instId": BTC}),
        ("public/instruments", 20, {"instType": "SWAP"}),
    ],
)
def test_each_path_has_a_budget_of_two_seconds(
    path: str, limit: int, params: dict[str, str]
) -> None:
    made = stage()
    caller = made.caller()
    statuses = [caller.ask(path, **params).status for _ in range(limit + 1)]
    assert statuses == [200] * limit + [429]
    assert refusal(caller.ask(path, **params)) == (429, "50011")
    assert caller.ask("public/time").status == 200
    made.passes(2)
    assert caller.ask(path, **params).status == 200


def test_orders_have_a_budget_for_each_instrument_and_batches_another() -> None:
    caller = stage().caller()
    answers = [caller.post("trade/cancel-order", {"instId": BTC, "ordId": "1"}) for _ in range(61)]
    assert [one.status for one in answers[-2:]] == [200, 429]
    batch = [{"instId": BTC, "ordId": "1"}] * 20
    answers = [caller.post("trade/cancel-batch-orders", batch) for _ in range(16)]
    assert [one.status for one in answers[-2:]] == [200, 429]
    assert refusal(caller.post("trade/cancel-batch-orders", [*batch, batch[0]])) == (200, "51000")


def test_new_orders_of_an_account_have_a_cap_of_their_own() -> None:
    made = stage(terms=OkxTerms())
    caller = made.caller()
    wrong = [{"instId": f"X{number}-USDT-SWAP"} for number in range(20)]
    codes = [body(caller.post("trade/batch-orders", wrong))["code"] for _ in range(51)]
    assert codes[-2:] == ["1", "50061"]


def test_limits_may_be_left_out() -> None:
    caller = stage(terms=OkxTerms(rate_limits=False)).caller()
    assert {caller.ask("public/time").status for _ in range(200)} == {200}


def test_the_venue_says_when_something_will_happen() -> None:
    simulator = build(SimulatorOptions())
    first = simulator.next_ns()
    assert first > simulator.world.now_ns
    simulator.advance(first + NS)
    assert simulator.world.now_ns == first + NS
