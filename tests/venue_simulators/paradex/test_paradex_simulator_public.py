"""What anyone may ask: markets, books, trades, candles, funding and the venue itself."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest

from exchange_clients.words import Side
from tests.support.quiet_markets import passes
from tests.venue_simulators.paradex.paradex_stage import (
    ETH,
    SOL,
    START_NS,
    Trader,
    printed,
    public,
    read,
    refusal,
    stage,
)
from venue_simulators.options import SimulatorOptions
from venue_simulators.paradex.simulator import build
from venue_simulators.paradex.terms import MS

NOW_MS = START_NS // MS + 100


def test_the_list_of_markets_holds_other_kinds_too() -> None:
    rows = read(public(stage(), "markets"))["results"]
    kinds = {row["symbol"]: row["asset_kind"] for row in rows}
    assert kinds == {
        ETH: "PERP",
        SOL: "PERP",
        "BTC-USD-120000-C": "PERP_OPTION",
        "ETH-USDC": "SPOT",
    }


def test_a_market_tells_grid_limits_margin_funding_and_fees() -> None:
    (row,) = read(public(stage(), "markets", f"market={SOL}"))["results"]
    assert (row["price_tick_size"], row["order_size_increment"], row["min_notional"]) == (
        "0.001",
        "0.01",
        "10",
    )
    assert row["delta1_cross_margin_params"] == {
        "imf_base": "0.05",
        "imf_factor": "0",
        "imf_shift": "0",
        "mmf_factor": "0.5",
    }
    assert (row["funding_period_hours"], row["position_limit"]) == (4, "200000")
    fees = row["fee_config"]["api_fee"]
    assert (fees["maker_fee"]["fee"], fees["taker_fee"]["fee"]) == ("0.00003", "0.00045")


def test_a_thousand_pepe_is_listed_with_a_small_k() -> None:
    simulator = build(SimulatorOptions())
    symbols = [row["symbol"] for row in read(public(simulator, "markets"))["results"]]
    assert "kPEPE-USD-PERP" in symbols
    answer = public(simulator, "markets", "market=KPEPE-USD-PERP")
    assert refusal(answer) == (404, "MARKET_NOT_FOUND")


def test_the_summary_of_all_holds_other_kinds_too() -> None:
    rows = read(public(stage(), "markets/summary", "market=ALL"))["results"]
    assert [row["symbol"] for row in rows] == [ETH, SOL, "BTC-USD-120000-C", "ETH-USDC"]


def test_the_summary_states_the_rate_of_the_markets_own_period() -> None:
    (row,) = read(public(stage(), "markets/summary", f"market={SOL}"))["results"]
    assert (row["mark_price"], row["underlying_price"]) == ("150", "149.985")
    assert (row["bid"], row["ask_size"]) == ("149.99", "400")
    assert row["funding_rate"] == "0.00006"
    (row,) = read(public(stage(), "markets/summary", f"market={ETH}"))["results"]
    assert row["funding_rate"] == "0.00012"


def test_the_summary_wants_a_market() -> None:
    answer = public(stage(), "markets/summary")
    assert refusal(answer) == (400, "INVALID_REQUEST_PARAMETER")


def test_the_book_comes_best_first_on_both_sides() -> None:
    book = read(public(stage(), f"orderbook/{SOL}", "depth=1"))
    assert (book["bids"], book["asks"]) == ([["149.99", "400"]], [["150.01", "400"]])
    assert book["best_bid_api"] == ["149.99", "400"]
    assert book["market"] == SOL


def test_the_book_can_be_asked_for_in_coarser_steps() -> None:
    book = read(public(stage(), f"orderbook/{SOL}", "price_tick=0.1"))
    assert (book["bids"], book["asks"]) == ([["149.9", "1000"]], [["150.1", "1000"]])
    assert refusal(public(stage(), f"orderbook/{SOL}", "price_tick=0"))[0] == 400


def test_best_prices_and_book_quote_one_counter() -> None:
    simulator = stage()
    best = read(public(simulator, f"bbo/{SOL}"))
    assert (best["bid"], best["bid_size"], best["ask"]) == ("149.99", "400", "150.01")
    assert best["seq_no"] == read(public(simulator, f"orderbook/{SOL}"))["seq_no"]
    assert read(public(simulator, f"bbo/{SOL}/interactive"))["bid"] == "149.99"
    Trader(simulator).placed()
    passes(simulator, 0.1)
    assert read(public(simulator, f"bbo/{SOL}"))["seq_no"] == best["seq_no"] + 1


def test_trades_come_newest_first_with_the_takers_side() -> None:
    simulator = stage(printed(1, 150.0, 2.0, Side.SELL), printed(2, 150.01, 3.0, Side.BUY))
    passes(simulator, 3)
    answer = read(public(simulator, "trades", f"market={SOL}&page_size=1"))
    (row,) = answer["results"]
    assert (row["side"], row["size"], row["price"]) == ("BUY", "3", "150.01")
    assert (row["created_at"], row["trade_type"]) == (START_NS // MS + 2000, "FILL")
    older = read(public(simulator, "trades", f"market={SOL}&cursor={answer['next']}"))
    assert [row["side"] for row in older["results"]] == ["SELL"]
    spanned = f"market={SOL}&end_at={START_NS // MS + 1000}"
    assert len(read(public(simulator, "trades", spanned))["results"]) == 1


def test_trades_come_a_thousand_at_most() -> None:
    answer = public(stage(), "trades", f"market={SOL}&page_size=1001")
    assert refusal(answer) == (400, "INVALID_REQUEST_PARAMETER")


def test_candles_are_numbers_oldest_first() -> None:
    query = f"symbol={SOL}&resolution=5&start_at={NOW_MS - 1_800_000}&end_at={NOW_MS}"
    rows = read(public(stage(), "markets/klines", query))["results"]
    starts = [row[0] for row in rows]
    assert starts == sorted(starts)
    assert {after - before for before, after in pairwise(starts)} == {300_000}
    assert all(low <= opened <= high for _, opened, high, low, _, _ in rows)


def test_candles_of_the_underlying_have_no_volume() -> None:
    query = f"symbol={SOL}&resolution=1&start_at={NOW_MS - 600_000}&end_at={NOW_MS}"
    rows = read(public(stage(), "markets/klines", query + "&price_kind=underlying"))["results"]
    assert {row[5] for row in rows} == {0.0}


def test_a_call_gives_a_thousand_candles_at_most() -> None:
    query = f"symbol={SOL}&resolution=1&start_at={NOW_MS - 86_400_000}&end_at={NOW_MS}"
    assert len(read(public(stage(), "markets/klines", query))["results"]) == 1000


@pytest.mark.parametrize(
    "query", ["resolution=1", "resolution=120&start_at=1&end_at=2", "start_at=1&end_at=2"]
)
def test_candles_want_a_span_and_a_resolution_that_there_is(query: str) -> None:
    answer = public(stage(), "markets/klines", f"symbol={SOL}&{query}")
    assert refusal(answer) == (400, "INVALID_REQUEST_PARAMETER")


# Funding ------------------------------------------------------------------------------------------


def test_funding_is_a_history_of_samples_of_a_continuous_index() -> None:
    simulator = stage()
    passes(simulator, 600)
    query = f"market={SOL}&page_size=3&start_at={START_NS // MS}"
    rows = read(public(simulator, "funding/data", query))["results"]
    assert [row["created_at"] % 60_000 for row in rows] == [0, 0, 0]
    gained = Decimal(rows[0]["funding_index"]) - Decimal(rows[1]["funding_index"])
    # A minute of the four hours at 0.00006 and 150 USD.
    assert gained == Decimal("0.00006") * 150 / 240
    assert (rows[0]["funding_rate"], rows[0]["funding_rate_8h"]) == ("0.00006", "0.00012")
    assert rows[0]["funding_premium"] == "0.009"


def test_the_index_runs_on_through_the_beginning_of_the_world() -> None:
    simulator = stage()
    passes(simulator, 180)
    query = f"market={SOL}&page_size=5"
    rows = read(public(simulator, "funding/data", query))["results"]
    indices = [Decimal(row["funding_index"]) for row in rows]
    steps = {before - after for before, after in pairwise(indices)}
    assert steps == {Decimal("0.0000375")}


def test_old_samples_lack_the_rate_of_8_hours_and_the_period() -> None:
    early_ms = START_NS // MS - 40 * 86_400_000
    query = f"market={ETH}&page_size=1&end_at={early_ms}"
    (row,) = read(public(stage(), "funding/data", query))["results"]
    assert (row["funding_rate_8h"], row["funding_period_hours"]) == ("", 0)
    assert row["funding_rate"] == "0.00012"


def test_samples_are_paged_to_the_beginning_of_the_listing() -> None:
    simulator = stage()
    answer = read(public(simulator, "funding/data", f"market={ETH}&page_size=5000"))
    assert len(answer["results"]) == 5000
    cursor = answer["next"]
    older = read(public(simulator, "funding/data", f"market={ETH}&page_size=1&cursor={cursor}"))
    newest_of_older = older["results"][0]["created_at"]
    assert answer["results"][-1]["created_at"] - newest_of_older == 60_000


def test_funding_wants_a_market() -> None:
    assert refusal(public(stage(), "funding/data")) == (400, "INVALID_REQUEST_PARAMETER")


# The venue ----------------------------------------------------------------------------------------


def test_the_time_is_a_text_of_milliseconds() -> None:
    assert read(public(stage(), "system/time")) == {"server_time": str(NOW_MS)}


def test_the_venue_tells_its_chain_and_contracts() -> None:
    config = read(public(stage(), "system/config"))
    assert config["starknet_chain_id"] == "PRIVATE_SN_PARACLEAR_MAINNET"
    assert config["paraclear_decimals"] == 8
    assert read(public(stage(), "insurance"))["account_value"]


@pytest.mark.parametrize(
    "path", ["orderbook/X", "bbo/X", "trades?market=X", "funding/data?market=X"]
)
def test_an_unknown_market_is_not_found(path: str) -> None:
    name, _, query = path.partition("?")
    assert refusal(public(stage(), name, query)) == (404, "MARKET_NOT_FOUND")
