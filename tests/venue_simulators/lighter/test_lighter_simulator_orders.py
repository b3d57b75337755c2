"""What becomes of orders, and what they look like on the way."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

from exchange_clients.base_models import ContractId
from tests.venue_simulators.lighter.lighter_bench import Bench, Line
from venue_simulators.lighter.orders import ENDED_MAX
from venue_simulators.lighter.terms import LighterTerms


def _statuses(line: Line, index: int) -> list[str]:
    """Return the statuses that a stream told of an order."""
    rows = [
        row
        for frame in line.of("update/account_all_orders")
        for orders in frame["orders"].values()
        for row in orders
    ]
    return [row["status"] for row in rows if row["client_order_index"] == index]


def _orders(bench: Bench) -> Line:
    return bench.connect(f"account_all_orders/{bench.account}")


def test_an_answer_tells_of_acceptance_and_the_stream_of_the_verdict() -> None:
    bench = Bench()
    line = _orders(bench)
    info = bench.info(14, bench.order(ClientOrderIndex=7))
    answer = bench.send(14, info)
    assert answer["code"] == 200
    assert len(answer["tx_hash"]) == 80
    assert _statuses(line, 7) == []
    bench.run(0.1)
    assert _statuses(line, 7) == ["open"]


def test_a_resting_order_is_listed_in_strings_and_scaled_integers() -> None:
    bench = Bench()
    row = bench.place(Price=600_005, BaseAmount=123)
    assert (row["price"], row["base_price"]) == ("60000.5", 600_005)
    assert (row["remaining_base_amount"], row["base_size"]) == ("0.00123", 123)
    assert row["order_index"] >= 1 << 48
    assert row["order_id"] == str(row["order_index"])
    assert row["timestamp"] == row["transaction_time"] // 1_000_000


def test_streams_stamp_orders_in_milliseconds() -> None:
    bench = Bench()
    line = _orders(bench)
    bench.place()
    row = line.of("update/account_all_orders")[0]["orders"]["1"][0]
    assert row["timestamp"] == row["transaction_time"] // 1000


def test_a_canceled_order_shows_neither_remainder_nor_side() -> None:
    bench = Bench()
    index = bench.place()["client_order_index"]
    assert bench.send(15, bench.info(15, {"MarketIndex": 1, "Index": index}))["code"] == 200
    bench.run(1.0)
    row = bench.find(index)
    assert row["status"] == "canceled"
    assert (row["remaining_base_amount"], row["base_size"], row["side"]) == ("0.00000", 0, "")
    assert row["is_ask"] is False


def test_an_order_is_canceled_by_the_venues_number_too() -> None:
    bench = Bench()
    row = bench.place()
    bench.send(15, bench.info(15, {"MarketIndex": 1, "Index": row["order_index"]}))
    bench.run(1.0)
    assert bench.find(row["client_order_index"])["status"] == "canceled"


def test_a_market_order_fills_at_its_price_or_better_and_is_a_taker() -> None:
    bench = Bench()
    trades = bench.connect(f"account_all_trades/{bench.account}")
    bench.send(14, bench.info(14, bench.market_order(ClientOrderIndex=3)))
    bench.run(1.0)
    row = bench.find(3)
    assert (row["status"], row["filled_base_amount"]) == ("filled", "0.00100")
    trade = trades.of("update/account_all_trades")[0]["trades"]["1"][0]
    assert trade["bid_account_id"] == bench.account
    assert trade["bid_client_id"] == 3
    assert trade["is_maker_ask"] is True
    assert trade["taker_fee"] == 280
    assert Decimal(row["filled_quote_amount"]) == Decimal(trade["usd_amount"])


def test_a_subscription_to_fills_begins_with_a_flat_list_of_old_ones() -> None:
    bench = Bench()
    bench.send(14, bench.info(14, bench.market_order()))
    bench.run(1.0)
    line = bench.connect(f"account_all_trades/{bench.account}")
    frame = line.of("subscribed/account_all_trades")[0]
    assert [trade["size"] for trade in frame["trades"]] == ["0.00100"]


def test_post_only_that_would_take_never_rests() -> None:
    bench = Bench()
    price = bench.mark() * 101 // 100
    row = bench.place(TimeInForce=2, Price=price)
    assert row["status"] == "canceled-post-only"


def test_reduce_only_without_a_position_is_canceled_by_the_sequencer() -> None:
    bench = Bench()
    assert bench.place(ReduceOnly=1)["status"] == "canceled-reduce-only"


def test_a_market_order_whose_worst_price_is_too_good_ends_unfilled() -> None:
    bench = Bench()
    order = bench.market_order(ClientOrderIndex=4, Price=bench.mark() * 99 // 100)
    assert bench.send(14, bench.info(14, order))["code"] == 200
    bench.run(1.0)
    row = bench.find(4)
    assert (row["status"], row["filled_base_amount"]) == ("canceled-too-much-slippage", "0.00000")


def test_an_order_ends_when_its_time_is_up() -> None:
    bench = Bench()
    row = bench.place(OrderExpiry=bench.now_ms + 301_000)
    assert row["status"] == "open"
    bench.run(301.0)
    assert bench.find(row["client_order_index"])["status"] == "canceled-expired"


def test_a_stop_waits_as_pending_and_fires_by_the_mark() -> None:
    bench = Bench()
    bench.send(14, bench.info(14, bench.market_order()))
    bench.run(1.0)
    mark = bench.mark()
    stop = {
        "Type": 2,
        "TimeInForce": 0,
        "IsAsk": 1,
        "ReduceOnly": 1,
        "Price": mark * 90 // 100,
        "TriggerPrice": mark * 98 // 100,
    }
    row = bench.place(**stop)
    assert (row["status"], row["trigger_status"]) == ("pending", "mark-price")
    fired = bench.place(**(stop | {"TriggerPrice": mark * 103 // 100}))
    assert (fired["status"], fired["trigger_status"]) == ("filled", "ready")


def test_leverage_is_set_as_a_margin_fraction_and_shown_as_percent() -> None:
    bench = Bench()
    bench.send(14, bench.info(14, bench.market_order()))
    bench.run(1.0)
    body = {"MarketIndex": 1, "InitialMarginFraction": 1000, "MarginMode": 0}
    assert bench.send(20, bench.info(20, body))["code"] == 200
    bench.run(1.0)
    account = bench.read("account", by="index", value=bench.account)["accounts"][0]
    assert account["positions"][0]["initial_margin_fraction"] == "10.00"
    isolated = body | {"MarginMode": 1}
    assert bench.send(20, bench.info(20, isolated))["code"] == 21132


def test_a_closed_position_stays_listed_at_zero() -> None:
    bench = Bench()
    bench.send(14, bench.info(14, bench.market_order()))
    bench.run(1.0)
    sell = bench.market_order(IsAsk=1, Price=bench.mark() * 98 // 100, ReduceOnly=1)
    bench.send(14, bench.info(14, sell))
    bench.run(1.0)
    account = bench.read("account", by="index", value=bench.account)["accounts"][0]
    assert [row["position"] for row in account["positions"]] == ["0.00000"]


def test_a_short_position_is_unsigned_beside_its_sign() -> None:
    bench = Bench()
    line = bench.connect(f"account_all_positions/{bench.account}")
    sell = bench.market_order(IsAsk=1, Price=bench.mark() * 98 // 100)
    bench.send(14, bench.info(14, sell))
    bench.run(1.0)
    row = line.of("update/account_all_positions")[-1]["positions"]["1"]
    assert (row["sign"], row["position"]) == (-1, "0.00100")
    assert row["initial_margin_fraction"] == "0.0500"


def test_rest_lists_trail_the_stream() -> None:
    bench = Bench(terms=LighterTerms(read_lag_ns=3_000_000_000))
    line = _orders(bench)
    bench.send(14, bench.info(14, bench.order(ClientOrderIndex=7)))
    bench.run(1.0)
    assert _statuses(line, 7) == ["open"]
    query = {"account_index": bench.account}
    assert bench.read("accountActiveOrders", **query)["orders"] == []
    bench.run(2.5)
    assert len(bench.read("accountActiveOrders", **query)["orders"]) == 1


def test_a_transaction_is_found_by_the_hash_known_before_it_was_sent() -> None:
    bench = Bench()
    info = bench.info(14, bench.order())
    name = bench.send(14, info)["tx_hash"]
    assert bench.read("tx", by="hash", value=name)["status"] == 1
    bench.run(1.0)
    found = bench.read("tx", by="hash", value=name)
    assert (found["status"], json.loads(found["info"])) == (2, info)
    assert bench.get("tx", by="hash", value="0" * 80).status == 404


def test_a_cancel_of_a_filled_order_is_refused_or_fails() -> None:
    bench = Bench()
    bench.send(14, bench.info(14, bench.market_order(ClientOrderIndex=6)))
    name = bench.send(15, bench.info(15, {"MarketIndex": 1, "Index": 6}))["tx_hash"]
    bench.run(1.0)
    assert bench.read("tx", by="hash", value=name)["status"] == 0
    again = bench.info(15, {"MarketIndex": 1, "Index": 6})
    assert bench.send(15, again)["code"] == 21709


def test_funding_is_paid_on_the_hour_as_signed_money() -> None:
    bench = Bench()
    bench.send(14, bench.info(14, bench.market_order()))
    bench.run(3_600.0)
    rows = bench.read("positionFunding", account_index=bench.account, limit=10)["position_fundings"]
    assert len(rows) == 1
    row = rows[0]
    assert row["timestamp"] % 3600 == 0
    assert Decimal(row["change"]) < 0
    assert (row["position_side"], row["rate"]) == ("long", "0.0012")


def test_inactive_orders_and_trades_come_in_pages() -> None:
    bench = Bench()
    for index in range(5):
        bench.send(14, bench.info(14, bench.market_order(ClientOrderIndex=index + 1)))
        bench.run(0.5)
    bench.run(1.0)
    query: dict[str, object] = {"account_index": bench.account, "limit": 2}
    for path, extra, key in (
        ("accountInactiveOrders", {}, "orders"),
        ("trades", {"sort_by": "timestamp"}, "trades"),
    ):
        sizes, cursor = [], ""
        while True:
            answer = bench.read(path, **query, **extra, cursor=cursor)
            sizes.append(len(answer[key]))
            cursor = answer["next_cursor"]
            if not cursor:
                break
        assert sizes == [2, 2, 1]


def test_a_halted_market_takes_no_orders() -> None:
    bench = Bench()
    bench.simulator.world.set_tradable(ContractId("1"), False)
    assert bench.send(14, bench.info(14, bench.order()))["code"] == 21605
    details = bench.read("orderBookDetails", market_id=1)["order_book_details"][0]
    assert details["status"] == "inactive"


def test_the_oldest_ended_orders_are_forgotten() -> None:
    bench = Bench()
    row = bench.place()
    book = bench.simulator.state.books[bench.account]
    state = book.orders.get(row["order_index"])
    assert state is not None
    for number in range(1, ENDED_MAX + 2):
        fields = replace(state.fields, client_index=number)
        book.orders.put(replace(state, order_index=number, fields=fields, status="filled"))
    assert book.orders.get(1) is None
    assert book.orders.of_client(1) is None
    assert book.orders.get(2) is not None
    assert book.orders.get(row["order_index"]) == state
