"""How much may be asked: windows, headers, refusals and bans."""

from __future__ import annotations

import json

from tests.support.quiet_markets import passes
from tests.venue_simulators.binance.binance_stage import Trader, public, stage
from tests.venue_simulators.fapi.fapi_stage import SOL, limit, refusal, row
from venue_simulators.binance.terms import BinanceTerms
from venue_simulators.fapi.rate_limits import Limits


def limited(**changes: int) -> BinanceTerms:
    """Return terms with narrower limits."""
    limits = Limits(tells_retry_after=True, tells_ten_seconds=True, **changes)
    return BinanceTerms(limits=limits)


def test_orders_weigh_nothing_and_are_counted_in_two_windows() -> None:
    trader = Trader(stage())
    trader.place()
    headers = trader.place().headers
    assert headers["x-mbx-used-weight-1m"] == "0"
    assert (headers["x-mbx-order-count-10s"], headers["x-mbx-order-count-1m"]) == ("2", "2")
    passes(trader.simulator, 10)
    later = trader.algo().headers
    assert (later["x-mbx-order-count-10s"], later["x-mbx-order-count-1m"]) == ("1", "3")


def test_amendments_count_and_cancels_do_not() -> None:
    trader = Trader(stage())
    order_id = row(trader.place())["orderId"]
    change = {"symbol": SOL, "side": "BUY", "quantity": "2", "price": "177.00"}
    amended = trader.ask("PUT", "order", orderId=order_id, **change)
    assert amended.headers["x-mbx-order-count-10s"] == "2"
    assert "x-mbx-order-count-10s" not in trader.cancel(orderId=order_id).headers


def test_a_batch_counts_each_of_its_orders() -> None:
    trader = Trader(stage())
    told = trader.ask("POST", "batchOrders", batchOrders=json.dumps([limit(), limit()]))
    assert told.headers["x-mbx-order-count-10s"] == "2"
    assert told.headers["x-mbx-used-weight-1m"] == "5"


def test_too_many_orders_are_refused_until_the_window_ends() -> None:
    trader = Trader(stage(terms=limited(orders_in_ten_seconds=1)))
    row(trader.place())
    refused = trader.place()
    assert refusal(refused) == (429, -1015)
    assert refused.headers["retry-after"] == "10"
    passes(trader.simulator, 10)
    assert row(trader.place())["status"] == "NEW"


def test_who_goes_on_beyond_the_weight_is_banned() -> None:
    venue = stage(terms=limited(weight_a_minute=1))
    row(public(venue, "time"))
    answers = [public(venue, "time") for _ in range(21)]
    assert [one.status for one in answers] == [429] * 20 + [418]
    assert answers[0].headers["retry-after"] == "60"
    banned = json.loads(answers[-1].body)
    assert banned["code"] == -1003
    assert str(venue.world.now_ns // 1_000_000 + 120_000) in banned["msg"]
    passes(venue, 119)
    assert public(venue, "time").status == 418
    passes(venue, 2)
    assert row(public(venue, "time"))
