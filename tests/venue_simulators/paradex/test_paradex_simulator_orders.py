"""The life of orders: acknowledged as NEW, judged a little later, told by their own states."""

from __future__ import annotations

import pytest

from exchange_clients.paper.config import Acknowledge
from tests.support.quiet_markets import passes
from tests.venue_simulators.paradex.paradex_stage import (
    SOL,
    Trader,
    Words,
    move,
    quick,
    read,
    refusal,
    stage,
    state_of,
)
from venue_simulators.options import SignatureDepth
from venue_simulators.paradex.terms import MS


def market_order(side: str = "BUY", size: str = "2", **changes: object) -> Words:
    return {
        "type": "MARKET",
        "price": "0",
        "instruction": "IOC",
        "side": side,
        "size": size,
        **changes,
    }


def test_an_order_is_new_until_the_verdict_comes() -> None:
    simulator = stage(signatures=SignatureDepth.FULL)
    trader = Trader(simulator, depth=SignatureDepth.FULL)
    created = read(trader.create(client_id="abc-1"), 201)
    assert (created["status"], created["client_id"], created["remaining_size"]) == (
        "NEW",
        "abc-1",
        "1",
    )
    passes(simulator, 0.01)
    assert trader.look_up(created["id"])["status"] == "OPEN"


def test_an_order_that_is_judged_at_once_is_answered_with_its_verdict() -> None:
    trader = Trader(stage(acknowledge=Acknowledge.IMMEDIATE))
    assert read(trader.create(), 201)["status"] == "OPEN"


def test_a_market_order_closes_filled_with_its_average_price() -> None:
    trader = Trader(stage())
    assert state_of(trader.placed(**market_order(size="500"))) == ("CLOSED", "0", "150.012", "")


def test_a_market_order_may_leave_its_price_out() -> None:
    trader = Trader(stage())
    order = trader.order(**market_order())
    del order["price"]
    assert read(trader.ask("POST", "orders", "", order), 201)["price"] == "0"


def test_what_the_book_cannot_fill_of_an_ioc_order_is_cancelled() -> None:
    trader = Trader(stage(balance="1000000"))
    order = trader.placed(instruction="IOC", price="150.01", size="500")
    assert state_of(order) == ("CLOSED", "100", "150.01", "IMMEDIATE_OR_CANCEL")


def test_what_cannot_rest_is_never_shown_open() -> None:
    trader = Trader(stage())
    order = trader.placed(instruction="IOC", price="149")
    assert state_of(order) == ("CLOSED", "1", "", "IMMEDIATE_OR_CANCEL")


def test_a_post_only_order_that_would_take_is_closed_whole() -> None:
    trader = Trader(stage())
    order = trader.placed(instruction="POST_ONLY", price="150.02")
    assert state_of(order) == ("CLOSED", "1", "", "POST_ONLY_WOULD_CROSS")


def test_margin_is_judged_after_the_acknowledgement() -> None:
    trader = Trader(stage(balance="10"))
    order = trader.placed(size="100")
    assert state_of(order) == ("CLOSED", "100", "", "NOT_ENOUGH_MARGIN")


def test_an_order_below_the_least_notional_is_closed() -> None:
    trader = Trader(stage())
    assert state_of(trader.placed(size="0.05"))[3] == "ORDER_SIZE_BELOW_MIN"


@pytest.mark.parametrize(
    ("side", "price", "reason"),
    [
        ("BUY", "157.51", "PRICE_BAND_EXCEEDED"),
        ("SELL", "142.49", "PRICE_BAND_EXCEEDED"),
        ("BUY", "100", ""),
        ("SELL", "200", ""),
    ],
)
def test_only_prices_that_are_too_eager_leave_the_band(side: str, price: str, reason: str) -> None:
    trader = Trader(stage())
    assert state_of(trader.placed(side=side, price=price))[3] == reason


def test_positions_have_a_limit() -> None:
    simulator = stage(move(0.05, 2, [], [(150.01, 900_000.0)]), balance="1000000000")
    trader = Trader(simulator)
    for _ in range(4):
        assert trader.placed(**market_order(size="50000"))["remaining_size"] == "0"
    order = trader.placed(**market_order(size="1"))
    assert state_of(order) == ("CLOSED", "1", "", "ORDER_EXCEEDS_POSITION_LIMIT")
    assert trader.placed(**market_order("SELL", "400"))["remaining_size"] == "0"


def test_a_reduce_only_order_larger_than_the_position_is_closed_not_cut() -> None:
    trader = Trader(stage())
    trader.placed(**market_order(size="2"))
    order = trader.placed(**market_order("SELL", "3", flags=["REDUCE_ONLY"]))
    assert state_of(order) == ("CLOSED", "3", "", "REDUCE_ONLY_WILL_INCREASE")
    assert trader.position()["size"] == "2"


def test_a_reduce_only_order_without_a_position_is_closed() -> None:
    trader = Trader(stage())
    order = trader.placed(flags=["REDUCE_ONLY"])
    assert state_of(order)[3] == "REDUCE_ONLY_WILL_INCREASE"


def test_a_resting_reduce_only_order_ends_when_the_position_has_shrunk_below_it() -> None:
    trader = Trader(stage())
    trader.placed(**market_order(size="2"))
    resting = trader.placed(side="SELL", price="155", size="2", flags=["REDUCE_ONLY"])
    assert resting["status"] == "OPEN"
    trader.placed(**market_order("SELL", "1", flags=["REDUCE_ONLY"]))
    assert state_of(trader.look_up(resting["id"])) == (
        "CLOSED",
        "2",
        "",
        "REDUCE_ONLY_WILL_INCREASE",
    )


def test_a_tiny_rest_can_be_closed_only_whole() -> None:
    trader = Trader(stage())
    trader.placed(**market_order(size="0.1"))
    trader.placed(**market_order("SELL", "0.05", flags=["REDUCE_ONLY"]))
    assert trader.position()["size"] == "0.1"
    trader.placed(side="SELL", price="149.9", size="0.07", flags=["REDUCE_ONLY"])
    assert trader.position()["size"] == "0.03"
    closing = trader.placed(**market_order("SELL", "0.03", flags=["REDUCE_ONLY"]))
    assert state_of(closing) == ("CLOSED", "0", "149.99", "")


# Conditional orders -------------------------------------------------------------------------------


def test_a_stop_loss_waits_and_then_closes_the_whole_position() -> None:
    fall = move(1, 2, [(149.99, 0.0), (149.98, 0.0), (139.0, 500.0)], [(150.01, 0.0), (139.1, 9.0)])
    simulator = stage(fall)
    trader = Trader(simulator)
    trader.placed(**market_order())
    stop = trader.placed(
        type="STOP_LOSS_MARKET",
        side="SELL",
        size="0",
        price="0",
        trigger_price="145",
        flags=["REDUCE_ONLY"],
    )
    assert (stop["status"], stop["size"], stop["trigger_price"]) == ("UNTRIGGERED", "2", "145")
    passes(simulator, 2)
    assert state_of(trader.look_up(stop["id"])) == ("CLOSED", "0", "139", "")
    assert trader.position()["size"] == "0"


def test_a_take_profit_limit_rests_once_it_is_triggered() -> None:
    rise = move(1, 2, [(149.99, 0.0), (155.0, 50.0)], [(150.01, 0.0), (150.02, 0.0), (155.1, 9.0)])
    simulator = stage(rise)
    trader = Trader(simulator)
    trader.placed(**market_order())
    order = trader.placed(
        type="TAKE_PROFIT_LIMIT",
        side="SELL",
        size="2",
        price="157",
        trigger_price="154",
        flags=["REDUCE_ONLY"],
    )
    assert order["status"] == "UNTRIGGERED"
    passes(simulator, 2)
    assert trader.look_up(order["id"])["status"] == "OPEN"
    assert trader.get(f"orders/{order['id']}")["price"] == "157"


def test_a_stop_without_a_position_opens_one() -> None:
    rise = move(1, 2, [(149.99, 0.0), (155.0, 50.0)], [(150.01, 0.0), (150.02, 0.0), (155.1, 9.0)])
    simulator = stage(rise)
    trader = Trader(simulator)
    order = trader.placed(type="STOP_MARKET", price="0", trigger_price="154")
    passes(simulator, 2)
    assert state_of(trader.look_up(order["id"])) == ("CLOSED", "0", "155.1", "")


# Self-trade ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stp", "taker", "maker"),
    [
        ("EXPIRE_TAKER", "EXPIRED_BY_STP", ""),
        ("EXPIRE_MAKER", "", "EXPIRED_BY_STP"),
        ("EXPIRE_BOTH", "EXPIRED_BY_STP", "EXPIRED_BY_STP"),
    ],
)
def test_who_meets_his_own_order_does_not_trade_with_it(stp: str, taker: str, maker: str) -> None:
    trader = Trader(stage())
    resting = trader.placed(side="SELL", price="150.005")
    taking = trader.placed(price="150.005", stp=stp)
    assert taking["cancel_reason"] == taker
    assert trader.look_up(resting["id"])["cancel_reason"] == maker
    assert trader.get("fills")["results"] == []


# Windows ------------------------------------------------------------------------------------------


def test_an_order_that_outlives_its_window_before_the_verdict_is_dropped() -> None:
    simulator = stage(terms=quick(verdict_delay_ns=50 * MS))
    trader = Trader(simulator)
    created = read(trader.create(recv_window=10), 201)
    passes(simulator, 0.1)
    assert state_of(trader.look_up(created["id"]))[3] == "RECV_WINDOW_EXPIRED"


def test_the_same_message_is_taken_once() -> None:
    trader = Trader(stage())
    order = trader.order()
    read(trader.ask("POST", "orders", "", order), 201)
    assert refusal(trader.ask("POST", "orders", "", order)) == (400, "INVALID_TIMESTAMP")


# Queries ------------------------------------------------------------------------------------------


def test_queries_show_what_is_open_and_the_history_shows_the_rest() -> None:
    simulator = stage()
    trader = Trader(simulator)
    created = read(trader.create(client_id="mine"), 201)
    missing = trader.ask("GET", "orders/by_client_id/mine")
    assert refusal(missing) == (404, "CLIENT_ORDER_ID_NOT_FOUND")
    assert trader.get(f"orders/{created['id']}")["status"] == "NEW"
    passes(simulator, 0.01)
    assert trader.get("orders/by_client_id/mine")["id"] == created["id"]
    assert [row["id"] for row in trader.get("orders")["results"]] == [created["id"]]
    trader.ask("DELETE", f"orders/{created['id']}")
    passes(simulator, 0.01)
    assert refusal(trader.ask("GET", f"orders/{created['id']}")) == (404, "ORDER_ID_NOT_FOUND")
    assert trader.get("orders", f"market={SOL}")["results"] == []
    (row,) = trader.get("orders-history", "client_id=mine&status=CLOSED")["results"]
    assert row["cancel_reason"] == "USER_CANCELED"


def test_an_order_that_waits_is_found_in_the_list_alone() -> None:
    trader = Trader(stage())
    order = trader.placed(type="STOP_MARKET", price="0", trigger_price="154", client_id="stop")
    assert refusal(trader.ask("GET", f"orders/{order['id']}"))[0] == 404
    assert refusal(trader.ask("GET", "orders/by_client_id/stop"))[0] == 404
    assert [row["id"] for row in trader.get("orders")["results"]] == [order["id"]]


def test_the_history_comes_in_pages_newest_first() -> None:
    trader = Trader(stage())
    ids = [trader.placed(price=f"14{number}")["id"] for number in range(5)]
    first = trader.get("orders-history", "page_size=2")
    assert [row["id"] for row in first["results"]] == ids[:2:-1]
    assert first["prev"] is None
    newest = trader.placed(price="139")["id"]
    second = trader.get("orders-history", f"page_size=2&cursor={first['next']}")
    assert [row["id"] for row in second["results"]] == ids[2:0:-1]
    last = trader.get("orders-history", f"page_size=2&cursor={second['next']}")
    assert ([row["id"] for row in last["results"]], last["next"]) == (ids[:1], None)
    assert newest not in ids


def test_numbers_of_states_ascend_without_being_sequential() -> None:
    simulator = stage()
    trader = Trader(simulator)
    first = read(trader.create(), 201)
    passes(simulator, 0.01)
    second = trader.get(f"orders/{first['id']}")
    assert second["seq_no"] > first["seq_no"] + 1
