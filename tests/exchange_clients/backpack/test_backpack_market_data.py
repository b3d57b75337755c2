from __future__ import annotations

from decimal import Decimal

import pytest

from exchange_clients.backpack.client.managers.market_data import BackpackMarkets
from exchange_clients.base_models import NS, Market, Side, Symbol
from exchange_clients.errors import ClientConfigError
from exchange_clients.events import BookSnapshot, PublicTrade
from exchange_clients.shared.flow import Response, drive
from exchange_clients.shared.venue import Candle
from tests.exchange_clients.backpack.backpack_samples import BTC, TABLE, answer, parsed
from tests.support.samples import answers

MARKETS = BackpackMarkets()
START_NS = 1795180140 * NS  # 2026-11-20 13:09 UTC


def test_a_market_is_read_whole() -> None:
    listing = TABLE.of_contract(BTC)
    assert listing.market == Market(
        symbol=Symbol("BTC"),
        contract_id=BTC,
        tick=Decimal("0.1"),
        step=Decimal("0.00001"),
        min_size=Decimal("0.00001"),
        max_leverage=Decimal(50),
        maintenance_margin=Decimal("0.0125"),
        maker_fee=Decimal("0.0002"),
        taker_fee=Decimal("0.0005"),
    )
    assert (listing.tradable, listing.funding_interval_hours) == (True, Decimal(1))


def test_only_perpetuals_are_listed_and_closed_ones_do_not_trade() -> None:
    assert {each.market.symbol: each.tradable for each in TABLE} == {
        "BTC": True, "ETH": True, "SOL": True, "PEPE": True, "AAPL.US": True, "OLD": False,
    }  # fmt: skip


def test_an_interval_may_be_written_as_text() -> None:
    assert TABLE.of_symbol("AAPL.US").funding_interval_hours == Decimal(1)


@pytest.mark.parametrize("tick", [None, "0", 0.1, "NaN"])
def test_a_market_that_cannot_be_read_does_not_hide_the_others(tick: object) -> None:
    rows = parsed("http_get_markets")[:2]
    rows[0]["filters"]["price"]["tickSize"] = tick
    _, listings = drive(MARKETS.list(), answers(rows))
    assert [each.market.symbol for each in listings] == ["ETH"]


def test_bids_are_turned_best_first() -> None:
    requests, snapshot = drive(MARKETS.depth(TABLE, BTC, 2), [answer("http_get_depth")])
    assert requests[0].params == {"symbol": BTC, "limit": 5}
    assert snapshot == BookSnapshot(
        BTC,
        bids=[(90000.1, 1.25), (89999.0, 2.0)],
        asks=[(90000.2, 0.8), (90000.3, 1.1)],
        last=1662976171,
        venue_ns=1795200000_123456000,
        local_ns=0,
    )


@pytest.mark.parametrize(("levels", "limit"), [(5, 5), (6, 10), (101, 500), (4000, 1000)])
def test_depth_asks_for_the_least_that_is_enough(levels: int, limit: int) -> None:
    requests, _ = drive(MARKETS.depth(TABLE, BTC, levels), [answer("http_get_depth")])
    assert requests[0].params["limit"] == limit


def test_an_update_number_may_be_a_number() -> None:
    body = {**parsed("http_get_depth"), "lastUpdateId": 7}
    assert drive(MARKETS.depth(TABLE, BTC, 5), answers(body))[1].last == 7


def test_trades_come_oldest_first() -> None:
    requests, trades = drive(MARKETS.trades(TABLE, BTC, 5000), [answer("http_get_trades")])
    assert requests[0].params["limit"] == 1000
    assert requests[0].scope == "history"
    assert list(trades) == [
        PublicTrade(BTC, 90000.1, 0.00016, Side.BUY, 1795200000_123000000, 0, "8721563"),
        PublicTrade(BTC, 90000.2, 0.5, Side.SELL, 1795200001_123000000, 0, "8721564"),
    ]


def test_candles_without_trades_are_left_out_and_times_are_in_seconds() -> None:
    flow = MARKETS.candles(TABLE, BTC, "3m", START_NS, START_NS + 360 * NS)
    requests, candles = drive(flow, [answer("http_get_klines")])
    assert requests[0].params["startTime"] == 1795180140
    assert requests[0].params["endTime"] == 1795180500
    prices = map(Decimal, ("90000", "90010", "89990", "90005", "0.03473"))
    assert list(candles) == [Candle(START_NS, *prices)]


def test_candles_are_asked_for_until_none_follow() -> None:
    flow = MARKETS.candles(TABLE, BTC, "3m", START_NS, START_NS + 3600 * NS)
    requests, candles = drive(flow, [answer("http_get_klines"), *answers([])])
    assert [each.params["startTime"] for each in requests] == [1795180140, 1795180500]
    assert len(candles) == 1


def test_candles_that_repeat_end_the_asking() -> None:
    flow = MARKETS.candles(TABLE, BTC, "3m", START_NS, START_NS + 3600 * NS)
    requests, _ = drive(flow, [answer("http_get_klines"), answer("http_get_klines")])
    assert len(requests) == 2


def test_an_unknown_interval_names_the_known_ones() -> None:
    with pytest.raises(ClientConfigError, match=r"'7m'.*1m, 3m"):
        drive(MARKETS.candles(TABLE, BTC, "7m", 0, 1), [])


def test_the_venue_tells_its_time() -> None:
    assert (
        drive(MARKETS.server_time(), [Response(200, b"1795200000123")])[1] == 1795200000_123000000
    )
